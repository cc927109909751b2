use libm::pow;

use crate::kernel::{Once, Year};
use crate::summary::{Metrics, Point, Sample};

/// The opening book, segment by segment.
#[derive(Debug, Clone, Copy)]
pub struct OpeningBook<'a> {
    /// Accounts.
    pub accounts: &'a [u32],
    /// ARR in minor units.
    pub arr: &'a [i64],
}

/// What CLTV leaves out after its last year, if the last NRR went on for ever.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perpetuity {
    /// First month of the contract year whose NRR goes on.
    pub from: usize,
    /// Its last month.
    pub to: usize,
    /// That NRR, a year: Σ over trials of ARR at the close / Σ of ARR at the opening.
    pub nrr: Option<Point>,
    /// Discounted margin an opening account brings after the last year counted; none where it may have no end.
    pub value: Option<Point>,
    /// Its share of all there is.
    pub share: Option<Point>,
}

impl Metrics<'_> {
    /// CLTV of an opening account: of a segment, or the mean over the book, in the trials that [`Scenario::looks_ahead`]
    /// sends so far.
    ///
    /// [`Scenario::looks_ahead`]: crate::model::Scenario::looks_ahead
    pub fn cltv(&self, accounts: &[u32], segment: Option<usize>) -> Sample {
        self.once(Once::Cltv, accounts, segment)
    }

    /// CLTV of payments a year in advance, the first at once: Fader and Hardie (2012), *Reconciling and clarifying CLV
    /// formulas*, case 1.
    pub fn cltv_annual(&self, accounts: &[u32], segment: Option<usize>) -> Sample {
        self.once(Once::CltvAnnual, accounts, segment)
    }

    /// The same without the first payment: their case 2.
    pub fn cltv_annual_without_first(&self, book: OpeningBook<'_>, segment: Option<usize>) -> Sample {
        let (accounts, arr) = book.of(segment);
        let first = self.scenario.economics.gross_margin * arr / accounts;
        self.cltv_annual(book.accounts, segment).map(|x| x - first)
    }

    /// The same with every payment a year later: their case 3.
    pub fn cltv_annual_year_later(&self, accounts: &[u32], segment: Option<usize>) -> Sample {
        let yearly = 1.0 + self.scenario.economics.discount;
        self.cltv_annual(accounts, segment).map(|x| x / yearly)
    }

    /// Discounted cost of serving an opening account.
    pub fn cost_to_serve(&self, accounts: &[u32], segment: Option<usize>) -> Sample {
        self.once(Once::CostToServe, accounts, segment)
    }

    /// CLTV less cost to serve.
    pub fn cltv_net(&self, accounts: &[u32], segment: Option<usize>) -> Sample {
        self.cltv(accounts, segment)
            .less(&self.cost_to_serve(accounts, segment))
    }

    /// A value of opening accounts ÷ what winning their ARR anew would cost.
    pub fn to_cac(&self, value: &Sample, book: OpeningBook<'_>, segment: Option<usize>) -> Sample {
        let (accounts, _) = book.of(segment);
        let segments = self.scenario.segments.iter().zip(book.arr).enumerate();
        let cost: f64 = segments
            .filter(|(s, _)| segment.is_none_or(|wanted| wanted == *s))
            .map(|(_, (segment, &arr))| segment.cac * arr as f64)
            .sum();
        Sample::ratio(value.values(), &vec![cost / accounts; value.values().len()])
    }

    /// A number of opening accounts, mean over a segment or the book.
    fn once(&self, what: Once, accounts: &[u32], segment: Option<usize>) -> Sample {
        let counted = |s: usize| segment.is_none_or(|wanted| wanted == s);
        let segments = accounts.iter().enumerate().filter(|&(s, _)| counted(s));
        let whole: f64 = segments.clone().map(|(_, &n)| f64::from(n)).sum();
        if whole == 0.0 {
            return Sample::default();
        }
        let mut mean = vec![0.0; self.outcomes.done() as usize];
        for (s, &n) in segments {
            let column = self.outcomes.column(self.layout().once(what, s));
            for (mean, x) in mean.iter_mut().zip(&column) {
                *mean += f64::from(n) / whole * x;
            }
        }
        Sample::where_it_exists(mean, |i| self.looks_ahead(i))
    }

    /// Whether the trial in this place tells CLTV.
    fn looks_ahead(&self, place: usize) -> bool {
        self.scenario.looks_ahead(self.outcomes.first() + place as u32)
    }

    /// What comes after the years that CLTV counts, if each segment kept the NRR of its last contract year that has all
    /// its months (else of the months there are, annualised) for ever: with q = NRR / (1 + d) and A the ARR at the
    /// close of `cltv_years`, margin × A/12 × (1+d)^(-cltv_years) / (1 - q^(1/12)). A follows the NRR of each simulated
    /// year, then the last. Without end, and refused, where q ≥ 1; also where q is so close that a twentieth of the
    /// trials decides it.
    pub fn perpetuity(&self, book: OpeningBook<'_>, segment: Option<usize>) -> Perpetuity {
        let complete = (self.layout().months / 12).max(1);
        let (from, to) = self.months(complete - 1);
        let segments: Vec<usize> = match segment {
            Some(s) => vec![s],
            None => (0..book.accounts.len()).collect(),
        };
        let segments: Vec<usize> = segments.into_iter().filter(|&s| book.accounts[s] > 0).collect();
        // Of each segment and year: ARR at the opening, ARR at the close; then CLTV.
        let mut columns = Vec::new();
        for &s in &segments {
            for year in 0..complete {
                for what in [Year::OpeningArr, Year::CohortArr] {
                    let column = Sample::where_it_exists(self.year(what, Some(s), year), |i| self.looks_ahead(i));
                    columns.push(column.values().to_vec());
                }
            }
            columns.push(self.cltv(book.accounts, Some(s)).values().to_vec());
        }
        let span = (to - from + 1) as f64;
        let width = 2 * complete + 1;
        let last = |means: &[f64]| {
            let sum = |place| means.chunks_exact(width).map(|of| of[place]).sum::<f64>();
            let (opening, closing) = (sum(width - 3), sum(width - 2));
            (opening > 0.0).then(|| pow(closing / opening, 12.0 / span))
        };
        let parts = |means: &[f64]| {
            let (mut simulated, mut after) = (0.0, 0.0);
            for (&s, of) in segments.iter().zip(means.chunks_exact(width)) {
                simulated += f64::from(book.accounts[s]) * of[width - 1];
                after += self.after(book.arr[s] as f64, &of[..width - 1], span)?;
            }
            Some((simulated, after))
        };
        let (accounts, _) = book.of(segment);
        Perpetuity {
            from,
            to,
            nrr: Point::of_means(&columns, last),
            value: Point::of_means(&columns, |means| Some(parts(means)?.1 / accounts)),
            share: Point::of_means(&columns, |means| {
                let (simulated, after) = parts(means)?;
                (simulated + after > 0.0).then(|| after / (simulated + after))
            }),
        }
    }

    /// Value after the last year counted of so much opening ARR; `years` holds ARR at the opening and at the close.
    fn after(&self, arr: f64, years: &[f64], span: f64) -> Option<f64> {
        let economics = &self.scenario.economics;
        let counted = economics.cltv_years as usize;
        // Where nothing is left at the opening, nothing goes on.
        let growth = |of: &[f64]| {
            if of[0] > 0.0 {
                pow(of[1] / of[0], 12.0 / span)
            } else {
                0.0
            }
        };
        let nrr: Vec<f64> = years.chunks_exact(2).map(growth).collect();
        let last = *nrr.last()?;
        let yearly = 1.0 + economics.discount;
        if last >= yearly {
            return None;
        }
        let simulated = nrr.iter().copied().chain(std::iter::repeat(last)).take(counted);
        let left = arr * simulated.product::<f64>();
        let payment = economics.gross_margin * left / 12.0 * pow(yearly, -(counted as f64));
        Some(payment / (1.0 - pow(last / yearly, 1.0 / 12.0)))
    }
}

impl OpeningBook<'_> {
    /// Accounts and ARR of a segment or of all.
    fn of(&self, segment: Option<usize>) -> (f64, f64) {
        match segment {
            Some(s) => (f64::from(self.accounts[s]), self.arr[s] as f64),
            None => (
                self.accounts.iter().copied().map(f64::from).sum(),
                self.arr.iter().sum::<i64>() as f64,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Layout;
    use crate::model::{Scenario, sample};
    use crate::summary::Outcomes;

    /// Three segments of 3, 1 and no accounts.
    const ACCOUNTS: [u32; 3] = [3, 1, 0];
    const ARR: [i64; 3] = [30_000, 50_000, 0];

    fn book() -> OpeningBook<'static> {
        OpeningBook {
            accounts: &ACCOUNTS,
            arr: &ARR,
        }
    }

    fn scenario(horizon: u32) -> Scenario {
        let mut scenario = sample::scenario();
        scenario.horizon = horizon;
        scenario.economics.cltv_years = 3;
        scenario.segments = vec![scenario.segments[0].clone(); 3];
        scenario.segments[1].cac = 2.0;
        scenario
    }

    /// Three trials alike, two of which tell CLTV. NRR of the segments is 50% and then 80%, 100% and then 90%; of half a
    /// year alone 90% and 50%.
    fn played(scenario: &Scenario) -> Outcomes {
        let layout = Layout::of(scenario);
        let mut told = Vec::new();
        for (s, of) in [(0, [100.0, 9_000.0, 10.0]), (1, [500.0, 50_000.0, 30.0])] {
            for (what, x) in [Once::Cltv, Once::CltvAnnual, Once::CostToServe].into_iter().zip(of) {
                told.push((layout.once(what, s), x));
            }
        }
        let years = if layout.months >= 24 {
            vec![[(40.0, 20.0), (50.0, 50.0)], [(20.0, 16.0), (100.0, 90.0)]]
        } else {
            vec![[(20.0, 18.0), (100.0, 50.0)]]
        };
        for (year, segments) in years.into_iter().enumerate() {
            for (s, (opening, closing)) in segments.into_iter().enumerate() {
                told.push((layout.year(Year::OpeningArr, s, year), opening));
                told.push((layout.year(Year::CohortArr, s, year), closing));
            }
        }
        Outcomes::of(layout, &[told.clone(), told.clone(), told])
    }

    #[track_caller]
    fn is(sample: &Sample, value: f64) {
        assert_eq!(sample.values().len(), 2);
        assert!(
            sample.values().iter().all(|x| (x - value).abs() < 1e-9),
            "{sample:?}, not {value}"
        );
    }

    #[test]
    fn conventions_differ_by_their_first_payment() {
        let scenario = scenario(24);
        let outcomes = played(&scenario);
        let m = Metrics::new(&outcomes, &scenario);
        is(&m.cltv(&ACCOUNTS, Some(0)), 100.0);
        is(&m.cltv(&ACCOUNTS, None), 200.0);
        assert_eq!(m.cltv(&ACCOUNTS, Some(2)), Sample::default());
        is(&m.cltv_annual(&ACCOUNTS, None), 19_250.0);
        // A margin of 80% on $100 and, over all accounts, on $200.
        is(&m.cltv_annual_without_first(book(), Some(0)), 1_000.0);
        is(&m.cltv_annual_without_first(book(), None), 3_250.0);
        is(&m.cltv_annual_year_later(&ACCOUNTS, Some(1)), 50_000.0 / 1.1);
        is(&m.cost_to_serve(&ACCOUNTS, None), 15.0);
        is(&m.cltv_net(&ACCOUNTS, None), 185.0);
        is(
            &m.to_cac(&m.cltv(&ACCOUNTS, Some(1)), book(), Some(1)),
            500.0 / 100_000.0,
        );
        is(&m.to_cac(&m.cltv(&ACCOUNTS, None), book(), None), 200.0 / 32_500.0);
    }

    #[track_caller]
    fn point(found: Option<Point>, value: f64) {
        let found = found.expect("it exists");
        assert!(
            (found.value - value).abs() < 1e-9 * value && found.se < 1e-9 * value,
            "{found:?}, not {value}"
        );
    }

    #[test]
    fn a_perpetuity_goes_on_with_the_last_whole_year() {
        let scenario = scenario(30);
        let outcomes = played(&scenario);
        let m = Metrics::new(&outcomes, &scenario);
        // Years counted: two that were played and one like the last.
        let after = |arr: f64, left: f64, nrr: f64| {
            let payment = 0.8 * arr * left / 12.0 / (1.1 * 1.1 * 1.1);
            payment / (1.0 - pow(nrr / 1.1, 1.0 / 12.0))
        };
        let (first, second) = (after(30_000.0, 0.5 * 0.8 * 0.8, 0.8), after(50_000.0, 0.9 * 0.9, 0.9));
        let alone = m.perpetuity(book(), Some(0));
        assert_eq!((alone.from, alone.to), (13, 24));
        point(alone.nrr, 0.8);
        point(alone.value, first / 3.0);
        point(alone.share, first / (first + 300.0));
        let all = m.perpetuity(book(), None);
        point(all.nrr, 106.0 / 120.0);
        point(all.value, (first + second) / 4.0);
        point(all.share, (first + second) / (first + second + 800.0));
    }

    #[test]
    fn months_of_a_short_run_are_taken_for_a_year() {
        let scenario = scenario(6);
        let outcomes = played(&scenario);
        let found = Metrics::new(&outcomes, &scenario).perpetuity(book(), Some(0));
        assert_eq!((found.from, found.to), (1, 6));
        point(found.nrr, 0.81);
        let payment = 0.8 * 30_000.0 * (0.81 * 0.81 * 0.81) / 12.0 / (1.1 * 1.1 * 1.1);
        point(found.value, payment / (1.0 - pow(0.81 / 1.1, 1.0 / 12.0)) / 3.0);
    }

    #[test]
    fn growth_at_the_discount_has_no_end_and_nothing_has_no_more() {
        let scenario = scenario(12);
        let layout = Layout::of(&scenario);
        let year = |what, s, x| (layout.year(what, s, 0), x);
        let trial = vec![
            year(Year::OpeningArr, 0, 100.0),
            year(Year::CohortArr, 0, 110.0001),
            (layout.once(Once::Cltv, 1), 500.0),
        ];
        let outcomes = Outcomes::of(layout, &[trial.clone(), trial]);
        let m = Metrics::new(&outcomes, &scenario);
        let grows = m.perpetuity(book(), Some(0));
        assert!(grows.nrr.is_some() && grows.value.is_none() && grows.share.is_none());
        let gone = m.perpetuity(book(), Some(1));
        assert_eq!(
            (gone.nrr, gone.value.map(|p| p.value), gone.share.map(|p| p.value)),
            (None, Some(0.0), Some(0.0))
        );
    }
}
