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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::Joining;
    use crate::kernel::plan::Plan;
    use crate::kernel::stream::{Purpose, Stream};
    use crate::model::{Family, Rate, Scenario, WinBack, sample};

    /// A segment in a month, ready to decide.
    struct Ready {
        plan: Plan,
        rates: SegmentRates,
        odds: Shocked,
        team: Team,
        shock: Copula,
        stream: Stream,
    }

    impl Ready {
        fn new(scenario: Scenario, rho: f64, z: f64) -> Ready {
            let plan = Plan::new(scenario);
            let stream = Stream::new(3, 0);
            let rates = SegmentRates::draw(&plan.scenario, 0, &plan.segments[0].calibration, &stream);
            let shock = Copula::adverse(rho, z);
            let mut odds = Shocked::default();
            odds.compile(&shock);
            let mut team = Team::default();
            team.start(&plan.scenario.pools[0], 0.0, 0.0);
            Ready {
                plan,
                rates,
                odds,
                team,
                shock,
                stream,
            }
        }

        fn renewals(&self, month: u32) -> Renewals<'_> {
            let ready = &self.plan.segments[0];
            Renewals {
                segment: &self.plan.scenario.segments[0],
                calibration: &ready.calibration,
                rates: &self.rates,
                shock: self.shock,
                odds: &self.odds,
                month,
                sizes: &ready.sizes,
                levels: &ready.frailty.levels,
                team: &self.team,
                window: ready.window,
                terms_are_plain: ready.terms_are_plain,
                draws: Draws {
                    details: self.stream.at(month, Purpose::Detail),
                    sizes: self.stream.at(month, Purpose::RenewalSize),
                    causes: self.stream.at(month, Purpose::Cause),
                    win_backs: self.stream.at(month, Purpose::WinBack),
                },
            }
        }
    }

    fn case(health: usize, length: u8, shift: f64) -> Case {
        Case {
            health,
            own: 0.2,
            shift,
            term: length,
            length,
            survived: 2.0,
        }
    }

    /// With differences between accounts, ageing and causes out of reach, or without.
    fn scenario(rich: bool) -> Scenario {
        let mut scenario = sample::scenario();
        if rich {
            scenario.segments[0].uncontrollable = 0.3;
            scenario.segments[0].frailty.dispersion = 0.2;
        }
        scenario
    }

    #[test]
    fn the_probability_of_churn_is_what_the_formula_says() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        let ready = Ready::new(scenario(false), 0.0, 0.0);
        let renewals = ready.renewals(5);
        let calibration = &ready.plan.segments[0].calibration;
        // 2 × (5% × 60% - 1%): what price adds to the log-odds.
        let level = 0.04 + 0.2;
        for health in 0..3 {
            let year = logistic(calibration.logit_p[health] + calibration.annual + level + 0.5);
            near(renewals.churn(&case(health, 12, 0.5)), year);
            near(renewals.churn(&case(health, 36, 0.5)), year);
            let short = logistic(calibration.logit_p[health] + calibration.short_term + level);
            near(
                renewals.churn(&case(health, 3, 0.0)),
                1.0 - libm::pow(1.0 - short, 0.25),
            );
            let monthly = renewals.given_renewal(&case(health, 1, 0.0));
            near(monthly.0, 1.0 - libm::pow(0.95, 1.0 / 12.0));
            near(monthly.1, 1.0 - libm::pow(0.9, 1.0 / 12.0));
            near(renewals.given_renewal(&case(health, 6, 0.0)).1, 1.0 - libm::sqrt(0.9));
            let whole = renewals.given_renewal(&case(health, 24, 0.0));
            near(whole.0, 0.05);
            near(whole.1, 0.1);
            let cuts = renewals.cuts(&case(health, 12, 0.5));
            near(cuts.churn, year);
            near(cuts.downsell, year + (1.0 - year) * 0.05);
            near(cuts.flat, 1.0 - (1.0 - year) * 0.1);
        }
        let mut stated = scenario(false);
        stated.segments[0].terms[0].churn = Some([0.1, 0.2, 0.3]);
        let ready = Ready::new(stated, 0.0, 0.0);
        near(ready.renewals(5).churn(&case(1, 12, 0.0)), logistic(logit(0.2) + level));
        // Three parts in ten of the hazard stay as they are.
        let mut rich = scenario(false);
        rich.segments[0].uncontrollable = 0.3;
        let ready = Ready::new(rich, 0.0, 0.0);
        let hazard = softplus(calibration.logit_p[2] + calibration.annual + level);
        let within = softplus(log(expm1(0.7 * hazard)) + 0.9);
        near(
            ready.renewals(5).churn(&case(2, 12, 0.9)),
            -expm1(-(0.3 * hazard + within)),
        );
        near(ready.renewals(5).churn(&case(2, 12, 0.0)), -expm1(-hazard));
        // An account two years on, where own churn falls with them.
        let mut ages = scenario(false);
        ages.segments[0].frailty.duration = 0.8;
        let ready = Ready::new(ages, 0.0, 0.0);
        let calibration = &ready.plan.segments[0].calibration;
        let year = logistic(calibration.logit_p[0] + calibration.annual + level);
        let aged = 1.0 - libm::pow(1.0 - year, libm::pow(3.0, 0.8) - libm::pow(2.0, 0.8));
        near(ready.renewals(5).churn(&case(0, 12, 0.0)), aged);
    }

    #[test]
    fn bounds_decide_as_the_exact_cuts_do() {
        let (mut decided, mut by_bounds) = ([0; 4], 0);
        for rich in [false, true] {
            for (rho, z) in [(0.0, 0.0), (0.1, -1.5), (0.3, 1.0)] {
                let ready = Ready::new(scenario(rich), rho, z);
                let renewals = ready.renewals(5);
                for length in [1, 3, 12, 36] {
                    for (health, shift) in [(0, 0.0), (1, 0.4), (2, -0.6), (0, 1.7)] {
                        let case = case(health, length, shift);
                        let cuts = renewals.cuts(&case);
                        for step in 0..2_000 {
                            let u = (f64::from(step) + 0.5) / 2_000.0;
                            let exact = cuts.decide(u);
                            let found = renewals.decide_case(&case, u, |log_odds| odds::bounds(log_odds, &ready.shock));
                            assert_eq!(found, exact, "{case:?} at {u} under {rho}, {z}");
                            let tabled = renewals.decide_case(&case, u, |log_odds| ready.odds.bounds(log_odds));
                            assert_eq!(tabled, exact, "{case:?} at {u} under {rho}, {z}");
                            decided[exact as usize] += 1;
                            by_bounds += i32::from(renewals.marks(&case, u).is_some());
                        }
                    }
                }
            }
        }
        assert!(decided.iter().all(|&n| n > 1_000), "{decided:?}");
        // Of the lengths all but one need no power function.
        assert_eq!(by_bounds, 2 * 3 * 3 * 4 * 2_000);
    }

    #[test]
    fn a_settled_start_renews_as_it_is_whatever_the_rest() {
        for rich in [false, true] {
            let mut stated = scenario(rich);
            stated.segments[0].terms[0].months = 1;
            let mut ready = Ready::new(stated, 0.1, -0.5);
            let everyone_leaves = ready.plan.scenario.pools[0].clone();
            let need = crate::kernel::team::Need {
                accounts: 0.0,
                planned: 0.0,
                hours_each: 0.0,
            };
            ready.team.start(&everyone_leaves, 1e9, 0.0);
            ready.team.advance(&everyone_leaves, 0, 1, need, 3, &ready.stream);
            assert!(ready.team.hands_over());
            let renewals = ready.renewals(5);
            let missed = 0.6;
            // Of each state somebody, so that each is asked for.
            let mut accounts = ready.plan.segments[0].rolling.accounts.clone();
            accounts.census = [1; 16];
            accounts.memory.most = missed;
            let mut settled = Vec::new();
            renewals.settle_rolling(&accounts, &mut settled);
            assert_eq!(settled.len(), ready.plan.segments[0].frailty.levels.len());
            let steps = (1_u64 << MonthWord::DECISION) as f64;
            for (level, spans) in settled.iter().enumerate() {
                for (state, span) in spans.iter().enumerate() {
                    assert!(state < 6 || *span == Span::default());
                    if span.from >= span.to {
                        continue;
                    }
                    // The worst that an account of the level and state may bring, and the best.
                    let onboarding = if state < 3 { 0.0 } else { ready.rates.not_onboarded };
                    let worst = ready.rates.direct_effect * missed + ready.rates.handover + onboarding;
                    for shift in [0.0, worst] {
                        let case = Case {
                            own: ready.plan.segments[0].frailty.levels[level],
                            ..case(state % 3, 1, shift)
                        };
                        let cuts = renewals.cuts(&case);
                        for decision in [span.from as f64, span.to as f64 - 1e-6] {
                            assert_eq!(
                                cuts.decide(decision / steps),
                                Decision::Flat,
                                "{level} {state} {span:?}"
                            );
                        }
                        // The start of what is settled lies where it says, not far above.
                        if shift == worst && !rich {
                            let slack = span.from as f64 / steps - cuts.downsell;
                            assert!(slack < 0.02, "{slack} at {level} {state}");
                            assert!(cuts.flat - span.to as f64 / steps < 0.01);
                        }
                    }
                }
            }
            let widest = settled[0][0];
            assert!((widest.to - widest.from) as f64 > 0.9 * steps, "{widest:?}");
        }
    }

    #[test]
    fn causes_out_of_reach_have_their_share_of_the_hazard() {
        let mut rich = scenario(false);
        rich.segments[0].uncontrollable = 0.3;
        let ready = Ready::new(rich, 0.0, 0.0);
        let renewals = ready.renewals(5);
        for shift in [0.0, 0.5, -0.5, 1.4, -1.4] {
            for health in [0, 2] {
                let case = case(health, 12, shift);
                let (beyond, within) = renewals.hazards(&case);
                let share = beyond / (beyond + within);
                for key in 0..2_000 {
                    let u = renewals.draws.causes.uniform(key);
                    assert_eq!(
                        renewals.is_out_of_reach(&case, key),
                        u < share,
                        "{shift} at {u}: {share}"
                    );
                }
            }
        }
        let ready = Ready::new(scenario(false), 0.0, 0.0);
        assert!((0..200).all(|key| !ready.renewals(5).is_out_of_reach(&case(0, 12, 0.4), key)));
    }

    fn accounts(n: u64, term: u32) -> (Accounts, Tally) {
        let mut accounts = Accounts::default();
        for key in 0..n {
            accounts.push(Joining {
                key,
                state: 2,
                arr: 1_000,
                cohort: 0b11,
                decision: 5,
                end: 5,
                term,
                anniversary: 5,
                last: 5,
                own: 0.0,
                level: 0,
                place: key as u32,
                survived: 0,
            });
        }
        let cohort = crate::kernel::tally::Cohort::frozen(1_000 * n as i64, n as u32);
        let tally = Tally {
            arr: 1_000 * n as i64,
            book: cohort,
            window: cohort,
            ..Tally::default()
        };
        (accounts, tally)
    }

    /// Whoever is lost comes back at once, later or never, in the stated shares.
    #[test]
    fn the_lost_come_back_as_often_as_stated() {
        let mut stated = scenario(false);
        stated.segments[0].win_back = WinBack {
            within: 0.2,
            later: 0.3,
            later_months: 4,
        };
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let n = 2_000;
        let (mut book, mut tally) = accounts(n, 12);
        book.draw_outlines(5, &ready.stream);
        let mut returning = Vec::new();
        let (mut at_once, mut later) = (0, 0);
        for i in (0..n as usize).rev() {
            let u = renewals.draws.win_backs.uniform(book.key[i]);
            let stays = !renewals.churns(&mut book, i, &mut tally, &mut returning);
            assert_eq!(stays, u < 0.2);
            at_once += u64::from(stays);
            later += u64::from((0.2..0.5).contains(&u));
        }
        assert_eq!((book.len() as u64, returning.len() as u64), (at_once, later));
        assert!(returning.iter().all(|r| (r.month, r.arr, r.term) == (9, 1_000, 12)));
        assert_eq!(tally.arr, 1_000 * at_once as i64);
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
        book.draw_outlines(5, &ready.stream);
        let (mut due, mut returning) = (Vec::new(), Vec::new());
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
        let se = libm::sqrt(expected * (1.0 - expected) / n as f64);
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
            (given_up - 0.3).abs() < 5.0 * libm::sqrt(0.21 / 11.0 / f64::from(downsell)),
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
    fn rolling_contracts_that_joined_this_month_wait_for_the_next() {
        let mut stated = scenario(false);
        stated.segments[0].terms[0].months = 1;
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let (mut book, mut tally) = accounts(40, 1);
        for i in 0..40 {
            book.uplift_due[i] = if i < 20 { 5 } else { 9 };
        }
        book.draw_outlines(5, &ready.stream);
        let mut returning = Vec::new();
        // The last ten joined this month; of the others the fourth and the tenth are not settled.
        let mut due = vec![3, 9, 35];
        renewals.roll(&mut book, 10, &mut due, &mut tally, &mut returning);
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
        renewals.escalate(&mut book, &mut Vec::new(), &mut tally);
        let arr: Vec<i64> = book.contract.iter().map(|c| c.arr).collect();
        assert_eq!(arr, [1_030, 1_000, 1_000, 1_000, 1_000, 1_000]);
        assert_eq!(tally.lines[Line::Uplift as usize], 30);
    }

    #[test]
    fn a_price_never_makes_an_account_owe() {
        assert_eq!(
            (raised(1_005, 0.1), raised(1_000, -0.5), raised(1_000, -1.5)),
            (1_106, 500, 0)
        );
        assert_eq!(raised(Money::MAX.minor(), 0.5), Money::MAX.minor());
    }

    #[test]
    fn a_depth_has_its_mean_and_the_ends_are_certain() {
        let address = Stream::new(1, 0).at(1, Purpose::RenewalSize);
        assert_eq!((depth(0.0, 10.0, address, 1), depth(1.0, 10.0, address, 1)), (0.0, 1.0));
        let n = 4_000;
        let mean = (0..n).map(|key| depth(0.2, 10.0, address, key)).sum::<f64>() / n as f64;
        // α + β = 10: the variance is 0.2 × 0.8 / 11.
        assert!((mean - 0.2).abs() < 5.0 * libm::sqrt(0.16 / 11.0 / n as f64), "{mean}");
        let square = (0..n)
            .map(|key| depth(0.2, 10.0, address, key) - mean)
            .map(|x| x * x)
            .sum::<f64>()
            / n as f64;
        assert!((square / (0.16 / 11.0) - 1.0).abs() < 0.2, "{square}");
    }

    #[test]
    fn a_downsell_of_everything_is_a_churn() {
        let mut stated = scenario(false);
        stated.segments[0].downsell.depth = Rate::point(Family::Probability, 1.0);
        stated.segments[0].downsell.probability = Rate::point(Family::Probability, 1.0);
        stated.segments[0].risk = crate::model::Risk::Stated([0.0; 3]);
        let ready = Ready::new(stated, 0.0, 0.0);
        let (mut book, mut tally) = accounts(5, 12);
        book.draw_outlines(5, &ready.stream);
        let (mut due, mut returning) = (Vec::new(), Vec::new());
        let renewals = ready.renewals(5);
        renewals.decide(&mut book, &mut due, &mut tally);
        renewals.book(&mut book, &mut due, &mut tally, &mut returning);
        assert_eq!(
            (book.len(), tally.lines[Line::Churn as usize], tally.renewed),
            (0, 5_000, 0)
        );
    }

    #[test]
    fn a_case_carries_onboarding_and_handover() {
        let mut ready = Ready::new(scenario(false), 0.0, 0.0);
        let pool = ready.plan.scenario.pools[0].clone();
        let need = crate::kernel::team::Need {
            accounts: 0.0,
            planned: 0.0,
            hours_each: 0.0,
        };
        ready.team.start(&pool, 1e9, 0.0);
        ready.team.advance(&pool, 0, 1, need, 3, &ready.stream);
        let (mut book, _) = accounts(2, 12);
        book.set_mode(1, Mode::Onboarding);
        book.memory.advance(&[0.0; 5]);
        let renewals = ready.renewals(2);
        // Handover 0.3, onboarding 0.4, and a twelfth of a year without coverage.
        let missed = ready.rates.direct_effect / 12.0;
        assert!(missed > 0.0);
        for (i, shift) in [(0, 0.3 + missed), (1, 0.7 + missed)] {
            let case = renewals.case(&book, i, 18);
            assert!((case.shift - shift).abs() < 1e-12, "{case:?}");
            assert_eq!((case.health, case.term, case.length, case.survived), (2, 12, 12, 1.5));
        }
    }

    #[test]
    fn churn_out_of_reach_is_told_apart() {
        let mut stated = scenario(false);
        stated.segments[0].uncontrollable = 0.3;
        let ready = Ready::new(stated, 0.0, 0.0);
        let renewals = ready.renewals(5);
        let (mut book, mut tally) = accounts(4_000, 12);
        book.draw_outlines(5, &ready.stream);
        let (mut due, mut returning) = (Vec::new(), Vec::new());
        renewals.decide(&mut book, &mut due, &mut tally);
        renewals.book(&mut book, &mut due, &mut tally, &mut returning);
        let churned = tally.lines[Line::Churn as usize] as f64 / 1_000.0;
        let share = tally.uncontrollable as f64 / 1_000.0 / churned;
        assert!(
            (share - 0.3).abs() < 5.0 * libm::sqrt(0.21 / churned),
            "{share} of {churned}"
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
        book.draw_outlines(7, &ready.stream);
        let mut due: Vec<u32> = (0..3_000).collect();
        let churn = renewals.churn(&renewals.case(&book, 0, 6));
        let expected = (0..3_000)
            .filter(|&i| book.month_word(i, renewals.draws.details).decide() < churn)
            .count();
        renewals.roll(&mut book, 0, &mut due, &mut tally, &mut Vec::new());
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
        book.draw_outlines(5, &ready.stream);
        // Two joined this month.
        let mut due: Vec<u32> = (0..20).collect();
        renewals.roll(&mut book, 2, &mut due, &mut tally, &mut Vec::new());
        assert_eq!((book.len(), tally.due, tally.renewed), (20, 18, 18));
        assert_eq!(book.uplift_due[..18], [6; 18]);
        assert!(tally.lines[Line::Downsell as usize] > 0);
        assert_eq!(tally.lines[Line::Uplift as usize], 60, "3% of those that joined");
    }

    #[test]
    fn who_returns_keeps_the_level_of_its_churn() {
        let mut stated = scenario(false);
        stated.segments[0].win_back = WinBack {
            within: 0.0,
            later: 1.0,
            later_months: 2,
        };
        let ready = Ready::new(stated, 0.0, 0.0);
        let (mut book, mut tally) = accounts(1, 1);
        book.set_own(0, 0.7, 3);
        book.draw_outlines(5, &ready.stream);
        let mut returning = Vec::new();
        assert!(ready.renewals(5).churns(&mut book, 0, &mut tally, &mut returning));
        assert_eq!((returning[0].own, returning[0].level, returning[0].month), (0.7, 3, 7));
    }
}
