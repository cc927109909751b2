use libm::exp;

use crate::kernel::accounts::{Accounts, Decision};
use crate::kernel::column::List;
use crate::kernel::depth::Depths;
use crate::kernel::outline::{self, BITS, ByState, Part};
use crate::kernel::rates::SegmentRates;
use crate::kernel::shock::Copula;
use crate::kernel::stream::Address;
use crate::kernel::tally::{Line, Tally};
use crate::kernel::workload::CLASS;
use crate::model::Segment;
use crate::units::{Money, Quantiles, normal_quantile, rounded};

/// Expansion between renewals under the shared shock of one month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpansionRates {
    /// Product-led events a month by health, green first.
    product_led: [f64; 3],
    /// CSM-led events a month at full coverage by health.
    csm_led: [f64; 3],
    /// Contractions a month.
    contraction: f64,
    /// The health in which most expand, at any response to coverage.
    likeliest: usize,
}

impl ExpansionRates {
    /// The month's rates under the shared shock: the yearly rate moves, then a twelfth.
    pub(crate) fn new(segment: &Segment, rates: &SegmentRates, shock: &Copula) -> ExpansionRates {
        let yearly = shock.apply_to(rates.expansion);
        let relative = segment.expansion.relative;
        let scale = yearly / segment.mean_over_mix(relative) / 12.0;
        let by_health = relative.map(|r| r * scale);
        let likeliest = (0..3).fold(0, |most, health| {
            if relative[health] > relative[most] {
                health
            } else {
                most
            }
        });
        ExpansionRates {
            product_led: by_health.map(|rate| rate * (1.0 - rates.csm_led)),
            csm_led: by_health.map(|rate| rate * rates.csm_led),
            contraction: rates.contraction,
            likeliest,
        }
    }

    /// Numbers below which an expansion happens this month, by health, at this response to coverage.
    fn thresholds(&self, response: f64) -> [u32; 3] {
        let mut total = self.product_led;
        for (total, led) in total.iter_mut().zip(self.csm_led) {
            *total += led * response;
        }
        total.map(outline::below)
    }
}

/// Expansion and contraction of one segment in one month.
///
/// An account whose number is low expands, one whose number is high contracts, so an account does one of both at most.
/// Of what expands the product-led part is cut first, so coverage moves none of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Month {
    /// Numbers below expand, by work class of the month and health after its move.
    expand: [[u32; 3]; 5],
    /// Numbers below expand without a CSM, by health.
    product_led: [u32; 3],
    /// Numbers from here up contract.
    contract: u32,
    /// The health in which most expand.
    likeliest: usize,
}

/// An account that may expand or contract, and its number.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    i: u32,
    class: u8,
    number: u32,
}

impl Month {
    /// Compiles the month at these responses to coverage, by work class.
    pub(crate) fn new(rates: &ExpansionRates, led: &[f64; 5]) -> Month {
        // Where hours are shared in proportion most classes respond alike.
        let mut expand = [rates.thresholds(led[0]); 5];
        for class in 1..5 {
            expand[class] = if led[class] == led[class - 1] {
                expand[class - 1]
            } else {
                rates.thresholds(led[class])
            };
        }
        Month {
            expand,
            product_led: rates.thresholds(0.0),
            contract: (1 << BITS) - outline::below(rates.contraction),
            likeliest: rates.likeliest,
        }
    }
}

/// Accounts that may expand or contract in a month; its room is used again for the next.
#[derive(Debug, Clone)]
pub(crate) struct Candidates {
    quiet: ByState,
    found: Vec<Candidate>,
}

impl Default for Candidates {
    fn default() -> Candidates {
        Candidates {
            quiet: ByState::new(),
            found: Vec::new(),
        }
    }
}

impl Candidates {
    /// Lists those whose number this month may expand or contract them, whatever health they move to.
    pub(crate) fn list(&mut self, month: &Month, accounts: &Accounts, draws: Address, due: &mut List) {
        let most = month.expand.map(|by_health| by_health[month.likeliest]);
        for (state, &class) in CLASS.iter().enumerate() {
            self.quiet.set(state, most[class as usize], month.contract);
        }
        accounts.telling_by_state(Part::Expansion, &self.quiet, due);
        self.found.clear();
        for &i in due.iter() {
            let number = accounts.number(Part::Expansion, i as usize, draws);
            let class = CLASS[usize::from(accounts.state(i as usize))] as u8;
            if number < most[usize::from(class)] || number >= month.contract {
                self.found.push(Candidate { i, class, number });
            }
        }
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
    #[inline(always)]
    pub(crate) fn at(&self, u: f64) -> f64 {
        self.table.at(u).unwrap_or_else(|| size(self.log_sd, u))
    }
}

fn size(log_sd: f64, u: f64) -> f64 {
    exp(log_sd * normal_quantile(u) - 0.5 * log_sd * log_sd)
}

/// ARR after an expansion by `share`, never past the limit to growth.
#[inline(always)]
pub(crate) fn grown(arr: i64, share: f64, start: i64, max_growth: f64) -> i64 {
    let limit = rounded(start as f64 * max_growth).min(Money::MAX.minor());
    let wanted = arr + rounded(arr as f64 * share);
    wanted.min(limit).max(arr)
}

/// Where the sizes of a month's expansions and contractions are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    /// Sizes of expansions.
    pub(crate) sizes: Address,
    /// Depths of contractions.
    pub(crate) depths: Address,
}

/// Books the expansions and contractions of the month, after health has moved; an account that will leave does neither.
pub(crate) fn book(
    accounts: &mut Accounts,
    candidates: &mut Candidates,
    month: &Month,
    (segment, law, depths): (&Segment, &Sizes, &Depths),
    rates: &SegmentRates,
    draws: Draws,
    tally: &mut Tally,
) {
    // Apart from what they come to, so that contracts are looked up many at once.
    candidates.found.retain(|&Candidate { i, class, number }| {
        let i = i as usize;
        let expands = number < month.expand[usize::from(class)][accounts.health(i)];
        (number >= month.contract || expands) && accounts.contract[i].pending != Decision::Churn
    });
    for &Candidate { i, number, .. } in &candidates.found {
        let i = i as usize;
        let health = accounts.health(i);
        let key = accounts.key[i];
        if number >= month.contract {
            let share = depths.at(rates.contraction_depth, draws.depths, key);
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
        let line = if number < month.product_led[health] {
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
    use crate::model::{Calibration, sample};

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
        let se = ((square / f64::from(n) - mean * mean) / f64::from(n)).sqrt();
        assert!((mean - 1.0).abs() < 5.0 * se, "{mean} ± {se}");
    }

    #[test]
    fn growth_stops_at_its_limit_and_never_shrinks_an_account() {
        assert_eq!(grown(100, 0.255, 100, 3.0), 126);
        assert_eq!(grown(290, 0.5, 100, 3.0), 300);
        assert_eq!(grown(320, 0.5, 100, 3.0), 320);
    }

    #[test]
    fn most_expand_in_the_likeliest_health_at_any_response() {
        for (relative, likeliest) in [([1.0, 0.5, 0.15], 0), ([0.5, 2.0, 1.0], 1), ([0.1, 0.2, 0.9], 2)] {
            let mut scenario = sample::scenario();
            scenario.segments[0].expansion.relative = relative;
            let segment = &scenario.segments[0];
            let calibration = Calibration::new(segment, &scenario.book()[0]);
            let rates = SegmentRates::draw(&scenario, 0, &calibration, &Stream::new(3, 0));
            let rates = ExpansionRates::new(segment, &rates, &Copula::favourable(0.02, -1.0));
            assert_eq!(rates.likeliest, likeliest);
            for response in [0.0, 0.4, 1.0] {
                let thresholds = rates.thresholds(response);
                assert!(thresholds[likeliest] > 0);
                assert_eq!(thresholds.into_iter().max(), Some(thresholds[likeliest]));
            }
        }
    }

    #[test]
    fn expansions_and_contractions_have_the_two_ends_of_a_month() {
        let rates = ExpansionRates {
            product_led: [0.02, 0.01, 0.0],
            csm_led: [0.04, 0.02, 0.01],
            contraction: 0.25,
            likeliest: 0,
        };
        let steps = f64::from(1_u32 << BITS);
        let month = Month::new(&rates, &[0.0, 0.5, 1.0, 0.0, 0.0]);
        for (class, expected) in [[0.02, 0.01, 0.0], [0.04, 0.02, 0.005], [0.06, 0.03, 0.01]]
            .into_iter()
            .enumerate()
        {
            for (found, p) in month.expand[class].into_iter().zip(expected) {
                assert!((f64::from(found) / steps - p).abs() <= 0.5 / steps, "{found} {p}");
            }
        }
        assert_eq!((month.contract, month.product_led), (3 << (BITS - 2), month.expand[0]));
    }
}
