use libm::{exp, log};

use crate::units::{logistic, logit};

/// What kind of number an uncertain input is; decides the law a 90% interval stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// In 0..=1: logit-normal.
    Probability,
    /// Above 0: log-normal.
    Positive,
    /// Any real number: normal.
    Real,
}

impl Family {
    fn to_scale(self, value: f64) -> f64 {
        match self {
            Family::Probability => logit(value),
            Family::Positive => log(value),
            Family::Real => value,
        }
    }

    fn undo_scale(self, x: f64) -> f64 {
        match self {
            Family::Probability => logistic(x),
            Family::Positive => exp(x),
            Family::Real => x,
        }
    }
}

/// Φ⁻¹(0.95): the ends of a 90% interval lie so many standard deviations from its median.
const Z95: f64 = 1.644_853_626_951_472_2;

/// A number as people state it: a point, or a 90% interval around a median.
///
/// An interval fixes a two-parameter law in closed form: on the family's own scale (log-odds, log or as it is) the mean
/// is the middle of the two ends and the standard deviation their distance over 2 Φ⁻¹(0.95).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    family: Family,
    median: f64,
    middle: f64,
    sd: f64,
}

impl Rate {
    /// A number known for certain.
    pub fn point(family: Family, value: f64) -> Rate {
        Rate {
            family,
            median: value,
            middle: 0.0,
            sd: 0.0,
        }
    }

    /// A 90% interval; ends that are equal make a point.
    pub fn range(family: Family, p5: f64, p95: f64) -> Rate {
        if p5 == p95 {
            return Rate::point(family, p5);
        }
        let (low, high) = (family.to_scale(p5), family.to_scale(p95));
        let middle = 0.5 * (low + high);
        Rate {
            family,
            median: family.undo_scale(middle),
            middle,
            sd: (high - low) / (2.0 * Z95),
        }
    }

    /// The stated value: half of the trials lie above it.
    pub fn median(&self) -> f64 {
        self.median
    }

    /// Standard deviation on the family's scale; 0 for a point.
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// The value so many standard deviations above the median.
    pub fn at(&self, deviate: f64) -> f64 {
        if self.sd == 0.0 {
            self.median
        } else {
            self.family.undo_scale(self.middle + self.sd * deviate)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::normal_quantile;

    #[test]
    fn an_interval_holds_nine_tenths_between_its_ends() {
        for (family, p5, p95) in [
            (Family::Probability, 0.08, 0.12),
            (Family::Positive, 3.0, 70.0),
            (Family::Real, -0.11, 0.71),
        ] {
            let rate = Rate::range(family, p5, p95);
            assert!((rate.at(normal_quantile(0.05)) - p5).abs() < 1e-12);
            assert!((rate.at(normal_quantile(0.95)) - p95).abs() < 1e-12 * p95.max(1.0) * 10.0);
            assert!((rate.at(0.0) - rate.median()).abs() < 1e-15 * rate.median().max(1.0));
        }
    }

    #[test]
    fn equal_ends_are_a_point() {
        assert_eq!(
            Rate::range(Family::Probability, 0.1, 0.1),
            Rate::point(Family::Probability, 0.1)
        );
    }
}
