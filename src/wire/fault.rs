use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing wrong with what a user typed: where it is and which rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Fault {
    /// Path in the document, such as `segments[2].churn`; empty for the document as a whole.
    pub path: String,
    /// What is wrong there, value and rule: `is 1.2, not in 0..=1`.
    pub rule: String,
}

impl Fault {
    /// A fault at a path.
    pub fn new(path: impl Into<String>, rule: impl Into<String>) -> Fault {
        Fault {
            path: path.into(),
            rule: rule.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.rule)
        } else {
            write!(f, "{} {}", self.path, self.rule)
        }
    }
}
