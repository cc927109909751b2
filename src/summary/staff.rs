use crate::kernel::{Staff, Turnover, Year};
use crate::model::Pool;
use crate::summary::{Chance, Metrics, Sample};

/// What a pool was asked for and could give over some months in a row, trial by trial.
#[derive(Debug, Clone)]
pub struct Span<'a> {
    pool: &'a Pool,
    months: usize,
    /// Sums over the months.
    accounts: Vec<f64>,
    headcount: Vec<f64>,
    /// Hours.
    asked: Vec<f64>,
    /// Hours the CSMs in seat could give.
    capacity: Vec<f64>,
    /// Hours they gave, month by month.
    given: Vec<f64>,
    /// Months in which more was asked than could be given.
    over: Vec<f64>,
}

impl<'a> Metrics<'a> {
    /// No month of a pool yet.
    pub fn no_month(&self, pool: usize) -> Span<'a> {
        let zeros = || vec![0.0; self.outcomes.done() as usize];
        Span {
            pool: &self.scenario.pools[pool],
            months: 0,
            accounts: zeros(),
            headcount: zeros(),
            asked: zeros(),
            capacity: zeros(),
            given: zeros(),
            over: zeros(),
        }
    }

    /// What a pool was asked for and could give in a month.
    pub fn month(&self, pool: usize, month: usize) -> Span<'a> {
        let column = |what| self.outcomes.column(self.layout().staff(what, pool, month));
        let (asked, capacity) = (column(Staff::Workload), column(Staff::Capacity));
        let both = || asked.iter().zip(&capacity);
        Span {
            pool: &self.scenario.pools[pool],
            months: 1,
            accounts: column(Staff::Accounts),
            headcount: column(Staff::Headcount),
            given: both().map(|(asked, capacity)| asked.min(*capacity)).collect(),
            over: both()
                .map(|(asked, capacity)| f64::from(u8::from(asked > capacity)))
                .collect(),
            asked,
            capacity,
        }
    }

    fn staff(&self, what: Staff, pool: usize, from: usize, to: usize) -> Vec<f64> {
        let places = (from..=to).map(|m| self.layout().staff(what, pool, m));
        self.outcomes.sum(places)
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
    /// Takes the months of another span too.
    pub fn add(&mut self, later: &Span<'_>) {
        self.months += later.months;
        for (sum, of) in [
            (&mut self.accounts, &later.accounts),
            (&mut self.headcount, &later.headcount),
            (&mut self.asked, &later.asked),
            (&mut self.capacity, &later.capacity),
            (&mut self.given, &later.given),
            (&mut self.over, &later.over),
        ] {
            add(sum, of, 1.0);
        }
    }

    fn mean(&self, sum: &[f64]) -> Vec<f64> {
        sum.iter().map(|x| x / self.months as f64).collect()
    }

    /// Mean CSMs in seat.
    pub fn headcount(&self) -> Sample {
        Sample::of(self.mean(&self.headcount))
    }

    /// Hours asked ÷ hours the CSMs in seat can give; does not exist without capacity.
    pub fn utilisation(&self) -> Sample {
        Sample::ratio(&self.asked, &self.capacity)
    }

    /// Hours given ÷ hours asked, month by month and summed; does not exist where nothing is asked.
    pub fn coverage(&self) -> Sample {
        Sample::ratio(&self.given, &self.asked)
    }

    /// Share of the months in which more is asked than can be given.
    pub fn over_capacity(&self) -> Option<Chance> {
        Chance::of_months(&self.mean(&self.over), self.months)
    }

    /// Mean accounts ÷ mean CSMs in seat; does not exist without any.
    pub fn accounts_per_csm(&self) -> Sample {
        Sample::ratio(&self.accounts, &self.headcount)
    }

    /// CSMs needed for the mean workload: workload ÷ (productive hours × target utilisation), rounded up.
    pub fn csms_needed(&self) -> Sample {
        Sample::of(needed(self.pool, &self.asked, self.months as f64))
    }

    /// CSMs needed less mean CSMs in seat; negative where there are more than needed.
    pub fn shortfall(&self, needed: &Sample) -> Sample {
        let mut short = needed.values().to_vec();
        add(&mut short, &self.mean(&self.headcount), -1.0);
        Sample::of(short)
    }
}

fn needed(pool: &Pool, asked: &[f64], months: f64) -> Vec<f64> {
    let hours = pool.productive_hours() * pool.target_utilisation;
    // A hair less: rounding of sums must not ask for a whole person.
    asked.iter().map(|x| (x / months / hours - 1e-9).ceil()).collect()
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
        let managers: Vec<f64> = headcount.iter().map(|x| (x / span - 1e-9).ceil()).collect();
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
