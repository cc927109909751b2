//! Closed forms of the retention, credit-risk and customer-lifetime-value literature against the simulator.
//!
//! Every test is named by the id of its vector in `tests/data/oracles.json`, which states formula and source.

#![expect(
    clippy::disallowed_methods,
    reason = "an exact value may come from any machine's exponentials"
)]

#[path = "support/base.rs"]
mod support;

use retaincast::kernel::{Book, Once, Staff, Year};
use retaincast::model::response;
use retaincast::summary::Chance;
use retaincast::units::{logistic, logit, normal_cdf, normal_quantile};
use retaincast::wire;
use serde_json::{Value, json};
use support::*;

// Independent accounts.

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

// Worked examples: every outcome is certain, so the metrics must come out to the last digit.

/// What becomes of an account for certain.
#[derive(Clone, Copy)]
enum Fate {
    /// Leaves.
    Churns,
    /// Renews at so many hundredths of its ARR.
    Ends(u32),
}

/// A book in which accounts of these ARR (major units) and fates decide in month 6.
fn certain(accounts: &[(i64, Fate)]) -> Value {
    let mut scenario = base(1, 0.1);
    scenario["trials"] = json!(1);
    let pattern = scenario["segments"][0].clone();
    let mut segments = Vec::new();
    let mut book = Vec::new();
    for (i, &(arr, fate)) in accounts.iter().enumerate() {
        let name = format!("segment {i}");
        let mut segment = pattern.clone();
        segment["name"] = json!(name);
        segment["churn"] = json!(0);
        let (downsell, expansion) = (&mut segment["downsell"], pattern["expansion"].clone());
        *downsell = json!({ "probability": 0, "depth": 0, "concentration": 1e12, "relative": [1, 1, 1] });
        if let Fate::Ends(hundredths) = fate {
            let change = f64::from(hundredths) / 100.0 - 1.0;
            if change < 0.0 {
                segment["downsell"]["probability"] = json!(1);
                segment["downsell"]["depth"] = json!(-change);
            }
            segment["expansion"] = expansion;
            segment["expansion"]["at_renewal"] = json!(if change > 0.0 { 1 } else { 0 });
            segment["expansion"]["mean_size"] = json!(change.max(0.0));
            segment["expansion"]["log_sd"] = json!(0);
        }
        segments.push(segment);
        let mut account = json!({
            "name": name, "segment": name, "arr": 100 * arr, "term": 12, "end_month": 6,
        });
        if matches!(fate, Fate::Churns) {
            account["churn"] = json!(1);
        }
        book.push(account);
    }
    scenario["segments"] = json!(segments);
    scenario["book"] = json!({ "source": "a worked example", "as_of": "2026-12-31", "accounts": book });
    scenario
}

#[test]
fn seed_book_example() {
    let o = oracle("seed_book_example");
    let accounts = [
        (400_000, Fate::Churns),
        (3_600_000, Fate::Ends(100)),
        (1_000_000, Fate::Ends(170)),
    ];
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], number(&o.outputs["GRR"]), 1e-12);
    assert_close(run.nrr()[0], number(&o.outputs["NRR"]), 1e-12);
}

/// The published sample of ten customers, whose gains must not hide its losses: GRR 76%, NRR 102%.
#[test]
fn ten_customers() {
    let opening = [100, 200, 500, 200, 1000, 300, 500, 1200, 400, 600];
    let closing = [200, 200, 0, 300, 1500, 200, 900, 1200, 600, 0];
    // Two thirds of 300 is no whole number of hundredths: the account of 300 is one of 100 and one of 200.
    let mut accounts = Vec::new();
    for (opening, closing) in opening.into_iter().zip(closing) {
        match (opening, closing) {
            (_, 0) => accounts.push((opening, Fate::Churns)),
            (300, 200) => accounts.extend([(200, Fate::Ends(100)), (100, Fate::Churns)]),
            _ => accounts.push((opening, Fate::Ends((100 * closing / opening) as u32))),
        }
    }
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], 0.76, 1e-12);
    assert_close(run.nrr()[0], 1.02, 1e-12);
}

/// Contraction of 4% and churn of 9% with expansion of 18% is a GRR of 87%, not of 91%.
#[test]
fn contraction_counts_against_grr() {
    let accounts = [
        (900, Fate::Churns),
        (1000, Fate::Ends(60)),
        (6100, Fate::Ends(100)),
        (2000, Fate::Ends(190)),
    ];
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], 0.87, 1e-12);
    assert_close(run.nrr()[0], 1.05, 1e-12);
}

#[test]
fn edge_case_fixtures() {
    let o = oracle("edge_case_fixtures");
    // Expansion between renewals and escalators are certain only as stated yearly rates allow, so each case is the
    // simplest book that ends where the vector says.
    let books: [&[(i64, Fate)]; 8] = [
        &[(100, Fate::Ends(140))],
        &[(200, Fate::Ends(105))],
        &[(100, Fate::Ends(100))],
        &[(100, Fate::Ends(60))],
        &[(100, Fate::Ends(0))],
        &[(100, Fate::Churns)],
        &[(100, Fate::Ends(120))],
        &[(100, Fate::Ends(150)), (50, Fate::Churns)],
    ];
    for (i, book) in books.into_iter().enumerate() {
        let run = Run::of(&certain(book));
        assert_close(run.grr()[0], number(&o.outputs["GRR"][i]), 1e-12);
        assert_close(run.nrr()[0], number(&o.outputs["NRR"][i]), 1e-12);
        if let Some(kept) = o.outputs["logo_retained"][i].as_f64() {
            assert_eq!(run.logo_retention()[0], kept, "case {i}");
        }
    }
}

/// The escalator raises an account in the year of a long contract in which nothing is decided.
#[test]
fn an_escalator_is_no_renewal() {
    let o = oracle("edge_case_fixtures");
    let mut scenario = base(1, 0.1);
    with_accounts(&mut scenario, [(20_000, 30, None)]);
    scenario["book"]["accounts"][0]["term"] = json!(36);
    scenario["segments"][0]["uplift"]["escalator"] = json!(0.05);
    let run = Run::of(&scenario);
    assert_eq!(run.nrr()[0], number(&o.outputs["NRR"][1]));
    assert_eq!(run.grr()[0], number(&o.outputs["GRR"][1]));
    // Nothing is up for renewal in the middle of a term.
    assert_eq!(run.year(Year::DueArr), 0.0);
    assert_eq!(run.metrics().gross_renewal_rate(None, 0).estimate(), None);
}

#[test]
fn bridge_fixture() {
    let o = oracle("bridge_fixture");
    let number_of = |key: &str| number(&o.inputs[key]);
    // In thousandths of the opening ARR: 92 leave, 100 shrink by 39, 545 grow by a fifth.
    let accounts = [
        (920, Fate::Churns),
        (1000, Fate::Ends(61)),
        (5450, Fate::Ends(120)),
        (2630, Fate::Ends(100)),
    ];
    let run = Run::of(&certain(&accounts));
    assert_close(run.grr()[0], number(&o.outputs["GRR_cohort"]), 1e-12);
    assert_close(run.nrr()[0], number(&o.outputs["NRR_cohort"]), 1e-12);
    let bridge = run.metrics();
    let opening = 1_000_000.0;
    assert_close(
        bridge.line(Book::Churn, 1, 12) / opening,
        number_of("cohort_churn") / 100.0,
        1e-12,
    );
    assert_close(
        bridge.line(Book::Downsell, 1, 12) / opening,
        number_of("cohort_contraction") / 100.0,
        1e-12,
    );
    let grown = bridge.line(Book::ExpansionAtRenewal, 1, 12);
    assert_close(grown / opening, number_of("cohort_expansion") / 100.0, 1e-12);
}

#[test]
fn survivor_growth_trap() {
    let o = oracle("survivor_growth_trap");
    let (w, p, growth) = (
        numbers(&o.inputs["weights"]),
        numbers(&o.inputs["p"]),
        numbers(&o.inputs["growth"]),
    );
    let mut scenario = base(100, 0.1);
    scenario["horizon"] = json!(24);
    let pattern = scenario["segments"][0].clone();
    let segments: Vec<Value> = (0..2)
        .map(|i| {
            let mut segment = pattern.clone();
            segment["name"] = json!(format!("type {i}"));
            segment["accounts"] = json!((200.0 * w[i]) as u32);
            segment["churn"] = json!(p[i]);
            segment["uplift"]["list"] = json!(growth[i] - 1.0);
            segment
        })
        .collect();
    scenario["segments"] = json!(segments);
    let run = Run::of(&scenario);
    assert_mean(&run.nrr(), number(&o.outputs["NRR"]));
    // The vector's second year is that of the expected book: a ratio of means.
    let cohort: Vec<f64> = (0..2)
        .map(|s| mean(run.outcomes.column(run.plan.layout().year(Year::CohortArr, s, 1))))
        .collect();
    let opening: Vec<f64> = (0..2)
        .map(|s| mean(run.outcomes.column(run.plan.layout().year(Year::OpeningArr, s, 1))))
        .collect();
    let year2 = (cohort[0] + cohort[1]) / (opening[0] + opening[1]);
    let se = (variance(&run.nrr()) / 20_000.0).sqrt();
    assert_close(year2, number(&o.outputs["year2_NRR_same_accounts"]), 5.0 * 2.0 * se);
}

#[test]
fn seed_quarterly_trap() {
    let o = oracle("seed_quarterly_trap");
    let quarterly = 1.0 - number(&o.inputs["churned_in_quarter"]) / number(&o.inputs["n"]);
    assert_close(quarterly, number(&o.outputs["quarterly_logo"]), 1e-12);
    // The product's own way from a year to a quarter, a decision of a three-month term, undoes the annualisation.
    let annual = number(&o.outputs["annualised_logo"]);
    let mut scenario = base(200, 1.0 - annual);
    scenario["segments"][0]["terms"] = json!([{ "months": 3, "share": 1 }]);
    scenario["horizon"] = json!(3);
    assert_mean(&Run::of(&scenario).logo_retention(), quarterly);
}

// The shared shock.

/// Every decision of a large book in month 1.
fn large_book(id: &str) {
    let o = oracle(id);
    let (accounts, trials) = (100_000, 500);
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
    let mut sorted = churn;
    sorted.sort_by(f64::total_cmp);
    let tail = &sorted[sorted.len() * 95 / 100..];
    let exact = number(&o.outputs["ES95"]);
    let floor = normal_cdf((normal_quantile(p) + rho.sqrt() * normal_quantile(0.95)) / (1.0 - rho).sqrt());
    // Standard error of an expected shortfall: Manistre and Hancock (2005).
    let se = ((variance(tail) + 0.95 * (exact - floor) * (exact - floor)) / tail.len() as f64).sqrt();
    assert_close(mean(tail), exact, 5.0 * se);
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
    scenario["trials"] = json!(40_000);
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

// Health.

/// Solves a linear system of three by Cramer's rule.
fn solve(q: &[Vec<f64>]) -> [f64; 3] {
    let det = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole: [[f64; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| q[i][j]));
    std::array::from_fn(|k| {
        let mut replaced = whole;
        for row in &mut replaced {
            row[k] = 1.0;
        }
        det(replaced) / det(whole)
    })
}

#[test]
fn markov_quarterly() {
    let o = oracle("markov_quarterly");
    let q: Vec<Vec<f64>> = o.outputs["Q"].as_array().expect("rows").iter().map(numbers).collect();
    let x = solve(&q);
    let matrix: Vec<Vec<f64>> = q
        .iter()
        .map(|row| row.iter().zip(x).map(|(q, x)| q * x).collect())
        .collect();
    let mut scenario = base(300, 0.1);
    let segment = &mut scenario["segments"][0];
    segment["terms"] = json!([{ "months": 1, "share": 1, "churn": x.map(|x| 1.0 - 1.0 / x) }]);
    segment["health"]["mix"] = o.inputs["initial_mix"].clone();
    segment["health"]["covered"] = json!({ "matrix": matrix });
    scenario["horizon"] = json!(20);
    scenario["trials"] = json!(2_000);
    let survival = o.outputs["S_by_state_t0_20"].as_array().expect("rows");

    let drawn = Run::of(&scenario);
    let churned: Vec<f64> = drawn.survival(4).iter().map(|s| 1.0 - s).collect();
    assert_mean(&churned, number(&o.outputs["annual_churn_book"]));

    for (h, health) in ["green", "yellow", "red"].into_iter().enumerate() {
        with_accounts(&mut scenario, (0..300).map(|_| (100_000, 1, None)));
        for account in scenario["book"]["accounts"].as_array_mut().expect("a list") {
            account["health"] = json!(health);
            account["term"] = json!(1);
        }
        let run = Run::of(&scenario);
        for (month, exact) in survival.iter().enumerate().skip(1) {
            assert_mean(&run.survival(month), number(&exact[h]));
        }
        let churned: Vec<f64> = run.survival(4).iter().map(|s| 1.0 - s).collect();
        assert_mean(&churned, number(&o.outputs["annual_churn_by_state"][h]));
    }
}

// Customer lifetime value.

/// An equal book whose decisions fall in months 12, 24, ….
fn yearly_book(inputs: &Value, years: u32) -> Value {
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
fn annual_in_advance(run: &Run, years: usize) -> Vec<f64> {
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
#[expect(
    clippy::disallowed_methods,
    reason = "an exact value may come from any machine's powers"
)]
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
#[expect(
    clippy::disallowed_methods,
    reason = "an exact value may come from any machine's powers"
)]
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
#[expect(
    clippy::disallowed_methods,
    reason = "an exact value may come from any machine's powers"
)]
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

// Price and coverage.

/// A segment's expected year by its closed form, accounts with and without a decision mixed as stated.
fn default_segment(id: &str) {
    let o = oracle(id);
    let input = |name: &str| number(&o.inputs[name]);
    let mut scenario = base(1, input("p_churn_at_decision"));
    let segment = &mut scenario["segments"][0];
    // Depth without spread.
    segment["downsell"] = json!({
        "probability": input("p_downsell"), "depth": input("downsell_depth"), "concentration": 1e12,
        "relative": [1, 1, 1],
    });
    segment["expansion"]["rate"] = o.inputs["p_expand"].clone();
    segment["expansion"]["mean_size"] = o.inputs["expand_mean"].clone();
    segment["uplift"]["list"] = o.inputs["uplift_realised"].clone();
    segment["uplift"]["escalator"] = o.inputs["escalator_nondecision"].clone();
    let scenario = wire::parse(&scenario.to_string()).expect("it is sound");
    let segment = &scenario.segments[0];
    let uplift = segment.realised_uplift();
    let decided = segment.year_with(segment.churn_at(uplift), uplift);
    let between = segment.year_between();
    let u = input("share_with_decision_u");
    let mixed = |of: &dyn Fn(&retaincast::model::Year) -> f64| u * of(&decided) + (1.0 - u) * of(&between);
    let grr = mixed(&|year| year.grr());
    let square = mixed(&|year| year.variance + year.grr() * year.grr());
    for (name, found) in [
        ("GRR", grr),
        ("NRR", mixed(&|year| year.nrr())),
        ("logo_retention", mixed(&|year| 1.0 - year.churn)),
        ("var_GRR_per_account", square - grr * grr),
    ] {
        let exact = number(&o.outputs[name]);
        assert!((found - exact).abs() < 1e-12, "{id} {name}: {found} against {exact}");
    }
}

#[test]
fn default_segment_high_enterprise() {
    default_segment("default_segment_high_enterprise");
}

#[test]
fn default_segment_low_smb() {
    default_segment("default_segment_low_smb");
}

#[test]
fn uplift_churn_tradeoff() {
    let o = oracle("uplift_churn_tradeoff");
    let uplifts = numbers(&o.inputs["uplift"]);
    let (churn, nrr) = (numbers(&o.outputs["churn"]), numbers(&o.outputs["NRR"]));
    for ((uplift, churn), nrr) in uplifts.iter().zip(churn).zip(nrr) {
        let mut scenario = base(200, number(&o.inputs["base_churn"]));
        scenario["segments"][0]["uplift"] = json!({
            "list": uplift, "realised": 1, "stated": 0, "elasticity": o.inputs["k"], "escalator": 0,
        });
        let run = Run::of(&scenario);
        assert_mean(&run.logo_retention(), 1.0 - churn);
        assert_mean(&run.nrr(), nrr);
    }
}

#[test]
fn dose_response() {
    let o = oracle("dose_response");
    let k = 1.0 / number(&o.inputs["k0"]);
    let (p, theta) = (number(&o.inputs["p_ref"]), number(&o.inputs["theta"]));
    let doses = numbers(&o.inputs["k"]);
    let (g, churn) = (numbers(&o.outputs["g"]), numbers(&o.outputs["p"]));
    for ((dose, g), churn) in doses.into_iter().zip(g).zip(churn) {
        assert_close(response(dose, k), g, 1e-12);
        assert_close(logistic(logit(p) + theta * (1.0 - response(dose, k))), churn, 1e-12);
    }
}

// Staffing.

/// A pool of so many CSMs who never leave.
fn staffed(csms: u32) -> Value {
    let mut scenario = base(100, 0.1);
    scenario["trials"] = json!(1);
    scenario["pools"][0]["csms"] = json!(csms);
    scenario["pools"][0]["attrition"] = json!(0);
    scenario
}

#[test]
fn capacity_hours() {
    let o = oracle("capacity_hours");
    let i = o.inputs;
    let mut scenario = staffed(1);
    scenario["pools"][0]["hours_year"] = json!({
        "paid": i["calendar"], "leave": i["pto"], "sick": i["sick"], "internal": i["internal"],
        "realised": i["realisation"],
    });
    let run = Run::of(&scenario);
    let year: f64 = (1..=12)
        .map(|m| run.outcomes.column(run.plan.layout().staff(Staff::Capacity, 0, m))[0])
        .sum();
    assert_close(year, number(&o.outputs["effective"]), 1e-9);
}

#[test]
fn year1_delivered() {
    let o = oracle("year1_delivered");
    let cases = o.inputs["cases"].as_array().expect("a list");
    for (case, exact) in cases.iter().zip(numbers(&o.outputs["fraction"])) {
        let mut scenario = staffed(0);
        let pool = &mut scenario["pools"][0];
        pool["ramp_months"] = case[0].clone();
        pool["ramp_productivity"] = case[1].clone();
        pool["hiring"] = json!({ "policy": "plan", "hires": [{ "month": 1, "csms": 1 }] });
        let run = Run::of(&scenario);
        let full = 12.0 * run.plan.scenario().pools[0].productive_hours();
        let year: f64 = (1..=12)
            .map(|m| run.outcomes.column(run.plan.layout().staff(Staff::Capacity, 0, m))[0])
            .sum();
        assert_close(year / full, exact, 1e-12);
    }
}

#[test]
fn vacancies_poisson() {
    let o = oracle("vacancies_poisson");
    let seats = number(&o.inputs["seats"]);
    let hazard = number(&o.inputs["annual_attrition_hazard"]);
    let mut scenario = staffed(seats as u32);
    scenario["horizon"] = json!(120);
    scenario["trials"] = json!(4_000);
    let pool = &mut scenario["pools"][0];
    pool["attrition"] = json!(hazard);
    pool["time_to_hire"] = json!(number(&o.inputs["vacancy_months"]) as u32);
    let run = Run::of(&scenario);
    let headcount = run.metrics().headcount(0, 120, 120);
    let vacant: Vec<f64> = headcount.values().iter().map(|n| seats - n).collect();
    // The vector is in continuous time. In months a seat is filled for a geometric number of them, 1/q on average, and
    // empty for two, the month of leaving being the first.
    let q = 1.0 - (-hazard / 12.0_f64).exp();
    let share = 2.0 / (2.0 + 1.0 / q);
    assert_mean(&vacant, seats * share);
    assert_close(seats * share, number(&o.outputs["mean"]), 0.01);
    let binomial: f64 = (0..40).fold(1.0, |p, _| p * (1.0 - share));
    assert_probability(&vacant, |v| v == 0.0, binomial);
}

#[test]
fn required_fte() {
    let o = oracle("required_fte");
    let (accounts, hours) = (numbers(&o.inputs["accounts"]), numbers(&o.inputs["hours_per_account"]));
    let headcount = numbers(&o.outputs["headcount"]);
    for ((accounts, hours), exact) in accounts.into_iter().zip(hours).zip(headcount) {
        let mut scenario = base(accounts as u32, 0.0);
        scenario["trials"] = json!(1);
        scenario["touch_models"][0]["hours"] = json!({
            "onboarding": 0, "renewal_window": hours / 12.0, "red": hours / 12.0, "yellow": hours / 12.0,
            "green": hours / 12.0,
        });
        scenario["pools"][0]["target_utilisation"] = o.inputs["availability"].clone();
        let run = Run::of(&scenario);
        assert_eq!(run.metrics().csms_needed(0, 1, 12).values(), [exact]);
    }
}

// Monte Carlo error.

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
