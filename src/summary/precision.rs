use libm::{ceil, exp, lgamma, log, log1p, sqrt};

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
    /// For each of these probabilities, between which values the true quantile lies with at least this confidence,
    /// whatever the law: order statistics with as many trials in doubt on either side. `None` over
    /// nothing.
    ///
    /// The number of values at or below a quantile is binomial, so no density is needed: David and Nagaraja (2003),
    /// *Order Statistics*, section 7.1.
    pub fn quantile_intervals<const N: usize>(&self, q: [f64; N], confidence: f64) -> Option<[Interval; N]> {
        let values = self.values();
        let n = values.len();
        let last = n.checked_sub(1)?;
        let ends = q.map(|q| ranks(n as u32, q, confidence));
        // A rank is a place and one; that of no value stands in for nothing below.
        let at = |rank: u32| (rank as usize).saturating_sub(1).min(last);
        let low = order::at(values, ends.map(|(low, _)| at(low)));
        let high = order::at(values, ends.map(|(_, high)| at(high)));
        Some(std::array::from_fn(|i| Interval {
            low: (ends[i].0 > 0).then_some(low[i]),
            high: (ends[i].1 as usize <= n).then_some(high[i]),
        }))
    }

    /// Expected shortfall: the mean of the largest values, all but a share of `level`. `None` where none is left.
    pub fn shortfall(&self, level: f64) -> Option<Shortfall> {
        let mut values = self.values().to_vec();
        let n = values.len();
        values.sort_unstable_by(f64::total_cmp);
        let below = ceil(level * n as f64 - 1e-9) as usize;
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

/// Ranks, from 1, of the order statistics at the ends of the interval: 0 or `trials + 1` where the sample has none so far
/// out.
fn ranks(trials: u32, q: f64, confidence: f64) -> (u32, u32) {
    let outside = 0.5 * (1.0 - confidence);
    let n = f64::from(trials);
    // Further down than this the binomial has less than 1e-20.
    let first = (n * q - 12.0 * sqrt(n * q * (1.0 - q)) - 12.0).max(0.0) as u32;
    let mut probability = binomial(trials, q, first);
    let mut below = 0.0;
    let mut low = None;
    for k in first..=trials {
        below += probability;
        if low.is_none() && below >= outside {
            low = Some(k);
        }
        if below >= 1.0 - outside {
            return (low.unwrap_or(0), k + 1);
        }
        probability *= f64::from(trials - k) / f64::from(k + 1) * q / (1.0 - q);
    }
    (low.unwrap_or(0), trials + 1)
}

/// Probability of `k` hits in `n` trials.
fn binomial(n: u32, p: f64, k: u32) -> f64 {
    let (n, k) = (f64::from(n), f64::from(k));
    exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p))
}

/// Standard error of an expected shortfall at `level`: `√((V + level × gap²) / (N (1-level)))`, V the variance beyond the
/// quantile and `gap` the distance of the shortfall from it. Manistre and Hancock (2005), *Variance of the CTE estimator*,
/// North American Actuarial Journal 9(2), 129–156.
fn shortfall_se(level: f64, gap: f64, variance: f64, trials: u32) -> f64 {
    sqrt((variance + level * gap * gap) / (f64::from(trials) * (1.0 - level)))
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
            let covered = |(low, high): (u32, u32)| -> f64 { (low..high).map(|k| binomial(trials, q, k)).sum() };
            let between = ranks(trials, q, confidence);
            assert!(covered(between) >= confidence, "{trials} {q}: {between:?}");
            let narrower = (between.0 + 1, between.1 - 1);
            assert!(covered(narrower) < confidence, "{trials} {q}: {between:?}");
        }
    }

    #[test]
    fn a_sample_too_small_has_no_value_past_its_ends() {
        let sample = Sample::of((1..=20).map(f64::from).collect());
        let [low, middle] = sample.quantile_intervals([0.05, 0.5], 0.95).expect("there are values");
        assert_eq!((low.low, low.high), (None, Some(4.0)));
        assert_eq!((middle.low, middle.high), (Some(6.0), Some(15.0)));
        assert_eq!(Sample::default().quantile_intervals([0.5], 0.95), None);
    }

    #[test]
    fn a_shortfall_is_the_mean_of_the_worst() {
        let found = Sample::of((1..=20).map(f64::from).collect())
            .shortfall(0.9)
            .expect("two are left");
        assert_eq!((found.floor, found.mean), (18.0, 19.5));
        // (½ + 0.9 × 1.5²) / (20 × 0.1)
        assert!((found.se - sqrt(2.525 / 2.0)).abs() < 1e-12);
        assert_eq!(Sample::default().shortfall(0.9), None);
    }
}
