//! What do outcomes say? Columns of trials in, estimates with their error out; rolls no dice.

mod estimate;
mod metrics;
mod outcomes;

pub use estimate::{Chance, Estimate, QUANTILES, Sample};
pub use metrics::Metrics;
pub use outcomes::Outcomes;
