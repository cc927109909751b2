//! What a trial writes down as it goes.

use crate::kernel::outcome::{Book, Concentration, Growth, Layout, Once, Staff, Turnover, Year};
use crate::kernel::tally::{LINES, Line};
use crate::kernel::trial::{SegmentTrial, Trial};

impl Trial<'_> {
    /// Adds what the month is worth to CLTV; month 0 is the first payment.
    pub(super) fn value(&mut self, month: u32) {
        let plan = self.plan;
        for (s, (segment, ready)) in self.segments.iter_mut().zip(&plan.segments).enumerate() {
            let (Some(discount), true) = (plan.discount.get(month as usize), ready.tally.book.accounts > 0) else {
                continue;
            };
            let each = plan.scenario.economics.gross_margin / f64::from(ready.tally.book.accounts);
            let margin = each * segment.tally.book.arr as f64;
            segment.cltv += discount * margin / 12.0;
            if month.is_multiple_of(12) {
                segment.cltv_annual += discount * margin;
            }
            if month > 0 {
                let pool = plan.scenario.segments[s].touch_model;
                let team = &self.teams[pool];
                let cost = plan.monthly_cost[pool] * f64::from(team.month.headcount);
                // Hours share the cost; where none are asked, accounts do.
                let accounts: u32 = team.census.iter().sum();
                let share = if team.workload > 0.0 {
                    segment.hours / team.workload
                } else {
                    segment.accounts() as f64 / f64::from(accounts.max(1))
                };
                let of_opening = f64::from(segment.tally.book.left) / (segment.accounts() as f64).max(1.0);
                segment.cost_to_serve +=
                    discount * cost * share * of_opening.min(1.0) / f64::from(ready.tally.book.accounts);
            }
        }
    }

    /// Writes down the month, and the contract year when it closes one.
    pub(super) fn record(&mut self, month: u32, row: &mut [f64]) {
        let plan = self.plan;
        let layout = plan.layout;
        self.value(month);
        if month > plan.scenario.horizon {
            return;
        }
        let m = month as usize;
        record_book(&self.segments, &layout, m, row);
        for (p, team) in self.teams.iter().enumerate() {
            let accounts: u32 = team.census.iter().sum();
            row[layout.staff(Staff::Accounts, p, m)] = f64::from(accounts);
            row[layout.staff(Staff::Headcount, p, m)] = f64::from(team.month.headcount);
            row[layout.staff(Staff::Workload, p, m)] = team.workload;
            row[layout.staff(Staff::Capacity, p, m)] = team.month.capacity;
        }
        if month.is_multiple_of(12) || month == plan.scenario.horizon {
            self.close_year((m - 1) / 12, row);
        }
        if month == plan.scenario.horizon {
            self.close_report(row);
        }
    }

    fn close_year(&mut self, year: usize, row: &mut [f64]) {
        let layout = self.plan.layout;
        let mut grown = Largest::default();
        for (s, segment) in self.segments.iter_mut().enumerate() {
            let tally = &segment.tally;
            for (what, value) in [
                (Year::OpeningArr, tally.window.opening as f64),
                (Year::Kept, tally.window.kept as f64),
                (Year::CohortArr, tally.window.arr as f64),
                (Year::OpeningAccounts, f64::from(tally.window.accounts)),
                (Year::KeptAccounts, f64::from(tally.window.left)),
                (Year::DueArr, tally.due_arr as f64),
                (Year::RenewedArr, tally.renewed_arr as f64),
                (Year::Losses, tally.losses as f64),
                (Year::Uplift, tally.uplift as f64),
                (Year::Claimed, f64::from(tally.claimed)),
                (Year::ClaimedArr, tally.claimed_arr as f64),
                (Year::Due, f64::from(tally.due)),
                (Year::Renewed, f64::from(tally.renewed)),
                (Year::ClosingArr, tally.arr as f64),
                (Year::ClosingAccounts, segment.accounts() as f64),
            ] {
                row[layout.year(what, s, year)] = value;
            }
            let [termed, rolling] = [&mut segment.termed, &mut segment.rolling];
            segment.tally.open_window([termed, rolling], |growth| grown.add(growth));
        }
        for (what, n) in [(Growth::Top1, 1), (Growth::Top3, 3), (Growth::Top5, 5)] {
            row[layout.growth(what, year)] = grown.sum(n);
        }
        for (p, team) in self.teams.iter_mut().enumerate() {
            row[layout.turnover(Turnover::Hires, p, year)] = f64::from(std::mem::take(&mut team.hires));
            row[layout.turnover(Turnover::Leavers, p, year)] = f64::from(std::mem::take(&mut team.leavers));
        }
    }

    fn close_report(&self, row: &mut [f64]) {
        let layout = self.plan.layout;
        let mut largest = Largest::default();
        // Whole, for accounts stand in no order and a sum must not tell in which.
        let mut squares = Squares::default();
        for (s, segment) in self.segments.iter().enumerate() {
            row[layout.once(Once::OnboardingMonths, s)] = segment.tally.onboarding_months as f64;
            row[layout.once(Once::Onboarded, s)] = f64::from(segment.tally.onboarded);
            for accounts in [&segment.termed, &segment.rolling] {
                for contract in &accounts.contract {
                    squares.add(contract.arr.unsigned_abs());
                    largest.add(contract.arr);
                }
            }
        }
        let whole = sum(&self.segments, |s| s.tally.arr);
        let share = |x: f64, of: f64| if of > 0.0 { x / of } else { 0.0 };
        row[layout.concentration(Concentration::Hhi)] = share(squares.sum() as f64, whole * whole);
        for (what, n) in [
            (Concentration::Top1, 1),
            (Concentration::Top3, 3),
            (Concentration::Top5, 5),
            (Concentration::Top10, 10),
        ] {
            row[layout.concentration(what)] = share(largest.sum(n), whole);
        }
    }
}

/// A sum of squares.
#[derive(Debug, Clone, Copy, Default)]
struct Squares {
    /// Of amounts that take 32 bits, the lower halves of the squares and the higher ones apart: where there is no arithmetic
    /// of 128 bits a product of that width is a call.
    halves: [u64; 2],
    /// Of larger ones.
    rest: u128,
}

impl Squares {
    #[inline(always)]
    fn add(&mut self, amount: u64) {
        if amount >> 32 == 0 {
            let square = amount * amount;
            self.halves[0] += square & u64::from(u32::MAX);
            self.halves[1] += square >> 32;
        } else {
            self.rest += u128::from(amount).pow(2);
        }
    }

    fn sum(self) -> u128 {
        let [low, high] = self.halves.map(u128::from);
        (high << 32) + low + self.rest
    }
}

/// The ten largest of many amounts above 0, largest first.
#[derive(Debug, Clone, Copy, Default)]
struct Largest([i64; 10]);

impl Largest {
    #[inline(always)]
    fn add(&mut self, amount: i64) {
        if amount > self.0[9] {
            self.insert(amount);
        }
    }

    fn insert(&mut self, amount: i64) {
        let place = self.0.partition_point(|&other| other >= amount);
        self.0.copy_within(place..9, place + 1);
        self.0[place] = amount;
    }

    fn sum(&self, n: usize) -> f64 {
        self.0[..n].iter().sum::<i64>() as f64
    }
}

fn record_book(segments: &[SegmentTrial], layout: &Layout, month: usize, row: &mut [f64]) {
    let mut lines = [0; LINES];
    for segment in segments {
        for (sum, amount) in lines.iter_mut().zip(segment.tally.lines) {
            *sum += amount;
        }
    }
    for (what, line) in [
        (Book::New, Line::New),
        (Book::ExpansionCsmLed, Line::ExpansionCsmLed),
        (Book::ExpansionProductLed, Line::ExpansionProductLed),
        (Book::ExpansionAtRenewal, Line::ExpansionAtRenewal),
        (Book::Uplift, Line::Uplift),
        (Book::WinBack, Line::WinBack),
        (Book::Downsell, Line::Downsell),
        (Book::Contraction, Line::Contraction),
        (Book::Churn, Line::Churn),
    ] {
        row[layout.book(what, month)] = lines[line as usize] as f64;
    }
    row[layout.book(Book::Uncontrollable, month)] = sum(segments, |s| s.tally.uncontrollable);
    row[layout.book(Book::Closing, month)] = sum(segments, |s| s.tally.arr);
    row[layout.book(Book::CohortArr, month)] = sum(segments, |s| s.tally.book.arr);
    row[layout.book(Book::Kept, month)] = sum(segments, |s| s.tally.book.kept);
    row[layout.book(Book::Accounts, month)] = sum(segments, |s| s.accounts() as i64);
    row[layout.book(Book::CohortAccounts, month)] = sum(segments, |s| i64::from(s.tally.book.left));
}

fn sum(segments: &[SegmentTrial], of: impl Fn(&SegmentTrial) -> i64) -> f64 {
    segments.iter().map(of).sum::<i64>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_of_small_and_large_amounts_add_up_to_the_last_digit() {
        let largest = i64::MAX.unsigned_abs();
        let amounts = [
            0,
            1,
            65_537,
            (1 << 32) - 1,
            (1 << 32) - 1,
            1 << 32,
            (1 << 32) + 1,
            largest,
        ];
        let mut squares = Squares::default();
        amounts.into_iter().for_each(|amount| squares.add(amount));
        let plain: u128 = amounts.into_iter().map(|amount| u128::from(amount).pow(2)).sum();
        assert_eq!(squares.sum(), plain);
    }

    #[test]
    fn the_ten_largest_are_kept_in_order() {
        let mut largest = Largest::default();
        for i in 0..100_i64 {
            largest.add(i * 37 % 101);
        }
        let mut all: Vec<i64> = (0..100).map(|i| i * 37 % 101).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(largest.0.as_slice(), &all[..10]);
        assert_eq!(largest.sum(3), all[..3].iter().sum::<i64>() as f64);
    }
}
