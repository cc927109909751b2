use libm::ceil;

use crate::kernel::{Staff, Turnover, Year};
use crate::model::Pool;
use crate::summary::{Chance, Metrics, Sample};

/// What a pool was asked for and could give over some months in a row, each number a sum over them, trial by trial.
#[derive(Debug, Clone)]
pub struct Span<'a> {
    pool: &'a Pool,
    months: f64,
    accounts: Vec<f64>,
    headcount: Vec<f64>,
    /// Hours.
    asked: Vec<f64>,
    /// Hours.
    capacity: Vec<f64>,
}

impl<'a> Metrics<'a> {
    /// What a pool was asked for and could give in months `from..=to`.
    pub fn span(&self, pool: usize, from: usize, to: usize) -> Span<'a> {
        let sum = |what| self.staff(what, pool, from, to);
        Span {
            pool: &self.scenario.pools[pool],
            months: (to - from + 1) as f64,
            accounts: sum(Staff::Accounts),
            headcount: sum(Staff::Headcount),
            asked: sum(Staff::Workload),
            capacity: sum(Staff::Capacity),
        }
    }

    fn staff(&self, what: Staff, pool: usize, from: usize, to: usize) -> Vec<f64> {
        let places = (from..=to).map(|m| self.layout().staff(what, pool, m));
        self.outcomes.sum(places)
    }

    /// Of the months `from..=to`: hours given ÷ hours asked, month by month and summed, which does not exist where nothing
    /// is asked; and the share of months in which more is asked than can be given.
    pub fn coverage(&self, pool: usize, from: usize, to: usize) -> (Sample, Option<Chance>) {
        let zeros = || vec![0.0; self.outcomes.done() as usize];
        let (mut given, mut all, mut over) = (zeros(), zeros(), zeros());
        for month in from..=to {
            let asked = self.staff(Staff::Workload, pool, month, month);
            let capacity = self.staff(Staff::Capacity, pool, month, month);
            for (t, (asked, capacity)) in asked.iter().zip(&capacity).enumerate() {
                given[t] += asked.min(*capacity);
                all[t] += asked;
                over[t] += f64::from(u8::from(asked > capacity));
            }
        }
        let months = to - from + 1;
        over.iter_mut().for_each(|x| *x /= months as f64);
        (Sample::ratio(&given, &all), Chance::of_months(&over, months))
    }

    /// CSMs needed of all pools, each rounded up on its own.
    pub fn all_csms_needed(&self, from: usize, to: usize) -> Sample {
        let mut sum = vec![0.0; self.outcomes.done() as usize];
        for (p, pool) in self.scenario.pools.iter().enumerate() {
            let asked = self.staff(Staff::Workload, p, from, to);
            add(&mut sum, &needed(pool, &asked, (to - from + 1) as f64), 1.0);
        }
        Sample::of(sum)
    }
}

impl Span<'_> {
    fn mean(&self, sum: &[f64]) -> Vec<f64> {
        sum.iter().map(|x| x / self.months).collect()
    }

    /// Mean CSMs in seat.
    pub fn headcount(&self) -> Sample {
        Sample::of(self.mean(&self.headcount))
    }

    /// Hours asked ÷ hours the CSMs in seat can give; does not exist without capacity.
    pub fn utilisation(&self) -> Sample {
        Sample::ratio(&self.asked, &self.capacity)
    }

    /// Mean accounts ÷ mean CSMs in seat; does not exist without any.
    pub fn accounts_per_csm(&self) -> Sample {
        Sample::ratio(&self.accounts, &self.headcount)
    }

    /// CSMs needed for the mean workload: workload ÷ (productive hours × target utilisation), rounded up.
    pub fn csms_needed(&self) -> Sample {
        Sample::of(needed(self.pool, &self.asked, self.months))
    }

    /// CSMs needed for the mean workload less mean CSMs in seat; negative where there are more than needed.
    pub fn shortfall(&self) -> Sample {
        let mut short = needed(self.pool, &self.asked, self.months);
        add(&mut short, &self.mean(&self.headcount), -1.0);
        Sample::of(short)
    }
}

fn needed(pool: &Pool, asked: &[f64], months: f64) -> Vec<f64> {
    let hours = pool.productive_hours() * pool.target_utilisation;
    // A hair less: rounding of sums must not ask for a whole person.
    asked.iter().map(|x| ceil(x / months / hours - 1e-9)).collect()
}

/// The whole team in a contract year, and what it costs.
#[derive(Debug, Clone)]
pub struct Team {
    /// Mean CSMs in seat of all pools.
    pub headcount: Sample,
    /// CSMs needed of all pools, each rounded up on its own.
    pub csms_needed: Sample,
    /// Managers for the mean CSMs in seat, rounded up.
    pub managers: Sample,
    /// Seats, hires, and managers at the mean cost of a CSM, minor units.
    pub cost: Sample,
    /// The cost, annualised by its months, ÷ mean ARR at the close of those months.
    pub cost_of_arr: Sample,
    /// The cost ÷ Σ min(ARR at the opening, ARR at the close).
    pub cost_per_retained: Sample,
}

impl Metrics<'_> {
    /// The team in a contract year.
    pub fn team(&self, year: usize) -> Team {
        let (from, to) = self.months(year);
        let months = (to - from + 1) as f64;
        let zeros = || vec![0.0; self.outcomes.done() as usize];
        let (mut headcount, mut salaries, mut cost) = (zeros(), zeros(), zeros());
        for (p, pool) in self.scenario.pools.iter().enumerate() {
            let mut seats = self.staff(Staff::Headcount, p, from, to);
            seats.iter_mut().for_each(|x| *x /= months);
            add(&mut headcount, &seats, 1.0);
            add(&mut salaries, &seats, pool.loaded_cost().minor() as f64);
            let hires = self.outcomes.column(self.layout().turnover(Turnover::Hires, p, year));
            add(&mut cost, &hires, pool.cost_per_hire.minor() as f64);
        }
        let span = self.scenario.economics.csms_per_manager;
        let managers: Vec<f64> = headcount.iter().map(|x| ceil(x / span - 1e-9)).collect();
        for (i, cost) in cost.iter_mut().enumerate() {
            let each = if headcount[i] > 0.0 {
                salaries[i] / headcount[i]
            } else {
                0.0
            };
            *cost += (salaries[i] + managers[i] * each) * (months / 12.0);
        }
        let mut arr = self.closing_of_months(from, to);
        arr.iter_mut().for_each(|x| *x /= 12.0);
        Team {
            csms_needed: self.all_csms_needed(from, to),
            managers: Sample::of(managers),
            cost_of_arr: Sample::ratio(&cost, &arr),
            cost_per_retained: Sample::ratio(&cost, &self.year(Year::Kept, None, year)),
            headcount: Sample::of(headcount),
            cost: Sample::of(cost),
        }
    }
}

fn add(sum: &mut [f64], values: &[f64], times: f64) {
    for (sum, x) in sum.iter_mut().zip(values) {
        *sum += times * x;
    }
}
