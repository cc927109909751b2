use libm::exp;

use super::{Sense, count, number, percent};
use crate::model::{CoverageRule, Hiring, Pool};

/// Customer hours a year that one CSM has at the shipped derivation: (2,080 - 160 - 40 - 627) × .85.
const USUAL_HOURS: f64 = 1_065.0;
/// More than this leaves hardly any meeting or lost hour in a year of 2,080 paid ones.
const MOST_HOURS: f64 = 1_400.0;
/// Cost of customer success and support as a share of ARR at the median of surveys.
const USUAL_COST: f64 = 0.09;
/// A tenth and twice of it are hardly seen.
const COST: (f64, f64) = (0.009, 0.18);

/// What the opening book asks of a pool.
struct Load {
    accounts: f64,
    /// Hours a month.
    hours: f64,
}

/// CSMs at month 0 and those planned to start within a year.
fn staffed(pool: &Pool) -> f64 {
    let planned: u32 = match &pool.hiring {
        Hiring::Plan(plan) => plan.iter().filter(|hire| hire.month <= 12).map(|hire| hire.csms).sum(),
        Hiring::AccountsPerCsm(_) | Hiring::Utilisation(_) => 0,
    };
    f64::from(pool.csms) + f64::from(planned)
}

/// CSMs that so many hours a month take at the target utilisation, whole people.
fn needed(pool: &Pool, hours: f64) -> f64 {
    (hours / (pool.productive_hours() * pool.target_utilisation) - 1e-9).ceil()
}

/// Hours of a month in a week.
fn weekly(hours: f64) -> f64 {
    hours * 12.0 / 52.0
}

impl Sense<'_> {
    /// The CSMs, against the work and the money.
    pub(super) fn team(&mut self) {
        let loads: Vec<Load> = (0..self.scenario.pools.len()).map(|p| self.load(p)).collect();
        self.csms_target(&loads);
        for (p, load) in loads.iter().enumerate() {
            if self.scenario.pools[p].hiring == Hiring::Plan(Vec::new()) && self.scenario.pools[p].csms == 0 {
                self.no_csm(p, load);
            } else {
                self.hours_short(p, load);
            }
            self.band(p, load);
            self.hires(p);
            self.leavers(p);
            self.hours_year(p);
            self.utilisation(p);
        }
        self.cost();
    }

    fn load(&self, p: usize) -> Load {
        let mut load = Load {
            accounts: 0.0,
            hours: 0.0,
        };
        for (segment, holding) in self.scenario.segments.iter().zip(&self.holdings) {
            if segment.touch_model == p {
                load.accounts += holding.accounts;
                load.hours += holding.accounts * segment.static_hours(&self.scenario.touch_models[p]);
            }
        }
        load
    }

    fn at(&self, p: usize, field: &str) -> String {
        format!("pools[{}].{field}", self.scenario.pools[p].place)
    }

    fn csms_target(&mut self, loads: &[Load]) {
        let takes: f64 = self
            .scenario
            .pools
            .iter()
            .zip(loads)
            .map(|(pool, load)| needed(pool, load.hours))
            .sum();
        let hours: f64 = loads.iter().map(|load| load.hours).sum();
        let Some(target) = self.scenario.targets.csms.filter(|target| *target < takes) else {
            return;
        };
        let says = format!(
            "The opening book asks for {} hours a month, which takes {}, whole people in each pool; your target is {}.",
            number(hours, 0),
            count(takes, "CSM"),
            number(target, 1)
        );
        let fix = format!("Type {} or more, or fewer hours per account.", number(takes, 0));
        self.found("csms-too-few", "targets.csms", says, fix);
    }

    fn no_csm(&mut self, p: usize, load: &Load) {
        if load.accounts > 0.0 && self.scenario.coverage == CoverageRule::FromTeam {
            let name = &self.scenario.touch_models[p].name;
            let says = format!("{name} has no CSM and hires none, so its coverage stays 0.");
            let takes = needed(&self.scenario.pools[p], load.hours);
            let fix = format!("Type {}, or plan when they start.", count(takes, "CSM"));
            self.found("no-csm", self.at(p, "csms"), says, fix);
        }
    }

    /// Hours asked against hours there are; a pool that hires by a policy helps itself.
    fn hours_short(&mut self, p: usize, load: &Load) {
        let (pool, csms) = (&self.scenario.pools[p], staffed(&self.scenario.pools[p]));
        let has = csms * pool.productive_hours();
        let plans = matches!(pool.hiring, Hiring::Plan(_));
        if self.scenario.coverage == CoverageRule::Full || !plans || load.hours <= has {
            return;
        }
        let says = format!(
            "{} of {} ask for {} hours a week; {} {} {} when in seat and ramped.",
            count(load.accounts, "account"),
            self.scenario.touch_models[p].name,
            number(weekly(load.hours), 1),
            count(csms, "CSM"),
            if csms == 1.0 { "has" } else { "have" },
            number(weekly(has), 1)
        );
        let takes = count(needed(pool, load.hours), "CSM");
        let fix = if csms > 0.0 {
            let share = percent(has / load.hours);
            format!("Type {takes}, or hours per account of at most {share} of those entered.")
        } else {
            format!("Type {takes}, or let those planned start sooner.")
        };
        self.found("hours-short", self.at(p, "csms"), says, fix);
    }

    fn band(&mut self, p: usize, load: &Load) {
        let (touch, csms) = (&self.scenario.touch_models[p], staffed(&self.scenario.pools[p]));
        let (low, high) = touch.accounts_per_csm;
        let ratio = load.accounts / csms;
        // One CSM is as few as there can be.
        let is_outside = ratio > high || (ratio < low && csms > 1.0);
        if csms == 0.0 || load.accounts == 0.0 || !is_outside {
            return;
        }
        let says = format!(
            "{} with {} is {} accounts per CSM; for {} practitioners publish {} to {}.",
            count(load.accounts, "account"),
            count(csms, "CSM"),
            number(ratio, 0),
            touch.name,
            number(low, 1),
            number(high, 1)
        );
        let (fewest, most) = ((load.accounts / high).ceil(), (load.accounts / low).floor().max(1.0));
        let fix = if fewest < most {
            format!(
                "Type {} to {}, or cover them by another touch model.",
                number(fewest, 0),
                count(most, "CSM")
            )
        } else {
            format!("Type {}, or cover them by another touch model.", count(fewest, "CSM"))
        };
        self.found("accounts-per-csm", self.at(p, "csms"), says, fix);
    }

    /// CSMs who are not fully productive before the horizon ends.
    fn hires(&mut self, p: usize) {
        let (pool, horizon) = (&self.scenario.pools[p], self.scenario.horizon);
        let Hiring::Plan(plan) = &pool.hiring else {
            let after = pool.time_to_hire + pool.ramp_months;
            if after >= horizon {
                let says = format!(
                    "Hiring takes {} and ramping {}, so nobody hired is fully productive within the horizon of {}.",
                    count(pool.time_to_hire.into(), "month"),
                    count(pool.ramp_months.into(), "month"),
                    count(horizon.into(), "month")
                );
                let fix = format!(
                    "Type a horizon above {}, or a shorter ramp.",
                    count(after.into(), "month")
                );
                self.found("hire-never-ramped", self.at(p, "time_to_hire"), says, fix);
            }
            return;
        };
        let late = plan.iter().position(|hire| hire.month + pool.ramp_months > horizon);
        if let Some(i) = late {
            let (month, ramped) = (plan[i].month, plan[i].month + pool.ramp_months);
            let says = format!(
                "Who starts in month {month} is fully productive in month {ramped}, after the {} of the horizon.",
                count(horizon.into(), "month")
            );
            let fix = match horizon.checked_sub(pool.ramp_months).filter(|latest| *latest > 0) {
                Some(latest) => format!("Type month {latest} or earlier, or a horizon of {ramped} months."),
                None => format!("Type a horizon of {ramped} months, or a shorter ramp."),
            };
            let path = self.at(p, &format!("hiring.hires[{i}].month"));
            self.found("hire-never-ramped", path, says, fix);
        }
    }

    /// Attrition is a hazard: of n CSMs n (1 - e^{-h t}) have left after t years.
    fn leavers(&mut self, p: usize) {
        let (pool, horizon) = (&self.scenario.pools[p], self.scenario.horizon);
        let Hiring::Plan(plan) = &pool.hiring else { return };
        let hazard = pool.attrition.median();
        let leavers = f64::from(pool.csms) * (1.0 - exp(-hazard * f64::from(horizon) / 12.0));
        let planned: f64 = plan.iter().map(|hire| f64::from(hire.csms)).sum();
        if pool.backfill || leavers - planned < 1.0 {
            return;
        }
        let says = format!(
            "At an attrition of {} a year {} of the {} of {} are expected to leave within {}, and {}.",
            percent(hazard),
            number(leavers, 1),
            count(pool.csms.into(), "CSM"),
            self.scenario.touch_models[p].name,
            count(horizon.into(), "month"),
            if planned == 0.0 {
                "nobody follows".to_owned()
            } else {
                format!("{} start", number(planned, 0))
            }
        );
        let fix = format!("Turn backfill on, or plan {} starts.", number(leavers.ceil(), 0));
        self.found("leavers-not-replaced", self.at(p, "backfill"), says, fix);
    }

    fn hours_year(&mut self, p: usize) {
        let hours = 12.0 * self.scenario.pools[p].productive_hours();
        if hours > MOST_HOURS {
            let says = format!(
                "One CSM of {} has {} hours a year for customers; 2,080 paid ones less leave, meetings and lost time leave about {USUAL_HOURS}.",
                self.scenario.touch_models[p].name,
                number(hours, 0)
            );
            let fix = "Type the internal hours too, about 627 a year, and the share that reaches customers, about 85%.";
            self.found("hours-a-year", self.at(p, "hours_year.internal"), says, fix.to_owned());
        }
    }

    fn utilisation(&mut self, p: usize) {
        let target = self.scenario.pools[p].target_utilisation;
        if target > 1.0 {
            let says = format!(
                "A target utilisation of {} plans more hours than {} has, so some accounts get less than their standard.",
                percent(target),
                self.scenario.touch_models[p].name
            );
            let fix = "Type 100% or less; 94% leaves room for vacancies and ramps.".to_owned();
            self.found("utilisation-above-one", self.at(p, "target_utilisation"), says, fix);
        }
    }

    /// Salaries of the opening team and its managers at the mean cost of a CSM, as a share of opening ARR.
    fn cost(&mut self) {
        let cost_of = |pool: &Pool| f64::from(pool.csms) * pool.loaded_cost().minor() as f64;
        let csms: f64 = self.scenario.pools.iter().map(|pool| f64::from(pool.csms)).sum();
        let salaries: f64 = self.scenario.pools.iter().map(cost_of).sum();
        if csms == 0.0 || salaries == 0.0 || self.whole.arr == 0.0 {
            return;
        }
        let managers = (csms / self.scenario.economics.csms_per_manager - 1e-9).ceil();
        let cost = salaries * (1.0 + managers / csms);
        let share = cost / self.whole.arr;
        if (COST.0..=COST.1).contains(&share) {
            return;
        }
        let says = format!(
            "{} and {} cost {} a year, {} of {} ARR; surveys have customer success and support at a median of about {}.",
            count(csms, "CSM"),
            count(managers, "manager"),
            self.money(cost),
            percent(share),
            self.money(self.whole.arr),
            percent(USUAL_COST)
        );
        let fix = "Check the salary, of one CSM for a year, the CSMs, and the ARR of the accounts.".to_owned();
        let dearest = (0..self.scenario.pools.len())
            .max_by(|&a, &b| cost_of(&self.scenario.pools[a]).total_cmp(&cost_of(&self.scenario.pools[b])));
        self.found("team-cost", self.at(dearest.unwrap_or(0), "salary"), says, fix);
    }
}
