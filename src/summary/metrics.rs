use crate::kernel::{Book, Layout, Once, Staff, Turnover, Year};
use crate::model::Scenario;
use crate::summary::{Chance, Headline, Outcomes, Point, Sample};

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
        Sample::of(self.outcomes.column(self.layout().book(what, month)).to_vec())
    }

    /// One number of the opening accounts at the close of a month, as a share of what it was at month 0.
    pub fn since_start(&self, what: Book, opening: f64, month: usize) -> Sample {
        if opening <= 0.0 {
            return Sample::default();
        }
        let column = self.outcomes.column(self.layout().book(what, month));
        Sample::of(column.iter().map(|x| x / opening).collect())
    }

    /// Mean over trials of a line of the bridge, summed over months `from..=to`.
    pub fn line(&self, what: Book, from: usize, to: usize) -> Point {
        Point::mean_of(&self.outcomes.sum((from..=to).map(|m| self.layout().book(what, m))))
    }

    /// Months that onboarding took, mean over a segment's accounts that finished within the horizon.
    pub fn time_to_value(&self, segment: usize) -> Sample {
        let column = |what| self.outcomes.column(self.layout().once(what, segment));
        Sample::ratio(column(Once::OnboardingMonths), column(Once::Onboarded))
    }

    fn staff(&self, what: Staff, pool: usize, from: usize, to: usize) -> Vec<f64> {
        let places = (from..=to).map(|m| self.layout().staff(what, pool, m));
        self.outcomes.sum(places)
    }

    fn mean_staff(&self, what: Staff, pool: usize, from: usize, to: usize) -> Vec<f64> {
        let months = (to - from + 1) as f64;
        let mut mean = self.staff(what, pool, from, to);
        mean.iter_mut().for_each(|x| *x /= months);
        mean
    }

    /// Mean CSMs in seat of a pool.
    pub fn headcount(&self, pool: usize, from: usize, to: usize) -> Sample {
        Sample::of(self.mean_staff(Staff::Headcount, pool, from, to))
    }

    /// Hours asked ÷ hours the CSMs in seat can give; does not exist without capacity.
    pub fn utilisation(&self, pool: usize, from: usize, to: usize) -> Sample {
        Sample::ratio(
            &self.staff(Staff::Workload, pool, from, to),
            &self.staff(Staff::Capacity, pool, from, to),
        )
    }

    /// Hours given ÷ hours asked, month by month and summed; does not exist where nothing is asked.
    pub fn coverage(&self, pool: usize, from: usize, to: usize) -> Sample {
        let mut given = vec![0.0; self.outcomes.done() as usize];
        for month in from..=to {
            let asked = self.outcomes.column(self.layout().staff(Staff::Workload, pool, month));
            let capacity = self.outcomes.column(self.layout().staff(Staff::Capacity, pool, month));
            for ((given, asked), capacity) in given.iter_mut().zip(asked).zip(capacity) {
                *given += asked.min(*capacity);
            }
        }
        Sample::ratio(&given, &self.staff(Staff::Workload, pool, from, to))
    }

    /// Share of the months in which more is asked than can be given.
    pub fn over_capacity(&self, pool: usize, from: usize, to: usize) -> Option<Chance> {
        let months = to - from + 1;
        let mut over = vec![0.0; self.outcomes.done() as usize];
        for month in from..=to {
            let asked = self.outcomes.column(self.layout().staff(Staff::Workload, pool, month));
            let capacity = self.outcomes.column(self.layout().staff(Staff::Capacity, pool, month));
            for ((over, asked), capacity) in over.iter_mut().zip(asked).zip(capacity) {
                *over += f64::from(u8::from(asked > capacity));
            }
        }
        over.iter_mut().for_each(|x| *x /= months as f64);
        Chance::of_months(&over, months)
    }

    /// Mean accounts ÷ mean CSMs in seat; does not exist without any.
    pub fn accounts_per_csm(&self, pool: usize, from: usize, to: usize) -> Sample {
        Sample::ratio(
            &self.staff(Staff::Accounts, pool, from, to),
            &self.staff(Staff::Headcount, pool, from, to),
        )
    }

    /// GRR of the accounts a pool serves.
    pub fn pool_grr(&self, pool: usize, year: usize) -> Sample {
        let sum = |what| {
            self.outcomes
                .sum(self.served(pool).map(|s| self.layout().year(what, s, year)))
        };
        Sample::ratio(&sum(Year::Kept), &sum(Year::OpeningArr))
    }

    /// CSMs needed for a month's workload less CSMs in seat; negative where there are more than needed.
    pub fn shortfall(&self, pool: usize, month: usize) -> Sample {
        let mut short = self.needed(pool, month, month);
        add(&mut short, &self.staff(Staff::Headcount, pool, month, month), -1.0);
        Sample::of(short)
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
        Sample::ratio(&arr, &self.staff(Staff::Headcount, pool, close, close))
    }

    fn needed(&self, pool: usize, from: usize, to: usize) -> Vec<f64> {
        let stated = &self.scenario.pools[pool];
        let hours = stated.productive_hours() * stated.target_utilisation;
        let mut needed = self.mean_staff(Staff::Workload, pool, from, to);
        // A hair less: rounding of sums must not ask for a whole person.
        needed.iter_mut().for_each(|x| *x = libm::ceil(*x / hours - 1e-9));
        needed
    }

    /// CSMs needed for the mean workload: workload ÷ (productive hours × target utilisation), rounded up.
    pub fn csms_needed(&self, pool: usize, from: usize, to: usize) -> Sample {
        Sample::of(self.needed(pool, from, to))
    }

    /// CSMs needed of all pools, each rounded up on its own.
    pub fn all_csms_needed(&self, from: usize, to: usize) -> Sample {
        let mut sum = vec![0.0; self.outcomes.done() as usize];
        for pool in 0..self.layout().pools {
            add(&mut sum, &self.needed(pool, from, to), 1.0);
        }
        Sample::of(sum)
    }

    fn all_headcount(&self, from: usize, to: usize) -> Vec<f64> {
        let mut sum = vec![0.0; self.outcomes.done() as usize];
        for pool in 0..self.layout().pools {
            add(&mut sum, &self.mean_staff(Staff::Headcount, pool, from, to), 1.0);
        }
        sum
    }

    /// Mean CSMs in seat of all pools.
    pub fn team_headcount(&self, year: usize) -> Sample {
        let (from, to) = self.months(year);
        Sample::of(self.all_headcount(from, to))
    }

    fn managers_needed(&self, year: usize) -> Vec<f64> {
        let (from, to) = self.months(year);
        let mut managers = self.all_headcount(from, to);
        let span = self.scenario.economics.csms_per_manager;
        managers.iter_mut().for_each(|x| *x = libm::ceil(*x / span - 1e-9));
        managers
    }

    /// Managers for the mean CSMs in seat, rounded up.
    pub fn managers(&self, year: usize) -> Sample {
        Sample::of(self.managers_needed(year))
    }

    /// Starts or departures of a pool in a contract year.
    pub fn turnover(&self, what: Turnover, pool: usize, year: usize) -> Sample {
        Sample::of(self.outcomes.column(self.layout().turnover(what, pool, year)).to_vec())
    }

    /// Cost of the team in a contract year: seats, hires, and managers at the mean cost of a CSM.
    fn cost_by_trial(&self, year: usize) -> Vec<f64> {
        let (from, to) = self.months(year);
        let share_of_year = (to - from + 1) as f64 / 12.0;
        let mut cost = vec![0.0; self.outcomes.done() as usize];
        let mut salaries = cost.clone();
        for (p, pool) in self.scenario.pools.iter().enumerate() {
            let loaded = pool.loaded_cost().minor() as f64;
            add(&mut salaries, &self.mean_staff(Staff::Headcount, p, from, to), loaded);
            let hires = self.outcomes.column(self.layout().turnover(Turnover::Hires, p, year));
            add(&mut cost, hires, pool.cost_per_hire.minor() as f64);
        }
        let headcount = self.all_headcount(from, to);
        let managers = self.managers_needed(year);
        for (i, cost) in cost.iter_mut().enumerate() {
            let each = if headcount[i] > 0.0 {
                salaries[i] / headcount[i]
            } else {
                0.0
            };
            *cost += (salaries[i] + managers[i] * each) * share_of_year;
        }
        cost
    }

    /// Cost of the team in a contract year, minor units.
    pub fn cost(&self, year: usize) -> Sample {
        Sample::of(self.cost_by_trial(year))
    }

    /// Cost of the team, annualised by its months, ÷ mean ARR at the close of those months.
    pub fn cost_of_arr(&self, year: usize) -> Sample {
        let (from, to) = self.months(year);
        let mut arr = self
            .outcomes
            .sum((from..=to).map(|m| self.layout().book(Book::Closing, m)));
        arr.iter_mut().for_each(|x| *x /= 12.0);
        Sample::ratio(&self.cost_by_trial(year), &arr)
    }

    /// Cost of the team ÷ Σ min(ARR at the opening, ARR at the close).
    pub fn cost_per_retained(&self, year: usize) -> Sample {
        Sample::ratio(&self.cost_by_trial(year), &self.year(Year::Kept, None, year))
    }
}

fn add(sum: &mut [f64], values: &[f64], times: f64) {
    for (sum, x) in sum.iter_mut().zip(values) {
        *sum += times * x;
    }
}
