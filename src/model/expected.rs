use std::collections::BTreeMap;

use libm::pow;

use crate::model::{ArrLaw, ChurnOf, Economics, Opening, Scenario, Segment, ageing, over};
use crate::units::{logistic, logit};

/// What one year is expected to leave of accounts, in closed form: shares of what they opened it with.
///
/// At the stated values, full coverage and the covered mix, with no shock and no doubt. A survey's identity, NRR = GRR +
/// expansion + price, holds by construction:
/// `GRR = 1 - p - (1-p) q d`, `NRR = (1-p) [q (1-d) + (1-q) (1+v) + e x (1+v)]` for an account with a decision in the
/// year and `(1 + e x) (1 + escalator)` for one without, where p is churn, q and d probability and depth of a downsell,
/// e and x number and size of expansions and v the realised uplift. Contraction of a hazard h a month and a depth d
/// leaves `(1 - h d)¹²` of all that; of the accounts that churn, those back so soon that they never left are no churn.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Year {
    /// Lost with accounts that leave.
    pub churn: f64,
    /// Given up by accounts that stay: downsells, contractions and price cuts.
    pub cut: f64,
    /// Won by expansion.
    pub expansion: f64,
    /// Won by price.
    pub price: f64,
    /// Variance of GRR by luck alone.
    pub variance: f64,
}

impl Year {
    /// Share kept, gains left out.
    pub fn grr(&self) -> f64 {
        1.0 - self.churn - self.cut
    }

    /// Share at the close, gains included.
    pub fn nrr(&self) -> f64 {
        self.grr() + self.expansion + self.price
    }

    fn add(&mut self, weight: f64, other: &Year) {
        self.churn += weight * other.churn;
        self.cut += weight * other.cut;
        self.expansion += weight * other.expansion;
        self.price += weight * other.price;
        self.variance += weight * weight * other.variance;
    }
}

/// The opening accounts of a segment or of several, and what their first year is expected to leave.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Holding {
    /// Accounts.
    pub accounts: f64,
    /// Their ARR in minor units.
    pub arr: f64,
    /// Accounts expected to leave within the year.
    pub leaving: f64,
    /// Sums over accounts of ARR × their year, until [`Holding::year`] divides them.
    sums: Year,
}

impl Holding {
    /// The accounts of one segment.
    pub fn of(segment: &Segment, openings: &[Opening]) -> Holding {
        let mut holding = Holding::default();
        let mut by_tenure = BTreeMap::new();
        for opening in openings {
            let tenure = opening.tenure;
            let churn = *by_tenure.entry(tenure).or_insert_with(|| segment.churn_after(tenure));
            let year = segment.year_of(opening, churn);
            let arr = opening.arr.minor() as f64;
            holding.accounts += 1.0;
            holding.arr += arr;
            holding.leaving += year.churn;
            holding.sums.add(arr, &year);
        }
        holding
    }

    /// Two holdings in one.
    pub fn and(mut self, other: &Holding) -> Holding {
        self.accounts += other.accounts;
        self.arr += other.arr;
        self.leaving += other.leaving;
        self.sums.add(1.0, &other.sums);
        self
    }

    /// Their year, weighted by ARR; none without ARR.
    pub fn year(&self) -> Option<Year> {
        (self.arr > 0.0).then(|| {
            let mut year = Year::default();
            year.add(1.0 / self.arr, &self.sums);
            year
        })
    }

    /// Standard deviation of GRR by luck alone.
    pub fn luck(&self) -> Option<f64> {
        self.year().map(|year| year.variance.sqrt())
    }

    /// Expected share of the accounts that stay.
    pub fn logo_retention(&self) -> Option<f64> {
        (self.accounts > 0.0).then(|| 1.0 - self.leaving / self.accounts)
    }
}

impl Segment {
    /// Uplift that customers end up paying.
    pub fn realised_uplift(&self) -> f64 {
        self.uplift.list.median() * self.uplift.realised.median()
    }

    /// Churn at an annual decision at this realised uplift.
    pub fn churn_at(&self, uplift: f64) -> f64 {
        let shift = self.uplift.elasticity.median() * (uplift - self.uplift.stated);
        logistic(logit(self.churn.median()) + shift)
    }

    /// Expected churn within a year of an account that has survived so many years of decisions: the stated one, and less
    /// or more where that is the churn of new accounts.
    fn churn_after(&self, tenure: u32) -> f64 {
        let stated = self.churn.median();
        if self.frailty.churn_of == ChurnOf::Book {
            return stated;
        }
        let aged = |p| over(p, ageing(self.frailty.duration, f64::from(tenure), 1.0));
        match self.own_churn(stated, tenure) {
            Some(law) => law.nodes().map(|(x, weight)| weight * aged(logistic(x))).sum(),
            None => aged(stated),
        }
    }

    /// The first year of an account as it opens, of a segment whose accounts of its tenure churn with this probability.
    fn year_of(&self, opening: &Opening, churn: f64) -> Year {
        if opening.end > 12 {
            return self.year_between();
        }
        let uplift = self.realised_uplift();
        let stated = self.terms.iter().find(|term| term.months == opening.term);
        let mut p = match stated.and_then(|term| term.churn) {
            Some(p) => {
                let within_a_year = 12.0 / f64::from(opening.term.min(12));
                1.0 - pow(1.0 - self.mean_over_mix(p), within_a_year)
            }
            None if opening.churn.is_none() => churn,
            None => self.churn.median(),
        };
        if let Some(own) = opening.churn {
            p = logistic(logit(p) + logit(own) - logit(self.churn.median()));
        }
        let shift = self.uplift.elasticity.median() * (uplift - self.uplift.stated);
        self.year_with(logistic(logit(p) + shift), uplift)
    }

    /// A year with a decision at this churn, of whom some are back so soon that they never left, and this uplift.
    pub fn year_with(&self, p: f64, uplift: f64) -> Year {
        let (q, d) = (self.downsell.probability.median(), self.downsell.depth.median());
        let (rate, at_renewal) = (self.expansion.rate.median(), self.expansion.at_renewal.median());
        let (shrunk, shrunk_square) = self.contracted();
        let (stays, back) = (1.0 - p, p * self.win_back.within);
        // Those whose ARR no downsell moves, and what a price cut leaves of it.
        let (whole, cheaper) = (stays * (1.0 - q) + back, 1.0 + uplift.min(0.0));
        let kept = (stays * q * (1.0 - d) + whole * cheaper) * shrunk;
        let square = stays * q * self.square_left(d) + whole * cheaper * cheaper;
        let expansions = stays * (rate + at_renewal) + back * rate;
        Year {
            churn: p - back,
            cut: stays + back - kept,
            expansion: expansions * self.expansion.mean_size.median() * (1.0 + uplift) * shrunk,
            price: whole * uplift.max(0.0) * shrunk,
            variance: (square * shrunk_square - kept * kept).max(0.0),
        }
    }

    /// Mean of the square of what a cut of this mean depth leaves: the depth is Beta, α + β = concentration.
    fn square_left(&self, depth: f64) -> f64 {
        (1.0 - depth) * (1.0 - depth) + depth * (1.0 - depth) / (self.downsell.concentration + 1.0)
    }

    /// What a year of contractions leaves of an account's ARR: its mean and the mean of its square.
    fn contracted(&self) -> (f64, f64) {
        let (hazard, depth) = (self.contraction.hazard.median(), self.contraction.depth.median());
        let square = 1.0 - hazard * (1.0 - self.square_left(depth));
        (pow(1.0 - hazard * depth, 12.0), pow(square, 12.0))
    }

    /// A year inside a longer term.
    pub fn year_between(&self) -> Year {
        let escalator = self.uplift.escalator.median();
        let expansion = self.expansion.rate.median() * self.expansion.mean_size.median();
        let cheaper = 1.0 + escalator.min(0.0);
        let (shrunk, shrunk_square) = self.contracted();
        let kept = cheaper * shrunk;
        Year {
            churn: 0.0,
            cut: 1.0 - kept,
            expansion: expansion * (1.0 + escalator) * shrunk,
            price: escalator.max(0.0) * shrunk,
            variance: (cheaper * cheaper * shrunk_square - kept * kept).max(0.0),
        }
    }
}

impl ArrLaw {
    /// Mean ARR in minor units, over evenly spread shares of the accounts.
    pub fn mean(&self) -> f64 {
        const STEPS: u32 = 200;
        let share = |step: u32| (f64::from(step) + 0.5) / f64::from(STEPS);
        (0..STEPS).map(|step| self.quantile(share(step))).sum::<f64>() / f64::from(STEPS)
    }
}

impl Scenario {
    /// What winning a new account of a segment costs on average, in minor units; over the book, weighted by how many
    /// join. `None` where none do.
    pub fn cac_of_account(&self, segment: Option<usize>) -> Option<f64> {
        let (mut cost, mut accounts) = (0.0, 0.0);
        for (segment, weight) in self.won(segment) {
            cost += weight * segment.cac * segment.arr.mean();
            accounts += weight;
        }
        (accounts > 0.0).then(|| cost / accounts)
    }

    /// Months in which the margin of new accounts pays for winning them, if none left: 12 Σ CAC ÷ (margin × Σ new ARR).
    /// `None` without a margin, and over a book that none join.
    pub fn cac_payback(&self, segment: Option<usize>) -> Option<f64> {
        let (mut cost, mut arr) = (0.0, 0.0);
        for (segment, weight) in self.won(segment) {
            let each = weight * segment.arr.mean();
            cost += each * segment.cac;
            arr += each;
        }
        let margin = self.economics.gross_margin * arr;
        (margin > 0.0).then(|| 12.0 * cost / margin)
    }

    /// Segments with the accounts they win a year; one alone counts as it is.
    fn won(&self, segment: Option<usize>) -> impl Iterator<Item = (&Segment, f64)> {
        self.segments
            .iter()
            .enumerate()
            .filter_map(move |(s, of)| match segment {
                Some(wanted) => (wanted == s).then_some((of, 1.0)),
                None => Some((of, of.new_accounts.per_year.median())),
            })
    }
}

impl Economics {
    /// CLTV of one unit of ARR whose account keeps `nrr` of it a year: margin, paid monthly, discounted, over
    /// `cltv_years`.
    pub fn cltv_multiple(&self, nrr: f64) -> f64 {
        let month = pow(nrr.max(0.0) / (1.0 + self.discount), 1.0 / 12.0);
        let (mut value, mut payment) = (0.0, 1.0);
        for _ in 0..12 * self.cltv_years {
            value += payment;
            payment *= month;
        }
        self.gross_margin * value / 12.0
    }

    /// The yearly NRR at which CLTV is so many times ARR, by bisection; none below every one of them or above 1,000%.
    pub fn nrr_for(&self, multiple: f64) -> Option<f64> {
        let (mut low, mut high) = (0.0, 10.0);
        if multiple < self.cltv_multiple(low) || multiple > self.cltv_multiple(high) {
            return None;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.cltv_multiple(middle) < multiple {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(0.5 * (low + high))
    }
}
