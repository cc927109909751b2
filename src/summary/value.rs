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
