//! Bounds of a churn probability that cost less than the probability.
//!
//! Most decisions are clear: their uniform lies far from every cut. Tables of Φ⁻¹(logistic x) and of Φ bound the cuts to
//! [`SLACK`], and only a uniform between the bounds is worth the exact ones, so outcomes are those of exact cuts.

use std::sync::LazyLock;

use crate::kernel::shock::Copula;
use crate::units::{cell, logistic, normal_cdf, normal_quantile};

/// How far a bound may lie from the probability it stands for: two table errors, the first of them widened by the
/// copula's scale, which at the heaviest loading allowed is below 3.2.
const SLACK: f64 = 4e-4;

/// Function values on an even grid, linear between them.
struct Table {
    first: f64,
    per_unit: f64,
    /// Half as wide as the rest of the arithmetic, so that both tables stay at hand.
    at: Vec<f32>,
}

impl Table {
    fn new(reach: f64, per_unit: f64, f: impl Fn(f64) -> f64) -> Table {
        let n = (2.0 * reach * per_unit) as usize;
        Table {
            first: -reach,
            per_unit,
            at: (0..=n).map(|i| f(-reach + i as f64 / per_unit) as f32).collect(),
        }
    }

    /// The value at `x`; none outside the grid.
    #[inline(always)]
    fn at(&self, x: f64) -> Option<f64> {
        let (i, rest) = cell((x - self.first) * self.per_unit, self.at.len() - 1)?;
        let ends = self.at.get(i..i + 2)?;
        Some(f64::from(ends[0]) + f64::from(ends[1] - ends[0]) * rest)
    }
}

static PROBIT: LazyLock<Table> = LazyLock::new(|| Table::new(16.0, 16.0, |x| normal_quantile(logistic(x))));
static NORMAL: LazyLock<Table> = LazyLock::new(|| Table::new(8.0, 32.0, normal_cdf));

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

/// Below and above the probability with these log-odds under a shock; 0 and 1 where the tables end.
pub(super) fn bounds(log_odds: f64, shock: &Copula) -> (f64, f64) {
    let Some(latent) = PROBIT.at(log_odds) else {
        return (0.0, 1.0);
    };
    let p = match NORMAL.at(shock.move_latent(latent)) {
        Some(p) => p,
        None if shock.move_latent(latent) < 0.0 => 0.0,
        None => 1.0,
    };
    (p - SLACK, p + SLACK)
}

/// Bounds under the shock of one month, for the many decisions of rolling contracts: one table in place of two.
#[derive(Debug, Clone)]
pub(super) struct Shocked {
    at: [f32; CELLS + 1],
    slack: f64,
}

const CELLS: usize = 48;
const FIRST: f64 = -8.0;
const PER_UNIT: f64 = 4.0;

/// Φ⁻¹(logistic x) at the ends of the cells.
static LATENT: LazyLock<[f64; CELLS + 1]> =
    LazyLock::new(|| std::array::from_fn(|i| normal_quantile(logistic(FIRST + i as f64 / PER_UNIT))));

impl Default for Shocked {
    fn default() -> Shocked {
        Shocked {
            at: [0.0; CELLS + 1],
            slack: 1.0,
        }
    }
}

impl Shocked {
    /// Tabulates the month.
    pub(super) fn compile(&mut self, shock: &Copula) {
        let normal = &*NORMAL;
        for (p, &latent) in self.at.iter_mut().zip(LATENT.iter()) {
            let moved = shock.move_latent(latent);
            *p = normal.at(moved).unwrap_or(if moved < 0.0 { 0.0 } else { 1.0 }) as f32;
        }
        // A chord lies within an eighth of the second difference; neighbouring cells bend alike.
        let bends = self.at.windows(3).map(|p| (p[0] - 2.0 * p[1] + p[2]).abs());
        self.slack = SLACK + 0.25 * f64::from(bends.fold(0.0, f32::max));
    }

    /// Below and above the probability with these log-odds; 0 and 1 where the table ends.
    #[inline]
    pub(super) fn bounds(&self, log_odds: f64) -> (f64, f64) {
        match cell((log_odds - FIRST) * PER_UNIT, CELLS) {
            Some((i, rest)) => {
                let ends = [self.at[i], self.at[i + 1]];
                let p = f64::from(ends[0]) + f64::from(ends[1] - ends[0]) * rest;
                (p - self.slack, p + self.slack)
            }
            None => (0.0, 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::softplus;

    #[test]
    fn bounds_hold_the_probability() {
        let mut shocked = Shocked::default();
        for rho in [0.0, 0.05, 0.5, 0.9] {
            for z in [-4.0, -1.0, 0.0, 2.5] {
                let shock = Copula::adverse(rho, z);
                shocked.compile(&shock);
                for i in -1700..1700 {
                    let x = f64::from(i) / 100.0 + 0.003;
                    let p = shock.apply(logistic(x));
                    let (low, high) = bounds(x, &shock);
                    assert!(low <= p && p <= high, "{p} at {x} under {rho}, {z}: {low}..{high}");
                    let (low, high) = shocked.bounds(x);
                    assert!(low <= p && p <= high, "{p} at {x} under {rho}, {z}: {low}..{high}");
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
