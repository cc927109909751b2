//! Worked examples: every outcome is certain, so the metrics must come out to the last digit.

use retaincast::kernel::{Book, Year};
use serde_json::{Value, json};

use crate::support::*;

/// What becomes of an account for certain.
#[derive(Clone, Copy)]
enum Fate {
    /// Leaves.
    Churns,
    /// Renews at so many hundredths of its ARR.
    Ends(u32),
}

/// A book in which accounts of these ARR (major units) and fates decide in month 6.
fn certain(accounts: &[(i64, Fate)]) -> Value {
    let mut scenario = base(1, 0.1);
    scenario["trials"] = json!(1);
    let pattern = scenario["segments"][0].clone();
    let mut segments = Vec::new();
    let mut book = Vec::new();
    for (i, &(arr, fate)) in accounts.iter().enumerate() {
        let name = format!("segment {i}");
        let mut segment = pattern.clone();
        segment["name"] = json!(name);
        segment["churn"] = json!(0);
        let (downsell, expansion) = (&mut segment["downsell"], pattern["expansion"].clone());
        *downsell = json!({ "probability": 0, "depth": 0, "concentration": 1e12, "relative": [1, 1, 1] });
        if let Fate::Ends(hundredths) = fate {
            let change = f64::from(hundredths) / 100.0 - 1.0;
            if change < 0.0 {
                segment["downsell"]["probability"] = json!(1);
                segment["downsell"]["depth"] = json!(-change);
            }
            segment["expansion"] = expansion;
            segment["expansion"]["at_renewal"] = json!(if change > 0.0 { 1 } else { 0 });
            segment["expansion"]["mean_size"] = json!(change.max(0.0));
            segment["expansion"]["log_sd"] = json!(0);
        }
        segments.push(segment);
        let mut account = json!({
            "name": name, "segment": name, "arr": 100 * arr, "term": 12, "end_month": 6,
        });
        if matches!(fate, Fate::Churns) {
            account["churn"] = json!(1);
        }
        book.push(account);
    }
    scenario["segments"] = json!(segments);
    scenario["book"] = json!({ "source": "a worked example", "as_of": "2026-12-31", "accounts": book });
    scenario
}

#[test]
fn seed_book_example() {
    let o = oracle("seed_book_example");
    let accounts = [
        (400_000, Fate::Churns),
        (3_600_000, Fate::Ends(100)),
        (1_000_000, Fate::Ends(170)),
    ];
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], number(&o.outputs["GRR"]), 1e-12);
    assert_close(run.nrr()[0], number(&o.outputs["NRR"]), 1e-12);
}

/// The published sample of ten customers, whose gains must not hide its losses: GRR 76%, NRR 102%.
#[test]
fn ten_customers() {
    let opening = [100, 200, 500, 200, 1000, 300, 500, 1200, 400, 600];
    let closing = [200, 200, 0, 300, 1500, 200, 900, 1200, 600, 0];
    // Two thirds of 300 is no whole number of hundredths: the account of 300 is one of 100 and one of 200.
    let mut accounts = Vec::new();
    for (opening, closing) in opening.into_iter().zip(closing) {
        match (opening, closing) {
            (_, 0) => accounts.push((opening, Fate::Churns)),
            (300, 200) => accounts.extend([(200, Fate::Ends(100)), (100, Fate::Churns)]),
            _ => accounts.push((opening, Fate::Ends((100 * closing / opening) as u32))),
        }
    }
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], 0.76, 1e-12);
    assert_close(run.nrr()[0], 1.02, 1e-12);
}

/// Contraction of 4% and churn of 9% with expansion of 18% is a GRR of 87%, not of 91%.
#[test]
fn contraction_counts_against_grr() {
    let accounts = [
        (900, Fate::Churns),
        (1000, Fate::Ends(60)),
        (6100, Fate::Ends(100)),
        (2000, Fate::Ends(190)),
    ];
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], 0.87, 1e-12);
    assert_close(run.nrr()[0], 1.05, 1e-12);
}

#[test]
fn edge_case_fixtures() {
    let o = oracle("edge_case_fixtures");
    // Expansion between renewals and escalators are certain only as stated yearly rates allow, so each case is the
    // simplest book that ends where the vector says.
    let books: [&[(i64, Fate)]; 8] = [
        &[(100, Fate::Ends(140))],
        &[(200, Fate::Ends(105))],
        &[(100, Fate::Ends(100))],
        &[(100, Fate::Ends(60))],
        &[(100, Fate::Ends(0))],
        &[(100, Fate::Churns)],
        &[(100, Fate::Ends(120))],
        &[(100, Fate::Ends(150)), (50, Fate::Churns)],
    ];
    for (i, book) in books.into_iter().enumerate() {
        let run = Run::of(&certain(book));
        assert_close(run.grr()[0], number(&o.outputs["GRR"][i]), 1e-12);
        assert_close(run.nrr()[0], number(&o.outputs["NRR"][i]), 1e-12);
        // All of these decide, so the renewal rate is compared where the vector's account has a decision and no other
        // movement before it.
        if [0, 1, 3, 4, 5].contains(&i) {
            let renewed = run.metrics().gross_renewal_rate(None, 0);
            assert_close(renewed.values()[0], number(&o.outputs["gross_renewal_rate"][i]), 1e-12);
        }
        if let Some(kept) = o.outputs["logo_retained"][i].as_f64() {
            assert_eq!(run.logo_retention()[0], kept, "case {i}");
        }
    }
}

/// The escalator raises an account in the year of a long contract in which nothing is decided.
#[test]
fn an_escalator_is_no_renewal() {
    let o = oracle("edge_case_fixtures");
    let mut scenario = base(1, 0.1);
    with_accounts(&mut scenario, [(20_000, 30, None)]);
    scenario["book"]["accounts"][0]["term"] = json!(36);
    scenario["segments"][0]["uplift"]["escalator"] = json!(0.05);
    let run = Run::of(&scenario);
    assert_eq!(run.nrr()[0], number(&o.outputs["NRR"][1]));
    assert_eq!(run.grr()[0], number(&o.outputs["GRR"][1]));
    // Nothing is up for renewal in the middle of a term.
    assert_eq!(run.year(Year::DueArr), 0.0);
    assert_eq!(run.metrics().gross_renewal_rate(None, 0).estimate(), None);
}

#[test]
fn bridge_fixture() {
    let o = oracle("bridge_fixture");
    let number_of = |key: &str| number(&o.inputs[key]);
    // In thousandths of the opening ARR: 92 leave, 100 shrink by 39, 545 grow by a fifth; 785 are up for renewal.
    let accounts = [
        (920, Fate::Churns),
        (1000, Fate::Ends(61)),
        (5450, Fate::Ends(120)),
        (480, Fate::Ends(100)),
        (2150, Fate::Ends(100)),
    ];
    let mut scenario = certain(&accounts);
    scenario["book"]["accounts"][4]["term"] = json!(36);
    scenario["book"]["accounts"][4]["end_month"] = json!(30);
    let run = Run::of(&scenario);
    let renewed = run.metrics().gross_renewal_rate(None, 0);
    assert_close(renewed.values()[0], number(&o.outputs["gross_renewal_rate_ATR"]), 1e-12);
    assert_close(run.grr()[0], number(&o.outputs["GRR_cohort"]), 1e-12);
    assert_close(run.nrr()[0], number(&o.outputs["NRR_cohort"]), 1e-12);
    let bridge = run.metrics();
    let opening = 1_000_000.0;
    assert_close(
        bridge.line(Book::Churn, 1, 12).value / opening,
        number_of("cohort_churn") / 100.0,
        1e-12,
    );
    assert_close(
        bridge.line(Book::Downsell, 1, 12).value / opening,
        number_of("cohort_contraction") / 100.0,
        1e-12,
    );
    let grown = bridge.line(Book::ExpansionAtRenewal, 1, 12);
    assert_close(grown.value / opening, number_of("cohort_expansion") / 100.0, 1e-12);
}

#[test]
fn survivor_growth_trap() {
    let o = oracle("survivor_growth_trap");
    let (w, p, growth) = (
        numbers(&o.inputs["weights"]),
        numbers(&o.inputs["p"]),
        numbers(&o.inputs["growth"]),
    );
    let mut scenario = base(100, 0.1);
    scenario["horizon"] = json!(24);
    let pattern = scenario["segments"][0].clone();
    let segments: Vec<Value> = (0..2)
        .map(|i| {
            let mut segment = pattern.clone();
            segment["name"] = json!(format!("type {i}"));
            segment["accounts"] = json!((200.0 * w[i]) as u32);
            segment["churn"] = json!(p[i]);
            segment["uplift"]["list"] = json!(growth[i] - 1.0);
            segment
        })
        .collect();
    scenario["segments"] = json!(segments);
    let run = Run::of(&scenario);
    assert_mean(&run.nrr(), number(&o.outputs["NRR"]));
    // The vector's second year is that of the expected book: a ratio of means.
    let cohort: Vec<f64> = (0..2)
        .map(|s| mean(&run.outcomes.column(run.plan.layout().year(Year::CohortArr, s, 1))))
        .collect();
    let opening: Vec<f64> = (0..2)
        .map(|s| mean(&run.outcomes.column(run.plan.layout().year(Year::OpeningArr, s, 1))))
        .collect();
    let year2 = (cohort[0] + cohort[1]) / (opening[0] + opening[1]);
    let se = (variance(&run.nrr()) / 20_000.0).sqrt();
    assert_close(year2, number(&o.outputs["year2_NRR_same_accounts"]), 5.0 * 2.0 * se);
}

#[test]
fn seed_quarterly_trap() {
    let o = oracle("seed_quarterly_trap");
    let quarterly = 1.0 - number(&o.inputs["churned_in_quarter"]) / number(&o.inputs["n"]);
    assert_close(quarterly, number(&o.outputs["quarterly_logo"]), 1e-12);
    // The product's own way from a year to a quarter, a decision of a three-month term, undoes the annualisation.
    let annual = number(&o.outputs["annualised_logo"]);
    let mut scenario = base(200, 1.0 - annual);
    scenario["segments"][0]["terms"] = json!([{ "months": 3, "share": 1 }]);
    scenario["horizon"] = json!(3);
    assert_mean(&Run::of(&scenario).logo_retention(), quarterly);
}
