use libm::exp;

use crate::kernel::stream::{Purpose, Stream};
use crate::units::{normal_cdf, normal_quantile};

/// The latent path of one trial, month by month; low is bad times.
///
/// A stationary first-order autoregression, `z_t = φ z_{t-1} + √(1-φ²) ε_t` with standard normal margins: a factor
/// redrawn each month would average itself out within the year.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shock {
    persistence: f64,
    innovation: f64,
    z: f64,
}

impl Shock {
    /// The path at month 0, for a half-life in months; 0 draws every month anew.
    pub(crate) fn start(half_life: f64, stream: &Stream) -> Shock {
        let persistence = if half_life == 0.0 {
            0.0
        } else {
            exp(-std::f64::consts::LN_2 / half_life)
        };
        Shock {
            persistence,
            innovation: (1.0 - persistence * persistence).sqrt(),
            z: stream.at(0, Purpose::Shock).normal(0),
        }
    }

    /// Moves on to this month.
    pub(crate) fn advance(&mut self, month: u32, stream: &Stream) -> f64 {
        let innovation = stream.at(month, Purpose::Shock).normal(0);
        self.z = self.persistence * self.z + self.innovation * innovation;
        self.z
    }

    /// Variance of the mean of so many months in a row.
    pub(crate) fn variance_of_mean(&self, months: usize) -> f64 {
        let (mut sum, mut correlation) = (0.0, 1.0);
        for apart in 0..months {
            let pairs = if apart == 0 { months } else { 2 * (months - apart) };
            sum += pairs as f64 * correlation;
            correlation *= self.persistence;
        }
        sum / (months * months).max(1) as f64
    }
}

/// A probability with its place on the latent scale, Φ⁻¹(p), which every month moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exposed {
    pub(crate) p: f64,
    latent: f64,
}

impl From<f64> for Exposed {
    fn from(p: f64) -> Exposed {
        let latent = normal_quantile(p);
        Exposed { p, latent }
    }
}

/// One-factor Gaussian copula (Vasicek 2002, *Loan portfolio value*): moves a probability with the factor and keeps its mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copula {
    rho: f64,
    push: f64,
    scale: f64,
}

impl Copula {
    /// A copula in which low `z` raises probabilities.
    pub(crate) fn adverse(rho: f64, z: f64) -> Copula {
        Copula {
            rho,
            push: -rho.sqrt() * z,
            scale: 1.0 / (1.0 - rho).sqrt(),
        }
    }

    /// A copula in which low `z` lowers probabilities.
    pub(crate) fn favourable(rho: f64, z: f64) -> Copula {
        Copula::adverse(rho, -z)
    }

    /// `Φ((Φ⁻¹(p) ∓ √ρ z) / √(1-ρ))`.
    pub(crate) fn apply(&self, p: f64) -> f64 {
        if self.leaves(p) {
            p
        } else {
            normal_cdf(self.move_latent(normal_quantile(p)))
        }
    }

    /// The same where the place on the latent scale is known.
    pub(crate) fn apply_to(&self, Exposed { p, latent }: Exposed) -> f64 {
        if self.leaves(p) {
            p
        } else {
            normal_cdf(self.move_latent(latent))
        }
    }

    fn leaves(&self, p: f64) -> bool {
        self.rho == 0.0 || p <= 0.0 || p >= 1.0
    }

    /// The same on the latent scale, `(Φ⁻¹(p) ∓ √ρ z) / √(1-ρ)`.
    fn move_latent(&self, latent: f64) -> f64 {
        (latent + self.push) * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copula_keeps_the_mean() {
        let n = 20_000;
        let mean = (0..n)
            .map(|i| {
                let z = normal_quantile((f64::from(i) + 0.5) / f64::from(n));
                Copula::adverse(0.05, z).apply(0.1)
            })
            .sum::<f64>()
            / f64::from(n);
        assert!((mean - 0.1).abs() < 1e-6, "{mean}");
    }

    /// At the end of the loadings, which no segment reaches, one draw decides for all.
    #[test]
    fn a_copula_of_one_factor_alone_is_all_or_nothing() {
        for p in [0.02, 0.3, 0.9] {
            for z in [-2.5, -0.4, 0.1, 1.9] {
                let leaves = z < normal_quantile(p);
                let moved = Copula::adverse(1.0 - 1e-12, z).apply(p);
                assert_eq!(moved, f64::from(leaves), "{p} {z}");
            }
            assert_eq!(Copula::adverse(0.0, 1.3).apply(p), p);
        }
    }

    #[test]
    fn the_path_is_standard_normal_and_halves_in_its_half_life() {
        let n = 20_000_u32;
        let (mut start, mut year, mut square, mut product) = (0.0, 0.0, 0.0, 0.0);
        for trial in 0..n {
            let stream = Stream::new(7, trial);
            let mut shock = Shock::start(12.0, &stream);
            let first = shock.z;
            let last = (1..=12).map(|month| shock.advance(month, &stream)).last().unwrap();
            start += first;
            year += last;
            square += last * last;
            product += first * last;
        }
        let n = f64::from(n);
        // Five standard errors of a mean of normals, of squares and of products.
        assert!((start / n).abs() < 5.0 / n.sqrt() && (year / n).abs() < 5.0 / n.sqrt());
        assert!((square / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((product / n - 0.5).abs() < 5.0 * (1.25 / n).sqrt());
    }

    #[test]
    fn the_mean_of_some_months_varies_as_all_their_pairs_say() {
        for half_life in [0.0, 3.0, 12.0] {
            let shock = Shock::start(half_life, &Stream::new(1, 0));
            let together = |apart: i32| match half_life {
                _ if apart == 0 => 1.0,
                0.0 => 0.0,
                _ => libm::pow(0.5, f64::from(apart) / half_life),
            };
            for months in [1, 2, 7, 36] {
                let pairs = (0..months).flat_map(|i: i32| (0..months).map(move |j| together((i - j).abs())));
                let variance = pairs.sum::<f64>() / f64::from(months * months);
                assert!((shock.variance_of_mean(months as usize) - variance).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_year_of_losses_lies_as_the_law_of_one_factor_says() {
        let median = |rho: f64| Copula::adverse(rho, 0.0).apply(0.1);
        assert!((median(0.2) - normal_cdf(normal_quantile(0.1) / 0.8_f64.sqrt())).abs() < 1e-12);
        assert!(Copula::adverse(0.2, -1.0).apply(0.1) > median(0.2));
        assert!(Copula::favourable(0.2, -1.0).apply(0.1) < median(0.2));
        assert_eq!(Copula::adverse(0.2, -1.0).apply(0.0), 0.0);
        assert_eq!(Copula::adverse(0.2, -1.0).apply(1.0), 1.0);
    }
}
