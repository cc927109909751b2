//! Finding the few accounts a month concerns in columns of bytes, 64 at a time.
//!
//! A month has a dozen hits among a hundred accounts, too many for a search made for rare bytes.

use std::ops::Deref;

use wide::u8x16;

use crate::kernel::accounts::yearly_byte;

/// Indices of accounts, in rising order; the room for them is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    room: Vec<u32>,
    len: usize,
}

impl Deref for List {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.room[..self.len]
    }
}

impl List {
    /// Lists nobody.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Lists where the column equals `byte`.
    pub(crate) fn equal(&mut self, column: &[u8], byte: u8) {
        let wanted = u8x16::splat(byte);
        self.list([column], |[bytes]| bytes.simd_eq(wanted));
    }

    /// Lists where the calendar byte in the column stands for this month.
    pub(crate) fn in_month(&mut self, column: &[u8], month: u32) {
        let [once, yearly] = [month as u8, yearly_byte(month)].map(u8x16::splat);
        self.list([column], |[bytes]| bytes.simd_eq(once) | bytes.simd_eq(yearly));
    }

    /// Lists where columns of one length hit, sixteen places at once.
    #[inline(always)]
    pub(crate) fn list<const N: usize>(&mut self, columns: [&[u8]; N], hits: impl Fn([u8x16; N]) -> u8x16) {
        let n = columns[0].len();
        // A whole block fits behind the last hit.
        if self.room.len() < n + BLOCK {
            self.room.resize(n + BLOCK, 0);
        }
        self.len = 0;
        let columns = columns.map(|column| &column[..n]);
        let blocks = columns.map(|column| column.as_chunks::<BLOCK>().0);
        let whole = n / BLOCK;
        let blocks = blocks.map(|blocks| &blocks[..whole]);
        for block in 0..whole {
            self.push_bits(BLOCK * block, hits_of(blocks.map(|blocks| &blocks[block]), &hits));
        }
        let rest = n % BLOCK;
        if rest > 0 {
            let bits = if whole > 0 {
                // A whole block from the end back, less those already listed.
                let ends = columns.map(|column| column.last_chunk().expect("a block fits"));
                hits_of(ends, &hits) >> (BLOCK - rest)
            } else {
                hits_of_few(columns, &hits)
            };
            self.push_bits(BLOCK * whole, bits);
        }
    }

    /// Lists those of the first so many that are wanted, without a branch: a wrong guess costs more than a store.
    #[inline(always)]
    pub(crate) fn filter(&mut self, n: usize, wanted: impl Fn(usize) -> bool) {
        if self.room.len() < n {
            self.room.resize(n, 0);
        }
        let (mut kept, room) = (0, &mut self.room[..n]);
        for i in 0..n {
            room[kept] = i as u32;
            kept += usize::from(wanted(i));
        }
        self.len = kept;
    }

    /// Keeps those that are wanted, without a branch as well.
    #[inline(always)]
    pub(crate) fn retain(&mut self, wanted: impl Fn(usize) -> bool) {
        let (mut kept, room) = (0, &mut self.room[..self.len]);
        let mut at = 0;
        while let Some(&four) = room.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
            for i in four {
                room[kept] = i;
                kept += usize::from(wanted(i as usize));
            }
            at += 4;
        }
        for at in at..room.len() {
            let i = room[at];
            room[kept] = i;
            kept += usize::from(wanted(i as usize));
        }
        self.len = kept;
    }

    /// Keeps those that are wanted, asked for in their order, and lists the others apart; without a branch as well.
    #[inline(always)]
    pub(crate) fn part(&mut self, others: &mut List, mut wanted: impl FnMut(usize) -> bool) {
        let n = self.len;
        if others.room.len() < n {
            others.room.resize(self.room.len(), 0);
        }
        let others_room = &mut others.room[..n];
        let (mut kept, room) = (0, &mut self.room[..n]);
        for at in 0..n {
            let i = room[at];
            room[kept] = i;
            others_room[at - kept] = i;
            kept += usize::from(wanted(i as usize));
        }
        (self.len, others.len) = (kept, n - kept);
    }

    /// Lists apart those that are not wanted, asked for in their order, and keeps nobody; without a branch as well.
    #[inline(always)]
    pub(crate) fn sift(&mut self, others: &mut List, mut wanted: impl FnMut(usize) -> bool) {
        let n = self.len;
        if others.room.len() < n {
            others.room.resize(self.room.len(), 0);
        }
        let (mut apart, others_room) = (0, &mut others.room[..n]);
        for &i in &self.room[..n] {
            others_room[apart] = i;
            apart += usize::from(!wanted(i as usize));
        }
        (self.len, others.len) = (0, apart);
    }

    #[inline(always)]
    fn push_bits(&mut self, first: usize, mut bits: u64) {
        let Some(room) = self.room[self.len..].first_chunk_mut::<BLOCK>().filter(|_| bits != 0) else {
            return;
        };
        self.len += bits.count_ones() as usize;
        // More places are written than there are hits, so that the end is no guess.
        for places in room.as_chunks_mut::<STRIDE>().0 {
            for place in places {
                *place = first as u32 + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
        }
    }
}

/// A bit for each place of a block that hits: gathered before any is listed.
#[inline(always)]
fn hits_of<const N: usize>(columns: [&[u8; BLOCK]; N], hits: &impl Fn([u8x16; N]) -> u8x16) -> u64 {
    let columns = columns.map(|bytes| bytes.as_chunks::<LANES>().0);
    let mut all = 0;
    for part in 0..BLOCK / LANES {
        let bytes = columns.map(|parts| u8x16::new(parts[part]));
        all |= u64::from(hits(bytes).to_bitmask()) << (LANES * part);
    }
    all
}

/// The same of fewer places than a block: the last lanes go back from the end, over places that others look at as well.
#[inline(always)]
fn hits_of_few<const N: usize>(columns: [&[u8]; N], hits: &impl Fn([u8x16; N]) -> u8x16) -> u64 {
    let n = columns[0].len();
    let hits = |bytes: [[u8; LANES]; N]| u64::from(hits(bytes.map(u8x16::new)).to_bitmask());
    let Some(last) = n.checked_sub(LANES) else {
        let bits = hits(columns.map(|column| {
            let mut bytes = [0; LANES];
            bytes[..n].copy_from_slice(&column[..n]);
            bytes
        }));
        return bits & ((1 << n) - 1);
    };
    let mut all = 0;
    for part in 0..n.div_ceil(LANES) {
        let first = (LANES * part).min(last);
        let lanes = columns.map(|column| *column[first..].first_chunk().expect("the last lanes fit"));
        all |= hits(lanes) << first;
    }
    all
}

/// Places looked at at once: as many as a word has bits.
const BLOCK: usize = 64;
/// Places written at a time, about the most hits of a block.
const STRIDE: usize = 8;
/// Places compared at once.
const LANES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_those_of_a_plain_search() {
        let column: Vec<u8> = (0..1003_u32).map(|i| (i * i % 251) as u8).collect();
        let mut found = List::default();
        for length in [0, 1, 16, 63, 64, 65, 1003] {
            let column = &column[..length];
            let plain = |wanted: &dyn Fn(u8) -> bool| -> Vec<u32> {
                (0..length as u32).filter(|&i| wanted(column[i as usize])).collect()
            };
            for byte in [0, 1, 4, 127, 128, 250, 255] {
                found.equal(column, byte);
                assert_eq!(*found, plain(&|b| b == byte));
                found.retain(|i| i % 3 == 1);
                assert!(found.iter().all(|i| i % 3 == 1 && column[*i as usize] == byte));
                let third = plain(&|b| b == byte).iter().filter(|&i| i % 3 == 1).count();
                assert_eq!(found.len(), third);
            }
        }
    }
}
