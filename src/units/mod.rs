//! What is a Money, a Currency, a probability? Checked values and the laws of odds; knows nothing of anything else.

mod beta;
mod money;
mod probability;
mod quantiles;

pub use beta::BetaLogit;
pub use money::{Currency, Money, rounded};
pub use probability::{logistic, logit, normal_cdf, normal_quantile, softplus, threshold};
pub use quantiles::Quantiles;

pub(crate) use money::whole;
pub(crate) use quantiles::cell;
