use std::cell::Cell;

use libm::{exp, lgamma, log, log1p};

use crate::summary::{Sample, order};

/// Mean of the values above a quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortfall {
    /// The quantile.
    pub floor: f64,
    /// Mean of the values above it.
    pub mean: f64,
    /// Standard error of the mean.
    pub se: f64,
}

/// Values between which a quantile lies with a stated confidence; `None` where the sample has none so far out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Sample {
    /// Between which values the true quantile lies with at least this confidence, whatever the law: order statistics with
    /// as many trials in doubt on either side. `None` over nothing.
    ///
    /// The number of values at or below a quantile is binomial, so no density is needed: David and Nagaraja (2003),
    /// *Order Statistics*, section 7.1.
    pub fn quantile_interval(&self, q: f64, confidence: f64) -> Option<Interval> {
        let values = self.values();
        let ends = (!values.is_empty()).then(|| Ends::of(q, confidence, values.len()))?;
        Some(ends.between(order::at(values, ends.places())))
    }

    /// Expected shortfall: the mean of the largest values, all but a share of `level`. `None` where none is left.
    pub fn shortfall(&self, level: f64) -> Option<Shortfall> {
        let mut values = self.values().to_vec();
        let n = values.len();
        values.sort_unstable_by(f64::total_cmp);
        let below = (level * n as f64 - 1e-9).ceil() as usize;
        let tail = values.get(below..).filter(|tail| !tail.is_empty())?;
        let floor = values[below.max(1) - 1];
        let count = tail.len() as f64;
        let mean = tail.iter().sum::<f64>() / count;
        let variance = tail.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0).max(1.0);
        Some(Shortfall {
            floor,
            mean,
            se: shortfall_se(level, mean - floor, variance, n as u32),
        })
    }
}

thread_local! {
    /// The ends last asked for: the samples of a picture are nearly all of one size.
    static KNOWN: Cell<Option<(usize, [Ends; 3])>> = const { Cell::new(None) };
}

/// Ranks, from 1, of the order statistics at the ends of an interval: 0 or one more than there are values where the sample
/// has none so far out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    low: usize,
    high: usize,
    values: usize,
}

impl Ends {
    /// For a quantile of a sample of so many values.
    pub(super) fn of(q: f64, confidence: f64, values: usize) -> Ends {
        let outside = 0.5 * (1.0 - confidence);
        let n = values as f64;
        // Further down than this the binomial has less than 1e-14.
        let first = (n * q - 8.0 * (n * q * (1.0 - q)).sqrt() - 12.0).max(0.0) as usize;
        let mut probability = binomial(values, q, first);
        let mut below = 0.0;
        let mut low = None;
        let mut high = values + 1;
        for k in first..=values {
            below += probability;
            if low.is_none() && below >= outside {
                low = Some(k);
            }
            if below >= 1.0 - outside {
                high = k + 1;
                break;
            }
            probability *= (values - k) as f64 / (k + 1) as f64 * q / (1.0 - q);
        }
        Ends {
            low: low.unwrap_or(0),
            high,
            values,
        }
    }

    /// For P5, P50 and P95 of a sample of so many values, with a confidence of 95%.
    pub(super) fn of_fan(values: usize) -> [Ends; 3] {
        match KNOWN.get() {
            Some((of, ends)) if of == values => ends,
            _ => {
                let ends = [0.05, 0.5, 0.95].map(|q| Ends::of(q, 0.95, values));
                KNOWN.set(Some((values, ends)));
                ends
            }
        }
    }

    /// Their places from 0; that of a rank which no value has is any.
    pub(super) fn places(self) -> [usize; 2] {
        [self.low.max(1) - 1, self.high.min(self.values) - 1]
    }

    /// The interval between the values at its places.
    pub(super) fn between(self, [low, high]: [f64; 2]) -> Interval {
        Interval {
            low: (self.low > 0).then_some(low),
            high: (self.high <= self.values).then_some(high),
        }
    }
}

/// Probability of `k` hits in `n` trials.
fn binomial(n: usize, p: f64, k: usize) -> f64 {
    let (n, k) = (n as f64, k as f64);
    exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p))
}

/// Standard error of an expected shortfall at `level`: `√((V + level × gap²) / (N (1-level)))`, V the variance beyond the
/// quantile and `gap` the distance of the shortfall from it. Manistre and Hancock (2005), *Variance of the CTE estimator*,
/// North American Actuarial Journal 9(2), 129–156.
fn shortfall_se(level: f64, gap: f64, variance: f64, trials: u32) -> f64 {
    ((variance + level * gap * gap) / (f64::from(trials) * (1.0 - level))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_quantile_as_often_as_it_says() {
        for (trials, q, confidence) in [
            (59, 0.05, 0.95),
            (1000, 0.05, 0.9),
            (1000, 0.5, 0.99),
            (30, 0.5, 0.95),
            (20_000, 0.95, 0.95),
        ] {
            let covered = |low, high| -> f64 { (low..high).map(|k| binomial(trials, q, k)).sum() };
            let ends = Ends::of(q, confidence, trials);
            assert!(covered(ends.low, ends.high) >= confidence, "{q}: {ends:?}");
            assert!(covered(ends.low + 1, ends.high - 1) < confidence, "{q}: {ends:?}");
        }
    }

    #[test]
    fn a_sample_too_small_has_no_value_past_its_ends() {
        let sample = Sample::of((1..=20).map(f64::from).collect());
        let between = |low, high| Some(Interval { low, high });
        assert_eq!(sample.quantile_interval(0.05, 0.95), between(None, Some(4.0)));
        assert_eq!(sample.quantile_interval(0.5, 0.95), between(Some(6.0), Some(15.0)));
        assert_eq!(Sample::default().quantile_interval(0.5, 0.95), None);
    }

    #[test]
    fn a_shortfall_is_the_mean_of_the_worst() {
        let found = Sample::of((1..=20).map(f64::from).collect())
            .shortfall(0.9)
            .expect("two are left");
        assert_eq!((found.floor, found.mean), (18.0, 19.5));
        // (½ + 0.9 × 1.5²) / (20 × 0.1)
        assert!((found.se - (2.525_f64 / 2.0).sqrt()).abs() < 1e-12);
        assert_eq!(Sample::default().shortfall(0.9), None);
    }
}
