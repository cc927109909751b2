//! Random words by address: any word can be had without those before it.
//!
//! Every draw is a pure function of (seed, trial, month, purpose, account key). The mixer is the output function of
//! SplitMix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom number generators*, OOPSLA; constants of
//! Stafford's mix 13), applied to the sum of two addresses that are themselves mixed: one of (seed, trial, month,
//! purpose), one of the account. Nothing is drawn that nobody reads, and equal addresses give equal luck whatever the
//! scenario, the worker or the number of trials.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use wide::bytemuck::cast;
use wide::{u32x4, u64x2};

use crate::units::normal_quantile;

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's output function: a bijection of 64-bit words that spreads every bit over all others.
#[inline(always)]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a draw decides. The numbers are part of the reproducibility promise: never reuse or reorder one; 5 and 6 are
/// spent.
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
    /// Leading bits of what two months hold for an account, the first month's in the lower half: an [`Outline`] each.
    Outline = 17,
    /// The other bits, of those accounts whose outline does not tell enough.
    Detail = 18,
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

/// The leading bits of a [`MonthWord`]: 10 of health, 9 of expansion between renewals, 10 of the decision at renewal,
/// each with a bit above it that is set. Most months are told by them alone, and one random word holds two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline(pub(crate) u32);

impl Outline {
    const HEALTH: u32 = 10;
    const EXPANSION: u32 = 9;
    const DECISION: u32 = 10;

    const EXPANSION_AT: u32 = Outline::DECISION + 1;
    const HEALTH_AT: u32 = Outline::EXPANSION_AT + Outline::EXPANSION + 1;

    /// The bit above each part.
    const ABOVE: u32 = 1 << Outline::DECISION
        | 1 << (Outline::EXPANSION_AT + Outline::EXPANSION)
        | 1 << (Outline::HEALTH_AT + Outline::HEALTH);

    /// Two outlines from a random word: of its lower half and of its upper one.
    #[inline(always)]
    pub(crate) fn pair(word: u64) -> (u32, u32) {
        (word as u32 | Outline::ABOVE, (word >> 32) as u32 | Outline::ABOVE)
    }

    #[inline(always)]
    fn part(self, at: u32, bits: u32) -> u64 {
        u64::from((self.0 >> at) & ((1 << bits) - 1))
    }
}

/// What a month holds for an account: 21 bits of health, 20 of expansion between renewals, 52 of the decision at
/// renewal.
///
/// Probabilities compared with the first two are off by at most half a step, 2⁻²¹ = 4.8e-7.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MonthWord {
    pub(crate) outline: Outline,
    pub(crate) detail: u64,
}

impl MonthWord {
    /// Bits of health.
    pub(crate) const HEALTH: u32 = 21;
    /// Bits of expansion.
    pub(crate) const EXPANSION: u32 = 20;
    /// Bits of the start of the decision.
    pub(crate) const DECISION: u32 = 20;

    /// Bits of health, and of expansion, that the detail adds.
    const MORE: u32 = 11;
    /// Bits of the decision that the detail adds.
    const REST: u32 = 42;

    #[inline(always)]
    pub(crate) fn health(self) -> u64 {
        self.outline.part(Outline::HEALTH_AT, Outline::HEALTH) << MonthWord::MORE
            | self.detail >> (64 - MonthWord::MORE)
    }

    #[inline(always)]
    pub(crate) fn expansion(self) -> u64 {
        let more = self.detail >> MonthWord::REST & ((1 << MonthWord::MORE) - 1);
        self.outline.part(Outline::EXPANSION_AT, Outline::EXPANSION) << MonthWord::MORE | more
    }

    #[inline(always)]
    fn whole_decision(self) -> u64 {
        let rest = self.detail & ((1 << MonthWord::REST) - 1);
        self.outline.part(0, Outline::DECISION) << MonthWord::REST | rest
    }

    /// The start of the decision.
    #[inline(always)]
    pub(crate) fn decision(self) -> u64 {
        self.whole_decision() >> (Outline::DECISION + MonthWord::REST - MonthWord::DECISION)
    }

    /// The uniform of the decision.
    pub(crate) fn decide(self) -> f64 {
        unit(self.whole_decision() << 12)
    }
}

/// The values from `from` up to, not including, `to` of one part of a [`MonthWord`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Span {
    #[inline(always)]
    pub(crate) fn holds(self, value: u64) -> bool {
        value.wrapping_sub(self.from) < self.to.wrapping_sub(self.from)
    }

    /// The outlines inside: where they start in the lower half, how many they are in the upper one, both shifted to
    /// where the part stands.
    #[inline(always)]
    fn outlined(self, at: u32, bits: u32, of: u32) -> u64 {
        let more = of - bits;
        let (first, end) = (self.from.div_ceil(1 << more), self.to >> more);
        end.saturating_sub(first) << (32 + at) | first << at
    }
}

/// Outlines of which nothing comes whatever the detail, as three spans side by side, so that one subtraction compares
/// all three: where each starts in the lower half, how wide it is in the upper one. A width may reach into the bit
/// above its part.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quiet(u64);

impl Quiet {
    /// The outlines whose month words have health and expansion in these spans, none yet by their decision.
    pub(crate) fn new(health: Span, expansion: Span) -> Quiet {
        Quiet(health.outlined(Outline::HEALTH_AT, Outline::HEALTH, MonthWord::HEALTH)).and(expansion.outlined(
            Outline::EXPANSION_AT,
            Outline::EXPANSION,
            MonthWord::EXPANSION,
        ))
    }

    /// Those of them whose decision starts in this span.
    #[inline(always)]
    pub(crate) fn deciding(self, decision: Span) -> Quiet {
        self.and(decision.outlined(0, Outline::DECISION, MonthWord::DECISION))
    }

    /// A sum, because an end may reach into the bit above its part.
    #[inline(always)]
    fn and(self, part: u64) -> Quiet {
        Quiet(self.0 + part)
    }

    /// A bit for each of four outlines, set when a part of it lies outside its span.
    ///
    /// With the bit above each part set no subtraction borrows from the next part: the first turns the span to start
    /// at 0, the second clears the bit again just when the part lies inside.
    #[inline(always)]
    pub(crate) fn broken_by(four: [Quiet; 4], outlines: [u32; 4]) -> u32 {
        let [a, b, c, d] = four.map(|quiet| quiet.0);
        let [low, high] = [[a, b], [c, d]].map(|two| cast::<_, u32x4>(u64x2::new(two)));
        let (evens, odds) = (low.unpack_lo(high), low.unpack_hi(high));
        let (from, width) = (evens.unpack_lo(odds), evens.unpack_hi(odds));
        let above = u32x4::splat(Outline::ABOVE);
        let turned = (u32x4::new(outlines) - from) | above;
        let inside = ((turned - width) & above).simd_eq(u32x4::ZERO);
        inside.to_bitmask() ^ 15
    }
}

/// The uniform a word stands for, never 0 and never 1.
#[inline(always)]
pub(crate) fn unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
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

    #[test]
    fn the_parts_of_a_month_do_not_overlap() {
        let (health, expansion, decision) = (0x155, 0x0f3, 0x2aa);
        let outline = Outline(health << 21 | expansion << 11 | decision);
        let word = MonthWord {
            outline,
            detail: 0x5a3 << 53 | 0x2c7 << 42 | 0x399 << 32 | 0x8000_0000,
        };
        assert_eq!(word.health(), 0x155 << 11 | 0x5a3);
        assert_eq!(word.expansion(), 0x0f3 << 11 | 0x2c7);
        assert_eq!(word.decision(), 0x2aa << 10 | 0x399);
        let finest = 1.0 / 9_007_199_254_740_992.0;
        assert_eq!(
            word.decide(),
            (f64::from(0x2aa << 10 | 0x399) + 0.5) / 1_048_576.0 + finest
        );
    }

    #[test]
    fn an_outline_is_quiet_just_when_every_detail_leaves_each_part_in_its_span() {
        let ends = |bits: u32| {
            let all = 1_u64 << bits;
            let spans = [
                (0, all),
                (0, 0),
                (0, 1),
                (all - 1, all),
                (5, 9),
                (2048, 4096),
                (all / 3, all / 2),
                (all, all),
            ];
            spans.map(|(from, to)| Span { from, to })
        };
        let near = |span: Span, bits: u32, of: u32| {
            let first = |v: u64| (v >> (bits - of)) as u32;
            let values = [0, first(span.from), first(span.to)].map(|v| [v.wrapping_sub(1), v, v + 1]);
            values.into_iter().flatten().map(move |v| v & ((1 << of) - 1))
        };
        let mut quiet = 0;
        for health in ends(MonthWord::HEALTH) {
            for expansion in ends(MonthWord::EXPANSION) {
                for decision in ends(MonthWord::DECISION) {
                    let calm = Quiet::new(health, expansion).deciding(decision);
                    for h in near(health, MonthWord::HEALTH, Outline::HEALTH) {
                        for e in near(expansion, MonthWord::EXPANSION, Outline::EXPANSION) {
                            for d in near(decision, MonthWord::DECISION, Outline::DECISION) {
                                let parts = h << Outline::HEALTH_AT | e << Outline::EXPANSION_AT | d;
                                let outline = Outline(Outline::pair(u64::from(parts)).0);
                                let inside = [0, u64::MAX].into_iter().all(|detail| {
                                    let word = MonthWord { outline, detail };
                                    health.holds(word.health())
                                        && expansion.holds(word.expansion())
                                        && decision.holds(word.decision())
                                });
                                let other = [Quiet::default(), calm, Quiet::default(), calm];
                                let broken = Quiet::broken_by(other, [outline.0; 4]);
                                assert_eq!(
                                    broken,
                                    if inside { 0b0101 } else { 0b1111 },
                                    "{health:?} {expansion:?} {decision:?}"
                                );
                                quiet += u32::from(inside);
                            }
                        }
                    }
                }
            }
        }
        assert!(quiet > 1_000, "{quiet}");
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
        let by_trial = |i: u64| Stream::new(1, i as u32).at(1, Purpose::Outline).uniform(5);
        let by_month = |i: u64| Stream::new(1, 0).at(i as u32, Purpose::Outline).uniform(5);
        let by_account = |i: u64| {
            Stream::new(1, 0)
                .at(1, Purpose::Outline)
                .uniform(account_key(0, 0, i as usize))
        };
        let by_seed = |i: u64| Stream::new(i, 0).at(1, Purpose::Outline).uniform(5);
        for draw in [&by_trial as &dyn Fn(u64) -> f64, &by_month, &by_account, &by_seed] {
            assert!(statistic(draw) < 103.4, "{}", statistic(draw));
        }
    }

    #[test]
    fn every_layer_takes_its_luck_from_its_own_trial() {
        let (usual, other) = (Stream::new(1, 5), |layers: Layers| Stream::new(1, layers));
        let purposes = [
            Purpose::Rate,
            Purpose::Doubt,
            Purpose::Shock,
            Purpose::Outline,
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

    #[test]
    fn the_bits_above_the_parts_are_set_in_both_outlines() {
        let above = u64::from(Outline::ABOVE);
        assert_eq!(Outline::pair(0), (Outline::ABOVE, Outline::ABOVE));
        assert_eq!(Outline::pair(!(above << 32 | above)), (u32::MAX, u32::MAX));
        assert_eq!(Outline::pair(7 << 32), (Outline::ABOVE, Outline::ABOVE | 7));
        assert_eq!(Outline::ABOVE.count_ones(), 3);
    }
}
