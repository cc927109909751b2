//! The settings in which the closed forms hold: one segment, equal risks, full coverage, nothing but renewals.

use std::sync::LazyLock;

use retaincast::kernel::{Book, Plan, Year};
use retaincast::summary::{Metrics, Outcomes};
use retaincast::{native, wire};
use serde_json::{Value, json};

static ORACLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/oracles.json")).expect("the vectors are JSON"));

/// One test vector: its inputs and outputs.
pub struct Oracle {
    pub inputs: &'static Value,
    pub outputs: &'static Value,
}

/// The vector of this id.
pub fn oracle(id: &str) -> Oracle {
    let found = ORACLES["oracles"]
        .as_array()
        .and_then(|all| all.iter().find(|o| o["id"] == id));
    let vector = found.unwrap_or_else(|| panic!("there is no vector {id}"));
    Oracle {
        inputs: &vector["inputs"],
        outputs: &vector["outputs"],
    }
}

/// A number of a vector.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// A list of numbers of a vector.
pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

/// One segment of equal accounts under 12-month terms, churn the only event, every layer of uncertainty off.
pub fn base(accounts: u32, churn: f64) -> Value {
    let mut scenario: Value = serde_json::from_str(wire::examples::DEMO).expect("the demo is JSON");
    for list in ["touch_models", "pools", "segments"] {
        scenario[list].as_array_mut().expect("a list").truncate(1);
    }
    scenario["name"] = json!("base");
    scenario["coverage"] = json!("full");
    scenario["horizon"] = json!(12);
    scenario["trials"] = json!(20_000);
    scenario["rate_doubt"] = json!(0);
    scenario["shock"] = json!({ "rho": 0, "rho_expansion": 0, "half_life": 12 });
    scenario["economics"]["cltv_years"] = json!(1);
    scenario["renewal_calendar"] = json!([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    scenario["targets"] = json!({});
    without(&mut scenario, &["layers", "handover"]);
    without(&mut scenario["touch_models"][0], &["handover", "ownership"]);
    let segment = &mut scenario["segments"][0];
    without(
        segment,
        &[
            "churn_by_health",
            "dispersion",
            "churn_of",
            "duration",
            "opening_tenure",
            "uncontrollable",
            "contraction",
            "win_back",
            "shock",
            "cac",
        ],
    );
    segment["accounts"] = json!(accounts);
    segment["arr"] = json!({ "median": 100_000, "sigma": 0, "min": 100_000, "max": 100_000 });
    segment["terms"] = json!([{ "months": 12, "share": 1 }]);
    segment["notice_months"] = json!(0);
    segment["churn"] = json!(churn);
    segment["relative_risk"] = json!([1, 1, 1]);
    segment["downsell"]["probability"] = json!(0);
    segment["expansion"]["rate"] = json!(0);
    segment["uplift"]["list"] = json!(0);
    segment["uplift"]["escalator"] = json!(0);
    segment["new_accounts"]["per_year"] = json!(0);
    segment["max_growth"] = json!(1000);
    scenario
}

/// Leaves these optional keys out.
fn without(value: &mut Value, keys: &[&str]) {
    let object = value.as_object_mut().expect("an object");
    object.retain(|key, _| !keys.contains(&key.as_str()));
}

/// Replaces the book by these accounts: ARR in minor units, month of the contract end, own churn.
pub fn with_accounts(scenario: &mut Value, accounts: impl IntoIterator<Item = (i64, u32, Option<f64>)>) {
    let accounts: Vec<Value> = accounts
        .into_iter()
        .enumerate()
        .map(|(i, (arr, end, churn))| {
            let mut account = json!({
                "name": format!("account {i}"), "segment": scenario["segments"][0]["name"],
                "arr": arr, "term": 12, "end_month": end,
            });
            if let Some(churn) = churn {
                account["churn"] = json!(churn);
            }
            account
        })
        .collect();
    scenario["book"] = json!({ "source": "a vector", "as_of": "2026-12-31", "accounts": accounts });
}

/// Makes every decision fall in this month.
pub fn all_in_month(scenario: &mut Value, accounts: u32, month: u32) {
    with_accounts(scenario, (0..accounts).map(|_| (100_000, month, None)));
}

/// The played scenario.
pub struct Run {
    pub plan: Plan,
    pub outcomes: Outcomes,
}

impl Run {
    pub fn of(scenario: &Value) -> Run {
        let scenario = wire::parse(&scenario.to_string()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let plan = Plan::new(scenario);
        let outcomes = native::play(&plan, 0, |_| {});
        Run { plan, outcomes }
    }

    pub fn metrics(&self) -> Metrics<'_> {
        Metrics::new(&self.outcomes, self.plan.scenario())
    }

    /// GRR of the first window, trial by trial.
    pub fn grr(&self) -> Vec<f64> {
        self.metrics().grr(None, 0).values().to_vec()
    }

    pub fn nrr(&self) -> Vec<f64> {
        self.metrics().nrr(None, 0).values().to_vec()
    }

    pub fn logo_retention(&self) -> Vec<f64> {
        self.metrics().logo_retention(None, 0).values().to_vec()
    }

    /// Share of the opening accounts left at the close of a month, trial by trial.
    pub fn survival(&self, month: usize) -> Vec<f64> {
        let opening = f64::from(self.plan.opening_accounts().iter().sum::<u32>());
        let left = self.metrics().book(Book::CohortAccounts, month);
        left.values().iter().map(|x| x / opening).collect()
    }

    /// A number of the only segment in the first window of the first trial.
    pub fn year(&self, what: Year) -> f64 {
        self.outcomes.column(self.plan.layout().year(what, 0, 0))[0]
    }
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Unbiased variance.
pub fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (values.len() - 1) as f64
}

/// Standard errors allowed: once in a million million runs of a correct program.
const Z: f64 = 5.0;

/// Says how far off a number is, for whoever runs the tests with `--nocapture`.
pub fn report(what: &str, off: f64, se: f64) {
    if se > 0.0 {
        println!("{what} off by {:.2} standard errors of {se:.2e}", off / se);
    }
}

/// Five standard errors of the mean around the exact one.
#[track_caller]
pub fn assert_mean(values: &[f64], exact: f64) {
    let se = (variance(values) / values.len() as f64).sqrt();
    let mean = mean(values);
    report("mean", mean - exact, se);
    assert!(
        (mean - exact).abs() <= Z * se + 1e-12,
        "mean {mean} ± {se}, exactly {exact}"
    );
}

/// Five standard errors of the variance, from the sample's own fourth moment.
#[track_caller]
pub fn assert_variance(values: &[f64], exact: f64) {
    let (n, mean, variance) = (values.len() as f64, mean(values), variance(values));
    let fourth = values
        .iter()
        .map(|x| (x - mean) * (x - mean) * (x - mean) * (x - mean))
        .sum::<f64>()
        / n;
    let se = ((fourth - variance * variance) / n).sqrt();
    report("variance", variance - exact, se);
    assert!(
        (variance - exact).abs() <= Z * se,
        "variance {variance} ± {se}, exactly {exact}"
    );
}

/// Five standard errors of a share of trials.
#[track_caller]
pub fn assert_probability(values: &[f64], meets: impl Fn(f64) -> bool, exact: f64) {
    let n = values.len() as f64;
    let share = values.iter().filter(|&&x| meets(x)).count() as f64 / n;
    let se = (exact * (1.0 - exact) / n).sqrt();
    report("share", share - exact, se);
    assert!((share - exact).abs() <= Z * se, "share {share} ± {se}, exactly {exact}");
}

/// The exact quantile lies between the order statistics five standard errors to either side of its rank.
#[track_caller]
pub fn assert_quantile(values: &[f64], q: f64, exact: f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let reach = Z * (n * q * (1.0 - q)).sqrt();
    // Past the ends of the sample anything goes.
    let (below, above) = ((n * q - reach).floor(), (n * q + reach).ceil());
    let low = if below < 0.0 {
        f64::NEG_INFINITY
    } else {
        sorted[below as usize]
    };
    let high = sorted.get(above as usize).copied().unwrap_or(f64::INFINITY);
    assert!(
        (low - 1e-12..=high + 1e-12).contains(&exact),
        "quantile {q} in {low}..{high}, exactly {exact}"
    );
}

#[track_caller]
pub fn assert_close(x: f64, exact: f64, tolerance: f64) {
    assert!((x - exact).abs() <= tolerance, "{x}, exactly {exact}");
}
