//! Price, coverage and what a segment is expected to leave.

use retaincast::model::response;
use retaincast::units::{logistic, logit};
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
