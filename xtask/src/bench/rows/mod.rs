//! What each finding is compared with, and what it must be.

mod page;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::Findings;
use crate::bench::race::{Side, agree};
use crate::bench::report::{Measured, Row, rounded};

/// What a number must be and what it aims at.
type Limits = [&'static str; 2];

const FREE: Limits = ["", ""];
const WASM: Limits = ["≤ 1.35", "1.15"];

/// The table, in its order.
pub fn of(found: &Findings) -> Result<Vec<Row>> {
    let mut rows = kernel(&found.native)?;
    rows.extend(wasm(&found.demo));
    rows.extend(peers(&found.reduced)?);
    rows.extend(scale(&found.native)?);
    rows.extend(cores(found));
    rows.extend(page::of(found));
    rows.push(row(
        "variance_common_random_numbers",
        "variance of the difference of two plans, other luck over the same luck",
        ["≥ 20", ""],
        of_side(&found.variance, "common_random_numbers"),
        "first-year GRR, mid-market churn a tenth lower",
    ));
    rows.push(row(
        "variance_control_variates",
        "variance of expected GRR, plain over with the trial's own deviates taken out",
        ["≥ 3", ""],
        of_side(&found.variance, "control_variates"),
        "first-year GRR of the demo book",
    ));
    Ok(rows)
}

/// The unit is the end of the key; a key without one is a ratio.
fn row(
    key: &'static str,
    measure: &'static str,
    [must, aim]: Limits,
    measured: Measured,
    note: impl Into<String>,
) -> Row {
    Row {
        key,
        measure,
        must,
        aim,
        unit: match key.rsplit('_').next() {
            Some("ms") => "ms",
            Some("s") => "s",
            Some("mb") => "MB",
            Some("kb") => "kB",
            _ if key.contains("_ns_") => "ns",
            _ => "×",
        },
        measured,
        note: note.into(),
    }
}

fn kernel(native: &Value) -> Result<Vec<Row>> {
    let floor = told(native, "rng_floor_ns")?;
    let ns = told(native, "kernel_ns")?;
    let alike = told(native, "kernel_ns_without_dispersion")?;
    Ok(vec![
        row(
            "rng_floor_ratio",
            "demo book, native, one core, every part on, over one random number",
            ["≤ 9", "5"],
            Ok(ns / floor),
            format!("one next_u32 of Xoshiro256PlusPlus takes {floor:.2} ns"),
        ),
        row(
            "kernel_ns_per_account_month",
            "demo book, an account-month",
            FREE,
            Ok(ns),
            "",
        ),
        row(
            "rng_floor_ratio_without_dispersion",
            "demo book with dispersion 0, over one random number",
            ["≤ 6", "3.5"],
            Ok(alike / floor),
            format!("{} ns", rounded(alike)),
        ),
    ])
}

fn wasm([ours, in_node, in_chromium]: &[Side; 3]) -> [Row; 2] {
    let ratio = |side| over(&seconds(side), &seconds(ours));
    [
        ("wasm_over_native", "demo book, Wasm in Node over native", in_node),
        (
            "wasm_over_native_chromium",
            "demo book, Wasm in Chromium over native",
            in_chromium,
        ),
    ]
    .map(|(key, measure, side)| row(key, measure, WASM, ratio(side), "simd128"))
}

fn peers([ours, numpy, node, wasm_node, chromium, wasm_chromium]: &[Side; 6]) -> Result<[Row; 3]> {
    // The bits are the same in Wasm, so its account-months are ours.
    let months = of_side(ours, "account_months");
    let cost = |side: &Side| {
        let months = of_side(side, "account_months").or(months.clone());
        over(&seconds(side).map(|s| s * 1e9), &months)
    };
    let against = |key, measure, limits, ours_there: &Side, theirs: &Side| -> Result<Row> {
        let costs = cost(theirs).and_then(|theirs| Ok((theirs, cost(ours_there)?)));
        let note = match (ours, theirs, &costs) {
            (Ok(ours), Ok(said), Ok((theirs, here))) => format!(
                "{} ns over {} ns; GRR {:.1} standard errors apart",
                rounded(*theirs),
                rounded(*here),
                agree(ours, said).context(key)?
            ),
            _ => String::new(),
        };
        Ok(row(
            key,
            measure,
            limits,
            costs.map(|(theirs, here)| theirs / here),
            note,
        ))
    };
    Ok([
        against(
            "numpy_over_ours",
            "reduced model, NumPy over ours, one core each",
            ["≥ 4", "10"],
            ours,
            numpy,
        )?,
        against(
            "javascript_over_ours",
            "reduced model, JavaScript over our Wasm, in one Chromium",
            ["≥ 2.5", "4"],
            wasm_chromium,
            chromium,
        )?,
        against(
            "javascript_over_ours_node",
            "reduced model, JavaScript over our Wasm, in Node",
            FREE,
            wasm_node,
            node,
        )?,
    ])
}

fn scale(native: &Value) -> Result<[Row; 2]> {
    let by_accounts = native["kernel_ns_by_accounts"].as_array();
    let cost = |accounts: u32| {
        let found = by_accounts.into_iter().flatten().find(|pair| pair[0] == accounts);
        let cost = found.and_then(|pair| pair[1].as_f64());
        cost.with_context(|| format!("the cost of {accounts} accounts is not told"))
    };
    let sizes = [cost(500)?, cost(8_000)?, cost(100_000)?];
    let least = sizes.iter().copied().fold(f64::INFINITY, f64::min);
    let most = sizes.iter().copied().fold(0.0, f64::max);
    let small = cost(65)?;
    Ok([
        row(
            "scale_spread",
            "account-month at 500, 8,000 and 100,000 accounts, dearest over cheapest",
            ["≤ 1.5", ""],
            Ok(most / least),
            format!("{} ns", sizes.map(rounded).join(", ")),
        ),
        row(
            "scale_small",
            "at 65 accounts, over the dearest of these",
            ["≤ 3", ""],
            Ok(small / most),
            format!("{} ns", rounded(small)),
        ),
    ])
}

fn cores(found: &Findings) -> [Row; 2] {
    let speedup = |seconds: &Value| {
        let pair = seconds[0].as_f64().zip(seconds[1].as_f64());
        pair.map(|(one, two)| one / two)
            .ok_or_else(|| "seconds are not told".to_owned())
    };
    let workers = found.workers.as_ref().map_err(Clone::clone);
    let threads = found.two_cores.clone();
    [
        row(
            "workers_speedup",
            "two workers over one",
            ["≥ 1.7", ""],
            workers.and_then(|said| speedup(&said["seconds"])),
            "Web Workers in Chromium, without the page",
        ),
        row(
            "threads_speedup",
            "two threads over one",
            ["≥ 1.8", ""],
            threads.and_then(|()| speedup(&found.native["seconds_by_threads"])),
            "",
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

fn over(above: &Measured, below: &Measured) -> Measured {
    Ok(above.clone()? / below.clone()?)
}
