use crate::summary::lanes::reach;

/// Columns of equally many numbers, each in as few bytes as keep every bit of it.
///
/// A column of whole numbers that lie close together is kept as their distances from the least, in two bytes or in four;
/// any other as it is, in eight.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    /// Where each column begins, and where the last one ends.
    starts: Vec<usize>,
}

/// Bytes of a number, of the least of them where they are distances.
const WHOLE: usize = 8;

impl Packed {
    /// Packs columns that stand one after the other, `length` numbers each.
    pub(super) fn new(columns: &[f64], length: usize) -> Packed {
        let columns = columns.chunks_exact(length);
        let sizes: Vec<usize> = columns.clone().map(size).collect();
        let bytes = |size| length * size + if size < WHOLE { 1 + WHOLE } else { 1 };
        // Exactly as many as are needed: what is left over would be no use to anyone.
        let mut packed = Vec::with_capacity(sizes.iter().map(|&size| bytes(size)).sum());
        let mut starts = vec![0];
        for (column, size) in columns.zip(sizes) {
            packed.push(size as u8);
            let (least, _) = reach(column);
            if size < WHOLE {
                packed.extend(least.to_le_bytes());
            }
            match size {
                2 => packed.extend(column.iter().flat_map(|x| ((x - least) as u16).to_le_bytes())),
                4 => packed.extend(column.iter().flat_map(|x| ((x - least) as u32).to_le_bytes())),
                _ => packed.extend(column.iter().flat_map(|x| x.to_le_bytes())),
            }
            starts.push(packed.len());
        }
        Packed { bytes: packed, starts }
    }

    /// Hands each number of a column, in order, to the place that is waiting for it.
    pub(super) fn unpack(&self, column: usize, into: &mut [f64], put: impl Fn(&mut f64, f64)) {
        let bytes = &self.bytes[self.starts[column]..self.starts[column + 1]];
        let (size, numbers) = (bytes[0], &bytes[1..]);
        let distances = |from: usize| &numbers[from..];
        let least = || f64::from_le_bytes(std::array::from_fn(|i| numbers[i]));
        match size {
            2 => {
                let least = least();
                for (place, x) in into.iter_mut().zip(distances(WHOLE).as_chunks().0) {
                    put(place, least + f64::from(u16::from_le_bytes(*x)));
                }
            }
            4 => {
                let least = least();
                for (place, x) in into.iter_mut().zip(distances(WHOLE).as_chunks().0) {
                    put(place, least + f64::from(u32::from_le_bytes(*x)));
                }
            }
            _ => {
                for (place, x) in into.iter_mut().zip(distances(0).as_chunks().0) {
                    put(place, f64::from_le_bytes(*x));
                }
            }
        }
    }
}

/// Bytes a number of a column takes.
fn size(column: &[f64]) -> usize {
    let (least, _) = reach(column);
    let is_kept = |x: &f64| (least + f64::from((x - least) as u32)).to_bits() == x.to_bits();
    let is_small = |x: &f64| x - least <= f64::from(u16::MAX);
    if !column.iter().all(is_kept) {
        WHOLE
    } else if column.iter().all(is_small) {
        2
    } else {
        4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_kept_in_as_few_bytes_as_will_do() {
        let columns: [(&[f64; 3], usize); 9] = [
            (&[7.0, 7.0, 7.0], 2),
            (&[-3.0, 65_532.0, 0.0], 2),
            (&[-3.0, 65_533.0, 0.0], 4),
            (&[9e15, 9e15 + 4_294_967_295.0, 9e15 + 1.0], 4),
            (&[9e15, 9e15 + 4_294_967_296.0, 9e15 + 1.0], 8),
            (&[0.0, 0.5, 1.0], 8),
            (&[0.0, -0.0, 1.0], 8),
            (&[1e300, -1e300, 0.0], 8),
            (&[0.1, 0.2, 0.30000000000000004], 8),
        ];
        let all: Vec<f64> = columns.iter().flat_map(|(column, _)| **column).collect();
        let packed = Packed::new(&all, 3);
        for (c, (column, bytes)) in columns.into_iter().enumerate() {
            let mut found = [f64::NAN; 3];
            packed.unpack(c, &mut found, |place, x| *place = x);
            assert_eq!(found.map(f64::to_bits), column.map(f64::to_bits), "{column:?}");
            assert_eq!(size(column), bytes, "{column:?}");
        }
    }
}
