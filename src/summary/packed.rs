use crate::summary::Store;
use crate::summary::lanes::reach;

/// Columns of equally many numbers, each in as few bytes as keep every bit of it.
///
/// A column of whole numbers that lie close together is kept as their distances from the least, in one byte, in two or
/// in four; any other as it is, in eight.
#[derive(Debug)]
pub(super) struct Packed {
    bytes: Bytes,
    /// Where each column begins, and where the last one ends.
    starts: Vec<usize>,
}

#[derive(Debug)]
enum Bytes {
    Here(Vec<u8>),
    /// In a store, from this place on.
    Stored(u64),
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
                1 => packed.extend(column.iter().map(|x| (x - least) as u8)),
                2 => packed.extend(column.iter().flat_map(|x| ((x - least) as u16).to_le_bytes())),
                4 => packed.extend(column.iter().flat_map(|x| ((x - least) as u32).to_le_bytes())),
                _ => packed.extend(column.iter().flat_map(|x| x.to_le_bytes())),
            }
            starts.push(packed.len());
        }
        Packed {
            bytes: Bytes::Here(packed),
            starts,
        }
    }

    /// Moves them into a store, from place `at` on; the answer is the place after them.
    pub(super) fn move_to(&mut self, store: &mut dyn Store, at: u64) -> u64 {
        if let Bytes::Here(bytes) = &self.bytes {
            store.write(at, bytes);
            self.bytes = Bytes::Stored(at);
        }
        at + self.starts[self.starts.len() - 1] as u64
    }

    /// Adds each number of a column, in order, to those there. Of what was moved, `read` holds the bytes of some columns,
    /// this one among them.
    pub(super) fn add_to(&self, sums: &mut [f64], column: usize, read: Option<&Read>) {
        let (from, to) = (self.starts[column], self.starts[column + 1]);
        match (&self.bytes, read) {
            (Bytes::Here(bytes), _) => add(sums, &bytes[from..to]),
            (Bytes::Stored(_), Some(Read { first, bytes })) => {
                let before = self.starts[*first];
                add(sums, &bytes[from - before..to - before]);
            }
            (Bytes::Stored(_), None) => unreachable!("what was moved is read"),
        }
    }

    /// Reads so many columns from `first` on, as many as there are, from where they were moved.
    pub(super) fn read(&self, first: usize, count: usize, store: &dyn Store) -> Read {
        let last = (first + count).min(self.starts.len() - 1);
        let mut bytes = vec![0; self.starts[last] - self.starts[first]];
        if let Bytes::Stored(at) = self.bytes {
            store.read(at + self.starts[first] as u64, &mut bytes);
        }
        Read { first, bytes }
    }
}

/// The bytes of some columns that were moved to a store.
#[derive(Debug)]
pub(super) struct Read {
    first: usize,
    bytes: Vec<u8>,
}

/// Adds the numbers of one packed column.
fn add(sums: &mut [f64], column: &[u8]) {
    let (size, numbers) = (column[0], &column[1..]);
    let (least, distances) = numbers.split_at(WHOLE);
    let least = f64::from_le_bytes(std::array::from_fn(|i| least[i]));
    match size {
        1 => {
            for (sum, x) in sums.iter_mut().zip(distances) {
                *sum += least + f64::from(*x);
            }
        }
        2 => {
            for (sum, x) in sums.iter_mut().zip(distances.as_chunks().0) {
                *sum += least + f64::from(i32::from(u16::from_le_bytes(*x)));
            }
        }
        4 => {
            for (sum, x) in sums.iter_mut().zip(distances.as_chunks().0) {
                *sum += least + f64::from(u32::from_le_bytes(*x));
            }
        }
        _ => {
            for (sum, x) in sums.iter_mut().zip(numbers.as_chunks().0) {
                *sum += f64::from_le_bytes(*x);
            }
        }
    }
}

/// Bytes a number of a column takes.
fn size(column: &[f64]) -> usize {
    let (least, most) = reach(column);
    let is_kept = |x: &f64| (least + f64::from((x - least) as u32)).to_bits() == x.to_bits();
    if !column.iter().all(is_kept) {
        return WHOLE;
    }
    match most - least {
        far if far <= f64::from(u8::MAX) => 1,
        far if far <= f64::from(u16::MAX) => 2,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_kept_in_as_few_bytes_as_will_do() {
        let columns: [(&[f64; 3], usize); 11] = [
            (&[7.0, 7.0, 7.0], 1),
            (&[-3.0, 252.0, 0.0], 1),
            (&[-3.0, 253.0, 0.0], 2),
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
            let mut found = [-0.0; 3];
            packed.add_to(&mut found, c, None);
            assert_eq!(found.map(f64::to_bits), column.map(f64::to_bits), "{column:?}");
            assert_eq!(size(column), bytes, "{column:?}");
        }
    }
}
