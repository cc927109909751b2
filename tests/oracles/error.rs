//! Monte Carlo error.

use retaincast::summary::Chance;

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
