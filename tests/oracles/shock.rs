//! The shared shock: one-factor Gaussian copula.

use retaincast::kernel::Book;
use retaincast::summary::Sample;
use retaincast::units::{normal_cdf, normal_quantile};
use serde_json::json;

use crate::support::*;

/// Every decision of a large book in month 1.
fn large_book(id: &str) {
    let o = oracle(id);
    let (accounts, trials) = (10_000, 2_000);
    let (p, rho) = (number(&o.inputs["p"]), number(&o.inputs["rho"]));
    let mut scenario = base(accounts, p);
    all_in_month(&mut scenario, accounts, 1);
    scenario["horizon"] = json!(1);
    scenario["trials"] = json!(trials);
    scenario["shock"]["rho"] = json!(rho);
    let churn: Vec<f64> = Run::of(&scenario).logo_retention().iter().map(|r| 1.0 - r).collect();
    for (q, exact) in numbers(&o.inputs["q"])
        .iter()
        .zip(numbers(&o.outputs["churn_quantiles"]))
    {
        assert_quantile(&churn, *q, exact);
    }
    assert_mean(&churn, p);
    let sd = number(&o.outputs["sd"]);
    // What a finite book adds: the mean variance of a binomial given the factor.
    let luck = (p * (1.0 - p) - sd * sd) / f64::from(accounts);
    assert_variance(&churn, sd * sd + luck);
    let tail = Sample::of(churn).shortfall(0.95).expect("a twentieth is left");
    let exact = number(&o.outputs["ES95"]);
    report("expected shortfall", tail.mean - exact, tail.se);
    assert_close(tail.mean, exact, 5.0 * tail.se);
}

#[test]
fn vasicek_p05_r02() {
    large_book("vasicek_p05_r02");
}

#[test]
fn vasicek_p05_r10() {
    large_book("vasicek_p05_r10");
}

#[test]
fn vasicek_p08_r05() {
    large_book("vasicek_p08_r05");
}

#[test]
fn vasicek_p08_r20() {
    large_book("vasicek_p08_r20");
}

#[test]
fn vasicek_p12_r02() {
    large_book("vasicek_p12_r02");
}

#[test]
fn vasicek_p12_r10() {
    large_book("vasicek_p12_r10");
}

#[test]
fn vasicek_p20_r05() {
    large_book("vasicek_p20_r05");
}

#[test]
fn vasicek_p20_r20() {
    large_book("vasicek_p20_r20");
}

#[test]
fn vasicek_published() {
    let o = oracle("vasicek_published");
    let (p, rho) = (number(&o.inputs["p"]), number(&o.inputs["rho"]));
    let exact = numbers(&o.outputs["published_ppf"]);
    for (q, exact) in numbers(&o.inputs["alpha"]).into_iter().zip(&exact) {
        let churn = normal_cdf((normal_quantile(p) + rho.sqrt() * normal_quantile(q)) / (1.0 - rho).sqrt());
        assert_close(churn, *exact, 1e-10);
    }
    let mut scenario = base(20_000, p);
    all_in_month(&mut scenario, 20_000, 1);
    scenario["horizon"] = json!(1);
    scenario["trials"] = json!(4_000);
    scenario["shock"]["rho"] = json!(rho);
    let churn: Vec<f64> = Run::of(&scenario).logo_retention().iter().map(|r| 1.0 - r).collect();
    for (q, exact) in numbers(&o.inputs["alpha"]).into_iter().zip(exact) {
        assert_quantile(&churn, q, exact);
    }
}

fn finite_book(id: &str) {
    let o = oracle(id);
    let (n, p, rho) = (number(&o.inputs["n"]), number(&o.inputs["p"]), number(&o.inputs["rho"]));
    let mut scenario = base(n as u32, p);
    all_in_month(&mut scenario, n as u32, 1);
    scenario["horizon"] = json!(1);
    scenario["trials"] = json!(15_000);
    scenario["shock"]["rho"] = json!(rho);
    let retention = Run::of(&scenario).logo_retention();
    let churned: Vec<f64> = retention.iter().map(|r| (n * (1.0 - r)).round()).collect();
    let sd = n * number(&o.outputs["sd_fraction"]);
    assert_mean(&churned, n * p);
    assert_variance(&churned, sd * sd);
    for (q, exact) in o.outputs["churn_count_quantiles"].as_object().expect("a map") {
        assert_quantile(&churned, q.parse().expect("a number"), number(exact));
    }
    assert_probability(&churned, |k| k >= 0.15 * n, number(&o.outputs["P_churn_ge_15pct"]));
}

#[test]
fn finite_copula_n200_p10_r05() {
    finite_book("finite_copula_n200_p10_r05");
}

#[test]
fn finite_copula_n1000_p10_r05() {
    finite_book("finite_copula_n1000_p10_r05");
}

#[test]
fn factor_frequency() {
    let o = oracle("factor_frequency");
    let (p, rho) = (number(&o.inputs["p"]), number(&o.inputs["rho"]));
    let accounts = 2_400;
    // A product of two tails under correlation ρ, by the trapezium rule in the factor.
    let steps = 4_000;
    let joint = (0..=steps)
        .map(|i| {
            let z = -8.0 + 16.0 * f64::from(i) / f64::from(steps);
            let tail = normal_cdf((normal_quantile(p) - rho.sqrt() * z) / (1.0 - rho).sqrt());
            tail * tail * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * 16.0 / f64::from(steps)
        })
        .sum::<f64>();
    let c0 = joint - p * p;
    for (half_life, key) in [
        (0.0, "iid_monthly"),
        (12.0, "ar1_half_life_1y"),
        (1e12, "frozen_within_year"),
    ] {
        let mut scenario = base(accounts, p);
        with_accounts(&mut scenario, (0..accounts).map(|i| (100_000, 1 + i % 12, None)));
        scenario["shock"] = json!({ "rho": rho, "rho_expansion": 0, "half_life": half_life });
        let sd = number(&o.outputs["sd_annual_churn"][key]);
        let retention = Run::of(&scenario).logo_retention();
        assert_mean(&retention, 1.0 - p);
        assert_variance(&retention, sd * sd + (p * (1.0 - p) - c0) / f64::from(accounts));
    }
}

/// Mean over the factor, by the trapezium rule.
fn over_factor(of: impl Fn(f64) -> f64) -> f64 {
    let steps = 4_000;
    (0..=steps)
        .map(|i| {
            let z = -8.0 + 16.0 * f64::from(i) / f64::from(steps);
            of(z) * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * 16.0 / f64::from(steps)
        })
        .sum()
}

/// Churn is moved by the factor as a year's, then cut to the term: a year of monthly decisions under a factor that stays
/// keeps the mean, and its variance is that of one annual decision.
#[test]
fn a_factor_moves_the_year_and_not_the_month() {
    let (p, rho, accounts) = (0.2, 0.2_f64, 400);
    let mut scenario = base(accounts, p);
    scenario["segments"][0]["terms"] = json!([{ "months": 1, "share": 1 }]);
    scenario["trials"] = json!(8_000);
    scenario["shock"] = json!({ "rho": rho, "rho_expansion": 0, "half_life": 1e12 });
    let retention = Run::of(&scenario).logo_retention();
    assert_mean(&retention, 1.0 - p);
    let churn = |z: f64| normal_cdf((normal_quantile(p) - rho.sqrt() * z) / (1.0 - rho).sqrt());
    let square = over_factor(|z| churn(z) * churn(z));
    assert_variance(&retention, square - p * p + (p - square) / f64::from(accounts));
}

/// The factor moves the churn of an account as old as it is, so the mean of a first decision is kept at any age.
#[test]
fn a_factor_moves_churn_at_its_age() {
    let p = 0.15;
    let mut scenario = base(100, p);
    scenario["shock"]["rho"] = json!(0.3);
    let segment = &mut scenario["segments"][0];
    segment["duration"] = json!(2);
    segment["opening_tenure"] = json!([0, 0, 0, 1]);
    assert_mean(&Run::of(&scenario).logo_retention(), 1.0 - p);
}

/// Bad times are bad for churn and for expansion: the mean of their product, by quadrature.
#[test]
fn churn_rises_as_expansion_falls() {
    let (p, rate, size, accounts) = (0.1, 0.5, 0.1, 1_000);
    let (rho, rho_expansion) = (0.2_f64, 0.2_f64);
    let mut scenario = base(accounts, p);
    all_in_month(&mut scenario, accounts, 1);
    scenario["horizon"] = json!(1);
    scenario["trials"] = json!(4_000);
    scenario["shock"] = json!({ "rho": rho, "rho_expansion": rho_expansion, "half_life": 12 });
    scenario["segments"][0]["expansion"] = json!({
        "rate": rate, "at_renewal": 0, "mean_size": size, "log_sd": 0, "csm_led": 0, "relative": [1, 1, 1],
    });
    let run = Run::of(&scenario);
    let expansion = run.metrics().book(Book::ExpansionProductLed, 1);
    let opening = run.plan.opening_arr()[0] as f64;
    let product: Vec<f64> = run
        .logo_retention()
        .iter()
        .zip(expansion.values())
        .map(|(kept, won)| (1.0 - kept) * won / (size * opening))
        .collect();
    let moved = |p: f64, rho: f64, z: f64| normal_cdf((normal_quantile(p) + rho.sqrt() * z) / (1.0 - rho).sqrt());
    assert_mean(
        &product,
        over_factor(|z| moved(p, rho, -z) * moved(rate, rho_expansion, z) / 12.0),
    );
}
