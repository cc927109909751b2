mod health;
mod scenario;
mod segment;
mod team;

use crate::model::{Family, Rate, Scenario};
use crate::units::Money;
use crate::wire::Fault;
use crate::wire::scenario::{RateInput, ScenarioInput};

/// Turns what was typed into a sound scenario.
///
/// # Errors
/// Every fault at once, each with its path.
pub fn check(input: &ScenarioInput) -> Result<Scenario, Vec<Fault>> {
    let mut c = Checker::default();
    let scenario = c.scenario(input);
    if c.faults.is_empty() {
        Ok(scenario)
    } else {
        Err(c.faults)
    }
}

/// Largest number of accounts in a book.
pub const MOST_ACCOUNTS: u64 = 1_000_000;
/// Largest number of trials.
pub const MOST_TRIALS: u64 = 1_000_000;

#[derive(Default)]
struct Checker {
    faults: Vec<Fault>,
    /// Rates are known: ranges stand for their medians.
    certain: bool,
}

/// Where a range of numbers may end.
#[derive(Clone, Copy)]
enum Limits {
    Closed(f64, f64),
    /// Above the first, up to the second.
    Above(f64, f64),
    /// From the first, below the second.
    Below(f64, f64),
}

impl Limits {
    fn hold(self, x: f64) -> bool {
        match self {
            Limits::Closed(low, high) => (low..=high).contains(&x),
            Limits::Above(low, high) => x > low && x <= high,
            Limits::Below(low, high) => (low..high).contains(&x),
        }
    }

    fn say(self) -> String {
        match self {
            Limits::Closed(low, high) => format!("not in {low}..={high}"),
            Limits::Above(low, high) => format!("not above {low} and up to {high}"),
            Limits::Below(low, high) => format!("not in {low}..{high}"),
        }
    }
}

const SHARE: Limits = Limits::Closed(0.0, 1.0);
const AMOUNT: Limits = Limits::Closed(0.0, Money::MAX.minor() as f64);

impl Checker {
    fn fault(&mut self, path: impl Into<String>, rule: impl Into<String>) {
        self.faults.push(Fault::new(path, rule));
    }

    fn number(&mut self, path: impl Into<String>, x: f64, limits: Limits) -> f64 {
        if !limits.hold(x) {
            self.fault(path, format!("is {x}, {}", limits.say()));
        }
        x
    }

    fn count(&mut self, path: impl Into<String>, n: u64, low: u64, high: u64) -> u32 {
        if !(low..=high).contains(&n) {
            self.fault(path, format!("is {n}, not in {low}..={high}"));
        }
        u32::try_from(n).unwrap_or(u32::MAX)
    }

    fn money(&mut self, path: impl Into<String>, minor: i64) -> Money {
        self.number(path, minor as f64, AMOUNT);
        Money::from_minor(minor)
    }

    fn rate(&mut self, path: &str, rate: RateInput, family: Family, limits: Limits) -> Rate {
        let rate = self.range(path, rate, family, limits);
        if self.certain {
            Rate::point(family, rate.median())
        } else {
            rate
        }
    }

    fn range(&mut self, path: &str, rate: RateInput, family: Family, limits: Limits) -> Rate {
        match rate {
            RateInput::Point(x) => Rate::point(family, self.number(path, x, limits)),
            RateInput::Range { p5, p95 } => {
                let before = self.faults.len();
                self.number(format!("{path}.p5"), p5, limits);
                self.number(format!("{path}.p95"), p95, limits);
                if p5 > p95 {
                    self.fault(path, format!("is from {p5} to {p95}, not from low to high"));
                }
                let ends = [("p5", p5), ("p95", p95)];
                if p5 != p95 && self.faults.len() == before {
                    for (end, x) in ends {
                        let edge = match family {
                            Family::Probability if x == 0.0 => Some("0%, which no range reaches: type 0.1%"),
                            Family::Probability if x == 1.0 => Some("100%, which no range reaches: type 99.9%"),
                            Family::Positive if x <= 0.0 => Some("0, which no range reaches: type a little more"),
                            _ => None,
                        };
                        if let Some(edge) = edge {
                            self.fault(format!("{path}.{end}"), format!("is {edge}"));
                        }
                    }
                }
                if self.faults.len() == before {
                    Rate::range(family, p5, p95)
                } else {
                    Rate::point(family, 0.5)
                }
            }
        }
    }

    fn weights<const N: usize>(&mut self, path: &str, weights: [f64; N]) -> [f64; N] {
        for (i, &weight) in weights.iter().enumerate() {
            self.number(format!("{path}[{i}]"), weight, Limits::Closed(0.0, 1e9));
        }
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            self.fault(path, "has weights that add up to 0, not above it");
        }
        weights.map(|weight| weight / sum)
    }

    fn triple(&mut self, path: &str, numbers: [f64; 3], limits: Limits) -> [f64; 3] {
        for (i, &x) in numbers.iter().enumerate() {
            self.number(format!("{path}[{i}]"), x, limits);
        }
        numbers
    }

    fn names<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = Vec::new();
        for (i, name) in names.enumerate() {
            if name.trim().is_empty() {
                self.fault(format!("{list}[{i}].name"), "is empty");
            } else if let Some(first) = seen.iter().position(|&other| other == name) {
                self.fault(
                    format!("{list}[{i}].name"),
                    format!("is {name:?}, like {list}[{first}]"),
                );
            }
            seen.push(name);
        }
        if seen.is_empty() {
            self.fault(list, "is empty");
        } else if seen.len() > MOST_PARTS {
            self.fault(list, format!("holds {}, more than {MOST_PARTS}", seen.len()));
        }
    }
}

/// Relative risk of churn by health where the user states none, green first.
const RELATIVE_RISK: [f64; 3] = [1.0, 3.0, 6.5];
/// Most segments or touch models in a scenario.
const MOST_PARTS: usize = 50;
/// Most years of decisions an account can have survived.
const MOST_TENURE: u64 = 50;
/// Most CSMs in a pool or a planned start.
const MOST_CSMS: u64 = 10_000;
/// A run keeps its outcomes in memory, also in a browser tab.
const MOST_BYTES: u64 = 1_500_000_000;
