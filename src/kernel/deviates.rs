//! The standard normal numbers behind a trial, told apart from what they bring about.

use crate::kernel::plan::Plan;
use crate::kernel::rates;
use crate::kernel::shock::Shock;
use crate::kernel::stream::{Layers, Stream};

impl Plan {
    /// Numbers with mean 0 that a trial has drawn for the book as a whole: the shared shock over the first so many months,
    /// twice and squared, and the deviate of every rate that nobody knows. Accounts' own luck is not among them.
    ///
    /// The shock stands for itself by its means over both halves of those months and by what the square of its mean over
    /// all of them exceeds its expectation by, `Σᵢⱼ φ^|i-j| / n²`.
    pub fn deviates(&self, trial: impl Into<Layers>, months: u32) -> Vec<f64> {
        let scenario = &self.scenario;
        let stream = Stream::new(scenario.seed, trial);
        let mut shock = Shock::start(scenario.half_life, &stream);
        let path: Vec<f64> = (1..=months).map(|month| shock.advance(month, &stream)).collect();
        let (early, late) = path.split_at(path.len() / 2);
        let whole = mean(&path);
        let mut deviates = vec![
            mean(early),
            mean(late),
            whole * whole - shock.variance_of_mean(path.len()),
        ];
        rates::deviates(scenario, &stream, &mut deviates);
        deviates
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
