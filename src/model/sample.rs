//! A small sound scenario for the unit tests of the rooms that use this one.

use crate::model::*;
use crate::units::{Currency, Money};

/// One segment of ten accounts of equal ARR under contracts of twelve months, one touch model and one pool. Every rate
/// is a point above 0.
pub(crate) fn scenario() -> Scenario {
    let money = Money::from_minor;
    let share = |value| Rate::point(Family::Probability, value);
    let positive = |value| Rate::point(Family::Positive, value);
    let real = |value| Rate::point(Family::Real, value);
    let segment = Segment {
        name: "segment".to_owned(),
        touch_model: 0,
        accounts: 10,
        arr: ArrLaw {
            median: money(100_000),
            sigma: 0.0,
            min: money(100_000),
            max: money(100_000),
        },
        terms: vec![Term {
            months: 12,
            share: 1.0,
            churn: None,
            opt_out: None,
        }],
        notice_months: 0,
        auto_renew: true,
        churn: share(0.1),
        risk: Risk::Relative([1.0, 2.0, 4.0]),
        frailty: Frailty {
            dispersion: 0.0,
            churn_of: ChurnOf::Book,
            duration: 1.0,
            opening_tenure: vec![1.0],
        },
        uncontrollable: 0.0,
        health: HealthRule {
            mix: [0.6, 0.3, 0.1],
            covered: Covered::Speed(share(0.3)),
            uncovered: Uncovered::FromEffect,
        },
        downsell: Downsell {
            probability: share(0.05),
            depth: share(0.3),
            concentration: 10.0,
            relative: [1.0, 1.0, 1.0],
        },
        contraction: Contraction {
            hazard: share(0.01),
            depth: share(0.2),
        },
        win_back: WinBack {
            within: 0.0,
            later: 0.0,
            later_months: 1,
        },
        expansion: Expansion {
            rate: positive(0.4),
            at_renewal: share(0.1),
            mean_size: positive(0.15),
            log_sd: 0.5,
            csm_led: share(0.5),
            relative: [1.0, 0.5, 0.15],
        },
        uplift: Uplift {
            list: positive(0.05),
            realised: share(0.6),
            stated: 0.01,
            elasticity: real(2.0),
            escalator: positive(0.03),
        },
        onboarding: Onboarding {
            months: 3.0,
            unaided: 0.5,
            not_onboarded: real(0.4),
        },
        new_accounts: NewAccounts {
            per_year: positive(6.0),
            arrivals: Arrivals::Poisson,
        },
        max_growth: 5.0,
        loading: Loading {
            churn: 0.0,
            expansion: 0.0,
        },
        cac: 1.0,
    };
    let touch = TouchModel {
        name: "touch".to_owned(),
        hours: [8.0, 4.0, 3.0, 2.0, 1.0],
        renewal_window: 3,
        owns_expansion: true,
        handover: Handover {
            penalty: real(0.3),
            months: 3,
            hours: 6.0,
        },
        effect: real(0.5),
        through_health: 0.5,
        k: 2.0,
        allocation: Allocation::Proportional,
        accounts_per_csm: (20.0, 40.0),
    };
    let pool = Pool {
        place: 0,
        csms: 1,
        hours: HoursYear {
            paid: 2_000.0,
            leave: 200.0,
            sick: 50.0,
            internal: 250.0,
            realised: 0.8,
        },
        target_utilisation: 0.8,
        ramp_months: 3,
        ramp_productivity: 0.5,
        attrition: positive(0.2),
        time_to_hire: 2,
        backfill: true,
        hiring: Hiring::Plan(Vec::new()),
        salary: money(8_000_000),
        loading: 0.25,
        cost_per_hire: money(1_000_000),
    };
    Scenario {
        name: "a sample".to_owned(),
        currency: Currency::ALL[0],
        seed: 1,
        trials: 10,
        precision: None,
        horizon: 12,
        start_month: 1,
        coverage: CoverageRule::FromTeam,
        segments: vec![segment],
        touch_models: vec![touch],
        pools: vec![pool],
        accounts: None,
        renewal_calendar: [1.0; 12],
        half_life: 12.0,
        rate_doubt: 0.0,
        economics: Economics {
            gross_margin: 0.8,
            discount: 0.1,
            cltv_years: 1,
            csms_per_manager: 8.0,
        },
        targets: Targets::default(),
    }
}
