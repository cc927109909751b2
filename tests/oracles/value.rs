//! Customer lifetime value.

use retaincast::kernel::{Book, Once};
use serde_json::{Value, json};

use crate::support::*;

/// An equal book whose decisions fall in months 12, 24, ….
pub fn yearly_book(inputs: &Value, years: u32) -> Value {
    let mut scenario = base(200, number(&inputs["annual_churn"]));
    let minor = (100.0 * number(&inputs["arr"])) as i64;
    with_accounts(&mut scenario, (0..200).map(|_| (minor, 12, None)));
    scenario["horizon"] = json!(12 * years.min(10));
    scenario["trials"] = json!(4_000);
    scenario["economics"] = json!({
        "gross_margin": inputs["gross_margin"], "discount": inputs["annual_discount"], "cltv_years": years.min(10),
        "cac": 2, "csms_per_manager": 8,
    });
    scenario
}

/// Discounted margin an account, paid annually in advance over so many years, trial by trial, in major units.
pub fn annual_in_advance(run: &Run, years: usize) -> Vec<f64> {
    let scenario = run.plan.scenario();
    let (margin, d) = (scenario.economics.gross_margin, scenario.economics.discount);
    let opening = run.plan.opening_arr()[0] as f64;
    let mut value = vec![margin * opening / 200.0 / 100.0; run.outcomes.done() as usize];
    for year in 1..years {
        let arr = run.metrics().book(Book::CohortArr, 12 * year);
        for (value, arr) in value.iter_mut().zip(arr.values()) {
            *value += margin * arr / 200.0 / 100.0 * (1.0 + d).powi(-(year as i32));
        }
    }
    value
}

#[test]
fn cltv_annual_upfront() {
    let o = oracle("cltv_annual_upfront");
    let run = Run::of(&yearly_book(o.inputs, 10));
    let whole = number(&o.outputs["CLTV"]);
    let (c, d) = (number(&o.inputs["annual_churn"]), number(&o.inputs["annual_discount"]));
    // Ten years hold this share of the perpetuity; the rest is its geometric tail.
    let share = 1.0 - ((1.0 - c) / (1.0 + d)).powi(10);
    let value = annual_in_advance(&run, 10);
    assert_mean(&value, whole * share);
    let first = number(&o.inputs["gross_margin"]) * number(&o.inputs["arr"]);
    let residual: Vec<f64> = value.iter().map(|v| v - first).collect();
    assert_mean(
        &residual,
        number(&o.outputs["residual_after_first_payment"]) - whole * (1.0 - share),
    );
}

#[test]
fn cltv_finite_5y() {
    let o = oracle("cltv_finite_5y");
    let run = Run::of(&yearly_book(o.inputs, 5));
    assert_mean(&annual_in_advance(&run, 5), number(&o.outputs["CLTV_5y"]));
}

/// The product's own convention, monthly payments and the first one counted, has the closed form of five annuities.
#[test]
fn cltv_in_monthly_payments() {
    let o = oracle("cltv_finite_5y");
    let run = Run::of(&yearly_book(o.inputs, 5));
    let (c, d) = (number(&o.inputs["annual_churn"]), number(&o.inputs["annual_discount"]));
    let payment = number(&o.inputs["gross_margin"]) * number(&o.inputs["arr"]) / 12.0;
    let exact: f64 = (0..60)
        .map(|t| payment * (1.0 - c).powi(t / 12) * (1.0 + d).powf(-f64::from(t) / 12.0))
        .sum();
    let column = run.outcomes.column(run.plan.layout().once(Once::Cltv, 0));
    let major: Vec<f64> = column.iter().map(|x| x / 100.0).collect();
    assert_mean(&major, exact);
}

#[test]
fn cltv_growth() {
    let o = oracle("cltv_growth");
    let mut scenario = yearly_book(o.inputs, 10);
    scenario["segments"][0]["uplift"]["list"] = o.inputs["survivor_growth"].clone();
    let run = Run::of(&scenario);
    let ratio = number(&o.outputs["NRR"]) / (1.0 + number(&o.inputs["annual_discount"]));
    let share = 1.0 - ratio.powi(10);
    assert_mean(&annual_in_advance(&run, 10), number(&o.outputs["CLTV"]) * share);
    assert_mean(&run.nrr(), number(&o.outputs["NRR"]));
}
