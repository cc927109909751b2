//! What crosses? The scenario and result documents, and every check of what a person typed, with its path.

mod answer;
mod cell;
mod check;
pub mod examples;
mod fault;
pub mod import;
mod place;
mod read;
mod report;
pub mod result;
pub mod scenario;
mod sense;
mod session;

pub use answer::words::decimals;
pub use cell::{CellKind, CellRead, read_cell, show_cell, show_money};
pub use check::{MOST_ACCOUNTS, MOST_TRIALS, check};
pub use fault::Fault;
pub use read::read;
pub use report::{Beside, derived, is_large, report};
pub use sense::findings;
pub use session::{Companion, Play, Session};

use crate::model::Scenario;
use read::{Reading, read_on};
use result::{Checked, Findings};
use scenario::{CurrencyInput, ScenarioInput};

/// Reads and checks a scenario document.
///
/// # Errors
/// Every fault at once, each with its path.
pub fn parse(text: &str) -> Result<Scenario, Vec<Fault>> {
    sound(text).map(|(_, scenario)| scenario)
}

/// The document and the scenario it states, or its faults of shape and then of rule.
fn sound(text: &str) -> Result<(ScenarioInput, Scenario), Vec<Fault>> {
    let Reading {
        mut faults,
        input,
        plain,
    } = read_on(text);
    let Some(input) = input.filter(|_| plain) else {
        return Err(faults);
    };
    match check(&input) {
        Ok(scenario) if faults.is_empty() => Ok((input, scenario)),
        Ok(_) => Err(faults),
        Err(broken) => {
            // What was patched is told already.
            let told: Vec<String> = faults.iter().map(|fault| fault.path.clone()).collect();
            let related = |path: &str| {
                told.iter()
                    .any(|other| path.starts_with(other) || other.starts_with(path))
            };
            faults.extend(broken.into_iter().filter(|fault| !related(&fault.path)));
            Err(faults)
        }
    }
}

/// What a scenario document states that does not add up; nothing while there are faults.
pub fn sense(text: &str) -> Findings {
    Findings(parse(text).map_or_else(|_| Vec::new(), |scenario| findings(&scenario)))
}

/// Checks a scenario document and says what it amounts to.
pub fn look(text: &str) -> Checked {
    match sound(text) {
        Err(faults) => Checked { faults, derived: None },
        Ok((input, scenario)) => {
            let position = |name: &str| input.touch_models.iter().position(|t| t.name == name);
            let pools: Vec<usize> = input.pools.iter().filter_map(|p| position(&p.touch_model)).collect();
            Checked {
                faults: Vec::new(),
                derived: Some(derived(&scenario, &pools)),
            }
        }
    }
}

impl From<CurrencyInput> for crate::units::Currency {
    fn from(currency: CurrencyInput) -> Self {
        match currency {
            CurrencyInput::Usd => Self::Usd,
            CurrencyInput::Eur => Self::Eur,
            CurrencyInput::Gbp => Self::Gbp,
            CurrencyInput::Inr => Self::Inr,
        }
    }
}

impl From<crate::units::Currency> for CurrencyInput {
    fn from(currency: crate::units::Currency) -> Self {
        match currency {
            crate::units::Currency::Usd => Self::Usd,
            crate::units::Currency::Eur => Self::Eur,
            crate::units::Currency::Gbp => Self::Gbp,
            crate::units::Currency::Inr => Self::Inr,
        }
    }
}
