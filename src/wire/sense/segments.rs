use libm::pow;

use super::{Sense, count, drift, number, percent};
use crate::model::{Risk, Uncovered, reach};
use crate::units::Currency;

/// Yearly churn outside which a month's or a quarter's rate was probably typed, or a month's times 12: judgement, well
/// outside the 5% to 30% that surveys of logo churn show; contracts below a year churn more.
const ANNUAL: (f64, f64) = (0.025, 0.4);
const SHORT: (f64, f64) = (0.08, 0.5);
/// Yearly growth of the number of accounts outside which new accounts were probably not typed for a year.
const DRIFT: (f64, f64) = (-0.1, 0.5);

impl Sense<'_> {
    /// Rates of the segments.
    pub(super) fn segments(&mut self) {
        for s in 0..self.scenario.segments.len() {
            self.no_account(s);
            self.rate_period(s);
            self.risks(s);
            self.notice(s);
            self.price(s);
            self.drift(s);
            self.cac(s);
        }
    }

    fn no_account(&mut self, s: usize) {
        let segment = &self.scenario.segments[s];
        if self.book[s].is_empty() && segment.new_accounts.per_year.median() == 0.0 {
            let says = format!("{} has no account and none joins.", segment.name);
            let fix = "Type its accounts, or remove the segment.".to_owned();
            self.found("no-account", format!("segments[{s}].accounts"), says, fix);
        }
    }

    /// Rates turn into those of another period by powers: 1 - (1 - p)^(12 / months).
    fn rate_period(&mut self, s: usize) {
        let segment = &self.scenario.segments[s];
        let churn = segment.churn.median();
        let weight = |short: bool| -> f64 {
            let terms = segment.terms.iter().filter(|term| (term.months < 12) == short);
            terms.map(|term| term.share).sum()
        };
        let (low, high) = if weight(true) >= weight(false) { SHORT } else { ANNUAL };
        let field = match segment.risk {
            Risk::Relative(_) => "churn",
            Risk::Stated(_) => "churn_by_health",
        };
        let yearly = |p: f64, periods: f64| percent(1.0 - pow(1.0 - p, periods));
        let says = format!(
            "The churn of {} is {} within a year, which is {} a month.",
            segment.name,
            percent(churn),
            yearly(churn, 1.0 / 12.0)
        );
        let fix = if churn > 0.0 && churn < low {
            format!(
                "If {0} is what leaves in a month, type {1}; in a quarter, {2}.",
                percent(churn),
                yearly(churn, 12.0),
                yearly(churn, 4.0)
            )
        } else if churn > high {
            format!(
                "If it is 12 times the {} of a month, type {}; if 4 times the {} of a quarter, {}.",
                percent(churn / 12.0),
                yearly(churn / 12.0, 12.0),
                percent(churn / 4.0),
                yearly(churn / 4.0, 4.0)
            )
        } else {
            return;
        };
        self.found("rate-period", format!("segments[{s}].{field}"), says, fix);
    }

    /// The part of the effect that acts through health, and what health can carry of it.
    fn risks(&mut self, s: usize) {
        let segment = &self.scenario.segments[s];
        let touch = &self.scenario.touch_models[segment.touch_model];
        let part = touch.through_health * touch.effect.median();
        if part == 0.0 || !matches!(segment.health.uncovered, Uncovered::FromEffect) {
            return;
        }
        let (p, _) = segment.churn_by_health();
        if p[0] == p[1] && p[1] == p[2] {
            let field = match segment.risk {
                Risk::Relative(_) => "relative_risk",
                Risk::Stated(_) => "churn_by_health",
            };
            let says = format!(
                "Churn of {} is the same for every health, so the {} of the effect of {} that acts through health is lost.",
                segment.name,
                percent(touch.through_health),
                touch.name
            );
            let fix = "Type risks that differ, such as 1, 3, 6.5, or 0% through health.".to_owned();
            self.found("risks-alike", format!("segments[{s}].{field}"), says, fix);
            return;
        }
        let (a, b) = reach(segment.health.mix, p);
        let most = if part > 0.0 { a.max(b) } else { a.min(b) };
        if part.abs() > most.abs() {
            let says = format!(
                "{} of the effect of {} is {} log-odds of churn through health; in {} health can carry {}, mending 100 times as slowly or as fast.",
                percent(touch.through_health),
                touch.name,
                number(part, 2),
                segment.name,
                number(most, 2)
            );
            let fix = format!(
                "Type an effect of at most {}, or {} through health.",
                number(most / touch.through_health, 2),
                percent(most / touch.effect.median())
            );
            let path = format!("touch_models[{}].effect", segment.touch_model);
            self.found("effect-beyond-health", path, says, fix);
        }
    }

    fn notice(&mut self, s: usize) {
        let segment = &self.scenario.segments[s];
        let stated = segment
            .terms
            .iter()
            .filter(|term| term.share > 0.0)
            .map(|term| term.months);
        let shortest = stated.chain(self.book[s].iter().map(|opening| opening.term)).min();
        let Some(term) = shortest.filter(|term| segment.auto_renew && segment.notice_months >= *term) else {
            return;
        };
        let says = format!(
            "{} has contracts of {} and a notice of {}, so a term is decided before it begins.",
            segment.name,
            count(term.into(), "month"),
            count(segment.notice_months.into(), "month")
        );
        let fix = format!("Type a notice of at most {}.", count(f64::from(term - 1), "month"));
        self.found("notice-beyond-term", format!("segments[{s}].notice_months"), says, fix);
    }

    /// NRR of accounts that decide, at the uplift typed and at the one at which churn was stated.
    fn price(&mut self, s: usize) {
        let segment = &self.scenario.segments[s];
        let (stated, uplift) = (segment.uplift.stated, segment.realised_uplift());
        let nrr = |churn_at: f64, uplift: f64| segment.year_with(segment.churn_at(churn_at), uplift).nrr();
        let without_churn = nrr(stated, uplift);
        let gain = without_churn - nrr(stated, stated);
        let cost = without_churn - nrr(uplift, uplift);
        if uplift <= stated || cost <= gain {
            return;
        }
        let says = format!(
            "Raising the price of {} by {} instead of {} brings {} points of NRR at a renewal and costs {} in churn at an elasticity of {}.",
            segment.name,
            percent(uplift),
            percent(stated),
            number(100.0 * gain, 1),
            number(100.0 * cost, 1),
            number(segment.uplift.elasticity.median(), 2)
        );
        let fix = format!("Type {}, or a lower elasticity.", percent(stated));
        self.found("price-costs-more", format!("segments[{s}].uplift.list"), says, fix);
    }

    fn drift(&mut self, s: usize) {
        let (segment, holding) = (&self.scenario.segments[s], &self.holdings[s]);
        let joining = segment.new_accounts.per_year.median();
        if holding.accounts == 0.0 {
            return;
        }
        let net = (joining - holding.leaving) / holding.accounts;
        // Of a handful of accounts less than one more or less is no drift.
        if (DRIFT.0..=DRIFT.1).contains(&net) || (joining - holding.leaving).abs() < 1.0 {
            return;
        }
        let says = format!(
            "{} is expected to lose {} of its {} in the first year and {} join: it {}.",
            segment.name,
            number(holding.leaving, 1),
            count(holding.accounts, "account"),
            number(joining, 1),
            drift(1.0 + net)
        );
        let fix = format!(
            "Type {} new accounts a year to hold it level, or leave it if this is the plan.",
            number(holding.leaving, 1)
        );
        let path = format!("segments[{s}].new_accounts.per_year");
        self.found("book-drifts", path, says, fix);
    }

    fn cac(&mut self, s: usize) {
        let (segment, economics) = (&self.scenario.segments[s], &self.scenario.economics);
        let worth = economics.cltv_multiple(self.yearly(s));
        let unit = Currency::MINOR as f64;
        if segment.new_accounts.per_year.median() == 0.0 || worth >= segment.cac {
            return;
        }
        let says = format!(
            "{} of new ARR in {} earns {} over {} years and costs {} to win.",
            self.money(unit),
            segment.name,
            self.money(worth * unit),
            economics.cltv_years,
            self.money(segment.cac * unit)
        );
        let fix = format!(
            "Type a CAC below {}: the cost of winning {} of new ARR, not an account.",
            number(worth, 2),
            self.money(unit)
        );
        self.found("cac-never-returns", "economics.cac", says, fix);
    }
}
