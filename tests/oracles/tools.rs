//! Checks of laws that the tests themselves lean on; the product has none of them.

use crate::support::*;

fn log_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

#[test]
fn betabinomial_200() {
    let o = oracle("betabinomial_200");
    let (n, p, icc) = (number(&o.inputs["n"]), number(&o.inputs["p"]), number(&o.inputs["icc"]));
    let (a, b) = (p * (1.0 - icc) / icc, (1.0 - p) * (1.0 - icc) / icc);
    assert_close(a, number(&o.outputs["alpha"]), 1e-10);
    assert_close(b, number(&o.outputs["beta"]), 1e-10);
    assert_close(
        n * p * (1.0 - p) * (1.0 + (n - 1.0) * icc),
        number(&o.outputs["var_count"]),
        1e-10,
    );
    let pmf: Vec<f64> = (0..=n as u32)
        .map(|k| {
            let k = f64::from(k);
            (-log_beta(k + 1.0, n - k + 1.0) - (n + 1.0).ln() + log_beta(k + a, n - k + b) - log_beta(a, b)).exp()
        })
        .collect();
    assert_close(pmf[20], number(&o.outputs["pmf_20"]), 1e-10);
    for (q, exact) in o.outputs["quantiles"].as_object().expect("a map") {
        let q: f64 = q.parse().expect("a number");
        let below = pmf.iter().scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum)
        });
        assert_eq!(below.take_while(|&f| f < q).count() as f64, number(exact));
    }
}

#[test]
fn negbin_reactive() {
    let o = oracle("negbin_reactive");
    let (r, p) = (number(&o.inputs["r"]), number(&o.inputs["p"]));
    let pmf = |k: u32| {
        let k = f64::from(k);
        (libm::lgamma(k + r) - libm::lgamma(r) - libm::lgamma(k + 1.0)).exp() * p.powf(r) * (1.0 - p).powf(k)
    };
    for (k, exact) in (0..).zip(numbers(&o.outputs["pmf_0_5"])) {
        assert_close(pmf(k), exact, 1e-12);
    }
    let moment = |power: i32| -> f64 { (0..400).map(|k| pmf(k) * f64::from(k).powi(power)).sum() };
    let mean = moment(1);
    assert_close(mean, number(&o.outputs["mean"]), 1e-11);
    assert_close(moment(2) - mean * mean, number(&o.outputs["variance"]), 1e-10);
    assert_close(pmf(0), number(&o.outputs["P0"]), 1e-12);
    assert_close((-mean).exp(), number(&o.outputs["poisson_P0_same_mean"]), 1e-12);
}

#[test]
fn erlang_c() {
    let o = oracle("erlang_c");
    let (waits, means) = (
        numbers(&o.outputs["P_wait"]),
        numbers(&o.outputs["mean_wait_in_service_times"]),
    );
    let cases = o.inputs["cases"].as_array().expect("a list");
    for ((case, wait), mean) in cases.iter().zip(waits).zip(means) {
        let (servers, load) = (number(&case[0]), number(&case[1]));
        // Erlang's B by its recurrence, then C.
        let blocked = (1..=servers as u32).fold(1.0, |b, k| load * b / (f64::from(k) + load * b));
        let found = servers * blocked / (servers - load * (1.0 - blocked));
        assert_close(found, wait, 1e-12);
        assert_close(found / (servers - load), mean, 1e-12);
    }
}
