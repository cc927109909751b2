use crate::summary::lanes::sums;
use crate::summary::order;
use crate::summary::precision::{Ends, Interval};

/// A number over the trials in which it exists, in trial order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    /// Trials in which it does not exist, in order, counted from the first of the sample.
    absent: Vec<usize>,
}

/// Distribution of a number over trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean; 0 for a single trial.
    pub se: f64,
    /// Its quantiles.
    pub quantiles: Quantiles,
    /// Trials in which the number exists.
    pub trials: u32,
}

/// Where the values of a number lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// Quantiles at 5, 25, 50, 75 and 95%.
    pub at: [f64; 5],
    /// Between which values those at 5, 50 and 95% lie with a confidence of 95%.
    pub sure: [Interval; 3],
}

/// A simulated probability, or a share of the months of simulated trials, with its Wilson interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Share of trials, or of months.
    pub p: f64,
    /// Lower end of the interval of 95%.
    pub low: f64,
    /// Upper end of the interval of 95%.
    pub high: f64,
}

/// One quantile and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The smallest value at or below which lies the share asked for.
    pub value: f64,
    /// Standard error; 0 for a single trial.
    pub se: f64,
}

/// A number computed from means over trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The number.
    pub value: f64,
    /// Standard error; 0 for a single trial.
    pub se: f64,
}

/// What a number gained over that of another run, trial by trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Mean of the differences.
    pub mean: f64,
    /// Standard error of the mean; 0 for a single pair.
    pub se: f64,
    /// Lower end of the interval of 90% for the mean.
    pub low: f64,
    /// Upper end of the interval of 90% for the mean.
    pub high: f64,
    /// Trials in which both numbers exist.
    pub pairs: u32,
    /// Trials both runs have in which one of the numbers does not exist.
    pub left_out: u32,
}

/// Probabilities of [`Quantiles::at`].
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

impl Sample {
    /// A number that exists in every trial.
    pub fn of(values: Vec<f64>) -> Sample {
        Sample {
            values,
            absent: Vec::new(),
        }
    }

    /// A number that exists in the trials whose places say so.
    pub fn where_it_exists(values: Vec<f64>, exists: impl Fn(usize) -> bool) -> Sample {
        let mut sample = Sample::default();
        for (place, value) in values.into_iter().enumerate() {
            if exists(place) {
                sample.values.push(value);
            } else {
                sample.absent.push(place);
            }
        }
        sample
    }

    /// `above / below`, in the trials in which there is something below.
    pub fn ratio(above: &[f64], below: &[f64]) -> Sample {
        let pairs = above.iter().zip(below);
        if below.iter().all(|below| *below > 0.0) {
            return Sample::of(pairs.map(|(above, below)| above / below).collect());
        }
        let mut sample = Sample::of(Vec::with_capacity(above.len()));
        for (trial, (above, below)) in pairs.enumerate() {
            if *below > 0.0 {
                sample.values.push(above / below);
            } else {
                sample.absent.push(trial);
            }
        }
        sample
    }

    /// The same trials with every value changed.
    pub fn map(mut self, change: impl Fn(f64) -> f64) -> Sample {
        self.values.iter_mut().for_each(|x| *x = change(*x));
        self
    }

    /// Puts the trials of another sample after these.
    pub fn append(&mut self, later: &Sample) {
        let trials = self.trials();
        self.absent.extend(later.absent.iter().map(|trial| trials + trial));
        self.values.extend(&later.values);
    }

    /// Trials, those in which the number does not exist among them.
    pub fn trials(&self) -> usize {
        self.values.len() + self.absent.len()
    }

    /// The number trial by trial.
    pub fn by_trial(&self) -> impl Iterator<Item = Option<f64>> {
        let mut absent = self.absent.iter().peekable();
        let mut values = self.values.iter();
        (0..self.trials()).map(move |trial| match absent.next_if_eq(&&trial) {
            Some(_) => None,
            None => values.next().copied(),
        })
    }

    /// What this number gained over another run's in the trials of both, Δ_t = x_t − y_t: their mean, its standard error
    /// s_Δ / √n and mean ± 1.645 standard errors. Runs of one seed share their luck trial by trial, which cancels in Δ_t;
    /// where they do not, the error is right all the same. `None` without a pair.
    pub fn change_from(&self, before: &Sample) -> Option<Change> {
        const Z: f64 = 1.644_853_626_951_472_2;
        let differences = self.less(before);
        let left_out = differences.absent.len() as u32;
        let pairs = differences.values.len() as u32;
        let Point { value: mean, se } = (pairs > 0).then(|| Point::mean_of(&differences.values))?;
        Some(Change {
            mean,
            se,
            low: mean - Z * se,
            high: mean + Z * se,
            pairs,
            left_out,
        })
    }

    /// What this number is above another run's, in the trials of both.
    pub fn less(&self, other: &Sample) -> Sample {
        let mut difference = Sample::default();
        for (trial, (x, y)) in self.by_trial().zip(other.by_trial()).enumerate() {
            match (x, y) {
                (Some(x), Some(y)) => difference.values.push(x - y),
                _ => difference.absent.push(trial),
            }
        }
        difference
    }

    /// The values, in trial order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Mean, its standard error and quantiles; `None` over nothing.
    pub fn estimate(&self) -> Option<Estimate> {
        let n = self.values.len();
        let quantiles = self.quantiles()?;
        let (mean, m2) = moments(&self.values);
        let se = if n > 1 {
            (m2 / (n - 1) as f64 / n as f64).sqrt()
        } else {
            0.0
        };
        Some(Estimate {
            mean,
            se,
            quantiles,
            trials: n as u32,
        })
    }

    /// The five quantiles and how sure they are; `None` over nothing.
    pub fn quantiles(&self) -> Option<Quantiles> {
        let n = self.values.len();
        if n == 0 {
            return None;
        }
        let [p5, p25, p50, p75, p95] = QUANTILES.map(|q| order::place(q, n));
        let [of_p5, of_p50, of_p95] = Ends::of_fan(n);
        let [[low5, high5], [low50, high50], [low95, high95]] = [of_p5, of_p50, of_p95].map(Ends::places);
        let places = [p5, p25, p50, p75, p95, low5, high5, low50, high50, low95, high95];
        let [p5, p25, p50, p75, p95, low5, high5, low50, high50, low95, high95] = order::at(&self.values, places);
        Some(Quantiles {
            at: [p5, p25, p50, p75, p95],
            sure: [
                of_p5.between([low5, high5]),
                of_p50.between([low50, high50]),
                of_p95.between([low95, high95]),
            ],
        })
    }

    /// One quantile; its standard error is half the distance between the values one standard deviation of the binomial
    /// rank, √(n q (1 − q)), to either side. `None` over nothing.
    pub fn quantile(&self, q: f64) -> Option<Quantile> {
        let n = self.values.len();
        let last = n.checked_sub(1)?;
        let place = order::place(q, n);
        let reach = (n as f64 * q * (1.0 - q)).sqrt().ceil() as usize;
        let places = [place, place.saturating_sub(reach), (place + reach).min(last)];
        let [value, low, high] = order::at(&self.values, places);
        Some(Quantile {
            value,
            se: (high - low) / 2.0,
        })
    }

    /// Share of trials in which the number meets a condition; `None` over nothing.
    pub fn chance(&self, meets: impl Fn(f64) -> bool) -> Option<Chance> {
        let hits = self.values.iter().filter(|&&x| meets(x)).count();
        Chance::of(hits as u64, self.values.len() as u64)
    }
}

/// Mean and sum of squared deviations in two passes, the second of which mends the first (Chan, Golub and LeVeque 1983).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    // Counted from one of them, so that equal values deviate by nothing at all.
    let from = values.first().copied().unwrap_or(0.0);
    let near = from + sums(values, from).0 / n;
    let (off, squares) = sums(values, near);
    (near + off / n, (squares - off * off / n).max(0.0))
}

impl Point {
    /// The mean of a number that exists in every trial, with its standard error; 0 over nothing.
    pub fn mean_of(values: &[f64]) -> Point {
        let n = values.len().max(1) as f64;
        let (_, m2) = moments(values);
        Point {
            value: sums(values, 0.0).0 / n,
            se: (m2 / (n - 1.0).max(1.0) / n).sqrt(),
        }
    }

    /// A function of the means of columns, with its standard error by the jackknife over g = 20 groups, trial t in group
    /// t mod g: se² = (g − 1) / g × Σ (f₍ᵢ₎ − f̄)², f₍ᵢ₎ without group i (Tukey 1958; Efron and Stein 1981). `None` over
    /// nothing, and where the function does not exist with all trials or without one of the groups.
    pub fn of_means(columns: &[Vec<f64>], f: impl Fn(&[f64]) -> Option<f64>) -> Option<Point> {
        const GROUPS: usize = 20;
        let n = columns.first()?.len();
        let groups = n.min(GROUPS);
        let mut sums = vec![vec![0.0; columns.len()]; groups];
        for (c, column) in columns.iter().enumerate() {
            for (t, x) in column.iter().enumerate() {
                sums[t % groups][c] += x;
            }
        }
        let whole: Vec<f64> = (0..columns.len())
            .map(|c| sums.iter().map(|group| group[c]).sum())
            .collect();
        let mean = |without: Option<usize>| {
            let size = without.map_or(0, |i| (n - i).div_ceil(groups));
            let left = whole.iter().enumerate();
            let means: Vec<f64> = left
                .map(|(c, sum)| (sum - without.map_or(0.0, |i| sums[i][c])) / (n - size) as f64)
                .collect();
            f(&means)
        };
        if n == 0 {
            return None;
        }
        let value = mean(None)?;
        if groups == 1 {
            return Some(Point { value, se: 0.0 });
        }
        let without: Vec<f64> = (0..groups).map(|i| mean(Some(i))).collect::<Option<_>>()?;
        let (_, m2) = moments(&without);
        let se = (m2 * (groups - 1) as f64 / groups as f64).sqrt();
        Some(Point { value, se })
    }
}

impl Change {
    /// Whether the interval of the mean leaves zero out.
    pub fn is_visible(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

impl Chance {
    /// `hits` of `n` with the score interval of Wilson (1927); `None` of none.
    pub fn of(hits: u64, n: u64) -> Option<Chance> {
        (n > 0).then(|| Chance::wilson(hits as f64 / n as f64, n as f64))
    }

    /// A share of months, from its share in each trial; `None` over nothing.
    ///
    /// Months of one trial hang together, so trials are the units: the standard error is that of the mean over trials,
    /// and the interval is Wilson's over as many independent months as would have that error, `n = p (1-p) / se²`, the
    /// effective sample size of Korn and Graubard (1998), *Confidence intervals for proportions with small expected
    /// number of positive counts estimated from survey data*, Survey Methodology 24(2), 193–201. There are never more of
    /// them than months; where every month of every trial is alike, as many as trials.
    pub fn of_months(shares: &[f64], months: usize) -> Option<Chance> {
        if shares.is_empty() {
            return None;
        }
        let Point { value: p, se } = Point::mean_of(shares);
        let (trials, all) = (shares.len() as f64, (shares.len() * months) as f64);
        let n = if p > 0.0 && p < 1.0 && shares.len() > 1 {
            (p * (1.0 - p) / (se * se)).min(all)
        } else {
            trials
        };
        Some(Chance::wilson(p, n))
    }

    fn wilson(p: f64, n: f64) -> Chance {
        const Z: f64 = 1.959_963_984_540_054_2;
        let centre = p + Z * Z / (2.0 * n);
        let reach = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        Chance {
            p,
            low: if p == 0.0 { 0.0 } else { (centre - reach) / whole },
            high: if p == 1.0 { 1.0 } else { (centre + reach) / whole },
        }
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
            let found = Sample::of(values).quantiles().unwrap();
            assert_eq!(found.at, by_definition, "{n} values");
        }
    }

    #[test]
    fn a_ratio_over_nothing_does_not_exist() {
        assert_eq!(Sample::ratio(&[1.0, 2.0], &[0.0, 0.0]).estimate(), None);
        assert_eq!(Sample::ratio(&[1.0, 3.0], &[0.0, 2.0]).values(), [1.5]);
    }

    #[test]
    fn quantiles_carry_the_intervals_of_each() {
        for n in [1, 7, 400] {
            let sample = Sample::of((0..n).map(|i| f64::from((i * 37) % n)).collect());
            let alone = [0.05, 0.5, 0.95].map(|q| sample.quantile_interval(q, 0.95).unwrap());
            assert_eq!(sample.quantiles().unwrap().sure, alone, "{n} values");
        }
    }

    #[test]
    fn the_mean_carries_its_standard_error() {
        let estimate = Sample::of(vec![1.0, 2.0, 3.0, 4.0]).estimate().unwrap();
        assert_eq!(estimate.mean, 2.5);
        assert!((estimate.se - (5.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn months_of_a_trial_that_hang_together_count_as_one() {
        // Half of 100 trials are over capacity in all of their 12 months, half in none.
        let shares: Vec<f64> = (0..100).map(|t| f64::from(t % 2)).collect();
        let chance = Chance::of_months(&shares, 12).unwrap();
        // p (1-p) / se², whose n - 1 comes from the variance of a sample.
        assert_eq!(chance, Chance::wilson(0.5, 99.0));
        assert_eq!(Chance::of_months(&[0.0; 100], 12), Chance::of(0, 100));
        // Months that all differ: no more than there are.
        assert_eq!(Chance::of_months(&[0.5; 100], 12), Chance::of(600, 1200));
        assert_eq!(Chance::of_months(&[], 12), None);
    }

    #[test]
    fn a_change_is_the_mean_of_paired_differences_with_its_error() {
        // Differences 1, 2, 3, 6: mean 3, variance (4 + 1 + 0 + 9) / 3.
        let before = Sample::of(vec![10.0, 20.0, 30.0, 40.0]);
        let after = Sample::of(vec![11.0, 22.0, 33.0, 46.0]);
        let change = after.change_from(&before).unwrap();
        let se = (14.0_f64 / 3.0 / 4.0).sqrt();
        assert_eq!((change.mean, change.pairs, change.left_out), (3.0, 4, 0));
        assert!((change.se - se).abs() < 1e-15);
        assert!((change.low - (3.0 - 1.644_853_626_951 * se)).abs() < 1e-9);
        assert!((change.high - (3.0 + 1.644_853_626_951 * se)).abs() < 1e-9);
        assert!(change.is_visible());
        // Unpaired, the same numbers would show nothing: their spread hides it.
        assert_eq!(
            after.change_from(&after).map(|c| (c.mean, c.is_visible())),
            Some((0.0, false))
        );
    }

    #[test]
    fn trials_without_a_partner_are_left_out_and_counted() {
        let before = Sample::ratio(&[1.0, 1.0, 1.0, 1.0], &[1.0, 0.0, 1.0, 1.0]);
        let after = Sample::ratio(&[3.0, 9.0, 9.0, 4.0, 9.0], &[1.0, 1.0, 0.0, 1.0, 1.0]);
        let change = after.change_from(&before).unwrap();
        assert_eq!((change.mean, change.pairs, change.left_out), (2.5, 2, 2));
        assert_eq!(after.change_from(&Sample::default()), None);
    }

    #[test]
    fn a_function_of_means_carries_the_error_of_the_jackknife() {
        // Of a mean the jackknife gives the error of the mean itself, here over four groups of one.
        let column = vec![1.0, 2.0, 3.0, 4.0];
        let point = Point::of_means(std::slice::from_ref(&column), |m| Some(m[0])).unwrap();
        assert_eq!(point.value, 2.5);
        assert!((point.se - (5.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
        // Groups of two, one of them of one: 21 trials of 7 are 7 without any of them.
        let even = Point::of_means(&[vec![7.0; 21]], |m| Some(m[0])).unwrap();
        assert_eq!(even.value, 7.0);
        assert!(even.se < 1e-14);
        let ratio = |m: &[f64]| (m[1] > 0.0).then(|| m[0] / m[1]);
        let point = Point::of_means(&[vec![1.0, 3.0], vec![2.0, 2.0]], ratio).unwrap();
        // 1 with both, 3/2 and 1/2 without one of them.
        assert_eq!((point.value, point.se), (1.0, 0.5));
        assert_eq!(Point::of_means(&[vec![1.0, 3.0], vec![2.0, 0.0]], ratio), None);
        assert_eq!(Point::of_means(&[vec![]], |m| Some(m[0])), None);
    }

    #[test]
    fn appended_trials_keep_their_place() {
        let whole = Sample::ratio(&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 1.0]);
        let mut parts = Sample::ratio(&[1.0, 2.0], &[0.0, 1.0]);
        parts.append(&Sample::ratio(&[3.0, 4.0], &[0.0, 1.0]));
        assert_eq!(parts, whole);
    }

    #[test]
    fn a_quantile_carries_the_error_of_its_rank() {
        // 100 values: the rank of 20% is 20 with a standard deviation of 4.
        let quantile = Sample::of((1..=100).map(f64::from).collect()).quantile(0.2).unwrap();
        assert_eq!((quantile.value, quantile.se), (20.0, 4.0));
        assert_eq!(Sample::default().quantile(0.2), None);
    }

    #[test]
    fn the_interval_of_a_chance_is_that_of_wilson() {
        for (hits, n, low, high) in [
            (5, 10, 0.236_59, 0.763_41),
            (1, 10, 0.017_88, 0.404_15),
            (0, 10, 0.0, 0.277_53),
        ] {
            let chance = Chance::of(hits, n).expect("there are trials");
            assert!(
                (chance.low - low).abs() < 1e-5 && (chance.high - high).abs() < 1e-5,
                "{chance:?}"
            );
        }
        assert_eq!(Chance::of(0, 0), None);
    }
}
