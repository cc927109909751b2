mod rolling;
#[cfg(test)]
mod sample;
mod termed;

use libm::{exp, expm1, log};

use crate::kernel::accounts::{Accounts, Decision, Mode, opt_out};
use crate::kernel::depth::Depths;
use crate::kernel::expansion::{self, Sizes};
use crate::kernel::frailty::Frailty;
use crate::kernel::odds::{self, Shocked, Shocks};
use crate::kernel::outline::Part;
use crate::kernel::rates::SegmentRates;
use crate::kernel::shock::Copula;
use crate::kernel::stream::{Address, Purpose, Stream};
use crate::kernel::tally::{Line, Tally};
use crate::kernel::team::Team;
use crate::model::{Calibration, Segment, ageing, over};
use crate::units::{Money, logistic, logit, rounded, softplus};

pub(crate) use rolling::Rolling;

/// Everything a decision of one segment depends on in one month.
pub(crate) struct Renewals<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) calibration: &'a Calibration,
    pub(crate) rates: &'a SegmentRates,
    pub(crate) shock: Copula,
    /// The shared shock itself.
    pub(crate) z: f64,
    /// Bounds of churn under it.
    pub(crate) odds: &'a Shocked,
    /// Bounds of churn under others.
    pub(crate) shocks: &'a Shocks,
    pub(crate) month: u32,
    pub(crate) sizes: &'a Sizes,
    pub(crate) downsells: &'a Depths,
    /// How accounts differ in churn.
    pub(crate) frailty: &'a Frailty,
    /// The CSMs, some of whose accounts may be passing to others.
    pub(crate) team: &'a Team,
    /// Months of the renewal window.
    pub(crate) window: u32,
    /// No length of contract has a churn or opt-outs of its own.
    pub(crate) terms_are_plain: bool,
    /// Nobody under a contract with an end has churn of its own or decides more often than once a year.
    pub(crate) alike: bool,
    pub(crate) draws: Draws,
}

/// Where a decision's draws are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    /// What accounts decide before their contract ends.
    pub(crate) decisions: Address,
    /// What accounts under rolling contracts decide.
    pub(crate) rolling: Address,
    /// Depth of a downsell or size of an expansion.
    pub(crate) sizes: Address,
    /// Whether a churn was in a CSM's reach.
    pub(crate) causes: Address,
    /// Whether a lost account comes back.
    pub(crate) win_backs: Address,
}

impl Draws {
    /// Those of a month.
    pub(crate) fn new(month: u32, stream: &Stream) -> Draws {
        Draws {
            decisions: stream.at(month, Purpose::Decision),
            rolling: stream.at(month, Part::Rolling.rest()),
            sizes: stream.at(month, Purpose::RenewalSize),
            causes: stream.at(month, Purpose::Cause),
            win_backs: stream.at(month, Purpose::WinBack),
        }
    }
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
    /// What marks of a month are against the probability to stay for twelve.
    #[inline(always)]
    fn of_a_year(self) -> Marks {
        let year = |x: f64| {
            let cube = x * x * x;
            let six = cube * cube;
            six * six
        };
        Marks {
            churn: year(self.churn),
            downsell: year(self.downsell),
            flat: year(self.flat),
        }
    }

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

    /// Log-odds between which those of churn of all accounts of a state and of this length lie that have missed no more
    /// coverage than this, but for churn of their own; none where only the probability itself will do.
    fn log_odds_of_state(&self, missed: f64, state: usize, length: u8) -> Option<(f64, f64)> {
        let coverage = self.rates.direct_effect * missed;
        let handover = if self.team.hands_over() {
            self.rates.handover
        } else {
            0.0
        };
        let onboarding = if state / 3 == Mode::Onboarding as usize {
            self.rates.not_onboarded
        } else {
            0.0
        };
        let case = |shift: f64| Case {
            health: state % 3,
            own: 0.0,
            shift: shift + onboarding,
            term: length,
            length,
            survived: 0.0,
        };
        let (least, _) = self.log_odds_bounds(&case(coverage.min(0.0) + handover.min(0.0)))?;
        let (_, most) = self.log_odds_bounds(&case(coverage.max(0.0) + handover.max(0.0)))?;
        Some((least, most))
    }

    /// What the account decides at this draw.
    fn decide_case(&self, case: &Case, u: f64) -> Decision {
        if let (Some((least, most)), Some(marks)) = (self.log_odds_bounds(case), self.marks(case, u)) {
            let at_most = marks.decide(1.0 - self.odds.bounds(most).1);
            // Most stay as they are even then, and fewer churns would change nothing where nobody expands.
            if (at_most == Decision::Flat && marks.flat > 1.0)
                || at_most == marks.decide(1.0 - self.odds.bounds(least).0)
            {
                return at_most;
            }
        }
        self.cuts(case).decide(u)
    }

    /// The same decision seen from a year's probability to stay, at the two lengths where that costs no power function.
    #[inline(always)]
    fn marks(&self, case: &Case, u: f64) -> Option<Marks> {
        if case.length != 1 && case.length < 12 {
            return None;
        }
        let (downsell, expansion) = self.given_renewal(case);
        let v = 1.0 - u;
        let marks = Marks {
            churn: v,
            downsell: v / (1.0 - downsell),
            flat: v / expansion,
        };
        Some(if case.length == 1 { marks.of_a_year() } else { marks })
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

    /// Whether a churn came from causes no CSM reaches: with the share of its hazard that they have.
    #[inline(always)]
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
                let share = self.downsells.at(self.rates.depth, sizes, key);
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
}

/// What a price change multiplies ARR by; a range of prices may reach below a gift.
fn price(uplift: f64) -> f64 {
    (1.0 + uplift).max(0.0)
}

/// ARR after a price change, rounded half away from zero; no account grows past what can be counted exactly.
#[inline(always)]
fn raised(arr: i64, price: f64) -> i64 {
    rounded(arr as f64 * price).min(Money::MAX.minor())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::renewal::sample::{Ready, accounts, case, scenario};
    use crate::model::WinBack;

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
            near(renewals.given_renewal(&case(health, 6, 0.0)).1, 1.0 - 0.9_f64.sqrt());
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
                            let found = renewals.decide_case(&case, u);
                            assert_eq!(found, exact, "{case:?} at {u} under {rho}, {z}");
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
    fn a_price_never_makes_an_account_owe() {
        assert_eq!(
            (
                raised(1_005, price(0.1)),
                raised(1_000, price(-0.5)),
                raised(1_000, price(-1.5))
            ),
            (1_106, 500, 0)
        );
        assert_eq!(raised(Money::MAX.minor(), price(0.5)), Money::MAX.minor());
    }

    #[test]
    fn a_case_carries_onboarding_and_handover() {
        let mut ready = Ready::new(scenario(false), 0.0, 0.0);
        ready.hand_over();
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
        let mut returning = Vec::new();
        assert!(ready.renewals(5).churns(&mut book, 0, &mut tally, &mut returning));
        assert_eq!((returning[0].own, returning[0].level, returning[0].month), (0.7, 3, 7));
    }
}
