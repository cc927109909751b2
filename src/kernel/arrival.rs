//! Accounts come under contract: the opening book, those that join, those that come back.

use crate::kernel::accounts::{Accounts, Joining, Mode, Start, decision_month, opt_out};
use crate::kernel::frailty::Frailty;
use crate::kernel::plan::{Plan, SegmentPlan};
use crate::kernel::renewal::Returning;
use crate::kernel::stream::{Address, Purpose, Stream, account_key, mix};
use crate::kernel::tally::Line;
use crate::kernel::trial::SegmentTrial;
use crate::model::{Arrivals, Scenario, Segment};
use crate::units::rounded;

/// Puts the opening accounts under contract and draws the health and the own churn that the book leaves open.
pub(super) fn start(accounts: &mut Accounts, from: &Start, mix: [f64; 3], frailty: &Frailty, stream: &Stream) {
    accounts.copy_from(&from.accounts);
    let draws = stream.at(0, Purpose::OpeningHealth);
    for &i in &from.undrawn {
        let i = i as usize;
        let health = health_at(mix, draws.uniform(accounts.key[i]));
        accounts.set_state(i, accounts.state(i) + health);
    }
    if frailty.differs() {
        let draws = stream.at(0, Purpose::OwnChurn);
        for &(i, tenure) in &from.frail {
            let i = i as usize;
            if let Some((own, level)) = frailty.at(tenure, draws.uniform(accounts.key[i])) {
                // Only rolling contracts are settled by level.
                let level = if accounts.contract[i].term == 1 { level } else { 0 };
                accounts.set_own(i, own, level);
            }
        }
    }
}

fn health_at([green, yellow, _]: [f64; 3], u: f64) -> u8 {
    u8::from(u >= green) + u8::from(u >= green + yellow)
}

/// Accounts that join a segment this month.
pub(super) fn number(scenario: &Scenario, s: usize, per_year: f64, month: u32, stream: &Stream) -> u32 {
    match scenario.segments[s].new_accounts.arrivals {
        Arrivals::Even => {
            // A hair up: twelve twelfths must make a whole.
            let until = |m: u32| (per_year * f64::from(m) / 12.0 + 1e-9) as u32;
            until(month) - until(month - 1)
        }
        Arrivals::Poisson => {
            let address = stream.at(month, Purpose::Arrivals);
            // Chunks keep e^{-mean} away from the smallest f64.
            let chunks = (per_year / 12.0 / 200.0).ceil().max(1.0) as u32;
            let mean = per_year / 12.0 / f64::from(chunks);
            (0..chunks)
                .map(|chunk| poisson(mean, address.uniform(mix((s as u64) << 32 | u64::from(chunk)))))
                .sum()
        }
    }
}

/// Poisson quantile by sequential search, so that one uniform moves smoothly with the mean.
fn poisson(mean: f64, u: f64) -> u32 {
    let mut probability = libm::exp(-mean);
    let mut below = probability;
    let mut n = 0;
    while u >= below && probability > 0.0 {
        n += 1;
        probability *= mean / f64::from(n);
        below += probability;
    }
    n
}

/// Where accounts come in to one segment in one month.
pub(super) struct Door<'a> {
    segment: &'a Segment,
    ready: &'a SegmentPlan,
    number: usize,
    month: u32,
    terms: Address,
    health: Address,
    arr: Address,
    own: Address,
}

impl<'a> Door<'a> {
    pub(super) fn new(plan: &'a Plan, s: usize, month: u32, stream: &Stream) -> Door<'a> {
        Door {
            segment: &plan.scenario.segments[s],
            ready: &plan.segments[s],
            number: s,
            month,
            terms: stream.at(month, Purpose::NewTerm),
            health: stream.at(month, Purpose::OpeningHealth),
            arr: stream.at(month, Purpose::NewArr),
            own: stream.at(month, Purpose::OwnChurn),
        }
    }

    /// An account that joins, the `position`-th of the month.
    pub(super) fn new_account(&self, position: u32, place: u32) -> Joining {
        let key = account_key(self.number, self.month, position as usize);
        let u = self.terms.uniform(key) * self.ready.new_terms.last().map_or(0.0, |term| term.1);
        let terms = &self.ready.new_terms;
        let term = terms.iter().find(|term| u < term.1).or(terms.last());
        let luck = self.arr.uniform(key);
        let arr = self.ready.new_arr.at(luck);
        let onboards = self.segment.onboarding.months > 0.0;
        self.joining(Returning {
            month: self.month,
            key,
            arr: rounded(arr.unwrap_or_else(|| self.segment.arr.quantile(luck))),
            term: term.map_or(12, |term| term.0),
            place,
            own: 0.0,
            level: 0,
        })
        .frail(&self.ready.frailty, self.own)
        .onboarding(onboards)
    }

    /// A lost account that comes back as it was, under a new contract.
    pub(super) fn returning(&self, account: &Returning) -> Joining {
        self.joining(*account)
    }

    fn joining(&self, account: Returning) -> Joining {
        let (term, month) = (account.term, self.month);
        let step = opt_out(&self.segment.terms, term);
        let end = month + step.min(term);
        let decision = decision_month(end, step, self.ready.notice, month);
        let mode = if term > 1 && decision < month + self.ready.window {
            Mode::Window
        } else {
            Mode::Health
        };
        Joining {
            key: account.key,
            state: 3 * mode as u8 + health_at(self.segment.health.mix, self.health.uniform(account.key)),
            arr: account.arr,
            cohort: 0,
            decision,
            end,
            term,
            anniversary: month + 12,
            last: month + term,
            own: account.own,
            level: account.level,
            place: account.place,
            // The months a rolling contract has survived are counted from here.
            survived: if term == 1 { -(month as i16) } else { 0 },
        }
    }
}

impl Joining {
    fn frail(mut self, frailty: &Frailty, draws: Address) -> Joining {
        if frailty.differs() {
            (self.own, self.level) = frailty.at(0, draws.uniform(self.key)).unwrap_or((0.0, 0));
            if self.term > 1 {
                self.level = 0;
            }
        }
        self
    }

    fn onboarding(mut self, onboards: bool) -> Joining {
        if onboards {
            self.state = 3 * Mode::Onboarding as u8 + self.state % 3;
        }
        self
    }
}

impl SegmentTrial {
    /// Puts an account under contract.
    pub(super) fn join(&mut self, account: Joining, line: Line) {
        self.tally.lines[line as usize] += account.arr;
        self.tally.arr += account.arr;
        if account.term == 1 {
            self.joined += 1;
            self.rolling.push(account);
        } else {
            self.termed.push(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_numbers_have_their_mean_and_variance() {
        let n = 20_000;
        let (mut sum, mut square) = (0.0, 0.0);
        for i in 0..n {
            let x = f64::from(poisson(7.5, (f64::from(i) + 0.5) / f64::from(n)));
            sum += x;
            square += x * x;
        }
        let mean = sum / f64::from(n);
        assert!((mean - 7.5).abs() < 1e-3);
        assert!((square / f64::from(n) - mean * mean - 7.5).abs() < 2e-2);
    }
}
