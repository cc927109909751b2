//! What takes many runs, or data? Says which trials of which scenario it wants next and folds what comes back; it never
//! plays one itself, so threads and workers serve it alike, and knows nothing of JSON or files.

mod calibrate;
mod companion;
mod lifetime;
mod precision;
mod split;
mod worth;

pub use calibrate::{Fit, fit_own_churn};
pub use companion::Companion;
pub use lifetime::OwnChurn;
pub use precision::{is_met, looks};
pub use split::{Part, Split, split};
pub use worth::{Worth, worth};
