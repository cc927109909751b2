use libm::expm1;

use crate::kernel::stream::{Purpose, Stream, mix};
use crate::model::{Hiring, Pool};

/// The seats of one pool in one trial.
#[derive(Debug, Clone, Default)]
pub(crate) struct Team {
    seats: Vec<Seat>,
    /// Probability that a CSM leaves within a month.
    leave: f64,
    /// Workload of the last three months, the latest first.
    recent: [f64; 3],
    /// Seats whose accounts are being handed over.
    handovers: Vec<Handover>,
}

/// Accounts of one seat pass to another CSM.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Handover {
    seat: u32,
    /// Seats among which the accounts were dealt.
    seats: u32,
    /// Last month of it.
    until: u32,
}

impl Handover {
    /// Whether the account dealt at this place is of the seat.
    #[inline(always)]
    fn concerns(&self, place: u32) -> bool {
        place % self.seats == self.seat
    }
}

/// Month from which a seat is taken, before month 0 for those there from the start; `None` once it is given up.
type Seat = Option<i32>;

/// What one pool did in a month.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct TeamMonth {
    /// CSMs in seat.
    pub(crate) headcount: u32,
    /// Hours they can give.
    pub(crate) capacity: f64,
    /// CSMs who started.
    pub(crate) hires: u32,
    /// CSMs who left.
    pub(crate) leavers: u32,
}

/// What a hiring policy looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// Accounts the pool serves.
    pub(crate) accounts: f64,
    /// Accounts planned to join until a hire made now is ramped.
    pub(crate) planned: f64,
    /// Hours a month one of them will ask for.
    pub(crate) hours_each: f64,
}

impl Team {
    /// The team at month 0, all ramped, with a hazard of leaving a year and CSM.
    pub(crate) fn start(&mut self, pool: &Pool, attrition: f64, workload: f64) {
        self.seats.clear();
        self.seats.resize(pool.csms as usize, Some(-(pool.ramp_months as i32)));
        self.leave = -expm1(-attrition / 12.0);
        self.recent = [workload; 3];
        self.handovers.clear();
    }

    /// Whether any account is being handed over.
    pub(crate) fn hands_over(&self) -> bool {
        !self.handovers.is_empty()
    }

    /// Whether the account dealt at this place is being handed over; accounts are dealt to seats in turn.
    #[inline(always)]
    pub(crate) fn hands_over_account(&self, place: u32) -> bool {
        self.handovers.iter().any(|h| h.concerns(place))
    }

    /// The places, of so many, whose accounts are being handed over, each once.
    pub(crate) fn handed_over(&self, places: u32) -> impl Iterator<Item = u32> {
        self.handovers.iter().enumerate().flat_map(move |(n, h)| {
            let before = &self.handovers[..n];
            (h.seat..places)
                .step_by(h.seats as usize)
                .filter(move |&place| !before.iter().any(|h| h.concerns(place)))
        })
    }

    /// CSMs leave, hires land, ramps advance; then the policy looks ahead, where it does, at what is needed.
    pub(crate) fn advance(
        &mut self,
        pool: &Pool,
        number: usize,
        month: u32,
        need: impl FnOnce() -> Need,
        handover_months: u32,
        stream: &Stream,
    ) -> TeamMonth {
        let now = month as i32;
        self.handovers.retain(|handover| handover.until >= month);
        let seats = self.seats.len() as u32;
        let address = stream.at(month, Purpose::Attrition);
        let mut report = TeamMonth::default();
        // Nothing is drawn where nobody leaves.
        let may_leave = self.leave > 0.0;
        for (i, seat) in self.seats.iter_mut().enumerate() {
            let taken = may_leave && seat.is_some_and(|since| since < now);
            if taken && address.uniform(mix((number as u64) << 32 | i as u64)) < self.leave {
                report.leavers += 1;
                if handover_months > 0 {
                    self.handovers.push(Handover {
                        seat: i as u32,
                        seats,
                        until: month + handover_months - 1,
                    });
                }
                *seat = pool.backfill.then_some(now + pool.time_to_hire as i32);
            }
        }
        self.hire(pool, month, need);
        let hours = pool.productive_hours();
        for since in self.seats.iter().flatten().filter(|&&since| since <= now) {
            report.headcount += 1;
            report.hires += u32::from(*since == now);
            report.capacity += if now - since < pool.ramp_months as i32 {
                hours * pool.ramp_productivity
            } else {
                hours
            };
        }
        report
    }

    /// Workload of the month, for the policy to look back on.
    pub(crate) fn record(&mut self, workload: f64) {
        self.recent = [workload, self.recent[0], self.recent[1]];
    }

    fn hire(&mut self, pool: &Pool, month: u32, need: impl FnOnce() -> Need) {
        let lands = Some((month + pool.time_to_hire) as i32);
        let wanted = match &pool.hiring {
            Hiring::Plan(plan) => {
                let starting = plan.iter().filter(|hire| hire.month == month).map(|hire| hire.csms);
                self.seats
                    .extend(std::iter::repeat_n(Some(month as i32), starting.sum::<u32>() as usize));
                return;
            }
            Hiring::AccountsPerCsm(most) => {
                let need = need();
                (need.accounts + need.planned) / most
            }
            Hiring::Utilisation(most) => {
                let need = need();
                let workload = self.recent.iter().sum::<f64>() / 3.0 + need.planned * need.hours_each;
                workload / (pool.productive_hours() * most)
            }
        };
        // A hair below the next whole person: rounding of sums must not hire anyone.
        let wanted = (wanted - 1e-9).ceil().min(MOST_SEATS) as usize;
        let filled = self.seats.iter().flatten().count();
        self.seats
            .extend(std::iter::repeat_n(lands, wanted.saturating_sub(filled)));
    }
}

/// No policy fills more seats in one pool.
const MOST_SEATS: f64 = 10_000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Family, HoursYear, PlannedHire, Rate};
    use crate::units::Money;

    fn pool(hiring: Hiring) -> Pool {
        Pool {
            place: 0,
            csms: 2,
            hours: HoursYear {
                paid: 1200.0,
                leave: 0.0,
                sick: 0.0,
                internal: 0.0,
                realised: 1.0,
            },
            target_utilisation: 1.0,
            ramp_months: 6,
            ramp_productivity: 0.45,
            attrition: Rate::point(Family::Positive, 0.0),
            time_to_hire: 2,
            backfill: true,
            hiring,
            salary: Money::from_minor(10_000_000),
            loading: 0.3,
            cost_per_hire: Money::ZERO,
        }
    }

    const NO_NEED: Need = Need {
        accounts: 0.0,
        planned: 0.0,
        hours_each: 0.0,
    };

    fn months(pool: &Pool, attrition: f64, need: Need, n: u32) -> Vec<TeamMonth> {
        let mut team = Team::default();
        team.start(pool, attrition, 0.0);
        let stream = Stream::new(1, 0);
        (1..=n).map(|m| team.advance(pool, 0, m, || need, 3, &stream)).collect()
    }

    /// A hire on day one with a ramp of 6 months at .45 delivers .725 of a year.
    #[test]
    fn a_planned_hire_ramps_at_constant_productivity() {
        let pool = pool(Hiring::Plan(vec![PlannedHire { month: 1, csms: 1 }]));
        let delivered: f64 = months(&pool, 0.0, NO_NEED, 12).iter().map(|m| m.capacity - 200.0).sum();
        assert!((delivered / 1200.0 - 0.725).abs() < 1e-12);
    }

    #[test]
    fn everybody_leaves_and_is_replaced_after_the_time_to_hire() {
        let pool = pool(Hiring::Plan(Vec::new()));
        let team = months(&pool, 1e9, NO_NEED, 4);
        let headcount: Vec<_> = team.iter().map(|m| (m.leavers, m.headcount, m.hires)).collect();
        assert_eq!(headcount, [(2, 0, 0), (0, 0, 0), (0, 2, 2), (2, 0, 0)]);
    }

    #[test]
    fn a_seat_without_backfill_is_given_up() {
        let mut pool = pool(Hiring::Plan(Vec::new()));
        pool.backfill = false;
        assert_eq!(
            months(&pool, 1e9, NO_NEED, 6).iter().map(|m| m.headcount).sum::<u32>(),
            0
        );
    }

    #[test]
    fn accounts_per_csm_hires_whole_people_who_land_later() {
        let need = Need {
            accounts: 250.0,
            planned: 60.0,
            hours_each: 0.0,
        };
        let team = months(&pool(Hiring::AccountsPerCsm(100.0)), 0.0, need, 4);
        let headcount: Vec<_> = team.iter().map(|m| m.headcount).collect();
        assert_eq!(headcount, [2, 2, 4, 4]);
    }

    #[test]
    fn utilisation_counts_those_already_hired_as_ramped() {
        let pool = pool(Hiring::Utilisation(0.8));
        let mut team = Team::default();
        team.start(&pool, 0.0, 240.0);
        let stream = Stream::new(1, 0);
        let headcount: Vec<_> = (1..=6)
            .map(|m| {
                let month = team.advance(&pool, 0, m, || NO_NEED, 3, &stream);
                team.record(240.0);
                month.headcount
            })
            .collect();
        assert_eq!(headcount, [2, 2, 3, 3, 3, 3]);
    }

    #[test]
    fn a_handover_concerns_the_accounts_of_its_seat_for_so_many_months() {
        let pool = pool(Hiring::Plan(Vec::new()));
        let mut team = Team::default();
        team.start(&pool, 0.0, 0.0);
        team.handovers.push(Handover {
            seat: 1,
            seats: 3,
            until: 2,
        });
        let concerned: Vec<u32> = (0..9).filter(|&place| team.hands_over_account(place)).collect();
        assert_eq!(concerned, [1, 4, 7]);
        // Both handovers concern the account at place 1, which is listed once.
        team.handovers.push(Handover {
            seat: 1,
            seats: 2,
            until: 2,
        });
        let mut listed: Vec<u32> = team.handed_over(9).collect();
        listed.sort_unstable();
        let concerned: Vec<u32> = (0..9).filter(|&place| team.hands_over_account(place)).collect();
        assert_eq!((listed, concerned), (vec![1, 3, 4, 5, 7], vec![1, 3, 4, 5, 7]));
        let stream = Stream::new(1, 0);
        team.start(&pool, 1e9, 0.0);
        let lasts: Vec<bool> = (1..=6)
            .map(|month| {
                team.leave = f64::from(u8::from(month == 2));
                team.advance(&pool, 0, month, || NO_NEED, 3, &stream);
                team.hands_over()
            })
            .collect();
        assert_eq!(lasts, [false, true, true, true, false, false]);
    }

    #[test]
    fn utilisation_looks_ahead_by_the_hours_of_planned_accounts() {
        let pool = pool(Hiring::Utilisation(0.5));
        let mut team = Team::default();
        team.start(&pool, 0.0, 100.0);
        let need = Need {
            planned: 10.0,
            hours_each: 20.0,
            ..NO_NEED
        };
        // 300 hours by 100 a CSM, half of them to be filled: six, of whom two are there.
        team.advance(&pool, 0, 1, || need, 0, &Stream::new(1, 0));
        assert_eq!(team.seats.len(), 6);
    }
}
