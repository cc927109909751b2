//! Health: powers of the transition matrix.

use serde_json::json;

use crate::support::*;

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
