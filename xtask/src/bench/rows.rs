//! What each finding is compared with, and what it must be.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Findings;
use super::race::{Side, agree};
use super::report::{Measured, Row, rounded};

/// The table, in its order.
pub fn of(found: &Findings) -> Result<Vec<Row>> {
    let mut rows = kernel(&found.native)?;
    rows.extend(wasm(&found.demo));
    rows.extend(peers(&found.reduced)?);
    rows.extend(scale(&found.native)?);
    rows.extend(cores(found));
    rows.extend(page(found));
    rows.push(Row {
        key: "variance_common_random_numbers",
        measure: "variance of the difference of two plans, other luck over the same luck",
        must: "≥ 20",
        aim: "",
        unit: "×",
        measured: of_side(&found.variance, "common_random_numbers"),
        note: "first-year GRR, mid-market churn a tenth lower".to_owned(),
    });
    Ok(rows)
}

fn kernel(native: &Value) -> Result<Vec<Row>> {
    let floor = told(native, "rng_floor_ns")?;
    let ns = told(native, "kernel_ns")?;
    let alike = told(native, "kernel_ns_without_dispersion")?;
    Ok(vec![
        Row {
            key: "rng_floor_ratio",
            measure: "demo book, native, one core, every part on, over one random number",
            must: "≤ 9",
            aim: "5",
            unit: "×",
            measured: Ok(ns / floor),
            note: format!("one next_u32 of Xoshiro256PlusPlus takes {floor:.2} ns"),
        },
        Row {
            key: "kernel_ns_per_account_month",
            measure: "demo book, an account-month",
            must: "",
            aim: "",
            unit: "ns",
            measured: Ok(ns),
            note: String::new(),
        },
        Row {
            key: "rng_floor_ratio_without_dispersion",
            measure: "demo book with dispersion 0, over one random number",
            must: "≤ 6",
            aim: "3.5",
            unit: "×",
            measured: Ok(alike / floor),
            note: format!("{alike:.2} ns"),
        },
    ])
}

fn wasm([ours, in_node, in_chromium]: &[Side; 3]) -> Vec<Row> {
    let row = |key, measure, side: &Side| Row {
        key,
        measure,
        must: "≤ 1.35",
        aim: "1.15",
        unit: "×",
        measured: over(&seconds(side), &seconds(ours)),
        note: "simd128".to_owned(),
    };
    vec![
        row("wasm_over_native", "demo book, Wasm in Node over native", in_node),
        row(
            "wasm_over_native_chromium",
            "demo book, Wasm in Chromium over native",
            in_chromium,
        ),
    ]
}

fn peers([ours, numpy, node, wasm_node, chromium, wasm_chromium]: &[Side; 6]) -> Result<Vec<Row>> {
    // Bits are the same in Wasm, so its account-months are ours.
    let months = account_months(ours);
    let cost = |side: &Side| {
        over(
            &seconds(side).map(|s| s * 1e9),
            &account_months(side).or(months.clone()),
        )
    };
    let row = |key, measure, must, aim, ours_here: &Side, theirs: &Side| -> Result<Row> {
        let note = match (ours, theirs) {
            (Ok(ours), Ok(said)) => format!(
                "{} ns over {} ns; GRR {:.1} standard errors apart",
                rounded(cost(theirs).unwrap_or(f64::NAN)),
                rounded(cost(ours_here).unwrap_or(f64::NAN)),
                agree(ours, said).context(key)?
            ),
            _ => String::new(),
        };
        Ok(Row {
            key,
            measure,
            must,
            aim,
            unit: "×",
            measured: over(&cost(theirs), &cost(ours_here)),
            note,
        })
    };
    Ok(vec![
        row(
            "numpy_over_ours",
            "reduced model, NumPy over ours, one core each",
            "≥ 4",
            "10",
            ours,
            numpy,
        )?,
        row(
            "javascript_over_ours",
            "reduced model, JavaScript over our Wasm, in one Chromium",
            "≥ 2.5",
            "4",
            wasm_chromium,
            chromium,
        )?,
        row("javascript_over_ours_node", "in Node", "", "", wasm_node, node)?,
    ])
}

fn scale(native: &Value) -> Result<Vec<Row>> {
    let by_accounts = native["kernel_ns_by_accounts"]
        .as_array()
        .context("sizes are not told")?;
    let cost = |accounts: u32| {
        let found = by_accounts.iter().find(|pair| pair[0] == accounts);
        found
            .and_then(|pair| pair[1].as_f64())
            .with_context(|| format!("{accounts} accounts are not told"))
    };
    let sizes = [cost(500)?, cost(8_000)?, cost(100_000)?];
    let (least, most) = (
        sizes.iter().copied().fold(f64::INFINITY, f64::min),
        sizes.iter().copied().fold(0.0, f64::max),
    );
    let small = cost(65)?;
    Ok(vec![
        Row {
            key: "scale_spread",
            measure: "account-month at 500, 8,000 and 100,000 accounts, dearest over cheapest",
            must: "≤ 1.5",
            aim: "",
            unit: "×",
            measured: Ok(most / least),
            note: format!("{} ns", sizes.map(rounded).join(", ")),
        },
        Row {
            key: "scale_small",
            measure: "at 65 accounts, over the dearest of these",
            must: "≤ 3",
            aim: "",
            unit: "×",
            measured: Ok(small / most),
            note: format!("{} ns", rounded(small)),
        },
    ])
}

fn cores(found: &Findings) -> Vec<Row> {
    let speedup = |seconds: &Value| {
        let second = |i: usize| seconds[i].as_f64();
        let pair = second(0).zip(second(1));
        pair.map(|(one, two)| one / two)
            .ok_or_else(|| "seconds are not told".to_owned())
    };
    let row = |key, measure, must, measured, note: &str| Row {
        key,
        measure,
        must,
        aim: "",
        unit: "×",
        measured,
        note: note.to_owned(),
    };
    let workers = found.workers.as_ref().map_err(Clone::clone);
    let threads = found.two_cores.clone();
    vec![
        row(
            "workers_speedup",
            "two workers over one",
            "≥ 1.7",
            workers.and_then(|said| speedup(&said["seconds"])),
            "Web Workers in Chromium, without the page",
        ),
        row(
            "threads_speedup",
            "two threads over one",
            "≥ 1.8",
            threads.and_then(|()| speedup(&found.native["seconds_by_threads"])),
            "",
        ),
    ]
}

fn page(found: &Findings) -> Vec<Row> {
    let row = |key, measure, must, unit, measured, note: &str| Row {
        key,
        measure,
        must,
        aim: "",
        unit,
        measured,
        note: note.to_owned(),
    };
    let (page, sizes) = (&found.page, &found.sizes);
    vec![
        row(
            "edit_to_picture_ms",
            "edit to first picture, demo book",
            "≤ 100",
            "ms",
            of_side(page, "edit_to_picture_ms"),
            "median; from Enter to the frame after, while a run goes on",
        ),
        row(
            "cancel_ms",
            "cancel to no worker working",
            "≤ 50",
            "ms",
            of_side(page, "cancel_ms"),
            "median",
        ),
        row(
            "longest_task_ms",
            "longest main-thread task while 10,000 trials run",
            "< 50",
            "ms",
            of_side(page, "longest_task_ms"),
            "from Chromium's trace",
        ),
        row(
            "summary_ms",
            "summary of 10,000 trials × 36 months",
            "≤ 150",
            "ms",
            seconds(&found.summary).map(|s| s * 1000.0),
            "Wasm in Node, every number of the page",
        ),
        row(
            "memory_mb",
            "memory of the page, demo book, 10,000 trials",
            "≤ 200",
            "MB",
            of_side(page, "memory_mb"),
            "private memory of its process at most, workers and browser code included",
        ),
        row(
            "wasm_gzip_kb",
            ".wasm, gzipped",
            "≤ 400",
            "kB",
            of_side(sizes, "wasm_gzip_kb"),
            "",
        ),
        row(
            "first_load_gzip_kb",
            "first load of everything, gzipped",
            "≤ 700",
            "kB",
            of_side(sizes, "first_load_gzip_kb"),
            "every file of the page",
        ),
        row(
            "cold_first_result_s",
            "time to first result, cold, headless Chromium",
            "≤ 1.5",
            "s",
            of_side(page, "cold_first_result_s"),
            "median; from the start of the navigation",
        ),
    ]
}

fn told(said: &Value, name: &str) -> Result<f64> {
    said[name].as_f64().with_context(|| format!("{name} is not told"))
}

fn of_side(side: &Side, name: &str) -> Measured {
    let said = side.as_ref().map_err(Clone::clone)?;
    said[name]
        .as_f64()
        .ok_or_else(|| format!("{name} is not told on this system"))
}

fn seconds(side: &Side) -> Measured {
    of_side(side, "seconds")
}

fn account_months(side: &Side) -> Measured {
    of_side(side, "account_months")
}

fn over(above: &Measured, below: &Measured) -> Measured {
    Ok(above.clone()? / below.clone()?)
}
