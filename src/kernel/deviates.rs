//! The standard normal numbers behind a trial, told apart from what they bring about.

use crate::kernel::plan::Plan;
use crate::kernel::rates;
use crate::kernel::shock::Shock;
use crate::kernel::stream::{Layers, Stream};

impl Plan {
    /// Numbers with mean 0 that a trial has drawn for the book as a whole: the shared shock over the first contract year and
    /// over the horizon, and the deviate of every rate that nobody knows. Accounts' own luck is not among them.
    ///
    /// Over so many months the shock stands for itself by its means over both halves of them and by what the square of its
    /// mean over all of them exceeds its expectation by, `Σᵢⱼ φ^|i-j| / n²`.
    pub fn deviates(&self, trial: impl Into<Layers>) -> Vec<f64> {
        let scenario = &self.scenario;
        let stream = Stream::new(scenario.seed, trial);
        let mut shock = Shock::start(scenario.half_life, &stream);
        let path: Vec<f64> = (1..=scenario.horizon)
            .map(|month| shock.advance(month, &stream))
            .collect();
        let mut deviates = Vec::new();
        let mut windows = vec![path.len().min(12), path.len()];
        windows.dedup();
        for months in windows {
            let (early, late) = path[..months].split_at(months / 2);
            let whole = mean(&path[..months]);
            deviates.extend([mean(early), mean(late), whole * whole - shock.variance_of_mean(months)]);
        }
        rates::deviates(scenario, &stream, &mut deviates);
        deviates
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_path_is_told_by_the_means_of_its_halves_and_the_square_of_its_own() {
        let mut scenario = sample::scenario();
        (scenario.horizon, scenario.half_life) = (15, 6.0);
        let plan = Plan::new(scenario);
        for trial in 0..20 {
            let stream = Stream::new(1, trial);
            let mut shock = Shock::start(6.0, &stream);
            let path: Vec<f64> = (1..=15).map(|month| shock.advance(month, &stream)).collect();
            let mean = |months: &[f64]| months.iter().sum::<f64>() / months.len() as f64;
            let [year, all] = [&path[..12], &path[..]].map(|months| {
                let variance: f64 = (0..months.len() as i32)
                    .flat_map(|i| (0..months.len() as i32).map(move |j| libm::pow(0.5, f64::from((i - j).abs()) / 6.0)))
                    .sum();
                mean(months) * mean(months) - variance / (months.len() * months.len()) as f64
            });
            let expected = [
                mean(&path[..6]),
                mean(&path[6..12]),
                year,
                mean(&path[..7]),
                mean(&path[7..]),
                all,
            ];
            let found = plan.deviates(trial);
            assert_eq!(found.len(), 6);
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
    }

    #[test]
    fn a_year_is_told_once() {
        assert_eq!(Plan::new(sample::scenario()).deviates(0).len(), 3);
    }
}
