//! What may happen? One trial forward, month by month; knows nothing of statistics or JSON.

mod accounts;
mod column;
mod expansion;
mod health;
mod outcome;
mod plan;
mod rates;
mod renewal;
mod shock;
mod stream;
mod tally;
mod team;
mod trial;
mod workload;

pub use outcome::{Book, Layout, Once, Staff, Turnover, Year};
pub use plan::Plan;
pub use trial::Trial;
