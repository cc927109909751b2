//! What a richer model comes down to at the ends of its inputs.

#![expect(
    clippy::disallowed_methods,
    reason = "an exact value may come from any machine's exponentials"
)]

#[path = "support/base.rs"]
#[expect(dead_code, reason = "the settings of the closed forms, of which this needs some")]
mod support;

use retaincast::analysis::OwnChurn;
use retaincast::kernel::{Plan, Trial};
use retaincast::model::{Calibration, Chain, ageing, over, response};
use retaincast::units::{normal_cdf, normal_quantile};
use retaincast::wire;
use serde_json::{Value, json};
use support::*;

/// The rows of the first trials.
fn rows(scenario: &Value) -> Vec<Vec<f64>> {
    let scenario = wire::parse(&scenario.to_string()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let plan = Plan::new(scenario);
    let mut trial = Trial::new(&plan);
    let mut row = vec![0.0; plan.layout().width()];
    (0..20_u32)
        .map(|t| {
            trial.play(t, &mut row);
            row.clone()
        })
        .collect()
}

#[test]
fn a_life_of_duration_one_is_the_shifted_beta_geometric() {
    for (alpha, beta) in [(0.668, 3.806), (0.05, 0.4), (60.0, 440.0)] {
        let law = OwnChurn { alpha, beta };
        let mut product = 1.0;
        for t in 0..40 {
            let t = f64::from(t);
            assert_close(law.survival(t, 1.0), product, 1e-12);
            assert_close(law.after(t, 1.0).mean(), alpha / (alpha + beta + t), 1e-15);
            product *= (beta + t) / (alpha + beta + t);
        }
    }
    for years in [0.0, 1.0 / 12.0, 3.0, 20.5] {
        for share in [1.0 / 12.0, 0.25, 1.0] {
            assert_eq!(ageing(1.0, years, share), 1.0);
            assert_close(ageing(1.0 + 1e-13, years, share), 1.0, 1e-10);
        }
    }
    let mut stated: Value = serde_json::from_str(wire::examples::DEMO).expect("the demo is JSON");
    let left_out = rows(&stated);
    for segment in stated["segments"].as_array_mut().expect("a list") {
        segment["duration"] = json!(1);
    }
    assert!(left_out == rows(&stated));
}

/// A life's shares of a year's hazard telescope: any way of cutting the years gives the same survival.
#[test]
fn the_parts_of_a_life_add_up() {
    for duration in [0.3, 1.0, 2.2] {
        for parts in [1, 4, 12] {
            let share = 1.0 / f64::from(parts);
            let hazard: f64 = (0..5 * parts)
                .map(|i| share * ageing(duration, f64::from(i) * share, share))
                .sum();
            assert_close(hazard, 5_f64.powf(duration), 1e-12 * hazard);
        }
    }
    assert_close(over(0.1, 12.0 * (1.0 / 12.0)), 0.1, 1e-15);
}

#[test]
fn accounts_all_alike_are_the_limit_of_accounts_that_differ_little() {
    for dispersion in [1e-3, 1e-4, 1e-5] {
        let total = 1.0 / dispersion - 1.0;
        let law = OwnChurn {
            alpha: 0.1 * total,
            beta: 0.9 * total,
        };
        assert_close(law.dispersion(), dispersion, 1e-15);
        for t in 0..10 {
            assert_close(law.survival(f64::from(t), 1.0), 0.9_f64.powi(t), 2.0 * dispersion);
        }
    }
}

#[test]
fn coverage_of_one_is_the_covered_rates() {
    for k in [0.0, 1e-9, 0.5, 2.0, 7.0] {
        assert_eq!(response(1.0, k), 1.0);
        assert_eq!(response(0.0, k), 0.0);
    }
    let scenario = wire::parse(wire::examples::DEMO).expect("it is sound");
    for segment in &scenario.segments {
        let Calibration { p, churn, .. } = Calibration::new(segment, &[]);
        let chain = Chain::new(segment, 0.25, 0.5, 0.4, p, churn);
        assert_eq!(chain.at(1.0), chain.covered);
        assert_eq!(chain.at(0.0), chain.uncovered);
        // The covered mix stays as it is.
        for h in 0..3 {
            let next: f64 = (0..3)
                .map(|from| segment.health.mix[from] * chain.covered[from][h])
                .sum();
            assert_close(next, segment.health.mix[h], 1e-12);
        }
    }
}

/// A book that decides in one month under a shock of this weight.
fn shocked(accounts: u32, p: f64, rho: f64) -> Run {
    let mut scenario = base(accounts, p);
    all_in_month(&mut scenario, accounts, 1);
    scenario["horizon"] = json!(1);
    scenario["shock"]["rho"] = json!(rho);
    Run::of(&scenario)
}

#[test]
fn without_a_common_part_the_book_is_binomial() {
    let (n, p) = (100.0, 0.1);
    let retention = shocked(100, p, 1e-9).logo_retention();
    assert_mean(&retention, 1.0 - p);
    assert_variance(&retention, p * (1.0 - p) / n);
}

/// At the heaviest shock allowed nearly all leave together or stay together: the probabilities of both by quadrature.
#[test]
fn under_the_heaviest_shock_a_book_is_nearly_all_or_nothing() {
    let (n, p, rho) = (20, 0.3, 0.9_f64);
    let retention = shocked(n, p, rho).logo_retention();
    let together = |stays: bool| -> f64 {
        let steps = 8_000;
        (0..=steps)
            .map(|i| {
                let z = -8.0 + 16.0 * f64::from(i) / f64::from(steps);
                let churn = normal_cdf((normal_quantile(p) - rho.sqrt() * z) / (1.0 - rho).sqrt());
                let each = if stays { 1.0 - churn } else { churn };
                each.powi(n as i32) * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * 16.0
                    / f64::from(steps)
            })
            .sum()
    };
    let (none, all) = (together(false), together(true));
    assert!(none + all > 0.5, "{none} {all}");
    assert_probability(&retention, |r| r == 0.0, none);
    assert_probability(&retention, |r| r == 1.0, all);
    assert_mean(&retention, 1.0 - p);
}
