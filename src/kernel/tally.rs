use crate::kernel::accounts::{Accounts, Contract, every_year};

/// A line of the ARR bridge between opening and closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// ARR of accounts that joined.
    New,
    /// Expansion that needed a CSM.
    ExpansionCsmLed,
    /// Expansion that happened anyway.
    ExpansionProductLed,
    /// Expansion decided at renewal.
    ExpansionAtRenewal,
    /// Price.
    Uplift,
    /// ARR of lost accounts that came back.
    WinBack,
    /// ARR given up at renewal.
    Downsell,
    /// ARR given up between renewals.
    Contraction,
    /// ARR of accounts that left.
    Churn,
}

impl Line {
    /// Whether the line takes from the ARR of accounts that stay.
    fn takes(self) -> bool {
        matches!(self, Line::Downsell | Line::Contraction)
    }
}

/// Lines of the bridge.
pub(crate) const LINES: usize = 9;

/// Running totals of one segment, kept with every change so that nothing is summed over accounts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Movements of the month by [`Line`]; all but those of price are 0 or more.
    pub(crate) lines: [i64; LINES],
    /// ARR under contract.
    pub(crate) arr: i64,
    /// The opening book, frozen at month 0.
    pub(crate) book: Cohort,
    /// The accounts under contract when the window opened.
    pub(crate) window: Cohort,
    /// ARR of contracts that ended in the window, as it was before.
    pub(crate) due_arr: i64,
    /// What was renewed of it, uplift and growth apart.
    pub(crate) renewed_arr: i64,
    /// ARR lost to churn out of any CSM's reach, this month.
    pub(crate) uncontrollable: i64,
    /// ARR lost by accounts of the window's cohort, of each at most what it opened with.
    pub(crate) losses: i64,
    /// Price changes of accounts of the window's cohort.
    pub(crate) uplift: i64,
    /// Accounts that were red in their renewal window and renewed in the window.
    pub(crate) claimed: u32,
    /// Their ARR.
    pub(crate) claimed_arr: i64,
    /// Contracts that ended in the window.
    pub(crate) due: u32,
    /// Contracts renewed in the window.
    pub(crate) renewed: u32,
    /// Months that onboarding took, over the accounts that finished.
    pub(crate) onboarding_months: u64,
    /// Accounts that finished onboarding.
    pub(crate) onboarded: u32,
    /// Whether anybody joined in the window, or has other ARR than at its opening and is still there.
    pub(crate) moved: bool,
}

/// A frozen set of accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cohort {
    /// ARR when it was frozen.
    pub(crate) opening: i64,
    /// Σ min(ARR then, ARR now).
    pub(crate) kept: i64,
    /// ARR now.
    pub(crate) arr: i64,
    /// Accounts when it was frozen.
    pub(crate) accounts: u32,
    /// Accounts still under contract.
    pub(crate) left: u32,
}

impl Cohort {
    /// A cohort at the moment it is frozen.
    pub(crate) fn frozen(arr: i64, accounts: u32) -> Cohort {
        Cohort {
            opening: arr,
            kept: arr,
            arr,
            accounts,
            left: accounts,
        }
    }

    fn add(&mut self, change: CohortChange) {
        self.kept += change.kept;
        self.arr += change.arr;
    }

    /// Loses an account with this ARR now; `opening` is 0 for one that is no member.
    fn lose(&mut self, is_member: bool, opening: i64, arr: i64) {
        self.kept -= opening.min(arr);
        self.arr -= if is_member { arr } else { 0 };
        self.left -= u32::from(is_member);
    }
}

/// What changes of accounts' ARR come to, gathered before they are booked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Change {
    arr: i64,
    book: CohortChange,
    window: CohortChange,
}

#[derive(Debug, Clone, Copy, Default)]
struct CohortChange {
    kept: i64,
    arr: i64,
}

impl CohortChange {
    /// Adds a change of one account; `opening` is 0 for one that is no member.
    #[inline(always)]
    fn add(&mut self, is_member: bool, opening: i64, old: i64, new: i64) {
        self.kept += opening.min(new) - opening.min(old);
        self.arr += if is_member { new - old } else { 0 };
    }
}

impl Change {
    /// Changes an account's ARR.
    #[inline(always)]
    pub(crate) fn set_arr(&mut self, contract: &mut Contract, new: i64) {
        let old = std::mem::replace(&mut contract.arr, new);
        self.arr += new - old;
        self.book.add(contract.cohort & 1 != 0, contract.opening, old, new);
        self.window.add(contract.cohort & 2 != 0, contract.window, old, new);
    }
}

impl Tally {
    /// Changes an account's ARR and books the movement.
    pub(crate) fn set_arr(&mut self, accounts: &mut Accounts, i: usize, new: i64, line: Line) {
        let mut change = Change::default();
        let contract = &mut accounts.contract[i];
        if let Some(month) = every_year(contract.last) {
            accounts.yearly[month].arr += new - contract.arr;
        }
        if line.takes() {
            let before = contract.lost.min(contract.window);
            contract.lost += contract.arr - new;
            self.losses += contract.lost.min(contract.window) - before;
        }
        change.set_arr(contract, new);
        self.book(accounts, change, line);
    }

    /// Books a change.
    pub(crate) fn book(&mut self, accounts: &mut Accounts, change: Change, line: Line) {
        self.lines[line as usize] += if line.takes() { -change.arr } else { change.arr };
        self.arr += change.arr;
        self.book.add(change.book);
        self.window.add(change.window);
        if line == Line::Uplift {
            self.uplift += change.window.arr;
        }
        accounts.arr += change.arr;
        // Changes booked together have one sign, so a sum of none is none.
        self.moved |= change.arr != 0;
    }

    /// Books an account that joins.
    pub(crate) fn join(&mut self, arr: i64, line: Line) {
        self.lines[line as usize] += arr;
        self.arr += arr;
        self.moved = true;
    }

    /// Counts so many renewals of so much ARR that goes on as it is.
    pub(crate) fn renews(&mut self, n: u32, arr: i64) {
        self.due += n;
        self.renewed += n;
        self.due_arr += arr;
        self.renewed_arr += arr;
    }

    /// Books the churn of an account; the caller removes it.
    pub(crate) fn churn(&mut self, accounts: &mut Accounts, i: usize) {
        let contract = &accounts.contract[i];
        let arr = contract.arr;
        self.losses += (contract.lost + arr).min(contract.window) - contract.lost.min(contract.window);
        self.lines[Line::Churn as usize] += arr;
        self.arr -= arr;
        self.book.lose(contract.cohort & 1 != 0, contract.opening, arr);
        self.window.lose(contract.cohort & 2 != 0, contract.window, arr);
        accounts.arr -= arr;
    }

    /// Forgets the movements of the last month.
    pub(crate) fn open_month(&mut self) {
        self.lines = [0; LINES];
        self.uncontrollable = 0;
    }

    /// Freezes the accounts under contract as the cohort of the window that opens now, and tells how much each account
    /// of the cohort before has grown, if any has.
    // Apart from what else the end of a year writes down: a long function leaves a loop few registers.
    #[inline(never)]
    pub(crate) fn open_window(&mut self, segment: [&mut Accounts; 2], mut grown: impl FnMut(i64)) {
        let mut n = 0;
        for accounts in segment {
            n += accounts.len() as u32;
            if !self.moved {
                continue;
            }
            for contract in &mut accounts.contract {
                if contract.cohort & 2 != 0 {
                    grown(contract.arr - contract.window);
                }
                contract.window = contract.arr;
                contract.lost = 0;
                contract.cohort |= 2;
            }
        }
        self.moved = false;
        self.window = Cohort::frozen(self.arr, n);
        (self.due_arr, self.renewed_arr, self.due, self.renewed) = (0, 0, 0, 0);
        (self.losses, self.uplift, self.claimed, self.claimed_arr) = (0, 0, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::Joining;

    fn book() -> (Tally, Accounts) {
        let mut accounts = Accounts::default();
        for key in 0..3 {
            accounts.push(Joining {
                key,
                state: 0,
                arr: 100,
                cohort: 0b11,
                decision: 12,
                end: 12,
                term: 12,
                anniversary: 12,
                last: 12,
                own: 0.0,
                level: 0,
                place: 0,
                survived: 0,
            });
        }
        let cohort = Cohort::frozen(300, 3);
        let tally = Tally {
            arr: 300,
            book: cohort,
            window: cohort,
            ..Tally::default()
        };
        (tally, accounts)
    }

    #[test]
    fn movements_are_booked_by_line_and_by_cohort() {
        let (mut tally, mut accounts) = book();
        tally.set_arr(&mut accounts, 0, 130, Line::ExpansionCsmLed);
        tally.set_arr(&mut accounts, 0, 90, Line::Downsell);
        tally.set_arr(&mut accounts, 1, 110, Line::Uplift);
        assert_eq!((tally.arr, accounts.arr), (300, 300));
        assert_eq!(tally.lines[Line::ExpansionCsmLed as usize], 30);
        assert_eq!(
            (tally.lines[Line::Downsell as usize], tally.lines[Line::Uplift as usize]),
            (40, 10)
        );
        // What grew is no part of what was kept, and what was lost counts whole.
        assert_eq!((tally.book.kept, tally.book.arr), (290, 300));
        assert_eq!((tally.window.kept, tally.losses, tally.uplift), (290, 40, 10));
        tally.churn(&mut accounts, 1);
        accounts.remove(1);
        assert_eq!((tally.book.left, tally.window.left, tally.book.kept), (2, 2, 190));
        // It lost at most what it opened with.
        assert_eq!(
            (tally.losses, tally.lines[Line::Churn as usize], tally.arr),
            (140, 110, 190)
        );
        assert_eq!(accounts.arr, 190);
    }

    #[test]
    fn a_window_opens_on_what_is_there() {
        let (mut tally, mut accounts) = book();
        tally.set_arr(&mut accounts, 0, 130, Line::ExpansionProductLed);
        tally.set_arr(&mut accounts, 1, 60, Line::Contraction);
        let mut newcomer = accounts.contract[2];
        (newcomer.cohort, newcomer.window, newcomer.opening) = (0, 0, 0);
        accounts.contract[2] = newcomer;
        tally.set_arr(&mut accounts, 2, 150, Line::ExpansionProductLed);
        assert_eq!(
            (tally.book.arr, tally.window.arr),
            (290, 290),
            "it is of neither cohort"
        );
        tally.set_arr(&mut accounts, 2, 100, Line::Downsell);
        let mut grown = Vec::new();
        let mut rolling = Accounts::default();
        tally.open_window([&mut accounts, &mut rolling], |growth| grown.push(growth));
        // The one that joined in the year before is none of its cohort.
        assert_eq!(grown, [30, -40]);
        assert_eq!(tally.window, Cohort::frozen(290, 3));
        assert_eq!((tally.losses, tally.uplift, tally.due), (0, 0, 0));
        tally.set_arr(&mut accounts, 2, 70, Line::Contraction);
        assert_eq!((tally.window.kept, tally.losses), (260, 30));
        // It is no opening account of the book: that lost 40 alone, and has grown by 30.
        assert_eq!((tally.book.kept, tally.book.arr), (260, 290));
    }

    #[test]
    fn a_window_opens_also_where_nobody_but_the_lost_has_moved() {
        let (mut tally, mut accounts) = book();
        let mut rolling = Accounts::default();
        tally.churn(&mut accounts, 1);
        accounts.remove(1);
        tally.open_window([&mut accounts, &mut rolling], |_| panic!("nobody has grown"));
        assert_eq!(tally.window, Cohort::frozen(200, 2));
        // One joins, who is of the next cohort though no ARR has changed.
        let mut newcomer = accounts.contract[0];
        (newcomer.cohort, newcomer.window, newcomer.opening) = (0, 0, 0);
        accounts.contract[0] = newcomer;
        tally.join(0, Line::New);
        let mut grown = Vec::new();
        tally.open_window([&mut accounts, &mut rolling], |growth| grown.push(growth));
        tally.set_arr(&mut accounts, 0, 70, Line::Downsell);
        assert_eq!((tally.window.kept, tally.losses), (170, 30));
        tally.open_window([&mut accounts, &mut rolling], |growth| grown.push(growth));
        assert_eq!(grown, [0, -30, 0], "who joined is no member of its first window");
        tally.set_arr(&mut accounts, 0, 60, Line::Contraction);
        assert_eq!((tally.window.kept, tally.losses), (160, 10));
    }
}
