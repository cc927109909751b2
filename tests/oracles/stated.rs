//! The stated churn comes out in the first year, whatever else is said of the accounts.

use retaincast::kernel::Year;
use serde_json::{Value, json};

use crate::support::*;

/// What a segment says besides its churn.
fn kinds() -> Vec<(&'static str, Value)> {
    let tenures = json!([1, 0.93, 0.8649, 0.8044, 0.7481]);
    vec![
        (
            "causes out of reach",
            json!({ "churn": 0.07, "dispersion": 0.077, "opening_tenure": tenures, "uncontrollable": 0.3 }),
        ),
        (
            "own churn that falls",
            json!({ "churn": 0.2, "dispersion": 0.3, "opening_tenure": tenures, "duration": 0.6 }),
        ),
        (
            "own churn that rises",
            json!({ "churn": 0.12, "dispersion": 0.15, "opening_tenure": [0, 1, 3], "duration": 1.6, "uncontrollable": 0.5 }),
        ),
        (
            "the same lives for all",
            json!({ "churn": 0.15, "opening_tenure": tenures, "duration": 1.8 }),
        ),
        (
            "very different accounts",
            json!({ "churn": 0.3, "dispersion": 0.7, "opening_tenure": [1, 0, 0, 2] }),
        ),
        (
            "old accounts",
            json!({ "churn": 0.1, "dispersion": 0.2, "opening_tenure": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "duration": 1.3 }),
        ),
    ]
}

/// Half a million accounts a segment, so that its churn is known to about 0.0005, with unequal risks by health.
fn stated(months: u32, churn_of: &str) {
    let mut scenario = base(500, 0.1);
    scenario["trials"] = json!(1_000);
    let pattern = scenario["segments"][0].clone();
    let segments: Vec<Value> = kinds()
        .into_iter()
        .map(|(name, said)| {
            let mut segment = pattern.clone();
            segment["name"] = json!(name);
            segment["relative_risk"] = json!([1, 3, 6.5]);
            segment["terms"] = json!([{ "months": months, "share": 1 }]);
            for (key, value) in said.as_object().expect("an object") {
                segment[key] = value.clone();
            }
            segment["churn_of"] = json!(churn_of);
            if churn_of == "new" {
                segment["opening_tenure"] = json!([1]);
            }
            segment
        })
        .collect();
    scenario["segments"] = json!(segments);
    let run = Run::of(&scenario);
    for (s, (name, said)) in kinds().into_iter().enumerate() {
        println!("{name}");
        let churn = number(&said["churn"]);
        let retention = run.metrics().logo_retention(Some(s), 0);
        if months == 3 {
            // Ends are laid out over three months as evenly as may be, not quite evenly.
            let se = (variance(retention.values()) / 1_000.0).sqrt();
            assert_close(mean(retention.values()), 1.0 - churn, 5.0 * se + 1e-4);
        } else {
            assert_mean(retention.values(), 1.0 - churn);
        }
    }
}

#[test]
fn at_annual_decisions_of_the_book() {
    stated(12, "book");
}

#[test]
fn at_annual_decisions_of_new_accounts() {
    stated(12, "new");
}

#[test]
fn within_a_year_of_monthly_decisions_of_the_book() {
    stated(1, "book");
}

#[test]
fn within_a_year_of_monthly_decisions_of_new_accounts() {
    stated(1, "new");
}

#[test]
fn within_a_year_of_quarterly_decisions() {
    stated(3, "book");
    stated(3, "new");
}

/// A longer contract carries a year's churn once, at its end.
#[test]
fn at_decisions_of_longer_contracts() {
    let mut scenario = base(900, 0.15);
    scenario["trials"] = json!(1_000);
    let segment = &mut scenario["segments"][0];
    segment["relative_risk"] = json!([1, 3, 6.5]);
    segment["dispersion"] = json!(0.25);
    segment["duration"] = json!(0.8);
    segment["terms"] = json!([{ "months": 36, "share": 1 }]);
    with_accounts(&mut scenario, (0..900).map(|i| (100_000, 1 + i % 36, None)));
    for (i, account) in scenario["book"]["accounts"]
        .as_array_mut()
        .expect("a list")
        .iter_mut()
        .enumerate()
    {
        account["term"] = json!(36);
        // As many of every tenure in every month.
        account["tenure"] = json!(i / 36 % 5);
    }
    let run = Run::of(&scenario);
    assert_mean(run.metrics().logo_renewal_rate(None, 0).values(), 0.85);
    let due = run.outcomes.column(run.plan.layout().year(Year::Due, 0, 0));
    assert!(due.iter().all(|&due| due == 300.0));
}
