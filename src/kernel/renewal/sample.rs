//! A segment that decides, for tests.

use crate::kernel::accounts::{Accounts, Joining};
use crate::kernel::odds::{Shocked, Shocks};
use crate::kernel::plan::Plan;
use crate::kernel::rates::SegmentRates;
use crate::kernel::renewal::{Case, Draws, Renewals};
use crate::kernel::shock::Copula;
use crate::kernel::stream::Stream;
use crate::kernel::tally::Tally;
use crate::kernel::team::{Need, Team};
use crate::model::{Scenario, sample};

/// A segment in a month, ready to decide.
pub(super) struct Ready {
    pub(super) plan: Plan,
    pub(super) rates: SegmentRates,
    pub(super) odds: Shocked,
    pub(super) shocks: Shocks,
    pub(super) z: f64,
    pub(super) team: Team,
    pub(super) shock: Copula,
    pub(super) stream: Stream,
}

impl Ready {
    pub(super) fn new(scenario: Scenario, rho: f64, z: f64) -> Ready {
        let plan = Plan::new(scenario);
        let stream = Stream::new(3, 0);
        let rates = SegmentRates::draw(&plan.scenario, 0, &plan.segments[0].calibration, &stream);
        let shock = Copula::adverse(rho, z);
        let (mut odds, shocks) = (Shocked::default(), Shocks::new(rho));
        shocks.compile(z, &mut odds);
        let mut team = Team::default();
        team.start(&plan.scenario.pools[0], 0.0, 0.0);
        Ready {
            plan,
            rates,
            odds,
            shocks,
            z,
            team,
            shock,
            stream,
        }
    }

    /// Everybody leaves, so every account is handed over.
    pub(super) fn hand_over(&mut self) {
        let pool = &self.plan.scenario.pools[0];
        let need = Need {
            accounts: 0.0,
            planned: 0.0,
            hours_each: 0.0,
        };
        self.team.start(pool, 1e9, 0.0);
        self.team.advance(pool, 0, 1, || need, 3, &self.stream);
    }

    pub(super) fn renewals(&self, month: u32) -> Renewals<'_> {
        let ready = &self.plan.segments[0];
        Renewals {
            segment: &self.plan.scenario.segments[0],
            calibration: &ready.calibration,
            rates: &self.rates,
            shock: self.shock,
            z: self.z,
            odds: &self.odds,
            shocks: &self.shocks,
            month,
            sizes: &ready.sizes,
            downsells: &ready.downsells,
            frailty: &ready.frailty,
            team: &self.team,
            window: ready.window,
            terms_are_plain: ready.terms_are_plain,
            alike: ready.alike,
            draws: Draws::new(month, &self.stream),
        }
    }
}

pub(super) fn case(health: usize, length: u8, shift: f64) -> Case {
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
pub(super) fn scenario(rich: bool) -> Scenario {
    let mut scenario = sample::scenario();
    if rich {
        scenario.segments[0].uncontrollable = 0.3;
        scenario.segments[0].frailty.dispersion = 0.2;
    }
    scenario
}

pub(super) fn accounts(n: u64, term: u32) -> (Accounts, Tally) {
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
