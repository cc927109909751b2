use crate::kernel::accounts::LEVELS;
use crate::model::{Calibration, Opening, Segment};
use crate::units::{BetaLogit, Quantiles, logit};

/// Own churn of the accounts of a segment, as log-odds above the segment's, by years survived.
#[derive(Debug, Clone)]
pub(crate) struct Frailty {
    laws: Vec<(u32, Law)>,
    /// Upper ends of the levels of own churn, all but the last, which has none.
    levels: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Law {
    centre: f64,
    exact: BetaLogit,
    table: Quantiles,
    /// Level at the start of each of so many equal parts of the unit interval.
    first_level: [u8; PARTS],
}

const PARTS: usize = 256;

/// Levels end at these quantiles of new accounts: the rarer, the narrower, because the surest to leave decide most.
const LEVEL_ENDS: [f64; LEVELS - 1] = [
    0.12, 0.24, 0.35, 0.45, 0.54, 0.62, 0.7, 0.77, 0.83, 0.88, 0.92, 0.95, 0.97, 0.985, 0.995,
];

/// Accounts from which on every level pays for its bound; of fewer, several levels are one.
const FINE: usize = 1_200;

impl Frailty {
    /// The laws that the accounts of a segment need.
    pub(crate) fn new(segment: &Segment, calibration: &Calibration, book: &[Opening]) -> Frailty {
        let churn = calibration.churn;
        let mut years: Vec<u32> = book.iter().map(|opening| opening.tenure).chain([0]).collect();
        years.sort_unstable();
        years.dedup();
        let law = |years: u32| {
            let known = calibration.laws.iter().find(|(of, _)| *of == years);
            let exact = known.map_or_else(|| segment.own_churn(churn, years), |(_, law)| Some(law.clone()))?;
            let table = Quantiles::of(|u| exact.quantile(u));
            let centre = logit(churn);
            let first_level = [0; PARTS];
            Some((
                years,
                Law {
                    centre,
                    exact,
                    table,
                    first_level,
                },
            ))
        };
        let mut laws: Vec<_> = years.into_iter().filter_map(law).collect();
        let levels: Vec<f64> = match laws.first() {
            // The last end stays: those above it are looked at one by one.
            Some((_, law)) => {
                let together = (1 + FINE / (book.len() + 1)).min(LEVELS / 2);
                let mut ends: Vec<f64> = LEVEL_ENDS
                    .iter()
                    .rev()
                    .step_by(together)
                    .map(|&end| law.at(end))
                    .collect();
                ends.reverse();
                ends
            }
            None => vec![0.0],
        };
        for (_, law) in &mut laws {
            for part in 1..PARTS {
                let own = law.at(part as f64 / PARTS as f64);
                law.first_level[part] = levels.iter().map(|&end| u8::from(own > end)).sum();
            }
        }
        Frailty { laws, levels }
    }

    /// The law of own churn after so many years survived; none where accounts are all alike.
    #[inline(always)]
    pub(crate) fn after(&self, years: u32) -> Option<OwnChurn<'_>> {
        let (_, law) = self.laws.iter().find(|(n, _)| *n == years)?;
        let levels = &self.levels;
        Some(OwnChurn { law, levels })
    }

    /// Own churn between which that of the accounts of a level lies; none for the last, which also takes those whose churn
    /// the book states.
    pub(crate) fn ends(&self, level: usize) -> Option<(f64, f64)> {
        let above = *self.levels.get(level)?;
        let below = match level.checked_sub(1) {
            Some(last) => self.levels[last],
            None if self.differs() => f64::NEG_INFINITY,
            None => above,
        };
        Some((below, above))
    }

    /// Whether accounts differ.
    pub(crate) fn differs(&self) -> bool {
        !self.laws.is_empty()
    }
}

/// Own churn of accounts that have survived as many years.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnChurn<'a> {
    law: &'a Law,
    levels: &'a [f64],
}

impl OwnChurn<'_> {
    /// That of an account under a contract of this length, at this draw, and its level: 0 but for rolling contracts, for
    /// no others are settled by level.
    #[inline(always)]
    pub(crate) fn under(&self, term: u8, u: f64) -> (f64, u8) {
        let own = self.law.at(u);
        if term > 1 {
            return (own, 0);
        }
        let mut level = self.law.first_level[(u * PARTS as f64) as u32 as usize];
        while self.levels.get(usize::from(level)).is_some_and(|&end| own > end) {
            level += 1;
        }
        (own, level)
    }
}

impl Law {
    #[inline(always)]
    fn at(&self, u: f64) -> f64 {
        self.table.at(u).unwrap_or_else(|| self.exact.quantile(u)) - self.centre
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Family, Rate, Risk, sample};

    #[test]
    fn a_draw_of_own_churn_has_its_level() {
        let mut segment = sample::scenario().segments.remove(0);
        let small = sample::scenario().book().remove(0);
        let book: Vec<_> = small.iter().cycle().take(FINE).cloned().collect();
        let made = |segment: &Segment| Frailty::new(segment, &Calibration::new(segment, &book), &book);
        (segment.risk, segment.churn) = (Risk::Relative([1.0; 3]), Rate::point(Family::Probability, 0.1));
        assert!(!made(&segment).differs());
        segment.frailty.dispersion = 0.2;
        let of_few = Frailty::new(&segment, &Calibration::new(&segment, &small), &small);
        let frailty = made(&segment);
        // Of few accounts every eighth end, the highest of them first.
        assert_eq!(of_few.levels, [frailty.levels[6], frailty.levels[14]]);
        assert!(frailty.differs());
        let exact = segment.own_churn(0.1, 0).expect("accounts differ");
        let n = 5_000;
        let mut mean = 0.0;
        let mut levels = [0; LEVELS];
        for i in 0..n {
            let u = (f64::from(i) + 0.5) / f64::from(n);
            let law = frailty.after(0).expect("accounts differ");
            let (own, level) = law.under(1, u);
            assert_eq!(law.under(12, u), (own, 0));
            assert!(
                (own - (exact.quantile(u) - logit(0.1))).abs() < 1e-3 * own.abs().max(1.0),
                "{own} at {u}"
            );
            let level = usize::from(level);
            assert!(
                frailty.levels.get(level).is_none_or(|&end| own <= end),
                "{own} above level {level}"
            );
            assert!(
                level == 0 || own > frailty.levels[level - 1],
                "{own} below level {level}"
            );
            mean += crate::units::logistic(logit(0.1) + own) / f64::from(n);
            levels[level] += 1;
        }
        assert!((mean - 0.1).abs() < 1e-3, "{mean}");
        assert!(
            (levels[0] - 600_i32).abs() < 5 && (levels[LEVELS - 1] - 25_i32).abs() < 5,
            "{levels:?}"
        );
    }
}
