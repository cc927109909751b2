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
