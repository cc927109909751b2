use jiff::civil::Date;

/// Day-first or month-first, settled for a column by its own values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// A date as a cell writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// Says itself which number is which.
    Plain(Date),
    /// `first` and `second` are day and month in an order the cell does not say.
    Pair {
        first: i8,
        second: i8,
        year: i16,
        mark: char,
    },
}

impl Written {
    /// Reads a cell; a time after the date is dropped, and its zone with it: the day is the one written.
    ///
    /// Two-digit years are of this century, as no contract runs from the last one into the next; years before 1900 are
    /// slips of the hand.
    pub(super) fn read(cell: &str) -> Option<Written> {
        if cell.starts_with(|c: char| c.is_ascii_digit())
            && let Some(found) = numeric(cell)
        {
            return Some(found);
        }
        worded(cell).map(Written::Plain)
    }

    /// The day, given the order of the column.
    pub(super) fn day(self, order: Order) -> Option<Date> {
        match self {
            Written::Plain(date) => Some(date),
            Written::Pair {
                first, second, year, ..
            } => match order {
                Order::DayFirst => Date::new(year, second, first).ok(),
                Order::MonthFirst => Date::new(year, first, second).ok(),
            },
        }
    }
}

/// A day as ISO 8601 writes it: 2024-12-31.
pub fn iso_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut part = |digits: usize| {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())).then_some(part)
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    date.filter(|_| parts.next().is_none())
}

fn numeric(cell: &str) -> Option<Written> {
    let (first, rest) = number(cell)?;
    if first.len() == 8 && rest.is_empty() {
        let date = Date::new(year(&first[..4])?, first[4..6].parse().ok()?, first[6..].parse().ok()?).ok()?;
        return Some(Written::Plain(date));
    }
    let mark = rest.chars().next().filter(|c| "-/.".contains(*c))?;
    let (second, rest) = number(&rest[1..])?;
    let (third, rest) = number(rest.strip_prefix(mark)?)?;
    if !is_time(rest) || second.len() > 2 {
        return None;
    }
    let middle = second.parse().ok()?;
    if first.len() == 4 && third.len() <= 2 {
        let date = Date::new(year(first)?, middle, third.parse().ok()?).ok()?;
        return Some(Written::Plain(date));
    }
    if first.len() > 2 {
        return None;
    }
    let start = first.parse().ok()?;
    let year = year(third)?;
    if mark == '.' {
        return Date::new(year, middle, start).ok().map(Written::Plain);
    }
    let pair = Written::Pair {
        first: start,
        second: middle,
        year,
        mark,
    };
    (pair.day(Order::DayFirst).is_some() || pair.day(Order::MonthFirst).is_some()).then_some(pair)
}

/// `31-Dec-2024`, `31 December 2024`, `Dec 31, 2024`, with or without a time.
fn worded(cell: &str) -> Option<Date> {
    let mut parts = cell
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts
        .next()
        .is_some_and(|next| !next.starts_with(|c: char| c.is_ascii_digit()))
    {
        return None;
    }
    let (day, month) = match (month(first), month(second)) {
        (None, Some(month)) => (first, month),
        (Some(month), None) => (second, month),
        _ => return None,
    };
    if day.len() > 2 {
        return None;
    }
    Date::new(year(third)?, month, day.parse().ok()?).ok()
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if word.len() < 3 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| name.starts_with(&word) || word == "sept" && *name == "september")
        .map(|(n, _)| n)
}

fn year(digits: &str) -> Option<i16> {
    let year: i16 = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())??;
    match digits.len() {
        2 => Some(2000 + year),
        4 => Some(year).filter(|&year| year >= 1900),
        _ => None,
    }
}

/// The digits a text starts with, and the rest.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    (end > 0).then(|| text.split_at(end))
}

fn is_time(rest: &str) -> bool {
    rest.is_empty()
        || rest
            .strip_prefix(['T', 't', ' '])
            .is_some_and(|time| time.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

/// The last day of the month that is `months` after the month of `date`, or the same day of it where it has one.
///
/// From the last day of a month one gets to the last day of a month, as bond markets count, so that a book as of
/// 30 November has December as its first month, not 1 to 30 December.
fn months_after(date: Date, months: i32) -> Option<Date> {
    let last = date == date.last_of_month();
    let there = same_day_after(date, months)?;
    Some(if last { there.last_of_month() } else { there })
}

/// `months` later on the same day of the month, or on the month's last day where it is shorter.
fn same_day_after(date: Date, months: i32) -> Option<Date> {
    let count = i32::from(date.year()) * 12 + i32::from(date.month()) - 1 + months;
    let year = i16::try_from(count.div_euclid(12)).ok()?;
    let month = i8::try_from(count.rem_euclid(12) + 1).ok()?;
    let first = Date::new(year, month, 1).ok()?;
    Date::new(year, month, date.day().min(first.days_in_month())).ok()
}

fn calendar_months(from: Date, to: Date) -> i32 {
    (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month())
}

/// The month in which a day falls: m when it lies in (`as_of` + (m-1) months, `as_of` + m months].
///
/// `None` when the day is not after `as_of`. Months counted from the last day of a month end on last days.
pub(super) fn month_of(day: Date, as_of: Date) -> Option<u32> {
    if day <= as_of {
        return None;
    }
    let months = calendar_months(as_of, day);
    let inside = months_after(as_of, months).is_some_and(|end| day <= end);
    u32::try_from(if inside { months } else { months + 1 }).ok()
}

/// Whole months from one day to another, none when it is not later.
pub(super) fn whole_months(from: Date, to: Date) -> u32 {
    let months = calendar_months(from, to);
    let reached = same_day_after(from, months).is_some_and(|day| day <= to);
    u32::try_from(if reached { months } else { months - 1 }).unwrap_or(0)
}

/// Length of a contract in months to the nearest whole one, so that 1 January to 31 December is 12.
pub(super) fn length(start: Date, end: Date) -> Option<u32> {
    const HALF_A_MONTH: i32 = 15;
    let days = i32::from(end.day()) - i32::from(start.day());
    let months = calendar_months(start, end) + i32::from(days > HALF_A_MONTH) - i32::from(days < -HALF_A_MONTH);
    u32::try_from(months).ok().filter(|&months| months > 0)
}

/// The first end of a term after `as_of`, terms running one after another from `start`.
pub(super) fn next_anniversary(start: Date, term: u32, as_of: Date) -> Option<Date> {
    let term = i32::try_from(term).ok().filter(|&term| term > 0)?;
    let mut terms = (calendar_months(start, as_of) / term).max(1);
    loop {
        let day = same_day_after(start, terms.checked_mul(term)?)?;
        if day > as_of {
            return Some(day);
        }
        terms += 1;
    }
}

/// What the values of one column with one separator say about their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Votes {
    pub(super) day_first: u32,
    pub(super) month_first: u32,
    /// A cell that reads either way, and its two readings: day first, month first.
    pub(super) open: Option<(String, Date, Date)>,
}

impl Votes {
    pub(super) fn count(&mut self, cell: &str, pair: Written) {
        match (pair.day(Order::DayFirst), pair.day(Order::MonthFirst)) {
            (Some(_), None) => self.day_first += 1,
            (None, Some(_)) => self.month_first += 1,
            (Some(day), Some(month)) if day != month && self.open.is_none() => {
                self.open = Some((cell.to_string(), day, month));
            }
            _ => {}
        }
    }

    /// The order most of the telling values have; `None` when none tells, or as many tell one as the other.
    pub(super) fn order(&self) -> Option<Order> {
        match self.day_first.cmp(&self.month_first) {
            std::cmp::Ordering::Greater => Some(Order::DayFirst),
            std::cmp::Ordering::Less => Some(Order::MonthFirst),
            std::cmp::Ordering::Equal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_iso_day_has_four_two_and_two_digits() {
        assert_eq!(iso_day("2024-12-31"), Some(date(2024, 12, 31)));
        for no in [
            "",
            "2024-12",
            "24-12-31",
            "2024-1-31",
            "2024-13-01",
            "2023-02-29",
            "2024-12-31-",
            "2024-12-31T00",
            "+024-12-31",
        ] {
            assert_eq!(iso_day(no), None, "{no}");
        }
    }

    fn plain(cell: &str) -> Option<Date> {
        match Written::read(cell)? {
            Written::Plain(date) => Some(date),
            Written::Pair { .. } => None,
        }
    }

    #[test]
    fn dates_that_speak_for_themselves_are_read() {
        for cell in [
            "2024-12-31",
            "2024-12-31T23:59:59Z",
            "2024-12-31 00:00",
            "2024/12/31",
            "20241231",
            "31.12.2024",
            "31.12.24",
            "31-Dec-2024",
            "31-Dec-24",
            "31 December 2024",
            "Dec 31, 2024",
            "December 31, 2024 12:00 AM",
        ] {
            assert_eq!(plain(cell), Some(date(2024, 12, 31)), "{cell}");
        }
        assert_eq!(plain("1.2.2024"), Some(date(2024, 2, 1)));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for cell in [
            "",
            "soon",
            "31.02.2024",
            "31/02/2024",
            "13/13/2024",
            "2024-13-01",
            "45657",
            "1/2",
            "1/2/3/4",
            "12-31",
            "1/1/204",
            "2024-12-31x",
            "é/1/2024",
            "Dec 2024",
            "Mon Dec 31 2024",
            "31/12-2024",
            "00/00/0000",
            "31/12/0204",
            "９/1/2024",
        ] {
            assert_eq!(Written::read(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_pair_is_read_in_the_order_of_its_column() {
        let pair = Written::read("3/4/2025").unwrap();
        assert_eq!(pair.day(Order::DayFirst), Some(date(2025, 4, 3)));
        assert_eq!(pair.day(Order::MonthFirst), Some(date(2025, 3, 4)));
        let pair = Written::read("12/31/24 0:00").unwrap();
        assert_eq!(pair.day(Order::MonthFirst), Some(date(2024, 12, 31)));
        assert_eq!(pair.day(Order::DayFirst), None);
    }

    #[test]
    fn one_day_past_the_twelfth_settles_a_column() {
        let mut votes = Votes::default();
        for cell in ["03-04-2025", "05-05-2025"] {
            votes.count(cell, Written::read(cell).unwrap());
        }
        assert_eq!(votes.order(), None);
        assert_eq!(
            votes.open,
            Some(("03-04-2025".into(), date(2025, 4, 3), date(2025, 3, 4)))
        );
        votes.count("13-04-2025", Written::read("13-04-2025").unwrap());
        assert_eq!(votes.order(), Some(Order::DayFirst));
    }

    #[test]
    fn the_first_month_ends_on_the_day_of_the_month_of_the_as_of_date() {
        let as_of = date(2025, 3, 15);
        assert_eq!(month_of(date(2025, 3, 15), as_of), None);
        assert_eq!(month_of(date(2025, 3, 16), as_of), Some(1));
        assert_eq!(month_of(date(2025, 4, 15), as_of), Some(1));
        assert_eq!(month_of(date(2025, 4, 16), as_of), Some(2));
        assert_eq!(month_of(date(2026, 3, 15), as_of), Some(12));
        assert_eq!(month_of(date(2026, 3, 16), as_of), Some(13));
    }

    #[test]
    fn from_a_month_end_every_month_is_a_calendar_month() {
        let as_of = date(2024, 11, 30);
        assert_eq!(month_of(date(2024, 12, 1), as_of), Some(1));
        assert_eq!(month_of(date(2024, 12, 31), as_of), Some(1));
        assert_eq!(month_of(date(2025, 1, 1), as_of), Some(2));
        assert_eq!(month_of(date(2025, 2, 28), as_of), Some(3));
        assert_eq!(month_of(date(2025, 3, 1), as_of), Some(4));
        let leap = date(2024, 2, 29);
        assert_eq!(month_of(date(2024, 3, 31), leap), Some(1));
        assert_eq!(month_of(date(2025, 2, 28), leap), Some(12));
        assert_eq!(month_of(date(2025, 3, 1), leap), Some(13));
    }

    #[test]
    fn a_day_that_a_short_month_lacks_ends_its_month_early() {
        let as_of = date(2025, 1, 30);
        assert_eq!(month_of(date(2025, 2, 28), as_of), Some(1));
        assert_eq!(month_of(date(2025, 3, 1), as_of), Some(2));
        assert_eq!(month_of(date(2025, 3, 30), as_of), Some(2));
        assert_eq!(month_of(date(2025, 3, 31), as_of), Some(3));
    }

    #[test]
    fn months_never_go_back_as_days_go_on() {
        for as_of in [
            date(2024, 1, 31),
            date(2024, 2, 29),
            date(2024, 4, 30),
            date(2024, 6, 1),
            date(2023, 1, 29),
        ] {
            let mut last = 1;
            let mut day = as_of.tomorrow().unwrap();
            for _ in 0..1500 {
                let month = month_of(day, as_of).unwrap();
                assert!(month == last || month == last + 1, "{as_of} {day}");
                last = month;
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn a_year_less_a_day_is_twelve_months() {
        assert_eq!(length(date(2024, 1, 1), date(2024, 12, 31)), Some(12));
        assert_eq!(length(date(2024, 1, 1), date(2025, 1, 1)), Some(12));
        assert_eq!(length(date(2024, 1, 15), date(2025, 1, 14)), Some(12));
        assert_eq!(length(date(2024, 1, 31), date(2024, 2, 29)), Some(1));
        assert_eq!(length(date(2024, 1, 1), date(2024, 1, 10)), None);
        assert_eq!(length(date(2024, 1, 1), date(2023, 1, 1)), None);
    }

    #[test]
    fn whole_months_are_counted_when_complete() {
        assert_eq!(whole_months(date(2024, 1, 31), date(2024, 2, 29)), 1);
        assert_eq!(whole_months(date(2024, 1, 15), date(2024, 12, 31)), 11);
        assert_eq!(whole_months(date(2024, 11, 30), date(2024, 12, 30)), 1);
        assert_eq!(whole_months(date(2025, 1, 1), date(2024, 12, 31)), 0);
    }

    #[test]
    fn the_next_anniversary_lies_after_the_as_of_date() {
        let as_of = date(2024, 12, 31);
        assert_eq!(next_anniversary(date(2022, 3, 10), 12, as_of), Some(date(2025, 3, 10)));
        assert_eq!(next_anniversary(date(2022, 3, 10), 24, as_of), Some(date(2026, 3, 10)));
        assert_eq!(
            next_anniversary(date(2020, 12, 31), 12, as_of),
            Some(date(2025, 12, 31))
        );
        assert_eq!(next_anniversary(date(2020, 2, 29), 12, as_of), Some(date(2025, 2, 28)));
        assert_eq!(next_anniversary(date(2025, 2, 1), 12, as_of), Some(date(2026, 2, 1)));
        assert_eq!(next_anniversary(date(2024, 12, 1), 1, as_of), Some(date(2025, 1, 1)));
        assert_eq!(next_anniversary(date(1900, 1, 1), 120, date(9999, 12, 31)), None);
        assert_eq!(next_anniversary(date(2020, 1, 1), 0, as_of), None);
    }
}
