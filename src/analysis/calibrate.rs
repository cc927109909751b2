use libm::{exp, log};

use crate::analysis::OwnChurn;

/// A law fitted to data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The most likely law.
    pub law: OwnChurn,
    /// Its log-likelihood.
    pub log_likelihood: f64,
}

/// Log-likelihood, its gradient and its second derivatives (αα, αβ, ββ), all in α and β.
///
/// By the i-th decision a share `α / (α+β+i-1)` of those still there leaves, so a cohort's likelihood is a product of
/// binomials and needs no beta function.
fn likelihood(survivors: &[f64], law: OwnChurn) -> (f64, [f64; 2], [f64; 3]) {
    let (mut value, mut slope, mut bend) = (0.0, [0.0; 2], [0.0; 3]);
    for (i, pair) in survivors.windows(2).enumerate() {
        let (before, kept) = (pair[0], pair[1]);
        let lost = before - kept;
        let (stay, all) = (law.beta + i as f64, law.alpha + law.beta + i as f64);
        value += lost * log(law.alpha) + kept * log(stay) - before * log(all);
        slope[0] += lost / law.alpha - before / all;
        slope[1] += kept / stay - before / all;
        let common = before / (all * all);
        bend[0] += common - lost / (law.alpha * law.alpha);
        bend[1] += common;
        bend[2] += common - kept / (stay * stay);
    }
    (value, slope, bend)
}

/// The shifted-beta-geometric law that makes a cohort's survivors at decisions 0, 1, 2 … most likely: Fader and Hardie
/// (2007), appendix B. None where the data do not fix one: fewer than two decisions, nobody lost, everybody lost, or
/// accounts that differ no more than luck makes them.
///
/// Newton's method in ln α and ln β, by the steepest way up where the likelihood does not bend down.
pub fn fit_own_churn(survivors: &[f64]) -> Option<Fit> {
    let sound = survivors.windows(2).all(|pair| pair[1] <= pair[0]) && survivors.iter().all(|n| *n >= 0.0);
    let (first, last) = (*survivors.first()?, *survivors.last()?);
    if !sound || survivors.len() < 3 || first == last || survivors[1] == 0.0 {
        return None;
    }
    let mut law = OwnChurn { alpha: 1.0, beta: 1.0 };
    let (mut value, mut slope, mut bend) = likelihood(survivors, law);
    for _ in 0..200 {
        let (a, b) = (law.alpha, law.beta);
        let rise = [a * slope[0], b * slope[1]];
        let [aa, ab, bb] = [a * a * bend[0] + rise[0], a * b * bend[1], b * b * bend[2] + rise[1]];
        let determinant = aa * bb - ab * ab;
        let mut step = if aa < 0.0 && determinant > 0.0 {
            [
                (ab * rise[1] - bb * rise[0]) / determinant,
                (ab * rise[0] - aa * rise[1]) / determinant,
            ]
        } else {
            rise.map(|slope| slope / (rise[0] * rise[0] + rise[1] * rise[1]).sqrt())
        };
        let length = step[0].abs().max(step[1].abs());
        if length < 1e-13 {
            break;
        }
        step = step.map(|by| by * (2.0 / length).min(1.0));
        // Half as far until it leads up; at the top, rounding hides the last steps.
        let better = (0..40).find_map(|halvings| {
            let scale = 1.0 / (1_u64 << halvings) as f64;
            let next = OwnChurn {
                alpha: a * exp(scale * step[0]),
                beta: b * exp(scale * step[1]),
            };
            let found = likelihood(survivors, next);
            (found.0 >= value - 1e-12 * value.abs()).then_some((next, found))
        });
        (law, (value, slope, bend)) = better?;
        if !(1e-6..1e6).contains(&law.alpha) || !(1e-6..1e6).contains(&law.beta) {
            return None;
        }
    }
    let flat = (law.alpha * slope[0]).abs().max((law.beta * slope[1]).abs()) < 1e-6 * first;
    flat.then_some(Fit {
        law,
        log_likelihood: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_found_again_in_its_own_expectations() {
        for (alpha, beta) in [(0.668, 3.806), (0.704, 1.182), (3.8, 15.2), (0.05, 0.4), (20.0, 180.0)] {
            let law = OwnChurn { alpha, beta };
            let survivors: Vec<f64> = (0..9).map(|t| 1000.0 * law.survival(f64::from(t), 1.0)).collect();
            let found = fit_own_churn(&survivors).expect("it exists").law;
            assert!((found.alpha / alpha - 1.0).abs() < 1e-6, "{law:?}: {found:?}");
            assert!((found.beta / beta - 1.0).abs() < 1e-6, "{law:?}: {found:?}");
        }
    }

    #[test]
    fn data_that_fix_no_law_give_none() {
        assert_eq!(fit_own_churn(&[]), None);
        assert_eq!(fit_own_churn(&[100.0, 80.0]), None);
        assert_eq!(fit_own_churn(&[100.0, 100.0, 100.0]), None);
        assert_eq!(fit_own_churn(&[100.0, 0.0, 0.0]), None);
        assert_eq!(fit_own_churn(&[100.0, 80.0, 90.0]), None);
        // Churn that rises: differences among accounts can only make it fall.
        assert_eq!(fit_own_churn(&[1000.0, 900.0, 700.0, 400.0]), None);
    }
}
