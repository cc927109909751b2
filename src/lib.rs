//! Plays thousands of possible futures of a book of B2B accounts and the team that serves it.
//!
//! The rooms, in the only order in which they may use each other:
//! `units` → `model` → `kernel` → `summary` → `analysis` → `io` → `wire` → the doors (`wasm`, `main`).

pub mod analysis;
pub mod io;
pub mod kernel;
pub mod model;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
pub mod summary;
pub mod units;
#[cfg(target_arch = "wasm32")]
mod wasm;
pub mod wire;
