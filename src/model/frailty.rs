use libm::pow;

use crate::model::{ChurnOf, Opening, Segment};
use crate::units::{BetaLogit, logit};

impl Segment {
    /// Law of the log-odds of an account's own churn after so many years of decisions survived, where the segment's
    /// churn is `churn`; none when its accounts are all alike.
    pub fn own_churn(&self, churn: f64, years: u32) -> Option<BetaLogit> {
        if self.frailty.dispersion == 0.0 || churn <= 0.0 || churn >= 1.0 {
            return None;
        }
        let total = 1.0 / self.frailty.dispersion - 1.0;
        let survived = pow(f64::from(years), self.frailty.duration);
        Some(BetaLogit::new(churn * total, (1.0 - churn) * total + survived))
    }

    /// Years of decisions survived and their weights, over the accounts whose churn is the stated one.
    pub fn stated_tenures(&self, book: &[Opening]) -> Vec<(u32, f64)> {
        if self.frailty.churn_of == ChurnOf::New {
            return vec![(0, 1.0)];
        }
        let mut weights: Vec<(u32, f64)> = Vec::new();
        for opening in book.iter().filter(|opening| opening.churn.is_none()) {
            match weights.iter_mut().find(|(years, _)| *years == opening.tenure) {
                Some((_, weight)) => *weight += 1.0,
                None => weights.push((opening.tenure, 1.0)),
            }
        }
        if weights.is_empty() {
            weights = (0..).zip(self.frailty.opening_tenure.iter().copied()).collect();
        }
        weights
    }
}

/// How many times over the hazard of a year counts at a decision, after so many years survived:
/// `((n + ℓ)ᶜ - nᶜ) / ℓ`.
pub fn ageing(duration: f64, years: f64, share: f64) -> f64 {
    if duration == 1.0 {
        1.0
    } else {
        (pow(years + share, duration) - pow(years, duration)) / share
    }
}

/// A point of the law of own churn: log-odds above the segment's, years survived, weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    pub(super) own: f64,
    pub(super) years: f64,
    pub(super) weight: f64,
}

/// Points that stand for the accounts whose churn is the stated one, by their tenures with weights and the laws of those;
/// their weights add up to 1.
pub(super) fn nodes(tenures: &[(u32, f64)], churn: f64, laws: &[(u32, BetaLogit)]) -> Vec<Node> {
    let whole: f64 = tenures.iter().map(|(_, weight)| weight).sum();
    let mut nodes = Vec::new();
    for &(years, weight) in tenures.iter().filter(|(_, weight)| *weight > 0.0) {
        let weight = weight / whole;
        match laws.iter().find(|(of, _)| *of == years) {
            None => nodes.push(Node {
                own: 0.0,
                years: f64::from(years),
                weight,
            }),
            Some((_, law)) => nodes.extend(law.nodes().map(|(x, share)| Node {
                own: x - logit(churn),
                years: f64::from(years),
                weight: weight * share,
            })),
        }
    }
    nodes
}
