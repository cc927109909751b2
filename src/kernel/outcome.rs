use crate::model::Scenario;

/// Bytes of a whole amount, where those of trials played together lie within 2³² minor units.
const AMOUNT: usize = 4;
/// Bytes of a count, where those of trials played together lie within 2¹⁶.
const COUNTED: usize = 2;
/// Bytes of any other number.
const EXACT: usize = 8;

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
    /// ARR of lost accounts that came back.
    WinBack,
    /// ARR given up at renewal.
    Downsell,
    /// ARR given up between renewals.
    Contraction,
    /// ARR of accounts that left.
    Churn,
    /// What of it was out of any CSM's reach.
    Uncontrollable,
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
    pub const GAINS: [Book; 6] = [
        Book::New,
        Book::ExpansionCsmLed,
        Book::ExpansionProductLed,
        Book::ExpansionAtRenewal,
        Book::Uplift,
        Book::WinBack,
    ];
    /// Lines of the bridge that take from ARR.
    pub const LOSSES: [Book; 3] = [Book::Downsell, Book::Contraction, Book::Churn];
    const COUNT: usize = 15;
    /// Of 13 amounts and 2 numbers of accounts.
    const BYTES: usize = 13 * AMOUNT + 2 * COUNTED;
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
    /// Of 2 counts, and of hours.
    const BYTES: usize = 2 * COUNTED + 2 * EXACT;
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
    /// Of counts.
    const BYTES: usize = 2 * COUNTED;
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
    /// ARR lost by the accounts at the opening, of each at most what it opened with.
    Losses,
    /// Price changes of the accounts at the opening.
    Uplift,
    /// Accounts that were red in their renewal window and renewed: what would be claimed as saves.
    Claimed,
    /// Their ARR.
    ClaimedArr,
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
    const COUNT: usize = 15;
    /// Of 9 amounts and 6 counts.
    const BYTES: usize = 9 * AMOUNT + 6 * COUNTED;
}

/// What is recorded of the book each contract year: sums over the accounts at the opening that grew most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// Growth of the one.
    Top1,
    /// Of the three.
    Top3,
    /// Of the five.
    Top5,
}

impl Growth {
    const COUNT: usize = 3;
    /// Of amounts.
    const BYTES: usize = 3 * AMOUNT;
}

/// How ARR is spread over accounts at the close of the horizon; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concentration {
    /// Σ of squared shares: the Herfindahl–Hirschman index; one over it is the effective number of accounts.
    Hhi,
    /// Share of the largest account.
    Top1,
    /// Of the three largest.
    Top3,
    /// Of the five largest.
    Top5,
    /// Of the ten largest.
    Top10,
}

impl Concentration {
    const COUNT: usize = 5;
    /// Of shares.
    const BYTES: usize = 5 * EXACT;
}

/// What is recorded of a segment once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// Mean over its opening accounts of the discounted margin, in minor units.
    Cltv,
    /// The same of yearly payments in advance, the first at once.
    CltvAnnual,
    /// Mean over its opening accounts of the discounted cost of serving them, in minor units.
    CostToServe,
    /// Months that onboarding took, summed over the accounts that finished.
    OnboardingMonths,
    /// Accounts that finished onboarding.
    Onboarded,
}

impl Once {
    const COUNT: usize = 5;
    /// Of 3 means, of months and of a count.
    const BYTES: usize = 3 * EXACT + 2 * COUNTED;
}

/// Where each number of an outcome stands.
///
/// An outcome is a row of `width()` f64: money as whole minor units, exact up to 2⁵³. There are
/// `15 T + (4 T + 2 W) P + (15 W + 5) S + 3 W + 5` of them for T months, W = ⌈T/12⌉ contract years, P pools and S segments.
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
    /// That of the outcomes of a scenario.
    pub fn of(scenario: &Scenario) -> Layout {
        Layout {
            months: scenario.horizon as usize,
            years: scenario.windows() as usize,
            pools: scenario.pools.len(),
            segments: scenario.segments.len(),
        }
    }

    /// Numbers in one outcome.
    pub fn width(&self) -> usize {
        self.concentration(Concentration::Hhi) + Concentration::COUNT
    }

    /// Bytes that so many outcomes take once they are packed:
    /// `56 T + (20 T + 4 W) P + (48 W + 28) S + 12 W + 40` each. Where amounts of trials lie further apart than 2³² minor
    /// units, or counts than 2¹⁶, they take more, up to 8 a number.
    pub fn bytes(&self, trials: u64) -> u64 {
        let Layout {
            months,
            years,
            pools,
            segments,
        } = *self;
        let by_pool = Staff::BYTES * months + Turnover::BYTES * years;
        let by_segment = Year::BYTES * years + Once::BYTES;
        let of_book = Book::BYTES * months + Growth::BYTES * years + Concentration::BYTES;
        (of_book + by_pool * pools + by_segment * segments) as u64 * trials
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

    /// Of the whole book, in contract year 0..W.
    pub fn growth(&self, what: Growth, year: usize) -> usize {
        self.growth_start() + what as usize * self.years + year
    }

    /// Of the whole book, at the close of the horizon.
    pub fn concentration(&self, what: Concentration) -> usize {
        self.growth_start() + Growth::COUNT * self.years + what as usize
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

    fn growth_start(&self) -> usize {
        self.once_start() + Once::COUNT * self.segments
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
            Book::Uncontrollable,
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
                    Year::Losses,
                    Year::Uplift,
                    Year::Claimed,
                    Year::ClaimedArr,
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
            for what in [
                Once::Cltv,
                Once::CltvAnnual,
                Once::CostToServe,
                Once::OnboardingMonths,
                Once::Onboarded,
            ] {
                places.push(layout.once(what, segment));
            }
        }
        for year in 0..3 {
            places.extend([Growth::Top1, Growth::Top3, Growth::Top5].map(|what| layout.growth(what, year)));
        }
        let shares = [
            Concentration::Top1,
            Concentration::Top3,
            Concentration::Top5,
            Concentration::Top10,
        ];
        places.extend(shares.map(|what| layout.concentration(what)));
        places.push(layout.concentration(Concentration::Hhi));
        places.sort_unstable();
        assert_eq!(places, (0..layout.width()).collect::<Vec<_>>());
        assert_eq!(
            layout.width(),
            15 * 30 + (4 * 30 + 2 * 3) * 2 + (15 * 3 + 5) * 3 + 3 * 3 + 5
        );
        assert_eq!(
            layout.bytes(7),
            7 * (56 * 30 + (20 * 30 + 4 * 3) * 2 + (48 * 3 + 28) * 3 + 12 * 3 + 40)
        );
    }
}
