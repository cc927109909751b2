//! Values at given places of a sample in order, without putting all of it in order.

use libm::ceil;

use crate::summary::lanes::reach;

/// Most ranges into which a sample is dealt: few enough to stay in the nearest cache.
const RANGES: usize = 1024;

/// Place of the smallest x with F(x) ≥ q among `n` values in order.
pub(super) fn place(q: f64, n: usize) -> usize {
    // A hair less: 0.05 × 20 is a little more than 1 in binary.
    (ceil(q * n as f64 - 1e-9) as usize).clamp(1, n) - 1
}

/// The values at these places, from 0, of a sample in order; there must be so many.
///
/// Values are dealt into ranges of equal width. A value's range never falls as the value grows, so counts tell in which
/// range a place lies, and only such ranges are put in order.
pub(super) fn at<const N: usize>(values: &[f64], places: [usize; N]) -> [f64; N] {
    let mut found = [0.0; N];
    find(values, &places, &mut found);
    found
}

fn find(values: &[f64], places: &[usize], found: &mut [f64]) {
    /// A number above this has its whole part in its last bits.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    let last = (values.len() - 1).min(RANGES);
    let (low, high) = reach(values);
    let scale = last as f64 / (high - low);
    // Where all values are equal the scale is no number; any range will do.
    let range = |x: f64| (((x - low) * scale + WHOLE).to_bits() as u32 as usize).min(last);
    let mut ends = vec![0; last + 1];
    let mut one = vec![0.0; last + 1];
    for &x in values {
        let range = range(x);
        ends[range] += 1;
        one[range] = x;
    }
    let mut end = 0;
    for count in &mut ends {
        end += *count;
        *count = end;
    }
    let range_of = |place: usize| ends.partition_point(|&end| end <= place);
    let mut is_chosen = vec![false; last + 1];
    for &place in places {
        is_chosen[range_of(place)] = true;
    }
    let mut others: Vec<(usize, f64)> = Vec::new();
    for &x in values {
        let range = range(x);
        if is_chosen[range] & (x != one[range]) {
            others.push((range, x));
        }
    }
    others.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    for (found, &place) in found.iter_mut().zip(places) {
        let range = range_of(place);
        let one = one[range];
        let from = others.partition_point(|other| other.0 < range);
        let others = &others[from..];
        let others = &others[..others.partition_point(|other| other.0 == range)];
        // In order they are those below the one, as many as it as are left, and those above.
        let below = others.partition_point(|other| other.1 < one);
        let (start, end) = (if range > 0 { ends[range - 1] } else { 0 }, ends[range]);
        let (rank, equal) = (place - start, end - start - others.len());
        *found = match rank.checked_sub(below) {
            None => others[rank].1,
            Some(past) if past < equal => one,
            Some(past) => others[below + past - equal].1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_places_are_those_of_the_sorted_sample() {
        let noise = |i: usize| ((i + 1).wrapping_mul(0x9e37_79b9) >> 7 & 0xffff) as f64 / 65_536.0;
        let kinds: [fn(f64) -> f64; 7] = [
            |u| u - 0.5,
            |u| (6.0 * u) as u32 as f64,
            |u| (100_000.0 * u) as u32 as f64 - 50_000.0,
            // All but a few in the lowest range; all in one; as far apart as numbers can be.
            |u| 1.0 / (1.0 - u),
            |u| 0.1 + 0.0 * u,
            |u| 1e-310 * u,
            |u| f64::MAX * (2.0 * u - 1.0),
        ];
        for n in [1, 2, 7, 1023, 1024, 1025, 5000] {
            for (k, kind) in kinds.iter().enumerate() {
                let values: Vec<f64> = (0..n).map(|i| kind(noise(i))).collect();
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                let places = [0, n / 20, n / 2, n / 2, n * 19 / 20, n - 1];
                assert_eq!(at(&values, places), places.map(|p| sorted[p]), "kind {k}, {n} values");
            }
        }
    }
}
