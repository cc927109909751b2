//! Random words by address: any word can be had without those before it.
//!
//! Every draw is a pure function of (seed, trial, month, purpose, account key). The mixer is the output function of
//! SplitMix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom number generators*, OOPSLA; constants of
//! Stafford's mix 13), applied to the sum of two addresses that are themselves mixed: one of (seed, trial, month,
//! purpose), one of the account. Nothing is drawn that nobody reads, and equal addresses give equal luck whatever the
//! scenario, the worker or the number of trials.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::units::normal_quantile;

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's output function: a bijection of 64-bit words that spreads every bit over all others.
#[inline(always)]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a draw decides. The numbers are part of the reproducibility promise: never reuse or reorder one; 5, 6, 17
/// and 18 are spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An uncertain input, keyed by the input.
    Rate = 1,
    /// The error of churn rates, keyed by segment; key 0 is the shared part.
    Doubt = 2,
    /// The shared shock's innovation.
    Shock = 3,
    /// Health at the start.
    OpeningHealth = 4,
    /// Size of an expansion between renewals.
    ExpansionSize = 7,
    /// Depth of a downsell or size of an expansion at renewal.
    RenewalSize = 8,
    /// New accounts of a segment this month.
    Arrivals = 9,
    /// Contract length of a new account.
    NewTerm = 10,
    /// ARR of a new account.
    NewArr = 11,
    /// A CSM leaves, keyed by pool and seat.
    Attrition = 12,
    /// An account's own churn.
    OwnChurn = 13,
    /// Whether a churn was in a CSM's reach.
    Cause = 14,
    /// Whether a lost account comes back.
    WinBack = 15,
    /// Depth of a contraction.
    ContractionSize = 16,
    /// Leading bits of an account's numbers for its health, of eight months.
    HealthOutline = 19,
    /// The same for expansion and contraction between renewals.
    ExpansionOutline = 20,
    /// The same for its rolling contract.
    RollingOutline = 21,
    /// The other bits of the month's number for health.
    Health = 22,
    /// The same for expansion and contraction between renewals.
    Expansion = 23,
    /// The same for a rolling contract.
    Rolling = 24,
    /// What an account decides before its contract ends.
    Decision = 25,
}

/// The trials whose luck each layer of uncertainty takes: the same for a trial as it is, others to tell layers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers {
    /// Rates nobody knows.
    pub rates: u32,
    /// The shock everyone shares.
    pub shock: u32,
    /// All the rest.
    pub luck: u32,
}

impl From<u32> for Layers {
    fn from(trial: u32) -> Layers {
        Layers {
            rates: trial,
            shock: trial,
            luck: trial,
        }
    }
}

/// The random words of one trial.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    rates: u64,
    shock: u64,
    luck: u64,
}

impl Stream {
    /// The words of this trial under this seed.
    pub(crate) fn new(seed: u64, trial: impl Into<Layers>) -> Stream {
        let trial = trial.into();
        let seed = mix(seed.wrapping_add(GAMMA));
        let of = |trial: u32| mix(seed.wrapping_add(u64::from(trial).wrapping_mul(GAMMA)));
        Stream {
            rates: of(trial.rates),
            shock: of(trial.shock),
            luck: of(trial.luck),
        }
    }

    /// The address of a month and purpose; month 0 is before the start.
    #[inline]
    pub(crate) fn at(&self, month: u32, purpose: Purpose) -> Address {
        let place = (u64::from(month) << 8) | purpose as u64;
        let trial = match purpose {
            Purpose::Rate | Purpose::Doubt => self.rates,
            Purpose::Shock => self.shock,
            _ => self.luck,
        };
        Address(mix(trial.wrapping_add(place.wrapping_mul(GAMMA))))
    }
}

/// The words of one trial, month and purpose, one for every key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(u64);

impl Address {
    /// 64 random bits.
    #[inline(always)]
    pub(crate) fn word(self, key: u64) -> u64 {
        mix(self.0.wrapping_add(key))
    }

    /// Which of so many [`STEPS`] of the unit interval the uniform lies in the middle of.
    #[inline(always)]
    pub(crate) fn step(self, key: u64) -> u64 {
        step(self.word(key))
    }

    /// Uniform on the 2⁵² midpoints strictly between 0 and 1.
    #[inline]
    pub(crate) fn uniform(self, key: u64) -> f64 {
        unit(self.word(key))
    }

    /// Standard normal, by inversion.
    pub(crate) fn normal(self, key: u64) -> f64 {
        normal_quantile(self.uniform(key))
    }

    /// A generator of its own, for laws that take a varying number of words.
    pub(crate) fn generator(self, key: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.word(key))
    }
}

/// Steps of the unit interval that words tell apart.
pub(crate) const STEPS: f64 = (1_u64 << 52) as f64;

#[inline(always)]
fn step(word: u64) -> u64 {
    word >> 12
}

/// The uniform a word stands for, never 0 and never 1.
#[inline(always)]
pub(crate) fn unit(word: u64) -> f64 {
    (step(word) as i64 as f64 + 0.5) * (1.0 / STEPS)
}

/// How many steps have their uniform below a limit from 0 up.
pub(crate) fn steps_below(limit: f64) -> u64 {
    (limit * STEPS - 0.5).ceil() as u64
}

/// The key of an account, given once and kept: segment of origin, month in which it joined (0 for the opening book) and
/// position among those.
#[inline]
pub(crate) fn account_key(segment: usize, cohort: u32, position: usize) -> u64 {
    mix(((segment as u64) << 48 | u64::from(cohort) << 32 | position as u64).wrapping_mul(GAMMA))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of SplitMix64 seeded with 1234567, as published with its reference code.
    #[test]
    fn the_mixer_is_that_of_splitmix64() {
        let outputs: Vec<u64> = (1..=3)
            .map(|i: u64| mix(1_234_567_u64.wrapping_add(i.wrapping_mul(GAMMA))))
            .collect();
        assert_eq!(
            outputs,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    /// Pearson's statistic of 64 equal cells over addresses that differ in one coordinate at a time; 99.9% of true
    /// uniforms stay below 103.4 at 63 degrees of freedom.
    #[test]
    fn neighbouring_addresses_are_independent_uniforms() {
        let statistic = |draw: &dyn Fn(u64) -> f64| {
            let n = 64_000;
            let mut cells = [0_u32; 64];
            for i in 0..n {
                cells[(draw(i) * 64.0) as usize] += 1;
            }
            let expected = n as f64 / 64.0;
            cells
                .iter()
                .map(|&c| (f64::from(c) - expected) * (f64::from(c) - expected) / expected)
                .sum::<f64>()
        };
        let by_trial = |i: u64| Stream::new(1, i as u32).at(1, Purpose::Health).uniform(5);
        let by_month = |i: u64| Stream::new(1, 0).at(i as u32, Purpose::Health).uniform(5);
        let by_account = |i: u64| {
            Stream::new(1, 0)
                .at(1, Purpose::Health)
                .uniform(account_key(0, 0, i as usize))
        };
        let by_seed = |i: u64| Stream::new(i, 0).at(1, Purpose::Health).uniform(5);
        for draw in [&by_trial as &dyn Fn(u64) -> f64, &by_month, &by_account, &by_seed] {
            assert!(statistic(draw) < 103.4, "{}", statistic(draw));
        }
    }

    #[test]
    fn steps_and_uniforms_lie_below_the_same_limits() {
        let unit_of = |step: u64| unit(step << 12);
        for limit in [
            0.0,
            1e-17,
            1e-16,
            2e-16,
            0.1,
            0.3,
            0.5,
            0.69,
            0.92,
            1.0 - 1e-16,
            1.0,
            1.0 + 2e-16,
        ] {
            let below = steps_below(limit);
            for step in below.saturating_sub(2)..below + 2 {
                if step < 1 << 52 {
                    assert_eq!(step < below, unit_of(step) < limit, "{step} under {limit}");
                }
            }
        }
        assert_eq!((steps_below(0.0), steps_below(1.0)), (0, 1 << 52));
    }

    #[test]
    fn every_layer_takes_its_luck_from_its_own_trial() {
        let (usual, other) = (Stream::new(1, 5), |layers: Layers| Stream::new(1, layers));
        let purposes = [
            Purpose::Rate,
            Purpose::Doubt,
            Purpose::Shock,
            Purpose::Health,
            Purpose::Cause,
        ];
        let differs = |stream: Stream| purposes.map(|of| stream.at(3, of).word(1) != usual.at(3, of).word(1));
        let same = Layers::from(5);
        assert_eq!(differs(other(same)), [false; 5]);
        assert_eq!(
            differs(other(Layers { rates: 6, ..same })),
            [true, true, false, false, false]
        );
        assert_eq!(
            differs(other(Layers { shock: 6, ..same })),
            [false, false, true, false, false]
        );
        assert_eq!(
            differs(other(Layers { luck: 6, ..same })),
            [false, false, false, true, true]
        );
    }
}
