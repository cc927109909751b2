//! Odds and the standard normal law, in the same bits on every machine.

use libm::{erfc, exp, log, log1p};

use crate::units::whole;

/// Log-odds of a probability, held within ±40.
///
/// At 40 the probability is 1 to the last bit and at -40 below every uniform drawn, so certainties stay certain while
/// their log-odds can be added up.
pub fn logit(p: f64) -> f64 {
    (log(p) - log1p(-p)).clamp(-40.0, 40.0)
}

/// Probability whose log-odds are `x`.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// `ln(1 + eˣ)`: the hazard `-ln(1-p)` of the probability whose log-odds are `x`.
pub fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + log1p(exp(-x)) } else { log1p(exp(x)) }
}

/// Standard normal distribution function Φ, by the complementary error function.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Standard normal quantile Φ⁻¹; -∞ at 0 and ∞ at 1.
///
/// Wichura (1988), *Algorithm AS 241: The percentage points of the normal distribution*, Applied Statistics 37,
/// 477–484, routine PPND16: relative error about 1e-16.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(r, &CENTRE);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-log(tail)).sqrt();
    let x = if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE)
    } else {
        ratio(r - 5.0, &FAR)
    };
    if q < 0.0 { -x } else { x }
}

/// Probability as a threshold for a uniform of so many bits, 31 at the most: `u < threshold` happens with it, to half a
/// step.
pub fn threshold(p: f64, bits: u32) -> u32 {
    let steps = f64::from(1_u32 << bits);
    whole(p.clamp(0.0, 1.0) * steps)
}

fn ratio(r: f64, [top, bottom]: &[[f64; 8]; 2]) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &a| sum * r + a);
    horner(top) / horner(bottom)
}

const CENTRE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
];

const MIDDLE: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

const FAR: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with AS 241 and in tables: Φ⁻¹ at .25, .001 and 1e-20.
    #[test]
    fn the_quantile_meets_the_values_published_with_the_algorithm() {
        for (p, x) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054_2),
        ] {
            assert!((normal_quantile(p) - x).abs() < 1e-14 * (1.0 + x.abs()), "{p}");
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    #[test]
    fn the_quantile_undoes_the_distribution_function() {
        for i in -60..=60 {
            let x = f64::from(i) / 10.0;
            let slack = 1e-15 / libm::exp(-x * x / 2.0).max(1e-12);
            assert!((normal_quantile(normal_cdf(x)) - x).abs() < 1e-12 + slack, "{x}");
        }
    }

    #[test]
    fn certainties_stay_certain() {
        assert_eq!(logistic(logit(1.0)), 1.0);
        assert!(logistic(logit(0.0)) < 1e-17);
        assert!((logistic(logit(0.07) + logit(0.0) - logit(0.0)) - 0.07).abs() < 1e-15);
    }

    #[test]
    fn thresholds_keep_never_and_always() {
        assert_eq!(threshold(0.0, 21), 0);
        assert_eq!(threshold(1.0, 21), 1 << 21);
        assert_eq!(threshold(0.5, 21), 1 << 20);
    }
}
