use super::{Checker, Limits, MOST_CSMS, SHARE};
use crate::model::{Allocation, Family, Handover, Hiring, HoursYear, PlannedHire, Pool, TouchModel, WorkClass};
use crate::wire::scenario::{
    AllocationInput, HandoverInput, HiringInput, HourStandardInput, OwnershipInput, PoolInput, RateInput,
    ScenarioInput, TouchModelInput, WorkClassInput,
};

impl Checker {
    pub(super) fn touch_models(&mut self, inputs: &[TouchModelInput]) -> Vec<TouchModel> {
        self.names("touch_models", inputs.iter().map(|t| t.name.as_str()));
        inputs
            .iter()
            .enumerate()
            .map(|(i, t)| self.touch_model(&format!("touch_models[{i}]"), t))
            .collect()
    }

    fn touch_model(&mut self, at: &str, t: &TouchModelInput) -> TouchModel {
        let h = &t.hours;
        let hours = [
            ("onboarding", &h.onboarding),
            ("renewal_window", &h.renewal_window),
            ("red", &h.red),
            ("yellow", &h.yellow),
            ("green", &h.green),
        ]
        .map(|(name, standard)| self.hours(&format!("{at}.hours.{name}"), standard));
        let owned = t.ownership != Some(OwnershipInput::Am);
        let window = self.count(format!("{at}.renewal_window"), t.renewal_window.into(), 0, 12);
        let band = &t.accounts_per_csm;
        if !(band.low > 0.0 && band.high >= band.low) {
            let rule = format!(
                "is from {} to {}, not above 0 and from low to high",
                band.low, band.high
            );
            self.fault(format!("{at}.accounts_per_csm"), rule);
        }
        TouchModel {
            name: t.name.clone(),
            hours,
            renewal_window: if owned { window } else { 0 },
            owns_expansion: owned,
            handover: self.handover(&format!("{at}.handover"), t.handover),
            effect: self.rate(
                &format!("{at}.effect"),
                t.effect,
                Family::Real,
                Limits::Closed(-5.0, 5.0),
            ),
            through_health: self.number(format!("{at}.through_health"), t.through_health, SHARE),
            k: self.number(format!("{at}.k"), t.k, Limits::Closed(0.0, 20.0)),
            allocation: self.allocation(&format!("{at}.allocation"), &t.allocation),
            accounts_per_csm: (band.low, band.high),
        }
    }

    fn hours(&mut self, at: &str, standard: &HourStandardInput) -> f64 {
        let hours = match standard {
            HourStandardInput::Hours(hours) => *hours,
            HourStandardInput::Activities(activities) => {
                let each = activities.iter().enumerate().map(|(i, activity)| {
                    let times = format!("{at}[{i}].per_month");
                    let long = format!("{at}[{i}].hours");
                    self.number(times, activity.per_month, Limits::Closed(0.0, 744.0))
                        * self.number(long, activity.hours, Limits::Closed(0.0, 744.0))
                });
                each.sum()
            }
        };
        self.number(at, hours, Limits::Closed(0.0, 744.0))
    }

    fn handover(&mut self, at: &str, input: Option<HandoverInput>) -> Handover {
        let h = input.unwrap_or(HandoverInput {
            penalty: RateInput::Point(0.0),
            months: 0,
            hours: 0.0,
        });
        Handover {
            penalty: self.rate(
                &format!("{at}.penalty"),
                h.penalty,
                Family::Real,
                Limits::Closed(-5.0, 5.0),
            ),
            months: self.count(format!("{at}.months"), h.months.into(), 0, 24),
            hours: self.number(format!("{at}.hours"), h.hours, Limits::Closed(0.0, 1000.0)),
        }
    }

    fn allocation(&mut self, at: &str, allocation: &AllocationInput) -> Allocation {
        let AllocationInput::Priority(order) = allocation else {
            return Allocation::Proportional;
        };
        let classes: Vec<WorkClass> = order
            .iter()
            .map(|class| match class {
                WorkClassInput::Onboarding => WorkClass::Onboarding,
                WorkClassInput::RenewalWindow => WorkClass::RenewalWindow,
                WorkClassInput::Red => WorkClass::Red,
                WorkClassInput::Yellow => WorkClass::Yellow,
                WorkClassInput::Green => WorkClass::Green,
            })
            .collect();
        let whole = WorkClass::ALL.iter().all(|class| classes.contains(class));
        match <[WorkClass; 5]>::try_from(classes) {
            Ok(order) if whole => Allocation::Priority(order),
            _ => {
                self.fault(at, "does not name each of the five work classes once");
                Allocation::Proportional
            }
        }
    }

    /// Pools in the order of the touch models they serve.
    pub(super) fn pools(&mut self, input: &ScenarioInput) -> Vec<Pool> {
        let mut pools: Vec<Option<Pool>> = vec![None; input.touch_models.len()];
        for (i, p) in input.pools.iter().enumerate() {
            let at = format!("pools[{i}]");
            let pool = self.pool(i, p, input.horizon);
            match input.touch_models.iter().position(|t| t.name == p.touch_model) {
                None => self.fault(
                    format!("{at}.touch_model"),
                    format!("is {:?}, not the name of a touch model", p.touch_model),
                ),
                Some(t) if pools[t].is_some() => self.fault(
                    format!("{at}.touch_model"),
                    format!("is {:?}, which another pool serves", p.touch_model),
                ),
                Some(t) => pools[t] = Some(pool),
            }
        }
        for (t, pool) in pools.iter().enumerate() {
            if pool.is_none() {
                let name = &input.touch_models[t].name;
                self.fault(
                    "pools",
                    format!("has none that serves {name:?}; give it one, with 0 CSMs if need be"),
                );
            }
        }
        pools.into_iter().flatten().collect()
    }

    fn pool(&mut self, place: usize, p: &PoolInput, horizon: u32) -> Pool {
        let at = format!("pools[{place}]");
        let h = &p.hours_year;
        for (name, x) in [
            ("paid", h.paid),
            ("leave", h.leave),
            ("sick", h.sick),
            ("internal", h.internal),
        ] {
            self.number(format!("{at}.hours_year.{name}"), x, Limits::Closed(0.0, 8784.0));
        }
        self.number(format!("{at}.hours_year.realised"), h.realised, Limits::Above(0.0, 1.0));
        let left = h.paid - h.leave - h.sick - h.internal;
        if left <= 0.0 {
            self.fault(
                format!("{at}.hours_year"),
                format!("leaves {left} hours for customers, not above 0"),
            );
        }
        let hiring = match &p.hiring {
            HiringInput::Plan { hires } => Hiring::Plan(
                hires
                    .iter()
                    .enumerate()
                    .map(|(j, hire)| PlannedHire {
                        month: self.count(
                            format!("{at}.hiring.hires[{j}].month"),
                            hire.month.into(),
                            1,
                            horizon.max(1).into(),
                        ),
                        csms: self.count(format!("{at}.hiring.hires[{j}].csms"), hire.csms.into(), 1, MOST_CSMS),
                    })
                    .collect(),
            ),
            HiringInput::AccountsPerCsm { most } => {
                Hiring::AccountsPerCsm(self.number(format!("{at}.hiring.most"), *most, Limits::Above(0.0, 1e6)))
            }
            HiringInput::Utilisation { most } => {
                Hiring::Utilisation(self.number(format!("{at}.hiring.most"), *most, Limits::Above(0.0, 10.0)))
            }
        };
        Pool {
            place,
            csms: self.count(format!("{at}.csms"), p.csms.into(), 0, MOST_CSMS),
            hours: HoursYear {
                paid: h.paid,
                leave: h.leave,
                sick: h.sick,
                internal: h.internal,
                realised: h.realised,
            },
            target_utilisation: self.number(
                format!("{at}.target_utilisation"),
                p.target_utilisation,
                Limits::Above(0.0, 2.0),
            ),
            ramp_months: self.count(format!("{at}.ramp_months"), p.ramp_months.into(), 0, 36),
            ramp_productivity: self.number(format!("{at}.ramp_productivity"), p.ramp_productivity, SHARE),
            attrition: self.rate(
                &format!("{at}.attrition"),
                p.attrition,
                Family::Positive,
                Limits::Closed(0.0, 12.0),
            ),
            time_to_hire: self.count(format!("{at}.time_to_hire"), p.time_to_hire.into(), 0, 36),
            backfill: p.backfill,
            hiring,
            salary: self.money(format!("{at}.salary"), p.salary),
            loading: self.number(format!("{at}.loading"), p.loading, Limits::Closed(0.0, 5.0)),
            cost_per_hire: self.money(format!("{at}.cost_per_hire"), p.cost_per_hire),
        }
    }
}
