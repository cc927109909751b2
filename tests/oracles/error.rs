//! Monte Carlo error.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use retaincast::summary::{Chance, Interval, Sample};
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

/// A sample whose values are their ranks.
fn ranks(trials: u32) -> Sample {
    Sample::of((1..=trials).map(f64::from).collect())
}

/// Probability of `low..high` hits in `n` trials, that is for a quantile to lie between order statistics of these ranks.
fn between(n: u32, q: f64, low: u32, high: u32) -> f64 {
    let lg = |k: u32| libm::lgamma(f64::from(k) + 1.0);
    (low..high)
        .map(|k| (lg(n) - lg(k) - lg(n - k) + f64::from(k) * q.ln() + f64::from(n - k) * (-q).ln_1p()).exp())
        .sum()
}

fn quantile_ci(id: &str) {
    let o = oracle(id);
    let (trials, confidence) = (number(&o.inputs["paths"]) as u32, number(&o.inputs["conf"]));
    for (q, exact) in o.outputs.as_object().expect("a map") {
        let q: f64 = q.parse().expect("a number");
        let (low, high) = (
            number(&exact["lower_order_stat_1based"]),
            number(&exact["upper_order_stat_1based"]),
        );
        let exactly = Interval {
            low: Some(low),
            high: Some(high),
        };
        assert_eq!(ranks(trials).quantile_interval(q, confidence), Some(exactly));
        let coverage = between(trials, q, low as u32, high as u32);
        assert_close(coverage, number(&exact["exact_coverage"]), 1e-9);
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
        assert_close((q * (1.0 - q) / f64::from(trials)).sqrt() / density, exact, 1e-12);
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
    let gap = mean - floor;
    let square = (variance + level * gap * gap) / (f64::from(trials) * (1.0 - level));
    assert_close(square.sqrt(), se, 1e-12);
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
    let (input, output) = (
        |name: &str| number(&o.inputs[name]),
        |name: &str| number(&o.outputs[name]),
    );
    // So many trials of that standard deviation have that standard error, but for the n - 1 of a sample's variance.
    let trials = output("N_mean");
    let sides = (0..trials as u32).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 } * input("sd"));
    let found = Sample::of(sides.collect()).estimate().expect("there are trials");
    assert_close(found.se, input("target_SE") * (trials / (trials - 1.0)).sqrt(), 1e-12);
    // An interval of 1.96 standard errors to either side, but for Wilson's move of both ends towards the middle.
    let trials = output("N_prob");
    let found = Chance::of((input("p") * trials).round() as u64, trials as u64).expect("there are trials");
    let se = (found.high - found.low) / 2.0 / normal_quantile(0.975);
    assert_close(
        se,
        input("target_SE_prob"),
        5.0 * input("target_SE_prob") / (trials * input("p")),
    );
}

#[test]
fn wilks() {
    let o = oracle("wilks");
    let (q, confidence) = (number(&o.inputs["q"]), number(&o.inputs["conf"]));
    // An interval leaves as much out on either side as the bound does on its own.
    let has_bound = |trials: u32| {
        let found = ranks(trials).quantile_interval(q, 2.0 * confidence - 1.0);
        found.is_some_and(|interval| interval.low.is_some())
    };
    let fewest = (1..200).find(|&trials| has_bound(trials)).expect("some are enough");
    assert_eq!(f64::from(fewest), number(&o.outputs["N"]));
}

/// A month is like the one before it four times in five: so much together that months counted one by one would hold
/// the truth in 60% of all samples.
#[test]
fn the_interval_of_a_share_of_months_holds_the_truth_as_often_as_it_says() {
    const SAMPLES: u32 = 2_000;
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(7);
    let truth = 0.3;
    let mut held = 0;
    for _ in 0..SAMPLES {
        let shares: Vec<f64> = (0..100)
            .map(|_| {
                let mut is_over = dice.random_bool(truth);
                let mut months = 0.0;
                for _ in 0..12 {
                    if dice.random_bool(0.2) {
                        is_over = dice.random_bool(truth);
                    }
                    months += f64::from(u8::from(is_over));
                }
                months / 12.0
            })
            .collect();
        let chance = Chance::of_months(&shares, 12).expect("there are trials");
        held += u32::from(chance.low <= truth && truth <= chance.high);
    }
    let (share, n) = (f64::from(held) / f64::from(SAMPLES), f64::from(SAMPLES));
    assert!((share - 0.95).abs() < 5.0 * (0.95 * 0.05 / n).sqrt(), "{share}");
}
