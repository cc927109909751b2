//! What do outcomes say? Columns of trials in, estimates with their error out; rolls no dice.

mod estimate;
mod headline;
mod metrics;
mod outcomes;

pub use estimate::{Chance, Change, Estimate, QUANTILES, Quantile, Sample};
pub use headline::{Baseline, Headline};
pub use metrics::Metrics;
pub use outcomes::Outcomes;
