//! Finding the few accounts a month concerns in a column of bytes, 64 at a time.
//!
//! A month has a dozen hits among a hundred accounts, too many for a search made for rare bytes.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Lists where the column equals `byte`.
pub(crate) fn equal(found: &mut Vec<u32>, column: &[u8], byte: u8) {
    let pattern = u64::from(byte) * ONES;
    list(found, column, |bytes| {
        let apart = bytes ^ pattern;
        // A byte's high bit stays clear just when all its bits are.
        !(((apart & !HIGH) + !HIGH) | apart) & HIGH
    });
}

/// Lists where the bits of `mask`, the highest not among them, lie in `from..to`.
pub(crate) fn within(found: &mut Vec<u32>, column: &[u8], mask: u8, from: u8, to: u8) {
    let (mask, from, to) = (u64::from(mask) * ONES, u64::from(from) * ONES, u64::from(to) * ONES);
    list(found, column, |bytes| {
        let high = bytes & mask | HIGH;
        (high - from) & !(high - to) & HIGH
    });
}

#[inline(always)]
fn list(found: &mut Vec<u32>, column: &[u8], hits: impl Fn(u64) -> u64) {
    found.clear();
    let mut first = 0;
    // Hits of 64 accounts are gathered before any is listed, because every list ends in a wrong guess.
    let (blocks, rest) = column.as_chunks::<64>();
    let mut add = |block: &[u8; 64], length: usize| {
        let mut all = 0;
        for (i, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
            let ones = hits(u64::from_le_bytes(*bytes)) >> 7;
            // The product moves bit 8 i to bit 56 + i.
            all |= (ones.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
        }
        if length < 64 {
            all &= (1 << length) - 1;
        }
        while all != 0 {
            found.push(first + all.trailing_zeros());
            all &= all - 1;
        }
        first += 64;
    };
    for block in blocks {
        add(block, 64);
    }
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    add(&last, rest.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_those_of_a_plain_search() {
        let column: Vec<u8> = (0..1003_u32).map(|i| (i * i % 251) as u8).collect();
        let mut found = Vec::new();
        for length in [0, 1, 63, 64, 65, 1003] {
            let column = &column[..length];
            let plain = |wanted: &dyn Fn(u8) -> bool| -> Vec<u32> {
                (0..length as u32).filter(|&i| wanted(column[i as usize])).collect()
            };
            for byte in [0, 1, 4, 127, 128, 250, 255] {
                equal(&mut found, column, byte);
                assert_eq!(found, plain(&|b| b == byte));
            }
            for (mask, from, to) in [(15, 0, 1), (15, 3, 6), (127, 5, 5), (127, 0, 127), (127, 126, 127)] {
                within(&mut found, column, mask, from, to);
                assert_eq!(found, plain(&|b| (from..to).contains(&(b & mask))));
            }
        }
    }
}
