use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::kernel::Layout;
use crate::summary::Store;
use crate::summary::packed::{Packed, Read};

/// Trials that are packed at a time.
const BLOCK: usize = 250;
/// Trials that are packed at a time for a store.
const STORED_BLOCK: usize = 2000;

/// The outcomes of a run as columns, trial by trial.
///
/// Trials are placed by index, so any split into batches, arriving in any order, gives the same columns. Room is made as
/// they come; trials that are in are packed, into about `layout.bytes(trials)`, in memory or in a store.
#[derive(Debug)]
pub struct Outcomes {
    layout: Layout,
    first: u32,
    trials: usize,
    /// Trials of a block.
    block: usize,
    /// Blocks of trials that are all in.
    packed: Vec<Packed>,
    /// Where they are moved to, and where the next one begins there.
    store: Option<(Box<dyn Store>, u64)>,
    /// The blocks after those as far as there are trials, each as columns one after the other.
    open: VecDeque<Vec<f64>>,
    /// Batches in so far that do not touch the contiguous start, as (first, end), in order.
    ahead: Vec<(usize, usize)>,
    done: usize,
    /// Once it has been asked for and until more come in: a run is told again with every companion.
    fingerprint: Cell<Option<u64>>,
    shelf: RefCell<Shelf>,
}

/// Columns read from a store of late, a group of neighbours at a time: a read costs as much as some thousand numbers, and
/// whoever asks for a month asks for the next.
#[derive(Debug, Default)]
struct Shelf {
    /// Groups by number, each with what was read of every block; the latest last.
    groups: VecDeque<(usize, Vec<Read>)>,
}

/// Columns of a group.
const NEIGHBOURS: usize = 16;
/// Groups that are kept: a sum over what makes up an ARR bridge goes through as many side by side.
const GROUPS: usize = 12;

impl Shelf {
    /// What was read of the group of a column, block by block.
    fn of(&mut self, place: usize, blocks: &[Packed], store: &dyn Store) -> &[Read] {
        let wanted = place / NEIGHBOURS;
        let known = self.groups.iter().position(|(group, _)| *group == wanted);
        let (_, mut reads) = known.and_then(|at| self.groups.remove(at)).unwrap_or_default();
        let lacking = &blocks[reads.len()..];
        reads.extend(
            lacking
                .iter()
                .map(|block| block.read(wanted * NEIGHBOURS, NEIGHBOURS, store)),
        );
        while self.groups.len() >= GROUPS {
            self.groups.pop_front();
        }
        self.groups.push_back((wanted, reads));
        self.groups.back().map_or(&[], |(_, reads)| reads)
    }
}

impl Outcomes {
    /// For so many trials from `first` on.
    pub fn new(layout: Layout, first: u32, trials: u32) -> Outcomes {
        Outcomes {
            layout,
            first,
            trials: trials as usize,
            block: BLOCK,
            packed: Vec::new(),
            store: None,
            open: VecDeque::new(),
            ahead: Vec::new(),
            done: 0,
            fingerprint: Cell::new(None),
            shelf: RefCell::default(),
        }
    }

    /// Keeps trials that are in outside memory. Has no effect once there are some.
    pub fn keep_in(&mut self, store: Box<dyn Store>) {
        if self.packed.is_empty() && self.open.is_empty() {
            self.block = STORED_BLOCK;
            self.store = Some((store, 0));
        }
    }

    /// Places a batch of whole rows that begins with trial `first`; rows outside the run are left out.
    pub fn add(&mut self, first: u32, rows: &[f64]) {
        let width = self.layout.width();
        let Some(start) = first.checked_sub(self.first).map(|start| start as usize) else {
            return;
        };
        let count = (rows.len() / width).min(self.trials.saturating_sub(start));
        if count == 0 {
            return;
        }
        let end = start + count;
        self.fingerprint.set(None);
        for block in self.packed.len().max(start / self.block)..end.div_ceil(self.block) {
            let from = block * self.block;
            let size = self.block.min(self.trials - from);
            let opened = block - self.packed.len();
            while self.open.len() <= opened {
                let begins = (self.packed.len() + self.open.len()) * self.block;
                self.open
                    .push_back(vec![0.0; width * self.block.min(self.trials - begins)]);
            }
            let (begin, stop) = (start.max(from), end.min(from + size));
            let rows = &rows[(begin - start) * width..(stop - start) * width];
            for (c, column) in self.open[opened].chunks_exact_mut(size).enumerate() {
                for (place, row) in column[begin - from..].iter_mut().zip(rows.chunks_exact(width)) {
                    *place = row[c];
                }
            }
        }
        let place = self.ahead.partition_point(|&batch| batch < (start, end));
        self.ahead.insert(place, (start, end));
        self.ahead.retain(|&(from, to)| {
            if from <= self.done {
                self.done = self.done.max(to);
            }
            from > self.done
        });
        while self.done >= (self.packed.len() + 1) * self.block {
            let whole = self.open.pop_front().expect("its trials are in");
            let mut packed = Packed::new(&whole, self.block);
            if let Some((store, end)) = &mut self.store {
                *end = packed.move_to(store.as_mut(), *end);
            }
            self.packed.push(packed);
        }
    }

    /// Trials that are in without a gap from the first.
    pub fn done(&self) -> u32 {
        self.done as u32
    }

    /// First trial of the run.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// Where each column stands.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// One number over the trials that are in.
    pub fn column(&self, place: usize) -> Vec<f64> {
        // The one number that changes none it is added to, not even -0.
        let mut column = vec![-0.0; self.done];
        self.add_to(&mut column, place);
        column
    }

    /// The sum of several numbers, trial by trial, added in the order of the places.
    pub fn sum(&self, places: impl IntoIterator<Item = usize>) -> Vec<f64> {
        let mut sum = vec![0.0; self.done];
        for place in places {
            self.add_to(&mut sum, place);
        }
        sum
    }

    fn add_to(&self, sums: &mut [f64], place: usize) {
        let (packed, open) = sums.split_at_mut(self.packed.len() * self.block);
        let blocks = self.packed.iter().zip(packed.chunks_exact_mut(self.block));
        match &self.store {
            None => {
                for (block, sums) in blocks {
                    block.add_to(sums, place, None);
                }
            }
            Some((store, _)) => {
                let mut shelf = self.shelf.borrow_mut();
                let reads = shelf.of(place, &self.packed, store.as_ref());
                for ((block, sums), read) in blocks.zip(reads) {
                    block.add_to(sums, place, Some(read));
                }
            }
        }
        for (block, sums) in self.open.iter().zip(open.chunks_mut(self.block)) {
            let size = block.len() / self.layout.width();
            for (sum, x) in sums.iter_mut().zip(&block[place * size..][..size]) {
                *sum += x;
            }
        }
    }

    /// Hash of every number in, column by column (FNV-1a over 64-bit words, Fowler, Noll and Vo).
    pub fn fingerprint(&self) -> u64 {
        if let Some(known) = self.fingerprint.get() {
            return known;
        }
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for place in 0..self.layout.width() {
            for x in self.column(place) {
                hash = (hash ^ x.to_bits()).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
            }
        }
        self.fingerprint.set(Some(hash));
        hash
    }
}

#[cfg(test)]
impl Outcomes {
    /// Trials that hold these numbers at these places, and 0 but for them.
    pub(super) fn of(layout: Layout, trials: &[Vec<(usize, f64)>]) -> Outcomes {
        let mut outcomes = Outcomes::new(layout, 0, trials.len() as u32);
        for (trial, numbers) in (0..).zip(trials) {
            let mut row = vec![0.0; layout.width()];
            for &(place, x) in numbers {
                row[place] = x;
            }
            outcomes.add(trial, &row);
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const LAYOUT: Layout = Layout {
        months: 1,
        years: 1,
        pools: 1,
        segments: 1,
    };

    fn rows(first: u32, count: u32) -> Vec<f64> {
        let width = LAYOUT.width();
        (first..first + count)
            .flat_map(|trial| (0..width).map(move |c| f64::from(trial) * 1000.0 + c as f64))
            .collect()
    }

    #[test]
    fn batches_in_any_order_give_the_same_columns() {
        let mut straight = Outcomes::new(LAYOUT, 5, 10);
        straight.add(5, &rows(5, 10));
        let mut mixed = Outcomes::new(LAYOUT, 5, 10);
        mixed.add(12, &rows(12, 3));
        assert_eq!(mixed.done(), 0);
        mixed.add(5, &rows(5, 4));
        assert_eq!(mixed.done(), 4);
        mixed.add(9, &rows(9, 3));
        assert_eq!(mixed.done(), 10);
        assert_eq!(mixed.column(3), straight.column(3));
        assert_eq!(mixed.fingerprint(), straight.fingerprint());
    }

    #[test]
    fn blocks_are_packed_as_they_fill_up_and_say_the_same() {
        let block = BLOCK as u32;
        let trials = 2 * block + 100;
        let mut outcomes = Outcomes::new(LAYOUT, 5, trials);
        // The second block is full before the first, and a batch lies across all three.
        outcomes.add(5 + block, &rows(5 + block, block));
        assert_eq!((outcomes.done(), outcomes.packed.len(), outcomes.open.len()), (0, 0, 2));
        outcomes.add(5, &rows(5, block - 50));
        assert_eq!((outcomes.done(), outcomes.packed.len()), (block - 50, 0));
        outcomes.add(block - 95, &rows(block - 95, block + 150));
        assert_eq!(
            (outcomes.done(), outcomes.packed.len(), outcomes.open.len()),
            (2 * block + 50, 2, 1)
        );
        outcomes.add(5 + 2 * block, &rows(5 + 2 * block, 400));
        assert_eq!(outcomes.done(), trials);
        let exact = |c: u32| (5..5 + trials).map(move |trial| f64::from(trial) * 1000.0 + f64::from(c));
        assert_eq!(outcomes.column(7), exact(7).collect::<Vec<_>>());
        let both: Vec<f64> = exact(3).zip(exact(4)).map(|(x, y)| x + y).collect();
        assert_eq!(outcomes.sum([3, 4]), both);
    }

    /// A file, and how often it was read from.
    #[derive(Debug, Default)]
    struct Bytes(Vec<u8>, Arc<AtomicUsize>);

    impl Store for Bytes {
        fn write(&mut self, at: u64, bytes: &[u8]) {
            assert_eq!(at, self.0.len() as u64);
            self.0.extend(bytes);
        }

        fn read(&self, at: u64, into: &mut [u8]) {
            into.copy_from_slice(&self.0[at as usize..][..into.len()]);
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn neighbours_are_read_together() {
        let trials = 3 * STORED_BLOCK as u32;
        let (reads, mut outcomes) = (Arc::default(), Outcomes::new(LAYOUT, 0, trials));
        outcomes.keep_in(Box::new(Bytes(Vec::new(), Arc::clone(&reads))));
        outcomes.add(0, &rows(0, 2 * STORED_BLOCK as u32));
        let width = LAYOUT.width();
        let exact = |place: usize| f64::from(STORED_BLOCK as u32 + 1) * 1000.0 + place as f64;
        for place in 0..width {
            assert_eq!(outcomes.column(place)[STORED_BLOCK + 1], exact(place));
        }
        let groups = width.div_ceil(NEIGHBOURS);
        assert_eq!(reads.load(Ordering::Relaxed), 2 * groups);
        // Of the last groups only what has come in since.
        outcomes.add(
            2 * STORED_BLOCK as u32,
            &rows(2 * STORED_BLOCK as u32, STORED_BLOCK as u32),
        );
        assert_eq!(outcomes.column(width - 1).len(), trials as usize);
        assert_eq!(reads.load(Ordering::Relaxed), 2 * groups + 1);
    }

    #[test]
    fn outcomes_in_a_store_say_the_same_to_the_bit() {
        let trials = 2 * STORED_BLOCK as u32 + 70;
        let mut here = Outcomes::new(LAYOUT, 5, trials);
        let mut there = Outcomes::new(LAYOUT, 5, trials);
        there.keep_in(Box::<Bytes>::default());
        for first in (5..5 + trials).step_by(300) {
            for outcomes in [&mut here, &mut there] {
                outcomes.add(first, &rows(first, 300));
            }
            assert_eq!(there.done(), here.done());
            assert_eq!(there.fingerprint(), here.fingerprint());
        }
        assert_eq!(there.sum([3, 4]), here.sum([3, 4]));
        assert_eq!(there.packed.len(), 2);
        assert!(there.store.is_some_and(|(_, end)| end > 0));
        // Too late for trials that are in memory already.
        here.keep_in(Box::<Bytes>::default());
        assert!(here.store.is_none());
    }

    #[test]
    fn rows_outside_the_run_are_left_out() {
        let mut outcomes = Outcomes::new(LAYOUT, 5, 2);
        outcomes.add(0, &rows(0, 2));
        outcomes.add(6, &rows(6, 4));
        outcomes.add(90, &rows(90, 1));
        assert_eq!(outcomes.done(), 0);
        outcomes.add(5, &rows(5, 1));
        assert_eq!(outcomes.done(), 2);
        assert_eq!(outcomes.column(0), [5000.0, 6000.0]);
    }

    #[test]
    fn the_fingerprint_feels_every_bit_and_the_order() {
        let mut a = Outcomes::new(LAYOUT, 0, 2);
        a.add(0, &rows(0, 2));
        let mut b = Outcomes::new(LAYOUT, 0, 2);
        b.add(0, &rows(1, 1));
        b.add(1, &rows(0, 1));
        assert_ne!(a.fingerprint(), b.fingerprint());
        // Not what it was before the rest came in.
        let mut c = Outcomes::new(LAYOUT, 0, 2);
        for trial in 0..2 {
            c.add(trial, &rows(trial, 1));
            assert_eq!(c.fingerprint() == a.fingerprint(), trial == 1);
        }
    }
}
