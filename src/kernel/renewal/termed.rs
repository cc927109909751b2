//! Contracts with an end: decided before it, booked at it.

use crate::kernel::accounts::{
    Accounts, Calendar, Decision, Mode, STATE, STATES, Yearly, decision_month, every_year, falls_in, month_byte,
};
use crate::kernel::column::List;
use crate::kernel::renewal::{Renewals, Returning, price, raised};
use crate::kernel::stream::STEPS;
use crate::kernel::tally::{Change, Line, Tally};

/// What a renewal in a month comes to for a length of contract.
#[derive(Clone, Copy)]
struct Next {
    term: u8,
    /// Twelfths of a year of decisions survived by it.
    survived: i16,
    last: u8,
    end: u8,
    decision: u8,
    /// Whether that is so every year.
    is_yearly: bool,
}

/// No number of steps: nobody has asked yet.
const UNKNOWN: u64 = u64::MAX;

impl Renewals<'_> {
    /// Whether contracts end in the month of their decision.
    fn ends_at_once(&self) -> bool {
        Self::notice(self.segment) == 0 && self.terms_are_plain
    }

    /// Takes the decisions that fall in this month and ends their renewal windows: `due` lists the plain ones, `open` the
    /// others, which stay pending. Plain ones about which there is nothing to write are not listed but counted in the answer.
    // Apart from the rest of a month: a long function leaves a loop few registers.
    #[inline(never)]
    pub(crate) fn decide(
        &self,
        accounts: &mut Accounts,
        (due, open): (&mut List, &mut List),
        tally: &mut Tally,
    ) -> Yearly {
        due.in_month(&accounts.decision, self.month);
        if due.is_empty() {
            open.clear();
            return Yearly::default();
        }
        let mut counted = Yearly::default();
        let alike = accounts.yearly[self.month as usize % 12];
        let all_go_on = self.ends_at_once() && due.len() == alike.accounts as usize;
        if all_go_on && self.alike && self.window == 0 && self.uplift().is_none() {
            let plain = self.plain_steps(accounts);
            self.sift_alike(accounts, &plain, due, open);
            counted = alike;
            for &i in open.iter() {
                counted.accounts -= 1;
                counted.arr -= accounts.contract[i as usize].arr;
            }
        } else {
            self.part(accounts, due, open);
        }
        let mut lost = [UNKNOWN; 16];
        for &i in open.iter() {
            self.decide_closely(accounts, i as usize, &mut lost);
        }
        if self.window == 0 {
            return counted;
        }
        for of in [&*due, &*open] {
            for &i in of.iter() {
                let i = i as usize;
                if accounts.mode(i) == Mode::Window {
                    let contract = &accounts.contract[i];
                    if accounts.health(i) == 2 && contract.pending != Decision::Churn {
                        tally.claimed += 1;
                        tally.claimed_arr += contract.arr;
                    }
                    accounts.set_mode(i, Mode::Health);
                }
            }
        }
        counted
    }

    /// Keeps the accounts that renew as they are, whatever else holds for them but their state and their own churn, and
    /// lists in `open` those that it takes a closer look at. Nobody has a decision pending here, and a plain one is that
    /// which stands there.
    #[inline(never)]
    fn part(&self, accounts: &Accounts, due: &mut List, open: &mut List) {
        if !self.terms_are_plain {
            return due.part(open, |_| false);
        }
        if self.alike {
            let plain = self.plain_steps(accounts);
            return self.part_alike(accounts, &plain, due, open);
        }
        let (key, rows, contract) = accounts.columns();
        let decisions = self.draws.decisions;
        let below = 1.0 - self.rates.at_renewal;
        accounts.fetch(due);
        let mut known = [f64::NAN; 16];
        due.part(open, |i| {
            let (state, contract) = (usize::from(rows[i] & STATE), &contract[i]);
            if known[state].is_nan() {
                known[state] = self.most_log_odds(accounts, state);
            }
            let u = decisions.uniform(key[i]);
            contract.term >= 12 && u < below && u >= self.plain_from(state, known[state] + contract.own)
        });
    }

    /// The draws at which an account renews as it is where all are alike, by state: from the first of so many steps on. In
    /// whole steps, so that no draw is made a float; rounded towards a closer look.
    fn plain_steps(&self, accounts: &Accounts) -> [(u64, u64); 16] {
        let below = ((1.0 - self.rates.at_renewal) * STEPS) as u64;
        let mut plain = [(0, 0); 16];
        for state in (0..STATES).filter(|&state| accounts.census[state] > 0) {
            let from = self.plain_from(state, self.most_log_odds(accounts, state)) * STEPS;
            let first = from as u64 + 1;
            plain[state] = (first, below.saturating_sub(first));
        }
        plain
    }

    // Both apart for the same reason; and so that what is said of steps is not worked out anew in each turn.
    #[inline(never)]
    fn sift_alike(&self, accounts: &Accounts, plain: &[(u64, u64); 16], due: &mut List, open: &mut List) {
        due.sift(open, self.is_plain(accounts, plain));
    }

    #[inline(never)]
    fn part_alike(&self, accounts: &Accounts, plain: &[(u64, u64); 16], due: &mut List, open: &mut List) {
        due.part(open, self.is_plain(accounts, plain));
    }

    #[inline(always)]
    fn is_plain<'a>(&self, accounts: &'a Accounts, plain: &'a [(u64, u64); 16]) -> impl Fn(usize) -> bool + use<'a> {
        let (key, rows, _) = accounts.columns();
        let decisions = self.draws.decisions;
        move |i| {
            let (first, steps) = plain[usize::from(rows[i] & STATE)];
            decisions.step(key[i]).wrapping_sub(first) < steps
        }
    }

    /// Log-odds of churn within a year that no account of a state has more of but by its own churn.
    fn most_log_odds(&self, accounts: &Accounts, state: usize) -> f64 {
        let ends = self.log_odds_of_state(accounts.memory.most, state, 12);
        ends.map_or(f64::INFINITY, |(_, most)| most)
    }

    /// The uniform from which on an account of a state renews as it is when its log-odds of churn are at most these.
    #[inline(always)]
    fn plain_from(&self, state: usize, most: f64) -> f64 {
        let (_, churn) = self.odds.bounds(most);
        1.0 - (1.0 - churn) * (1.0 - self.rates.downsell[state % 3])
    }

    /// The draws below which an account of a state leaves, whatever else holds for it; none where accounts differ.
    fn lost_below(&self, accounts: &Accounts, state: usize) -> u64 {
        if !self.alike || !self.terms_are_plain {
            return 0;
        }
        let ends = self.log_odds_of_state(accounts.memory.most, state, 12);
        let churn = ends.map_or(0.0, |(least, _)| self.odds.bounds(least).0);
        ((churn * STEPS) as u64).saturating_sub(1)
    }

    /// Takes a decision that is not plain; it stays pending. `lost` keeps by state what [`Self::lost_below`] found.
    #[inline(never)]
    fn decide_closely(&self, accounts: &mut Accounts, i: usize, lost: &mut [u64; 16]) {
        let state = usize::from(accounts.state(i));
        if lost[state] == UNKNOWN {
            lost[state] = self.lost_below(accounts, state);
        }
        let is_lost = self.draws.decisions.step(accounts.key[i]) < lost[state];
        if is_lost && self.segment.uncontrollable == 0.0 {
            accounts.contract[i].pending = Decision::Churn;
            return;
        }
        let u = self.draws.decisions.uniform(accounts.key[i]);
        let mut survived = i32::from(accounts.contract[i].survived);
        if every_year(accounts.contract[i].last).is_some() {
            survived += (self.month + self.yearly_notice()) as i32;
        }
        let case = self.case(accounts, i, survived);
        let decision = if is_lost {
            Decision::Churn
        } else {
            self.decide_case(&case, u)
        };
        let out_of_reach = decision == Decision::Churn && self.is_out_of_reach(&case, accounts.key[i]);
        let contract = &mut accounts.contract[i];
        (contract.pending, contract.out_of_reach) = (decision, out_of_reach);
    }

    /// Books the contracts that end in this month, and opt-outs that are taken. `due` and `open` list whose decision fell
    /// in this month, `counted` are those that renew as they are and need nothing written down.
    // Apart from the rest of a month: a long function leaves a loop few registers.
    #[inline(never)]
    pub(crate) fn book(
        &self,
        accounts: &mut Accounts,
        (due, open): (&mut List, &mut List),
        counted: Yearly,
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) {
        tally.renews(counted.accounts, counted.arr);
        if !self.ends_at_once() {
            due.in_month(&accounts.end, self.month);
            let (_, _, contract) = accounts.columns();
            due.part(open, |i| {
                contract[i].pending == Decision::Flat && falls_in(contract[i].last, self.month)
            });
        }
        if due.is_empty() && open.is_empty() {
            return;
        }
        let mut change = Change::default();
        self.go_on(&mut accounts.calendar(), due, tally, &mut change);
        self.open_windows(accounts, due);
        // From the back: the place of a churned account is taken by one already booked.
        for &i in open.iter().rev() {
            let i = i as usize;
            let contract = &mut accounts.contract[i];
            let decision = std::mem::replace(&mut contract.pending, Decision::Flat);
            let ends = falls_in(contract.last, self.month);
            let stays = if ends {
                self.settle(accounts, i, decision, tally, returning)
            } else {
                decision != Decision::Churn || !self.churns(accounts, i, tally, returning)
            };
            if stays {
                let (term, last) = (accounts.contract[i].term, accounts.contract[i].last);
                let mut calendar = accounts.calendar();
                if let Some(price) = self.uplift().filter(|_| ends && decision != Decision::Downsell) {
                    self.raise(&mut calendar, i, price, &mut change);
                }
                if every_year(last).is_none() {
                    self.prolong(&mut calendar, i, &self.next(term));
                }
                self.open_windows(accounts, &[i as u32]);
            }
        }
        tally.book(accounts, change, Line::Uplift);
    }

    /// What renewals multiply prices by; none where they leave them.
    fn uplift(&self) -> Option<f64> {
        (self.rates.uplift != 0.0).then(|| price(self.rates.uplift))
    }

    /// Renews accounts whose contract ends and goes on as it is; `change` gathers what price changes.
    // Apart for the same reason.
    #[inline(never)]
    fn go_on(&self, calendar: &mut Calendar, due: &[u32], tally: &mut Tally, change: &mut Change) {
        let Some(&first) = due.first() else { return };
        let mut next = self.next(calendar.contract[first as usize].term);
        let mut arr = 0;
        for &i in due {
            let contract = &calendar.contract[i as usize];
            arr += contract.arr;
            if every_year(contract.last).is_some() {
                continue;
            }
            if contract.term != next.term {
                next = self.next(contract.term);
            }
            self.prolong(calendar, i as usize, &next);
        }
        tally.renews(due.len() as u32, arr);
        if let Some(price) = self.uplift() {
            for &i in due {
                self.raise(calendar, i as usize, price, change);
            }
        }
    }

    /// What a renewal in this month comes to for a contract of this length.
    fn next(&self, term: u8) -> Next {
        let step = self.step(term);
        let end = self.month + step;
        let notice = Self::notice(self.segment);
        Next {
            term,
            survived: step.min(12) as i16,
            last: month_byte(self.month + u32::from(term)),
            end: month_byte(end),
            decision: month_byte(decision_month(end, step, notice, self.month)),
            is_yearly: step == 12 && term == 12,
        }
    }

    /// Writes down when a contract that goes on ends and is decided next; not for those of which every year says so.
    #[inline(always)]
    fn prolong(&self, calendar: &mut Calendar, i: usize, next: &Next) {
        let contract = &mut calendar.contract[i];
        contract.survived += next.survived;
        if next.is_yearly {
            return calendar.go_on_yearly(i, self.month + 12, self.yearly_notice());
        }
        if u32::from(contract.last) == self.month {
            contract.last = next.last;
        }
        calendar.end[i] = next.end.min(contract.last);
        calendar.decision[i] = next.decision;
    }

    /// Months between the decision on a yearly contract and its end.
    fn yearly_notice(&self) -> u32 {
        Self::notice(self.segment).min(11)
    }

    /// Raises the price of a contract that has ended, where it is due.
    #[inline(always)]
    fn raise(&self, calendar: &mut Calendar, i: usize, price: f64, change: &mut Change) {
        let due = calendar.uplift_due[i];
        if u32::from(due) <= self.month {
            let contract = &mut calendar.contract[i];
            let (old, new) = (contract.arr, raised(contract.arr, price));
            change.set_arr(contract, new);
            if let Some(month) = every_year(contract.last) {
                calendar.yearly[month].arr += new - old;
            }
            calendar.uplift_due[i] = self.next_uplift(due);
        }
    }

    /// Opens the renewal windows that begin next month, of these accounts.
    fn open_windows(&self, accounts: &mut Accounts, of: &[u32]) {
        if self.window == 0 {
            return;
        }
        for &i in of {
            let i = i as usize;
            if accounts.mode(i) == Mode::Health && accounts.in_window(i, self.month + 1, self.window) {
                accounts.set_mode(i, Mode::Window);
            }
        }
    }

    /// The month from which the next uplift is due.
    fn next_uplift(&self, due: u8) -> u8 {
        let years = (self.month - u32::from(due)) / 12 + 1;
        month_byte(u32::from(due) + 12 * years)
    }

    /// Raises accounts at an anniversary inside a longer term; one that will leave is not raised.
    pub(crate) fn escalate(&self, accounts: &mut Accounts, due: &mut List, tally: &mut Tally) {
        if self.rates.escalator == 0.0 {
            return;
        }
        due.equal(&accounts.anniversary, (self.month % 12) as u8);
        for &i in due.iter() {
            let i = i as usize;
            let contract = &accounts.contract[i];
            let inside = u32::from(contract.last) != self.month;
            let joined_now = u32::from(contract.last) == self.month + u32::from(contract.term);
            if inside && !joined_now && contract.pending != Decision::Churn {
                let arr = raised(contract.arr, price(self.rates.escalator));
                tally.set_arr(accounts, i, arr, Line::Uplift);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::NEVER;
    use crate::kernel::renewal::Case;
    use crate::kernel::renewal::sample::{Ready, accounts, case, scenario};
    use crate::model::{Family, Rate};

    /// Each account beside its own cuts, with and without churn of its own, at every length of contract.
    #[test]
    fn a_plain_decision_is_that_of_the_exact_cuts() {
        let mut decided = [0; 4];
        for (differ, term) in [(true, 3), (true, 6), (true, 12), (true, 36), (false, 12), (false, 36)] {
            let ready = Ready::new(scenario(differ), 0.1, -0.5);
            let renewals = ready.renewals(5);
            assert_eq!(renewals.alike, !differ);
            let (mut book, mut tally) = accounts(2_000, term);
            for i in 0..2_000 {
                book.set_state(i, (i % 9) as u8);
                let u = (i as f64 + 0.5) / 2_000.0;
                let law = ready.plan.segments[0].frailty.after(0);
                let (own, _) = law.map_or((0.0, 0), |law| law.under(1, u));
                book.set_own(i, if i % 2 == 0 { own } else { 0.0 }, 0);
            }
            book.memory.advance(&[0.9, 0.7, 0.2, 1.0, 0.5]);
            let before = book.clone();
            renewals.decide(&mut book, (&mut List::default(), &mut List::default()), &mut tally);
            for i in 0..2_000 {
                let case = renewals.case(&before, i, 0);
                let exact = renewals
                    .cuts(&case)
                    .decide(renewals.draws.decisions.uniform(before.key[i]));
                assert_eq!(book.contract[i].pending, exact, "{case:?} of {term} months");
                decided[exact as usize] += 1;
            }
        }
        assert!(decided.iter().all(|&n| n > 300), "{decided:?}");
    }

    #[test]
    fn decisions_are_taken_and_booked_once() {
        let mut stated = scenario(false);
        stated.segments[0].max_growth = 1.2;
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let n = 3_000;
        let (mut book, mut tally) = accounts(n, 12);
        book.set_mode(0, Mode::Window);
        let (mut due, mut open, mut returning) = (List::default(), List::default(), Vec::new());
        let counted = renewals.decide(&mut book, (&mut due, &mut open), &mut tally);
        assert_eq!((due.len() + open.len()) as u64, n);
        assert_eq!(book.mode(0), Mode::Health);
        let claimed = u32::from(book.contract[0].pending != Decision::Churn);
        assert_eq!(
            (tally.claimed, tally.claimed_arr),
            (claimed, 1_000 * i64::from(claimed))
        );
        let count = |decision: Decision| book.contract.iter().filter(|c| c.pending == decision).count() as u32;
        let [churn, downsell, expansion] = [Decision::Churn, Decision::Downsell, Decision::Expansion].map(count);
        let expected = renewals.churn(&Case {
            own: 0.0,
            ..case(2, 12, 0.0)
        });
        let se = (expected * (1.0 - expected) / n as f64).sqrt();
        assert!((f64::from(churn) / n as f64 - expected).abs() < 5.0 * se);
        assert!(downsell > 50 && expansion > 100, "{downsell} {expansion}");
        renewals.book(&mut book, (&mut due, &mut open), counted, &mut tally, &mut returning);
        assert_eq!((tally.due, tally.renewed), (n as u32, n as u32 - churn));
        assert_eq!(tally.due_arr, 1_000 * n as i64);
        assert_eq!(tally.lines[Line::Churn as usize], 1_000 * i64::from(churn));
        // Nobody expands by more than a fifth, and a third of the downsells' ARR goes.
        let grown = tally.lines[Line::ExpansionAtRenewal as usize];
        assert!(grown > 0 && grown <= 200 * i64::from(expansion), "{grown}");
        let given_up = tally.lines[Line::Downsell as usize] as f64 / f64::from(downsell) / 1_000.0;
        // A Beta law of mean 0.3 with α + β = 10 has the variance 0.21 / 11.
        assert!(
            (given_up - 0.3).abs() < 5.0 * (0.21 / 11.0 / f64::from(downsell)).sqrt(),
            "{given_up}"
        );
        assert_eq!(
            tally.renewed_arr,
            1_000 * i64::from(n as u32 - churn) - tally.lines[Line::Downsell as usize]
        );
        assert!(
            book.contract
                .iter()
                .all(|c| falls_in(c.last, 29) && c.survived == 12 - 17)
        );
        assert!(book.end.iter().chain(&book.decision).all(|&month| falls_in(month, 29)));
        // All but the downsells pay 3% more; theirs stays due.
        let raised = book.uplift_due.iter().filter(|&&month| month == 17).count() as u32;
        assert_eq!(raised, n as u32 - churn - downsell);
        let (arr, price) = (tally.arr, tally.lines[Line::Uplift as usize] as f64);
        let before = arr as f64 - price;
        assert!(price > 0.025 * before && price < 0.03 * before + f64::from(raised));
        assert_eq!(arr, book.contract.iter().map(|c| c.arr).sum::<i64>());
    }

    #[test]
    fn an_escalator_raises_inside_a_term_and_not_at_its_ends() {
        let ready = Ready::new(scenario(false), 0.0, 0.0);
        let renewals = ready.renewals(17);
        let (mut book, mut tally) = accounts(6, 36);
        // Inside; at its end; just begun; about to leave; a short term; another month.
        for (i, last) in [29, 17, 53, 29, 29, 30].into_iter().enumerate() {
            book.contract[i].last = last;
        }
        book.contract[3].pending = Decision::Churn;
        book.anniversary[4] = NEVER;
        book.anniversary[5] = 6;
        renewals.escalate(&mut book, &mut List::default(), &mut tally);
        let arr: Vec<i64> = book.contract.iter().map(|c| c.arr).collect();
        assert_eq!(arr, [1_030, 1_000, 1_000, 1_000, 1_000, 1_000]);
        assert_eq!(tally.lines[Line::Uplift as usize], 30);
    }

    #[test]
    fn a_downsell_of_everything_is_a_churn() {
        let mut stated = scenario(false);
        stated.segments[0].downsell.depth = Rate::point(Family::Probability, 1.0);
        stated.segments[0].downsell.probability = Rate::point(Family::Probability, 1.0);
        stated.segments[0].risk = crate::model::Risk::Stated([0.0; 3]);
        let ready = Ready::new(stated, 0.0, 0.0);
        let (mut book, mut tally) = accounts(5, 12);
        let (mut due, mut open, mut returning) = (List::default(), List::default(), Vec::new());
        let renewals = ready.renewals(5);
        let counted = renewals.decide(&mut book, (&mut due, &mut open), &mut tally);
        renewals.book(&mut book, (&mut due, &mut open), counted, &mut tally, &mut returning);
        assert_eq!(
            (book.len(), tally.lines[Line::Churn as usize], tally.renewed),
            (0, 5_000, 0)
        );
    }

    #[test]
    fn churn_out_of_reach_is_told_apart() {
        let mut stated = scenario(false);
        stated.segments[0].uncontrollable = 0.3;
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let (mut book, mut tally) = accounts(4_000, 12);
        let (mut due, mut open, mut returning) = (List::default(), List::default(), Vec::new());
        let counted = renewals.decide(&mut book, (&mut due, &mut open), &mut tally);
        renewals.book(&mut book, (&mut due, &mut open), counted, &mut tally, &mut returning);
        let churned = tally.lines[Line::Churn as usize] as f64 / 1_000.0;
        let share = tally.uncontrollable as f64 / 1_000.0 / churned;
        assert!(
            (share - 0.3).abs() < 5.0 * (0.21 / churned).sqrt(),
            "{share} of {churned}"
        );
    }
}
