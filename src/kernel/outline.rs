//! A number a month for every account, of which most are told by eight bits.
//!
//! What a month does to an account hangs on numbers of 31 bits: low ones mend its health, expand it or end its contract,
//! high ones wear its health down or make it pay less. Most lie between and do nothing, and the leading eight bits of
//! most of those say so. One random word holds these for eight months, and sixteen accounts are looked at at once; the
//! other bits are drawn for those few whose outline does not tell enough.

use wide::u8x16;

use crate::kernel::accounts::STATE;
use crate::kernel::column::List;
use crate::kernel::stream::{Address, Purpose, Stream};
use crate::units::threshold;

/// Bits of a number: one fewer than of the integers it is compared with, so that a threshold can lie above all numbers.
pub(crate) const BITS: u32 = 31;

/// Bits of a number that its outline leaves open.
const OPEN: u32 = BITS - 8;

/// Outlines there are.
pub(crate) const OUTLINES: usize = 256;

/// Months whose outlines one word holds.
const MONTHS: usize = 8;

/// Accounts whose words are turned at once.
const LANES: usize = 16;

/// Which number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Moves its health.
    Health,
    /// Expands or contracts it between renewals.
    Expansion,
    /// Decides its rolling contract.
    Rolling,
}

impl Part {
    /// Where its outlines are drawn.
    fn outlines(self) -> Purpose {
        match self {
            Part::Health => Purpose::HealthOutline,
            Part::Expansion => Purpose::ExpansionOutline,
            Part::Rolling => Purpose::RollingOutline,
        }
    }

    /// Where the bits that its outlines leave open are drawn.
    pub(crate) fn rest(self) -> Purpose {
        match self {
            Part::Health => Purpose::Health,
            Part::Expansion => Purpose::Expansion,
            Part::Rolling => Purpose::Rolling,
        }
    }
}

/// Outlines of one part, of the months that share a word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outlines {
    /// Month by month, of each so many accounts as there is room for.
    bytes: Vec<u8>,
    /// Accounts there is room for.
    room: usize,
    /// Accounts that have theirs.
    drawn: usize,
    /// Which months share the word.
    word: u32,
    /// Where this month's begin.
    month: usize,
}

impl Outlines {
    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.drawn = 0;
    }

    /// Draws what accounts with these keys lack of the outlines of this month.
    pub(crate) fn draw(&mut self, part: Part, keys: &[u64], month: u32, stream: &Stream) {
        let word = (month - 1) / MONTHS as u32;
        if word != self.word || keys.len() > self.room {
            (self.word, self.drawn) = (word, 0);
        }
        let gone = (month - 1) as usize % MONTHS;
        if self.drawn < keys.len() {
            self.draw_rest(keys, stream.at(word, part.outlines()), gone);
        }
        self.month = gone * self.room;
    }

    /// Draws what is lacking of a word of which so many months are gone, and are not read again.
    fn draw_rest(&mut self, keys: &[u64], address: Address, gone: usize) {
        if keys.len() > self.room {
            // A quarter to spare, for accounts that join.
            self.room = (keys.len() + keys.len() / 4).next_multiple_of(LANES);
            self.bytes.resize(MONTHS * self.room, 0);
        }
        let (whole, _) = keys[self.drawn..].as_chunks::<LANES>();
        for keys in whole {
            let columns = self.bytes.chunks_exact_mut(self.room);
            for (column, bytes) in columns.zip(turned(keys.map(|key| address.word(key)))) {
                column[self.drawn..self.drawn + LANES].copy_from_slice(&bytes);
            }
            self.drawn += LANES;
        }
        for (i, &key) in keys.iter().enumerate().skip(self.drawn) {
            let mut word = address.word(key) >> (8 * gone);
            let mut place = gone * self.room + i;
            while let Some(byte) = self.bytes.get_mut(place) {
                *byte = word as u8;
                word >>= 8;
                place += self.room;
            }
        }
        self.drawn = keys.len();
    }

    /// Removes an account, whose place the last one takes.
    pub(crate) fn swap_remove(&mut self, i: usize, last: usize) {
        if last < self.drawn {
            // Also those of months gone by: how many are not would be a guess.
            let (mut to, apart) = (i, last - i);
            for _ in 0..MONTHS {
                self.bytes[to] = self.bytes[to + apart];
                to += self.room;
            }
            self.drawn = last;
        } else {
            self.drawn = self.drawn.min(i);
        }
    }

    /// The month's outlines of all accounts.
    #[inline(always)]
    pub(crate) fn of_month(&self) -> &[u8] {
        &self.bytes[self.month..self.month + self.drawn]
    }

    /// An account's number this month, the bits that its outline leaves open drawn there.
    #[inline(always)]
    pub(crate) fn number(&self, i: usize, key: u64, rest: Address) -> u32 {
        number(self.of_month()[i], key, rest)
    }

    /// Lists the accounts whose outline does not tell that nothing happens in their state; `census` counts those in each.
    pub(crate) fn telling_by_state(&self, rows: &[u8], month: &ByState, census: &[u32; LANES], found: &mut List) {
        let outlines = &self.of_month()[..rows.len()];
        if SHUFFLES {
            // Sixteen accounts look up the outlines of their own states at once.
            let [first, last] = [month.first, month.last].map(u8x16::new);
            return found.list([outlines, rows], |[outlines, rows]| {
                let states = rows & u8x16::splat(STATE);
                let is_late = outlines.max(first.shuffle(states)).simd_eq(outlines);
                let is_early = outlines.min(last.shuffle(states)).simd_eq(outlines);
                !(is_late & is_early)
            });
        }
        let tells = |i: usize| !month.holds(usize::from(rows[i] & STATE), outlines[i]);
        if rows.len() < LANES {
            return found.filter(rows.len(), tells);
        }
        let open = month.common(census).open();
        found.list([outlines], |[outlines]| open(outlines));
        found.retain(tells);
    }

    /// Lists the accounts whose outline does not tell that nothing happens in their row: first those that all outlines leave
    /// open that are not quiet for everybody, and those in restless rows; then, of these, those not quiet in their own row.
    pub(crate) fn telling_by_row(&self, rows: &[u8], month: &ByRow, found: &mut List) {
        let outlines = &self.of_month()[..rows.len()];
        let open = month.all.open();
        if month.restless.is_empty() {
            found.list([outlines], |[outlines]| open(outlines));
        } else if SHUFFLES {
            // Accounts look up the row from which on those in their own state are restless.
            let mut from = [u8::MAX; LANES];
            for row in month.restless.iter().map(|above| above.row.to_array()[0]) {
                from[usize::from(row & STATE)] = row;
            }
            let from = u8x16::new(from);
            found.list([outlines, rows], |[outlines, rows]| {
                open(outlines) | rows.max(from.shuffle(rows & u8x16::splat(STATE))).simd_eq(rows)
            });
        } else {
            found.list([outlines, rows], |[outlines, rows]| {
                let states = rows & u8x16::splat(STATE);
                month.restless.iter().fold(open(outlines), |open, above| {
                    open | (states.simd_eq(above.state) & rows.max(above.row).simd_eq(rows))
                })
            });
        }
        found.retain(|i| !month.quiet[usize::from(rows[i])].holds(outlines[i]));
    }
}

/// The number with this outline, the bits that it leaves open drawn there.
#[inline(always)]
pub(crate) fn number(outline: u8, key: u64, rest: Address) -> u32 {
    u32::from(outline) << OPEN | (rest.word(key) >> (64 - OPEN)) as u32
}

/// The outline that a limit lies in, or one past the last for a limit above all numbers.
pub(crate) fn of(limit: u32) -> usize {
    (limit >> OPEN) as usize
}

/// Whether bytes can be looked up in a table of sixteen by one instruction.
const SHUFFLES: bool = cfg!(any(
    target_feature = "simd128",
    target_feature = "ssse3",
    all(target_arch = "aarch64", target_feature = "neon")
));

/// Rows of a state, from one of them up.
#[derive(Debug, Clone, Copy)]
struct Above {
    state: u8x16,
    row: u8x16,
}

/// The bytes of sixteen words, the first of all before the second of all: each riffle of both halves turns the place of
/// a byte, its word before its number in the word, by one bit.
fn turned(words: [u64; LANES]) -> [[u8; LANES]; MONTHS] {
    let mut rows = [u8x16::ZERO; MONTHS];
    for (row, words) in rows.iter_mut().zip(words.as_chunks::<2>().0) {
        let mut bytes = [0; LANES];
        bytes[..8].copy_from_slice(&words[0].to_le_bytes());
        bytes[8..].copy_from_slice(&words[1].to_le_bytes());
        *row = u8x16::new(bytes);
    }
    for _ in 0..LANES.ilog2() {
        let [a, b, c, d, e, f, g, h] = rows;
        let low = u8x16::unpack_low;
        let high = u8x16::unpack_high;
        rows = [
            low(a, e),
            high(a, e),
            low(b, f),
            high(b, f),
            low(c, g),
            high(c, g),
            low(d, h),
            high(d, h),
        ];
    }
    rows.map(u8x16::to_array)
}

/// Outlines that tell that nothing happens: so many from the first on.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    first: u8,
    count: u16,
}

impl Quiet {
    const ALL: Quiet = Quiet { first: 0, count: 256 };
    const NONE: Quiet = Quiet { first: 0, count: 0 };

    /// Outlines of which all numbers lie from `from` up to, not including, `to`.
    fn new(from: u32, to: u32) -> Quiet {
        let (first, end) = (from.div_ceil(1 << OPEN), to >> OPEN);
        Quiet {
            first: first as u8,
            count: end.saturating_sub(first) as u16,
        }
    }

    /// Those that are quiet here and there.
    #[inline(always)]
    fn and(self, other: Quiet) -> Quiet {
        let end = |quiet: Quiet| u16::from(quiet.first) + quiet.count;
        let first = self.first.max(other.first);
        let count = end(self).min(end(other)).saturating_sub(u16::from(first));
        Quiet { first, count }
    }

    #[inline(always)]
    fn holds(self, outline: u8) -> bool {
        u16::from(outline.wrapping_sub(self.first)) < self.count
    }

    /// Which of sixteen outlines are none of these.
    #[inline(always)]
    fn open(self) -> impl Fn(u8x16) -> u8x16 {
        let [first, width] = [self.first, self.count.saturating_sub(1) as u8].map(u8x16::splat);
        let none_is_quiet = u8x16::splat(if self.count == 0 { u8::MAX } else { 0 });
        move |outlines| {
            let place = outlines - first;
            !place.min(width).simd_eq(place) | none_is_quiet
        }
    }
}

/// Outlines of a part that tell that nothing happens in a month, by the state of an account: from the first to the last,
/// or none where the last comes first.
#[derive(Debug, Clone)]
pub(crate) struct ByState {
    first: [u8; LANES],
    last: [u8; LANES],
}

impl ByState {
    /// All is quiet.
    pub(crate) fn new() -> ByState {
        ByState {
            first: [0; LANES],
            last: [u8::MAX; LANES],
        }
    }

    /// Accounts in this state are quiet at numbers from `from` up to, not including, `to`.
    pub(crate) fn set(&mut self, state: usize, from: u32, to: u32) {
        let (first, end) = (from.div_ceil(1 << OPEN), to >> OPEN);
        let is_none = first >= end;
        self.first[state] = if is_none { u8::MAX } else { first as u8 };
        self.last[state] = if is_none { 0 } else { (end - 1) as u8 };
    }

    #[inline(always)]
    fn holds(&self, state: usize, outline: u8) -> bool {
        // Not by a branch: few guesses at it would be right.
        (self.first[state] <= outline) & (outline <= self.last[state])
    }

    /// Those quiet in all states that somebody is in.
    fn common(&self, census: &[u32; LANES]) -> Quiet {
        // Whether anybody is in a state is a choice of values, and no guess at a branch either.
        let nobody = u8x16::new(census.map(|n| if n == 0 { u8::MAX } else { 0 }));
        let first = (u8x16::new(self.first) & !nobody)
            .to_array()
            .into_iter()
            .fold(0, u8::max);
        let last = (u8x16::new(self.last) | nobody)
            .to_array()
            .into_iter()
            .fold(u8::MAX, u8::min);
        let count = (u16::from(last) + 1).saturating_sub(first.into());
        Quiet { first, count }
    }
}

/// The same by row, which says also how sure an account is to leave; its room is used again.
#[derive(Debug, Clone)]
pub(crate) struct ByRow {
    quiet: [Quiet; 256],
    /// Those quiet in all rows but the restless.
    all: Quiet,
    restless: Vec<Above>,
}

impl ByRow {
    /// Room for a month.
    pub(crate) fn new() -> ByRow {
        ByRow {
            quiet: [Quiet::NONE; 256],
            all: Quiet::ALL,
            restless: Vec::new(),
        }
    }

    /// Begins a month in which all is quiet.
    pub(crate) fn clear(&mut self) {
        self.all = Quiet::ALL;
        self.restless.clear();
    }

    /// Accounts in this row are quiet at numbers from `from` up to, not including, `to`.
    pub(crate) fn set(&mut self, row: usize, from: u32, to: u32) {
        self.quiet[row & 255] = Quiet::new(from, to);
    }

    /// All accounts in some rows are quiet where those in this one are.
    pub(crate) fn calm(&mut self, row: usize) {
        self.all = self.all.and(self.quiet[row & 255]);
    }

    /// Accounts in this row, and in those of the same state above it, are looked at one by one.
    pub(crate) fn wake(&mut self, row: usize) {
        let (state, row) = (u8x16::splat(row as u8 & STATE), u8x16::splat(row as u8));
        self.restless.push(Above { state, row });
    }
}

/// Probability as a threshold: a number is below it with that probability, to half a step.
pub(crate) fn below(p: f64) -> u32 {
    threshold(p, BITS)
}

/// The uniform a number stands for, never 0 and never 1.
pub(crate) fn unit(number: u32) -> f64 {
    (f64::from(number) + 0.5) / f64::from(1_u32 << BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: u64) -> Vec<u64> {
        (0..n).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
    }

    #[test]
    fn words_are_turned_byte_by_byte() {
        let words = std::array::from_fn(|i| (i as u64).wrapping_mul(0x0123_4567_89ab_cdef));
        for (month, bytes) in turned(words).into_iter().enumerate() {
            assert_eq!(bytes, words.map(|word| word.to_le_bytes()[month]));
        }
    }

    const PARTS: [Part; 3] = [Part::Health, Part::Expansion, Part::Rolling];

    /// Pearson's statistic over 64 equal cells; 99.9% of true uniforms stay below 103.4 at 63 degrees of freedom.
    #[test]
    fn numbers_are_uniform_over_accounts_and_months() {
        let (stream, keys) = (Stream::new(3, 7), keys(4_003));
        for part in PARTS {
            // By the leading bits, by those across the end of the outline, by those behind it.
            for shift in [BITS - 6, OPEN - 3, OPEN - 6] {
                let (mut outlines, mut cells) = (Outlines::default(), [0_u32; 64]);
                for month in 1..=20 {
                    outlines.draw(part, &keys, month, &stream);
                    let rest = stream.at(month, part.rest());
                    for (i, &key) in keys.iter().enumerate() {
                        cells[(outlines.number(i, key, rest) >> shift) as usize & 63] += 1;
                    }
                }
                let expected = 20.0 * 4_003.0 / 64.0;
                let apart = cells.map(|count| f64::from(count) - expected);
                let statistic: f64 = apart.iter().map(|x| x * x / expected).sum();
                assert!(statistic < 103.4, "{part:?} {shift}: {statistic}");
            }
        }
    }

    #[test]
    fn an_account_has_its_outlines_wherever_it_stands_and_whenever_it_came() {
        let (stream, mut keys) = (Stream::new(3, 7), keys(100));
        let plain = |key: u64, month: u32| {
            let word = stream.at((month - 1) / 8, Purpose::HealthOutline).word(key);
            word.to_le_bytes()[(month - 1) as usize % 8]
        };
        let mut outlines = Outlines::default();
        for month in 1..=20 {
            outlines.draw(Part::Health, &keys, month, &stream);
            for (i, &key) in keys.iter().enumerate() {
                assert_eq!(outlines.of_month()[i], plain(key, month), "{i} in month {month}");
            }
            for i in [2, 40] {
                outlines.swap_remove(i, keys.len() - 1);
                keys.swap_remove(i);
            }
            if month % 3 == 0 {
                keys.extend((0..11).map(|i| u64::from(1_000 * month + i)));
                // One that has no outline yet takes the place of one that has.
                outlines.swap_remove(5, keys.len() - 1);
                keys.swap_remove(5);
            }
        }
    }

    /// Numbers of which outlines tell all, some, few or nothing.
    fn spans() -> [(u32, u32); 6] {
        let (step, end) = (1 << OPEN, 1 << BITS);
        [
            (0, end),
            (end / 3, end / 2),
            (5 * step, 9 * step),
            (1, end - 1),
            (end, end),
            (7, 8),
        ]
    }

    /// Those of 3,000 accounts whose outline does not tell that their number lies in a span that is quiet in their row.
    fn plain(outlines: &Outlines, rows: &[u8], quiet: impl Fn(u8) -> (u32, u32)) -> Vec<u32> {
        let open = |&i: &u32| {
            let first = u32::from(outlines.of_month()[i as usize]) << OPEN;
            let (from, to) = quiet(rows[i as usize]);
            from > first || first + (1 << OPEN) > to
        };
        (0..rows.len() as u32).filter(open).collect()
    }

    #[test]
    fn quiet_is_told_by_state_just_when_every_rest_leaves_the_number_inside() {
        let (stream, keys) = (Stream::new(1, 0), keys(3_000));
        let rows: Vec<u8> = (0..3_000).map(|i| (i % 3 + 16 * (i % 5)) as u8).collect();
        let mut census = [0; LANES];
        census[..3].fill(1_000);
        for part in [Part::Health, Part::Expansion] {
            let (mut outlines, mut found, mut quiets) = (Outlines::default(), List::default(), ByState::new());
            outlines.draw(part, &keys, 9, &stream);
            // Nobody is in the last state that is set, which nothing leaves quiet.
            for (from, to) in spans() {
                for rest in [(0, 1 << BITS), (from / 2, to), (1, 1)] {
                    for (state, (from, to)) in [(from, to), (from, to), rest, (0, 0)].into_iter().enumerate() {
                        quiets.set(state, from, to);
                    }
                    for rows in [&rows[..], &rows[..LANES - 1]] {
                        outlines.telling_by_state(rows, &quiets, &census, &mut found);
                        let plain = plain(&outlines, rows, |row| if row % 16 == 2 { rest } else { (from, to) });
                        assert_eq!(*found, plain, "{part:?} {from}..{to} {rest:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn quiet_is_told_by_row_just_when_every_rest_leaves_the_number_inside() {
        let end = 1_u32 << BITS;
        let (stream, keys) = (Stream::new(1, 0), keys(3_000));
        let rows: Vec<u8> = (0..3_000).map(|i| (i % 3 + 16 * (i % 5)) as u8).collect();
        let (mut outlines, mut found, mut quiets) = (Outlines::default(), List::default(), ByRow::new());
        outlines.draw(Part::Rolling, &keys, 9, &stream);
        for (from, to) in spans() {
            // One state without any limit, one restless from some row up, one that is never quiet.
            let quiet = |row: u8| match (row % 16, row / 16) {
                (0, _) | (1, 0..3) => (from, to),
                (1, _) => (end, to),
                _ => (0, 0),
            };
            quiets.clear();
            for row in rows.iter().copied() {
                quiets.set(usize::from(row), quiet(row).0, quiet(row).1);
            }
            quiets.calm(0);
            quiets.calm(1);
            quiets.wake(49);
            quiets.wake(2);
            outlines.telling_by_row(&rows, &quiets, &mut found);
            assert_eq!(*found, plain(&outlines, &rows, quiet), "{from}..{to}");
        }
    }

    #[test]
    fn thresholds_of_certainties_are_certain() {
        assert_eq!((below(0.0), below(1.0), below(0.25)), (0, 1 << BITS, 1 << (BITS - 2)));
        assert!(unit(0) > 0.0 && unit((1 << BITS) - 1) < 1.0);
        assert!((unit(below(0.3)) - 0.3).abs() < 1e-9);
    }
}
