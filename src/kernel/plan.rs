use libm::pow;

use crate::kernel::accounts::{self, Start};
use crate::kernel::expansion::Sizes;
use crate::kernel::frailty::Frailty;
use crate::kernel::outcome::Layout;
use crate::kernel::renewal::Renewals;
use crate::kernel::tally::{Cohort, Tally};
use crate::model::{Calibration, Scenario};
use crate::units::Quantiles;

/// A scenario made ready to be played: everything that does not depend on luck, computed once.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) scenario: Scenario,
    pub(crate) layout: Layout,
    pub(crate) segments: Vec<SegmentPlan>,
    /// Hours a month the onboarded opening accounts of each pool ask for.
    pub(crate) opening_hours: Vec<f64>,
    /// What a CSM of each pool costs a month, in minor units.
    pub(crate) monthly_cost: Vec<f64>,
    /// Discount factor of the payment at the close of month t, 0 and up.
    pub(crate) discount: Vec<f64>,
}

/// One segment made ready.
#[derive(Debug, Clone)]
pub(crate) struct SegmentPlan {
    pub(crate) calibration: Calibration,
    /// Opening accounts under contracts with an end.
    pub(crate) termed: Start,
    /// Opening accounts under rolling monthly contracts.
    pub(crate) rolling: Start,
    /// Totals at month 0.
    pub(crate) tally: Tally,
    pub(crate) notice: u32,
    pub(crate) window: u32,
    /// No length of contract has a churn or opt-outs of its own.
    pub(crate) terms_are_plain: bool,
    /// How accounts differ in churn.
    pub(crate) frailty: Frailty,
    /// Hours a month an onboarded account asks for.
    pub(crate) static_hours: f64,
    /// ARR of new accounts.
    pub(crate) new_arr: Quantiles,
    /// Sizes of expansions.
    pub(crate) sizes: Sizes,
    /// Contract lengths of new accounts with their running share.
    pub(crate) new_terms: Vec<(u32, f64)>,
}

impl Plan {
    /// Makes a scenario ready.
    pub fn new(scenario: Scenario) -> Plan {
        let book = scenario.book();
        let mut opening_hours = vec![0.0; scenario.pools.len()];
        let segments = scenario
            .segments
            .iter()
            .zip(&book)
            .enumerate()
            .map(|(s, (segment, openings))| {
                let touch = &scenario.touch_models[segment.touch_model];
                let calibration = Calibration::new(segment, openings);
                let notice = Renewals::notice(segment);
                let window = touch.renewal_window;
                let (termed, rolling) = accounts::opening(openings, s, &segment.terms, (notice, window), &calibration);
                let frailty = Frailty::new(segment, &calibration, openings);
                let arr = openings.iter().map(|o| o.arr.minor()).sum();
                let cohort = Cohort::frozen(arr, openings.len() as u32);
                let static_hours = segment.static_hours(touch);
                opening_hours[segment.touch_model] += static_hours * openings.len() as f64;
                // The stated mix is that of accounts under contract; shorter contracts must be signed more often.
                let mut running = 0.0;
                let new_terms = segment
                    .terms
                    .iter()
                    .map(|term| {
                        running += term.share / f64::from(term.months);
                        (term.months, running)
                    })
                    .collect();
                SegmentPlan {
                    calibration,
                    termed,
                    rolling,
                    tally: Tally {
                        arr,
                        book: cohort,
                        window: cohort,
                        ..Tally::default()
                    },
                    notice,
                    window,
                    terms_are_plain: segment.terms.iter().all(|t| t.churn.is_none() && t.opt_out.is_none()),
                    frailty,
                    static_hours,
                    new_arr: Quantiles::of(|u| segment.arr.quantile(u)),
                    sizes: Sizes::new(segment.expansion.log_sd),
                    new_terms,
                }
            })
            .collect();
        let layout = Layout::of(&scenario);
        let yearly = 1.0 + scenario.economics.discount;
        let discount = (0..12 * scenario.economics.cltv_years)
            .map(|t| pow(yearly, -f64::from(t) / 12.0))
            .collect();
        let monthly_cost = scenario
            .pools
            .iter()
            .map(|pool| pool.loaded_cost().minor() as f64 / 12.0);
        Plan {
            monthly_cost: monthly_cost.collect(),
            scenario,
            layout,
            segments,
            opening_hours,
            discount,
        }
    }

    /// The scenario it was made from.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Where each number of an outcome stands.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Opening accounts of each segment.
    pub fn opening_accounts(&self) -> Vec<u32> {
        self.segments.iter().map(|s| s.tally.book.accounts).collect()
    }

    /// Opening ARR of each segment in minor units.
    pub fn opening_arr(&self) -> Vec<i64> {
        self.segments.iter().map(|s| s.tally.arr).collect()
    }

    /// ARR of every opening account in minor units, in no order.
    pub fn opening_amounts(&self) -> Vec<i64> {
        let blocks = self.segments.iter().flat_map(|s| [&s.termed, &s.rolling]);
        blocks
            .flat_map(|start| start.accounts.contract.iter().map(|c| c.arr))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_plan_knows_its_opening_book() {
        let plan = Plan::new(sample::scenario());
        assert_eq!(
            (plan.opening_accounts(), plan.opening_arr()),
            (vec![10], vec![1_000_000])
        );
        assert_eq!(plan.opening_amounts(), [100_000; 10]);
        assert_eq!(plan.layout().width(), 15 * 12 + (4 * 12 + 2) + (15 + 5) + 3 + 5);
        assert_eq!(
            plan.layout().bytes(3),
            (56 * 12 + (20 * 12 + 4) + (48 + 28) + 12 + 40) * 3
        );
        assert_eq!((plan.discount.len(), plan.discount[0]), (12, 1.0));
        assert!((plan.discount[6] - 1.0 / libm::sqrt(1.1)).abs() < 1e-15);
        assert!((plan.monthly_cost[0] - 10_000_000.0 / 12.0).abs() < 1e-6);
    }
}
