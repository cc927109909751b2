//! How much surer a comparison of two plans is made by common random numbers. No clock is read.

use retaincast::kernel::Plan;
use retaincast::native;
use retaincast::summary::{Metrics, Sample};
use serde_json::json;

use crate::{plan, scenarios};

/// Variance of the difference in first-year GRR between the demo book and one in which mid-market churns a tenth less,
/// with other luck in the second plan over the same luck in both.
pub fn of_difference(trials: u64) -> f64 {
    let mut book = scenarios::demo();
    book["trials"] = json!(trials);
    let mut loyal = book.clone();
    let churn = &mut loyal["segments"][1]["churn"];
    *churn = json!(0.9 * churn.as_f64().expect("a number"));

    let before = grr(&plan(&book), 0);
    let [same, other] = [0, trials as u32].map(|first| grr(&plan(&loyal), first));
    variance(&other.less(&before)) / variance(&same.less(&before))
}

fn grr(plan: &Plan, first: u32) -> Sample {
    let outcomes = native::play(plan, first, |_| {});
    Metrics::new(&outcomes, plan.scenario()).grr(None, 0)
}

fn variance(sample: &Sample) -> f64 {
    let estimate = sample.clone().estimate().expect("there are trials");
    estimate.se * estimate.se * f64::from(estimate.trials)
}
