//! The scenarios that are measured: the demo book, parts of it left out, and the demo book at other sizes.

use retaincast::wire;
use serde_json::{Value, json};

/// Accounts of the reduced model: about those of the demo book.
const REDUCED: usize = 6_000;

/// The demo book as people open it.
pub fn demo() -> Value {
    serde_json::from_str(wire::examples::DEMO).expect("the demo is JSON")
}

/// The demo book whose report is as long as its run. A run goes on past the report for CLTV, and the months that count
/// are those that are played.
pub fn played() -> Value {
    let mut scenario = demo();
    scenario["horizon"] = json!(60);
    scenario
}

/// The same without differences between accounts.
pub fn without_dispersion() -> Value {
    let mut scenario = played();
    for segment in list(&mut scenario, "segments") {
        without(segment, &["dispersion", "opening_tenure"]);
    }
    scenario
}

/// The demo book with about so many accounts at the opening, its new accounts and its team in proportion.
pub fn scaled(accounts: u32) -> Value {
    let mut scenario = played();
    let all: f64 = list(&mut scenario, "segments").map(|s| number(&s["accounts"])).sum();
    let scale = f64::from(accounts) / all;
    for segment in list(&mut scenario, "segments") {
        segment["accounts"] = json!((number(&segment["accounts"]) * scale).round().max(1.0) as u32);
        let new = &mut segment["new_accounts"]["per_year"];
        *new = json!(number(new) * scale);
    }
    for pool in list(&mut scenario, "pools") {
        pool["csms"] = json!((number(&pool["csms"]) * scale).round().max(1.0) as u32);
    }
    scenario
}

/// Health, coverage, renewals and the shared shock, with every other part switched off: what the other languages play.
///
/// One segment under yearly contracts, ends spread over the months, a book as typed so that nobody has to lay it out,
/// and a team too small for it that serves its worst accounts first.
pub fn reduced() -> Value {
    let mut scenario = demo();
    // Mid-market.
    for name in ["touch_models", "pools", "segments"] {
        let kept = scenario[name][1].take();
        scenario[name] = json!([kept]);
    }
    scenario["name"] = json!("Health, coverage, renewals and shock");
    scenario["targets"] = json!({});
    scenario["rate_doubt"] = json!(0);
    scenario["shock"]["rho_expansion"] = json!(0);
    scenario["economics"]["cltv_years"] = json!(3);

    let touch = &mut scenario["touch_models"][0];
    without(touch, &["handover"]);
    touch["effect"] = json!(0.6);
    touch["renewal_window"] = json!(0);
    touch["allocation"] = json!(["red", "yellow", "green", "renewal_window", "onboarding"]);
    let pool = &mut scenario["pools"][0];
    pool["csms"] = json!(60);
    pool["attrition"] = json!(0);

    let segment = &mut scenario["segments"][0];
    without(segment, &["dispersion", "opening_tenure", "uncontrollable"]);
    segment["terms"] = json!([{ "months": 12, "share": 1 }]);
    segment["auto_renew"] = json!(false);
    segment["notice_months"] = json!(0);
    segment["downsell"]["probability"] = json!(0);
    segment["expansion"]["rate"] = json!(0);
    segment["uplift"]["list"] = json!(0);
    segment["uplift"]["escalator"] = json!(0);
    segment["onboarding"]["months"] = json!(0);
    segment["new_accounts"]["per_year"] = json!(0);

    let name = scenario["segments"][0]["name"].clone();
    let account = |i: usize| {
        json!({
            "name": format!("account {i}"), "segment": name,
            "arr": 2_000_000 + 50_000 * (i % 97), "term": 12, "end_month": 1 + i % 12,
        })
    };
    let accounts: Vec<Value> = (0..REDUCED).map(account).collect();
    scenario["book"] = json!({ "source": "made up", "as_of": "2026-12-31", "accounts": accounts });
    scenario
}

fn list<'a>(scenario: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    scenario[name].as_array_mut().expect("a list").iter_mut()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Leaves these optional keys out.
fn without(value: &mut Value, keys: &[&str]) {
    let object = value.as_object_mut().expect("an object");
    object.retain(|key, _| !keys.contains(&key.as_str()));
}
