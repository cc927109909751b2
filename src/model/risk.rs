use libm::pow;

use crate::model::frailty::{self, Node, ageing};
use crate::model::{Chain, Covered, Frailty, Matrix, Opening, Risk, Segment};
use crate::units::{BetaLogit, logistic, logit};

/// Churn by health of one segment, scaled so that the stated churn comes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Churn at an annual decision by health, green first.
    pub p: [f64; 3],
    /// Its log-odds.
    pub logit_p: [f64; 3],
    /// Mean of `p` over the covered mix: the stated churn.
    pub churn: f64,
    /// Log-odds added at decisions after 12 months or more, so that the mean over accounts that differ is the stated
    /// churn.
    pub annual: f64,
    /// Log-odds added at decisions of terms below 12 months, so that churn within 12 months is the stated one.
    pub short_term: f64,
    /// Laws of own churn it is made of, by years of decisions survived; none where accounts are all alike.
    pub laws: Vec<(u32, BetaLogit)>,
}

/// No health state churns more surely than this.
pub const MOST_CHURN: f64 = 0.95;

impl Calibration {
    /// Calibrates a segment on its opening accounts at its stated values: doubt, shock and shifts at rest.
    pub fn new(segment: &Segment, book: &[Opening]) -> Calibration {
        let (p, churn) = segment.churn_by_health();
        let mut calibration = Calibration {
            p,
            logit_p: p.map(logit),
            churn,
            annual: 0.0,
            short_term: 0.0,
            laws: Vec::new(),
        };
        if churn > 0.0 && churn < 1.0 {
            let tenures = segment.stated_tenures(book);
            let law = |&(years, _): &(u32, f64)| Some((years, segment.own_churn(churn, years)?));
            calibration.laws = tenures.iter().filter_map(law).collect();
            let nodes = frailty::nodes(&tenures, churn, &calibration.laws);
            calibration.annual = calibration.annual_shift(segment, &nodes);
            calibration.short_term = calibration.short_term_shift(segment, &nodes);
        }
        calibration
    }

    /// `b` at annual decisions.
    fn annual_shift(&self, segment: &Segment, nodes: &[Node]) -> f64 {
        let Frailty {
            dispersion, duration, ..
        } = segment.frailty;
        if dispersion == 0.0 && duration == 1.0 {
            return 0.0;
        }
        solve(self.churn, |b| {
            let mean = |node: &Node| {
                let times = ageing(duration, node.years, 1.0);
                node.weight * segment.mean_over_mix(self.logit_p.map(|x| over(logistic(x + node.own + b), times)))
            };
            nodes.iter().map(mean).sum()
        })
    }

    /// `b` for terms below 12 months, along the covered chain; over several such terms their mean by share.
    fn short_term_shift(&self, segment: &Segment, nodes: &[Node]) -> f64 {
        let short: Vec<_> = segment
            .terms
            .iter()
            .map(|t| (t.opt_out.unwrap_or(t.months), t))
            .filter(|(months, t)| *months < 12 && t.churn.is_none() && t.share > 0.0)
            .collect();
        if short.is_empty() {
            return 0.0;
        }
        let weight: f64 = short.iter().map(|(_, t)| t.share).sum();
        let speed = match &segment.health.covered {
            Covered::Speed(speed) => speed.median(),
            Covered::Matrix(_) => 0.0,
        };
        let covered = Chain::new(segment, speed, 0.0, 0.0, self.p, self.churn).covered;
        solve(self.churn, |b| {
            let year = |months: u32, node: &Node| self.within_a_year(segment, &covered, months, node, b);
            let mean = |node: &Node| {
                let terms = short.iter().map(|(months, t)| t.share * year(*months, node));
                node.weight * terms.sum::<f64>() / weight
            };
            nodes.iter().map(mean).sum()
        })
    }

    /// Churn within 12 months of accounts that decide every `months`, the next decision equally likely in each of them.
    fn within_a_year(&self, segment: &Segment, covered: &Matrix, months: u32, node: &Node, b: f64) -> f64 {
        let share = f64::from(months) / 12.0;
        let duration = segment.frailty.duration;
        let p = self.logit_p.map(|x| logistic(x + node.own + b));
        let keep = |decision: u32| {
            let times = share * ageing(duration, node.years + f64::from(decision) * share, share);
            p.map(|p| 1.0 - over(p, times))
        };
        let plain = keep(0);
        let mut churned = 0.0;
        for first in 1..=months {
            let mut alive = segment.health.mix;
            let (mut month, mut decision) = (first, 0);
            while month <= 12 {
                let keep = if duration == 1.0 { plain } else { keep(decision) };
                for (a, k) in alive.iter_mut().zip(keep) {
                    *a *= k;
                }
                month += months;
                decision += 1;
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

impl Segment {
    /// Stated churn at an annual decision by health, and its mean over the covered mix.
    pub fn churn_by_health(&self) -> ([f64; 3], f64) {
        match self.risk {
            Risk::Relative(r) => {
                let churn = self.churn.median();
                (scaled(self.health.mix, r, churn, MOST_CHURN), churn)
            }
            Risk::Stated(p) => (p, self.mean_over_mix(p)),
        }
    }
}

/// Probability when a hazard counts so many times over, `1 - (1-p)^times`.
pub fn over(p: f64, times: f64) -> f64 {
    if times == 1.0 { p } else { 1.0 - pow(1.0 - p, times) }
}

/// Where a rising function reaches `target`, between -20 and 20: the ends are moved apart from 0 until it lies between
/// them, then the rule of false position in its Illinois form closes in (Dowell and Jarratt 1971).
fn solve(target: f64, rising: impl Fn(f64) -> f64) -> f64 {
    let gap = |b: f64| rising(b) - target;
    let start = gap(0.0);
    let side = if start < 0.0 { 1.0 } else { -1.0 };
    let (mut near, mut far) = ((0.0, start), (0.0, start));
    for end in [0.5, 2.0, 6.0, 20.0] {
        near = far;
        far = (side * end, gap(side * end));
        if start * far.1 <= 0.0 {
            break;
        }
    }
    if start * far.1 > 0.0 {
        return far.0;
    }
    let ((mut low, mut under), (mut high, mut over)) = if side > 0.0 { (near, far) } else { (far, near) };
    let mut last = 0.0_f64;
    for _ in 0..80 {
        let b = (low * over - high * under) / (over - under);
        let miss = gap(b);
        if miss.abs() < 1e-15 || high - low < 1e-14 {
            return b;
        }
        if miss < 0.0 {
            (low, under) = (b, miss);
            over *= if last < 0.0 { 0.5 } else { 1.0 };
        } else {
            (high, over) = (b, miss);
            under *= if last > 0.0 { 0.5 } else { 1.0 };
        }
        last = miss;
    }
    0.5 * (low + high)
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
