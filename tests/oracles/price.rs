//! Price, coverage and what a segment is expected to leave.

use retaincast::model::{ArrLaw, Family, Rate, response};
use retaincast::units::{Money, logistic, logit, normal_cdf, normal_quantile};
use retaincast::wire;
use serde_json::json;

use crate::support::*;

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
        // Of the accounts with a decision.
        ("gross_renewal_rate_ATR", decided.grr()),
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

/// Accounts without a CSM miss coverage by the memory of it, a twelfth of the gap a month, and only the hazard in reach
/// feels that.
#[test]
fn a_team_that_is_not_there_is_missed_little_by_little() {
    let p = 0.2;
    for (effect, uncontrollable, month) in [(0.8, 0.0, 3), (-0.8, 0.0, 12), (0.8, 0.4, 12), (-0.5, 0.7, 6)] {
        let mut scenario = base(200, p);
        all_in_month(&mut scenario, 200, month);
        scenario["trials"] = json!(5_000);
        scenario["coverage"] = json!("from_team");
        scenario["pools"][0]["csms"] = json!(0);
        scenario["touch_models"][0]["effect"] = json!(effect);
        scenario["touch_models"][0]["through_health"] = json!(0);
        scenario["segments"][0]["uncontrollable"] = json!(uncontrollable);
        let missed = 1.0 - (11.0_f64 / 12.0).powi(month as i32);
        let within = 1.0 - (1.0 - p).powf(1.0 - uncontrollable);
        let moved = logistic(logit(within) + effect * missed);
        let stays = (1.0 - p).powf(uncontrollable) * (1.0 - moved);
        assert_mean(&Run::of(&scenario).logo_retention(), stays);
    }
}

/// Mean of a function of a standard normal number beyond a point, by the trapezium rule.
fn normal_mean(from: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (to, steps) = (8.0, 4_000);
    let step = (to - from) / f64::from(steps);
    (0..=steps)
        .map(|i| {
            let z = from + step * f64::from(i);
            let end = if i == 0 || i == steps { 0.5 } else { 1.0 };
            end * step * of(z) * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
        })
        .sum()
}

/// Years multiply: in five of them a log-normal year's median and spread are those of a rate typed as a range.
#[test]
fn nrr_compound_lognormal() {
    let o = oracle("nrr_compound_lognormal");
    let output = |name: &str| number(&o.outputs[name]);
    let (mu, sigma, years) = (
        number(&o.inputs["mu"]),
        number(&o.inputs["sigma"]),
        number(&o.inputs["years"]),
    );
    let ends =
        |years: f64| [-1.0, 1.0].map(|side| (years * mu + side * years.sqrt() * sigma * normal_quantile(0.95)).exp());
    let [low, high] = ends(years);
    assert_close(low, output("q05_5y"), 1e-12);
    assert_close(high, output("q95_5y"), 1e-12);
    let [year, five] = [ends(1.0), ends(years)].map(|[p5, p95]| Rate::range(Family::Positive, p5, p95));
    assert_close(five.median(), output("median_5y"), 1e-12);
    assert_close(normal_mean(-8.0, |z| year.at(z)), output("mean_1y"), 1e-12);
    assert_close(normal_mean(-8.0, |z| five.at(z)), output("mean_5y"), 1e-12);
    assert_close(five.at(normal_quantile(output("P_below_1"))), 1.0, 1e-12);
    assert_close(normal_cdf(-five.median().ln() / five.sd()), output("P_below_1"), 1e-12);
}

/// The law that lays out ARR, by quadrature over it, and a laid-out book of 20,000 accounts.
#[test]
fn lognormal_concentration() {
    let o = oracle("lognormal_concentration");
    let (q, n) = (number(&o.inputs["q"]), number(&o.inputs["n"]));
    let each = |name: &str| numbers(&o.outputs[name]);
    for (i, sigma) in numbers(&o.inputs["sigma"]).into_iter().enumerate() {
        let law = ArrLaw {
            median: Money::from_minor(1_000_000),
            sigma,
            min: Money::from_minor(1),
            max: Money::from_minor(1_000_000_000_000),
        };
        let arr = |z: f64| law.quantile(normal_cdf(z)) / 1e6;
        let mean = normal_mean(-8.0, arr);
        let top = normal_mean(normal_quantile(1.0 - q), arr) / mean;
        assert_close(top, each("top10pct_share")[i], 1e-6);
        let gini = 2.0 * normal_mean(-8.0, |z| arr(z) * normal_cdf(z)) / mean - 1.0;
        assert_close(gini, each("gini")[i], 1e-9);
        let hhi = normal_mean(-8.0, |z| arr(z) * arr(z)) / (mean * mean) / n;
        assert_close(hhi / each("HHI_approx")[i], 1.0, 1e-6);
        assert_close(1.0 / hhi / each("effective_n")[i], 1.0, 1e-6);

        let mut scenario = base(20_000, 0.1);
        let segment = &mut scenario["segments"][0];
        segment["max_growth"] = json!(1);
        segment["arr"] = json!({ "median": 1_000_000, "sigma": sigma, "min": 1, "max": 10_000_000_000_i64 });
        let scenario = wire::parse(&scenario.to_string()).expect("it is sound");
        let mut book: Vec<f64> = scenario.book()[0]
            .iter()
            .map(|opening| opening.arr.minor() as f64)
            .collect();
        book.sort_by(f64::total_cmp);
        let whole: f64 = book.iter().sum();
        let top: f64 = book[18_000..].iter().sum::<f64>() / whole;
        assert_close(top, each("top10pct_share")[i], 2e-3);
        let ranked: f64 = book.iter().enumerate().map(|(i, arr)| (i as f64 + 0.5) * arr).sum();
        assert_close(2.0 * ranked / (20_000.0 * whole) - 1.0, each("gini")[i], 2e-3);
    }
}
