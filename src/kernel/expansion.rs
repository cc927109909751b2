use libm::exp;

use crate::kernel::accounts::{Accounts, Decision};
use crate::kernel::rates::SegmentRates;
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

/// Books the expansions of the month; an account that will leave does not expand.
pub(crate) fn book(
    accounts: &mut Accounts,
    expanding: &[u32],
    month: &ExpansionRates,
    segment: (&Segment, &Sizes),
    mean_size: f64,
    draws: (Address, Address),
    tally: &mut Tally,
) {
    let (segment, law) = segment;
    let (events, sizes) = draws;
    for &i in expanding {
        let i = i as usize;
        if accounts.contract[i].pending == Decision::Churn {
            continue;
        }
        let key = accounts.key[i];
        let share = mean_size * law.at(sizes.uniform(key));
        let arr = grown(
            accounts.contract[i].arr,
            share,
            accounts.contract[i].start,
            segment.max_growth,
        );
        let word = MonthWord(events.word(key));
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
}
