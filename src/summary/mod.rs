//! What do outcomes say? Columns of trials in, estimates with their error out; rolls no dice.

mod adjusted;
mod concentration;
mod differences;
mod estimate;
mod headline;
mod lanes;
mod metrics;
mod order;
mod outcomes;
mod packed;
mod precision;
mod staff;
mod store;
mod value;

pub use adjusted::Deviates;
pub use concentration::Spread;
pub use differences::{Cohorts, Difference, Step};
pub use estimate::{Chance, Change, Estimate, Point, QUANTILES, Quantile, Quantiles, Sample};
pub use headline::{Baseline, Headline};
pub use metrics::Metrics;
pub use outcomes::Outcomes;
pub use precision::{Interval, Shortfall};
pub use staff::{Span, Team};
pub use store::Store;
pub use value::{OpeningBook, Perpetuity};
