//! What may happen? One trial forward, month by month; knows nothing of statistics or JSON.

mod accounts;
mod arrival;
mod column;
mod depth;
mod deviates;
mod expansion;
mod frailty;
mod health;
mod odds;
mod outcome;
mod outline;
mod plan;
mod rates;
mod record;
mod renewal;
mod shock;
mod stream;
mod tally;
mod team;
mod trial;
mod workload;

pub use outcome::{Book, Concentration, Growth, Layout, Once, Staff, Turnover, Year};
pub use plan::Plan;
pub use stream::Layers;
pub use trial::Trial;
