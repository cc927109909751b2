use crate::summary::{Change, Estimate, Headline};

/// What happens because of the team: the run less its twin, the same trials without coverage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// GRR of the first contract year.
    pub grr: Change,
    /// ARR of the opening accounts kept at the close of the horizon, capped account by account.
    pub arr_kept: Estimate,
    /// Expansion over the horizon.
    pub expansion: Estimate,
    /// ARR at the close of the horizon.
    pub closing_arr: Estimate,
    /// Opening accounts truly saved by the close of the horizon: kept here and lost there, less the reverse.
    pub saved: Estimate,
    /// Accounts that were red in their renewal window and renewed over the horizon: what would be claimed.
    pub claimed: Estimate,
}

/// Compares a run with its twin, trial by trial; `None` before both have a trial.
pub fn worth(run: &Headline, twin: &Headline) -> Option<Worth> {
    let gained = |of: fn(&Headline) -> &crate::summary::Sample| of(run).less(of(twin)).estimate();
    Some(Worth {
        grr: run.grr.change_from(&twin.grr)?,
        arr_kept: gained(|h| &h.kept)?,
        expansion: gained(|h| &h.expansion)?,
        closing_arr: gained(|h| &h.closing_arr)?,
        saved: gained(|h| &h.accounts)?,
        claimed: run.claimed.estimate()?,
    })
}
