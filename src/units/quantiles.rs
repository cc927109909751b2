/// A quantile function tabulated on an even grid of probabilities, for laws that are drawn too often to be computed.
///
/// Between grid points it is linear; in the outer 1/64 on either side, where quantiles bend most, it has no answer and
/// the law itself is asked. For a log-normal law with a log-sd of 0.6 it is within 2e-4 of the exact quantile,
/// relatively, everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles(Box<[f64]>);

const CELLS: usize = 1024;
const OUTER: usize = CELLS / 64;

impl Quantiles {
    /// Tabulates a quantile function on (0, 1).
    pub fn of(law: impl Fn(f64) -> f64) -> Quantiles {
        let inner = OUTER..=CELLS - OUTER;
        Quantiles(inner.map(|i| law(i as f64 / CELLS as f64)).collect())
    }

    /// The quantile at `u`; none in the tails.
    #[inline(always)]
    pub fn at(&self, u: f64) -> Option<f64> {
        let place = u * CELLS as f64 - OUTER as f64;
        // Of 32 bits, because a processor turns numbers into these at once.
        let cell = place as u32;
        let first = cell as usize;
        let ends = self.0.get(first..first + 2).filter(|_| place >= 0.0)?;
        Some(ends[0] + (ends[1] - ends[0]) * (place - f64::from(cell)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::normal_quantile;

    #[test]
    fn it_is_close_where_it_answers_and_silent_in_the_tails() {
        let law = |u: f64| libm::exp(0.6 * normal_quantile(u));
        let table = Quantiles::of(law);
        let (mut worst, mut silent) = (0.0_f64, 0);
        let n = 100_000_u32;
        for i in 0..n {
            let u = (f64::from(i) + 0.5) / f64::from(n);
            match table.at(u) {
                Some(x) => worst = worst.max((x / law(u) - 1.0).abs()),
                None => {
                    silent += 1;
                    assert!(!(1.0 / 64.0..1.0 - 1.0 / 64.0).contains(&u), "{u}");
                }
            }
        }
        assert!(worst < 2e-4, "{worst}");
        assert!((f64::from(silent) / f64::from(n) - 1.0 / 32.0).abs() < 1e-3, "{silent}");
    }
}
