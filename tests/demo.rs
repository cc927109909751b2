//! The demo book shows what its assumptions say it should.

#[path = "support/base.rs"]
#[expect(dead_code, reason = "the settings of the closed forms, of which this needs the run")]
mod support;

use retaincast::wire::examples;
use serde_json::{Value, json};
use support::{Run, mean};

/// The demo book at full coverage, without shock, doubt and new accounts.
fn at_rest() -> Value {
    let mut scenario: Value = serde_json::from_str(examples::DEMO).expect("the demo is JSON");
    scenario["coverage"] = json!("full");
    scenario["horizon"] = json!(12);
    scenario["trials"] = json!(1_000);
    scenario["rate_doubt"] = json!(0);
    scenario["shock"]["rho"] = json!(0);
    scenario["shock"]["rho_expansion"] = json!(0);
    scenario["economics"]["cltv_years"] = json!(1);
    for segment in scenario["segments"].as_array_mut().expect("a list") {
        segment["new_accounts"]["per_year"] = json!(0);
    }
    scenario
}

/// Static expectations of the segments' inputs, in points: logo retention, GRR, NRR. The run may lie up to a point off,
/// by the cap per account and by the health of survivors.
const EXPECTED: [(&str, f64, f64, f64); 4] = [
    ("Enterprise", 94.9, 93.6, 106.8),
    ("Mid-market", 92.1, 90.2, 101.9),
    ("SMB", 87.4, 85.8, 95.9),
    ("Long tail", 81.0, 79.9, 88.2),
];

#[test]
fn one_year_of_every_segment_lies_within_a_point_of_its_assumptions() {
    let run = Run::of(&at_rest());
    let metrics = run.metrics();
    for (s, (name, logo, grr, nrr)) in EXPECTED.into_iter().enumerate() {
        for (what, sample, expected) in [
            ("logo retention", metrics.logo_retention(Some(s), 0), logo),
            ("GRR", metrics.grr(Some(s), 0), grr),
            ("NRR", metrics.nrr(Some(s), 0), nrr),
        ] {
            let points = 100.0 * mean(sample.values());
            assert!(
                (points - expected).abs() <= 1.0,
                "{name} {what} is {points}, expected {expected}"
            );
        }
    }
}

#[test]
fn the_book_adds_up_to_about_fifty_million() {
    let run = Run::of(&at_rest());
    let arr: i64 = run.plan.opening_arr().iter().sum();
    assert!((4_900_000_000..5_200_000_000).contains(&arr), "{arr}");
}

/// Static hours of the touch models: 62, 18, 5.5 and 0.5 a year.
#[test]
fn accounts_ask_for_the_hours_their_touch_models_promise() {
    let run = Run::of(&at_rest());
    for (segment, promised) in [62.0, 18.0, 5.5, 0.5].into_iter().enumerate() {
        let hours = run.plan.scenario().hours_per_account_year(segment);
        assert!((hours / promised - 1.0).abs() < 0.01, "{hours} against {promised}");
    }
}

/// P95 less P5 of first-year GRR, in points: with luck alone, with the shock, with shock and doubt.
#[test]
fn the_band_is_as_wide_as_its_layers_make_it() {
    for (layers, trials, expected) in [
        (json!({ "rates": false, "shock": false }), 1_000, 3.3),
        (json!({ "rates": false, "shock": true }), 3_000, 10.5),
        (json!({ "rates": true, "shock": true }), 3_000, 11.7),
    ] {
        let mut scenario: Value = serde_json::from_str(examples::DEMO).expect("the demo is JSON");
        scenario["layers"] = layers.clone();
        scenario["horizon"] = json!(12);
        scenario["economics"]["cltv_years"] = json!(1);
        scenario["trials"] = json!(trials);
        let grr = Run::of(&scenario).metrics().grr(None, 0);
        let [low, high] = [0.05, 0.95].map(|q| grr.clone().quantile(q).expect("there are trials"));
        let points = 100.0 * (high.value - low.value);
        let se = 100.0 * libm::hypot(low.se, high.se);
        assert!(
            (points - expected).abs() <= 5.0 * se,
            "{points} ± {se} with {layers}, expected {expected}"
        );
    }
}
