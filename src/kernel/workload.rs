use crate::kernel::accounts::{Accounts, STATES};
use crate::kernel::team::Team;
use crate::model::{Allocation, Handover, TouchModel, WorkClass};

/// Work class of each state: `3 × mode + health`, modes health, onboarding, window.
pub(crate) const CLASS: [WorkClass; STATES] = [
    WorkClass::Green,
    WorkClass::Yellow,
    WorkClass::Red,
    WorkClass::Onboarding,
    WorkClass::Onboarding,
    WorkClass::Onboarding,
    WorkClass::RenewalWindow,
    WorkClass::RenewalWindow,
    WorkClass::RenewalWindow,
];

/// Accounts of each work class, in the order of [`WorkClass::ALL`].
pub(crate) type Census = [u32; 5];

/// Adds the accounts of a segment, by work class.
pub(crate) fn count(accounts: &Accounts, census: &mut Census) {
    for (&n, class) in accounts.census.iter().zip(CLASS) {
        census[class as usize] += n;
    }
}

/// Adds the hours that handovers ask for, spread evenly over their months, by the work class of each account.
pub(crate) fn hand_over(accounts: &Accounts, handover: &Handover, team: &Team, hours: &mut [f64; 5]) {
    let each = handover.hours / f64::from(handover.months.max(1));
    for place in team.handed_over(accounts.places()) {
        if let Some(i) = accounts.at_place(place) {
            hours[CLASS[usize::from(accounts.state(i))] as usize] += each;
        }
    }
}

/// Hours asked of a pool, by class.
pub(crate) fn hours(touch: &TouchModel, census: &Census) -> [f64; 5] {
    let mut asked = [0.0; 5];
    for ((asked, hours), &n) in asked.iter_mut().zip(touch.hours).zip(census) {
        *asked = hours * f64::from(n);
    }
    asked
}

/// Coverage by class, `min(1, hours given ÷ hours asked)`: 1 where nothing is asked.
pub(crate) fn allocate(allocation: Allocation, asked: [f64; 5], capacity: f64) -> [f64; 5] {
    match allocation {
        Allocation::Proportional => {
            let coverage = share(capacity, asked.iter().sum());
            asked.map(|hours| if hours > 0.0 { coverage } else { 1.0 })
        }
        Allocation::Priority(order) => {
            let mut coverage = [1.0; 5];
            let mut left = capacity;
            for class in order {
                let hours = asked[class as usize];
                coverage[class as usize] = share(left, hours);
                left = (left - hours).max(0.0);
            }
            coverage
        }
    }
}

fn share(capacity: f64, asked: f64) -> f64 {
    if asked > 0.0 { (capacity / asked).min(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::Joining;
    use crate::kernel::stream::Stream;
    use crate::kernel::team::Need;
    use crate::model::sample;

    const ORDER: [WorkClass; 5] = [
        WorkClass::RenewalWindow,
        WorkClass::Red,
        WorkClass::Onboarding,
        WorkClass::Yellow,
        WorkClass::Green,
    ];

    #[test]
    fn priority_serves_in_order_until_hours_run_out() {
        let coverage = allocate(Allocation::Priority(ORDER), [10.0, 20.0, 30.0, 40.0, 0.0], 55.0);
        assert_eq!(coverage, [0.5, 1.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn proportional_serves_all_alike() {
        let coverage = allocate(Allocation::Proportional, [10.0, 20.0, 30.0, 40.0, 0.0], 50.0);
        assert_eq!(coverage, [0.5, 0.5, 0.5, 0.5, 1.0]);
        assert_eq!(allocate(Allocation::Proportional, [1.0; 5], 0.0), [0.0; 5]);
        assert_eq!(allocate(Allocation::Proportional, [0.0; 5], 0.0), [1.0; 5]);
    }

    #[test]
    fn a_handover_spreads_its_hours_over_its_months() {
        let mut pool = sample::scenario().pools.remove(0);
        (pool.csms, pool.backfill) = (2, true);
        let mut team = Team::default();
        // Everybody leaves at once.
        team.start(&pool, 1e9, 0.0);
        let need = Need {
            accounts: 0.0,
            planned: 0.0,
            hours_each: 0.0,
        };
        assert!(!team.hands_over());
        let left = team.advance(&pool, 0, 1, || need, 3, &Stream::new(1, 0));
        assert_eq!((left.leavers, left.headcount), (2, 0));
        assert!(team.hands_over_account(0) && team.hands_over_account(1) && team.hands_over());
        let mut accounts = Accounts::default();
        for (place, state) in [(0, 0), (1, 2), (2, 4), (3, 7)] {
            accounts.push(Joining {
                key: 0,
                state,
                arr: 100,
                cohort: 0,
                decision: 12,
                end: 12,
                term: 12,
                anniversary: 12,
                last: 12,
                own: 0.0,
                level: 0,
                place,
                survived: 0,
            });
        }
        let handover = sample::scenario().touch_models.remove(0).handover;
        let mut hours = [0.0; 5];
        hand_over(&accounts, &handover, &team, &mut hours);
        // Six hours over three months: onboarding, window, red, yellow, green.
        assert_eq!(hours, [2.0, 2.0, 2.0, 0.0, 2.0]);
    }
}
