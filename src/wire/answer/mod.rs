//! The finding of a run in sentences, by rule, for each of the three questions.

mod finance;
mod leader;
mod recruiter;
pub(super) mod words;

use crate::summary::Quantile;
use crate::wire::result::{Answers, Change, Headline, PoolResult};

/// What the answers need besides the result.
pub struct Facts {
    /// GRR of the first contract year.
    pub grr: Option<Planned>,
    /// NRR of the first contract year.
    pub nrr: Option<Planned>,
    /// What full coverage adds to GRR of the first contract year.
    pub full_coverage: Option<Change>,
    /// What the team adds to it.
    pub team: Option<Change>,
    /// What the team adds to ARR at the close of the horizon, written out with its month; nothing where it is not sure.
    pub team_arr: Option<String>,
}

/// Two low quantiles of a number that goes into a plan.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// Met or beaten in four futures of five.
    pub plan: Quantile,
    /// Missed in one future of twenty.
    pub bad_year: Quantile,
}

/// The answers, question by question.
pub fn answers(headline: &Headline, pools: &[PoolResult], facts: &Facts) -> Answers {
    Answers {
        cs_leader: leader::answer(
            &headline.grr.window,
            pools,
            facts.full_coverage.as_ref(),
            facts.team.as_ref().zip(Some(facts.team_arr.as_deref())),
        ),
        finance: finance::answer(headline, facts),
        recruiter: recruiter::answer(pools),
    }
}
