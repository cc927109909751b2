use libm::pow;

use crate::model::{Chain, Covered, Matrix, Risk, Segment};
use crate::units::{logistic, logit};

/// Churn by health of one segment, scaled so that the stated churn comes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Churn at an annual decision by health, green first.
    pub p: [f64; 3],
    /// Its log-odds.
    pub logit_p: [f64; 3],
    /// Mean of `p` over the covered mix: the stated churn.
    pub churn: f64,
    /// Log-odds added at decisions of terms below 12 months, so that churn within 12 months is the stated one.
    pub short_term: f64,
}

/// No health state churns more surely than this.
pub const MOST_CHURN: f64 = 0.95;

impl Calibration {
    /// Calibrates a segment at its stated values: doubt, shock and shifts at rest.
    pub fn new(segment: &Segment) -> Calibration {
        let mix = segment.health.mix;
        let (p, churn) = match segment.risk {
            Risk::Relative(r) => {
                let churn = segment.churn.median();
                (scaled(mix, r, churn, MOST_CHURN), churn)
            }
            Risk::Stated(p) => (p, segment.mean_over_mix(p)),
        };
        let logit_p = p.map(logit);
        let mut calibration = Calibration {
            p,
            logit_p,
            churn,
            short_term: 0.0,
        };
        calibration.short_term = calibration.short_term_shift(segment);
        calibration
    }

    /// `b` for terms below 12 months, by bisection along the covered chain; over several such terms their mean by share.
    fn short_term_shift(&self, segment: &Segment) -> f64 {
        let short: Vec<_> = segment
            .terms
            .iter()
            .filter(|t| t.months < 12 && t.churn.is_none() && t.share > 0.0)
            .collect();
        let weight: f64 = short.iter().map(|t| t.share).sum();
        if short.is_empty() || self.churn <= 0.0 || self.churn >= 1.0 {
            return 0.0;
        }
        let speed = match &segment.health.covered {
            Covered::Speed(speed) => speed.median(),
            Covered::Matrix(_) => 0.0,
        };
        let covered = Chain::new(segment, speed, 0.0, 0.0, self.p, self.churn).covered;
        let churn_at = |b: f64| {
            short
                .iter()
                .map(|t| t.share * self.within_a_year(segment.health.mix, &covered, t.months, b))
                .sum::<f64>()
                / weight
        };
        let (mut low, mut high) = (-20.0, 20.0);
        for _ in 0..80 {
            let b = 0.5 * (low + high);
            if churn_at(b) < self.churn {
                low = b;
            } else {
                high = b;
            }
        }
        0.5 * (low + high)
    }

    /// Churn within 12 months of an account that decides every `months`, its next decision equally likely in each of them.
    fn within_a_year(&self, mix: [f64; 3], covered: &Matrix, months: u32, b: f64) -> f64 {
        let keep = self
            .logit_p
            .map(|x| pow(1.0 - logistic(x + b), f64::from(months) / 12.0));
        let mut churned = 0.0;
        for first in 1..=months {
            let mut alive = mix;
            let mut month = first;
            while month <= 12 {
                for (a, k) in alive.iter_mut().zip(keep) {
                    *a *= k;
                }
                month += months;
                if month <= 12 {
                    for _ in 0..months {
                        alive = step(alive, covered);
                    }
                }
            }
            churned += 1.0 - alive.iter().sum::<f64>();
        }
        churned / f64::from(months)
    }
}

fn step(mix: [f64; 3], matrix: &Matrix) -> [f64; 3] {
    let mut next = [0.0; 3];
    for (share, row) in mix.iter().zip(matrix) {
        for (n, p) in next.iter_mut().zip(row) {
            *n += share * p;
        }
    }
    next
}

/// Probabilities in the ratios `relative`, none above `cap`, whose mean over the mix is `mean`.
///
/// Piecewise linear in the scale: capped states are taken out one at a time until the rest fits.
pub fn scaled(mix: [f64; 3], relative: [f64; 3], mean: f64, cap: f64) -> [f64; 3] {
    let mut capped = [false; 3];
    loop {
        let (mut left, mut weight) = (mean, 0.0);
        for h in 0..3 {
            if capped[h] {
                left -= mix[h] * cap;
            } else {
                weight += mix[h] * relative[h];
            }
        }
        let kappa = if weight > 0.0 { left / weight } else { 0.0 };
        let over = (0..3).find(|&h| !capped[h] && kappa * relative[h] > cap);
        match over {
            Some(h) => capped[h] = true,
            None => {
                let mut p = [cap; 3];
                for h in 0..3 {
                    if !capped[h] {
                        p[h] = kappa * relative[h];
                    }
                }
                return p;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_risks_keep_their_ratios_and_their_mean() {
        let mix = [0.6, 0.28, 0.12];
        let p = scaled(mix, [1.0, 3.0, 6.5], 0.19, MOST_CHURN);
        assert!((p[1] / p[0] - 3.0).abs() < 1e-12 && (p[2] / p[0] - 6.5).abs() < 1e-12);
        assert!((mix.iter().zip(p).map(|(m, p)| m * p).sum::<f64>() - 0.19).abs() < 1e-15);
    }

    #[test]
    fn a_capped_state_leaves_the_rest_to_the_others() {
        let mix = [0.6, 0.28, 0.12];
        let p = scaled(mix, [1.0, 3.0, 6.5], 0.5, MOST_CHURN);
        assert_eq!(p[2], MOST_CHURN);
        assert!((mix.iter().zip(p).map(|(m, p)| m * p).sum::<f64>() - 0.5).abs() < 1e-15);
    }
}
