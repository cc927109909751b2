/// What is recorded of the whole book each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
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
    /// ARR given up at renewal.
    Downsell,
    /// ARR of accounts that left.
    Churn,
    /// ARR under contract at the close of the month.
    Closing,
    /// ARR of the opening accounts that are still there.
    CohortArr,
    /// Σ min(ARR at month 0, ARR now) of the opening accounts.
    Kept,
    /// Accounts under contract.
    Accounts,
    /// Opening accounts still under contract.
    CohortAccounts,
}

impl Book {
    /// Lines of the bridge that add to ARR.
    pub const GAINS: [Book; 5] = [
        Book::New,
        Book::ExpansionCsmLed,
        Book::ExpansionProductLed,
        Book::ExpansionAtRenewal,
        Book::Uplift,
    ];
    /// Lines of the bridge that take from ARR.
    pub const LOSSES: [Book; 2] = [Book::Downsell, Book::Churn];
    const COUNT: usize = 12;
}

/// What is recorded of a pool each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staff {
    /// Accounts the pool serves, as workload counts them.
    Accounts,
    /// CSMs in seat.
    Headcount,
    /// Hours asked.
    Workload,
    /// Hours the CSMs in seat can give.
    Capacity,
}

impl Staff {
    const COUNT: usize = 4;
}

/// What is recorded of a pool each contract year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turnover {
    /// CSMs who started.
    Hires,
    /// CSMs who left.
    Leavers,
}

impl Turnover {
    const COUNT: usize = 2;
}

/// What is recorded of a segment each contract year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Year {
    /// ARR when the year opened.
    OpeningArr,
    /// Σ min(ARR at the opening, ARR at the close) of the accounts at the opening.
    Kept,
    /// ARR at the close of the accounts at the opening.
    CohortArr,
    /// Accounts at the opening.
    OpeningAccounts,
    /// Those still under contract at the close.
    KeptAccounts,
    /// ARR of contracts that ended in the year.
    DueArr,
    /// What was renewed of it, capped account by account, uplift excluded.
    RenewedArr,
    /// Contracts that ended in the year.
    Due,
    /// Contracts renewed in the year.
    Renewed,
    /// ARR under contract at the close.
    ClosingArr,
    /// Accounts under contract at the close.
    ClosingAccounts,
}

impl Year {
    const COUNT: usize = 11;
}

/// What is recorded of a segment once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// Mean over its opening accounts of the discounted margin, in minor units.
    Cltv,
    /// Months that onboarding took, summed over the accounts that finished.
    OnboardingMonths,
    /// Accounts that finished onboarding.
    Onboarded,
}

impl Once {
    const COUNT: usize = 3;
}

/// Where each number of an outcome stands.
///
/// An outcome is a row of `width()` f64: money as whole minor units, exact up to 2⁵³. Memory of a run is
/// `8 × width × trials` bytes, with
/// `width = 12 T + (4 T + 2 W) P + (11 W + 3) S` for T months, W = ⌈T/12⌉ contract years, P pools and S segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Months of the report.
    pub months: usize,
    /// Contract years the report opens.
    pub years: usize,
    /// Pools.
    pub pools: usize,
    /// Segments.
    pub segments: usize,
}

impl Layout {
    /// Numbers in one outcome.
    pub fn width(&self) -> usize {
        self.once_start() + Once::COUNT * self.segments
    }

    /// Bytes that so many outcomes take.
    pub fn bytes(&self, trials: u64) -> u64 {
        8 * self.width() as u64 * trials
    }

    /// Of the whole book, at the close of month 1..=T.
    pub fn book(&self, what: Book, month: usize) -> usize {
        what as usize * self.months + month - 1
    }

    /// Of a pool, in month 1..=T.
    pub fn staff(&self, what: Staff, pool: usize, month: usize) -> usize {
        self.staff_start() + (what as usize * self.pools + pool) * self.months + month - 1
    }

    /// Of a pool, in contract year 0..W.
    pub fn turnover(&self, what: Turnover, pool: usize, year: usize) -> usize {
        self.turnover_start() + (what as usize * self.pools + pool) * self.years + year
    }

    /// Of a segment, in contract year 0..W.
    pub fn year(&self, what: Year, segment: usize, year: usize) -> usize {
        self.year_start() + (what as usize * self.segments + segment) * self.years + year
    }

    /// Of a segment.
    pub fn once(&self, what: Once, segment: usize) -> usize {
        self.once_start() + what as usize * self.segments + segment
    }

    fn staff_start(&self) -> usize {
        Book::COUNT * self.months
    }

    fn turnover_start(&self) -> usize {
        self.staff_start() + Staff::COUNT * self.pools * self.months
    }

    fn year_start(&self) -> usize {
        self.turnover_start() + Turnover::COUNT * self.pools * self.years
    }

    fn once_start(&self) -> usize {
        self.year_start() + Year::COUNT * self.segments * self.years
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own_and_the_formula_counts_them() {
        let layout = Layout {
            months: 30,
            years: 3,
            pools: 2,
            segments: 3,
        };
        let mut places = Vec::new();
        let book = [Book::GAINS.as_slice(), &Book::LOSSES].concat();
        let rest = [
            Book::Closing,
            Book::CohortArr,
            Book::Kept,
            Book::Accounts,
            Book::CohortAccounts,
        ];
        for month in 1..=30 {
            places.extend(book.iter().chain(&rest).map(|&what| layout.book(what, month)));
            for pool in 0..2 {
                for what in [Staff::Accounts, Staff::Headcount, Staff::Workload, Staff::Capacity] {
                    places.push(layout.staff(what, pool, month));
                }
            }
        }
        for year in 0..3 {
            for pool in 0..2 {
                places.push(layout.turnover(Turnover::Hires, pool, year));
                places.push(layout.turnover(Turnover::Leavers, pool, year));
            }
            for segment in 0..3 {
                for what in [
                    Year::OpeningArr,
                    Year::Kept,
                    Year::CohortArr,
                    Year::OpeningAccounts,
                    Year::KeptAccounts,
                    Year::DueArr,
                    Year::RenewedArr,
                    Year::Due,
                    Year::Renewed,
                    Year::ClosingArr,
                    Year::ClosingAccounts,
                ] {
                    places.push(layout.year(what, segment, year));
                }
            }
        }
        for segment in 0..3 {
            for what in [Once::Cltv, Once::OnboardingMonths, Once::Onboarded] {
                places.push(layout.once(what, segment));
            }
        }
        places.sort_unstable();
        assert_eq!(places, (0..layout.width()).collect::<Vec<_>>());
        assert_eq!(layout.width(), 12 * 30 + (4 * 30 + 2 * 3) * 2 + (11 * 3 + 3) * 3);
    }
}
