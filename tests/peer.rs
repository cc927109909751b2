//! The simulator against a second one, written from the model page alone: `tests/peer/README.md`.

use std::fs;
use std::path::Path;

use retaincast::kernel::{Book, Plan};
use retaincast::summary::Metrics;
use retaincast::{native, wire};
use serde_json::{Value, json};

const TRIALS: usize = 2_000;
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// Standard errors allowed: once in a million comparisons of two correct programs.
const Z: f64 = 5.0;

fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// The six metrics, trial by trial.
fn play(scenario: &Value) -> [(&'static str, Vec<f64>); 6] {
    let scenario = wire::parse(&scenario.to_string()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let plan = Plan::new(scenario);
    let outcomes = native::play(&plan, 0, |_| {});
    let metrics = Metrics::new(&outcomes, plan.scenario());
    let horizon = plan.scenario().horizon as usize;
    [
        ("grr", metrics.grr(None, 0)),
        ("nrr", metrics.nrr(None, 0)),
        ("logo_retention", metrics.logo_retention(None, 0)),
        ("closing_arr", metrics.book(Book::Closing, horizon)),
        ("cltv", metrics.cltv(&plan.opening_accounts(), None)),
        ("utilisation", metrics.month(0, 12).utilisation()),
    ]
    .map(|(name, sample)| (name, sample.values().to_vec()))
}

/// The mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// The order statistic of rank ⌈nq⌉, and half the distance between those one standard deviation of the binomial rank to
/// either side: David and Nagaraja (2003), *Order Statistics*, section 7.1.
fn quantile(ordered: &[f64], q: f64) -> (f64, f64) {
    let n = ordered.len() as f64;
    let (rank, reach) = ((n * q).ceil() - 1.0, (n * q * (1.0 - q)).sqrt());
    let low = ordered[(rank - reach).floor().max(0.0) as usize];
    let high = ordered[(rank + reach).ceil().min(n - 1.0) as usize];
    (ordered[rank as usize], (high - low) / 2.0)
}

/// Every mean and quantile within five standard errors of the difference.
fn agree(name: &str) {
    let mut scenario = document(&format!("scenarios/{name}.json"));
    scenario["trials"] = json!(TRIALS);
    let expected = &document("expected.json")["scenarios"][name];
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"));
    let mut faults = Vec::new();
    for (metric, mut values) in play(&scenario) {
        // Past the horizon go every second of the first 1,000 trials and every twentieth after them.
        let told = if metric == "cltv" {
            500 + (TRIALS - 1000) / 20
        } else {
            TRIALS
        };
        assert_eq!(values.len(), told, "{metric} exists in every trial that tells it");
        let peer = &expected[metric];
        let mut compare = |what: String, (ours, se): (f64, f64), (theirs, their_se): (f64, f64)| {
            let z = (ours - theirs) / (se * se + their_se * their_se).sqrt();
            println!("{metric} {what}: {ours} ± {se}, the peer {theirs} ± {their_se}, z {z:.2}");
            if z.abs() > Z {
                faults.push(format!(
                    "{metric} {what} is {ours} ± {se}, the peer's {theirs} ± {their_se}"
                ));
            }
        };
        compare(
            "mean".to_owned(),
            mean(&values),
            (number(&peer["mean"]), number(&peer["mean_se"])),
        );
        values.sort_by(f64::total_cmp);
        for (i, q) in QUANTILES.into_iter().enumerate() {
            compare(
                format!("quantile {q}"),
                quantile(&values, q),
                (number(&peer["quantiles"][i]), number(&peer["quantile_se"][i])),
            );
        }
    }
    assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
}

#[test]
fn demo() {
    agree("demo");
}

#[test]
fn stressed() {
    agree("stressed");
}

/// Without shared luck the standard errors are a sixth, so that small faults show.
#[test]
fn quiet() {
    agree("quiet");
}

#[test]
fn multi_year() {
    agree("multi-year");
}
