//! What is true of the business with no computer? Plain values that `wire` has checked; no dice, no statistics.

mod account;
mod chain;
mod expected;
mod frailty;
mod rate;
mod risk;
#[cfg(test)]
pub(crate) mod sample;
mod scenario;
mod segment;
mod team;

pub use account::{Account, Opening};
pub use chain::{Chain, Matrix, reach, response};
pub use expected::{Holding, Year};
pub use frailty::ageing;
pub use rate::{Family, Rate};
pub use risk::{Calibration, MOST_CHURN, over, scaled};
pub use scenario::{CoverageRule, Economics, Number, Precision, Scenario, Targets};
pub use segment::{
    ArrLaw, Arrivals, ChurnOf, Contraction, Covered, Downsell, Expansion, Frailty, Health, HealthRule, Loading,
    NewAccounts, Onboarding, Risk, Segment, Term, Uncovered, Uplift, WinBack,
};
pub use team::{Allocation, Handover, Hiring, HoursYear, PlannedHire, Pool, TouchModel, WorkClass};
