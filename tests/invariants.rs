//! What holds in every trial of every sound scenario, on thousands of small random ones.

#[path = "support/world.rs"]
mod world;

use quickcheck::TestResult;
use retaincast::kernel::{Book, Layout, Once, Plan, Staff, Trial, Turnover, Year};
use retaincast::wire::scenario::{ChurnOfInput, HiringInput, RateInput};
use retaincast::{native, wire};
use world::{Acct, World, check};

const YEARS: [Year; 11] = [
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
];
const MONEY_YEARS: [Year; 6] = [
    Year::OpeningArr,
    Year::Kept,
    Year::CohortArr,
    Year::DueArr,
    Year::RenewedArr,
    Year::ClosingArr,
];
const MONEY: [Book; 10] = [
    Book::New,
    Book::ExpansionCsmLed,
    Book::ExpansionProductLed,
    Book::ExpansionAtRenewal,
    Book::Uplift,
    Book::Downsell,
    Book::Churn,
    Book::Closing,
    Book::CohortArr,
    Book::Kept,
];
const STAFF: [Staff; 4] = [Staff::Accounts, Staff::Headcount, Staff::Workload, Staff::Capacity];

/// A row and where its numbers stand.
struct Row<'a> {
    layout: Layout,
    numbers: &'a [f64],
}

impl Row<'_> {
    fn book(&self, what: Book, month: usize) -> f64 {
        self.numbers[self.layout.book(what, month)]
    }

    fn staff(&self, what: Staff, pool: usize, month: usize) -> f64 {
        self.numbers[self.layout.staff(what, pool, month)]
    }

    fn year(&self, what: Year, segment: usize, year: usize) -> f64 {
        self.numbers[self.layout.year(what, segment, year)]
    }

    fn all(&self, what: Year, year: usize) -> f64 {
        (0..self.layout.segments).map(|s| self.year(what, s, year)).sum()
    }

    /// Last month of a contract year.
    fn close(&self, year: usize) -> usize {
        (12 * (year + 1)).min(self.layout.months)
    }

    /// Every column of money, the same ones in every row of a layout.
    fn money(&self) -> Vec<f64> {
        let mut money = Vec::new();
        for month in 1..=self.layout.months {
            money.extend(MONEY.map(|what| self.book(what, month)));
        }
        for segment in 0..self.layout.segments {
            money.extend(self.years(segment, &MONEY_YEARS));
        }
        money
    }

    fn years(&self, segment: usize, what: &[Year]) -> Vec<f64> {
        let years = (0..self.layout.years).flat_map(|year| what.iter().map(move |&what| (what, year)));
        years.map(|(what, year)| self.year(what, segment, year)).collect()
    }
}

/// What a row says that cannot be.
fn wrong(plan: &Plan, numbers: &[f64]) -> Vec<String> {
    let row = Row {
        layout: plan.layout(),
        numbers,
    };
    let mut wrong = Vec::new();
    // Prices may fall.
    let layout = row.layout;
    let mut prices: Vec<usize> = (1..=layout.months).map(|m| layout.book(Book::Uplift, m)).collect();
    for segment in 0..layout.segments {
        prices.extend((0..layout.years).map(|year| layout.year(Year::Uplift, segment, year)));
    }
    for (place, x) in numbers.iter().enumerate() {
        if !x.is_finite() || (*x < 0.0 && !prices.contains(&place)) {
            wrong.push(format!("number {place} is {x}"));
        }
    }
    let mut claim = |holds: bool, what: &str, place: String| {
        if !holds {
            wrong.push(format!("{what} in {place}"));
        }
    };
    let joining = plan.scenario().segments.iter().any(|s| {
        let opts_out = s.terms.iter().any(|term| term.opt_out.is_some());
        s.new_accounts.per_year.median() > 0.0 || s.win_back.later > 0.0 || opts_out
    });
    let mut before = plan.opening_arr().iter().sum::<i64>() as f64;
    let opening = before;
    let mut accounts = f64::from(plan.opening_accounts().iter().sum::<u32>());
    let mut cohort = accounts;
    for month in 1..=row.layout.months {
        let at = || format!("month {month}");
        let book = |what| row.book(what, month);
        for what in MONEY.into_iter().chain([Book::Accounts, Book::CohortAccounts]) {
            claim(book(what) % 1.0 == 0.0, &format!("{what:?} is not whole"), at());
        }
        let sum = |lines: &[Book]| lines.iter().map(|&line| book(line) as i64).sum::<i64>();
        let balance = before as i64 + sum(&Book::GAINS) - sum(&Book::LOSSES);
        claim(
            balance == book(Book::Closing) as i64,
            "the bridge does not balance",
            at(),
        );
        claim(book(Book::Kept) <= opening, "more is kept than there was", at());
        claim(book(Book::Kept) <= book(Book::CohortArr), "GRR is above NRR", at());
        claim(
            book(Book::CohortArr) <= book(Book::Closing),
            "the cohort outgrew the book",
            at(),
        );
        claim(
            book(Book::CohortAccounts) <= cohort,
            "an opening account came back",
            at(),
        );
        claim(
            book(Book::CohortAccounts) <= book(Book::Accounts),
            "the cohort outnumbers the book",
            at(),
        );
        if !joining {
            claim(book(Book::Accounts) <= accounts, "accounts came from nowhere", at());
            claim(book(Book::New) == 0.0, "ARR came from nowhere", at());
        }
        let served: f64 = (0..row.layout.pools)
            .map(|p| row.staff(Staff::Accounts, p, month))
            .sum();
        claim(
            if joining {
                served >= accounts
            } else {
                served == accounts
            },
            "the pools do not serve the accounts that the month opened with",
            at(),
        );
        claim(served >= book(Book::Accounts), "accounts are served by no pool", at());
        for (p, pool) in plan.scenario().pools.iter().enumerate() {
            let (heads, hours) = (
                row.staff(Staff::Headcount, p, month),
                row.staff(Staff::Capacity, p, month),
            );
            claim(heads % 1.0 == 0.0, "a CSM is not whole", at());
            let most = heads * pool.productive_hours();
            claim(
                hours <= most * (1.0 + 1e-12),
                "CSMs give more hours than they have",
                at(),
            );
        }
        before = book(Book::Closing);
        accounts = book(Book::Accounts);
        cohort = book(Book::CohortAccounts);
    }
    let mut heads: Vec<f64> = plan.scenario().pools.iter().map(|p| f64::from(p.csms)).collect();
    for year in 0..row.layout.years {
        let close = row.close(year);
        for s in 0..row.layout.segments {
            let at = || format!("year {} of segment {s}", year + 1);
            let of = |what| row.year(what, s, year);
            claim(of(Year::Kept) <= of(Year::OpeningArr), "GRR is above 1", at());
            claim(of(Year::Kept) <= of(Year::CohortArr), "GRR is above NRR", at());
            claim(
                of(Year::CohortArr) <= of(Year::ClosingArr),
                "the cohort outgrew the segment",
                at(),
            );
            claim(
                of(Year::KeptAccounts) <= of(Year::OpeningAccounts),
                "more logos kept than there were",
                at(),
            );
            claim(
                of(Year::RenewedArr) <= of(Year::DueArr),
                "more is renewed than was due",
                at(),
            );
            claim(
                of(Year::Renewed) <= of(Year::Due),
                "more contracts renewed than were due",
                at(),
            );
            let (arr, n) = match year.checked_sub(1) {
                None => (plan.opening_arr()[s] as f64, f64::from(plan.opening_accounts()[s])),
                Some(last) => (
                    row.year(Year::ClosingArr, s, last),
                    row.year(Year::ClosingAccounts, s, last),
                ),
            };
            claim(
                of(Year::OpeningArr) == arr,
                "it opens with other ARR than the last closed with",
                at(),
            );
            claim(
                of(Year::OpeningAccounts) == n,
                "it opens with other accounts than the last closed with",
                at(),
            );
            if !joining {
                let left = of(Year::Due) - of(Year::Renewed);
                claim(
                    of(Year::ClosingAccounts) == n - left,
                    "accounts left without a decision",
                    at(),
                );
            }
        }
        let at = || format!("year {}", year + 1);
        for (sum, what) in [
            (Year::ClosingArr, Book::Closing),
            (Year::ClosingAccounts, Book::Accounts),
        ] {
            claim(
                row.all(sum, year) == row.book(what, close),
                "segments do not add up to the book",
                at(),
            );
        }
        if year == 0 {
            for (sum, what) in [
                (Year::Kept, Book::Kept),
                (Year::CohortArr, Book::CohortArr),
                (Year::KeptAccounts, Book::CohortAccounts),
            ] {
                claim(
                    row.all(sum, 0) == row.book(what, close),
                    "the first cohort has two sizes",
                    at(),
                );
            }
        }
        for (p, heads) in heads.iter_mut().enumerate() {
            let turnover = |what| row.numbers[row.layout.turnover(what, p, year)];
            *heads += turnover(Turnover::Hires) - turnover(Turnover::Leavers);
            claim(
                *heads == row.staff(Staff::Headcount, p, close),
                "CSMs came or went unseen",
                at(),
            );
        }
    }
    for s in 0..row.layout.segments {
        let once = |what| row.numbers[row.layout.once(what, s)];
        let quickest = once(Once::OnboardingMonths) >= once(Once::Onboarded);
        claim(quickest, "an account was onboarded in no time", format!("segment {s}"));
        let counted = row.layout.months >= plan.scenario().months() as usize;
        if counted && plan.opening_arr()[s] == 0 {
            claim(
                once(Once::Cltv) == 0.0,
                "nothing is worth something",
                format!("segment {s}"),
            );
        }
    }
    wrong
}

/// The verdict on what was found wrong.
fn verdict(wrong: &[String]) -> TestResult {
    match wrong {
        [] => TestResult::passed(),
        wrong => TestResult::error(wrong.join("\n")),
    }
}

/// A small world made ready; it is sound.
fn plan(world: &World) -> Plan {
    match wire::check(&world.input()) {
        Ok(scenario) => Plan::new(scenario),
        Err(faults) => panic!("not sound: {faults:?}"),
    }
}

/// The outcome of one trial.
fn outcome(world: &World, trial: u32) -> (Plan, Vec<f64>) {
    let plan = plan(world);
    let mut row = vec![0.0; plan.layout().width()];
    Trial::new(&plan).play(trial, &mut row);
    (plan, row)
}

/// An account of a book brought along about which nothing else is stated.
fn plain(segment: usize, arr: i64) -> Acct {
    Acct {
        segment,
        arr,
        term: None,
        end: None,
        health: None,
        churn: None,
        tenure: None,
    }
}

fn same(what: &str, one: &[f64], other: &[f64]) -> TestResult {
    assert_eq!(one.len(), other.len(), "{what}: rows of different layouts");
    let bits = |x: &f64| x.to_bits();
    let differ = one.iter().zip(other).position(|(a, b)| bits(a) != bits(b));
    TestResult::from_bool(differ.is_none())
}

fn and(verdicts: impl IntoIterator<Item = TestResult>) -> TestResult {
    let mut verdicts = verdicts.into_iter();
    verdicts.find(TestResult::is_failure).unwrap_or_else(TestResult::passed)
}

#[test]
fn every_month_of_every_trial_keeps_its_books() {
    fn property(world: World) -> TestResult {
        let plan = plan(&world);
        let mut trial = Trial::new(&plan);
        let mut row = vec![f64::NAN; plan.layout().width()];
        for index in [0, 1, u32::MAX] {
            row.fill(f64::NAN);
            trial.play(index, &mut row);
            let wrong = wrong(&plan, &row);
            if !wrong.is_empty() {
                return verdict(&wrong);
            }
        }
        TestResult::passed()
    }
    check(1, 3000, property as fn(World) -> TestResult);
}

#[test]
fn more_trials_never_change_earlier_ones() {
    fn property(world: World) -> TestResult {
        let run = |trials| {
            let mut input = world.input();
            input.trials = trials;
            let plan = Plan::new(wire::check(&input).expect("a small world is sound"));
            native::play(&plan, 0, |_| {})
        };
        let (few, many) = (run(2), run(5));
        and((0..few.layout().width()).map(|place| same("a column", &few.column(place), &many.column(place)[..2])))
    }
    check(2, 300, property as fn(World) -> TestResult);
}

#[test]
fn a_trial_leaves_nothing_behind_for_the_next_one() {
    fn property(world: World, earlier: u32) -> TestResult {
        let (plan, fresh) = outcome(&world, 7);
        let mut trial = Trial::new(&plan);
        let mut row = vec![0.0; plan.layout().width()];
        trial.play(earlier, &mut row);
        trial.play(7, &mut row);
        same("the trial", &fresh, &row)
    }
    check(3, 1000, property as fn(World, u32) -> TestResult);
}

#[test]
fn a_longer_horizon_changes_no_earlier_month() {
    fn property(world: World, more: u8) -> TestResult {
        let longer = World {
            horizon: (world.horizon + 1 + u32::from(more % 30)).min(120),
            ..world.clone()
        };
        let ((short_plan, short), (long_plan, long)) = (outcome(&world, 4), outcome(&longer, 4));
        let (short, long) = (
            Row {
                layout: short_plan.layout(),
                numbers: &short,
            },
            Row {
                layout: long_plan.layout(),
                numbers: &long,
            },
        );
        let months = 1..=short.layout.months;
        let seen = |row: &Row| {
            let mut seen = Vec::new();
            for month in months.clone() {
                seen.extend(MONEY.map(|what| row.book(what, month)));
                seen.extend([Book::Accounts, Book::CohortAccounts].map(|what| row.book(what, month)));
                for pool in 0..row.layout.pools {
                    seen.extend(STAFF.map(|what| row.staff(what, pool, month)));
                }
            }
            for s in 0..row.layout.segments {
                // A contract year that the short horizon cuts off is another window.
                for year in 0..short.layout.months / 12 {
                    seen.extend(YEARS.map(|what| row.year(what, s, year)));
                }
                seen.push(row.numbers[row.layout.once(Once::Cltv, s)]);
            }
            seen
        };
        same("the months in common", &seen(&short), &seen(&long))
    }
    check(4, 1000, property as fn(World, u8) -> TestResult);
}

#[test]
fn without_a_common_part_the_shock_is_not_there_at_all() {
    fn property(world: World) -> TestResult {
        let calm = World {
            rho: 0.0,
            rho_expansion: 0.0,
            ..world.without_loadings()
        };
        let faster = World {
            half_life: 0.0,
            ..calm.clone()
        };
        let slower = World {
            half_life: 17.0,
            ..calm
        };
        same("the row", &outcome(&faster, 1).1, &outcome(&slower, 1).1)
    }
    check(5, 600, property as fn(World) -> TestResult);
}

#[test]
fn a_common_part_next_to_none_moves_nothing() {
    fn property(world: World) -> TestResult {
        let with = |rho| World {
            rho,
            rho_expansion: rho,
            ..world.clone()
        };
        same("the row", &outcome(&with(0.0), 2).1, &outcome(&with(1e-30), 2).1)
    }
    check(6, 600, property as fn(World) -> TestResult);
}

#[test]
fn a_team_with_hours_to_spare_is_full_coverage() {
    fn property(world: World) -> TestResult {
        let mut ample = world;
        for touch in &mut ample.touches {
            touch.csms = 1000;
            touch.attrition = RateInput::Point(0.0);
            touch.hiring = HiringInput::Plan { hires: Vec::new() };
        }
        ample.full = false;
        let full = World {
            full: true,
            ..ample.clone()
        };
        same("the row", &outcome(&ample, 4).1, &outcome(&full, 4).1)
    }
    check(7, 500, property as fn(World) -> TestResult);
}

#[test]
fn at_full_coverage_the_team_moves_no_account() {
    fn property(world: World) -> TestResult {
        let full = World {
            full: true,
            ..world.without_handovers()
        };
        let mut nobody = full.clone();
        for touch in &mut nobody.touches {
            touch.csms = 0;
            touch.hiring = HiringInput::Plan { hires: Vec::new() };
        }
        let ((plan, some), (_, none)) = (outcome(&full, 5), outcome(&nobody, 5));
        let money = |numbers: &[f64]| {
            let layout = plan.layout();
            Row { layout, numbers }.money()
        };
        same("the book", &money(&some), &money(&none))
    }
    check(8, 500, property as fn(World) -> TestResult);
}

/// The world with a book brought along, at full coverage, without handovers, and with churn stated for new accounts: the
/// only way left for accounts to meet is their draws.
fn apart(world: World) -> World {
    let mut world = World {
        full: true,
        ..world.without_handovers()
    };
    for segment in &mut world.segments {
        segment.churn_of = Some(ChurnOfInput::New);
    }
    if world.book.is_empty() {
        let segments = world.segments.len();
        world.book = (0..5).map(|i| plain(i % segments, 1_000_000 + 77 * i as i64)).collect();
    }
    world
}

fn money_of(world: &World) -> Vec<f64> {
    let (plan, numbers) = outcome(world, 6);
    Row {
        layout: plan.layout(),
        numbers: &numbers,
    }
    .money()
}

#[test]
fn an_account_that_pays_nothing_moves_no_money_of_the_others() {
    fn property(world: World, place: usize) -> TestResult {
        let before = apart(world);
        let mut after = before.clone();
        after.book.push(plain(place % before.segments.len(), 0));
        same("the money", &money_of(&before), &money_of(&after))
    }
    check(9, 1000, property as fn(World, usize) -> TestResult);
}

#[test]
fn one_more_account_adds_its_own_movements_and_no_other() {
    fn property(world: World, place: usize) -> TestResult {
        let book = apart(world);
        let mut silent = book.clone();
        silent.book.iter_mut().for_each(|account| account.arr = 0);
        let difference = |world: &World| {
            let mut more = world.clone();
            more.book.push(plain(place % world.segments.len(), 123_456_789));
            let pairs = money_of(world).into_iter().zip(money_of(&more));
            pairs.map(|(without, with)| with - without).collect::<Vec<f64>>()
        };
        same("the difference", &difference(&book), &difference(&silent))
    }
    check(10, 700, property as fn(World, usize) -> TestResult);
}

#[test]
fn one_more_account_laid_out_changes_no_other_segment() {
    fn property(world: World, place: usize) -> TestResult {
        let before = World {
            full: true,
            book: Vec::new(),
            ..world
        };
        let before = before.mended();
        let mut after = before.clone();
        let grown = place % before.segments.len();
        after.segments[grown].accounts += 1;
        let ((plan, before), (_, after)) = (outcome(&before, 8), outcome(&after, 8));
        let layout = plan.layout();
        let others = (0..layout.segments).filter(|&s| s != grown);
        and(others.map(|s| {
            let years = |numbers: &[f64]| Row { layout, numbers }.years(s, &YEARS);
            same("a segment", &years(&before), &years(&after))
        }))
    }
    check(11, 1000, property as fn(World, usize) -> TestResult);
}

#[test]
fn the_order_in_which_segments_stand_in_the_book_does_not_matter() {
    fn property(world: World) -> TestResult {
        let book = apart(world);
        let mut sorted = book.clone();
        sorted.book.sort_by_key(|account| account.segment);
        same("the row", &outcome(&book, 9).1, &outcome(&sorted, 9).1)
    }
    check(12, 500, property as fn(World) -> TestResult);
}

#[test]
fn prices_that_fall_keep_the_bridge_in_balance() {
    fn property(world: World, fall: u8) -> TestResult {
        let mut world = world;
        for segment in &mut world.segments {
            segment.uplift = RateInput::Point(-f64::from(fall % 90) / 100.0);
            segment.escalator = RateInput::Point(-0.01);
        }
        let (plan, row) = outcome(&world, 0);
        verdict(&wrong(&plan, &row))
    }
    check(13, 300, property as fn(World, u8) -> TestResult);
}

#[test]
fn no_draw_of_a_price_makes_an_account_owe_less_than_nothing() {
    fn property(world: World) -> TestResult {
        let mut world = world;
        for segment in &mut world.segments {
            segment.uplift = RateInput::Range { p5: -0.9, p95: 0.9 };
            segment.escalator = RateInput::Range { p5: -0.9, p95: 0.9 };
        }
        let (plan, row) = outcome(&world, 0);
        verdict(&wrong(&plan, &row))
    }
    check(14, 1500, property as fn(World) -> TestResult);
}

#[test]
fn an_account_keeps_its_own_churn_whatever_its_segment_shows() {
    let certain = |own: f64, segment: RateInput| {
        let mut account = plain(0, 1_000_000);
        (account.term, account.end, account.churn) = (Some(12), Some(3), Some(own));
        let world = World::calm(segment, vec![account; 20]);
        let (plan, row) = outcome(&world, 0);
        row[plan.layout().book(Book::Accounts, 12)]
    };
    for segment in [0.0, 0.1, 0.95].map(RateInput::Point) {
        assert_eq!(certain(0.0, segment), 20.0, "churn 0 in a segment at {segment:?}");
        assert_eq!(certain(1.0, segment), 0.0, "churn 1 in a segment at {segment:?}");
    }
}
