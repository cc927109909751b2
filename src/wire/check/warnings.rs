use crate::model::{CoverageRule, Hiring, Risk, Scenario};
use crate::wire::Fault;

/// What is sound but probably not meant, a sentence each.
pub fn warnings(scenario: &Scenario) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let book = scenario.book();
    for (i, segment) in scenario.segments.iter().enumerate() {
        if book[i].is_empty() && segment.new_accounts.per_year.median() == 0.0 {
            warnings.push(Fault::new(format!("segments[{i}]"), "has no account and none joins"));
        }
        let touch = &scenario.touch_models[segment.touch_model];
        let alike = matches!(segment.risk, Risk::Relative([g, y, r]) if g == y && y == r);
        if alike && touch.through_health > 0.0 && touch.effect.median() != 0.0 {
            warnings.push(Fault::new(
                format!("segments[{i}].relative_risk"),
                "is the same for every health, so the share of the effect that acts through health is lost",
            ));
        }
    }
    for (i, pool) in scenario.pools.iter().enumerate() {
        let idle = pool.csms == 0 && matches!(&pool.hiring, Hiring::Plan(plan) if plan.is_empty());
        let asked = scenario
            .segments
            .iter()
            .zip(&book)
            .any(|(segment, book)| segment.touch_model == i && !book.is_empty());
        if idle && asked && scenario.coverage == CoverageRule::FromTeam {
            let name = &scenario.touch_models[i].name;
            warnings.push(Fault::new(
                "pools",
                format!("has no CSM for {name:?} and hires none, so its coverage stays 0"),
            ));
        }
    }
    warnings
}
