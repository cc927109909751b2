use crate::wire::result::{Estimate, Headline, Metric, PoolResult};

/// The finding of a run in a sentence or two, by rule.
pub fn answer(headline: &Headline, pools: &[PoolResult]) -> String {
    let mut sentences = Vec::new();
    if let Some(grr) = &headline.grr.estimate {
        sentences.push(retention(grr, &headline.grr));
    }
    if let Some(needed) = &headline.csms_needed.estimate {
        sentences.push(staffing(needed, &headline.csms_needed));
    }
    sentences.extend(strain(pools));
    sentences.join(" ")
}

fn retention(grr: &Estimate, metric: &Metric) -> String {
    let range = span(percent(grr.p5), percent(grr.p95));
    let mut text = format!("Nine times in ten GRR of {} lands {range}", metric.window);
    if let (Some(target), Some(chance)) = (metric.target, metric.chance) {
        let share = if chance.p == 0.0 {
            format!("fewer than {} in 100", per_hundred(chance.high, f64::ceil))
        } else if chance.p == 1.0 {
            format!("more than {} in 100", per_hundred(chance.low, f64::floor))
        } else {
            format!("about {} in 100", per_hundred(chance.p, |x| x.round().clamp(1.0, 99.0)))
        };
        text += &format!("; the target of {} is met in {share} futures", percent(target));
    }
    text + "."
}

fn staffing(needed: &Estimate, metric: &Metric) -> String {
    let (low, high) = (needed.p5.to_string(), needed.p95.to_string());
    let people = if low == high {
        format!("{low} {}", if needed.p95 == 1.0 { "CSM" } else { "CSMs" })
    } else {
        format!("{low} to {high} CSMs")
    };
    let mut text = format!("The work asks for {people}");
    if let Some(target) = metric.target {
        text += &format!(", against {target} planned");
    }
    text + "."
}

/// The pool that is short of hours most often in the first year, if one is in more than a month in ten.
fn strain(pools: &[PoolResult]) -> Option<String> {
    let short = pools
        .iter()
        .filter_map(|pool| Some((pool, pool.years.first()?.over_capacity?.p)))
        .filter(|(_, p)| *p > 0.1)
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    short.map(|(pool, p)| {
        format!(
            "{} is asked for more hours than it has in {} of its first-year months.",
            pool.touch_model,
            percent(p)
        )
    })
}

fn span(low: String, high: String) -> String {
    if low == high {
        format!("at {low}")
    } else {
        format!("between {low} and {high}")
    }
}

/// Whole percent: the finest step a sentence about a range of points needs.
fn percent(x: f64) -> String {
    format!("{}%", (100.0 * x).round())
}

fn per_hundred(p: f64, to_whole: impl Fn(f64) -> f64) -> f64 {
    to_whole(100.0 * p)
}
