//! Accounts come under contract: the opening book, those that join, those that come back.

use crate::kernel::accounts::{Accounts, Joining, Mode, Start, decision_month, opt_out};
use crate::kernel::frailty::Frailty;
use crate::kernel::plan::{Plan, SegmentPlan};
use crate::kernel::renewal::Returning;
use crate::kernel::stream::{Address, Purpose, Stream, account_key, mix, steps_below};
use crate::kernel::tally::Line;
use crate::kernel::trial::SegmentTrial;
use crate::model::{Arrivals, Scenario, Segment};
use crate::units::rounded;

/// Puts the opening accounts under contract and draws the health and the own churn that the book leaves open.
pub(super) fn start(accounts: &mut Accounts, from: &Start, mix: [f64; 3], frailty: &Frailty, stream: &Stream) {
    accounts.copy_from(&from.accounts);
    let draws = stream.at(0, Purpose::OpeningHealth);
    let ends = [mix[0], mix[0] + mix[1]].map(steps_below);
    for (alike, state) in &from.undrawn {
        accounts.draw_health((alike, *state), draws, ends);
    }
    if frailty.differs() {
        let draws = stream.at(0, Purpose::OwnChurn);
        // Neighbours are often as old, and what makes them differ is then looked up once.
        for alike in from.frail.chunk_by(|(_, years), (_, others)| years == others) {
            let Some(law) = frailty.after(alike[0].1) else {
                continue;
            };
            for &(i, _) in alike {
                let i = i as usize;
                let (own, level) = law.under(accounts.contract[i].term, draws.uniform(accounts.key[i]));
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
        if let Some(law) = frailty.after(0) {
            (self.own, self.level) = law.under(self.term as u8, draws.uniform(self.key));
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
        self.tally.join(account.arr, line);
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
    use crate::model::sample;

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

    #[test]
    fn a_poisson_number_ends_where_the_law_does() {
        assert!(poisson(10.0, 1.0) > 30);
        assert_eq!(poisson(0.0, 0.999), 0);
    }

    #[test]
    fn even_arrivals_add_up_to_the_year() {
        let mut scenario = sample::scenario();
        scenario.segments[0].new_accounts.arrivals = Arrivals::Even;
        let stream = Stream::new(1, 0);
        let joined: Vec<u32> = (1..=24)
            .map(|month| number(&scenario, 0, 5.0, month, &stream))
            .collect();
        assert_eq!(joined[..12].iter().sum::<u32>(), 5);
        assert_eq!(joined[12..].iter().sum::<u32>(), 5);
        assert!(joined.iter().all(|&n| n <= 1));
    }

    /// So many that one exponential would not hold them: the chunks are drawn apart, and segments apart.
    #[test]
    fn many_poisson_arrivals_have_their_mean_and_variance() {
        let scenario = sample::scenario();
        let mut wide = scenario.clone();
        wide.segments.push(scenario.segments[0].clone());
        let n = 2_000;
        let draws = |s: usize| -> Vec<f64> {
            (0..n)
                .map(|trial| f64::from(number(&wide, s, 12.0 * 500.0, 3, &Stream::new(5, trial))))
                .collect()
        };
        let (first, second) = (draws(0), draws(1));
        for draws in [&first, &second] {
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n - 1);
            assert!((mean - 500.0).abs() < 5.0 * (variance / f64::from(n)).sqrt(), "{mean}");
            // Of a variance over n near-normals the relative error is √(2/n).
            assert!(
                (variance / 500.0 - 1.0).abs() < 5.0 * (2.0 / f64::from(n)).sqrt(),
                "{variance}"
            );
        }
        let alike = first.iter().zip(&second).filter(|(a, b)| a == b).count();
        assert!(alike < 100, "{alike} of {n}");
    }

    #[test]
    fn an_account_joins_under_a_whole_contract() {
        let mut scenario = sample::scenario();
        scenario.segments[0].notice_months = 2;
        scenario.segments[0].onboarding.months = 0.0;
        let plan = Plan::new(scenario);
        let stream = Stream::new(1, 0);
        let door = Door::new(&plan, 0, 5, &stream);
        let account = door.new_account(3, 17);
        assert_eq!((account.decision, account.end, account.last), (15, 17, 17));
        assert_eq!((account.anniversary, account.term, account.survived), (17, 12, 0));
        assert_eq!((account.arr, account.cohort, account.place), (100_000, 0, 17));
        let healths: Vec<u8> = (0..200).map(|position| door.new_account(position, 0).state).collect();
        let count = |state| healths.iter().filter(|&&s| s == state).count();
        // 60%, 30% and 10% of 200, within five standard errors.
        assert!((86..=154).contains(&count(0)) && (28..=92).contains(&count(1)) && (1..=41).contains(&count(2)));
        assert_eq!(count(0) + count(1) + count(2), 200);
        let keys: Vec<u64> = (0..3).map(|position| door.new_account(position, 0).key).collect();
        assert_eq!(keys, [0, 1, 2].map(|position| account_key(0, 5, position)));
    }

    #[test]
    fn a_new_account_onboards_whatever_its_window_says() {
        let mut scenario = sample::scenario();
        scenario.segments[0].terms[0].months = 3;
        let plan = Plan::new(scenario.clone());
        let stream = Stream::new(1, 0);
        scenario.segments[0].onboarding.months = 0.0;
        let known = Plan::new(scenario);
        for position in 0..50 {
            let onboards = Door::new(&plan, 0, 5, &stream).new_account(position, 0).state;
            let knows = Door::new(&known, 0, 5, &stream).new_account(position, 0).state;
            assert!((3..6).contains(&onboards), "{onboards}");
            // Three months of window hold the decision of a contract of three only from the month after.
            assert_eq!(onboards % 3, knows % 3);
            assert!(knows < 3, "{knows}");
        }
    }

    #[test]
    fn a_lost_account_returns_with_what_it_had() {
        let plan = Plan::new(sample::scenario());
        let stream = Stream::new(1, 0);
        let door = Door::new(&plan, 0, 5, &stream);
        let lost = Returning {
            month: 5,
            key: 77,
            arr: 42,
            term: 1,
            place: 4,
            own: 0.7,
            level: 2,
        };
        let account = door.returning(&lost);
        assert_eq!((account.key, account.arr, account.own, account.level), (77, 42, 0.7, 2));
        assert_eq!((account.end, account.decision, account.last), (6, 6, 6));
        // A rolling contract counts the months it has survived from here.
        assert_eq!(account.survived, -5);
        assert!(account.state < 3);
        let short = door.returning(&Returning { term: 2, ..lost });
        assert_eq!((short.end, short.survived, short.state / 3), (7, 0, 2));
    }

    #[test]
    fn shorter_contracts_are_signed_as_much_more_often_as_they_are_shorter() {
        let mut scenario = sample::scenario();
        let long = scenario.segments[0].terms[0];
        scenario.segments[0]
            .terms
            .push(crate::model::Term { months: 6, ..long });
        let plan = Plan::new(scenario);
        let door = Door::new(&plan, 0, 5, &Stream::new(1, 0));
        let n = 1_800;
        let short = (0..n)
            .filter(|&position| door.new_account(position, 0).term == 6)
            .count();
        // Two of three, within five standard errors.
        assert!(
            (short as f64 - 1_200.0).abs() < 5.0 * 400.0_f64.sqrt(),
            "{short} of {n}"
        );
    }
}
