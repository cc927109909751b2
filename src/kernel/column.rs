//! Finding the few accounts a month concerns in a column of bytes, 64 at a time.
//!
//! A month has a dozen hits among a hundred accounts, too many for a search made for rare bytes.

use wide::u8x16;

/// Lists where the column equals `byte`.
pub(crate) fn equal(found: &mut Vec<u32>, column: &[u8], byte: u8) {
    let wanted = u8x16::splat(byte);
    list(found, column, |bytes| bytes.simd_eq(wanted));
}

/// Lists where the bits of `mask` lie in `from..=last`.
pub(crate) fn within(found: &mut Vec<u32>, column: &[u8], mask: u8, from: u8, last: u8) {
    let (mask, from, width) = (u8x16::splat(mask), u8x16::splat(from), u8x16::splat(last - from));
    list(found, column, |bytes| {
        let above = (bytes & mask) - from;
        above.min(width).simd_eq(above)
    });
}

#[inline(always)]
fn list(found: &mut Vec<u32>, column: &[u8], hits: impl Fn(u8x16) -> u8x16) {
    found.clear();
    let mut first = 0;
    // Hits of 64 accounts are gathered before any is listed, because every list ends in a wrong guess.
    let (blocks, rest) = column.as_chunks::<64>();
    let mut add = |block: &[u8; 64], among: u64| {
        let mut all = 0;
        for (i, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
            all |= u64::from(hits(u8x16::new(*bytes)).to_bitmask()) << (16 * i);
        }
        all &= among;
        while all != 0 {
            found.push(first + all.trailing_zeros());
            all &= all - 1;
        }
        first += 64;
    };
    for block in blocks {
        add(block, u64::MAX);
    }
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    add(&last, (1 << rest.len()) - 1);
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
            for (mask, from, last) in [(15, 0, 0), (15, 3, 5), (255, 5, 5), (255, 0, 255), (255, 254, 255)] {
                within(&mut found, column, mask, from, last);
                assert_eq!(found, plain(&|b| (from..=last).contains(&(b & mask))));
            }
        }
    }
}
