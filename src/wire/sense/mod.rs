//! Does it add up? Identities tested on what a person typed, each finding in words with what to type instead.
//!
//! A fault cannot be simulated; what is found here can, but contradicts itself, or is probably not meant. Nothing is
//! played for it: every number follows from the scenario in closed form.

mod book;
mod segments;
mod targets;
mod team;

use crate::model::{Holding, Opening, Scenario};
use crate::wire::result::Finding;
use crate::wire::show_money;

/// Everything in a sound scenario that does not add up.
pub fn findings(scenario: &Scenario) -> Vec<Finding> {
    let book = scenario.book();
    let holdings: Vec<Holding> = scenario
        .segments
        .iter()
        .zip(&book)
        .map(|(segment, openings)| Holding::of(segment, openings))
        .collect();
    let mut sense = Sense {
        scenario,
        whole: holdings.iter().fold(Holding::default(), Holding::and),
        book,
        holdings,
        findings: Vec::new(),
    };
    sense.targets();
    sense.book();
    sense.segments();
    sense.team();
    sense.findings
}

struct Sense<'a> {
    scenario: &'a Scenario,
    /// Opening accounts by segment.
    book: Vec<Vec<Opening>>,
    /// What their first year is expected to leave.
    holdings: Vec<Holding>,
    whole: Holding,
    findings: Vec<Finding>,
}

/// Points by which a closed form may miss a run: the cap per account and the health of survivors.
const SLACK: f64 = 0.01;

impl Sense<'_> {
    fn found(&mut self, rule: &str, path: impl Into<String>, says: String, fix: String) {
        self.findings.push(Finding {
            rule: rule.to_owned(),
            path: path.into(),
            says,
            fix,
        });
    }

    fn money(&self, minor: f64) -> String {
        show_money(minor, self.scenario.currency, 3)
    }
}

/// A share as people say it: `9%`, `92.3%`, `0.17%`.
fn percent(share: f64) -> String {
    let digits = if share.abs() < 0.01 { 2 } else { 1 };
    format!("{}%", number(100.0 * share, digits))
}

/// A number to at most so many decimals.
fn number(x: f64, digits: usize) -> String {
    let text = format!("{x:.digits$}");
    let short = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if short == "-0" {
        "0".to_owned()
    } else {
        short.to_owned()
    }
}

/// A count with its noun: `1 CSM`, `4 CSMs`.
fn count(n: f64, noun: &str) -> String {
    let s = if n == 1.0 { "" } else { "s" };
    format!("{} {noun}{s}", number(n, 1))
}

/// What a yearly factor does: `shrinks by 33%`, `grows by 20%`.
fn drift(factor: f64) -> String {
    let verb = if factor < 1.0 { "shrinks" } else { "grows" };
    format!("{verb} by {}", percent((factor - 1.0).abs()))
}
