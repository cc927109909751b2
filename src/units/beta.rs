use libm::exp;

use crate::units::softplus;

/// A Beta(α, β) probability on the scale of its log-odds.
///
/// The density of x = logit θ is `e^{αx} / (1 + e^x)^{α+β}` over B(α, β): smooth, log-concave and falling off
/// exponentially on both sides, so the trapezoidal rule converges faster than any power of its step (Trefethen and
/// Weideman 2014, *The exponentially convergent trapezoidal rule*), and no incomplete beta function is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct BetaLogit {
    /// α and β: how fast the density falls off below and above.
    rates: (f64, f64),
    first: f64,
    step: f64,
    /// Density at the grid points.
    density: Vec<f64>,
    /// Probability below each grid point, and above it: both, so that neither tail loses its digits.
    below: Vec<f64>,
    above: Vec<f64>,
}

const CELLS: usize = 1024;
/// Log-odds are held within ±40.
const END: f64 = 40.0;

impl BetaLogit {
    /// The law with these two parameters, both above 0.
    pub fn new(alpha: f64, beta: f64) -> BetaLogit {
        let log_density = |x: f64| alpha * x - (alpha + beta) * softplus(x);
        let peak = libm::log(alpha / beta).clamp(-END, END);
        let top = log_density(peak);
        // Where the density has fallen by e^-42, nothing is left that 64 bits could see.
        let edge = |side: f64| {
            let (mut inside, mut outside) = (0.0, 2.0 * END);
            for _ in 0..40 {
                let middle = 0.5 * (inside + outside);
                if log_density(peak + side * middle) > top - 42.0 {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            (peak + side * outside).clamp(-END, END)
        };
        let (first, last) = (edge(-1.0), edge(1.0));
        let step = (last - first) / CELLS as f64;
        let grid = (0..=CELLS).map(|i| first + step * i as f64);
        let mut density: Vec<f64> = grid.clone().map(|x| exp(log_density(x) - top)).collect();
        let slope = |(x, f): (f64, &f64)| f * (alpha - (alpha + beta) * crate::units::logistic(x));
        let slopes: Vec<f64> = grid.zip(&density).map(slope).collect();
        // Each cell by the trapezoidal rule and its first Euler–Maclaurin correction.
        let ends = density.windows(2).zip(slopes.windows(2));
        let cells: Vec<f64> = ends
            .map(|(f, slope)| (step * (0.5 * (f[0] + f[1]) - step / 12.0 * (slope[1] - slope[0]))).max(0.0))
            .collect();
        let running = |total: &mut f64, cell: &f64| {
            *total += cell;
            Some(*total)
        };
        // Beyond the grid the density is exponential.
        let (least, most) = (density[0] / alpha, density[CELLS] / beta);
        let mut below = vec![least];
        below.extend(cells.iter().scan(least, running));
        let mut above = vec![most];
        above.extend(cells.iter().rev().scan(most, running));
        above.reverse();
        let whole = below[CELLS] + most;
        for x in density.iter_mut().chain(&mut below).chain(&mut above) {
            *x /= whole;
        }
        BetaLogit {
            rates: (alpha, beta),
            first,
            step,
            density,
            below,
            above,
        }
    }

    /// The log-odds below which the law has probability `u`.
    pub fn quantile(&self, u: f64) -> f64 {
        let lower = u < 0.5;
        let cell = if lower {
            self.below.partition_point(|&p| p <= u)
        } else {
            self.above.partition_point(|&p| p >= 1.0 - u)
        };
        let cell = cell.clamp(1, CELLS) - 1;
        let (f, g) = (self.density[cell] * self.step, self.density[cell + 1] * self.step);
        if (lower && u <= self.below[0]) || (!lower && 1.0 - u <= self.above[CELLS]) {
            return if lower {
                self.first
            } else {
                self.first + self.step * CELLS as f64
            };
        }
        let (wanted, mass) = if lower {
            (u - self.below[cell], self.below[cell + 1] - self.below[cell])
        } else {
            (self.above[cell] - (1.0 - u), self.above[cell] - self.above[cell + 1])
        };
        // Newton's steps on the cubic that has the cell's mass and the densities at its ends.
        let (a, b) = (f + g - 2.0 * mass, 3.0 * mass - 2.0 * f - g);
        let mut t = if mass > 0.0 { wanted / mass } else { 0.0 };
        for _ in 0..3 {
            let rises = (3.0 * a * t + 2.0 * b) * t + f;
            if rises > 0.0 {
                t -= (((a * t + b) * t + f) * t - wanted) / rises;
            }
            t = t.clamp(0.0, 1.0);
        }
        self.first + self.step * (cell as f64 + t)
    }

    /// Points of log-odds and their weights, adding up to 1, for a mean over the law.
    pub fn nodes(&self) -> impl Iterator<Item = (f64, f64)> {
        // Steps of half a unit resolve the logistic function, a sixteenth of the range any narrower law.
        let most = 0.5 / self.step;
        let stride = [16, 8, 4, 2].into_iter().find(|&s| s as f64 <= most).unwrap_or(1);
        let step = self.step * stride as f64;
        // The rule goes on beyond the grid, where its terms are a geometric series: all of them stand at the end.
        let beyond = |rate: f64| 1.0 / -libm::expm1(-rate * step);
        let (below, above) = (beyond(self.rates.0), beyond(self.rates.1));
        let weight = move |i: usize, f: f64| match i {
            0 => f * below,
            CELLS => f * above,
            _ => f,
        };
        let points = self.density.iter().enumerate().step_by(stride);
        let whole: f64 = points.clone().map(|(i, &f)| weight(i, f)).sum();
        points.map(move |(i, &f)| (self.first + self.step * i as f64, weight(i, f) / whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{logistic, logit};

    /// Beta(1, b) and Beta(a, 1) have distribution functions in closed form.
    #[test]
    fn quantiles_are_those_of_the_closed_forms() {
        for shape in [0.3, 1.0, 2.5, 40.0] {
            let (low, high) = (BetaLogit::new(1.0, shape), BetaLogit::new(shape, 1.0));
            for i in 1..2000 {
                let u = f64::from(i) / 2000.0;
                let rest = libm::pow(1.0 - u, 1.0 / shape);
                let odds = libm::log1p(-rest) - libm::log(rest);
                assert!((low.quantile(u) - odds).abs() < 1e-6, "{shape} {u}");
                let theta = libm::pow(u, 1.0 / shape);
                assert!((high.quantile(u) - logit(theta)).abs() < 1e-6, "{shape} {u}");
            }
        }
    }

    #[test]
    fn nodes_give_the_mean_of_the_law_to_the_last_digits() {
        for (alpha, beta) in [
            (0.668, 3.806),
            (0.2593, 1.7225),
            (3.8, 15.2),
            (900.0, 9100.0),
            (0.9, 11.0),
        ] {
            let mean: f64 = BetaLogit::new(alpha, beta).nodes().map(|(x, w)| w * logistic(x)).sum();
            assert!((mean - alpha / (alpha + beta)).abs() < 1e-12, "{alpha} {beta}: {mean}");
        }
    }
}
