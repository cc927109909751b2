use crate::kernel::accounts::{Accounts, LEVELS, STATES};
use crate::kernel::expansion::ExpansionRates;
use crate::kernel::stream::{Address, MonthWord, Quiet, Span};
use crate::kernel::workload::CLASS;
use crate::model::{Chain, Matrix};
use crate::units::threshold;

/// What one month does to an account in one state.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// A part below turns green.
    green: u64,
    /// A part below, and not green, turns yellow.
    yellow: u64,
    /// A part below expands, by health after the move.
    expand: [u64; 3],
    /// A part from here up contracts.
    contract: u64,
    /// The state of green health in the same mode.
    base: u8,
}

/// The month of one segment, compiled once; its room is used again for the next.
#[derive(Debug, Clone)]
pub(crate) struct Month {
    rows: [Row; 16],
    /// By level and state: words that leave the account as it is. Every byte has a place, so no index needs a check.
    quiet: [Quiet; 256],
    /// By level: starts that settle the decision.
    settled: [[Span; 16]; LEVELS],
}

/// Accounts to which the month does more than move their health.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stirred {
    /// Those that expand or contract.
    pub(crate) moving: Picked,
    /// Those whose decision its start alone does not settle.
    pub(crate) deciding: Picked,
}

/// Indices picked by a condition, written without a branch: a wrong guess costs more than a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picked {
    room: Vec<u32>,
    found: usize,
}

impl Picked {
    /// Forgets what was picked and makes room for so many.
    fn clear(&mut self, most: usize) {
        self.found = 0;
        if self.room.len() < most {
            self.room.resize(most, 0);
        }
    }

    #[inline(always)]
    fn pick(&mut self, i: usize, wanted: bool) {
        self.room[self.found] = i as u32;
        self.found += usize::from(wanted);
    }

    pub(crate) fn get(&self) -> &[u32] {
        &self.room[..self.found]
    }
}

/// Starts of a decision that renew an account of each level and state as it is, whatever the rest.
///
/// Levels beyond those listed are never settled.
pub(crate) type Settled = [[Span; STATES]];

/// No decision falls: everything is settled.
pub(crate) const NO_DECISION: &Settled = &[[Span {
    from: 0,
    to: 1 << MonthWord::DECISION,
}; STATES]];

impl Default for Month {
    fn default() -> Month {
        Month {
            rows: [Row::default(); 16],
            quiet: [Quiet::default(); 256],
            settled: [[Span::default(); 16]; LEVELS],
        }
    }
}

impl Month {
    /// Compiles the month of a segment: responses to coverage by work class, of health and of led expansion.
    ///
    /// Accounts lie in the levels listed as settled or in the last, which is never settled, and in the states of the
    /// census; the rest keeps what it had.
    pub(crate) fn compile(
        &mut self,
        chain: &Chain,
        (responses, led): (&[f64; 5], &[f64; 5]),
        expansion: &ExpansionRates,
        settled: &Settled,
        census: &[u32; 16],
    ) {
        let mut matrices: [Matrix; 5] = [chain.covered; 5];
        let mut expand = [[0; 3]; 5];
        for class in 0..5 {
            matrices[class] = chain.at(responses[class]);
            expand[class] = expansion.thresholds(led[class]);
        }
        let contract = expansion.contracts_from();
        for (to, from) in self.settled.iter_mut().zip(settled) {
            to[..STATES].copy_from_slice(from);
        }
        for (state, row) in self.rows.iter_mut().enumerate().take(STATES) {
            if census[state] == 0 {
                continue;
            }
            let (class, health) = (CLASS[state] as usize, state % 3);
            let [green, yellow, _] = matrices[class][health];
            *row = Row {
                green: threshold(green, MonthWord::HEALTH),
                yellow: threshold(green + yellow, MonthWord::HEALTH),
                expand: expand[class],
                contract,
                base: (state - health) as u8,
            };
            let ends = [0, row.green, row.yellow, 1 << MonthWord::HEALTH];
            let stays = Span {
                from: ends[health],
                to: ends[health + 1],
            };
            let keeps = Span {
                from: row.expand[health].min(contract),
                to: contract,
            };
            let calm = Quiet::new(stays, keeps);
            for (level, settled) in settled.iter().enumerate() {
                self.quiet[16 * level + state] = calm.deciding(settled[state]);
            }
        }
    }

    /// Moves the health of every account one month on, and lists those that expand, contract or decide.
    ///
    /// The many to which nothing happens are passed over by one comparison.
    pub(crate) fn advance(&self, accounts: &mut Accounts, details: Address, stirred: &mut Stirred) {
        let n = accounts.len();
        // One place to spare, which a pick that is not wanted may write to.
        stirred.moving.clear(n + 1);
        stirred.deciding.clear(n + 1);
        for first in (0..n).step_by(BLOCK) {
            let mut broken = self.broken(accounts, first);
            while broken != 0 {
                self.stir(accounts, first + broken.trailing_zeros() as usize, details, stirred);
                broken &= broken - 1;
            }
        }
    }

    /// A bit for each account of the block that begins here, set when its quiet is broken. On its own, so that all it
    /// needs stays in registers.
    #[inline(never)]
    fn broken(&self, accounts: &Accounts, first: usize) -> u64 {
        let (outlines, rows) = (&accounts.outlines()[first..], &accounts.rows()[first..]);
        if let (Some(outlines), Some(rows)) = (outlines.first_chunk::<BLOCK>(), rows.first_chunk::<BLOCK>()) {
            return self.broken_among(outlines.as_chunks().0, rows.as_chunks().0);
        }
        let ((outlines, last), (rows, last_rows)) = (outlines.as_chunks::<4>(), rows.as_chunks::<4>());
        let mut broken = self.broken_among(outlines, rows);
        for (i, (&outline, &row)) in last.iter().zip(last_rows).enumerate() {
            let one = Quiet::broken_by([self.quiet[usize::from(row)]; 4], [outline; 4]) & 1;
            broken |= u64::from(one) << (4 * rows.len() + i);
        }
        broken
    }

    #[inline(always)]
    fn broken_among(&self, outlines: &[[u32; 4]], rows: &[[u8; 4]]) -> u64 {
        let mut broken = 0;
        for (i, (outlines, rows)) in outlines.iter().zip(rows).enumerate() {
            let quiet = rows.map(|row| self.quiet[usize::from(row)]);
            broken |= u64::from(Quiet::broken_by(quiet, *outlines)) << (4 * i);
        }
        broken
    }

    #[inline(always)]
    fn stir(&self, accounts: &mut Accounts, i: usize, details: Address, stirred: &mut Stirred) {
        let word = accounts.month_word(i, details);
        let row = &self.rows[usize::from(accounts.state(i))];
        let level = usize::from(accounts.rows()[i]) / 16;
        let health = u8::from(word.health() >= row.green) + u8::from(word.health() >= row.yellow);
        let moved = (row.base + health) & 15;
        let health = usize::from(health);
        accounts.set_state(i, moved);
        stirred.moving.pick(
            i,
            word.expansion() < row.expand[health] || word.expansion() >= row.contract,
        );
        stirred
            .deciding
            .pick(i, !self.settled[level][usize::from(moved)].holds(word.decision()));
    }
}

/// Accounts looked at before those that stir are served: as many as a word has bits.
const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::Joining;
    use crate::kernel::rates::SegmentRates;
    use crate::kernel::shock::Copula;
    use crate::kernel::stream::{Purpose, Stream};
    use crate::model::{Calibration, Family, Rate, sample};

    /// What the quick look passes over is what nothing happens to: every account beside a plain reading of its month.
    #[test]
    fn a_quick_look_misses_nothing_and_stirs_nobody_in_vain() {
        let mut scenario = sample::scenario();
        scenario.segments[0].expansion.rate = Rate::point(Family::Positive, 2.0);
        scenario.segments[0].contraction.hazard = Rate::point(Family::Probability, 0.07);
        let stream = Stream::new(11, 0);
        let calibration = Calibration::new(&scenario.segments[0], &scenario.book()[0]);
        let rates = SegmentRates::draw(&scenario, 0, &calibration, &stream);
        let expansion = ExpansionRates::new(&scenario.segments[0], &rates, &Copula::favourable(0.0, 0.0));
        let (responses, led) = ([1.0, 0.8, 0.5, 0.2, 0.0], [0.0, 1.0, 0.3, 0.6, 0.9]);
        let steps = 1 << MonthWord::DECISION;
        let spans = |from: u64, width: u64| -> [Span; STATES] {
            std::array::from_fn(|state| Span {
                from: from + 1_000 * state as u64,
                to: (from + width).min(steps),
            })
        };
        let settled = [spans(100_000, 900_000), spans(300_000, 200_000)];

        let mut accounts = Accounts::default();
        // Whole blocks, and some that make no four.
        for i in 0..523_u32 {
            accounts.push(Joining {
                key: u64::from(i).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                state: (i % 9) as u8,
                arr: 100,
                cohort: 0,
                decision: 1,
                end: 1,
                term: 1,
                anniversary: 12,
                last: 1,
                own: 0.0,
                level: [0, 1, LEVELS as u8 - 1][(i / 9 % 3) as usize],
                place: i,
                survived: 0,
            });
        }
        let (mut month, mut stirred) = (Month::default(), Stirred::default());
        let mut expected_any = 0;
        for number in 1..=6 {
            accounts.draw_outlines(number, &stream);
            let details = stream.at(number, Purpose::Detail);
            month.compile(&rates.chain, (&responses, &led), &expansion, &settled, &accounts.census);
            let (mut states, mut moving, mut deciding) = (Vec::new(), Vec::new(), Vec::new());
            for i in 0..accounts.len() {
                let word = accounts.month_word(i, details);
                let state = usize::from(accounts.state(i));
                let class = CLASS[state] as usize;
                let [green, yellow, _] = rates.chain.at(responses[class])[state % 3];
                let below = |p: f64| word.health() < threshold(p, MonthWord::HEALTH);
                let health = match (below(green), below(green + yellow)) {
                    (true, _) => 0,
                    (false, true) => 1,
                    (false, false) => 2,
                };
                let moved = state - state % 3 + health;
                states.push(moved);
                let expands = word.expansion() < expansion.thresholds(led[class])[health];
                if expands || word.expansion() >= expansion.contracts_from() {
                    moving.push(i as u32);
                }
                let level = usize::from(accounts.rows()[i]) / 16;
                if !settled
                    .get(level)
                    .is_some_and(|spans| spans[moved].holds(word.decision()))
                {
                    deciding.push(i as u32);
                }
            }
            month.advance(&mut accounts, details, &mut stirred);
            let found: Vec<usize> = (0..accounts.len()).map(|i| usize::from(accounts.state(i))).collect();
            assert_eq!(found, states, "month {number}");
            assert_eq!(stirred.moving.get(), moving, "month {number}");
            assert_eq!(stirred.deciding.get(), deciding, "month {number}");
            expected_any += moving.len();
        }
        assert!(expected_any > 500, "{expected_any} of 3,138 move");
    }
}
