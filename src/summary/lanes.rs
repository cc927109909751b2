//! Passes over a whole sample, eight values at a time in an order of their own, which is the same on every machine.

use wide::f64x4;

/// Sums of the distances from `origin` and of their squares.
pub(super) fn sums(values: &[f64], origin: f64) -> (f64, f64) {
    let from = f64x4::splat(origin);
    let (mut sum, mut squares) = ([f64x4::ZERO; 2], [f64x4::ZERO; 2]);
    let (blocks, rest) = values.as_chunks::<8>();
    for block in blocks {
        for (i, four) in block.as_chunks::<4>().0.iter().enumerate() {
            let distance = f64x4::new(*four) - from;
            sum[i] += distance;
            squares[i] += distance * distance;
        }
    }
    let last = rest.iter().map(|x| x - origin);
    let add = |lanes: [f64x4; 2], last: f64| (lanes[0] + lanes[1]).to_array().iter().sum::<f64>() + last;
    (add(sum, last.clone().sum()), add(squares, last.map(|x| x * x).sum()))
}

/// The smallest and the largest value; ∞ and -∞ of none.
pub(super) fn reach(values: &[f64]) -> (f64, f64) {
    let (mut low, mut high) = (f64x4::splat(f64::INFINITY), f64x4::splat(f64::NEG_INFINITY));
    let (blocks, rest) = values.as_chunks::<4>();
    for block in blocks {
        let four = f64x4::new(*block);
        low = low.fast_min(four);
        high = high.fast_max(four);
    }
    let ends = low.to_array().into_iter().zip(high.to_array());
    ends.chain(rest.iter().map(|&x| (x, x)))
        .reduce(|(low, high), (x, y)| (low.min(x), high.max(y)))
        .unwrap_or((f64::INFINITY, f64::NEG_INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_counts_once_whatever_their_number() {
        for n in 0..40 {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let n = f64::from(n);
            let (sum, squares) = sums(&values, 0.0);
            assert_eq!(sum, n * (n + 1.0) / 2.0);
            assert_eq!(squares, n * (n + 1.0) * (2.0 * n + 1.0) / 6.0);
            assert_eq!(sums(&values, 2.0).0, sum - 2.0 * n);
            if n > 0.0 {
                assert_eq!(reach(&values), (1.0, n));
            }
        }
    }
}
