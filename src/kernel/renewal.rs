use libm::{exp, expm1, log};
use rand_distr::{Beta, Distribution};

use crate::kernel::accounts::{Accounts, Decision, Mode, STATES, decision_month, month_byte, opt_out};
use crate::kernel::column;
use crate::kernel::expansion::{self, Sizes};
use crate::kernel::odds::{self, Shocked};
use crate::kernel::rates::SegmentRates;
use crate::kernel::shock::Copula;
use crate::kernel::stream::{Address, MonthWord, Span};
use crate::kernel::tally::{Change, Line, Tally};
use crate::kernel::team::Team;
use crate::model::{Calibration, Segment, ageing, over};
use crate::units::{Money, logistic, logit, rounded, softplus};

/// Everything a decision of one segment depends on in one month.
pub(crate) struct Renewals<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) calibration: &'a Calibration,
    pub(crate) rates: &'a SegmentRates,
    pub(crate) shock: Copula,
    /// The month's bounds for rolling contracts.
    pub(crate) odds: &'a Shocked,
    pub(crate) month: u32,
    pub(crate) sizes: &'a Sizes,
    /// Upper ends of the levels of own churn.
    pub(crate) levels: &'a [f64],
    /// The CSMs, some of whose accounts may be passing to others.
    pub(crate) team: &'a Team,
    /// Months of the renewal window.
    pub(crate) window: u32,
    /// No length of contract has a churn or opt-outs of its own.
    pub(crate) terms_are_plain: bool,
    pub(crate) draws: Draws,
}

/// Where a decision's draws are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    /// The month's details.
    pub(crate) details: Address,
    /// Depth of a downsell or size of an expansion.
    pub(crate) sizes: Address,
    /// Whether a churn was in a CSM's reach.
    pub(crate) causes: Address,
    /// Whether a lost account comes back.
    pub(crate) win_backs: Address,
}

/// An account that comes back in a later month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returning {
    pub(crate) month: u32,
    pub(crate) key: u64,
    pub(crate) arr: i64,
    pub(crate) term: u32,
    pub(crate) place: u32,
    pub(crate) own: f64,
    pub(crate) level: u8,
}

/// What an account brings to its decision.
#[derive(Debug, Clone, Copy)]
struct Case {
    health: usize,
    /// Log-odds above the segment's, whatever the team does.
    own: f64,
    /// Log-odds added by missing coverage, onboarding and handover.
    shift: f64,
    term: u8,
    length: u8,
    /// Years of decisions survived.
    survived: f64,
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

/// Where a uniform stands against a year's probability to stay: above `churn` the account renews, above `downsell` with
/// its ARR, above `flat` with more.
#[derive(Debug, Clone, Copy)]
struct Marks {
    churn: f64,
    downsell: f64,
    flat: f64,
}

impl Marks {
    fn decide(&self, stays: f64) -> Decision {
        if self.churn > stays {
            Decision::Churn
        } else if self.downsell > stays {
            Decision::Downsell
        } else if self.flat > stays {
            Decision::Flat
        } else {
            Decision::Expansion
        }
    }
}

/// Share of a year that a decision after so many months stands for.
fn share_of_year(length: u8) -> f64 {
    f64::from(length.min(12)) / 12.0
}

impl Renewals<'_> {
    /// Months of notice of the segment's contracts.
    pub(crate) fn notice(segment: &Segment) -> u32 {
        if segment.auto_renew { segment.notice_months } else { 0 }
    }

    /// Churn by health that the segment states for contracts of this length alone.
    fn churn_of_term(&self, term: u8) -> Option<[f64; 3]> {
        if self.terms_are_plain {
            return None;
        }
        let stated = self.segment.terms.iter().find(|t| t.months == u32::from(term));
        stated.and_then(|t| t.churn)
    }

    /// Months from one possible end of a contract to the next.
    fn step(&self, term: u8) -> u32 {
        let term = u32::from(term);
        if self.terms_are_plain {
            term
        } else {
            opt_out(&self.segment.terms, term)
        }
    }

    /// Log-odds of churn within a year before any shift, and whether they are those of the term itself.
    fn log_odds(&self, case: &Case) -> (f64, bool) {
        let level = self.rates.shift + case.own;
        match self.churn_of_term(case.term) {
            Some(p) => (logit(p[case.health]) + level, true),
            None => {
                let b = if case.length < 12 {
                    self.calibration.short_term
                } else {
                    self.calibration.annual
                };
                (self.calibration.logit_p[case.health] + b + level, false)
            }
        }
    }

    /// Hazards of a year out of the CSM's reach and in it.
    fn hazards(&self, case: &Case) -> (f64, f64) {
        let (log_odds, _) = self.log_odds(case);
        let hazard = softplus(log_odds);
        let beyond = self.segment.uncontrollable * hazard;
        let within = hazard - beyond;
        // The shifts act on the log-odds of a probability, ln(eʰ - 1) for its hazard h.
        let moved = if case.shift == 0.0 || within == 0.0 {
            within
        } else {
            softplus(log(expm1(within)).clamp(-40.0, 40.0) + case.shift)
        };
        (beyond, moved)
    }

    /// Probability of churn at a decision.
    fn churn(&self, case: &Case) -> f64 {
        let share = share_of_year(case.length);
        let (log_odds, of_term) = self.log_odds(case);
        let p = if case.shift == 0.0 || self.segment.uncontrollable == 0.0 {
            logistic(log_odds + case.shift)
        } else {
            let (beyond, within) = self.hazards(case);
            -expm1(-(beyond + within))
        };
        let aged = over(p, ageing(self.segment.frailty.duration, case.survived, share));
        let p = self.shock.apply(aged);
        if of_term { p } else { over(p, share) }
    }

    /// Downsell and expansion at this decision, given renewal.
    fn given_renewal(&self, case: &Case) -> (f64, f64) {
        let (downsell, expansion) = (self.rates.downsell[case.health], self.rates.at_renewal);
        match case.length {
            1 => (self.rates.downsell_monthly[case.health], self.rates.at_renewal_monthly),
            12.. => (downsell, expansion),
            length => {
                let share = share_of_year(length);
                (over(downsell, share), over(expansion, share))
            }
        }
    }

    fn cuts(&self, case: &Case) -> Cuts {
        let churn = self.churn(case);
        let (downsell, expansion) = self.given_renewal(case);
        Cuts {
            churn,
            downsell: 1.0 - (1.0 - churn) * (1.0 - downsell),
            flat: 1.0 - (1.0 - churn) * expansion,
        }
    }

    /// Log-odds between which those of churn within a year lie; none where only the probability itself will do.
    #[inline(always)]
    fn log_odds_bounds(&self, case: &Case) -> Option<(f64, f64)> {
        let (log_odds, of_term) = self.log_odds(case);
        if of_term || self.segment.frailty.duration != 1.0 {
            return None;
        }
        let (least, most) = odds::shifts(self.segment.uncontrollable, case.shift);
        Some((log_odds + least, log_odds + most))
    }

    /// What the account decides at this draw; `odds` bounds the probability of log-odds.
    fn decide_case(&self, case: &Case, u: f64, odds: impl Fn(f64) -> (f64, f64)) -> Decision {
        if let (Some((least, most)), Some(marks)) = (self.log_odds_bounds(case), self.marks(case, u)) {
            let at_most = marks.decide(1.0 - odds(most).1);
            // Most stay as they are even then, and fewer churns would change nothing where nobody expands.
            if (at_most == Decision::Flat && marks.flat > 1.0) || at_most == marks.decide(1.0 - odds(least).0) {
                return at_most;
            }
        }
        self.cuts(case).decide(u)
    }

    /// The same decision seen from a year's probability to stay, at the two lengths where that costs no power function.
    #[inline(always)]
    fn marks(&self, case: &Case, u: f64) -> Option<Marks> {
        let year: fn(f64) -> f64 = match case.length {
            1 => |x| {
                let cube = x * x * x;
                let six = cube * cube;
                six * six
            },
            12.. => |x| x,
            _ => return None,
        };
        let (downsell, expansion) = self.given_renewal(case);
        let v = 1.0 - u;
        Some(Marks {
            churn: year(v),
            downsell: year(v / (1.0 - downsell)),
            flat: year(v / expansion),
        })
    }

    #[inline(always)]
    fn case(&self, accounts: &Accounts, i: usize, survived: i32) -> Case {
        let contract = &accounts.contract[i];
        let onboarding = if accounts.mode(i) == Mode::Onboarding {
            self.rates.not_onboarded
        } else {
            0.0
        };
        let handover = if self.team.hands_over_account(contract.place) {
            self.rates.handover
        } else {
            0.0
        };
        Case {
            health: accounts.health(i),
            own: contract.own,
            shift: self.rates.direct_effect * accounts.missed(i) + onboarding + handover,
            term: contract.term,
            length: self.step(contract.term) as u8,
            survived: f64::from(survived) / 12.0,
        }
    }

    /// Takes the decisions that fall in this month and ends their renewal windows.
    pub(crate) fn decide(&self, accounts: &mut Accounts, due: &mut Vec<u32>, tally: &mut Tally) {
        column::equal(due, &accounts.decision, self.month as u8);
        for &i in due.iter() {
            let i = i as usize;
            let case = self.case(accounts, i, i32::from(accounts.contract[i].survived));
            let u = accounts.month_word(i, self.draws.details).decide();
            let decision = self.decide_case(&case, u, |log_odds| odds::bounds(log_odds, &self.shock));
            accounts.contract[i].pending = decision;
            accounts.contract[i].out_of_reach =
                decision == Decision::Churn && self.is_out_of_reach(&case, accounts.key[i]);
            if accounts.mode(i) == Mode::Window {
                if case.health == 2 && decision != Decision::Churn {
                    tally.claimed += 1;
                    tally.claimed_arr += accounts.contract[i].arr;
                }
                accounts.set_mode(i, Mode::Health);
            }
        }
    }

    /// Whether a churn came from causes no CSM reaches: with the share of its hazard that they have.
    fn is_out_of_reach(&self, case: &Case, key: u64) -> bool {
        let share = self.segment.uncontrollable;
        if share == 0.0 {
            return false;
        }
        let u = self.draws.causes.uniform(key);
        if case.shift == 0.0 {
            return u < share;
        }
        // A shift moves the hazard in reach by its own exponential at most, which lies between these for shifts up to 1.
        let (least, most) = if case.shift.abs() < 1.0 {
            (1.0 + case.shift, 1.0 + case.shift + case.shift * case.shift)
        } else {
            (exp(case.shift), exp(case.shift))
        };
        let [low, high] = [most.max(1.0), least.min(1.0)].map(|factor| share / (share + (1.0 - share) * factor));
        if u < low || u >= high {
            return u < low;
        }
        let (beyond, within) = self.hazards(case);
        u * (beyond + within) < beyond
    }

    /// Books the contracts that end in this month, and opt-outs that are taken.
    pub(crate) fn book(
        &self,
        accounts: &mut Accounts,
        due: &mut Vec<u32>,
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) {
        column::equal(due, &accounts.end, self.month as u8);
        // From the back: the place of a churned account is taken by one already booked.
        for &i in due.iter().rev() {
            let i = i as usize;
            let decision = std::mem::replace(&mut accounts.contract[i].pending, Decision::Flat);
            let between = u32::from(accounts.contract[i].last) != self.month;
            let stays = if between {
                decision != Decision::Churn || !self.churns(accounts, i, tally, returning)
            } else {
                self.settle(accounts, i, decision, tally, returning)
            };
            if !stays {
                continue;
            }
            let term = u32::from(accounts.contract[i].term);
            let step = self.step(accounts.contract[i].term);
            accounts.contract[i].survived += step.min(12) as i16;
            if !between {
                if decision != Decision::Downsell && u32::from(accounts.uplift_due[i]) <= self.month {
                    self.raise(accounts, i, tally);
                }
                accounts.contract[i].last = month_byte(self.month + term);
            }
            let end = self.month + step;
            accounts.end[i] = month_byte(end).min(accounts.contract[i].last);
            let notice = Self::notice(self.segment);
            accounts.decision[i] = month_byte(decision_month(end, step, notice, self.month));
            if accounts.mode(i) == Mode::Health && accounts.in_window(i, self.month + 1, self.window) {
                accounts.set_mode(i, Mode::Window);
            }
        }
    }

    /// Finds the starts of rolling decisions that the bounds settle, by level and the states that accounts may be in.
    pub(crate) fn settle_rolling(&self, accounts: &Accounts, settled: &mut Vec<[Span; STATES]>) {
        settled.clear();
        settled.resize(self.levels.len(), [Span::default(); STATES]);
        let steps = (1_u64 << MonthWord::DECISION) as f64;
        let handover = if self.team.hands_over() {
            self.rates.handover
        } else {
            0.0
        };
        let coverage = self.rates.direct_effect * accounts.memory.most;
        let to = ((1.0 - self.rates.at_renewal_monthly) * steps) as u64;
        // A rolling contract has no renewal window.
        for state in 0..6 {
            let mode = state - state % 3;
            if accounts.census[mode..mode + 3] == [0; 3] {
                continue;
            }
            let onboarding = if state < 3 { 0.0 } else { self.rates.not_onboarded };
            let case = Case {
                health: state % 3,
                own: 0.0,
                shift: coverage.max(0.0) + handover.max(0.0) + onboarding.max(0.0),
                term: 1,
                length: 1,
                survived: 0.0,
            };
            let Some((_, most)) = self.log_odds_bounds(&case) else {
                continue;
            };
            let renewed = 1.0 - self.rates.downsell_monthly[case.health];
            for (level, &own) in settled.iter_mut().zip(self.levels) {
                let (_, high) = self.odds.bounds(most + own);
                if high < 1.0 {
                    let stays = odds::twelfth_root_of_rest(high.max(0.0)) * renewed;
                    let from = ((1.0 - stays) * steps) as u64 + 1;
                    if from < to {
                        level[state] = Span { from, to };
                    }
                }
            }
        }
    }

    /// Decides and books the rolling monthly contracts, all but those that joined this month; `due` lists those whose
    /// decision is not settled.
    pub(crate) fn roll(
        &self,
        accounts: &mut Accounts,
        joined: usize,
        due: &mut Vec<u32>,
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) {
        let before = accounts.len() - joined;
        due.truncate(due.partition_point(|&i| (i as usize) < before));
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
            // Of a rolling contract the months survived are those gone by.
            let case = self.case(
                accounts,
                i,
                i32::from(accounts.contract[i].survived) + self.month as i32 - 1,
            );
            let u = accounts.month_word(i, self.draws.details).decide();
            let decision = self.decide_case(&case, u, |log_odds| self.odds.bounds(log_odds));
            accounts.contract[i].out_of_reach =
                decision == Decision::Churn && self.is_out_of_reach(&case, accounts.key[i]);
            let stays = self.settle(accounts, i, decision, tally, returning);
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

    /// Books one renewal; false when the account has left.
    fn settle(
        &self,
        accounts: &mut Accounts,
        i: usize,
        decision: Decision,
        tally: &mut Tally,
        returning: &mut Vec<Returning>,
    ) -> bool {
        let before = accounts.contract[i].arr;
        tally.due += 1;
        tally.due_arr += before;
        let key = accounts.key[i];
        let sizes = self.draws.sizes;
        let kept = match decision {
            Decision::Downsell => {
                let share = depth(self.rates.depth, self.segment.downsell.concentration, sizes, key);
                rounded(before as f64 * (1.0 - share))
            }
            Decision::Flat | Decision::Expansion | Decision::Churn => before,
        };
        // Whoever keeps nothing has left, also by a downsell of everything.
        let leaves = decision == Decision::Churn || (kept == 0 && before > 0);
        if leaves && self.churns(accounts, i, tally, returning) {
            return false;
        }
        match decision {
            // Back within the days that undo a churn, an account is as it was.
            _ if leaves => {}
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

    /// Books a churn; false when the account is back so soon that it is none.
    fn churns(&self, accounts: &mut Accounts, i: usize, tally: &mut Tally, returning: &mut Vec<Returning>) -> bool {
        let back = self.segment.win_back;
        let contract = &accounts.contract[i];
        if back.within + back.later > 0.0 {
            let u = self.draws.win_backs.uniform(accounts.key[i]);
            if u < back.within {
                return false;
            }
            if u < back.within + back.later {
                returning.push(Returning {
                    month: self.month + back.later_months,
                    key: accounts.key[i],
                    arr: contract.arr,
                    term: u32::from(contract.term),
                    place: contract.place,
                    own: contract.own,
                    level: accounts.rows()[i] / 16,
                });
            }
        }
        if contract.out_of_reach {
            tally.uncontrollable += contract.arr;
        }
        tally.churn(accounts, i);
        accounts.remove(i);
        true
    }

    /// Applies the uplift and sets the month from which the next is due.
    fn raise(&self, accounts: &mut Accounts, i: usize, tally: &mut Tally) {
        let arr = raised(accounts.contract[i].arr, self.rates.uplift);
        tally.set_arr(accounts, i, arr, Line::Uplift);
        let mut next = u32::from(accounts.uplift_due[i]);
        while next <= self.month {
            next += 12;
        }
        accounts.uplift_due[i] = month_byte(next);
    }

    /// Raises accounts at an anniversary inside a longer term; one that will leave is not raised.
    pub(crate) fn escalate(&self, accounts: &mut Accounts, due: &mut Vec<u32>, tally: &mut Tally) {
        if self.rates.escalator == 0.0 {
            return;
        }
        column::equal(due, &accounts.anniversary, (self.month % 12) as u8);
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

/// Share of ARR given up: Beta with this mean and concentration α + β.
pub(crate) fn depth(mean: f64, concentration: f64, depths: Address, key: u64) -> f64 {
    if mean <= 0.0 || mean >= 1.0 {
        return mean;
    }
    // Both parameters are above 0, so the law exists.
    Beta::new(mean * concentration, (1.0 - mean) * concentration)
        .map_or(mean, |law| law.sample(&mut depths.generator(key)))
}

/// ARR after a price change, rounded half away from zero; a range of prices may reach below a gift, and no account
/// grows past what can be counted exactly.
fn raised(arr: i64, uplift: f64) -> i64 {
    rounded(arr as f64 * (1.0 + uplift).max(0.0)).min(Money::MAX.minor())
}
