//! What is true of the business with no computer? Plain values that `wire` has checked; no dice, no statistics.

mod account;
mod chain;
mod rate;
mod risk;
mod scenario;
mod segment;
mod team;

pub use account::{Account, Opening};
pub use chain::{Chain, Matrix, response};
pub use rate::{Family, Rate};
pub use risk::{Calibration, MOST_CHURN, scaled};
pub use scenario::{CoverageRule, Economics, Scenario, Shock, Targets};
pub use segment::{
    ArrLaw, Arrivals, Covered, Downsell, Expansion, Health, HealthRule, NewAccounts, Onboarding, Risk, Segment, Term,
    Uncovered, Uplift,
};
pub use team::{Allocation, Hiring, HoursYear, PlannedHire, Pool, TouchModel, WorkClass};
