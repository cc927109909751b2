//! Accounts that differ: the shifted-beta-geometric law, its posterior and the beta-discrete-Weibull.

use retaincast::analysis::{OwnChurn, fit_own_churn};
use retaincast::wire;
use serde_json::{Value, json};

use crate::support::*;
use crate::value::{annual_in_advance, yearly_book};

/// The law a vector states.
fn law(inputs: &Value) -> OwnChurn {
    OwnChurn {
        alpha: number(&inputs["alpha"]),
        beta: number(&inputs["beta"]),
    }
}

/// Makes accounts differ by this law, the churn of new ones being the stated one.
fn differ(segment: &mut Value, law: OwnChurn, duration: f64) {
    segment["churn"] = json!(law.mean());
    segment["dispersion"] = json!(law.dispersion());
    segment["churn_of"] = json!("new");
    segment["duration"] = json!(duration);
}

/// 500 accounts in each of so many trials: of 2,000 survival is known to 0.0005, of 600 to 0.0009.
fn cohort(law: OwnChurn, duration: f64, trials: u32) -> Value {
    let mut scenario = base(500, law.mean());
    scenario["trials"] = json!(trials);
    differ(&mut scenario["segments"][0], law, duration);
    scenario
}

/// Survivors of ten decisions, in months 1, 13, … 109.
fn curve(law: OwnChurn, duration: f64, trials: u32, exact: impl Fn(usize) -> f64) {
    let mut scenario = cohort(law, duration, trials);
    all_in_month(&mut scenario, 500, 1);
    scenario["horizon"] = json!(109);
    let run = Run::of(&scenario);
    for t in 1..=10 {
        assert_mean(&run.survival(12 * t - 11), exact(t));
    }
}

/// The laws of the product: accounts' own churn as the simulator lays it out, and the closed form.
fn assert_survival(law: OwnChurn, duration: f64, t: f64, exact: f64, tolerance: f64) {
    assert_close(law.survival(t, duration), exact, tolerance);
    let scenario = wire::parse(&cohort(law, duration, 1).to_string()).expect("it is sound");
    let laid_out = scenario.segments[0].own_churn(law.mean(), 0).expect("accounts differ");
    let hazards = retaincast::units::softplus;
    let mean: f64 = laid_out
        .nodes()
        .map(|(x, weight)| weight * (-t.powf(duration) * hazards(x)).exp())
        .sum();
    // Its points are chosen for means of a year.
    assert_close(mean, exact, 1e-6);
}

fn sbg_curve(id: &str) {
    let o = oracle(id);
    let law = law(o.inputs);
    let survival = numbers(&o.outputs["S"]);
    for (t, exact) in survival.iter().enumerate() {
        assert_survival(law, 1.0, t as f64, *exact, 1e-10);
    }
    let retention = numbers(&o.outputs["r_1_12"]);
    for (t, (r, pmf)) in retention.iter().zip(numbers(&o.outputs["pmf_1_12"])).enumerate() {
        assert_close(1.0 - law.after(t as f64, 1.0).mean(), *r, 1e-10);
        assert_close(survival[t] * law.after(t as f64, 1.0).mean(), pmf, 1e-10);
    }
    curve(law, 1.0, 2_000, |t| survival[t]);
}

#[test]
fn sbg_curve_regular() {
    sbg_curve("sbg_curve_regular");
}

#[test]
fn sbg_curve_highend() {
    sbg_curve("sbg_curve_highend");
}

#[test]
fn bdw_curve_highend() {
    let o = oracle("bdw_curve_highend");
    let (law, c) = (law(o.inputs), number(&o.inputs["c"]));
    let survival = numbers(&o.outputs["S"]);
    for (t, exact) in survival.iter().enumerate() {
        assert_survival(law, c, t as f64, *exact, 1e-10);
    }
    for (pair, r) in survival.windows(2).zip(numbers(&o.outputs["r_1_12"])) {
        assert_close(pair[1] / pair[0], r, 1e-10);
    }
    curve(law, c, 2_000, |t| survival[t]);
}

/// Other laws, from accounts nearly alike to the most different allowed, and lives that shorten or lengthen them.
#[test]
fn survival_of_other_laws() {
    for (alpha, beta, duration) in [
        (3.8, 15.2, 1.0),
        (0.064, 0.256, 1.0),
        (20.0, 180.0, 1.0),
        (0.05, 0.0612, 1.0),
        (2.0, 0.5, 1.0),
        (0.9, 5.1, 0.4),
        (0.5, 9.5, 3.0),
        (60.0, 440.0, 1.5),
    ] {
        let law = OwnChurn { alpha, beta };
        curve(law, duration, 600, |t| law.survival(t as f64, duration));
    }
}

/// Shorter terms carry their part of the year's hazard, so a whole number of years later the curve is the same.
#[test]
fn survival_under_shorter_terms() {
    let law = OwnChurn {
        alpha: 0.668,
        beta: 3.806,
    };
    for (months, duration) in [(1, 1.0), (1, 1.6), (1, 0.5), (3, 1.0), (6, 1.6)] {
        let mut scenario = cohort(law, duration, 600);
        scenario["segments"][0]["terms"] = json!([{ "months": months, "share": 1 }]);
        scenario["horizon"] = json!(60);
        let run = Run::of(&scenario);
        for year in 1..=5 {
            assert_mean(&run.survival(12 * year), law.survival(year as f64, duration));
        }
    }
}

/// Churn at the first decision of accounts that have survived so many: a segment each.
fn first_decisions(law: OwnChurn, duration: f64, survived: &[u32], exact: &[f64]) {
    let mut scenario = cohort(law, duration, 600);
    let pattern = scenario["segments"][0].clone();
    let segments: Vec<Value> = survived
        .iter()
        .map(|&n| {
            let mut segment = pattern.clone();
            segment["name"] = json!(format!("after {n}"));
            let mut weights = vec![0; n as usize];
            weights.push(1);
            segment["opening_tenure"] = json!(weights);
            segment
        })
        .collect();
    scenario["segments"] = json!(segments);
    let run = Run::of(&scenario);
    for (s, exact) in exact.iter().enumerate() {
        assert_mean(run.metrics().logo_retention(Some(s), 0).values(), 1.0 - exact);
    }
}

#[test]
fn sbg_posterior_survivor() {
    let o = oracle("sbg_posterior_survivor");
    let law = law(o.inputs);
    let survived: Vec<u32> = numbers(&o.inputs["n"]).iter().map(|&n| n as u32).collect();
    let exact = numbers(&o.outputs["mean_theta"]);
    for (&n, exact) in survived.iter().zip(&exact) {
        assert_close(law.after(f64::from(n), 1.0).mean(), *exact, 1e-12);
    }
    first_decisions(law, 1.0, &survived, &exact);
}

/// The same with a life of its own: the next decision's share of `S(n+1) / S(n)`.
#[test]
fn posterior_of_other_laws() {
    for (alpha, beta, c) in [
        (0.2593, 1.7225, 1.5844),
        (0.9, 5.1, 0.4),
        (3.8, 15.2, 1.0),
        (0.05, 0.0612, 1.0),
    ] {
        let law = OwnChurn { alpha, beta };
        let survived = [0, 1, 4, 12];
        let exact = survived.map(|n| 1.0 - law.survival(f64::from(n) + 1.0, c) / law.survival(f64::from(n), c));
        first_decisions(law, c, &survived, &exact);
    }
}

fn most_likely(id: &str) {
    let o = oracle(id);
    let n0 = number(&o.inputs["n0"]);
    let survivors: Vec<f64> = numbers(&o.inputs["percent_surviving"])
        .iter()
        .map(|percent| n0 * percent / 100.0)
        .collect();
    let fit = fit_own_churn(&survivors).expect("the data fix a law");
    assert_close(fit.law.alpha, number(&o.outputs["alpha"]), 1e-6);
    assert_close(fit.law.beta, number(&o.outputs["beta"]), 1e-6);
    assert_close(fit.log_likelihood, number(&o.outputs["loglik"]), 1e-6);
    for (t, exact) in numbers(&o.outputs["S_projected_0_12"]).into_iter().enumerate() {
        assert_close(fit.law.survival(t as f64, 1.0), exact, 1e-6);
    }
}

#[test]
fn sbg_mle_regular_4() {
    most_likely("sbg_mle_regular_4");
}

#[test]
fn sbg_mle_highend_7() {
    most_likely("sbg_mle_highend_7");
}

#[test]
fn derl_case1() {
    let o = oracle("derl_case1");
    let (law, d) = (law(o.inputs), number(&o.inputs["d"]));
    assert_close(law.lifetime(d), number(&o.outputs["DEL_new_customer"]), 1e-9);
    let elasticity = numbers(&o.outputs["retention_elasticity"]);
    for (n, exact) in numbers(&o.outputs["DERL"]).into_iter().enumerate() {
        let before = law.after(n as f64, 1.0);
        assert_close(before.residual_lifetime(d), exact, 1e-9);
        // What one more unit of retention at this decision alone brings, relatively, is the lifetime after it.
        assert_close(law.after(n as f64, 1.0).lifetime(d), elasticity[n], 1e-9);
        let left = number(&o.outputs["cohort_10000"][n]);
        assert_close(10_000.0 * law.survival(n as f64, 1.0), left, 1e-9 * 10_000.0);
    }
}

#[test]
fn base_value_case1() {
    let o = oracle("base_value_case1");
    let (law, d) = (law(o.inputs), number(&o.inputs["d"]));
    let cohorts = numbers(&o.inputs["cohort_sizes_age0_4"]);
    let all: f64 = cohorts.iter().sum();
    let before = |n: usize| law.after(n as f64, 1.0);
    // A year on, each cohort is the next older one, as far as those are known.
    let retention = cohorts[1..].iter().sum::<f64>() / cohorts[..4].iter().sum::<f64>();
    assert_close(retention, number(&o.outputs["aggregate_retention"]), 1e-9);
    let naive = all * retention / (1.0 - retention / (1.0 + d));
    assert_close(naive, number(&o.outputs["naive_value"]), 1e-5);
    let value: f64 = cohorts
        .iter()
        .enumerate()
        .map(|(n, size)| size * before(n).residual_lifetime(d))
        .sum();
    assert_close(value, number(&o.outputs["true_value"]), 1e-5);
}

#[test]
fn del_exact_vs_truncated() {
    let o = oracle("del_exact_vs_truncated");
    let (law, d) = (law(o.inputs), number(&o.inputs["d"]));
    let truncated = |law: OwnChurn, payments: i32| -> f64 {
        (0..payments)
            .map(|t| law.survival(f64::from(t), 1.0) * (1.0 + d).powi(-t))
            .sum()
    };
    assert_close(law.lifetime(d), number(&o.outputs["DEL_exact"]), 1e-9);
    assert_close(truncated(law, 71), number(&o.outputs["DEL_trunc70"]), 1e-9);
    let fifth = law.after(4.0, 1.0);
    assert_close(fifth.residual_lifetime(d), number(&o.outputs["DERL_n5_exact"]), 1e-9);
    // The 66 payments from the fifth renewal to the seventieth.
    let residual = (1.0 - fifth.mean()) * truncated(law.after(5.0, 1.0), 66);
    assert_close(residual, number(&o.outputs["DERL_n5_trunc70"]), 1e-9);

    // Ten years of it, as the simulator pays them.
    let inputs = json!({
        "annual_churn": law.mean(), "arr": 1000, "gross_margin": 1, "annual_discount": d,
    });
    let mut scenario = yearly_book(&inputs, 10);
    differ(&mut scenario["segments"][0], law, 1.0);
    let value = annual_in_advance(&Run::of(&scenario), 10);
    assert_mean(&value, 1000.0 * truncated(law, 10));
}

#[test]
fn derl_jdmaturen() {
    let o = oracle("derl_jdmaturen");
    let d = number(&o.inputs["d"]);
    let before = law(o.inputs).after(number(&o.inputs["n0"]), 1.0);
    assert_close(before.residual_lifetime(d), number(&o.outputs["derl"]), 1e-9);
}

#[test]
fn jensen_lifetime() {
    let o = oracle("jensen_lifetime");
    let law = OwnChurn {
        alpha: number(&o.inputs["a"]),
        beta: number(&o.inputs["b"]),
    };
    assert_close(law.mean(), number(&o.outputs["mean_c"]), 1e-12);
    assert_close(1.0 / law.mean(), number(&o.outputs["one_over_mean"]), 1e-12);
    assert_close(law.lifetime(0.0), number(&o.outputs["mean_one_over_c"]), 1e-12);
    assert_close(law.lifetime(0.0) * law.mean(), number(&o.outputs["ratio"]), 1e-12);
    // Its limit, which is a mean over the law.
    assert_close(law.lifetime(1e-9), number(&o.outputs["mean_one_over_c"]), 1e-6);
}
