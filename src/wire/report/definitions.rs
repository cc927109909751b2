//! Retention by several definitions, and why they differ.

use super::{Reporter, estimate};
use crate::kernel::Growth;
use crate::summary;
use crate::wire::result::{DefinitionsResult, Difference, DifferenceStep};

const MADE_UP: (&str, &str) = (
    "Losses that growth made up",
    "Accounts that lost ARR and grew as well, before or after: GRR compares the two ends of the year, movements count \
     every loss.",
);
const EXPANSION: (&str, &str) = (
    "Expansion",
    "Growth of the accounts at the opening that no price change explains, less what they lost of it again.",
);
const UPLIFT: (&str, &str) = ("Price uplift", "Price changes of the accounts at the opening.");
const BEYOND_OPENING: (&str, &str) = (
    "Losses beyond the opening ARR",
    "Losses of accounts that joined in the year, and of growth on top of the opening ARR: renewals count them, GRR does \
     not.",
);
const OUTSIDE_RENEWALS: (&str, &str) = (
    "Losses outside renewals",
    "Mid-term contraction, and opt-outs inside a contract: GRR counts them, renewals do not.",
);
const NOT_DUE: (&str, &str) = (
    "ARR not up for renewal",
    "The renewal rate divides by the ARR that came up, GRR by all there was at the opening: the less came up, the more \
     the same losses weigh. Below zero where more came up, as monthly contracts do every month.",
);

impl Reporter<'_> {
    pub(super) fn definitions(&self, year: usize) -> DefinitionsResult {
        let m = &self.metrics;
        let (from, to) = m.months(year);
        let cohorts = m.cohorts(year);
        let differences = [
            difference("GRR", cohorts.from_grr_to_movements(), &[MADE_UP], "GRR by movements"),
            difference(
                "GRR",
                cohorts.from_grr_to_renewal_rate(),
                &[MADE_UP, BEYOND_OPENING, OUTSIDE_RENEWALS, NOT_DUE],
                "Gross renewal rate",
            ),
            difference("GRR", cohorts.from_grr_to_nrr(), &[MADE_UP, EXPANSION, UPLIFT], "NRR"),
        ];
        DefinitionsResult {
            from: from as u32,
            to: to as u32,
            nrr_without_top1: estimate(m.nrr_without_growth(Growth::Top1, year)),
            nrr_without_top3: estimate(m.nrr_without_growth(Growth::Top3, year)),
            nrr_without_top5: estimate(m.nrr_without_growth(Growth::Top5, year)),
            win_back: estimate(m.win_back(year)),
            differences: differences.into_iter().flatten().collect(),
        }
    }
}

fn difference(from: &str, between: summary::Difference, words: &[(&str, &str)], to: &str) -> Option<Difference> {
    let step = |(step, (name, says)): (summary::Step, &(&str, &str))| {
        Some(DifferenceStep {
            name: (*name).to_owned(),
            says: (*says).to_owned(),
            amount: estimate(step.amount)?,
            change: estimate(step.change)?,
        })
    };
    Some(Difference {
        from: from.to_owned(),
        before: estimate(between.from)?,
        steps: between.steps.into_iter().zip(words).map(step).collect::<Option<_>>()?,
        to: to.to_owned(),
        after: estimate(between.to)?,
    })
}
