//! Staffing.

use retaincast::kernel::Staff;
use retaincast::units::Money;
use retaincast::wire;
use serde_json::{Value, json};

use crate::support::*;

/// A pool of so many CSMs who never leave.
fn staffed(csms: u32) -> Value {
    let mut scenario = base(100, 0.1);
    scenario["trials"] = json!(1);
    scenario["pools"][0]["csms"] = json!(csms);
    scenario["pools"][0]["attrition"] = json!(0);
    scenario
}

#[test]
fn capacity_hours() {
    let o = oracle("capacity_hours");
    let i = o.inputs;
    let mut scenario = staffed(1);
    scenario["pools"][0]["hours_year"] = json!({
        "paid": i["calendar"], "leave": i["pto"], "sick": i["sick"], "internal": i["internal"],
        "realised": i["realisation"],
    });
    let run = Run::of(&scenario);
    let year: f64 = (1..=12)
        .map(|m| run.outcomes.column(run.plan.layout().staff(Staff::Capacity, 0, m))[0])
        .sum();
    assert_close(year, number(&o.outputs["effective"]), 1e-9);
}

#[test]
fn year1_delivered() {
    let o = oracle("year1_delivered");
    let cases = o.inputs["cases"].as_array().expect("a list");
    for (case, exact) in cases.iter().zip(numbers(&o.outputs["fraction"])) {
        let mut scenario = staffed(0);
        let pool = &mut scenario["pools"][0];
        pool["ramp_months"] = case[0].clone();
        pool["ramp_productivity"] = case[1].clone();
        pool["hiring"] = json!({ "policy": "plan", "hires": [{ "month": 1, "csms": 1 }] });
        let run = Run::of(&scenario);
        let full = 12.0 * run.plan.scenario().pools[0].productive_hours();
        let year: f64 = (1..=12)
            .map(|m| run.outcomes.column(run.plan.layout().staff(Staff::Capacity, 0, m))[0])
            .sum();
        assert_close(year / full, exact, 1e-12);
    }
}

#[test]
fn vacancies_poisson() {
    let o = oracle("vacancies_poisson");
    let seats = number(&o.inputs["seats"]);
    let hazard = number(&o.inputs["annual_attrition_hazard"]);
    let mut scenario = staffed(seats as u32);
    scenario["horizon"] = json!(120);
    scenario["trials"] = json!(4_000);
    let pool = &mut scenario["pools"][0];
    pool["attrition"] = json!(hazard);
    pool["time_to_hire"] = json!(number(&o.inputs["vacancy_months"]) as u32);
    let run = Run::of(&scenario);
    let headcount = run.metrics().month(0, 120).headcount();
    let vacant: Vec<f64> = headcount.values().iter().map(|n| seats - n).collect();
    // The vector is in continuous time. In months a seat is filled for a geometric number of them, 1/q on average, and
    // empty for two, the month of leaving being the first.
    let q = 1.0 - (-hazard / 12.0_f64).exp();
    let share = 2.0 / (2.0 + 1.0 / q);
    assert_mean(&vacant, seats * share);
    assert_close(seats * share, number(&o.outputs["mean"]), 0.01);
    let binomial: f64 = (0..40).fold(1.0, |p, _| p * (1.0 - share));
    assert_probability(&vacant, |v| v == 0.0, binomial);
}

#[test]
fn required_fte() {
    let o = oracle("required_fte");
    let (accounts, hours) = (numbers(&o.inputs["accounts"]), numbers(&o.inputs["hours_per_account"]));
    let headcount = numbers(&o.outputs["headcount"]);
    for ((accounts, hours), exact) in accounts.into_iter().zip(hours).zip(headcount) {
        let mut scenario = base(accounts as u32, 0.0);
        scenario["trials"] = json!(1);
        scenario["touch_models"][0]["hours"] = json!({
            "onboarding": 0, "renewal_window": hours / 12.0, "red": hours / 12.0, "yellow": hours / 12.0,
            "green": hours / 12.0,
        });
        scenario["pools"][0]["target_utilisation"] = o.inputs["availability"].clone();
        let run = Run::of(&scenario);
        assert_eq!(run.metrics().all_csms_needed(1, 12).values(), [exact]);
    }
}

#[test]
fn breakeven_grr() {
    let o = oracle("breakeven_grr");
    let mut scenario = staffed(1);
    let loading = 0.3;
    let salary = number(&o.inputs["loaded_cost"]) / (1.0 + loading);
    scenario["pools"][0]["salary"] = json!((100.0 * salary).round() as i64);
    scenario["pools"][0]["loading"] = json!(loading);
    scenario["economics"]["gross_margin"] = o.inputs["gross_margin"].clone();
    let scenario = wire::parse(&scenario.to_string()).expect("it is sound");
    let pool = &scenario.pools[0];
    for (i, arr) in numbers(&o.inputs["arr_per_csm"]).into_iter().enumerate() {
        let arr = Money::from_minor((100.0 * arr) as i64);
        let cash = pool.break_even(arr, scenario.economics.gross_margin);
        assert_close(100.0 * cash, number(&o.outputs["cash_pp"][i]), 1e-9);
        let value = pool.break_even(arr, number(&o.inputs["multiple"]));
        assert_close(100.0 * value, number(&o.outputs["value_pp"][i]), 1e-9);
    }
}
