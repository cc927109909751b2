use libm::exp;

use crate::kernel::accounts::{Accounts, Decision};
use crate::kernel::rates::SegmentRates;
use crate::kernel::renewal;
use crate::kernel::shock::Copula;
use crate::kernel::stream::{Address, MonthWord};
use crate::kernel::tally::{Line, Tally};
use crate::model::Segment;
use crate::units::{Money, Quantiles, normal_quantile, rounded, threshold};

/// Expansion between renewals, compiled once per segment and month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpansionRates {
    /// Product-led events a month by health, green first.
    product_led: [f64; 3],
    /// CSM-led events a month at full coverage by health.
    csm_led: [f64; 3],
    /// Contractions a month.
    contraction: f64,
}

impl ExpansionRates {
    /// The month's rates under the shared shock: the yearly rate moves, then a twelfth.
    pub(crate) fn new(segment: &Segment, rates: &SegmentRates, shock: &Copula) -> ExpansionRates {
        let yearly = shock.apply(rates.expansion);
        let relative = segment.expansion.relative;
        let scale = yearly / segment.mean_over_mix(relative) / 12.0;
        let by_health = relative.map(|r| r * scale);
        ExpansionRates {
            product_led: by_health.map(|rate| rate * (1.0 - rates.csm_led)),
            csm_led: by_health.map(|rate| rate * rates.csm_led),
            contraction: rates.contraction,
        }
    }

    /// Thresholds below which an expansion happens this month, by health, at this response to coverage.
    pub(crate) fn thresholds(&self, response: f64) -> [u64; 3] {
        let mut total = self.product_led;
        for (total, led) in total.iter_mut().zip(self.csm_led) {
            *total += led * response;
        }
        total.map(|p| threshold(p, MonthWord::EXPANSION))
    }

    /// Whether this draw is a contraction: they have the upper end of what expansions have the lower of, so an account
    /// does one of both at most.
    pub(crate) fn is_contraction(&self, word: MonthWord) -> bool {
        word.expansion() >= self.contracts_from()
    }

    /// Draws from here up are contractions.
    pub(crate) fn contracts_from(&self) -> u64 {
        (1 << MonthWord::EXPANSION) - threshold(self.contraction, MonthWord::EXPANSION)
    }

    /// Whether an expansion at this draw is product-led: that part is cut first, so coverage moves none of it.
    fn is_product_led(&self, health: usize, word: MonthWord) -> bool {
        word.expansion() < threshold(self.product_led[health], MonthWord::EXPANSION)
    }
}

/// Sizes of expansions around their mean: log-normal with mean 1.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    log_sd: f64,
    table: Quantiles,
}

impl Sizes {
    pub(crate) fn new(log_sd: f64) -> Sizes {
        Sizes {
            log_sd,
            table: Quantiles::of(|u| size(log_sd, u)),
        }
    }

    /// The size at this draw, as a multiple of the mean.
    pub(crate) fn at(&self, u: f64) -> f64 {
        self.table.at(u).unwrap_or_else(|| size(self.log_sd, u))
    }
}

fn size(log_sd: f64, u: f64) -> f64 {
    exp(log_sd * normal_quantile(u) - 0.5 * log_sd * log_sd)
}

/// ARR after an expansion by `share`, never past the limit to growth.
pub(crate) fn grown(arr: i64, share: f64, start: i64, max_growth: f64) -> i64 {
    let limit = rounded(start as f64 * max_growth).min(Money::MAX.minor());
    let wanted = arr + rounded(arr as f64 * share);
    wanted.min(limit).max(arr)
}

/// Draws of the month that expansions and contractions read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    /// The month's details.
    pub(crate) details: Address,
    /// Sizes of expansions.
    pub(crate) sizes: Address,
    /// Depths of contractions.
    pub(crate) depths: Address,
}

/// Books the expansions and contractions of the month; an account that will leave does neither.
pub(crate) fn book(
    accounts: &mut Accounts,
    moving: &[u32],
    month: &ExpansionRates,
    (segment, law): (&Segment, &Sizes),
    rates: &SegmentRates,
    draws: Draws,
    tally: &mut Tally,
) {
    for &i in moving {
        let i = i as usize;
        if accounts.contract[i].pending == Decision::Churn {
            continue;
        }
        let key = accounts.key[i];
        let word = accounts.month_word(i, draws.details);
        if month.is_contraction(word) {
            let share = renewal::depth(
                rates.contraction_depth,
                segment.downsell.concentration,
                draws.depths,
                key,
            );
            let arr = accounts.contract[i].arr;
            // An account that stays pays something.
            let kept = rounded(arr as f64 * (1.0 - share)).max(arr.min(1));
            tally.set_arr(accounts, i, kept, Line::Contraction);
            continue;
        }
        let share = rates.mean_size * law.at(draws.sizes.uniform(key));
        let arr = grown(
            accounts.contract[i].arr,
            share,
            accounts.contract[i].start,
            segment.max_growth,
        );
        let line = if month.is_product_led(accounts.health(i), word) {
            Line::ExpansionProductLed
        } else {
            Line::ExpansionCsmLed
        };
        tally.set_arr(accounts, i, arr, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::stream::{Purpose, Stream};

    #[test]
    fn sizes_have_mean_one() {
        let n = 40_000_u32;
        let (mut sum, mut square) = (0.0, 0.0);
        let sizes = Sizes::new(0.6);
        for trial in 0..n {
            let x = sizes.at(Stream::new(3, trial).at(1, Purpose::ExpansionSize).uniform(9));
            sum += x;
            square += x * x;
        }
        let mean = sum / f64::from(n);
        let se = libm::sqrt((square / f64::from(n) - mean * mean) / f64::from(n));
        assert!((mean - 1.0).abs() < 5.0 * se, "{mean} ± {se}");
    }

    #[test]
    fn growth_stops_at_its_limit_and_never_shrinks_an_account() {
        assert_eq!(grown(100, 0.255, 100, 3.0), 126);
        assert_eq!(grown(290, 0.5, 100, 3.0), 300);
        assert_eq!(grown(320, 0.5, 100, 3.0), 320);
    }

    #[test]
    fn expansions_and_contractions_have_the_two_ends_of_a_month() {
        let rates = ExpansionRates {
            product_led: [0.02, 0.01, 0.0],
            csm_led: [0.04, 0.02, 0.01],
            contraction: 0.25,
        };
        let steps = (1_u64 << MonthWord::EXPANSION) as f64;
        for (response, expected) in [
            (0.0, [0.02, 0.01, 0.0]),
            (0.5, [0.04, 0.02, 0.005]),
            (1.0, [0.06, 0.03, 0.01]),
        ] {
            for (found, p) in rates.thresholds(response).into_iter().zip(expected) {
                assert!((found as f64 / steps - p).abs() <= 0.5 / steps, "{found} {p}");
            }
        }
        assert_eq!(rates.contracts_from(), 3 << (MonthWord::EXPANSION - 2));
    }
}
