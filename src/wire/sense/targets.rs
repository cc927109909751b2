use std::collections::VecDeque;

use libm::pow;

use super::{SLACK, Sense, count, drift, number, percent};
use crate::model::{Segment, Year};

impl Sense<'_> {
    /// Numbers to be met, against what the inputs amount to.
    pub(super) fn targets(&mut self) {
        self.nrr_below_grr();
        // The targets of retention are of a whole year.
        if let Some(year) = self.whole.year().filter(|_| self.scenario.horizon >= 12) {
            let slack = SLACK.max(self.whole.luck().unwrap_or(0.0));
            self.grr(&year, slack);
            self.nrr(&year, slack);
            self.logo_retention(slack);
        }
        self.closing_arr();
        self.cltv();
    }

    fn nrr_below_grr(&mut self) {
        let targets = &self.scenario.targets;
        if let (Some(grr), Some(nrr)) = (targets.grr, targets.nrr)
            && nrr < grr
        {
            let says = format!(
                "NRR is GRR plus expansion and price, so it is never the lower one; your targets are {} NRR and {} GRR.",
                percent(nrr),
                percent(grr)
            );
            let fix = format!("Type an NRR of {} or more.", percent(grr));
            self.found("nrr-below-grr", "targets.nrr", says, fix);
        }
    }

    fn grr(&mut self, year: &Year, slack: f64) {
        let Some(target) = self.scenario.targets.grr.filter(|target| *target > year.grr() + slack) else {
            return;
        };
        let contracts = |segment: &Segment| segment.contraction.hazard.median() > 0.0;
        let lost = if self.scenario.segments.iter().any(contracts) {
            "downsells and contractions"
        } else {
            "downsells"
        };
        let says = format!(
            "Churn of {} and {lost} of {} of opening ARR leave a GRR of {} after a year; your target is {}. That is the mean at full coverage, met in about half of \
             the futures; a plan met in 80% of them lies below it.",
            percent(year.churn),
            percent(year.cut),
            percent(year.grr()),
            percent(target)
        );
        let fix = format!(
            "Aim for {} or less, or enter churn and {lost} that lose {} of ARR a year, not {}.",
            percent(year.grr()),
            percent(1.0 - target),
            percent(year.churn + year.cut)
        );
        self.found("grr-out-of-reach", "targets.grr", says, fix);
    }

    /// NRR = GRR + expansion + price; at the GRR aimed for, where that is more than the inputs give.
    fn nrr(&mut self, year: &Year, slack: f64) {
        let targets = &self.scenario.targets;
        let grr = targets.grr.unwrap_or(0.0).max(year.grr());
        let gains = year.expansion + year.price;
        let Some(target) = targets.nrr.filter(|target| *target > grr + gains + slack) else {
            return;
        };
        let says = format!(
            "An NRR of {} at a GRR of {} needs expansion and price worth {} of opening ARR; what you entered brings {}.",
            percent(target),
            percent(grr),
            percent(target - grr),
            percent(gains)
        );
        let needed = target - grr - year.price;
        let fix = if year.expansion > 0.0 {
            format!(
                "Aim for {} or less, or enter expansions {} times as large.",
                percent(grr + gains),
                number(needed / year.expansion, 2)
            )
        } else {
            format!(
                "Aim for {} or less, or enter expansions worth {} of ARR a year.",
                percent(grr + gains),
                percent(needed)
            )
        };
        self.found("nrr-needs-expansion", "targets.nrr", says, fix);
    }

    fn logo_retention(&mut self, slack: f64) {
        let (target, whole) = (self.scenario.targets.logo_retention, self.whole);
        let Some((target, logo)) = target.zip(whole.logo_retention()) else {
            return;
        };
        if target > logo + slack {
            let says = format!(
                "Of {} {} are expected to leave within a year, a logo retention of {}; your target is {}.",
                count(whole.accounts, "account"),
                number(whole.leaving, 1),
                percent(logo),
                percent(target)
            );
            let fix = format!(
                "Aim for {} or less, or enter churn that loses {} a year, not {}.",
                percent(logo),
                count(whole.accounts * (1.0 - target), "account"),
                number(whole.leaving, 1)
            );
            self.found("logo-out-of-reach", "targets.logo_retention", says, fix);
        }
    }

    /// What a unit of the segment's ARR is expected to be after a year.
    pub(super) fn yearly(&self, s: usize) -> f64 {
        let segment = &self.scenario.segments[s];
        let uplift = segment.realised_uplift();
        let opened = self.holdings[s].year();
        opened
            .unwrap_or_else(|| segment.year_with(segment.churn_at(uplift), uplift))
            .nrr()
    }

    fn closing_arr(&mut self) {
        let Some(target) = self.scenario.targets.closing_arr else {
            return;
        };
        let (mut kept, mut joined, mut joining) = (0.0, 0.0, 0.0);
        for (s, segment) in self.scenario.segments.iter().enumerate() {
            let month = pow(self.yearly(s).max(0.0), 1.0 / 12.0);
            let new = segment.new_accounts.per_year.median() * segment.arr.mean();
            let returning = segment.churn.median() * segment.win_back.later / 12.0;
            let (mut old, mut young) = (self.holdings[s].arr, 0.0);
            let mut due = VecDeque::from(vec![0.0; segment.win_back.later_months as usize]);
            for _ in 0..self.scenario.horizon {
                due.push_back((old + young) * returning);
                old = old * month + due.pop_front().unwrap_or(0.0);
                young = young * month + new / 12.0;
            }
            kept += old;
            joined += young;
            joining += new;
        }
        let has_returns = self
            .scenario
            .segments
            .iter()
            .any(|segment| segment.win_back.later > 0.0);
        let with_returns = if has_returns { ", with what comes back," } else { "" };
        let (target, closing) = (target.minor() as f64, kept + joined);
        // Two years of compounding make a closed form coarser than the retention of the first.
        if target <= 1.1 * closing {
            return;
        }
        let says = format!(
            "The opening book{with_returns} comes to about {} in month {} and {} of new ARR a year to {} more, {} in all; your target is {}.",
            self.money(kept),
            self.scenario.horizon,
            self.money(joining),
            self.money(joined),
            self.money(closing),
            self.money(target)
        );
        let fix = if joined > 0.0 {
            format!(
                "Aim for about {}, or enter {} times the new accounts.",
                self.money(closing),
                number((target - kept) / joined, 1)
            )
        } else {
            format!("Aim for about {}, or enter new accounts a year.", self.money(closing))
        };
        self.found("closing-out-of-reach", "targets.closing_arr", says, fix);
    }

    fn cltv(&mut self) {
        let economics = &self.scenario.economics;
        let value: f64 = (0..self.holdings.len())
            .map(|s| self.holdings[s].arr * economics.cltv_multiple(self.yearly(s)))
            .sum();
        let (accounts, arr) = (self.whole.accounts, self.whole.arr);
        let Some(target) = self.scenario.targets.cltv.filter(|_| value > 0.0) else {
            return;
        };
        let target = target.minor() as f64;
        let (expected, multiple) = (value / accounts, target * accounts / arr);
        if (0.8..=1.25).contains(&(target / expected)) {
            return;
        }
        let implied = economics.nrr_for(multiple).map_or_else(
            || "a lifetime that no retention gives".to_owned(),
            |nrr| format!("an ARR that {} a year", drift(nrr)),
        );
        let entered = economics
            .nrr_for(value / arr)
            .map_or_else(String::new, |nrr| format!("; yours {}", drift(nrr)));
        let says = format!(
            "A CLTV of {} is {} × the mean ARR of {}. Over {} years at a margin of {} that implies {implied}{entered}.",
            self.money(target),
            number(multiple, 2),
            self.money(arr / accounts),
            economics.cltv_years,
            percent(economics.gross_margin)
        );
        let fix = format!(
            "Type about {}, {} × ARR, or the churn that you believe in.",
            self.money(expected),
            number(value / arr, 2)
        );
        self.found("cltv-implies", "targets.cltv", says, fix);
    }
}
