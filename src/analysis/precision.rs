use crate::model::{Number, Precision};
use crate::summary::{Headline, Sample};

/// Trials after which a run is looked at: 1,000, 2,000, 5,000, 10,000 and so on, and its last. They do not depend on the
/// machine, so neither does the number of trials played.
pub fn looks(trials: u32) -> Vec<u32> {
    let mut looks = Vec::new();
    let mut next = 1000_u32;
    for step in [2.0, 2.5, 2.0].into_iter().cycle() {
        if next >= trials {
            break;
        }
        looks.push(next);
        next = (f64::from(next) * step) as u32;
    }
    looks.push(trials);
    looks
}

/// Whether a run may stop here: 1.96 standard errors of the mean reach no further than asked.
pub fn is_met(precision: &Precision, so_far: &Headline) -> bool {
    let estimate = number(so_far, precision.of).estimate();
    estimate.is_some_and(|e| e.trials > 1 && 1.959_963_984_540_054_2 * e.se <= precision.within)
}

fn number(headline: &Headline, of: Number) -> &Sample {
    match of {
        Number::Grr => &headline.grr,
        Number::Nrr => &headline.nrr,
        Number::LogoRetention => &headline.logo_retention,
        Number::ClosingArr => &headline.closing_arr,
        Number::Cltv => &headline.cltv,
        Number::CsmsNeeded => &headline.csms_needed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_looked_at_in_steps_of_one_two_and_five() {
        assert_eq!(looks(500), [500]);
        assert_eq!(looks(1000), [1000]);
        assert_eq!(looks(25_000), [1000, 2000, 5000, 10_000, 20_000, 25_000]);
    }

    #[test]
    fn a_run_stops_when_its_interval_is_as_narrow_as_asked() {
        // Standard deviation 1 over 400 trials: a standard error of 0.05.
        let values = (0..400).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let so_far = Headline {
            grr: Sample::of(values),
            ..Headline::default()
        };
        let asked = |of, within| is_met(&Precision { of, within }, &so_far);
        assert!(asked(Number::Grr, 0.099));
        assert!(!asked(Number::Grr, 0.097));
        assert!(!asked(Number::Nrr, 1.0));
    }
}
