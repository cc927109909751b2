use libm::exp;

use crate::model::{ArrLaw, Health, Scenario, Segment, TouchModel};
use crate::units::{Money, normal_quantile, rounded};

/// One customer company, as the user states it; what is left open is laid out by its segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// What the user calls it.
    pub name: String,
    /// Index of its segment.
    pub segment: usize,
    /// ARR at month 0.
    pub arr: Money,
    /// Contract length in months.
    pub term: Option<u32>,
    /// Month in which the contract ends; 1 is the first simulated month.
    pub end_month: Option<u32>,
    /// Health at month 0; drawn from the covered mix when open.
    pub health: Option<Health>,
    /// Its own churn probability at an annual decision, instead of the segment's.
    pub churn: Option<f64>,
    /// Years of decisions it has survived; laid out by its segment when open.
    pub tenure: Option<u32>,
}

/// An account under contract at month 0 with nothing left open but its luck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    /// ARR at month 0.
    pub arr: Money,
    /// Contract length in months.
    pub term: u32,
    /// Month in which the contract ends.
    pub end: u32,
    /// First anniversary of the contract, 1 to 12.
    pub anniversary: u32,
    /// Health at month 0; drawn from the covered mix when open.
    pub health: Option<Health>,
    /// Its own churn probability at an annual decision.
    pub churn: Option<f64>,
    /// Years of decisions it has survived.
    pub tenure: u32,
}

impl Scenario {
    /// The accounts under contract at month 0, segment by segment, in the order of their positions.
    ///
    /// What a segment does not say account by account is laid out, not drawn: account *i* takes
    /// `u_j = (½ + i g⁻ʲ) mod 1`, j = 1…4, g the root of g⁵ = g + 1, for ARR, term, calendar month of the contract end
    /// and year within the term. It is the additive recurrence of Roberts (2018), *The unreasonable effectiveness of
    /// quasirandom sequences*: evenly spread, no seed, and one more account changes no other.
    pub fn book(&self) -> Vec<Vec<Opening>> {
        (0..self.segments.len()).map(|s| self.openings(s)).collect()
    }

    /// The accounts of one segment under contract at month 0, in the order of their positions.
    pub fn openings(&self, s: usize) -> Vec<Opening> {
        match &self.accounts {
            Some(accounts) => {
                let of_segment = accounts.iter().filter(|account| account.segment == s);
                let contracts = of_segment.enumerate();
                contracts
                    .map(|(position, account)| self.contract(account, position))
                    .collect()
            }
            None => {
                let segment = &self.segments[s];
                let laid_out = |position| {
                    let account = Account {
                        name: String::new(),
                        segment: s,
                        arr: segment.arr.at(spread(position, 1)),
                        term: None,
                        end_month: None,
                        health: None,
                        churn: None,
                        tenure: None,
                    };
                    self.contract(&account, position)
                };
                (0..segment.accounts as usize).map(laid_out).collect()
            }
        }
    }

    /// Whether the accounts of every segment that is stated alike are those of another scenario.
    pub fn lays_out_like(&self, other: &Scenario) -> bool {
        self.renewal_calendar == other.renewal_calendar
            && self.start_month == other.start_month
            && self.accounts == other.accounts
    }

    fn contract(&self, account: &Account, position: usize) -> Opening {
        let segment = &self.segments[account.segment];
        let term = account.term.unwrap_or_else(|| segment.term_at(spread(position, 2)));
        let calendar = quantile(self.renewal_calendar.iter().copied(), spread(position, 3)) as u32;
        let first = (calendar + 12 - (self.start_month - 1)) % 12 + 1;
        let years = f64::from(term.div_ceil(12));
        let year = spread(position, 4) * years;
        let laid_out = first + 12 * year as u32;
        // What the year within the term leaves over is as evenly spread as the whole.
        let tenure = account.tenure.unwrap_or_else(|| segment.tenure_at(fraction(year)));
        let end = account.end_month.unwrap_or((laid_out - 1) % term + 1);
        let anniversary = if term < 12 { first } else { (end - 1) % 12 + 1 };
        Opening {
            arr: account.arr,
            term,
            end,
            anniversary,
            health: account.health,
            churn: account.churn,
            tenure,
        }
    }
}

impl Segment {
    /// The contract length at this share of the accounts under contract.
    pub fn term_at(&self, u: f64) -> u32 {
        self.terms[quantile(self.terms.iter().map(|t| t.share), u)].months
    }

    /// Years of decisions survived at this share of the opening accounts.
    pub fn tenure_at(&self, u: f64) -> u32 {
        quantile(self.frailty.opening_tenure.iter().copied(), u) as u32
    }

    /// Months a year that an account of this segment spends in a renewal window of so many months.
    pub fn window_months(&self, renewal_window: u32) -> f64 {
        let (mut months, mut weight) = (0.0, 0.0);
        for term in &self.terms {
            weight += term.share;
            if term.months > 1 {
                months += term.share * f64::from(renewal_window.min(term.months)) * 12.0 / f64::from(term.months);
            }
        }
        months / weight
    }

    /// Hours a month that an onboarded account of this segment asks for: health at the covered mix, renewals spread evenly.
    pub fn static_hours(&self, touch: &TouchModel) -> f64 {
        let [_, window, red, yellow, green] = touch.hours;
        let share = self.window_months(touch.renewal_window) / 12.0;
        share * window + (1.0 - share) * self.mean_over_mix([green, yellow, red])
    }

    /// Mean of the downsell, expansion or churn weights over the covered mix.
    pub fn mean_over_mix(&self, by_health: [f64; 3]) -> f64 {
        self.health.mix.iter().zip(by_health).map(|(m, x)| m * x).sum()
    }
}

impl ArrLaw {
    /// ARR at this share of the accounts, to a whole minor unit.
    pub fn at(&self, u: f64) -> Money {
        Money::from_minor(rounded(self.quantile(u)))
    }

    /// The same in minor units before rounding.
    pub fn quantile(&self, u: f64) -> f64 {
        let arr = self.median.minor() as f64 * exp(self.sigma * normal_quantile(u));
        arr.clamp(self.min.minor() as f64, self.max.minor() as f64)
    }
}

/// `g⁻ʲ` for j = 1…4, g the root of g⁵ = g + 1.
const STEPS: [f64; 4] = [
    0.856_674_883_854_502_9,
    0.733_891_856_627_126,
    0.628_706_721_037_808_6,
    0.538_597_257_223_61,
];

fn spread(position: usize, j: usize) -> f64 {
    fraction(0.5 + position as f64 * STEPS[j - 1])
}

/// What a number from 0 on has after its whole part; as exact as a remainder, which no processor computes at once.
fn fraction(x: f64) -> f64 {
    x - x.floor()
}

/// First index at which the running share of the weights exceeds `u`.
fn quantile(weights: impl Iterator<Item = f64> + Clone, u: f64) -> usize {
    let mut left = u * weights.clone().sum::<f64>();
    let mut last = 0;
    for (i, weight) in weights.enumerate() {
        if left < weight {
            return i;
        }
        left -= weight;
        if weight > 0.0 {
            last = i;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use libm::pow;

    use super::*;

    #[test]
    fn the_constant_is_the_root() {
        let g: f64 = 1.167_303_978_261_418_7;
        assert!((pow(g, 5.0) - g - 1.0).abs() < 1e-14);
        for (step, j) in STEPS.into_iter().zip(1..) {
            assert_eq!(step, pow(g, -f64::from(j)));
        }
    }

    #[test]
    fn the_running_share_skips_weights_of_zero() {
        assert_eq!(quantile([0.0, 1.0, 0.0].into_iter(), 0.0), 1);
        assert_eq!(quantile([0.0, 1.0, 0.0].into_iter(), 0.999_999), 1);
        assert_eq!(quantile([1.0, 1.0, 2.0].into_iter(), 0.5), 2);
    }
}
