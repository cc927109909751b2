//! Bounds of a churn probability that cost less than the probability.
//!
//! Most decisions are clear: their uniform lies far from every cut. A table bounds the cuts, and only a uniform between
//! the bounds is worth the exact ones, so outcomes are those of exact cuts.

use crate::kernel::shock::Copula;
use crate::units::{cell, logistic};

/// Not above the twelfth root of `1 - x`, for x from 0 up to, not including, 1.
///
/// The binomial series takes away `x/12 + 11/288 x² + 253/10368 x³ + …` with ever smaller coefficients, so all from the
/// third on is at most a geometric series.
pub(super) fn twelfth_root_of_rest(x: f64) -> f64 {
    let (first, second, third) = (1.0 / 12.0, 11.0 / 288.0, 253.0 / 10_368.0);
    1.0 - x * (first + x * (second + third * x / (1.0 - x)))
}

/// Not above the probability within a month, `1 - (1-x)^{1/12}`, of what happens within a year with probability `x`: the
/// first terms of the same series, none of which is below 0.
pub(super) fn month_of_a_year(x: f64) -> f64 {
    x * (1.0 / 12.0 + x * (11.0 / 288.0 + x * (253.0 / 10_368.0)))
}

/// Ends between which a shift moves log-odds when it acts on all of the hazard but a share.
///
/// It moves them by `ln(s + (1-s) eᵟ)` where the hazard is small, by all of δ where it is large, and in between for the
/// rest; the first is at least `(1-s) δ`, and at most `(1-s) (δ + δ²/2)` for δ below 0.
pub(super) fn shifts(share: f64, shift: f64) -> (f64, f64) {
    if shift < 0.0 {
        (shift, ((1.0 - share) * (shift + 0.5 * shift * shift)).min(0.0))
    } else {
        ((1.0 - share) * shift, shift)
    }
}

const CELLS: usize = 48;
const FIRST: f64 = -8.0;
const PER_UNIT: f64 = 4.0;

/// Probabilities at the ends of the cells.
type Row = [f32; CELLS + 1];

/// Churn probabilities by log-odds under the shock of one month, on an even grid and linear in between.
#[derive(Debug, Clone)]
pub(crate) struct Shocked {
    at: Row,
    slack: f64,
}

impl Default for Shocked {
    fn default() -> Shocked {
        Shocked {
            at: [0.0; CELLS + 1],
            slack: 1.0,
        }
    }
}

impl Shocked {
    /// Below and above the probability with these log-odds.
    #[inline]
    pub(super) fn bounds(&self, log_odds: f64) -> (f64, f64) {
        match cell((log_odds - FIRST) * PER_UNIT, CELLS) {
            Some((i, rest)) => {
                let ends = [self.at[i], self.at[i + 1]];
                let p = f64::from(ends[0]) + f64::from(ends[1] - ends[0]) * rest;
                (p - self.slack, p + self.slack)
            }
            None if log_odds < FIRST => (0.0, f64::from(self.at[0]) + self.slack),
            None => (f64::from(self.at[CELLS]) - self.slack, 1.0),
        }
    }
}

const SHOCKS: usize = 32;
const FIRST_SHOCK: f64 = -4.0;
const PER_SHOCK: f64 = 4.0;

/// Churn probabilities under shocks on an even grid, made once for a segment; a month's are linear in between.
#[derive(Debug, Clone)]
pub(crate) struct Shocks {
    rho: f64,
    rows: Vec<Row>,
    slack: f64,
}

impl Shocks {
    /// Tabulates churn under shocks that load on it like this.
    pub(super) fn new(rho: f64) -> Shocks {
        let shocks = (0..=SHOCKS).map(|i| FIRST_SHOCK + i as f64 / PER_SHOCK);
        let rows: Vec<Row> = shocks.map(|z| row(rho, z)).collect();
        // A chord lies within an eighth of the second difference; neighbouring cells bend alike.
        let bend = |ends: [f32; 3]| f64::from(0.25 * (ends[0] - 2.0 * ends[1] + ends[2]).abs());
        let by_log_odds = rows
            .iter()
            .flat_map(|row| row.windows(3))
            .map(|ends| bend([ends[0], ends[1], ends[2]]));
        let by_shock = rows
            .windows(3)
            .flat_map(|rows| (0..=CELLS).map(|i| bend([rows[0][i], rows[1][i], rows[2][i]])));
        let slack = ROUNDING + by_log_odds.fold(0.0, f64::max) + by_shock.fold(0.0, f64::max);
        Shocks { rho, rows, slack }
    }

    /// Tabulates the month of this shock.
    pub(super) fn compile(&self, z: f64, month: &mut Shocked) {
        month.slack = self.slack;
        let Some((i, rest)) = cell((z - FIRST_SHOCK) * PER_SHOCK, SHOCKS) else {
            month.at = row(self.rho, z);
            return;
        };
        let (low, high) = (&self.rows[i], &self.rows[i + 1]);
        for ((p, low), high) in month.at.iter_mut().zip(low).zip(high) {
            *p = low + (high - low) * rest as f32;
        }
    }
}

/// More than arithmetic of half the width is off by.
const ROUNDING: f64 = 1e-6;

fn row(rho: f64, z: f64) -> Row {
    let shock = Copula::adverse(rho, z);
    std::array::from_fn(|i| shock.apply(logistic(FIRST + i as f64 / PER_UNIT)) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::softplus;

    #[test]
    fn bounds_hold_the_probability() {
        let mut shocked = Shocked::default();
        for rho in [0.0, 0.065, 0.5, 0.9] {
            let shocks = Shocks::new(rho);
            for z in [-4.7, -4.0, -1.1, 0.0, 2.37, 4.1] {
                let shock = Copula::adverse(rho, z);
                shocks.compile(z, &mut shocked);
                for i in -1700..1700 {
                    let x = f64::from(i) / 100.0 + 0.003;
                    let p = shock.apply(logistic(x));
                    let (low, high) = shocked.bounds(x);
                    assert!(low <= p && p <= high, "{p} at {x} under {rho}, {z}: {low}..{high}");
                    let is_inside = (FIRST..FIRST + CELLS as f64 / PER_UNIT).contains(&x);
                    assert!(rho > 0.1 || !is_inside || high - low < 0.004, "{low}..{high} at {x}");
                }
            }
        }
    }

    #[test]
    fn the_root_is_bounded_from_below_and_closely_where_most_churn_lies() {
        for i in 0..1000 {
            let x = f64::from(i) / 1000.0;
            let (root, bound) = (libm::pow(1.0 - x, 1.0 / 12.0), twelfth_root_of_rest(x));
            assert!(bound <= root + 1e-15, "{bound} at {x}, not below {root}");
            let (month, low) = (1.0 - root, month_of_a_year(x));
            assert!(
                low <= month + 1e-15 && (x > 0.3 || month - low < 3e-4),
                "{low} at {x}, of {month}"
            );
            assert!(x > 0.3 || root - bound < 2e-4, "{bound} at {x}, far below {root}");
        }
    }

    #[test]
    fn a_shift_of_a_part_moves_log_odds_between_its_ends() {
        for share in [0.0, 0.1, 0.3, 0.9] {
            for shift in [-2.0, -0.5, -0.01, 0.02, 0.4, 3.0] {
                for i in -60..30 {
                    let x = f64::from(i) / 5.0;
                    let hazard = softplus(x);
                    let within = (1.0 - share) * hazard;
                    let moved = softplus(libm::log(libm::expm1(within)) + shift);
                    let total = share * hazard + moved;
                    let by = libm::log(libm::expm1(total)) - x;
                    let (low, high) = shifts(share, shift);
                    assert!(
                        low - 1e-9 <= by && by <= high + 1e-9,
                        "{by} at {x}, {share}: {low}..{high}"
                    );
                }
            }
        }
    }
}
