//! Contracts with an end: decided before it, booked at it.

use crate::kernel::accounts::{Accounts, Decision, Mode, STATES, decision_month, month_byte};
use crate::kernel::column::List;
use crate::kernel::renewal::{Renewals, Returning, raised};
use crate::kernel::tally::{Change, Line, Tally};

/// What is enough for an account to renew as it is, whatever else holds for it; found for the states that are asked for.
struct Flat {
    /// Log-odds of churn at most, its own apart, by state.
    most: [Option<f64>; STATES],
    /// Draws from here up renew an account without churn of its own, by state.
    from: [Option<f64>; STATES],
    /// Share of those staying that keep their ARR, by health.
    keep: [f64; 3],
    /// Draws below this do not expand.
    below: f64,
}

impl Renewals<'_> {
    /// None where terms are not alike.
    fn flat(&self) -> Option<Flat> {
        self.terms_are_plain.then(|| Flat {
            most: [None; STATES],
            from: [None; STATES],
            keep: self.rates.downsell.map(|p| 1.0 - p),
            below: 1.0 - self.rates.at_renewal,
        })
    }

    /// Whether an account renews as it is at this draw, whatever else holds for it but its state and its own churn; false
    /// also where only the probability itself will do.
    #[inline(always)]
    fn is_plain(&self, flat: &mut Flat, accounts: &Accounts, (state, own): (usize, f64), u: f64) -> bool {
        let from = match flat.from[state] {
            Some(from) if own == 0.0 => from,
            _ => {
                let most = flat.most[state].or_else(|| self.most_log_odds(accounts, state, 12));
                let Some(most) = most else {
                    return false;
                };
                flat.most[state] = Some(most);
                let (_, churn) = self.bounds(most + own);
                let from = 1.0 - (1.0 - churn) * flat.keep[state % 3];
                if own == 0.0 {
                    flat.from[state] = Some(from);
                }
                from
            }
        };
        (from..flat.below).contains(&u)
    }

    /// Takes the decisions that fall in this month and ends their renewal windows.
    pub(crate) fn decide(&self, accounts: &mut Accounts, due: &mut List, tally: &mut Tally) {
        due.equal(&accounts.decision, self.month as u8);
        if due.is_empty() {
            return;
        }
        let mut flat = self.flat();
        for &i in due.iter() {
            let i = i as usize;
            let u = self.draws.decisions.uniform(accounts.key[i]);
            let state = usize::from(accounts.state(i));
            let contract = &accounts.contract[i];
            let own = contract.own;
            let plainly = contract.term >= 12
                && flat
                    .as_mut()
                    .is_some_and(|flat| self.is_plain(flat, accounts, (state, own), u));
            // Nobody has a decision pending here, and that is a flat one.
            let decision = if plainly {
                Decision::Flat
            } else {
                self.decide_closely(accounts, i, u)
            };
            if accounts.mode(i) == Mode::Window {
                if accounts.health(i) == 2 && decision != Decision::Churn {
                    tally.claimed += 1;
                    tally.claimed_arr += accounts.contract[i].arr;
                }
                accounts.set_mode(i, Mode::Health);
            }
        }
    }

    /// The decision of an account that is not plain, which stays pending. Few are decided like this: what it keeps in
    /// registers is no burden to those that are plain.
    #[inline(never)]
    fn decide_closely(&self, accounts: &mut Accounts, i: usize, u: f64) -> Decision {
        let case = self.case(accounts, i, i32::from(accounts.contract[i].survived));
        let decision = self.decide_case(&case, u);
        let out_of_reach = decision == Decision::Churn && self.is_out_of_reach(&case, accounts.key[i]);
        let contract = &mut accounts.contract[i];
        (contract.pending, contract.out_of_reach) = (decision, out_of_reach);
        decision
    }

    /// Books the contracts that end in this month, and opt-outs that are taken.
    pub(crate) fn book(
        &self,
        accounts: &mut Accounts,
        due: &mut List,
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) {
        due.equal(&accounts.end, self.month as u8);
        let notice = Self::notice(self.segment);
        let raises = self.rates.uplift != 0.0;
        let (mut flat, mut arr, mut price) = (0, 0, Change::default());
        // From the back: the place of a churned account is taken by one already booked.
        for &i in due.iter().rev() {
            let i = i as usize;
            let contract = &mut accounts.contract[i];
            let decision = std::mem::replace(&mut contract.pending, Decision::Flat);
            let between = u32::from(contract.last) != self.month;
            let stays = if between {
                decision != Decision::Churn || !self.churns(accounts, i, tally, returning)
            } else if decision == Decision::Flat {
                (flat, arr) = (flat + 1, arr + contract.arr);
                true
            } else {
                self.settle(accounts, i, decision, tally, returning)
            };
            if !stays {
                continue;
            }
            let contract = &mut accounts.contract[i];
            let term = u32::from(contract.term);
            let step = self.step(contract.term);
            contract.survived += step.min(12) as i16;
            if !between {
                if raises && decision != Decision::Downsell && u32::from(accounts.uplift_due[i]) <= self.month {
                    price.set_arr(contract, raised(contract.arr, self.rates.uplift));
                    accounts.uplift_due[i] = self.next_uplift(accounts.uplift_due[i]);
                }
                contract.last = month_byte(self.month + term);
            }
            let end = self.month + step;
            accounts.end[i] = month_byte(end).min(contract.last);
            accounts.decision[i] = month_byte(decision_month(end, step, notice, self.month));
            if accounts.mode(i) == Mode::Health && accounts.in_window(i, self.month + 1, self.window) {
                accounts.set_mode(i, Mode::Window);
            }
        }
        tally.renews(flat, arr);
        tally.book(accounts, price, Line::Uplift);
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
                let arr = raised(contract.arr, self.rates.escalator);
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
                let (own, _) = ready.plan.segments[0].frailty.at(0, u).expect("accounts differ");
                book.set_own(i, if i % 2 == 0 { own } else { 0.0 }, 0);
            }
            book.memory.advance(&[0.9, 0.7, 0.2, 1.0, 0.5]);
            let before = book.clone();
            renewals.decide(&mut book, &mut List::default(), &mut tally);
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
        let (mut due, mut returning) = (List::default(), Vec::new());
        renewals.decide(&mut book, &mut due, &mut tally);
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
        renewals.book(&mut book, &mut due, &mut tally, &mut returning);
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
        let (mut due, mut returning) = (List::default(), Vec::new());
        let renewals = ready.renewals(5);
        renewals.decide(&mut book, &mut due, &mut tally);
        renewals.book(&mut book, &mut due, &mut tally, &mut returning);
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
        let (mut due, mut returning) = (List::default(), Vec::new());
        renewals.decide(&mut book, &mut due, &mut tally);
        renewals.book(&mut book, &mut due, &mut tally, &mut returning);
        let churned = tally.lines[Line::Churn as usize] as f64 / 1_000.0;
        let share = tally.uncontrollable as f64 / 1_000.0 / churned;
        assert!(
            (share - 0.3).abs() < 5.0 * (0.21 / churned).sqrt(),
            "{share} of {churned}"
        );
    }
}
