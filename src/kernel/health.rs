use crate::kernel::accounts::{Accounts, STATES};
use crate::kernel::column::List;
use crate::kernel::outline::{self, BITS, ByState, OUTLINES, Part};
use crate::kernel::stream::Address;
use crate::kernel::workload::CLASS;
use crate::model::{Chain, Matrix};

/// The month of one segment, compiled once; what the last month had too is taken over.
#[derive(Debug, Clone)]
pub(crate) struct Month {
    /// Responses to coverage that all is compiled for, by work class; NaN where there are none.
    responses: [f64; 5],
    /// Of each state: numbers below the first turn green, those below the second, and not green, yellow.
    limits: [[u32; 2]; STATES],
    /// What each state becomes by the outline of a number; [`OPEN`] where a limit lies in it.
    next: [[u8; OUTLINES]; STATES],
    /// Outlines that leave health as it is.
    quiet: ByState,
}

/// No state: the outline does not tell which.
const OPEN: u8 = u8::MAX;

impl Default for Month {
    fn default() -> Month {
        Month {
            responses: [f64::NAN; 5],
            limits: [[0; 2]; STATES],
            next: [[OPEN; OUTLINES]; STATES],
            quiet: ByState::new(),
        }
    }
}

impl Month {
    /// Forgets what was compiled: another chain holds from now on.
    pub(crate) fn clear(&mut self) {
        self.responses = [f64::NAN; 5];
    }

    /// Compiles the month of a segment by responses to coverage, by work class.
    pub(crate) fn compile(&mut self, chain: &Chain, responses: &[f64; 5]) {
        for (class, &response) in responses.iter().enumerate() {
            if self.responses[class] != response {
                self.responses[class] = response;
                self.compile_class(class, &chain.at(response));
            }
        }
    }

    fn compile_class(&mut self, class: usize, matrix: &Matrix) {
        for state in (0..STATES).filter(|&state| CLASS[state] as usize == class) {
            let health = state % 3;
            let [green, yellow, _] = matrix[health];
            let limits = [green, green + yellow].map(outline::below);
            let ends = [0, limits[0], limits[1], 1 << BITS];
            self.quiet.set(state, ends[health], ends[health + 1]);
            self.limits[state] = limits;
            let of_green = (state - health) as u8;
            let [yellow, red] = limits.map(outline::of);
            let next = &mut self.next[state];
            next[..yellow].fill(of_green);
            next[yellow..red].fill(of_green + 1);
            next[red..].fill(of_green + 2);
            for limit in [yellow, red] {
                if let Some(next) = next.get_mut(limit) {
                    *next = OPEN;
                }
            }
        }
    }

    /// Moves the health of every account one month on; `due` is room to list them.
    pub(crate) fn advance(&self, accounts: &mut Accounts, draws: Address, due: &mut List) {
        accounts.telling_by_state(Part::Health, &self.quiet, due);
        let by_number = |state: u8, number: u32| {
            let limits = self.limits[usize::from(state)];
            state - state % 3 + limits.map(|limit| u8::from(number >= limit)).into_iter().sum::<u8>()
        };
        let by_outline = |state: u8, outline: u8| {
            let next = self.next[usize::from(state)][usize::from(outline)];
            (next != OPEN).then_some(next)
        };
        accounts.change_states(due, (Part::Health, draws), by_outline, by_number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::Joining;
    use crate::kernel::rates::SegmentRates;
    use crate::kernel::stream::Stream;
    use crate::model::{Calibration, Covered, Family, Rate, sample};

    /// Every account beside a plain reading of its number, where few move and where most do.
    #[test]
    fn who_is_passed_over_stays() {
        for (speed, most) in [(0.2, 900), (0.99, 6_000)] {
            let mut scenario = sample::scenario();
            scenario.segments[0].health.covered = Covered::Speed(Rate::point(Family::Probability, speed));
            let stream = Stream::new(11, 0);
            let calibration = Calibration::new(&scenario.segments[0], &scenario.book()[0]);
            let rates = SegmentRates::draw(&scenario, 0, &calibration, &stream);
            let mut responses = [1.0, 0.8, 0.5, 0.2, 0.0];
            let mut accounts = Accounts::default();
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
                    level: 0,
                    place: i,
                    survived: 0,
                });
            }
            let (mut month, mut due) = (Month::default(), List::default());
            let (mut moved, mut looked_at) = (0, 0);
            for number in 1..=12 {
                // One class keeps its response for all months, one for three, the others change theirs each month.
                for (class, response) in responses.iter_mut().enumerate().skip(1) {
                    if class > 1 || number % 3 == 0 {
                        *response = 1.0 - *response;
                    }
                }
                let draws = stream.at(number, Part::Health.rest());
                accounts.draw(Part::Health, number, &stream);
                month.compile(&rates.chain, &responses);
                let expected: Vec<u8> = (0..accounts.len())
                    .map(|i| {
                        let state = accounts.state(i);
                        let health = accounts.number(Part::Health, i, draws);
                        let class = CLASS[usize::from(state)] as usize;
                        let [green, yellow, _] = rates.chain.at(responses[class])[usize::from(state % 3)];
                        let not = |p: f64| u8::from(health >= outline::below(p));
                        let next = state - state % 3 + not(green) + not(green + yellow);
                        moved += u32::from(next != state);
                        next
                    })
                    .collect();
                month.advance(&mut accounts, draws, &mut due);
                let found: Vec<u8> = (0..accounts.len()).map(|i| accounts.state(i)).collect();
                assert_eq!(found, expected, "month {number}");
                looked_at += due.len();
            }
            assert!(moved > 200 && looked_at < most, "{moved} of {looked_at}");
        }
    }
}
