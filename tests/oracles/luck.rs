//! Independent accounts: binomial laws and their weighted kin.

use serde_json::json;

use crate::support::*;

#[test]
fn logo_equal_100() {
    let o = oracle("logo_equal_100");
    let n = number(&o.inputs["n"]);
    let run = Run::of(&base(n as u32, number(&o.inputs["p"])));
    let retention = run.logo_retention();
    assert_mean(&retention, number(&o.outputs["mean"]));
    assert_variance(&retention, number(&o.outputs["variance"]));
    for (q, key) in [(0.05, "q05"), (0.5, "q50"), (0.95, "q95")] {
        assert_quantile(&retention, q, number(&o.outputs[key]));
    }
    let half = 0.5 / n;
    assert_probability(&retention, |r| r < 0.85 - half, number(&o.outputs["P_R_below_0.85"]));
    assert_probability(&retention, |r| r > 0.95 - half, number(&o.outputs["P_R_ge_0.95"]));
}

/// Unequal ARR and churn, one decision each.
fn unequal(id: &str, trials: u32) -> (Oracle, Run) {
    let o = oracle(id);
    let (arr, p) = (numbers(&o.inputs["arr"]), numbers(&o.inputs["p"]));
    let mut scenario = base(1, 0.1);
    scenario["trials"] = json!(trials);
    let accounts = arr.iter().zip(&p).map(|(&arr, &p)| (1000 * arr as i64, 7, Some(p)));
    with_accounts(&mut scenario, accounts);
    let run = Run::of(&scenario);
    (o, run)
}

#[test]
fn grr_weighted_20() {
    let (o, run) = unequal("grr_weighted_20", 100_000);
    let (grr, logo) = (run.grr(), run.logo_retention());
    assert_mean(&grr, number(&o.outputs["mean"]));
    assert_variance(&grr, number(&o.outputs["variance"]));
    assert_mean(&logo, number(&o.outputs["logo_mean"]));
    assert_variance(&logo, number(&o.outputs["logo_variance"]));
    // The covariance through the variance of the sum, so that it has a standard error of its own.
    let sum: Vec<f64> = grr.iter().zip(&logo).map(|(a, b)| a + b).collect();
    let exact =
        number(&o.outputs["variance"]) + number(&o.outputs["logo_variance"]) + 2.0 * number(&o.outputs["cov_grr_logo"]);
    assert_variance(&sum, exact);
}

#[test]
fn grr_weighted_20_exact_quantiles() {
    let (o, run) = unequal("grr_weighted_20_exact_quantiles", 100_000);
    let grr = run.grr();
    for (q, exact) in o.outputs["quantiles"].as_object().expect("a map") {
        assert_quantile(&grr, q.parse().expect("a number"), number(exact));
    }
    assert_probability(&grr, |g| g == 1.0, number(&o.outputs["P_GRR_eq_1"]));
    assert_probability(&grr, |g| g < 0.8 - 1e-9, number(&o.outputs["P_GRR_below_0.80"]));
}

#[test]
fn book3_enumeration() {
    let (o, run) = unequal("book3_enumeration", 100_000);
    let grr = run.grr();
    let (outcomes, p) = (
        numbers(&o.outputs["outcomes_arr"]),
        numbers(&o.outputs["probabilities"]),
    );
    let n = grr.len() as f64;
    let mut counted = 0.0;
    let mut statistic = 0.0;
    for (arr, p) in outcomes.iter().zip(&p) {
        let count = grr.iter().filter(|&&g| (100.0 * g - arr).abs() < 1e-9).count() as f64;
        counted += count;
        statistic += (count - n * p) * (count - n * p) / (n * p);
    }
    assert_eq!(counted, n);
    // Chi-square with 7 degrees of freedom exceeds this once in a million.
    assert!(statistic < 40.52, "{statistic}");
    assert_mean(&grr, number(&o.outputs["mean_GRR"]));
    assert_mean(&run.logo_retention(), number(&o.outputs["mean_logo"]));
}

#[test]
fn acct_four_outcomes() {
    let o = oracle("acct_four_outcomes");
    let number_of = |key: &str| number(&o.inputs[key]);
    let p = number_of("p_churn");
    let mut scenario = base(number_of("n_equal_accounts") as u32, p);
    let segment = &mut scenario["segments"][0];
    // The vector's probabilities are of the whole; ours are given renewal.
    segment["downsell"] = json!({
        "probability": number_of("p_downsell") / (1.0 - p), "depth": number_of("downsell_depth"),
        "concentration": 1e12, "relative": [1, 1, 1],
    });
    segment["expansion"]["at_renewal"] = json!(number_of("p_expand") / (1.0 - p));
    segment["expansion"]["mean_size"] = json!(number_of("expand_size"));
    segment["expansion"]["log_sd"] = json!(0);
    let run = Run::of(&scenario);
    let (grr, nrr) = (run.grr(), run.nrr());
    assert_mean(&grr, number(&o.outputs["mean_GRR"]));
    assert_mean(&nrr, number(&o.outputs["mean_NRR"]));
    let (sd_grr, sd_nrr) = (number(&o.outputs["sd_book_GRR"]), number(&o.outputs["sd_book_NRR"]));
    assert_variance(&grr, sd_grr * sd_grr);
    assert_variance(&nrr, sd_nrr * sd_nrr);
    let sum: Vec<f64> = grr.iter().zip(&nrr).map(|(a, b)| a + b).collect();
    let covariance = number(&o.outputs["corr_book"]) * sd_grr * sd_nrr;
    assert_variance(&sum, sd_grr * sd_grr + sd_nrr * sd_nrr + 2.0 * covariance);
}
