//! More of what helps never makes retention worse on average, and more of what harms never better.
//!
//! The same trials on both sides, so that differences are paired and most of their luck cancels.

#[path = "support/base.rs"]
#[expect(dead_code, reason = "the settings of the closed forms, of which this needs the run")]
mod support;

use retaincast::summary::{Change, Sample};
use retaincast::wire;
use serde_json::{Value, json};
use support::Run;

/// The demo book with a third of its customer hours and an effect of coverage that is known, in log-odds,
/// a share of it by health.
fn demo(effect: f64, through_health: f64) -> Value {
    let mut scenario: Value = serde_json::from_str(wire::examples::DEMO).expect("the demo is JSON");
    scenario["trials"] = json!(200);
    scenario["horizon"] = json!(24);
    scenario["economics"]["cltv_years"] = json!(1);
    for touch in scenario["touch_models"].as_array_mut().expect("a list") {
        touch["effect"] = json!(effect);
        touch["through_health"] = json!(through_health);
    }
    each(&mut scenario, "pools", |pool| {
        pool["hours_year"]["realised"] = json!(pool["hours_year"]["realised"].as_f64().expect("a share") / 3.0);
    });
    scenario
}

/// What GRR of the first and of the second year gains by a change.
fn gains(before: &Value, change: impl Fn(&mut Value)) -> [Change; 2] {
    let mut after = before.clone();
    change(&mut after);
    let years = |scenario: &Value| -> [Sample; 2] {
        let run = Run::of(scenario);
        [0, 1].map(|year| run.metrics().grr(None, year))
    };
    let (after, before) = (years(&after), years(before));
    [0, 1].map(|year| {
        let change = after[year].change_from(&before[year]).expect("both years are played");
        println!("year {}: {:+.5} ± {:.5}", year + 1, change.mean, change.se);
        change
    })
}

/// Surely above 0, by five standard errors of the paired differences.
#[track_caller]
fn rises(changes: [Change; 2]) {
    for change in changes {
        assert!(change.mean > 5.0 * change.se, "{change:?}");
    }
}

/// Surely below 0.
#[track_caller]
fn falls(changes: [Change; 2]) {
    for change in changes {
        assert!(change.mean < -5.0 * change.se, "{change:?}");
    }
}

fn each(scenario: &mut Value, list: &str, change: impl Fn(&mut Value)) {
    for item in scenario[list].as_array_mut().expect("a list") {
        change(item);
    }
}

fn double_csms(scenario: &mut Value) {
    each(scenario, "pools", |pool| {
        pool["csms"] = json!(2 * pool["csms"].as_u64().expect("a count"));
    });
}

fn fewer_meetings(scenario: &mut Value) {
    each(scenario, "pools", |pool| pool["hours_year"]["internal"] = json!(0));
}

fn lower_churn(scenario: &mut Value) {
    each(scenario, "segments", |segment| {
        segment["churn"] = json!(0.9 * segment["churn"].as_f64().expect("a number"));
    });
}

#[test]
fn more_csms_keep_more_where_coverage_helps() {
    for through_health in [0.0, 0.5, 1.0] {
        rises(gains(&demo(0.6, through_health), double_csms));
    }
}

#[test]
fn more_csms_keep_less_where_coverage_harms() {
    for through_health in [0.0, 0.5, 1.0] {
        falls(gains(&demo(-0.6, through_health), double_csms));
    }
}

#[test]
fn more_productive_hours_keep_more_where_coverage_helps() {
    rises(gains(&demo(0.6, 0.5), fewer_meetings));
}

#[test]
fn more_productive_hours_keep_less_where_coverage_harms() {
    falls(gains(&demo(-0.6, 0.5), fewer_meetings));
}

#[test]
fn lower_churn_keeps_more_whatever_coverage_does() {
    rises(gains(&demo(0.6, 0.5), lower_churn));
    rises(gains(&demo(-0.6, 0.5), lower_churn));
}
