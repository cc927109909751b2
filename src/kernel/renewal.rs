use libm::pow;
use rand_distr::{Beta, Distribution};

use crate::kernel::accounts::{Accounts, Decision, Mode, STATES, decision_month, month_byte};
use crate::kernel::column;
use crate::kernel::expansion::{self, Sizes};
use crate::kernel::health::Settled;
use crate::kernel::rates::SegmentRates;
use crate::kernel::shock::Copula;
use crate::kernel::stream::{Address, MonthWord, Span};
use crate::kernel::tally::{Change, Line, Tally};
use crate::model::{Calibration, Segment};
use crate::units::{Money, logistic, logit, rounded};

/// Everything a decision of one segment depends on in one month.
pub(crate) struct Renewals<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) calibration: &'a Calibration,
    pub(crate) rates: &'a SegmentRates,
    pub(crate) shock: Copula,
    pub(crate) month: u32,
    /// Months of the renewal window.
    pub(crate) window: u32,
    pub(crate) sizes: &'a Sizes,
    /// Where the decisions start: the month's words.
    pub(crate) starts: Address,
    /// Where the rest of a decision is.
    pub(crate) rests: Address,
    /// Whether accounts of the segment bring a churn probability of their own.
    pub(crate) own_risks: bool,
}

/// Upper ends, on the unit interval, of churn, downsell and flat; expansion has the rest.
#[derive(Debug, Clone, Copy)]
struct Cuts {
    churn: f64,
    downsell: f64,
    flat: f64,
}

impl Cuts {
    fn decide(&self, u: f64) -> Decision {
        if u < self.churn {
            Decision::Churn
        } else if u < self.downsell {
            Decision::Downsell
        } else if u < self.flat {
            Decision::Flat
        } else {
            Decision::Expansion
        }
    }
}

/// The cuts of every plain account of one health lie between these two.
#[derive(Debug, Clone, Copy)]
struct Bracket {
    low: Cuts,
    high: Cuts,
}

impl Bracket {
    /// The decision when it is the same all through the bracket.
    fn decide(&self, u: f64) -> Option<Decision> {
        let decision = self.low.decide(u);
        (decision == self.high.decide(u)).then_some(decision)
    }

    /// The starts of a decision that renew as it is all through the bracket.
    fn settled(&self) -> Span {
        let steps = (1_u64 << MonthWord::DECISION) as f64;
        let from = (self.high.downsell * steps) as u64 + 1;
        let to = (self.low.flat * steps) as u64;
        if from < to { Span { from, to } } else { Span::default() }
    }
}

/// The rolling decisions of one segment and month, bracketed by the least and the most covered account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    brackets: [Bracket; 3],
}

impl Screen {
    /// By state: a rolling contract has no renewal window, and onboarding accounts are never settled.
    pub(crate) fn settled(&self) -> Settled {
        let mut settled = [Span::default(); STATES];
        for (settled, bracket) in settled.iter_mut().zip(&self.brackets) {
            *settled = bracket.settled();
        }
        settled
    }
}

/// With fewer decisions than this in a month, brackets cost more than they save.
const WORTH_BRACKETS: usize = 12;

/// Share of a year that a decision after so many months stands for.
fn share_of_year(length: u8) -> f64 {
    f64::from(length.min(12)) / 12.0
}

/// Probability over a share ℓ of the year, `1 - (1-p)^ℓ`.
fn over(p: f64, share: f64) -> f64 {
    if share == 1.0 { p } else { 1.0 - pow(1.0 - p, share) }
}

impl Renewals<'_> {
    /// Months of notice of the segment's contracts.
    pub(crate) fn notice(segment: &Segment) -> u32 {
        if segment.auto_renew { segment.notice_months } else { 0 }
    }

    /// Probability of churn at a decision of `term` months, `length` months after the last, by an account of this
    /// health, memory of coverage and progress.
    fn churn(&self, health: usize, shift: f64, term: u8, length: u8) -> f64 {
        let stated = self
            .segment
            .terms
            .iter()
            .find(|t| t.months == u32::from(term))
            .and_then(|t| t.churn);
        let share = share_of_year(length);
        let base = match stated {
            Some(p) => logit(p[health]),
            None if share < 1.0 => self.calibration.logit_p[health] + self.calibration.short_term,
            None => self.calibration.logit_p[health],
        };
        let p = self.shock.apply(logistic(base + self.rates.shift + shift));
        if stated.is_some() { p } else { over(p, share) }
    }

    fn cuts(&self, health: usize, shift: f64, term: u8, length: u8) -> Cuts {
        let share = share_of_year(length);
        let churn = self.churn(health, shift, term, length);
        let stays = 1.0 - churn;
        Cuts {
            churn,
            downsell: 1.0 - stays * (1.0 - over(self.rates.downsell[health], share)),
            flat: 1.0 - stays * over(self.rates.at_renewal, share),
        }
    }

    /// Log-odds that coverage so far and onboarding add for this account, and its own risk.
    fn shift(&self, accounts: &Accounts, i: usize) -> f64 {
        let onboarding = if accounts.mode(i) == Mode::Onboarding {
            self.rates.not_onboarded
        } else {
            0.0
        };
        self.rates.direct_effect * accounts.missed(i) + onboarding + accounts.contract[i].own
    }

    /// The uniform of an account's decision.
    fn uniform(&self, key: u64) -> f64 {
        MonthWord(self.starts.word(key)).decide(self.rests.uniform(key))
    }

    /// Cuts of the least and of the most covered account, onboarded and without a risk of its own.
    fn brackets(&self, most_missed: f64, term: u8) -> [Bracket; 3] {
        let least = self.rates.direct_effect * most_missed;
        std::array::from_fn(|health| {
            let covered = self.cuts(health, 0.0, term, term);
            let least = if least == 0.0 {
                covered
            } else {
                self.cuts(health, least, term, term)
            };
            let (low, high) = if least.churn < covered.churn {
                (least, covered)
            } else {
                (covered, least)
            };
            Bracket { low, high }
        })
    }

    /// Whether an account's cuts lie inside the bracket of its health.
    fn is_plain(&self, accounts: &Accounts, i: usize) -> bool {
        accounts.contract[i].own == 0.0 && accounts.mode(i) != Mode::Onboarding
    }

    /// Takes the decisions that fall in this month and ends their renewal windows.
    ///
    /// Where many fall, the cuts of annual ones are bracketed once, and only a uniform inside a bracket is worth the
    /// account's own cuts: the outcome is the same.
    pub(crate) fn decide(&self, accounts: &mut Accounts, due: &mut Vec<u32>) {
        column::equal(due, &accounts.decision, self.month as u8);
        let annual = (due.len() >= WORTH_BRACKETS && !self.segment.terms.iter().any(|t| t.churn.is_some()))
            .then(|| self.brackets(accounts.memory.most, 12));
        for &i in due.iter() {
            let i = i as usize;
            let u = self.uniform(accounts.key[i]);
            let health = accounts.health(i);
            let bracket = annual
                .as_ref()
                .filter(|_| accounts.contract[i].length >= 12 && self.is_plain(accounts, i));
            let decision = bracket.and_then(|b| b[health].decide(u)).unwrap_or_else(|| {
                let shift = self.shift(accounts, i);
                self.cuts(health, shift, accounts.contract[i].term, accounts.contract[i].length)
                    .decide(u)
            });
            accounts.contract[i].pending = decision;
            if accounts.mode(i) == Mode::Window {
                accounts.set_mode(i, Mode::Health);
            }
        }
    }

    /// Books the contracts that end in this month.
    pub(crate) fn book(&self, accounts: &mut Accounts, due: &mut Vec<u32>, sizes: Address, tally: &mut Tally) {
        column::equal(due, &accounts.end, self.month as u8);
        // From the back: the place of a churned account is taken by one already booked.
        for &i in due.iter().rev() {
            let i = i as usize;
            let decision = std::mem::replace(&mut accounts.contract[i].pending, Decision::Flat);
            if self.settle(accounts, i, decision, sizes, tally) {
                if decision != Decision::Downsell && u32::from(accounts.uplift_due[i]) <= self.month {
                    self.raise(accounts, i, tally);
                }
                let term = u32::from(accounts.contract[i].term);
                let end = self.month + term;
                accounts.end[i] = month_byte(end);
                accounts.contract[i].length = accounts.contract[i].term;
                let notice = Self::notice(self.segment);
                accounts.decision[i] = month_byte(decision_month(end, term, notice, self.month));
                if accounts.mode(i) == Mode::Health && accounts.in_window(i, self.month + 1, self.window) {
                    accounts.set_mode(i, Mode::Window);
                }
            }
        }
    }

    /// Brackets the month's rolling decisions.
    pub(crate) fn screen(&self, most_missed: f64) -> Screen {
        Screen {
            brackets: self.brackets(most_missed, 1),
        }
    }

    /// Decides and books the rolling monthly contracts, all but those that joined this month; `due` lists those that
    /// the screen did not settle.
    pub(crate) fn roll(
        &self,
        accounts: &mut Accounts,
        joined: usize,
        screen: &Screen,
        due: &mut Vec<u32>,
        sizes: Address,
        tally: &mut Tally,
    ) {
        let before = accounts.len() - joined;
        due.truncate(due.partition_point(|&i| (i as usize) < before));
        if self.own_risks {
            due.clear();
            due.extend(0..before as u32);
        }
        let joined: i64 = accounts.contract[before..].iter().map(|c| c.arr).sum();
        let arr = accounts.arr - joined;
        let listed: i64 = due.iter().map(|&i| accounts.contract[i as usize].arr).sum();
        tally.due += (before - due.len()) as u32;
        tally.renewed += (before - due.len()) as u32;
        tally.due_arr += arr - listed;
        tally.renewed_arr += arr - listed;
        // From the back: the place of a churned account is taken by one already settled or just joined.
        for &i in due.iter().rev() {
            let i = i as usize;
            let u = self.uniform(accounts.key[i]);
            let health = accounts.health(i);
            let bracket = self.is_plain(accounts, i).then(|| &screen.brackets[health]);
            let decision = bracket
                .and_then(|b| b.decide(u))
                .unwrap_or_else(|| self.cuts(health, self.shift(accounts, i), 1, 1).decide(u));
            let stays = self.settle(accounts, i, decision, sizes, tally);
            if stays && decision == Decision::Downsell && u32::from(accounts.uplift_due[i]) == self.month {
                accounts.uplift_due[i] += 1;
            }
        }
        column::equal(due, &accounts.uplift_due, self.month as u8);
        let mut change = Change::default();
        for &i in due.iter() {
            let contract = &mut accounts.contract[i as usize];
            change.set_arr(contract, raised(contract.arr, self.rates.uplift));
            accounts.uplift_due[i as usize] = month_byte(self.month + 12);
        }
        tally.book(accounts, change, Line::Uplift);
    }

    /// Books one decision; false when the account has left.
    fn settle(&self, accounts: &mut Accounts, i: usize, decision: Decision, sizes: Address, tally: &mut Tally) -> bool {
        let before = accounts.contract[i].arr;
        tally.due += 1;
        tally.due_arr += before;
        let key = accounts.key[i];
        let kept = match decision {
            Decision::Churn => 0,
            Decision::Downsell => rounded(before as f64 * (1.0 - self.depth(sizes, key))),
            Decision::Flat | Decision::Expansion => before,
        };
        // Whoever keeps nothing has left, also by a downsell of everything.
        if decision == Decision::Churn || (kept == 0 && before > 0) {
            tally.churn(accounts, i);
            accounts.remove(i);
            return false;
        }
        match decision {
            Decision::Downsell => tally.set_arr(accounts, i, kept, Line::Downsell),
            Decision::Expansion => {
                let share = self.rates.mean_size * self.sizes.at(sizes.uniform(key));
                let arr = expansion::grown(before, share, accounts.contract[i].start, self.segment.max_growth);
                tally.set_arr(accounts, i, arr, Line::ExpansionAtRenewal);
            }
            Decision::Flat | Decision::Churn => {}
        }
        tally.renewed += 1;
        tally.renewed_arr += accounts.contract[i].arr.min(before);
        true
    }

    /// Applies the uplift and sets the month from which the next is due.
    fn raise(&self, accounts: &mut Accounts, i: usize, tally: &mut Tally) {
        tally.set_arr(
            accounts,
            i,
            raised(accounts.contract[i].arr, self.rates.uplift),
            Line::Uplift,
        );
        let mut next = u32::from(accounts.uplift_due[i]);
        while next <= self.month {
            next += 12;
        }
        accounts.uplift_due[i] = month_byte(next);
    }

    /// Share of ARR a downsell gives up: Beta with the stated mean and concentration.
    fn depth(&self, sizes: Address, key: u64) -> f64 {
        let (mean, total) = (self.rates.depth, self.segment.downsell.concentration);
        if mean <= 0.0 || mean >= 1.0 {
            return mean;
        }
        // Both parameters are above 0, so the law exists.
        Beta::new(mean * total, (1.0 - mean) * total).map_or(mean, |law| law.sample(&mut sizes.generator(key)))
    }

    /// Raises accounts at an anniversary inside a longer term; one that will leave is not raised.
    pub(crate) fn escalate(&self, accounts: &mut Accounts, due: &mut Vec<u32>, tally: &mut Tally) {
        if self.rates.escalator == 0.0 {
            return;
        }
        column::equal(due, &accounts.anniversary, (self.month % 12) as u8);
        for &i in due.iter() {
            let i = i as usize;
            let inside = accounts.contract[i].term > 12 && u32::from(accounts.end[i]) != self.month;
            let joined_now = u32::from(accounts.end[i]) == self.month + u32::from(accounts.contract[i].term);
            if inside && !joined_now && accounts.contract[i].pending != Decision::Churn {
                let arr = raised(accounts.contract[i].arr, self.rates.escalator);
                tally.set_arr(accounts, i, arr, Line::Uplift);
            }
        }
    }
}

/// ARR after a price change, rounded half away from zero; a range of prices may reach below a gift, and no account
/// grows past what can be counted exactly.
fn raised(arr: i64, uplift: f64) -> i64 {
    rounded(arr as f64 * (1.0 + uplift).max(0.0)).min(Money::MAX.minor())
}
