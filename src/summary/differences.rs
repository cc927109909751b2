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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Layout;
    use crate::model::{Scenario, sample};
    use crate::summary::Outcomes;

    /// A year of $400 at the opening, of which one account lost $50 and grew by $30, one left and one grew by $42 and $8 of
    /// price; one of the accounts that joined lost $10. Then a trial with nothing at the opening, and one with nothing up
    /// for renewal.
    fn played(scenario: &Scenario) -> Outcomes {
        let layout = Layout::of(scenario);
        let year = |what, x| (layout.year(what, 0, 0), x);
        let told = vec![
            year(Year::OpeningArr, 40_000.0),
            year(Year::Kept, 28_000.0),
            year(Year::CohortArr, 30_000.0),
            year(Year::Losses, 15_000.0),
            year(Year::Uplift, 800.0),
            year(Year::DueArr, 20_000.0),
            year(Year::RenewedArr, 10_000.0),
            (layout.growth(Growth::Top1, 0), 2_000.0),
            (layout.book(Book::Churn, 3), 10_000.0),
            (layout.book(Book::Contraction, 12), 5_000.0),
            (layout.book(Book::Downsell, 1), 1_000.0),
            (layout.book(Book::Churn, 13), 70_000.0),
            (layout.book(Book::WinBack, 9), 700.0),
            (layout.book(Book::WinBack, 12), 300.0),
            (layout.book(Book::WinBack, 13), 5.0),
        ];
        let empty = vec![year(Year::DueArr, 100.0), year(Year::RenewedArr, 100.0)];
        let not_due = vec![
            year(Year::OpeningArr, 10_000.0),
            year(Year::Kept, 10_000.0),
            year(Year::CohortArr, 11_000.0),
        ];
        Outcomes::of(layout, &[told, empty, not_due])
    }

    fn scenario() -> Scenario {
        let mut scenario = sample::scenario();
        scenario.horizon = 15;
        scenario
    }

    #[track_caller]
    fn is(sample: &Sample, values: &[f64]) {
        assert_eq!(sample.values().len(), values.len(), "{sample:?}");
        for (found, expected) in sample.values().iter().zip(values) {
            assert!((found - expected).abs() < 1e-9, "{sample:?}, not {values:?}");
        }
    }

    /// Every trial's steps lead from the first ratio to the second.
    #[track_caller]
    fn adds_up(difference: &Difference) {
        for trial in 0..difference.from.values().len() {
            let steps = difference
                .steps
                .iter()
                .map(|step| step.change.values()[trial])
                .sum::<f64>();
            let (from, to) = (difference.from.values()[trial], difference.to.values()[trial]);
            assert!((from + steps - to).abs() < 1e-12, "{from} {steps} {to}");
        }
    }

    #[test]
    fn definitions_differ_by_what_each_counts() {
        let scenario = scenario();
        let outcomes = played(&scenario);
        let metrics = Metrics::new(&outcomes, &scenario);
        is(&metrics.grr_by_movements(None, 0), &[0.625, 1.0]);
        is(&metrics.nrr_without_uplift(Some(0), 0), &[0.73, 1.1]);
        is(&metrics.nrr_without_growth(Growth::Top1, 0), &[0.7, 1.1]);
        is(&metrics.win_back(0), &[1_000.0, 0.0, 0.0]);

        let movements = metrics.cohorts(0).from_grr_to_movements();
        is(&movements.from, &[0.7, 1.0]);
        is(&movements.to, &[0.625, 1.0]);
        is(&movements.steps[0].amount, &[-3_000.0, 0.0]);
        is(&movements.steps[0].change, &[-0.075, 0.0]);
        adds_up(&movements);

        let nrr = metrics.cohorts(0).from_grr_to_nrr();
        is(&nrr.to, &[0.75, 1.1]);
        is(&nrr.steps[0].amount, &[-3_000.0, 0.0]);
        is(&nrr.steps[1].amount, &[4_200.0, 1_000.0]);
        is(&nrr.steps[2].amount, &[800.0, 0.0]);
        adds_up(&nrr);

        let renewals = metrics.cohorts(0).from_grr_to_renewal_rate();
        is(&renewals.from, &[0.7]);
        is(&renewals.to, &[0.5]);
        is(&renewals.steps[0].amount, &[-3_000.0]);
        // $150 of losses at the opening accounts, $160 in all, $100 of them at renewals.
        is(&renewals.steps[1].amount, &[-1_000.0]);
        is(&renewals.steps[2].amount, &[6_000.0]);
        is(&renewals.steps[3].amount, &[20_000.0]);
        is(&renewals.steps[3].change, &[-0.25]);
        adds_up(&renewals);
    }
}
