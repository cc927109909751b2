//! The division of variance by layers that the terminal and `--json` tell, held to plain runs of a small book.
//!
//! A book of equal accounts that decide all at once, known rates and a known shock is a run at one churn, stated as a
//! number and with every layer but luck off. Such runs over a lattice of rates and shocks give the three parts by the law
//! of total variance: no run takes another trial's layers, and nothing of the simulator's shock or doubt is used.

#[path = "support/base.rs"]
#[expect(dead_code, reason = "the settings of the closed forms, of which this needs the run")]
mod support;

use retaincast::analysis::Companion;
use retaincast::summary::Deviates;
use retaincast::units::{logistic, logit, normal_cdf, normal_quantile};
use retaincast::wire::{self, Beside, result::VariancePart};
use retaincast::{kernel::Plan, native};
use serde_json::{Value, json};
use support::{Run, all_in_month, base, mean, variance};

const ACCOUNTS: u32 = 20;
const CHURN: f64 = 0.1;
const DOUBT: f64 = 0.4;
const RHO: f64 = 0.1;

/// The parts, in the order in which they are told.
const PARTS: [&str; 3] = ["rates", "shock", "luck"];

fn book(churn: f64) -> Value {
    let mut scenario = base(ACCOUNTS, churn);
    all_in_month(&mut scenario, ACCOUNTS, 6);
    scenario
}

/// What reports tell over so many seeds: mean share of each part and its standard error.
fn told(seeds: u64) -> [(f64, f64); 3] {
    let mut scenario = book(CHURN);
    scenario["rate_doubt"] = json!(DOUBT);
    scenario["shock"]["rho"] = json!(RHO);
    scenario["trials"] = json!(300);
    let mut told = [(0.0, 0.0); 3];
    for seed in 0..seeds {
        scenario["seed"] = json!(seed);
        let stated = wire::parse(&scenario.to_string()).expect("it is sound");
        let others = [Companion::OtherLuck, Companion::OtherShock].map(|companion| {
            let headline = native::beside(companion, &stated, 0, |_| {}).expect("it says something new");
            (companion, headline)
        });
        let mut beside = Beside::default();
        for (companion, headline) in &others {
            beside.put(*companion, headline);
        }
        let plan = Plan::new(stated);
        let results = wire::report(
            &plan,
            &native::play(&plan, 0, |_| {}),
            &Deviates::default(),
            beside,
            &[],
        );
        let split = results.headline.grr.variance.expect("three runs have trials");
        for (sum, VariancePart { share, se }) in told.iter_mut().zip([split.rates, split.shock, split.luck]) {
            *sum = (sum.0 + share, sum.1 + se * se);
        }
    }
    told.map(|(share, squares)| (share / seeds as f64, squares.sqrt() / seeds as f64))
}

/// Ends of the lattice of standard normal numbers, and its step. The sum over an endless one is the mean under their law
/// but for 3 in a thousand million, and beyond five it holds less than one in a million.
const END: i32 = 5;
const NODES: usize = 2 * END as usize + 1;

/// Trials of the run at each node, and groups they are taken in.
const TRIALS: usize = 600;
const GROUPS: usize = 10;

fn nodes() -> [(f64, f64); NODES] {
    let law = std::array::from_fn(|i| {
        let x = (i as i32 - END) as f64;
        (x, libm::exp(-0.5 * x * x))
    });
    let whole: f64 = law.iter().map(|(_, weight)| weight).sum();
    law.map(|(x, weight)| (x, weight / whole))
}

/// GRR trial by trial at every node: by deviate of the rate, then by shock.
fn played() -> Vec<Vec<Vec<f64>>> {
    let mut seed = 1_000;
    let mut run = |deviate: f64, shock: f64| {
        let churn = logistic(logit(CHURN) + DOUBT * deviate);
        let moved = normal_cdf((normal_quantile(churn) - RHO.sqrt() * shock) / (1.0 - RHO).sqrt());
        let mut scenario = book(moved);
        seed += 1;
        scenario["seed"] = json!(seed);
        scenario["trials"] = json!(TRIALS);
        Run::of(&scenario).grr()
    };
    let row = |(deviate, _)| nodes().iter().map(|&(shock, _)| run(deviate, shock)).collect();
    nodes().map(row).into()
}

/// Shares of the parts by the law of total variance, without the trials of one group.
///
/// A mean over n trials has a square too large by variance / n, which is taken out of each.
fn shares(played: &[Vec<Vec<f64>>], without: Option<usize>) -> [f64; 3] {
    let (mut luck, mut shock) = (0.0, 0.0);
    let (mut whole, mut whole_error) = (0.0, 0.0);
    let mut squares = 0.0;
    for (row, (_, of_rate)) in played.iter().zip(nodes()) {
        let (mut middle, mut middle_error, mut row_squares) = (0.0, 0.0, 0.0);
        for (trials, (_, of_shock)) in row.iter().zip(nodes()) {
            let left = trials.iter().enumerate().filter(|(t, _)| Some(t % GROUPS) != without);
            let left: Vec<f64> = left.map(|(_, &grr)| grr).collect();
            let (mean, variance) = (mean(&left), variance(&left));
            let error = variance / left.len() as f64;
            luck += of_rate * of_shock * variance;
            row_squares += of_shock * (mean * mean - error);
            middle += of_shock * mean;
            middle_error += of_shock * of_shock * error;
        }
        let square = middle * middle - middle_error;
        shock += of_rate * (row_squares - square);
        squares += of_rate * square;
        whole += of_rate * middle;
        whole_error += of_rate * of_rate * middle_error;
    }
    let rates = squares - (whole * whole - whole_error);
    let sum = rates + shock + luck;
    [rates / sum, shock / sum, luck / sum]
}

#[test]
fn the_shares_that_are_told_are_those_of_nested_plain_runs() {
    let told = told(24);
    let played = played();
    let exact = shares(&played, None);
    // The jackknife over groups of trials.
    let without: Vec<[f64; 3]> = (0..GROUPS).map(|group| shares(&played, Some(group))).collect();
    for (part, name) in PARTS.iter().enumerate() {
        let column: Vec<f64> = without.iter().map(|shares| shares[part]).collect();
        let groups = GROUPS as f64;
        let of_nested = ((groups - 1.0) * (groups - 1.0) / groups * variance(&column)).sqrt();
        let (share, of_told) = told[part];
        let se = (of_nested * of_nested + of_told * of_told).sqrt();
        println!(
            "{name}: {share:.4} ± {of_told:.4} told, {:.4} ± {of_nested:.4} nested",
            exact[part]
        );
        assert!(
            (share - exact[part]).abs() < 5.0 * se,
            "{name}: {share} told, {} nested, ± {se}",
            exact[part]
        );
        // So sure that no part could be half as large again, or stand for another.
        assert!(5.0 * se < 0.5 * exact[part], "{name}: {} ± {se}", exact[part]);
    }
}
