use crate::kernel::accounts::{Accounts, STATES};
use crate::kernel::expansion::ExpansionRates;
use crate::kernel::stream::{Address, MonthWord};
use crate::kernel::workload::CLASS;
use crate::model::{Chain, Matrix};
use crate::units::threshold;

/// What one month does to an account in one state: compiled once per segment and month.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Row {
    /// A uniform below turns green.
    green: u64,
    /// A uniform below, and not green, turns yellow.
    yellow: u64,
    /// A uniform below expands, by health after the move.
    expand: [u64; 4],
    /// Response to this month's coverage of the account's class.
    response: f64,
    /// State of the same mode and green health.
    base: u8,
}

/// The month's compiled table of one segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Month {
    /// By state; a power of two, so that no index needs a check.
    rows: [Row; 16],
    /// Lowest response of any class.
    lowest: f64,
}

impl Month {
    /// Compiles the month of a segment: `responses` to coverage by work class.
    pub(crate) fn new(chain: &Chain, responses: &[f64; 5], expansion: &ExpansionRates) -> Month {
        let mut rows = [Row::default(); 16];
        let mut matrices: [Matrix; 5] = [chain.covered; 5];
        for (matrix, &w) in matrices.iter_mut().zip(responses) {
            *matrix = chain.at(w);
        }
        for (state, row) in rows.iter_mut().enumerate().take(STATES) {
            let class = CLASS[state] as usize;
            let [green, yellow, _] = matrices[class][state % 3];
            let w = responses[class];
            let [expand_green, expand_yellow, expand_red] = expansion.thresholds(w);
            *row = Row {
                green: threshold(green, MonthWord::HEALTH),
                yellow: threshold(green + yellow, MonthWord::HEALTH),
                expand: [expand_green, expand_yellow, expand_red, 0],
                response: w,
                base: (state - state % 3) as u8,
            };
        }
        let lowest = responses.iter().copied().fold(1.0, f64::min);
        Month { rows, lowest }
    }

    /// Lowest response to coverage of any class this month.
    pub(crate) fn lowest_response(&self) -> f64 {
        self.lowest
    }

    /// Moves health and memory of every account one month on and lists those that expand.
    pub(crate) fn advance(&self, accounts: &mut Accounts, address: Address, expanding: &mut Vec<u32>) {
        self.pass::<false>(accounts, address, &[Settled::default(); 16], expanding, &mut Vec::new());
    }

    /// The same for rolling contracts, and lists those whose decision is not settled by its start alone.
    pub(crate) fn advance_rolling(
        &self,
        accounts: &mut Accounts,
        address: Address,
        settled: &[Settled; 16],
        expanding: &mut Vec<u32>,
        deciding: &mut Vec<u32>,
    ) {
        self.pass::<true>(accounts, address, settled, expanding, deciding);
    }

    fn pass<const ROLLING: bool>(
        &self,
        accounts: &mut Accounts,
        address: Address,
        settled: &[Settled; 16],
        expanding: &mut Vec<u32>,
        deciding: &mut Vec<u32>,
    ) {
        let n = accounts.len();
        // Lists are written without a branch: a wrong guess costs more than a store.
        expanding.resize(n, 0);
        deciding.resize(if ROLLING { n } else { 0 }, 0);
        let (mut expand, mut decide) = (0, 0);
        let keys = &accounts.key[..n];
        let states = &mut accounts.state[..n];
        let memories = &mut accounts.memory[..n];
        for (i, ((&key, state), memory)) in keys.iter().zip(states).zip(memories).enumerate() {
            let word = MonthWord(address.word(key));
            let row = &self.rows[usize::from(*state & 15)];
            let health = u8::from(word.health() >= row.green) + u8::from(word.health() >= row.yellow);
            *state = row.base + health;
            *memory += (row.response - *memory) * MEMORY;
            expanding[expand] = i as u32;
            expand += usize::from(word.expansion() < row.expand[usize::from(health & 3)]);
            if ROLLING {
                let settled = &settled[usize::from(*state & 15)];
                deciding[decide] = i as u32;
                decide += usize::from(word.decision().wrapping_sub(settled.from) >= settled.width);
            }
        }
        expanding.truncate(expand);
        deciding.truncate(decide);
    }
}

/// The starts of a decision, `from..from + width`, that renew an account of one state as it is whatever the rest.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settled {
    pub(crate) from: u64,
    pub(crate) width: u64,
}

/// Coverage is remembered over a year: a twelfth of the gap closes each month.
pub(crate) const MEMORY: f64 = 1.0 / 12.0;
