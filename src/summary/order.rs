//! Values at given places of a sample in order, without putting all of it in order.

use crate::summary::lanes::reach;
use crate::units::whole;

/// Ranges into which a sample is dealt: few enough to stay in the nearest cache.
const RANGES: usize = 1024;
/// Values looked at together.
const BLOCK: usize = 8;
/// A sample so small is put in order at once.
const SMALL: usize = 100;

/// Place of the smallest x with F(x) ≥ q among `n` values in order.
pub(super) fn place(q: f64, n: usize) -> usize {
    // A hair less: 0.05 × 20 is a little more than 1 in binary.
    ((q * n as f64 - 1e-9).ceil() as usize).clamp(1, n) - 1
}

/// The values at these places, from 0, of a sample in order; there must be so many.
///
/// Values that are whole steps apart, as numbers of accounts are, are counted step by step. Others are dealt into ranges of
/// equal width: a value's range never falls as the value grows, so counts tell in which range a place lies, and only such
/// ranges are put in order.
pub(super) fn at<const N: usize>(values: &[f64], places: [usize; N]) -> [f64; N] {
    let mut found = [0.0; N];
    find(values, &places, &mut found);
    found
}

fn find(values: &[f64], places: &[usize], found: &mut [f64]) {
    if values.len() <= SMALL {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        for (found, &place) in found.iter_mut().zip(places) {
            *found = sorted[place];
        }
        return;
    }
    let (low, high) = reach(values);
    if let Some(ends) = steps(values, low, high) {
        for (found, &place) in found.iter_mut().zip(places) {
            *found = low + range_of(&ends, place) as f64;
        }
        return;
    }
    let (ranges, ends) = deal(values, low, high);
    // The ranges in which places lie, from 1.
    let mut chosen = [0_u8; RANGES];
    let mut parts: Vec<Part> = Vec::new();
    for &place in places {
        let range = range_of(&ends, place);
        if chosen[range] == 0 {
            let start = if range > 0 { ends[range - 1] } else { 0 } as usize;
            let count = ends[range] as usize - start;
            parts.push(Part::new(start, count));
            chosen[range] = parts.len() as u8;
        }
    }
    let part = |range: u16| chosen[usize::from(range) % RANGES];
    let mut take = |ranges: &[u16], values: &[f64]| {
        for (&range, &x) in ranges.iter().zip(values) {
            if let Some(part) = usize::from(part(range)).checked_sub(1) {
                parts[part].take(x);
            }
        }
    };
    let (blocks, last) = ranges.as_chunks::<BLOCK>();
    let (of_blocks, of_last) = values.as_chunks::<BLOCK>();
    for (ranges, values) in blocks.iter().zip(of_blocks) {
        if ranges.map(part).into_iter().fold(0, |any, part| any | part) != 0 {
            take(ranges, values);
        }
    }
    take(last, of_last);
    for part in &mut parts {
        part.others.sort_unstable_by(f64::total_cmp);
    }
    for (found, &place) in found.iter_mut().zip(places) {
        *found = parts[usize::from(chosen[range_of(&ends, place)]) - 1].at(place);
    }
}

/// The range in which a place lies.
fn range_of(ends: &[u32; RANGES], place: usize) -> usize {
    ends.partition_point(|&end| end <= place as u32)
}

/// How many values lie so many whole steps above the lowest or below that; none where any lies between steps or too far.
fn steps(values: &[f64], low: f64, high: f64) -> Option<[u32; RANGES]> {
    let near = high - low < RANGES as f64;
    if !near {
        return None;
    }
    let mut counts = [[0; RANGES]; 2];
    let (blocks, last) = values.as_chunks::<BLOCK>();
    for block in blocks {
        let steps = block.map(|x| whole(x - low));
        if steps.map(|step| low + f64::from(step)) != *block {
            return None;
        }
        for (i, step) in steps.into_iter().enumerate() {
            counts[i % 2][step as usize % RANGES] += 1;
        }
    }
    for &x in last {
        let step = whole(x - low);
        if low + f64::from(step) != x {
            return None;
        }
        counts[0][step as usize % RANGES] += 1;
    }
    Some(ends(counts))
}

/// The range of each value, and how many values lie in each range or below it.
fn deal(values: &[f64], low: f64, high: f64) -> (Vec<u16>, [u32; RANGES]) {
    let scale = (RANGES - 1) as f64 / (high - low);
    let range = |x: f64| whole((x - low) * scale) as u16 % RANGES as u16;
    let mut ranges = Vec::with_capacity(values.len());
    // Two counts of each range in turns: neighbours that are alike need not wait for each other.
    let mut counts = [[0; RANGES]; 2];
    let (blocks, last) = values.as_chunks::<BLOCK>();
    for block in blocks {
        let dealt = block.map(range);
        for (i, range) in dealt.into_iter().enumerate() {
            counts[i % 2][usize::from(range)] += 1;
        }
        ranges.extend_from_slice(&dealt);
    }
    for &x in last {
        ranges.push(range(x));
        counts[0][usize::from(range(x))] += 1;
    }
    (ranges, ends(counts))
}

/// Sums of both counts up to each range.
fn ends([mut ends, others]: [[u32; RANGES]; 2]) -> [u32; RANGES] {
    let mut end = 0;
    for (count, other) in ends.iter_mut().zip(others) {
        end += *count + other;
        *count = end;
    }
    ends
}

/// The values of one range: the first to come, as often as it comes, and the others.
struct Part {
    /// Values below the range.
    start: usize,
    count: usize,
    first: Option<f64>,
    others: Vec<f64>,
}

impl Part {
    fn new(start: usize, count: usize) -> Part {
        Part {
            start,
            count,
            first: None,
            others: Vec::new(),
        }
    }

    fn take(&mut self, x: f64) {
        if *self.first.get_or_insert(x) != x {
            self.others.push(x);
        }
    }

    /// The value at a place of the whole sample, once the others are in order: those below the first, it as often as it
    /// came, and those above.
    fn at(&self, place: usize) -> f64 {
        let first = self.first.unwrap_or(f64::NAN);
        let below = self.others.partition_point(|&other| other < first);
        let (rank, equal) = (place - self.start, self.count - self.others.len());
        match rank.checked_sub(below) {
            None => self.others[rank],
            Some(past) if past < equal => first,
            Some(past) => self.others[below + past - equal],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_places_are_those_of_the_sorted_sample() {
        let noise = |i: usize| ((i + 1).wrapping_mul(0x9e37_79b9) >> 7 & 0xffff) as f64 / 65_536.0;
        let kinds: [fn(f64) -> f64; 10] = [
            |u| u - 0.5,
            |u| (6.0 * u) as u32 as f64,
            |u| (100_000.0 * u) as u32 as f64 - 50_000.0,
            // As many steps as can be counted, one more, and a few values that lie between steps.
            |u| (1_024.0 * u) as u32 as f64 - 7.25,
            |u| (1_025.0 * u) as u32 as f64 + 1e9,
            |u| (1_000.0 * u) as u32 as f64 + if u > 0.99 { 0.5 } else { 0.0 },
            // All but a few in the lowest range; all in one; as far apart as numbers can be.
            |u| 1.0 / (1.0 - u),
            |u| 0.1 + 0.0 * u,
            |u| 1e-310 * u,
            |u| f64::MAX * (2.0 * u - 1.0),
        ];
        for n in [1, 2, 7, 100, 101, 1023, 1024, 1025, 5000] {
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
