//! What happens to accounts besides their renewals, in numbers worked out by hand: opt-outs, returns, another CSM, and
//! account managers.

use retaincast::kernel::{Book, Staff};
use retaincast::model::Holding;
use retaincast::units::{logistic, logit};
use serde_json::{Value, json};

use crate::support::*;

/// Mean over trials of a line of the bridge, as a share of the opening ARR.
fn share_of_arr(run: &Run, line: Book, month: usize) -> Vec<f64> {
    let opening = run.plan.opening_arr().iter().sum::<i64>() as f64;
    let booked = run.metrics().book(line, month);
    booked.values().iter().map(|arr| arr / opening).collect()
}

/// Contracts of 36 months whose last month is month 36.
fn three_years(opt_out: Option<u32>) -> Value {
    let mut scenario = base(200, 0.2);
    with_accounts(&mut scenario, (0..200).map(|_| (100_000, 36, None)));
    for account in scenario["book"]["accounts"].as_array_mut().expect("a list") {
        account["term"] = json!(36);
    }
    let term = &mut scenario["segments"][0]["terms"][0];
    term["months"] = json!(36);
    if let Some(months) = opt_out {
        term["opt_out"] = json!(months);
    }
    scenario["horizon"] = json!(36);
    scenario["trials"] = json!(4_000);
    // Whoever may only leave gives up nothing.
    scenario["segments"][0]["downsell"]["probability"] = json!(0.5);
    scenario
}

/// Every opt-out is a decision that carries its part of the year: after n years (1 - p)ⁿ are left, where a contract that
/// binds to its end keeps everybody until then and 1 - p after it.
#[test]
fn opt_outs_are_decisions() {
    for (opt_out, decisions) in [
        (Some(12), &[12, 24, 36][..]),
        (Some(6), &[6, 12, 18, 24, 30, 36]),
        (Some(18), &[18, 36]),
        (None, &[36]),
    ] {
        let run = Run::of(&three_years(opt_out));
        let years = f64::from(opt_out.unwrap_or(36).min(12)) / 12.0;
        for month in 1..=36 {
            let passed = decisions.iter().filter(|&&decision| decision <= month).count() as f64;
            if passed == 0.0 {
                assert!(run.survival(month).iter().all(|&left| left == 1.0), "month {month}");
            } else {
                assert_mean(&run.survival(month), 0.8_f64.powf(years * passed));
            }
            if month < 36 {
                assert!(
                    share_of_arr(&run, Book::Downsell, month)
                        .iter()
                        .all(|&given| given == 0.0)
                );
            }
        }
        // What is up for renewal at the end is what the opt-outs have left.
        let renewed = run.metrics().logo_renewal_rate(None, 2);
        assert_mean(renewed.values(), 0.8_f64.powf(years));
        assert!(run.metrics().logo_renewal_rate(None, 0).values().is_empty());
    }
}

/// Of those who churn a share is back within the days, another later: the first never left, the second come in by a line
/// of their own, and a year after that they decide again like anybody.
#[test]
fn some_of_the_lost_come_back() {
    let p = 0.3;
    for (within, later, after) in [(0.25, 0.0, 4), (0.0, 0.4, 7), (0.25, 0.4, 4)] {
        let mut scenario = base(200, p);
        all_in_month(&mut scenario, 200, 1);
        scenario["horizon"] = json!(24);
        scenario["trials"] = json!(4_000);
        scenario["segments"][0]["win_back"] =
            json!({ "days": 60, "within": within, "later": later, "later_months": after });
        let run = Run::of(&scenario);
        let lost = p * (1.0 - within);
        assert_mean(&run.grr(), 1.0 - lost);
        assert_mean(&run.logo_retention(), 1.0 - lost);
        assert_mean(&share_of_arr(&run, Book::Churn, 1), lost);
        assert_mean(&run.survival(13), (1.0 - lost) * (1.0 - lost));
        for month in 1..=1 + after + 12 {
            let back = share_of_arr(&run, Book::WinBack, month);
            match month {
                _ if later > 0.0 && month == 1 + after => assert_mean(&back, p * later),
                // Those lost in month 13.
                _ if later > 0.0 && month == 13 + after => assert_mean(&back, (1.0 - lost) * p * later),
                _ => assert!(back.iter().all(|&arr| arr == 0.0), "month {month}"),
            }
        }
        let again = share_of_arr(&run, Book::Churn, 13 + after);
        if later > 0.0 {
            assert_mean(&again, p * later * lost);
        } else {
            assert!(again.iter().all(|&arr| arr == 0.0));
        }
    }
}

/// 200 accounts among 20 CSMs who leave at a hazard of 3 a year and are not replaced, all deciding in this month.
fn leaving(month: u32, months: u32) -> Value {
    let mut scenario = base(200, 0.2);
    all_in_month(&mut scenario, 200, month);
    scenario["trials"] = json!(4_000);
    let pool = &mut scenario["pools"][0];
    pool["csms"] = json!(20);
    pool["attrition"] = json!(3);
    pool["backfill"] = json!(false);
    scenario["touch_models"][0]["handover"] = json!({ "penalty": 0, "months": months, "hours": 0 });
    scenario
}

/// Chance that the CSM of an account left in this month or the `months - 1` before it.
fn handed_over(month: u32, months: u32) -> f64 {
    let stays = (-3.0_f64 / 12.0).exp();
    let (first, last) = (month.saturating_sub(months), month);
    stays.powi(first as i32) - stays.powi(last as i32)
}

/// While an account passes to another CSM the odds of churn, where a CSM matters, are `e^penalty` times what they were.
#[test]
fn a_handover_multiplies_the_odds() {
    for (month, months, penalty, uncontrollable) in [
        (3, 1, 0.8, 0.0),
        (3, 3, 0.8, 0.0),
        (6, 2, -0.5, 0.0),
        (6, 4, 1.0, 0.4),
        (2, 6, 0.8, 0.0),
    ] {
        let mut scenario = leaving(month, months);
        scenario["touch_models"][0]["handover"]["penalty"] = json!(penalty);
        scenario["segments"][0]["uncontrollable"] = json!(uncontrollable);
        let within = 1.0 - 0.8_f64.powf(1.0 - uncontrollable);
        let stays = 0.8_f64.powf(uncontrollable) * (1.0 - logistic(logit(within) + penalty));
        let share = handed_over(month, months);
        let run = Run::of(&scenario);
        assert_mean(&run.logo_retention(), share * stays + (1.0 - share) * 0.8);
    }
}

/// The hours of a handover, spread over its months, stand on top of those the account asks for anyway.
#[test]
fn a_handover_asks_for_its_hours() {
    let mut scenario = leaving(12, 3);
    let touch = &mut scenario["touch_models"][0];
    touch["hours"] = json!({ "onboarding": 0, "renewal_window": 2, "red": 2, "yellow": 2, "green": 2 });
    touch["handover"]["hours"] = json!(9);
    let run = Run::of(&scenario);
    for month in 1..=12 {
        let asked = run.outcomes.column(run.plan.layout().staff(Staff::Workload, 0, month));
        let each: Vec<f64> = asked.iter().map(|hours| hours / 200.0).collect();
        assert_mean(&each, 2.0 + 3.0 * handed_over(month as u32, 3));
    }
}

/// A renewal window of three months before decisions in month 6, with and without account managers.
#[test]
fn account_managers_take_the_hours_of_renewals() {
    let mut scenario = base(50, 0.0);
    all_in_month(&mut scenario, 50, 6);
    scenario["trials"] = json!(1);
    let touch = &mut scenario["touch_models"][0];
    touch["hours"] = json!({ "onboarding": 0, "renewal_window": 10, "red": 1, "yellow": 1, "green": 1 });
    touch["renewal_window"] = json!(3);
    for (ownership, window) in [("csm", 500.0), ("am", 50.0)] {
        scenario["touch_models"][0]["ownership"] = json!(ownership);
        let run = Run::of(&scenario);
        for month in 1..=12 {
            let asked = run.outcomes.column(run.plan.layout().staff(Staff::Workload, 0, month))[0];
            let exact = if (4..=6).contains(&month) { window } else { 50.0 };
            assert_eq!(asked, exact, "{ownership}, month {month}");
        }
    }
}

/// Without a CSM the led part of expansion waits, unless account managers have it. A month's events each add their mean
/// size, so a year multiplies ARR by (1 + λ size / 12)¹² on average.
#[test]
fn account_managers_take_the_led_expansion() {
    for (ownership, csm_led) in [("csm", 1.0), ("csm", 0.4), ("am", 1.0), ("am", 0.4)] {
        let mut scenario = base(200, 0.0);
        scenario["trials"] = json!(2_000);
        scenario["coverage"] = json!("from_team");
        scenario["pools"][0]["csms"] = json!(0);
        scenario["touch_models"][0]["ownership"] = json!(ownership);
        let expansion = &mut scenario["segments"][0]["expansion"];
        (expansion["rate"], expansion["csm_led"]) = (json!(0.9), json!(csm_led));
        (expansion["mean_size"], expansion["relative"]) = (json!(0.3), json!([1, 1, 1]));
        let events = if ownership == "am" { 0.9 } else { 0.9 * (1.0 - csm_led) };
        assert_mean(&Run::of(&scenario).nrr(), (1.0_f64 + events * 0.3 / 12.0).powi(12));
    }
}

/// What the checks of a scenario take for its first year is what the simulator plays: contraction by (1 - h d)¹², soon
/// returns as no churn, and survivors who churn less than the new accounts whose churn is stated.
#[test]
fn the_expected_year_is_the_played_one() {
    for (said, tenure) in [
        (json!({ "contraction": { "hazard": 0.02, "depth": 0.3 } }), 0),
        (
            json!({ "win_back": { "days": 60, "within": 0.4, "later": 0.2, "later_months": 3 } }),
            0,
        ),
        (json!({ "dispersion": 0.2, "churn_of": "new" }), 3),
        (json!({ "dispersion": 0.2, "churn_of": "new", "duration": 1.5 }), 2),
        (json!({ "duration": 0.6, "churn_of": "new" }), 4),
    ] {
        let mut scenario = base(200, 0.2);
        scenario["trials"] = json!(4_000);
        for (key, value) in said.as_object().expect("an object") {
            scenario["segments"][0][key] = value.clone();
        }
        scenario["segments"][0]["downsell"]["probability"] = json!(0.1);
        let mut weights = vec![0; tenure];
        weights.push(1);
        scenario["segments"][0]["opening_tenure"] = json!(weights);
        let run = Run::of(&scenario);
        let stated = run.plan.scenario();
        let holding = Holding::of(&stated.segments[0], &stated.book()[0]);
        let year = holding.year().expect("there is ARR");
        println!("{said}");
        assert_mean(&run.grr(), year.grr());
        assert_mean(&run.nrr(), year.nrr());
        assert_mean(
            &run.logo_retention(),
            holding.logo_retention().expect("there are accounts"),
        );
        assert_variance(&run.grr(), year.variance);
    }
}
