//! What a run keeps in memory, beside the formula that it is refused by.

#![cfg(target_os = "linux")]

use retaincast::kernel::{Plan, Trial};
use retaincast::summary::Outcomes;
use retaincast::wire::{self, examples};

/// Bytes this process has for itself.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it says");
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    1024.0 * kilobytes.expect("a number").parse::<f64>().expect("a number")
}

/// Alone in its file, because tests beside it would take memory of their own.
#[test]
fn a_run_takes_the_memory_that_the_formula_says() {
    const PLAYED: u32 = 500;
    const TRIALS: u32 = 20 * PLAYED;
    let plan = Plan::new(wire::parse(examples::DEMO).expect("an example is sound"));
    let width = plan.layout().width();
    let mut rows = vec![0.0; width * PLAYED as usize];
    let mut trial = Trial::new(&plan);
    for (index, row) in (0_u32..).zip(rows.chunks_exact_mut(width)) {
        trial.play(index, row);
    }
    let before = resident();
    let mut outcomes = Outcomes::new(plan.layout(), 0, TRIALS);
    for first in (0..TRIALS).step_by(PLAYED as usize) {
        outcomes.add(first, &rows);
    }
    let taken = resident() - before;
    let stated = plan.layout().bytes(outcomes.done().into()) as f64;
    println!("{:.1} MB taken, {:.1} MB stated", taken / 1e6, stated / 1e6);
    assert!((taken / stated - 1.0).abs() < 0.2, "{taken} beside {stated}");
}
