use libm::{cbrt, expm1};

use crate::model::{Covered, Segment, Uncovered};
use crate::units::{logistic, logit};

/// Monthly transition probabilities of health; rows and columns from green over yellow to red.
pub type Matrix = [[f64; 3]; 3];

/// The two ends between which missing coverage moves health.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chain {
    /// At full coverage.
    pub covered: Matrix,
    /// At none.
    pub uncovered: Matrix,
}

/// Mending can slow down or speed up so many times at the most when an effect asks for more than health can carry.
const SLOWEST: f64 = 100.0;

impl Chain {
    /// The chain of a segment whose health mends at `speed` and whose coverage is worth `effect` in log-odds of churn,
    /// of which `through_health` acts by the mix; `p` is churn by health, `churn` its mean over the covered mix.
    ///
    /// Red mends as fast as yellow, and missing coverage slows mending but does not hasten decay; these two closures
    /// make the one-step chain unique.
    pub fn new(segment: &Segment, speed: f64, through_health: f64, effect: f64, p: [f64; 3], churn: f64) -> Chain {
        let mix = segment.health.mix;
        let covered = match &segment.health.covered {
            Covered::Speed(_) => covered(mix, speed),
            Covered::Matrix(matrix) => *matrix,
        };
        let uncovered = match &segment.health.uncovered {
            Uncovered::FromEffect => {
                let target = logistic(logit(churn) + through_health * effect);
                slowed(covered, slowdown(mix, p, target))
            }
            Uncovered::Mix(typed) => {
                let target = typed.iter().zip(p).map(|(m, p)| m * p).sum();
                slowed(covered, slowdown(mix, p, target))
            }
            Uncovered::Matrix(matrix) => *matrix,
        };
        Chain { covered, uncovered }
    }

    /// The matrix at a response to coverage between 0 (none) and 1 (full).
    pub fn at(&self, w: f64) -> Matrix {
        if w >= 1.0 {
            return self.covered;
        }
        let mut matrix = self.covered;
        for (row, low) in matrix.iter_mut().zip(&self.uncovered) {
            for (high, low) in row.iter_mut().zip(low) {
                *high = *low + (*high - *low) * w;
            }
        }
        matrix
    }
}

/// Most log-odds of churn that health can carry between full coverage and none, to the better and to the worse: what the
/// long-run mix shows with mending as fast and as slow as it gets.
pub fn reach(mix: [f64; 3], p: [f64; 3]) -> (f64, f64) {
    let churn = |t: f64| {
        let settled = [mix[0], t * mix[1], t * t * mix[2]];
        let sum: f64 = settled.iter().sum();
        settled.iter().zip(p).map(|(m, p)| m * p).sum::<f64>() / sum
    };
    let stated = logit(churn(1.0));
    (logit(churn(1.0 / SLOWEST)) - stated, logit(churn(SLOWEST)) - stated)
}

/// The one-step chain that keeps `mix` and turns a share `speed` of yellow accounts green within a quarter.
fn covered([green, yellow, red]: [f64; 3], speed: f64) -> Matrix {
    let mend = 1.0 - cbrt(1.0 - speed);
    let ratio = |from: f64, to: f64| if from == 0.0 { 0.0 } else { mend * from / to };
    rows(mend, mend, ratio(yellow, green), ratio(red, yellow))
}

/// The same chain with mending divided by `t`.
fn slowed(m: Matrix, t: f64) -> Matrix {
    if t == 1.0 {
        return m;
    }
    rows(m[1][0] / t, m[2][1] / t, m[0][1], m[1][2])
}

/// A one-step chain from its four probabilities; decay gives way where a row would exceed 1.
fn rows(yellow_green: f64, red_yellow: f64, green_yellow: f64, yellow_red: f64) -> Matrix {
    let yg = yellow_green.min(1.0);
    let ry = red_yellow.min(1.0);
    let gy = green_yellow.min(1.0);
    let yr = yellow_red.min(1.0 - yg);
    [[1.0 - gy, gy, 0.0], [yg, 1.0 - yg - yr, yr], [0.0, ry, 1.0 - ry]]
}

/// How many times slower mending must be for the long-run mix, π⁰ ∝ (π_g, t π_y, t² π_r), to show `target` churn.
///
/// The positive root of t² π_r (p_r - P) + t π_y (p_y - P) + π_g (p_g - P) = 0; 1 where health says nothing of churn.
fn slowdown([green, yellow, red]: [f64; 3], [p_g, p_y, p_r]: [f64; 3], target: f64) -> f64 {
    if p_g == p_y && p_y == p_r {
        return 1.0;
    }
    let (a, b, c) = (red * (p_r - target), yellow * (p_y - target), green * (p_g - target));
    let t = if a == 0.0 {
        -c / b
    } else {
        let root = (b * b - 4.0 * a * c).sqrt();
        // The form that does not cancel, for either sign of b.
        if b >= 0.0 {
            -2.0 * c / (b + root)
        } else {
            (root - b) / (2.0 * a)
        }
    };
    if t.is_nan() || t <= 0.0 {
        return if target > p_g { SLOWEST } else { 1.0 / SLOWEST };
    }
    t.clamp(1.0 / SLOWEST, SLOWEST)
}

/// Response to coverage, `w(c) = (1 - e^{-kc}) / (1 - e^{-k})`: diminishing returns, linear for k = 0.
pub fn response(c: f64, k: f64) -> f64 {
    if k.abs() < 1e-9 || c == 0.0 || c == 1.0 {
        c
    } else {
        expm1(-k * c) / expm1(-k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(matrix: Matrix) -> [f64; 3] {
        let mut mix = [1.0, 0.0, 0.0];
        for _ in 0..20_000 {
            let mut next = [0.0; 3];
            for (share, row) in mix.iter().zip(&matrix) {
                for (n, p) in next.iter_mut().zip(row) {
                    *n += share * p;
                }
            }
            mix = next;
        }
        mix
    }

    const MIX: [f64; 3] = [0.69, 0.23, 0.08];
    const P: [f64; 3] = [0.05, 0.14, 0.25];

    #[test]
    fn the_covered_chain_settles_at_the_stated_mix_and_mends_at_the_stated_speed() {
        let matrix = covered(MIX, 0.25);
        for (settled, stated) in settle(matrix).iter().zip(MIX) {
            assert!((settled - stated).abs() < 1e-10);
        }
        let still_yellow = 1.0 - matrix[1][0];
        assert!((1.0 - still_yellow * still_yellow * still_yellow - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_uncovered_chain_settles_where_churn_is_the_target() {
        let churn: f64 = MIX.iter().zip(P).map(|(m, p)| m * p).sum();
        for shift in [-0.2, 0.0, 0.11, 0.4] {
            let target = logistic(logit(churn) + shift);
            let mix = settle(slowed(covered(MIX, 0.25), slowdown(MIX, P, target)));
            let settled: f64 = mix.iter().zip(P).map(|(m, p)| m * p).sum();
            assert!((settled - target).abs() < 1e-9, "{shift}: {settled} against {target}");
        }
    }

    #[test]
    fn an_effect_beyond_the_reach_of_health_stops_at_the_slowest_mending() {
        assert_eq!(slowdown(MIX, P, 0.3), SLOWEST);
        assert_eq!(slowdown(MIX, P, 0.04), 1.0 / SLOWEST);
        assert_eq!(slowdown(MIX, [0.1; 3], 0.2), 1.0);
    }

    #[test]
    fn health_carries_an_effect_up_to_its_reach_and_no_further() {
        let (better, worse) = reach(MIX, P);
        let churn: f64 = MIX.iter().zip(P).map(|(m, p)| m * p).sum();
        let t = |shift: f64| slowdown(MIX, P, logistic(logit(churn) + shift));
        assert!(t(worse - 1e-6) < SLOWEST && t(worse + 1e-6) == SLOWEST);
        assert!(t(better + 1e-6) > 1.0 / SLOWEST && t(better - 1e-6) == 1.0 / SLOWEST);
    }

    #[test]
    fn the_response_is_concave_and_joins_its_ends() {
        assert_eq!(response(0.0, 2.0), 0.0);
        assert_eq!(response(1.0, 2.0), 1.0);
        assert!(response(0.5, 2.0) > 0.5);
        assert!((response(0.5, 1e-7) - 0.5).abs() < 1e-6);
        assert_eq!(response(0.5, 0.0), 0.5);
    }
}
