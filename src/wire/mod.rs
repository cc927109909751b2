//! What crosses? The scenario and result documents, and every check of what a person typed, with its path.

mod answer;
mod cell;
mod check;
pub mod examples;
mod fault;
pub mod import;
mod read;
mod report;
pub mod result;
pub mod scenario;

pub use cell::{CellKind, CellRead, read_cell, show_cell, show_money};
pub use check::{MOST_ACCOUNTS, MOST_TRIALS, check, warnings};
pub use fault::Fault;
pub use read::read;
pub use report::{derived, report};

use crate::kernel::Plan;
use crate::model::Scenario;
use result::Checked;
use scenario::CurrencyInput;

/// Reads and checks a scenario document.
///
/// # Errors
/// Every fault at once, each with its path.
pub fn parse(text: &str) -> Result<Scenario, Vec<Fault>> {
    check(&read(text)?)
}

/// Checks a scenario document and says what it amounts to.
pub fn look(text: &str) -> Checked {
    let sound = read(text).and_then(|input| check(&input).map(|scenario| (input, scenario)));
    match sound {
        Err(faults) => Checked {
            faults,
            warnings: Vec::new(),
            derived: None,
        },
        Ok((input, scenario)) => {
            let position = |name: &str| input.touch_models.iter().position(|t| t.name == name);
            let pools: Vec<usize> = input.pools.iter().filter_map(|p| position(&p.touch_model)).collect();
            let warnings = warnings(&scenario);
            Checked {
                faults: Vec::new(),
                warnings,
                derived: Some(derived(&Plan::new(scenario), &pools)),
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
