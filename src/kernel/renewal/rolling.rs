//! Rolling monthly contracts: decided and booked every month.

use crate::kernel::accounts::{Accounts, Calendar, Decision, LEVELS, NEAR, month_byte};
use crate::kernel::column::List;
use crate::kernel::odds::{self, Shocked};
use crate::kernel::outline::{self, BITS, ByRow, Part};
use crate::kernel::renewal::{Renewals, Returning, price, raised};
use crate::kernel::tally::{Change, Line, Tally};

/// The decisions of a segment in a month; what the months before had too is taken over.
#[derive(Debug, Clone)]
pub(crate) struct Rolling {
    /// What rows are compiled for; none where nothing is.
    compiled: Option<Compiled>,
    /// Numbers that renew an account as it is, whatever else holds for it, by its row: from the first up to, not
    /// including, the second.
    flat: [(u32, u32); 256],
    /// Numbers below which an account leaves, whatever else holds for it, by its row.
    lost: [u32; 256],
    quiet: ByRow,
    /// Accounts whose number lies elsewhere, and their number.
    deciding: Vec<Deciding>,
}

/// Months and accounts that compiled rows hold for.
#[derive(Debug, Clone, Copy)]
struct Compiled {
    /// The shared shock.
    z: f64,
    /// How far that of another month may lie from it.
    reach: f64,
    /// Not below what any account has missed.
    missed: f64,
    hands_over: bool,
    /// A bit for each state and level that somebody was in.
    states: u16,
    levels: u16,
}

/// Accounts up to which rows are compiled for more than one month: a closer look at some more of them costs less than new
/// rows each month.
const FEW: usize = 800;

/// How far the shared shock of such a month may lie from the one that rows are compiled for.
const REACH: f64 = 0.4;

/// How much more coverage may be missed in it.
const MORE_MISSED: f64 = 0.1;

/// An account that decides.
#[derive(Debug, Clone, Copy)]
struct Deciding {
    i: u32,
    number: u32,
    /// Whether it leaves, whatever else holds for it.
    is_lost: bool,
}

impl Default for Rolling {
    fn default() -> Rolling {
        Rolling {
            compiled: None,
            flat: [(0, 0); 256],
            lost: [0; 256],
            quiet: ByRow::new(),
            deciding: Vec::new(),
        }
    }
}

/// Churn up to which a row is looked at together with others; accounts more at risk than this are few.
const TOGETHER: f64 = 1.0 / 16.0;

impl Rolling {
    /// Forgets what was compiled: other rates hold from now on.
    pub(crate) fn clear(&mut self) {
        self.compiled = None;
    }

    /// Compiles the month where the rows of one before do not hold for it.
    fn prepare(&mut self, renewals: &Renewals, accounts: &Accounts) {
        let (reach, more_missed) = if accounts.len() <= FEW {
            (REACH, MORE_MISSED)
        } else {
            (0.0, 0.0)
        };
        let inhabited = |counts: &[u32; 16]| (0..16).fold(0, |all, i| all | u16::from(counts[i] > 0) << i);
        let (mut states, mut levels) = (inhabited(&accounts.census), inhabited(&accounts.levels));
        let (most, hands_over) = (accounts.memory.most, renewals.team.hands_over());
        if let Some(last) = self.compiled {
            let is_alike = last.hands_over == hands_over && most <= last.missed;
            let is_new = states & !last.states != 0 || levels & !last.levels != 0;
            if is_alike && !is_new && (renewals.z - last.z).abs() <= last.reach {
                return;
            }
            (states, levels) = (states | last.states, levels | last.levels);
        }
        let compiled = Compiled {
            z: renewals.z,
            reach,
            missed: (most + more_missed).min(1.0),
            hands_over,
            states,
            levels,
        };
        self.compile(renewals, &compiled);
        self.compiled = Some(compiled);
    }

    /// Finds the numbers that renew an account as it is, for the levels and states that somebody is in, whatever the shock
    /// within reach.
    fn compile(&mut self, renewals: &Renewals, of: &Compiled) {
        self.quiet.clear();
        let steps = f64::from(1_u32 << BITS);
        let to = ((1.0 - renewals.rates.at_renewal_monthly) * steps) as u32;
        let [better, worse] = [of.reach, -of.reach].map(|by| {
            let mut odds = Shocked::default();
            renewals.shocks.compile(of.z + by, &mut odds);
            odds
        });
        // A rolling contract has no renewal window.
        for state in (0..6).filter(|state| of.states >> state & 1 > 0) {
            let ends = renewals.log_odds_of_state(of.missed, state, 1);
            let renewed = 1.0 - renewals.rates.downsell_monthly[state % 3];
            // Higher levels leave sooner: from some level on each account is looked at alone.
            let (mut calm, mut restless) = (None, None);
            for level in (0..LEVELS).rev().filter(|level| of.levels >> level & 1 > 0) {
                let row = 16 * level + state;
                let bounds = ends
                    .zip(renewals.frailty.ends(level))
                    .map(|((least, most), (lowest, highest))| {
                        let (churn, _) = better.bounds(least + lowest);
                        (churn, worse.bounds(most + highest).1)
                    });
                let (lost, from) = match bounds {
                    Some((least, most)) => {
                        let stays = if most < 1.0 {
                            odds::twelfth_root_of_rest(most.max(0.0)) * renewed
                        } else {
                            0.0
                        };
                        let lost = odds::month_of_a_year(least.max(0.0)) * steps;
                        (lost as u32, (((1.0 - stays) * steps) as u32).min(to) + 1)
                    }
                    None => (0, to),
                };
                self.lost[row] = lost;
                self.flat[row] = (from, to);
                self.quiet.set(row, from, to);
                if f64::from(from) > TOGETHER * steps {
                    restless = Some(row);
                } else if calm.is_none() {
                    calm = Some(row);
                }
            }
            if let Some(row) = restless {
                self.quiet.wake(row);
            }
            if let Some(row) = calm {
                self.quiet.calm(row);
            }
        }
    }

    /// Lists whose decision is not plain, in their order.
    fn list(&mut self, renewals: &Renewals, accounts: &Accounts, due: &mut List) {
        self.prepare(renewals, accounts);
        accounts.telling_by_row(Part::Rolling, &self.quiet, due);
        self.deciding.clear();
        for &i in due.iter() {
            let row = usize::from(accounts.rows()[i as usize]);
            let (from, to) = self.flat[row];
            let number = accounts.number(Part::Rolling, i as usize, renewals.draws.rolling);
            if !(from..to).contains(&number) {
                let is_lost = number < self.lost[row];
                self.deciding.push(Deciding { i, number, is_lost });
            }
        }
    }
}

impl Renewals<'_> {
    /// Decides and books the rolling monthly contracts, all but those that joined this month.
    pub(crate) fn roll(
        &self,
        accounts: &mut Accounts,
        joined: usize,
        (due, room): (&mut List, &mut Rolling),
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) {
        let before = accounts.len() - joined;
        room.list(self, accounts, due);
        let deciding = &room.deciding[..room.deciding.partition_point(|account| (account.i as usize) < before)];
        let joined: i64 = accounts.contract[before..].iter().map(|c| c.arr).sum();
        let arr = accounts.arr - joined;
        let listed: i64 = deciding
            .iter()
            .map(|account| accounts.contract[account.i as usize].arr)
            .sum();
        tally.renews((before - deciding.len()) as u32, arr - listed);
        // From the back: the place of a churned account is taken by one already settled or just joined.
        for &Deciding { i, number, is_lost } in deciding.iter().rev() {
            let i = i as usize;
            // Of a rolling contract the months survived are those gone by.
            let survived = i32::from(accounts.contract[i].survived) + self.month as i32 - 1;
            let case = self.case(accounts, i, survived);
            let decision = if is_lost {
                Decision::Churn
            } else {
                self.decide_case(&case, outline::unit(number))
            };
            accounts.contract[i].out_of_reach =
                decision == Decision::Churn && self.is_out_of_reach(&case, accounts.key[i]);
            let stays = self.settle(accounts, i, decision, tally, returning);
            if stays && decision == Decision::Downsell && u32::from(accounts.uplift_due[i]) == self.month {
                accounts.uplift_due[i] += 1;
            }
        }
        due.equal(&accounts.uplift_due, self.month as u8);
        let (mut change, price, next) = (Change::default(), price(self.rates.uplift), month_byte(self.month + 12));
        for due in due.chunks(NEAR) {
            accounts.fetch(due);
            let Calendar {
                contract, uplift_due, ..
            } = accounts.calendar();
            for &i in due {
                let contract = &mut contract[i as usize];
                change.set_arr(contract, raised(contract.arr, price));
                uplift_due[i as usize] = next;
            }
        }
        tally.book(accounts, change, Line::Uplift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::renewal::Case;
    use crate::kernel::renewal::sample::{Ready, accounts, case, scenario};
    use crate::model::{Family, Rate};

    #[test]
    fn a_flat_number_renews_as_it_is_whatever_the_rest() {
        // Accounts in a month and in the next one, its shock, and whether the rows of the one before do: they do for few.
        let months = [
            ([1_000, 1_000], -0.5, true),
            ([1_000, 1_000], -0.51, false),
            ([1_000, 20], -0.89, false),
            ([20, 20], -0.91, false),
            ([20, 20], -0.11, true),
            ([20, 20], -0.89, true),
        ];
        for (rich, (n, z, are_kept)) in [false, true]
            .into_iter()
            .flat_map(|rich| months.map(|month| (rich, month)))
        {
            let mut stated = scenario(rich);
            stated.segments[0].terms[0].months = 1;
            let [earlier, ready] = [-0.5, z].map(|z| {
                let mut ready = Ready::new(stated.clone(), 0.1, z);
                ready.hand_over();
                assert!(ready.team.hands_over());
                ready
            });
            let renewals = ready.renewals(5);
            let missed = 0.6;
            // Of each state somebody, so that each is asked for.
            let [before, now] = n.map(|n| {
                let (mut accounts, _) = accounts(n, 1);
                accounts.census = [1; 16];
                accounts.levels = [1; LEVELS];
                accounts.memory.most = missed;
                accounts
            });
            let mut month = Rolling::default();
            month.prepare(&earlier.renewals(4), &before);
            let rows = month.flat;
            month.prepare(&renewals, &now);
            assert_eq!(month.flat == rows, are_kept, "{n:?} {z}");
            let is_tight = now.len() > FEW;
            let mut widest = 0.0_f64;
            for (row, &(from, to)) in month.flat.iter().enumerate() {
                let (level, state) = (row / 16, row % 16);
                if from >= to {
                    continue;
                }
                let (lowest, highest) = renewals.frailty.ends(level).expect("it is not the last");
                assert!(state < 6);
                widest = widest.max(outline::unit(to) - outline::unit(from));
                // The worst that an account of the level and state may bring, and the best.
                let onboarding = if state < 3 { 0.0 } else { ready.rates.not_onboarded };
                let worst = ready.rates.direct_effect * missed + ready.rates.handover + onboarding;
                for shift in [0.0, worst] {
                    let case = Case {
                        own: highest,
                        ..case(state % 3, 1, shift)
                    };
                    let cuts = renewals.cuts(&case);
                    for number in [from, to - 1] {
                        let decision = cuts.decide(outline::unit(number));
                        assert_eq!(decision, Decision::Flat, "{level} {state} {from}..{to}");
                    }
                    // The start of what is flat lies where it says, not far above.
                    if shift == worst && !rich && is_tight {
                        let slack = outline::unit(from) - cuts.downsell;
                        assert!(slack < 0.02, "{slack} at {level} {state}");
                        assert!(cuts.flat - outline::unit(to) < 0.01);
                    }
                }
                // Whoever leaves surely does so at its least.
                let lost = month.lost[row];
                assert_eq!(lost == 0, lowest.is_infinite(), "{level} {state}");
                let least = Case {
                    own: lowest.max(-40.0),
                    ..case(state % 3, 1, onboarding)
                };
                let churn = renewals.churn(&least);
                assert!(lost == 0 || outline::unit(lost - 1) < churn, "{level} {state}: {churn}");
                assert!(
                    !is_tight || outline::unit(lost) > churn - 0.003,
                    "{level} {state}: {churn}"
                );
            }
            assert!(widest > 0.9, "{widest}");
        }
    }

    #[test]
    fn rows_are_compiled_anew_as_soon_as_they_do_not_hold() {
        let mut stated = scenario(true);
        stated.segments[0].terms[0].months = 1;
        let calm = Ready::new(stated.clone(), 0.1, -0.5);
        let mut handing_over = Ready::new(stated, 0.1, -0.5);
        handing_over.hand_over();
        let (mut book, _) = accounts(20, 1);
        (book.census, book.levels) = ([0; 16], [0; LEVELS]);
        (book.census[0], book.levels[1], book.memory.most) = (20, 20, 0.3);
        let changed = |ready: &Ready, change: fn(&mut Accounts)| {
            let mut next = book.clone();
            change(&mut next);
            let mut month = Rolling::default();
            month.prepare(&calm.renewals(4), &book);
            let rows = month.flat;
            month.prepare(&ready.renewals(5), &next);
            month.flat != rows
        };
        assert!(!changed(&calm, |_| ()));
        assert!(!changed(&calm, |next| next.memory.most += 0.9 * MORE_MISSED));
        assert!(changed(&calm, |next| next.memory.most += 1.1 * MORE_MISSED));
        assert!(changed(&calm, |next| next.census[2] = 1));
        assert!(changed(&calm, |next| next.levels[3] = 1));
        assert!(changed(&handing_over, |_| ()));
    }

    /// Each account beside its own number: what is not listed renews as it is.
    #[test]
    fn who_is_not_listed_renews_as_it_is() {
        let mut stated = scenario(true);
        stated.segments[0].terms[0].months = 1;
        let ready = Ready::new(stated, 0.1, -0.5);
        let renewals = ready.renewals(5);
        let (mut book, _) = accounts(2_000, 1);
        for i in 0..2_000 {
            book.set_state(i, (i % 3) as u8);
            let u = (i as f64 + 0.5) / 2_000.0;
            let (own, level) = ready.plan.segments[0]
                .frailty
                .after(0)
                .expect("accounts differ")
                .under(1, u);
            book.set_own(i, own, level);
        }
        book.draw(Part::Rolling, 5, &ready.stream);
        let (mut due, mut month) = (List::default(), Rolling::default());
        month.list(&renewals, &book, &mut due);
        let (mut churns, mut lost) = (0, 0);
        for account in &month.deciding {
            let case = renewals.case(&book, account.i as usize, 0);
            let churn = renewals.cuts(&case).decide(outline::unit(account.number)) == Decision::Churn;
            assert!(churn || !account.is_lost, "{}", account.i);
            churns += u32::from(churn);
            lost += u32::from(account.is_lost);
        }
        // The lowest level of a small book, half of its accounts, has no end below.
        assert!(lost > churns / 5 && lost < churns, "{lost} of {churns}");
        let mut listed = month.deciding.iter().map(|account| account.i as usize).peekable();
        let mut others = 0;
        for i in 0..2_000 {
            let number = book.number(Part::Rolling, i, renewals.draws.rolling);
            if listed.next_if_eq(&i).is_none() {
                let case = renewals.case(&book, i, 0);
                assert_eq!(
                    renewals.cuts(&case).decide(outline::unit(number)),
                    Decision::Flat,
                    "{i}"
                );
                others += 1;
            }
        }
        assert!(listed.next().is_none() && (1_600..1_990).contains(&others), "{others}");
    }

    #[test]
    fn rolling_contracts_that_joined_this_month_wait_for_the_next() {
        let mut stated = scenario(false);
        stated.segments[0].terms[0].months = 1;
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let (mut book, mut tally) = accounts(40, 1);
        for i in 0..40 {
            book.uplift_due[i] = if i < 20 { 5 } else { 9 };
        }
        book.draw(Part::Rolling, 5, &ready.stream);
        let mut returning = Vec::new();
        // The last ten joined this month.
        renewals.roll(
            &mut book,
            10,
            (&mut List::default(), &mut Rolling::default()),
            &mut tally,
            &mut returning,
        );
        assert_eq!((tally.due, tally.due_arr), (30, 30_000));
        let churned = 40 - book.len() as u32;
        assert_eq!(tally.renewed, 30 - churned);
        assert_eq!(
            tally.renewed_arr,
            30_000 - 1_000 * i64::from(churned) - tally.lines[Line::Downsell as usize]
        );
        // 3% on what those whose anniversary it is still pay.
        assert_eq!(tally.lines[Line::Uplift as usize], 30 * (20 - i64::from(churned)));
        assert_eq!(
            book.uplift_due.iter().filter(|&&month| month == 17).count() as u32,
            20 - churned
        );
    }

    /// Each account beside its own uniform and its own probability, where churn rises with the months gone by.
    #[test]
    fn rolling_contracts_age_by_the_month() {
        let mut stated = scenario(false);
        stated.segments[0].terms[0].months = 1;
        stated.segments[0].frailty.duration = 2.0;
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(7);
        let (mut book, mut tally) = accounts(3_000, 1);
        book.draw(Part::Rolling, 7, &ready.stream);
        let churn = renewals.churn(&renewals.case(&book, 0, 6));
        let expected = (0..3_000)
            .filter(|&i| outline::unit(book.number(Part::Rolling, i, renewals.draws.rolling)) < churn)
            .count();
        renewals.roll(
            &mut book,
            0,
            (&mut List::default(), &mut Rolling::default()),
            &mut tally,
            &mut Vec::new(),
        );
        assert_eq!(3_000 - book.len(), expected);
        assert!(expected > 50, "{expected}");
    }

    #[test]
    fn a_rolling_contract_that_shrinks_pays_no_more_until_the_next_month() {
        let mut stated = scenario(false);
        stated.segments[0].terms[0].months = 1;
        stated.segments[0].risk = crate::model::Risk::Stated([0.0; 3]);
        stated.segments[0].downsell.probability = Rate::point(Family::Probability, 1.0);
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let (mut book, mut tally) = accounts(20, 1);
        // What is given away has nothing to lose.
        (tally.arr, book.arr) = (19_000, 19_000);
        (book.contract[7].arr, book.contract[7].opening, book.contract[7].window) = (0, 0, 0);
        book.draw(Part::Rolling, 5, &ready.stream);
        // Two joined this month.
        renewals.roll(
            &mut book,
            2,
            (&mut List::default(), &mut Rolling::default()),
            &mut tally,
            &mut Vec::new(),
        );
        assert_eq!((book.len(), tally.due, tally.renewed), (20, 18, 18));
        assert_eq!(book.uplift_due[..18], [6; 18]);
        assert!(tally.lines[Line::Downsell as usize] > 0);
        assert_eq!(tally.lines[Line::Uplift as usize], 60, "3% of those that joined");
    }
}
