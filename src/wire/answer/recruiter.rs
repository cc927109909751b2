//! How many CSMs, of which kind, when?

use super::words::{csms, list, share};
use crate::wire::result::{Chance, PoolResult};

/// A chance of a shortage below this is not worth a word.
const RARE: f64 = 0.1;

pub fn answer(pools: &[PoolResult]) -> Vec<String> {
    pools.iter().filter_map(pool).collect()
}

/// One month of a pool, medians over futures.
struct Month {
    number: usize,
    /// CSMs needed less CSMs in seat.
    short_by: f64,
    needed: f64,
    short: Chance,
}

/// Nothing of a pool that is never asked for anything and has nobody.
fn pool(pool: &PoolResult) -> Option<String> {
    let months = months(pool);
    let name = &pool.touch_model;
    if months.iter().all(|month| month.needed == 0.0) {
        return idle(pool).map(|csms| format!("{name} has {csms} and no accounts: move or release them."));
    }
    Some(format!("{name} {}.", needs(&months)))
}

/// CSMs in seat at the start of a pool of which nothing is asked.
pub(super) fn idle(pool: &PoolResult) -> Option<String> {
    let in_seat = pool.headcount.p50.first().copied().flatten()?;
    (in_seat >= 1.0).then(|| csms(in_seat))
}

fn needs(months: &[Month]) -> String {
    // Short from a month on means to the end: what a season takes and gives back is not a post to fill.
    let lasting = months.iter().rev().take_while(|month| month.short_by >= 1.0).count();
    let (passing, lasting) = months.split_at(months.len() - lasting);
    let short: Vec<&Month> = months.iter().filter(|month| month.short_by >= 1.0).collect();
    if let Some(first) = passing.iter().find(|month| month.short_by >= 1.0) {
        let most = short.iter().map(|month| month.short_by).fold(0.0, f64::max);
        let (of, number) = (months.len(), first.number);
        let seldom = format!(
            "is short by up to {} in {} of {of} months, first in month {number} (in {} of futures), and",
            csms(most),
            short.len(),
            share(&first.short)
        );
        let Some(onset) = lasting.first() else {
            return format!("{seldom} not at the end");
        };
        let steps = steps(first, lasting);
        return format!("{seldom} from month {} to the end: have {}", onset.number, have(&steps));
    }
    if let Some(onset) = lasting.first() {
        return lasts(&steps(onset, lasting));
    }
    let spare = months.iter().map(|month| -month.short_by).fold(f64::INFINITY, f64::min);
    if spare >= 2.0 {
        return format!("has at least {} more than needed in every month", csms(spare));
    }
    let worst = months.iter().max_by(|a, b| a.short.p.total_cmp(&b.short.p));
    match worst.filter(|month| month.short.p >= RARE) {
        Some(worst) => format!(
            "has enough CSMs more often than not; the worst is month {}, short in {} of futures",
            worst.number,
            share(&worst.short)
        ),
        None => "has enough CSMs in every month".to_owned(),
    }
}

/// The first month short; then, of the month from which on it lasts and the close of every contract year, those in which more
/// have to be in seat than was said so far, however many are there already.
fn steps<'a>(first: &'a Month, lasting: &'a [Month]) -> Vec<&'a Month> {
    let mut steps = vec![first];
    for (i, month) in lasting.iter().enumerate() {
        let is_told = i == 0 || i + 1 == lasting.len() || month.number % 12 == 0;
        if is_told && steps.last().is_some_and(|before| month.needed > before.needed) {
            steps.push(month);
        }
    }
    steps
}

fn lasts(steps: &[&Month]) -> String {
    let onset = steps[0];
    let mut short = vec![format!(
        "by {} from month {} (in {} of futures)",
        csms(onset.short_by),
        onset.number,
        share(&onset.short)
    )];
    short.extend(
        steps[1..]
            .iter()
            .map(|step| format!("by {} at month {}", step.short_by, step.number)),
    );
    format!("is short {}: have {}", list(&short), have(steps))
}

/// What to have in seat by when.
fn have(steps: &[&Month]) -> String {
    let have: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(i, step)| {
            format!(
                "{}{} by month {}",
                step.needed,
                if i == 0 { " in seat" } else { "" },
                step.number
            )
        })
        .collect();
    list(&have)
}

fn months(pool: &PoolResult) -> Vec<Month> {
    let medians = pool.shortfall.p50.iter().zip(&pool.csms_needed.p50).zip(&pool.short);
    (1..)
        .zip(medians)
        .filter_map(|(number, ((short_by, needed), short))| {
            Some(Month {
                number,
                short_by: (*short_by)?,
                needed: (*needed)?,
                short: (*short)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::result::Fan;

    fn fan(p50: Vec<f64>) -> Fan {
        Fan {
            p50: p50.into_iter().map(Some).collect(),
            ..Fan::default()
        }
    }

    /// A pool of two CSMs and what each month is short of, with the share of futures in which it is.
    fn sentence(months: &[(f64, f64)]) -> String {
        let months: Vec<_> = months.iter().map(|&(by, p)| (2.0, by, p)).collect();
        sentence_of(&months)
    }

    /// A pool's CSMs month by month, what it is short of, and the share of futures in which it is.
    fn sentence_of(months: &[(f64, f64, f64)]) -> String {
        let chance = |p| Chance {
            p,
            low: p,
            high: p + 0.01,
        };
        pool(&PoolResult {
            touch_model: "Low touch".to_owned(),
            productive_hours: 100.0,
            band_low: 1.0,
            band_high: 2.0,
            headcount: fan(months.iter().map(|(has, ..)| *has).collect()),
            utilisation: fan(Vec::new()),
            accounts_per_csm: fan(Vec::new()),
            csms_needed: fan(months.iter().map(|(has, by, _)| has + by).collect()),
            shortfall: fan(months.iter().map(|(_, by, _)| *by).collect()),
            short: months.iter().map(|(.., p)| Some(chance(*p))).collect(),
            years: Vec::new(),
        })
        .expect("something is asked of it")
    }

    #[test]
    fn a_shortage_that_comes_and_goes_before_it_lasts_is_staffed_from_its_first_month() {
        let mut months = vec![(1.0, 0.55), (0.0, 0.4), (1.0, 0.92), (0.0, 0.3)];
        months.extend([(1.0, 0.79); 4]);
        assert_eq!(
            sentence(&months),
            "Low touch is short by up to 1 CSM in 6 of 8 months, first in month 1 (in 55% of futures), and from month 5 to \
             the end: have 3 in seat by month 1."
        );
    }

    #[test]
    fn a_pool_without_accounts_is_told() {
        assert_eq!(
            sentence(&[(-2.0, 0.0); 3]),
            "Low touch has 2 CSMs and no accounts: move or release them."
        );
    }

    #[test]
    fn more_than_needed_is_told() {
        let month = |number, short_by| Month {
            number,
            short_by,
            needed: 2.0,
            short: Chance {
                p: 0.0,
                low: 0.0,
                high: 0.01,
            },
        };
        assert_eq!(
            needs(&[month(1, -3.0), month(2, -2.0)]),
            "has at least 2 CSMs more than needed in every month"
        );
        assert_eq!(
            needs(&[month(1, -3.0), month(2, -1.0)]),
            "has enough CSMs in every month"
        );
    }

    #[test]
    fn a_lasting_shortage_is_told_from_its_onset_with_what_to_have_by_when() {
        let mut months = vec![(0.0, 0.2); 6];
        months.extend([(1.0, 0.834); 5]);
        months.extend([(2.0, 0.9); 12]);
        months.push((4.0, 0.97));
        assert_eq!(
            sentence(&months),
            "Low touch is short by 1 CSM from month 7 (in 83% of futures), by 2 at month 12 and by 4 at month 24: \
             have 3 in seat by month 7, 4 by month 12 and 6 by month 24."
        );
    }

    #[test]
    fn who_is_in_seat_already_is_asked_for_beside_those_who_lack() {
        // Nobody at first, then one who was hired, and each time one short.
        let months = [(0.0, 1.0, 0.9), (1.0, 0.0, 0.2), (1.0, 1.0, 0.6), (1.0, 1.0, 0.7)];
        assert_eq!(
            sentence_of(&months),
            "Low touch is short by up to 1 CSM in 3 of 4 months, first in month 1 (in 90% of futures), and from month 3 to \
             the end: have 1 in seat by month 1 and 2 by month 3."
        );
    }

    #[test]
    fn a_season_is_no_post_to_fill() {
        assert_eq!(
            sentence(&[(0.0, 0.1), (1.0, 0.6), (3.0, 0.9), (0.0, 0.3)]),
            "Low touch is short by up to 3 CSMs in 2 of 4 months, first in month 2 (in 60% of futures), and not at the end."
        );
    }

    #[test]
    fn enough_is_said_to_be_enough_and_how_sure() {
        assert_eq!(
            sentence(&[(-1.0, 0.0), (0.0, 0.05)]),
            "Low touch has enough CSMs in every month."
        );
        assert_eq!(
            sentence(&[(0.0, 0.2), (0.0, 0.34), (0.0, 0.3)]),
            "Low touch has enough CSMs more often than not; the worst is month 2, short in 34% of futures."
        );
    }
}
