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
