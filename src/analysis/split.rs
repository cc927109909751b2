use crate::summary::Sample;

/// Variance of a number over trials, by the layer of uncertainty it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Standard deviation over trials.
    pub sd: f64,
    /// Rates nobody knows: Var E\[Y | rates\].
    pub rates: Part,
    /// The shared shock, given the rates: E Var E\[Y | rates, shock\].
    pub shock: Part,
    /// Luck, given both: E Var\[Y | rates, shock\].
    pub luck: Part,
    /// Trials it is estimated from, each played three times.
    pub trials: u32,
}

/// Share of the variance, which may come out a little below 0 by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Share of the whole.
    pub share: f64,
    /// Its standard error.
    pub se: f64,
}

/// Splits the variance of a number by the law of total variance, in the order rates, shock, luck.
///
/// Each trial is played again with other luck (y′) and once more with another shock too (y″). Then
/// ½ E(y − y′)² is the variance of luck, ½ E\[(y − y″)² − (y − y′)²\] that of the shock given the rates, and
/// Cov(y, y″) that of the rates: the pick-freeze estimators of Sobol' (1993) and Jansen (1999, *Analysis of variance
/// designs for model output*). Shares are ratios of means, so their errors follow from the delta method.
/// `None` where nothing varies or fewer than two trials have all three numbers.
pub fn split(y: &Sample, other_luck: &Sample, other_shock: &Sample) -> Option<Split> {
    let triples: Vec<[f64; 3]> = y
        .by_trial()
        .zip(other_luck.by_trial())
        .zip(other_shock.by_trial())
        .filter_map(|((y, a), b)| Some([y?, a?, b?]))
        .collect();
    let n = triples.len() as f64;
    if triples.len() < 2 {
        return None;
    }
    let mean = |of: usize| triples.iter().map(|t| t[of]).sum::<f64>() / n;
    let (mean_y, mean_b) = (mean(0), mean(2));
    let parts: Vec<[f64; 3]> = triples
        .iter()
        .map(|[y, a, b]| {
            let luck = 0.5 * (y - a) * (y - a);
            let below = 0.5 * (y - b) * (y - b);
            [(y - mean_y) * (b - mean_b), below - luck, luck]
        })
        .collect();
    let sums = [0, 1, 2].map(|of| parts.iter().map(|part| part[of]).sum::<f64>() / n);
    let whole: f64 = sums.iter().sum();
    if whole <= 0.0 {
        return None;
    }
    let part = |of: usize| {
        let share = sums[of] / whole;
        let pull = |part: &[f64; 3]| (part[of] - share * part.iter().sum::<f64>()) / whole;
        let spread: f64 = parts.iter().map(|p| pull(p) * pull(p)).sum();
        Part {
            share,
            se: (spread / (n - 1.0) / n).sqrt(),
        }
    };
    Some(Split {
        sd: whole.sqrt(),
        rates: part(0),
        shock: part(1),
        luck: part(2),
        trials: triples.len() as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::normal_quantile;

    /// y = 3 r + 2 s + l, all standard normal: 9, 4 and 1 of 14.
    #[test]
    fn a_sum_of_three_layers_is_split_into_them() {
        let n = 20_000_u32;
        let normal = |i: u32, k: u64| {
            let word = (u64::from(i) * 6 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let word = (word ^ (word >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            normal_quantile((((word ^ (word >> 32)) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64)
        };
        let run = |shock: u64, luck: u64| {
            let values = (0..n).map(|i| 3.0 * normal(i, 0) + 2.0 * normal(i, shock) + normal(i, luck));
            Sample::of(values.collect())
        };
        let split = split(&run(1, 2), &run(1, 3), &run(4, 5)).unwrap();
        for (part, share) in [(split.rates, 9.0), (split.shock, 4.0), (split.luck, 1.0)] {
            assert!((part.share - share / 14.0).abs() < 5.0 * part.se, "{part:?} {share}");
            assert!(part.se < 0.02);
        }
        assert!((split.sd * split.sd / 14.0 - 1.0).abs() < 0.05);
        let whole = split.rates.share + split.shock.share + split.luck.share;
        assert!((whole - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_split_where_nothing_varies() {
        let still = Sample::of(vec![1.0; 10]);
        assert_eq!(split(&still, &still, &still), None);
    }
}
