//! Closed forms of the retention, credit-risk and customer-lifetime-value literature against the simulator.
//!
//! Every test is named by the id of its vector in `tests/data/oracles.json`, which states formula and source.

#![expect(
    clippy::disallowed_methods,
    reason = "an exact value may come from any machine's exponentials"
)]

#[path = "../support/base.rs"]
mod support;

mod changes;
mod error;
mod frailty;
mod health;
mod luck;
mod price;
mod shock;
mod staff;
mod stated;
mod tools;
mod value;
mod worked;
