//! Bounds of a churn probability that cost less than the probability.
//!
//! Most decisions are clear: their uniform lies far from every cut. Tables of Φ⁻¹(logistic x) and of Φ bound the cuts to
//! [`SLACK`], and only a uniform between the bounds is worth the exact ones, so outcomes are those of exact cuts.

use std::sync::LazyLock;

use crate::kernel::shock::Copula;
use crate::units::{logistic, normal_cdf, normal_quantile};

/// How far a bound may lie from the probability it stands for: two table errors, the first of them widened by the
/// copula's scale, which at the heaviest loading allowed is below 3.2.
const SLACK: f64 = 1e-4;

/// Function values on an even grid, linear between them.
struct Table {
    first: f64,
    per_unit: f64,
    at: Vec<f64>,
}

impl Table {
    fn new(reach: f64, per_unit: f64, f: impl Fn(f64) -> f64) -> Table {
        let n = (2.0 * reach * per_unit) as usize;
        Table {
            first: -reach,
            per_unit,
            at: (0..=n).map(|i| f(-reach + i as f64 / per_unit)).collect(),
        }
    }

    /// The value at `x`; none outside the grid.
    fn at(&self, x: f64) -> Option<f64> {
        let place = (x - self.first) * self.per_unit;
        let cell = place as usize;
        let ends = self.at.get(cell..cell + 2).filter(|_| place >= 0.0)?;
        Some(ends[0] + (ends[1] - ends[0]) * (place - cell as f64))
    }
}

static PROBIT: LazyLock<Table> = LazyLock::new(|| Table::new(16.0, 32.0, |x| normal_quantile(logistic(x))));
static NORMAL: LazyLock<Table> = LazyLock::new(|| Table::new(8.0, 64.0, normal_cdf));

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_the_probability() {
        for rho in [0.0, 0.05, 0.5, 0.9] {
            for z in [-4.0, -1.0, 0.0, 2.5] {
                let shock = Copula::adverse(rho, z);
                for i in -1700..1700 {
                    let x = f64::from(i) / 100.0 + 0.003;
                    let p = shock.apply(logistic(x));
                    let (low, high) = bounds(x, &shock);
                    assert!(low <= p && p <= high, "{p} at {x} under {rho}, {z}: {low}..{high}");
                }
            }
        }
    }
}
