use std::sync::Arc;

use libm::pow;

use crate::kernel::accounts::{self, Start};
use crate::kernel::depth::Depths;
use crate::kernel::expansion::Sizes;
use crate::kernel::frailty::Frailty;
use crate::kernel::odds::Shocks;
use crate::kernel::outcome::Layout;
use crate::kernel::renewal::Renewals;
use crate::kernel::tally::{Cohort, Tally};
use crate::model::{Calibration, Rate, Scenario, Segment, TouchModel};
use crate::units::Quantiles;

/// A scenario made ready to be played: everything that does not depend on luck, computed once.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) scenario: Scenario,
    pub(crate) layout: Layout,
    pub(crate) segments: Vec<Arc<SegmentPlan>>,
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
    /// Nobody under a contract with an end has churn of its own or decides more often than once a year.
    pub(crate) alike: bool,
    /// How accounts differ in churn.
    pub(crate) frailty: Frailty,
    /// Bounds of churn under the shared shock.
    pub(crate) shocks: Shocks,
    /// Hours a month an onboarded account asks for.
    pub(crate) static_hours: f64,
    /// ARR of new accounts.
    pub(crate) new_arr: Quantiles,
    /// Sizes of expansions.
    pub(crate) sizes: Sizes,
    /// Depths of downsells.
    pub(crate) downsells: Depths,
    /// Depths of contractions between renewals.
    pub(crate) contractions: Depths,
    /// Contract lengths of new accounts with their running share.
    pub(crate) new_terms: Vec<(u32, f64)>,
}

impl Plan {
    /// Makes a scenario ready.
    pub fn new(scenario: Scenario) -> Plan {
        Plan::after(scenario, None)
    }

    /// Makes a scenario ready after another one: the segments that an edit did not touch are those of the last plan.
    pub fn after(scenario: Scenario, last: Option<&Plan>) -> Plan {
        let last = last.filter(|last| scenario.lays_out_like(&last.scenario));
        let made = |s: usize| {
            let segment = &scenario.segments[s];
            let touch = &scenario.touch_models[segment.touch_model];
            last.and_then(|last| last.segment(s, segment, touch))
                .unwrap_or_else(|| Arc::new(SegmentPlan::new(&scenario, s)))
        };
        let segments: Vec<_> = (0..scenario.segments.len()).map(made).collect();
        let mut opening_hours = vec![0.0; scenario.pools.len()];
        for (segment, ready) in scenario.segments.iter().zip(&segments) {
            opening_hours[segment.touch_model] += ready.static_hours * f64::from(ready.tally.book.accounts);
        }
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

    /// The segment at this place, if it was stated like this.
    fn segment(&self, s: usize, segment: &Segment, touch: &TouchModel) -> Option<Arc<SegmentPlan>> {
        let known = self.scenario.segments.get(s)?;
        let is_same = known == segment && self.scenario.touch_models[known.touch_model] == *touch;
        is_same.then(|| Arc::clone(&self.segments[s]))
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

impl SegmentPlan {
    fn new(scenario: &Scenario, s: usize) -> SegmentPlan {
        let segment = &scenario.segments[s];
        let touch = &scenario.touch_models[segment.touch_model];
        let openings = &scenario.openings(s);
        let calibration = Calibration::new(segment, openings);
        let notice = Renewals::notice(segment);
        let window = touch.renewal_window;
        let (termed, rolling) = accounts::opening(openings, s, &segment.terms, (notice, window), &calibration);
        let frailty = Frailty::new(segment, &calibration, openings);
        // A book may state the churn of an account in a segment whose accounts else do not differ.
        let are_alike = termed.accounts.contract.iter().all(|c| c.own == 0.0 && c.term >= 12);
        let are_yearly = segment.terms.iter().all(|term| term.months == 1 || term.months >= 12);
        let alike = are_alike && are_yearly && !frailty.differs();
        let arr = openings.iter().map(|o| o.arr.minor()).sum();
        let cohort = Cohort::frozen(arr, openings.len() as u32);
        let depths = |mean: &Rate, probability: &Rate| Depths::new(mean, segment.downsell.concentration, probability);
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
            alike,
            frailty,
            shocks: Shocks::new(segment.loading.churn),
            static_hours: segment.static_hours(touch),
            new_arr: Quantiles::of(|u| segment.arr.quantile(u)),
            sizes: Sizes::new(segment.expansion.log_sd),
            downsells: depths(&segment.downsell.depth, &segment.downsell.probability),
            contractions: depths(&segment.contraction.depth, &segment.contraction.hazard),
            new_terms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Trial;
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
        assert!((plan.discount[6] - 1.0 / 1.1_f64.sqrt()).abs() < 1e-15);
        assert!((plan.monthly_cost[0] - 10_000_000.0 / 12.0).abs() < 1e-6);
    }

    #[test]
    fn an_edit_remakes_no_segment_but_those_it_touches() {
        let mut scenario = sample::scenario();
        scenario.segments.push(scenario.segments[0].clone());
        let plan = Plan::new(scenario.clone());
        let shared = |edit: &dyn Fn(&mut Scenario)| {
            let mut edited = scenario.clone();
            edit(&mut edited);
            let (after, anew) = (Plan::after(edited.clone(), Some(&plan)), Plan::new(edited));
            let [mut row, mut wanted] = [(); 2].map(|()| vec![0.0; anew.layout().width()]);
            Trial::new(&after).play(7, &mut row);
            Trial::new(&anew).play(7, &mut wanted);
            assert_eq!(row, wanted);
            let is_shared = |(now, last): (&Arc<_>, &Arc<_>)| Arc::ptr_eq(now, last);
            after
                .segments
                .iter()
                .zip(&plan.segments)
                .map(is_shared)
                .collect::<Vec<_>>()
        };
        assert_eq!(shared(&|_| ()), [true, true]);
        assert_eq!(shared(&|s| s.seed += 1), [true, true]);
        assert_eq!(shared(&|s| s.segments[1].accounts += 1), [true, false]);
        assert_eq!(shared(&|s| drop(s.segments.remove(0))), [true]);
        assert_eq!(shared(&|s| s.touch_models[0].renewal_window += 1), [false, false]);
        assert_eq!(shared(&|s| s.start_month = 7), [false, false]);
    }
}
