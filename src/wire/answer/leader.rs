//! How should I cover my book?

use super::recruiter::idle;
use super::words::{csms, decimals, percent};
use crate::wire::result::{Change, Estimate, PoolResult};

/// A change below this is nothing to decide by.
const SMALL: f64 = 0.001;

pub fn answer(
    window: &str,
    pools: &[PoolResult],
    full_coverage: Option<&Change>,
    team: Option<(&Change, Option<&str>)>,
) -> Vec<String> {
    let mut sentences: Vec<String> = pools.iter().filter_map(|pool| covered(window, pool)).collect();
    sentences.extend(team.map(|(change, arr)| worth_of_team(change, arr)));
    sentences.extend(full_coverage.map(worth));
    sentences
}

/// What the hours given keep: this run against the same futures without coverage.
fn worth_of_team(change: &Change, arr: Option<&str>) -> String {
    if !change.visible {
        return "At these assumptions the whole team does not visibly change the first year's GRR.".to_owned();
    }
    let way = if change.mean > 0.0 { "worth" } else { "costing" };
    let digits = decimals(100.0 * change.se, 2);
    let long_run = match arr {
        Some(arr) => format!("it adds {arr}, expansion included"),
        None => "coverage missed is felt slowly, so the long run is more".to_owned(),
    };
    format!(
        "At these assumptions the whole team is {way} {:.digits$} points of GRR in the first year; {long_run}.",
        100.0 * change.mean.abs()
    )
}

/// How a pool covers its accounts in the first contract year, where anything is asked of it.
fn covered(window: &str, pool: &PoolResult) -> Option<String> {
    let year = pool.years.first()?;
    let Some(coverage) = &year.coverage else {
        return idle(pool).map(|csms| format!("{} has {csms} and no accounts to cover.", pool.touch_model));
    };
    let mean = |estimate: &Estimate| percent(estimate.mean, estimate.se);
    let mut text = format!(
        "{} gives {} of the hours asked in {window}",
        pool.touch_model,
        mean(coverage)
    );
    match &year.utilisation {
        Some(utilisation) => text += &format!(" at {} utilisation", mean(utilisation)),
        None => text += " with nobody in seat",
    }
    let close = pool.shortfall.p50.get(year.to as usize - 1).copied().flatten();
    if let Some(short) = close.filter(|short| *short >= 1.0) {
        text += &format!(", is short by {} at month {}", csms(short), year.to);
    }
    if let Some(grr) = &year.grr {
        text += &format!(" and keeps {} GRR", mean(grr));
    }
    Some(text + ".")
}

/// What the hours missing cost: a run with full coverage against this one, future by future.
fn worth(change: &Change) -> String {
    if !change.visible {
        return "Full coverage would not visibly change the GRR of the book.".to_owned();
    }
    let way = if change.mean > 0.0 { "raise" } else { "lower" };
    if change.low.abs().max(change.high.abs()) < SMALL {
        return format!("At these assumptions full coverage would {way} the GRR of the book by less than 0.1 points.");
    }
    let digits = decimals(100.0 * change.se, 2);
    let points = |x: f64| format!("{:.digits$}", 100.0 * x);
    let (low, high) = match change.mean > 0.0 {
        true => (change.low, change.high),
        false => (-change.high, -change.low),
    };
    format!(
        "At these assumptions full coverage would {way} the GRR of the book by {} points ({} to {}, 90% interval).",
        points(change.mean.abs()),
        points(low),
        points(high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::result::{Fan, PoolYear, Sure};

    fn estimate(mean: f64, se: f64) -> Option<Estimate> {
        Some(Estimate {
            mean,
            se,
            p5: mean,
            p25: mean,
            p50: mean,
            p75: mean,
            p95: mean,
            sure: Sure::default(),
            trials: 100,
        })
    }

    fn fan(p50: Vec<f64>) -> Fan {
        Fan {
            p50: p50.into_iter().map(Some).collect(),
            ..Fan::default()
        }
    }

    fn pool(utilisation: Option<Estimate>, shortfall: f64) -> PoolResult {
        PoolResult {
            touch_model: "Low touch".to_owned(),
            productive_hours: 100.0,
            band_low: 1.0,
            band_high: 2.0,
            headcount: fan(Vec::new()),
            utilisation: fan(Vec::new()),
            accounts_per_csm: fan(Vec::new()),
            csms_needed: fan(Vec::new()),
            shortfall: fan(vec![shortfall; 12]),
            short: Vec::new(),
            years: vec![PoolYear {
                from: 1,
                to: 12,
                headcount: None,
                utilisation,
                over_capacity: None,
                coverage: estimate(0.834, 0.004),
                grr: estimate(0.7412, 0.0003),
                accounts_per_csm: None,
                arr_per_csm: None,
                csms_needed: None,
                planned_starts: None,
                hires: None,
                leavers: None,
            }],
        }
    }

    fn change(mean: f64, se: f64) -> Change {
        let (low, high) = (mean - 1.645 * se, mean + 1.645 * se);
        Change {
            mean,
            se,
            low,
            high,
            visible: low > 0.0 || high < 0.0,
            pairs: 100,
            left_out: 0,
        }
    }

    #[test]
    fn a_pool_without_accounts_is_told_by_its_csms() {
        let mut unasked = pool(None, 0.0);
        unasked.years[0].coverage = None;
        assert!(answer("months 1–12", std::slice::from_ref(&unasked), None, None).is_empty());
        unasked.headcount = fan(vec![4.0; 12]);
        assert_eq!(
            answer("months 1–12", &[unasked], None, None),
            ["Low touch has 4 CSMs and no accounts to cover."]
        );
    }

    #[test]
    fn a_pool_is_told_by_what_it_gives_and_what_its_accounts_keep() {
        let sentences = answer("months 1–12", &[pool(estimate(1.19, 0.004), 1.0)], None, None);
        assert_eq!(
            sentences,
            [
                "Low touch gives 83% of the hours asked in months 1–12 at 119% utilisation, is short by 1 CSM at month 12 \
              and keeps 74.1% GRR."
            ]
        );
        let sentences = answer("months 1–12", &[pool(None, -2.0)], None, None);
        assert_eq!(
            sentences,
            ["Low touch gives 83% of the hours asked in months 1–12 with nobody in seat and keeps 74.1% GRR."]
        );
    }

    #[test]
    fn what_the_missing_hours_cost_comes_with_its_interval_or_is_not_seen() {
        assert_eq!(
            worth(&change(0.0082, 0.0004)),
            "At these assumptions full coverage would raise the GRR of the book by 0.8 points (0.8 to 0.9, 90% interval)."
        );
        assert_eq!(
            worth(&change(-0.0082, 0.0001)),
            "At these assumptions full coverage would lower the GRR of the book by 0.82 points (0.80 to 0.84, 90% interval)."
        );
        assert_eq!(
            worth(&change(0.0002, 0.0001)),
            "At these assumptions full coverage would raise the GRR of the book by less than 0.1 points."
        );
        assert_eq!(
            worth(&change(0.0002, 0.0004)),
            "Full coverage would not visibly change the GRR of the book."
        );
    }
}
