use libm::{ceil, sqrt};

/// A number over the trials in which it exists, in trial order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample(Vec<f64>);

/// Distribution of a number over trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean; 0 for a single trial.
    pub se: f64,
    /// Quantiles at 5, 25, 50, 75 and 95%.
    pub quantiles: [f64; 5],
    /// Trials in which the number exists.
    pub trials: u32,
}

/// A simulated probability with its Wilson interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Share of trials.
    pub p: f64,
    /// Lower end of the interval of 95%.
    pub low: f64,
    /// Upper end of the interval of 95%.
    pub high: f64,
}

/// Probabilities of [`Estimate::quantiles`].
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

impl Sample {
    /// A number that exists in every trial.
    pub fn of(values: Vec<f64>) -> Sample {
        Sample(values)
    }

    /// `above / below`, in the trials in which there is something below.
    pub fn ratio(above: &[f64], below: &[f64]) -> Sample {
        Sample(
            above
                .iter()
                .zip(below)
                .filter(|&(_, &below)| below > 0.0)
                .map(|(above, below)| above / below)
                .collect(),
        )
    }

    /// The values, in trial order.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Mean, its standard error and quantiles; `None` over nothing.
    pub fn estimate(self) -> Option<Estimate> {
        let n = self.0.len();
        if n == 0 {
            return None;
        }
        let (mean, m2) = moments(&self.0);
        let se = if n > 1 {
            sqrt(m2 / (n - 1) as f64 / n as f64)
        } else {
            0.0
        };
        Some(Estimate {
            mean,
            se,
            quantiles: self.quantiles()?,
            trials: n as u32,
        })
    }

    /// The five quantiles alone; `None` over nothing.
    pub fn quantiles(self) -> Option<[f64; 5]> {
        let mut values = self.0;
        if values.is_empty() {
            return None;
        }
        let ranks = QUANTILES.map(|q| rank(q, values.len()));
        if values.len() < 100 {
            values.sort_unstable_by(f64::total_cmp);
            return Some(ranks.map(|rank| values[rank]));
        }
        // From the middle outwards, each on the part the last one left; with so many values no two ranks are equal.
        let [r5, r25, r50, r75, r95] = ranks;
        let (low, x50, high) = values.select_nth_unstable_by(r50, f64::total_cmp);
        let (lowest, x25, _) = low.select_nth_unstable_by(r25, f64::total_cmp);
        let x5 = lowest.select_nth_unstable_by(r5, f64::total_cmp).1;
        let (_, x75, highest) = high.select_nth_unstable_by(r75 - r50 - 1, f64::total_cmp);
        let x95 = highest.select_nth_unstable_by(r95 - r75 - 1, f64::total_cmp).1;
        Some([*x5, *x25, *x50, *x75, *x95])
    }

    /// Share of trials in which the number meets a condition; `None` over nothing.
    pub fn chance(&self, meets: impl Fn(f64) -> bool) -> Option<Chance> {
        let hits = self.0.iter().filter(|&&x| meets(x)).count();
        Chance::of(hits as u64, self.0.len() as u64)
    }
}

/// Place of the smallest x with F(x) ≥ q among `n` values in order.
fn rank(q: f64, n: usize) -> usize {
    // A hair less: 0.05 × 20 is a little more than 1 in binary.
    (ceil(q * n as f64 - 1e-9) as usize).clamp(1, n) - 1
}

/// Mean and sum of squared deviations, by Welford's recurrence (1962), in trial order.
fn moments(values: &[f64]) -> (f64, f64) {
    let (mut mean, mut m2) = (0.0, 0.0);
    for (i, x) in values.iter().enumerate() {
        let delta = x - mean;
        mean += delta / (i + 1) as f64;
        m2 += delta * (x - mean);
    }
    (mean, m2)
}

impl Chance {
    /// `hits` of `n` with the score interval of Wilson (1927); `None` of none.
    pub fn of(hits: u64, n: u64) -> Option<Chance> {
        const Z: f64 = 1.959_963_984_540_054_2;
        if n == 0 {
            return None;
        }
        let (hits_f, n_f) = (hits as f64, n as f64);
        let p = hits_f / n_f;
        let centre = p + Z * Z / (2.0 * n_f);
        let reach = Z * sqrt(p * (1.0 - p) / n_f + Z * Z / (4.0 * n_f * n_f));
        let whole = 1.0 + Z * Z / n_f;
        Some(Chance {
            p,
            low: if hits == 0 { 0.0 } else { (centre - reach) / whole },
            high: if hits == n { 1.0 } else { (centre + reach) / whole },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_sample() {
        for n in (1..60).chain(95..140) {
            let values: Vec<f64> = (0..n).map(|i| f64::from((i * 37) % n)).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let by_definition = QUANTILES.map(|q| {
                let at_or_below = |x: f64| sorted.iter().filter(|&&y| y <= x).count() as f64;
                *sorted
                    .iter()
                    .find(|&&x| at_or_below(x) >= q * f64::from(n) - 1e-9)
                    .unwrap()
            });
            assert_eq!(Sample::of(values).quantiles(), Some(by_definition), "{n} values");
        }
    }

    #[test]
    fn a_ratio_over_nothing_does_not_exist() {
        assert_eq!(Sample::ratio(&[1.0, 2.0], &[0.0, 0.0]).estimate(), None);
        assert_eq!(Sample::ratio(&[1.0, 3.0], &[0.0, 2.0]).values(), [1.5]);
    }

    #[test]
    fn the_mean_carries_its_standard_error() {
        let estimate = Sample::of(vec![1.0, 2.0, 3.0, 4.0]).estimate().unwrap();
        assert_eq!(estimate.mean, 2.5);
        assert!((estimate.se - sqrt(5.0 / 3.0 / 4.0)).abs() < 1e-15);
    }
}
