//! Monte Carlo error.

use retaincast::summary::{
    Chance, Sample, quantile_se, rank_coverage, ranks, shortfall_se, trials_for_chance, trials_for_mean,
    trials_to_bound,
};
use retaincast::units::normal_quantile;

use crate::support::*;

#[test]
fn wilson() {
    let o = oracle("wilson");
    let cases = o.inputs["cases"].as_array().expect("a list");
    let intervals = o.outputs["intervals"].as_array().expect("a list");
    for (case, exact) in cases.iter().zip(intervals) {
        let (hits, n) = (number(&case[0]) as u64, number(&case[1]) as u64);
        let chance = Chance::of(hits, n).expect("there are trials");
        assert_close(chance.low, number(&exact[0]), 1e-12);
        assert_close(chance.high, number(&exact[1]), 1e-12);
    }
}

/// Normal quantiles at evenly spread probabilities: a sample without luck.
fn normal(trials: u32, sd: f64) -> Sample {
    let share = |i: u32| (f64::from(i) + 0.5) / f64::from(trials);
    Sample::of((0..trials).map(|i| sd * normal_quantile(share(i))).collect())
}

fn quantile_ci(id: &str) {
    let o = oracle(id);
    let (trials, confidence) = (number(&o.inputs["paths"]) as u32, number(&o.inputs["conf"]));
    let sample = Sample::of((1..=trials).map(f64::from).collect());
    for (q, exact) in o.outputs.as_object().expect("a map") {
        let q: f64 = q.parse().expect("a number");
        let (low, high) = (
            number(&exact["lower_order_stat_1based"]),
            number(&exact["upper_order_stat_1based"]),
        );
        let found = ranks(trials, q, confidence);
        assert_eq!((f64::from(found.0), f64::from(found.1)), (low, high));
        assert_close(rank_coverage(trials, q, found), number(&exact["exact_coverage"]), 1e-9);
        assert_eq!(sample.quantile_interval(q, confidence), Some((low, high)));
    }
}

#[test]
fn quantile_ci_1000() {
    quantile_ci("quantile_ci_1000");
}

#[test]
fn quantile_ci_10000() {
    quantile_ci("quantile_ci_10000");
}

#[test]
fn quantile_se_normal() {
    let o = oracle("quantile_se_normal");
    let (trials, sd) = (number(&o.inputs["paths"]) as u32, number(&o.inputs["sd"]));
    for (q, exact) in numbers(&o.inputs["q"]).into_iter().zip(numbers(&o.outputs["SE"])) {
        let z = normal_quantile(q);
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() / sd;
        assert_close(quantile_se(q, density, trials), exact, 1e-12);
        // The error a sample finds by itself, from half the distance of two order statistics.
        let found = normal(trials, sd).quantile(q).expect("there are trials");
        assert_close(found.value, sd * z, 0.6 / f64::from(trials) / density);
        assert_close(found.se, exact, 0.06 * exact);
    }
    let mean = normal(trials, sd).estimate().expect("there are trials");
    let exact = number(&o.outputs["SE_mean"]);
    assert_close(mean.se, exact, 1e-3 * exact);
}

#[test]
fn es_se_normal() {
    let o = oracle("es_se_normal");
    let (level, trials) = (number(&o.inputs["alpha"]), number(&o.inputs["paths"]) as u32);
    let (floor, mean, se) = (
        number(&o.outputs["VaR"]),
        number(&o.outputs["ES"]),
        number(&o.outputs["SE"]),
    );
    assert_close(normal_quantile(level), floor, 1e-12);
    // Beyond z the variance of a standard normal is 1 + z m - m², m its mean there.
    let variance = 1.0 + floor * mean - mean * mean;
    assert_close(shortfall_se(level, mean - floor, variance, trials), se, 1e-12);
    let found = normal(trials, number(&o.inputs["sd"]))
        .shortfall(level)
        .expect("some are left");
    assert_close(found.floor, floor, 2e-3);
    assert_close(found.mean, mean, 2e-3);
    assert_close(found.se, se, 0.01 * se);
}

#[test]
fn paths_needed() {
    let o = oracle("paths_needed");
    let input = |name: &str| number(&o.inputs[name]);
    let mean = trials_for_mean(input("sd"), input("target_SE"));
    assert_close(mean, number(&o.outputs["N_mean"]), 1e-9);
    let chance = trials_for_chance(input("p"), input("target_SE_prob"));
    assert_close(chance, number(&o.outputs["N_prob"]), 1e-9);
}

#[test]
fn wilks() {
    let o = oracle("wilks");
    let (q, confidence) = (number(&o.inputs["q"]), number(&o.inputs["conf"]));
    let trials = trials_to_bound(q, confidence);
    assert_eq!(f64::from(trials), number(&o.outputs["N"]));
    // Fewer would not do: the smallest of so many lies below the quantile with less confidence.
    let bounds = |n: u32| rank_coverage(n, q, (1, n + 1));
    assert!(bounds(trials) >= confidence && bounds(trials - 1) < confidence);
}
