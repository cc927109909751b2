use libm::{exp, lgamma, pow};

use crate::units::{BetaLogit, logistic};

/// Beta(α, β) law of the churn of accounts that differ: the shifted-beta-geometric model of Fader and Hardie (2007),
/// *How to project customer retention*, Journal of Interactive Marketing 21(1), 76–90; with a duration other than 1 the
/// beta-discrete-Weibull of Fader, Hardie, Liu, Davin and Steenburgh (2018).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnChurn {
    /// α, above 0.
    pub alpha: f64,
    /// β, above 0.
    pub beta: f64,
}

impl OwnChurn {
    /// How much the accounts differ, 0 to 1.
    pub fn dispersion(&self) -> f64 {
        1.0 / (self.alpha + self.beta + 1.0)
    }

    /// Mean churn at the next decision.
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// The law of those that have survived `n` decisions, Beta(α, β + nᶜ).
    pub fn after(&self, n: f64, duration: f64) -> OwnChurn {
        OwnChurn {
            beta: self.beta + pow(n, duration),
            ..*self
        }
    }

    /// Share that survives `t` decisions, `B(α, β + tᶜ) / B(α, β)`.
    pub fn survival(&self, t: f64, duration: f64) -> f64 {
        let (whole, left) = (self.alpha + self.beta, pow(t, duration));
        exp(lgamma(self.beta + left) - lgamma(self.beta) + lgamma(whole) - lgamma(whole + left))
    }

    /// Discounted expected lifetime of a new account, `Σ S(t) / (1+d)ᵗ` from t = 0: payments of 1 at every period's start,
    /// in their value at the first. Infinite without discount when α ≤ 1.
    ///
    /// Given θ it is `(1+d) / (d+θ)`, whose mean is Fader and Hardie's `₂F₁(1, β; α+β; 1/(1+d))`, *Customer-base valuation
    /// in a contractual setting*, Marketing Science 29(1), 85–93 (2010).
    pub fn lifetime(&self, discount: f64) -> f64 {
        if discount == 0.0 {
            return if self.alpha > 1.0 {
                (self.alpha + self.beta - 1.0) / (self.alpha - 1.0)
            } else {
                f64::INFINITY
            };
        }
        let law = BetaLogit::new(self.alpha, self.beta);
        law.nodes()
            .map(|(x, weight)| weight * (1.0 + discount) / (discount + logistic(x)))
            .sum()
    }

    /// Discounted expected residual lifetime just before the next decision, the payment that comes with it counted in
    /// full: DERL of Fader and Hardie (2010), equation 6, of the accounts that got so far.
    pub fn residual_lifetime(&self, discount: f64) -> f64 {
        (1.0 - self.mean()) * self.after(1.0, 1.0).lifetime(discount)
    }
}
