use crate::kernel::{Book, Layout, Once, Staff, Turnover, Year};
use crate::model::Scenario;
use crate::summary::{Headline, Outcomes, Point, Sample};

/// The metrics of a run, each a number over its trials.
///
/// Years count from 0; a segment of `None` is the whole book.
#[derive(Debug, Clone, Copy)]
pub struct Metrics<'a> {
    pub(super) outcomes: &'a Outcomes,
    pub(super) scenario: &'a Scenario,
}

impl<'a> Metrics<'a> {
    /// The metrics of these outcomes of this scenario.
    pub fn new(outcomes: &'a Outcomes, scenario: &'a Scenario) -> Metrics<'a> {
        Metrics { outcomes, scenario }
    }

    /// Trials they are over.
    pub fn trials(&self) -> u32 {
        self.outcomes.done()
    }

    pub(super) fn layout(&self) -> &Layout {
        self.outcomes.layout()
    }

    pub(super) fn year(&self, what: Year, segment: Option<usize>, year: usize) -> Vec<f64> {
        let segments = match segment {
            Some(s) => s..s + 1,
            None => 0..self.layout().segments,
        };
        self.outcomes.sum(segments.map(|s| self.layout().year(what, s, year)))
    }

    fn year_ratio(&self, above: Year, below: Year, segment: Option<usize>, year: usize) -> Sample {
        Sample::ratio(&self.year(above, segment, year), &self.year(below, segment, year))
    }

    /// The six numbers at the top, with the opening accounts of each segment.
    pub fn headline(&self, accounts: &[u32]) -> Headline {
        let (from, to) = self.months(0);
        Headline {
            grr: self.grr(None, 0),
            nrr: self.nrr(None, 0),
            logo_retention: self.logo_retention(None, 0),
            closing_arr: self.book(Book::Closing, self.layout().months),
            cltv: self.cltv(accounts, None),
            csms_needed: self.all_csms_needed(from, to),
            kept: self.book(Book::Kept, self.layout().months),
            expansion: self.expansion(),
            accounts: self.book(Book::CohortAccounts, self.layout().months),
            claimed: self.claimed(),
        }
    }

    /// Expansion of all kinds over the horizon.
    fn expansion(&self) -> Sample {
        let lines = [
            Book::ExpansionCsmLed,
            Book::ExpansionProductLed,
            Book::ExpansionAtRenewal,
        ];
        let layout = self.layout();
        let places = lines
            .iter()
            .flat_map(|&line| (1..=layout.months).map(move |month| layout.book(line, month)));
        Sample::of(self.outcomes.sum(places))
    }

    /// Accounts that were red in their renewal window and renewed, over the horizon.
    fn claimed(&self) -> Sample {
        let layout = self.layout();
        let places =
            (0..layout.years).flat_map(|year| (0..layout.segments).map(move |s| layout.year(Year::Claimed, s, year)));
        Sample::of(self.outcomes.sum(places))
    }

    /// Months `from..=to` of a contract year.
    pub fn months(&self, year: usize) -> (usize, usize) {
        (12 * year + 1, (12 * (year + 1)).min(self.layout().months))
    }

    /// GRR: Σ min(ARR at the opening, ARR at the close) / Σ ARR at the opening, capped account by account.
    pub fn grr(&self, segment: Option<usize>, year: usize) -> Sample {
        self.year_ratio(Year::Kept, Year::OpeningArr, segment, year)
    }

    /// NRR: ARR at the close of the accounts at the opening / their ARR at the opening.
    pub fn nrr(&self, segment: Option<usize>, year: usize) -> Sample {
        self.year_ratio(Year::CohortArr, Year::OpeningArr, segment, year)
    }

    /// Accounts kept / accounts at the opening.
    pub fn logo_retention(&self, segment: Option<usize>, year: usize) -> Sample {
        self.year_ratio(Year::KeptAccounts, Year::OpeningAccounts, segment, year)
    }

    /// ARR renewed, capped and without uplift / ARR up for renewal.
    pub fn gross_renewal_rate(&self, segment: Option<usize>, year: usize) -> Sample {
        self.year_ratio(Year::RenewedArr, Year::DueArr, segment, year)
    }

    /// Contracts renewed / contracts that ended.
    pub fn logo_renewal_rate(&self, segment: Option<usize>, year: usize) -> Sample {
        self.year_ratio(Year::Renewed, Year::Due, segment, year)
    }

    /// ARR of a segment at the close of a contract year.
    pub fn closing_arr(&self, segment: Option<usize>, year: usize) -> Sample {
        Sample::of(self.year(Year::ClosingArr, segment, year))
    }

    /// One number of the whole book at the close of a month.
    pub fn book(&self, what: Book, month: usize) -> Sample {
        Sample::of(self.outcomes.column(self.layout().book(what, month)))
    }

    /// One number of the opening accounts at the close of a month, as a share of what it was at month 0.
    pub fn since_start(&self, what: Book, opening: f64, month: usize) -> Sample {
        if opening <= 0.0 {
            return Sample::default();
        }
        self.book(what, month).map(|x| x / opening)
    }

    /// Mean over trials of a line of the bridge, summed over months `from..=to`.
    pub fn line(&self, what: Book, from: usize, to: usize) -> Point {
        Point::mean_of(&self.outcomes.sum((from..=to).map(|m| self.layout().book(what, m))))
    }

    /// Months that onboarding took, mean over a segment's accounts that finished within the horizon.
    pub fn time_to_value(&self, segment: usize) -> Sample {
        let column = |what| self.outcomes.column(self.layout().once(what, segment));
        Sample::ratio(&column(Once::OnboardingMonths), &column(Once::Onboarded))
    }

    /// GRR of the accounts a pool serves.
    pub fn pool_grr(&self, pool: usize, year: usize) -> Sample {
        let sum = |what| {
            self.outcomes
                .sum(self.served(pool).map(|s| self.layout().year(what, s, year)))
        };
        Sample::ratio(&sum(Year::Kept), &sum(Year::OpeningArr))
    }

    /// The segments a pool serves.
    fn served(&self, pool: usize) -> impl Iterator<Item = usize> {
        let segments = self.scenario.segments.iter().enumerate();
        segments.filter(move |(_, s)| s.touch_model == pool).map(|(s, _)| s)
    }

    /// ARR of the pool's segments ÷ CSMs in seat, at the close of a contract year.
    pub fn arr_per_csm(&self, pool: usize, year: usize) -> Sample {
        let places = self.served(pool).map(|s| self.layout().year(Year::ClosingArr, s, year));
        let arr = self.outcomes.sum(places);
        let close = self.months(year).1;
        let headcount = self.outcomes.column(self.layout().staff(Staff::Headcount, pool, close));
        Sample::ratio(&arr, &headcount)
    }

    /// Starts or departures of a pool in a contract year.
    pub fn turnover(&self, what: Turnover, pool: usize, year: usize) -> Sample {
        Sample::of(self.outcomes.column(self.layout().turnover(what, pool, year)))
    }

    /// ARR under contract, summed over the closes of months `from..=to`.
    pub(super) fn closing_of_months(&self, from: usize, to: usize) -> Vec<f64> {
        let places = (from..=to).map(|m| self.layout().book(Book::Closing, m));
        self.outcomes.sum(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    /// A year and a half of two pools that serve a segment each. A CSM has 100 hours a month, of which a plan may fill 80,
    /// and costs $100,000 a year and $10,000 to hire.
    fn scenario() -> Scenario {
        let mut scenario = sample::scenario();
        scenario.horizon = 18;
        scenario.pools.push(scenario.pools[0].clone());
        scenario.touch_models.push(scenario.touch_models[0].clone());
        scenario.segments.push(scenario.segments[0].clone());
        scenario.segments[1].touch_model = 1;
        scenario
    }

    /// Of the first pool in the first trial: CSMs, hours asked and given, accounts and ARR; another trial with nothing but
    /// a hire.
    fn played(scenario: &Scenario) -> Outcomes {
        let layout = Layout::of(scenario);
        let mut told = Vec::new();
        for month in 1..=18 {
            let late = month > 12;
            let asked = if month % 3 == 0 { 500.0 } else { 200.0 };
            for (what, x) in [
                (Staff::Headcount, if late { 9.0 } else { 4.0 }),
                (Staff::Workload, asked),
                (Staff::Capacity, 400.0),
                (Staff::Accounts, 60.0),
            ] {
                told.push((layout.staff(what, 0, month), x));
            }
            told.push((layout.book(Book::Closing, month), 100_000_000.0));
            told.push((layout.book(Book::ExpansionCsmLed, month), 10.0));
            told.push((layout.book(Book::ExpansionProductLed, month), 20.0));
            told.push((layout.book(Book::ExpansionAtRenewal, month), f64::from(month as u32)));
        }
        for (year, (kept, closing)) in [(104_000_000.0, 60_000_000.0), (27_500_000.0, 90_000_000.0)]
            .into_iter()
            .enumerate()
        {
            for (what, x) in [
                (Year::OpeningArr, 130_000_000.0),
                (Year::Kept, kept),
                (Year::CohortArr, 143_000_000.0),
                (Year::ClosingArr, closing),
                (Year::OpeningAccounts, 50.0),
                (Year::KeptAccounts, 40.0),
                (Year::DueArr, 80.0),
                (Year::RenewedArr, 60.0),
                (Year::Due, 10.0),
                (Year::Renewed, 9.0),
                (Year::Claimed, 3.0),
            ] {
                told.push((layout.year(what, 0, year), x));
            }
            // The other segment kept all of as much again.
            told.push((layout.year(Year::OpeningArr, 1, year), 130_000_000.0));
            told.push((layout.year(Year::Kept, 1, year), 130_000_000.0));
        }
        told.push((layout.turnover(Turnover::Hires, 0, 0), 2.0));
        told.push((layout.once(Once::OnboardingMonths, 1), 35.0));
        told.push((layout.once(Once::Onboarded, 1), 10.0));
        Outcomes::of(layout, &[told, vec![(layout.turnover(Turnover::Hires, 0, 0), 1.0)]])
    }

    #[track_caller]
    fn is(sample: &Sample, values: &[f64]) {
        assert_eq!(sample.values().len(), values.len(), "{sample:?}");
        for (found, expected) in sample.values().iter().zip(values) {
            assert!(
                (found - expected).abs() < 1e-9 * expected.abs().max(1.0),
                "{sample:?}, not {values:?}"
            );
        }
    }

    #[test]
    fn a_contract_year_ends_with_the_horizon() {
        let scenario = scenario();
        let outcomes = played(&scenario);
        let m = Metrics::new(&outcomes, &scenario);
        assert_eq!((m.months(0), m.months(1), m.trials()), ((1, 12), (13, 18), 2));
    }

    #[test]
    fn retention_divides_by_the_opening() {
        let scenario = scenario();
        let outcomes = played(&scenario);
        let m = Metrics::new(&outcomes, &scenario);
        is(&m.grr(Some(0), 0), &[0.8]);
        is(&m.grr(None, 0), &[0.9]);
        is(&m.nrr(Some(0), 1), &[1.1]);
        is(&m.nrr(None, 0), &[0.55]);
        is(&m.logo_retention(None, 0), &[0.8]);
        is(&m.gross_renewal_rate(None, 1), &[0.75]);
        is(&m.logo_renewal_rate(Some(0), 0), &[0.9]);
        is(&m.closing_arr(None, 1), &[90_000_000.0, 0.0]);
        is(&m.time_to_value(1), &[3.5]);
        is(&m.pool_grr(0, 0), &[0.8]);
        is(&m.pool_grr(1, 0), &[1.0]);
        is(&m.since_start(Book::Closing, 200_000_000.0, 4), &[0.5, 0.0]);
        is(&m.since_start(Book::Closing, 0.0, 4), &[]);
        let headline = m.headline(&[10, 10]);
        // 18 months of 10 and 20, and 1 to 18.
        is(&headline.expansion, &[540.0 + 171.0, 0.0]);
        is(&headline.claimed, &[6.0, 0.0]);
        let line = m.line(Book::ExpansionAtRenewal, 2, 4);
        assert_eq!((line.value, line.se), (4.5, 4.5));
    }

    fn span<'a>(m: &Metrics<'a>, months: std::ops::RangeInclusive<usize>) -> crate::summary::Span<'a> {
        let mut all = m.no_month(0);
        for month in months {
            all.add(&m.month(0, month));
        }
        all
    }

    #[test]
    fn staff_is_counted_over_the_months_asked_for() {
        let scenario = scenario();
        let outcomes = played(&scenario);
        let m = Metrics::new(&outcomes, &scenario);
        is(&span(&m, 11..=14).headcount(), &[6.5, 0.0]);
        is(&m.team(1).headcount, &[9.0, 0.0]);
        // 2 × 200 and 500 hours of 3 × 400.
        is(&span(&m, 1..=3).utilisation(), &[0.75]);
        // 2 × 200 and 400 hours given.
        is(&span(&m, 1..=3).coverage(), &[800.0 / 900.0]);
        let over = span(&m, 1..=12).over_capacity().expect("there are trials");
        // A third of the months of one trial, none of the other.
        assert!((over.p - 1.0 / 6.0).abs() < 1e-12, "{over:?}");
        is(&span(&m, 1..=12).accounts_per_csm(), &[15.0]);
        is(&m.arr_per_csm(0, 1), &[10_000_000.0]);
        // 300 hours by 80, and 500.
        is(&span(&m, 1..=3).csms_needed(), &[4.0, 0.0]);
        is(&span(&m, 3..=3).csms_needed(), &[7.0, 0.0]);
        is(&span(&m, 3..=3).shortfall(&span(&m, 3..=3).csms_needed()), &[3.0, 0.0]);
        is(&m.all_csms_needed(1, 12), &[4.0, 0.0]);
        is(&m.turnover(Turnover::Hires, 0, 0), &[2.0, 1.0]);
    }

    #[test]
    fn whole_people_are_needed_for_whole_workloads() {
        let scenario = scenario();
        let layout = Layout::of(&scenario);
        let outcomes = Outcomes::of(layout, &[vec![(layout.staff(Staff::Workload, 0, 1), 240.0)]]);
        is(&Metrics::new(&outcomes, &scenario).month(0, 1).csms_needed(), &[3.0]);
    }

    #[test]
    fn a_team_costs_its_seats_its_hires_and_its_managers() {
        let scenario = scenario();
        let outcomes = played(&scenario);
        let m = Metrics::new(&outcomes, &scenario);
        is(&m.team(0).managers, &[1.0, 0.0]);
        is(&m.team(1).managers, &[2.0, 0.0]);
        // Four CSMs, two hires and a manager; a hire alone.
        is(&m.team(0).cost, &[52_000_000.0, 1_000_000.0]);
        // Half a year of nine CSMs and two managers.
        is(&m.team(1).cost, &[55_000_000.0, 0.0]);
        is(&m.team(0).cost_of_arr, &[0.52]);
        is(&m.team(1).cost_of_arr, &[1.1]);
        is(&m.team(0).cost_per_retained, &[52.0 / 234.0]);
    }
}
