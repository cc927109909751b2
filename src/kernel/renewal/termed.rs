//! Contracts with an end: decided before it, booked at it.

use crate::kernel::accounts::{Accounts, Calendar, Decision, Mode, STATE, STATES, decision_month, month_byte};
use crate::kernel::column::List;
use crate::kernel::renewal::{Renewals, Returning, price, raised};
use crate::kernel::tally::{Change, Line, Tally};

/// What is enough for an account to renew as it is, whatever else holds for it; found for the states that are asked for.
struct Flat {
    /// Log-odds of churn at most, its own apart, by state.
    most: [Option<f64>; STATES],
    /// Draws from here up renew an account without churn of its own, by state; infinite where nobody has asked yet.
    from: [f64; STATES],
    /// Share of those staying that keep their ARR, by health.
    keep: [f64; 3],
    /// Draws below this do not expand.
    below: f64,
}

/// What a renewal in a month comes to for a length of contract.
#[derive(Clone, Copy)]
struct Next {
    term: u8,
    /// Twelfths of a year of decisions survived by it.
    survived: i16,
    last: u8,
    end: u8,
    decision: u8,
}

impl Renewals<'_> {
    /// None where terms are not alike.
    fn flat(&self) -> Option<Flat> {
        self.terms_are_plain.then(|| Flat {
            most: [None; STATES],
            from: [f64::INFINITY; STATES],
            keep: self.rates.downsell.map(|p| 1.0 - p),
            below: 1.0 - self.rates.at_renewal,
        })
    }

    /// Whether an account renews as it is at this draw, whatever else holds for it but its state and its own churn; false
    /// also where only the probability itself will do.
    #[inline(always)]
    fn is_plain(&self, flat: &mut Flat, accounts: &Accounts, (state, own): (usize, f64), u: f64) -> bool {
        u < flat.below && ((own == 0.0 && u >= flat.from[state]) || u >= self.plain_from(flat, accounts, (state, own)))
    }

    /// The draw from which on an account renews as it is.
    fn plain_from(&self, flat: &mut Flat, accounts: &Accounts, (state, own): (usize, f64)) -> f64 {
        let most = flat.most[state].or_else(|| self.most_log_odds(accounts, state, 12));
        let Some(most) = most else {
            return f64::INFINITY;
        };
        flat.most[state] = Some(most);
        let (_, churn) = self.bounds(most + own);
        let from = 1.0 - (1.0 - churn) * flat.keep[state % 3];
        if own == 0.0 {
            flat.from[state] = from;
        }
        from
    }

    /// Takes the decisions that fall in this month and ends their renewal windows; `open` is room to list those that are
    /// not plain.
    // Apart from the rest of a month: a long function leaves a loop few registers.
    #[inline(never)]
    pub(crate) fn decide(&self, accounts: &mut Accounts, (due, open): (&mut List, &mut List), tally: &mut Tally) {
        due.equal(&accounts.decision, self.month as u8);
        if due.is_empty() {
            return;
        }
        accounts.fetch(due);
        // Nobody has a decision pending here, and a plain one is the flat one that stands there.
        if let Some(mut flat) = self.flat() {
            let (key, rows, contract) = accounts.columns();
            open.pick(due, |i| {
                let contract = &contract[i];
                let case = (usize::from(rows[i] & STATE), contract.own);
                let u = self.draws.decisions.uniform(key[i]);
                contract.term < 12 || !self.is_plain(&mut flat, accounts, case, u)
            });
        } else {
            open.pick(due, |_| true);
        }
        for &i in open.iter() {
            self.decide_closely(accounts, i as usize);
        }
        if self.window == 0 {
            return;
        }
        for &i in due.iter() {
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

    /// Takes a decision that is not plain; it stays pending.
    #[inline(never)]
    fn decide_closely(&self, accounts: &mut Accounts, i: usize) {
        let u = self.draws.decisions.uniform(accounts.key[i]);
        let case = self.case(accounts, i, i32::from(accounts.contract[i].survived));
        let decision = self.decide_case(&case, u);
        let out_of_reach = decision == Decision::Churn && self.is_out_of_reach(&case, accounts.key[i]);
        let contract = &mut accounts.contract[i];
        (contract.pending, contract.out_of_reach) = (decision, out_of_reach);
    }

    /// Books the contracts that end in this month, and opt-outs that are taken. `due` lists whose decision fell in this
    /// month, `open` is room to list those that do not just go on.
    // Apart from the rest of a month: a long function leaves a loop few registers.
    #[inline(never)]
    pub(crate) fn book(
        &self,
        accounts: &mut Accounts,
        (due, open): (&mut List, &mut List),
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) {
        // Without notice contracts end in the month of their decision.
        if Self::notice(self.segment) > 0 || !self.terms_are_plain {
            due.equal(&accounts.end, self.month as u8);
        }
        if due.is_empty() {
            return;
        }
        let mut change = self.go_on(accounts.calendar(), (due, open), tally);
        self.open_windows(accounts, due);
        // From the back: the place of a churned account is taken by one already booked.
        for &i in open.iter().rev() {
            let i = i as usize;
            let contract = &mut accounts.contract[i];
            let decision = std::mem::replace(&mut contract.pending, Decision::Flat);
            let stays = if u32::from(contract.last) != self.month {
                decision != Decision::Churn || !self.churns(accounts, i, tally, returning)
            } else {
                self.settle(accounts, i, decision, tally, returning)
            };
            if stays {
                let uplift = self.uplift().filter(|_| decision != Decision::Downsell);
                let next = self.next(accounts.contract[i].term);
                self.prolong(&mut accounts.calendar(), i, &next, uplift, &mut change);
                self.open_windows(accounts, &[i as u32]);
            }
        }
        tally.book(accounts, change, Line::Uplift);
    }

    /// What renewals multiply prices by; none where they leave them.
    fn uplift(&self) -> Option<f64> {
        (self.rates.uplift != 0.0).then(|| price(self.rates.uplift))
    }

    /// Renews those of `due` whose contract goes on as it is and lists the others; the answer is what price changes.
    // Apart for the same reason.
    #[inline(never)]
    fn go_on(&self, mut calendar: Calendar, (due, open): (&List, &mut List), tally: &mut Tally) -> Change {
        let uplift = self.uplift();
        let (mut flat, mut arr, mut change) = (0, 0, Change::default());
        let mut next = self.next(12);
        open.pick(due, |i| {
            let contract = &calendar.contract[i];
            if contract.pending != Decision::Flat || u32::from(contract.last) != self.month {
                return true;
            }
            (flat, arr) = (flat + 1, arr + contract.arr);
            if contract.term != next.term {
                next = self.next(contract.term);
            }
            self.prolong(&mut calendar, i, &next, uplift, &mut change);
            false
        });
        tally.renews(flat, arr);
        change
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
        }
    }

    /// Writes down when a contract that goes on ends and is decided next, and its new price where it was at its end.
    #[inline(always)]
    fn prolong(&self, calendar: &mut Calendar, i: usize, next: &Next, uplift: Option<f64>, change: &mut Change) {
        let contract = &mut calendar.contract[i];
        contract.survived += next.survived;
        if u32::from(contract.last) == self.month {
            if let Some(price) = uplift.filter(|_| u32::from(calendar.uplift_due[i]) <= self.month) {
                change.set_arr(contract, raised(contract.arr, price));
                calendar.uplift_due[i] = self.next_uplift(calendar.uplift_due[i]);
            }
            contract.last = next.last;
        }
        calendar.end[i] = next.end.min(contract.last);
        calendar.decision[i] = next.decision;
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
            let inside = contract.term > 12 && u32::from(contract.last) != self.month;
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
    use crate::kernel::renewal::Case;
    use crate::kernel::renewal::sample::{Ready, accounts, case, scenario};
    use crate::model::{Family, Rate};

    /// Each account beside its own cuts, with and without churn of its own, at every length of contract.
    #[test]
    fn a_plain_decision_is_that_of_the_exact_cuts() {
        let mut decided = [0; 4];
        for (term, tabulated) in [(3, false), (6, true), (12, false), (12, true), (36, true)] {
            let mut ready = Ready::new(scenario(true), 0.1, -0.5);
            ready.tabulated = tabulated;
            let renewals = ready.renewals(5);
            let (mut book, mut tally) = accounts(2_000, term);
            for i in 0..2_000 {
                book.set_state(i, (i % 9) as u8);
                let u = (i as f64 + 0.5) / 2_000.0;
                let (own, _) = ready.plan.segments[0]
                    .frailty
                    .after(0)
                    .expect("accounts differ")
                    .under(1, u);
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
        renewals.decide(&mut book, (&mut due, &mut open), &mut tally);
        assert_eq!(due.len() as u64, n);
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
        renewals.book(&mut book, (&mut due, &mut open), &mut tally, &mut returning);
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
        assert!(book.contract.iter().all(|c| c.last == 17 && c.survived == 12));
        assert!(book.end.iter().all(|&end| end == 17));
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
        book.contract[4].term = 12;
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
        renewals.decide(&mut book, (&mut due, &mut open), &mut tally);
        renewals.book(&mut book, (&mut due, &mut open), &mut tally, &mut returning);
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
        renewals.decide(&mut book, (&mut due, &mut open), &mut tally);
        renewals.book(&mut book, (&mut due, &mut open), &mut tally, &mut returning);
        let churned = tally.lines[Line::Churn as usize] as f64 / 1_000.0;
        let share = tally.uncontrollable as f64 / 1_000.0 / churned;
        assert!(
            (share - 0.3).abs() < 5.0 * (0.21 / churned).sqrt(),
            "{share} of {churned}"
        );
    }
}
