//! What retention goes in the plan?

use super::words::{percent, share};
use super::{Facts, Planned};
use crate::wire::result::{Headline, Metric};

/// Futures below which one in twenty means nothing.
const FEWEST: u32 = 20;

pub fn answer(headline: &Headline, facts: &Facts) -> Vec<String> {
    let Some(grr) = facts.grr else {
        return vec!["No account is under contract at the start, so there is no retention to plan.".to_owned()];
    };
    if headline.grr.estimate.is_some_and(|estimate| estimate.trials < FEWEST) {
        return vec![format!("Fewer than {FEWEST} futures are too few to plan from.")];
    }
    let mut sentences = vec![format!(
        "Plan {} GRR for {}: met or beaten in 80% of futures; 1 future in 20 is below {}.",
        plan(&grr),
        headline.grr.window,
        bad_year(&grr)
    )];
    sentences.extend(facts.nrr.map(|nrr| {
        format!(
            "In the same way plan {} NRR; 1 future in 20 is below {}.",
            plan(&nrr),
            bad_year(&nrr)
        )
    }));
    sentences.extend(target("GRR", &headline.grr));
    sentences.extend(target("NRR", &headline.nrr));
    sentences
}

fn plan(planned: &Planned) -> String {
    percent(planned.plan.value, planned.plan.se)
}

fn bad_year(planned: &Planned) -> String {
    percent(planned.bad_year.value, planned.bad_year.se)
}

fn target(name: &str, metric: &Metric) -> Option<String> {
    let (target, chance) = (metric.target?, metric.chance?);
    let target = percent(target, 0.0);
    Some(format!(
        "The {name} target of {target} is met in {} of futures.",
        share(&chance)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Quantile;
    use crate::wire::result::Chance;

    fn metric(target: Option<f64>, p: f64) -> Metric {
        Metric {
            window: "months 1–12".to_owned(),
            estimate: None,
            expected: None,
            target,
            chance: target.map(|_| Chance {
                p,
                low: p - 0.01,
                high: p + 0.01,
            }),
            change: None,
            variance: None,
        }
    }

    fn headline() -> Headline {
        Headline {
            grr: metric(Some(0.9), 0.06),
            nrr: metric(None, 0.0),
            logo_retention: metric(None, 0.0),
            closing_arr: metric(None, 0.0),
            cltv: metric(None, 0.0),
            csms_needed: metric(None, 0.0),
        }
    }

    #[test]
    fn a_plan_is_what_four_futures_in_five_meet() {
        let number = |value, se| Quantile { value, se };
        let facts = Facts {
            accounts: 100,
            grr: Some(Planned {
                plan: number(0.8623, 0.0004),
                bad_year: number(0.8161, 0.0008),
            }),
            nrr: Some(Planned {
                plan: number(0.9871, 0.004),
                bad_year: number(0.9312, 0.006),
            }),
            full_coverage: None,
            team: None,
            team_arr: None,
        };
        assert_eq!(
            answer(&headline(), &facts),
            [
                "Plan 86.2% GRR for months 1–12: met or beaten in 80% of futures; 1 future in 20 is below 81.6%.",
                "In the same way plan 99% NRR; 1 future in 20 is below 93%.",
                "The GRR target of 90% is met in 6% of futures.",
            ]
        );
    }

    #[test]
    fn without_accounts_there_is_nothing_to_plan() {
        let facts = Facts {
            accounts: 100,
            grr: None,
            nrr: None,
            full_coverage: None,
            team: None,
            team_arr: None,
        };
        assert_eq!(answer(&headline(), &facts).len(), 1);
    }
}
