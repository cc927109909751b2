//! What retention goes in the plan?

use super::words::{percent, share};
use super::{Facts, Planned};
use crate::wire::result::{Headline, Metric};

/// Futures below which one in five means nothing.
const FEWEST: u32 = 10;
/// Futures from which on one in twenty means something.
const BAD_YEARS: u32 = 20;

pub fn answer(headline: &Headline, facts: &Facts) -> Vec<String> {
    let Some(grr) = facts.grr else {
        return vec!["No account is under contract at the start, so there is no retention to plan.".to_owned()];
    };
    let futures = headline.grr.estimate.map_or(u32::MAX, |estimate| estimate.trials);
    if futures < FEWEST {
        return vec![format!("Fewer than {FEWEST} futures are too few to plan from.")];
    }
    let bad_year = |planned: &Planned| {
        let below = percent(planned.bad_year.value, planned.bad_year.se);
        (futures >= BAD_YEARS).then(|| format!("; 1 future in 20 is below {below}"))
    };
    let mut sentences = vec![format!(
        "Plan {} GRR for {}: met or beaten in 80% of futures{}.",
        plan(&grr),
        headline.grr.window,
        bad_year(&grr).unwrap_or_else(|| format!("; {futures} futures tell no bad year"))
    )];
    sentences.extend(facts.nrr.map(|nrr| {
        format!(
            "In the same way plan {} NRR{}.",
            plan(&nrr),
            bad_year(&nrr).unwrap_or_default()
        )
    }));
    sentences.extend(target("GRR", &headline.grr));
    sentences.extend(target("NRR", &headline.nrr));
    sentences
}

fn plan(planned: &Planned) -> String {
    percent(planned.plan.value, planned.plan.se)
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
    use crate::wire::result::{Chance, Estimate, Sure};

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

    fn facts() -> Facts {
        let number = |value, se| Quantile { value, se };
        Facts {
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
        }
    }

    #[test]
    fn a_plan_is_what_four_futures_in_five_meet() {
        assert_eq!(
            answer(&headline(), &facts()),
            [
                "Plan 86.2% GRR for months 1–12: met or beaten in 80% of futures; 1 future in 20 is below 81.6%.",
                "In the same way plan 99% NRR; 1 future in 20 is below 93%.",
                "The GRR target of 90% is met in 6% of futures.",
            ]
        );
    }

    #[test]
    fn few_futures_tell_no_bad_year_and_fewer_no_plan() {
        let of = |trials| {
            let mut headline = headline();
            headline.grr.estimate = Some(Estimate {
                mean: 0.87,
                se: 0.01,
                p5: 0.81,
                p25: 0.85,
                p50: 0.87,
                p75: 0.89,
                p95: 0.92,
                sure: Sure::default(),
                trials,
            });
            answer(&headline, &facts())
        };
        assert_eq!(of(9), ["Fewer than 10 futures are too few to plan from."]);
        for trials in [10, 19] {
            assert_eq!(
                of(trials)[..2],
                [
                    &format!(
                        "Plan 86.2% GRR for months 1–12: met or beaten in 80% of futures; {trials} futures tell no bad year."
                    ),
                    "In the same way plan 99% NRR.",
                ]
            );
        }
        assert!(of(20)[1].ends_with("NRR; 1 future in 20 is below 93%."));
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
