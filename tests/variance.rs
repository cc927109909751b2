//! How much less a mean errs when what is known of its trials is used: other plans on the same luck, and the deviates
//! that a trial has drawn for the whole book.
//!
//! Nothing here is timed and every draw is fixed by a seed, so a ratio of variances is a number, not a measurement.

#[path = "support/base.rs"]
#[expect(dead_code, reason = "the settings of the closed forms, of which this needs the run")]
mod support;

use retaincast::summary::Sample;
use retaincast::wire;
use serde_json::{Value, json};
use support::Run;

/// Trials in a run of which one mean comes, and runs.
const TRIALS: usize = 500;
const RUNS: usize = 12;

fn demo() -> Value {
    let mut scenario: Value = serde_json::from_str(wire::examples::DEMO).expect("the demo is JSON");
    scenario["trials"] = json!(TRIALS * RUNS);
    scenario["horizon"] = json!(12);
    scenario["economics"]["cltv_years"] = json!(1);
    scenario
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (values.len() - 1) as f64
}

#[test]
fn the_deviates_of_a_trial_explain_most_of_its_grr_and_bias_nothing() {
    let run = Run::of(&demo());
    let grr = run.metrics().grr(None, 0);
    let deviates: Vec<Vec<f64>> = (0..grr.trials() as u32).map(|trial| run.plan.deviates(trial)).collect();

    // They have mean 0, as the adjustment takes for granted.
    for i in 0..deviates[0].len() {
        let column: Vec<f64> = deviates.iter().map(|row| row[i]).collect();
        let n = column.len() as f64;
        let (mean, se) = (column.iter().sum::<f64>() / n, (variance(&column) / n).sqrt());
        assert!(mean.abs() < 5.0 * se && se > 0.0, "deviate {i}: {mean} ± {se}");
    }

    let all = grr
        .adjusted_mean(&deviates.iter().cloned().collect())
        .expect("there are trials enough");
    let plain = grr.estimate().expect("GRR exists");
    let ratio = (plain.se / all.se) * (plain.se / all.se);
    println!(
        "variance of expected GRR {ratio:.1} times smaller with {} deviates",
        deviates[0].len()
    );
    assert!(ratio >= 3.0, "{ratio}");

    // Each run on its own: their means scatter as their errors say, around what all trials plainly say.
    let means: Vec<_> = (0..RUNS)
        .map(|r| {
            let trials = r * TRIALS..(r + 1) * TRIALS;
            let sample = Sample::of(grr.values()[trials.clone()].to_vec());
            sample
                .adjusted_mean(&deviates[trials].iter().cloned().collect())
                .expect("there are trials enough")
        })
        .collect();
    let values: Vec<f64> = means.iter().map(|m| m.value).collect();
    let mean = values.iter().sum::<f64>() / RUNS as f64;
    // The plain mean of the same trials errs by what the deviates explain of it.
    assert!(
        (mean - plain.mean).abs() < 5.0 * plain.se,
        "{mean} beside {} ± {}",
        plain.mean,
        plain.se
    );
    let claimed = means.iter().map(|m| m.se * m.se).sum::<f64>() / RUNS as f64;
    // A sample variance of n normals has a relative standard error of √(2/(n-1)).
    let scatter = variance(&values) / claimed;
    let se = (2.0 / (RUNS as f64 - 1.0)).sqrt();
    assert!((scatter - 1.0).abs() < 5.0 * se, "{scatter}");
    // Small runs are as right as the large one, within five standard errors of their mean.
    let se = (claimed / RUNS as f64).sqrt();
    assert!(
        (mean - all.value).abs() < 5.0 * se,
        "{mean} beside {} ± {se}",
        all.value
    );
}

#[test]
fn two_plans_on_the_same_luck_differ_by_little_but_their_plan() {
    let mut scenario = demo();
    scenario["trials"] = json!(1000);
    let before = Run::of(&scenario).metrics().grr(None, 0);
    for pool in 0..4 {
        let csms = scenario["pools"][pool]["csms"].as_u64().expect("CSMs are whole");
        scenario["pools"][pool]["csms"] = json!(csms - 1);
    }
    let after = Run::of(&scenario).metrics().grr(None, 0);
    let apart = variance(before.values()) + variance(after.values());
    let paired = variance(after.less(&before).values());
    println!(
        "variance of a difference of GRR {:.0} times smaller on the same luck",
        apart / paired
    );
    assert!(apart / paired >= 20.0, "{}", apart / paired);
    // The fewer CSMs, the lower GRR, and the pairing shows it.
    let change = after.change_from(&before).expect("GRR exists");
    assert!(change.mean < -5.0 * change.se, "{} ± {}", change.mean, change.se);
}
