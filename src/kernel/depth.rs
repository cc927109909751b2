//! Shares of ARR that accounts give up.

use rand_distr::{Beta, Distribution};

use crate::kernel::stream::Address;
use crate::model::Rate;
use crate::units::{BetaLogit, Quantiles, logistic};

/// Depths of downsells or of contractions: a Beta law by its mean and its concentration α + β.
///
/// Where the mean is stated as a point the law is one for all trials, and a depth is one uniform through its inverse
/// distribution function, tabulated once. Where it is a range every trial has a law of its own, and a generator per event
/// draws from it.
#[derive(Debug, Clone)]
pub(crate) struct Depths {
    concentration: f64,
    known: Option<Known>,
}

#[derive(Debug, Clone)]
struct Known {
    exact: BetaLogit,
    table: Quantiles,
}

impl Depths {
    /// The law of this mean; `probability` is that of the events it is about, none of which need no table.
    pub(crate) fn new(mean: &Rate, concentration: f64, probability: &Rate) -> Depths {
        let (p, happens) = (mean.median(), probability.median() > 0.0);
        let is_known = happens && mean.sd() == 0.0 && p > 0.0 && p < 1.0;
        let known = is_known.then(|| {
            let exact = BetaLogit::new(p * concentration, (1.0 - p) * concentration);
            let table = Quantiles::of(|u| logistic(exact.quantile(u)));
            Known { exact, table }
        });
        Depths { concentration, known }
    }

    /// The depth of an account's event, of this mean in the trial.
    pub(crate) fn at(&self, mean: f64, draws: Address, key: u64) -> f64 {
        if mean <= 0.0 || mean >= 1.0 {
            return mean;
        }
        if let Some(known) = &self.known {
            let u = draws.uniform(key);
            return known.table.at(u).unwrap_or_else(|| logistic(known.exact.quantile(u)));
        }
        // Both parameters are above 0, so the law exists.
        Beta::new(mean * self.concentration, (1.0 - mean) * self.concentration)
            .map_or(mean, |law| law.sample(&mut draws.generator(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::stream::{Purpose, Stream};
    use crate::model::Family;

    /// A mean stated as a point, and as the narrowest of ranges around it.
    #[test]
    fn a_depth_has_its_mean_and_variance_and_the_ends_are_certain() {
        let address = Stream::new(1, 0).at(1, Purpose::RenewalSize);
        let often = Rate::point(Family::Probability, 0.1);
        let depths = |mean: Rate| Depths::new(&mean, 10.0, &often);
        for (mean, is_known) in [
            (Rate::point(Family::Probability, 0.2), true),
            (Rate::range(Family::Probability, 0.199_999, 0.200_001), false),
        ] {
            let depths = depths(mean);
            assert_eq!(depths.known.is_some(), is_known);
            assert_eq!((depths.at(0.0, address, 1), depths.at(1.0, address, 1)), (0.0, 1.0));
            let n = 4_000;
            let all: Vec<f64> = (0..n).map(|key| depths.at(0.2, address, key)).collect();
            let mean = all.iter().sum::<f64>() / n as f64;
            // α + β = 10: the variance is 0.2 × 0.8 / 11.
            assert!((mean - 0.2).abs() < 5.0 * (0.16 / 11.0 / n as f64).sqrt(), "{mean}");
            let square = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64;
            // The kurtosis of Beta(2, 8) is below 3.5, so a variance has a relative standard error of √(2.5 / n) at most.
            assert!(
                (square / (0.16 / 11.0) - 1.0).abs() < 5.0 * (2.5 / n as f64).sqrt(),
                "{square}"
            );
        }
        let never = Rate::point(Family::Probability, 0.0);
        assert!(Depths::new(&often, 10.0, &never).known.is_none());
    }
}
