use crate::kernel::{Book, Growth, Year};
use crate::summary::{Metrics, Sample};

/// What lies between two definitions of retention, over the trials in which both exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The first.
    pub from: Sample,
    /// The second: `from` and the changes of all steps, in every trial.
    pub to: Sample,
    /// Steps from the first to the second.
    pub steps: Vec<Step>,
}

/// A reason why two definitions differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// The ARR it is about, in minor units.
    pub amount: Sample,
    /// What it changes in the ratio.
    pub change: Sample,
}

impl Difference {
    /// From the trials: the first ratio, amount and change of each step, the second ratio.
    fn of<const N: usize>(trials: impl Iterator<Item = (f64, [(f64, f64); N], f64)>) -> Difference {
        let room = || Vec::with_capacity(trials.size_hint().1.unwrap_or(0));
        let (mut from, mut to) = (room(), room());
        let mut steps: [(Vec<f64>, Vec<f64>); N] = std::array::from_fn(|_| (room(), room()));
        for (first, changes, second) in trials {
            from.push(first);
            to.push(second);
            for (step, (amount, change)) in steps.iter_mut().zip(changes) {
                step.0.push(amount);
                step.1.push(change);
            }
        }
        let step = |(amount, change)| Step {
            amount: Sample::of(amount),
            change: Sample::of(change),
        };
        Difference {
            from: Sample::of(from),
            to: Sample::of(to),
            steps: steps.into_iter().map(step).collect(),
        }
    }
}

/// What a trial says of the accounts at the opening of a year, and of what came up for renewal in it.
#[derive(Debug, Clone, Copy)]
struct Cohort {
    opening: f64,
    kept: f64,
    closing: f64,
    losses: f64,
    uplift: f64,
    due: f64,
    renewed: f64,
    /// Churn, downsell and contraction of all accounts.
    lost: f64,
}

impl Cohort {
    /// Losses of accounts that grew as well, as far as growth made up for them; less price cuts, which are no movement.
    fn made_up(&self) -> f64 {
        self.losses - (self.opening - self.kept)
    }

    /// Growth but for price, less what of any growth was lost again.
    fn expansion(&self) -> f64 {
        self.closing - self.opening - self.uplift + self.losses
    }

    fn share(&self, amount: f64) -> (f64, f64) {
        (amount, amount / self.opening)
    }
}

/// The trials with something at the opening of a year, by which definitions of its retention are told apart.
#[derive(Debug, Clone)]
pub struct Cohorts(Vec<Cohort>);

impl Cohorts {
    /// From GRR to GRR by movements: losses that growth of the same account made up.
    pub fn from_grr_to_movements(&self) -> Difference {
        let cohorts = self.0.iter();
        Difference::of(cohorts.map(|c| {
            let to = 1.0 - c.losses / c.opening;
            (c.kept / c.opening, [c.share(-c.made_up())], to)
        }))
    }

    /// From GRR to NRR: losses that growth made up, expansion, and price.
    pub fn from_grr_to_nrr(&self) -> Difference {
        let cohorts = self.0.iter();
        Difference::of(cohorts.map(|c| {
            let steps = [-c.made_up(), c.expansion(), c.uplift].map(|amount| c.share(amount));
            (c.kept / c.opening, steps, c.closing / c.opening)
        }))
    }

    /// From GRR to the gross renewal rate: losses that growth made up; losses of accounts that joined and of growth;
    /// losses outside renewals; and ARR not up for renewal, which the rate leaves out of what it divides by.
    pub fn from_grr_to_renewal_rate(&self) -> Difference {
        let cohorts = self.0.iter().filter(|c| c.due > 0.0);
        Difference::of(cohorts.map(|c| {
            let at_renewal = c.due - c.renewed;
            let steps = [
                c.share(-c.made_up()),
                c.share(c.losses - c.lost),
                c.share(c.lost - at_renewal),
                (c.opening - c.due, at_renewal / c.opening - at_renewal / c.due),
            ];
            (c.kept / c.opening, steps, c.renewed / c.due)
        }))
    }
}

impl Metrics<'_> {
    /// GRR by movements: 1 - Σ (churn + downsell + contraction, of each account at most what it opened with) / Σ ARR at
    /// the opening.
    pub fn grr_by_movements(&self, segment: Option<usize>, year: usize) -> Sample {
        self.of_opening(segment, year, Year::OpeningArr, Year::Losses)
    }

    /// NRR less the price changes of the year.
    pub fn nrr_without_uplift(&self, segment: Option<usize>, year: usize) -> Sample {
        self.of_opening(segment, year, Year::CohortArr, Year::Uplift)
    }

    fn of_opening(&self, segment: Option<usize>, year: usize, whole: Year, part: Year) -> Sample {
        let whole = self.year(whole, segment, year);
        let part = self.year(part, segment, year);
        Sample::ratio(&less(&whole, &part), &self.year(Year::OpeningArr, segment, year))
    }

    /// NRR with the growth of the accounts that grew most taken out.
    pub fn nrr_without_growth(&self, what: Growth, year: usize) -> Sample {
        let grown = self.outcomes.column(self.layout().growth(what, year));
        let closing = self.year(Year::CohortArr, None, year);
        Sample::ratio(&less(&closing, &grown), &self.year(Year::OpeningArr, None, year))
    }

    /// ARR that came back in a year; part of neither GRR nor NRR.
    pub fn win_back(&self, year: usize) -> Sample {
        Sample::of(self.moved(&[Book::WinBack], year))
    }

    /// What the trials say of the accounts at the opening of a year, where there are any.
    pub fn cohorts(&self, year: usize) -> Cohorts {
        let column = |what| self.year(what, None, year);
        let (opening, kept, closing) = (column(Year::OpeningArr), column(Year::Kept), column(Year::CohortArr));
        let (losses, uplift) = (column(Year::Losses), column(Year::Uplift));
        let (due, renewed) = (column(Year::DueArr), column(Year::RenewedArr));
        let lost = self.moved(&Book::LOSSES, year);
        let cohort = |t: usize| Cohort {
            opening: opening[t],
            kept: kept[t],
            closing: closing[t],
            losses: losses[t],
            uplift: uplift[t],
            due: due[t],
            renewed: renewed[t],
            lost: lost[t],
        };
        Cohorts((0..opening.len()).map(cohort).filter(|c| c.opening > 0.0).collect())
    }

    /// Lines of the bridge summed over the months of a year.
    fn moved(&self, lines: &[Book], year: usize) -> Vec<f64> {
        let (from, to) = self.months(year);
        let places = lines
            .iter()
            .flat_map(|&line| (from..=to).map(move |month| (line, month)));
        self.outcomes
            .sum(places.map(|(line, month)| self.layout().book(line, month)))
    }
}

fn less(whole: &[f64], part: &[f64]) -> Vec<f64> {
    whole.iter().zip(part).map(|(whole, part)| whole - part).collect()
}
