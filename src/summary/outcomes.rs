use crate::kernel::Layout;

/// The outcomes of a run as columns, trial by trial.
///
/// Trials are placed by index, so any split into batches, arriving in any order, gives the same columns. Takes
/// `8 × width × trials` bytes.
#[derive(Debug, Clone)]
pub struct Outcomes {
    layout: Layout,
    first: u32,
    trials: usize,
    columns: Vec<f64>,
    /// Batches in so far that do not touch the contiguous start, as (first, end), in order.
    ahead: Vec<(usize, usize)>,
    done: usize,
}

impl Outcomes {
    /// Room for so many trials from `first` on.
    pub fn new(layout: Layout, first: u32, trials: u32) -> Outcomes {
        let trials = trials as usize;
        Outcomes {
            layout,
            first,
            trials,
            columns: vec![0.0; layout.width() * trials],
            ahead: Vec::new(),
            done: 0,
        }
    }

    /// Places a batch of whole rows that begins with trial `first`; rows outside the run are left out.
    pub fn add(&mut self, first: u32, rows: &[f64]) {
        let width = self.layout.width();
        let Some(start) = first.checked_sub(self.first).map(|start| start as usize) else {
            return;
        };
        let count = (rows.len() / width).min(self.trials.saturating_sub(start));
        for (c, column) in self.columns.chunks_exact_mut(self.trials).enumerate() {
            for (place, row) in column[start.min(self.trials)..][..count]
                .iter_mut()
                .zip(rows.chunks_exact(width))
            {
                *place = row[c];
            }
        }
        self.ahead.push((start, start + count));
        self.ahead.sort_unstable();
        self.ahead.retain(|&(from, to)| {
            if from <= self.done {
                self.done = self.done.max(to);
            }
            from > self.done
        });
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
    pub fn column(&self, place: usize) -> &[f64] {
        &self.columns[place * self.trials..][..self.done]
    }

    /// The sum of several numbers, trial by trial, added in the order of the places.
    pub fn sum(&self, places: impl IntoIterator<Item = usize>) -> Vec<f64> {
        let mut sum = vec![0.0; self.done];
        for place in places {
            for (sum, x) in sum.iter_mut().zip(self.column(place)) {
                *sum += x;
            }
        }
        sum
    }

    /// Hash of every number in, column by column (FNV-1a over 64-bit words, Fowler, Noll and Vo).
    pub fn fingerprint(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for column in 0..self.layout.width() {
            for x in self.column(column) {
                hash = (hash ^ x.to_bits()).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
            }
        }
        hash
    }
}

#[cfg(test)]
mod tests {
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
    }
}
