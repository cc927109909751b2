//! The finding of a run in sentences, by rule, for each of the three questions.

mod finance;
mod leader;
mod recruiter;
pub(super) mod words;

use crate::summary::Quantile;
use crate::wire::result::{Answers, Change, Headline, PoolResult};

/// What the answers need besides the result.
pub struct Facts {
    /// Accounts under contract at the start.
    pub accounts: usize,
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
        caution: caution(facts.accounts),
    }
}

/// Below so many accounts one of them is several points of any ratio.
const FEW_ACCOUNTS: usize = 30;

fn caution(accounts: usize) -> Option<String> {
    let are = match accounts {
        0 | FEW_ACCOUNTS.. => return None,
        1 => "Only 1 account is".to_owned(),
        _ => format!("Only {accounts} accounts are"),
    };
    Some(format!(
        "{are} under contract at the start: a single renewal moves every ratio, and one year's result settles little. \
         Plan with the band, not with its middle."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_book_is_told_to_be_one() {
        let says = |accounts| caution(accounts).map(|text| text.split(" under").next().unwrap_or_default().to_owned());
        assert_eq!(says(1).as_deref(), Some("Only 1 account is"));
        assert_eq!(says(29).as_deref(), Some("Only 29 accounts are"));
        assert_eq!((says(0), says(30)), (None, None));
    }
}
