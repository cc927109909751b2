//! How much surer means are made by what is known of the trials. No clock is read.

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

/// Variance of the mean first-year GRR of the demo book, plain over with what the trials' own deviates explain taken out.
pub fn of_mean(trials: u64) -> f64 {
    let mut book = scenarios::demo();
    book["trials"] = json!(trials);
    let plan = plan(&book);
    let sample = grr(&plan, 0);
    let deviates = (0..trials as u32).map(|trial| plan.deviates(trial)).collect();
    let plain = sample.clone().estimate().expect("there are trials").se;
    // Nothing is told apart by fewer trials than twenty to a deviate.
    let adjusted = sample.adjusted_mean(&deviates).map_or(plain, |mean| mean.se);
    plain * plain / (adjusted * adjusted)
}

fn grr(plan: &Plan, first: u32) -> Sample {
    let outcomes = native::play(plan, first, |_| {});
    Metrics::new(&outcomes, plan.scenario()).grr(None, 0)
}

fn variance(sample: &Sample) -> f64 {
    let estimate = sample.clone().estimate().expect("there are trials");
    estimate.se * estimate.se * f64::from(estimate.trials)
}
