use std::collections::BTreeMap;

use jiff::civil::Date;

use super::amounts::{self, Style};
use super::cells::{self, Flag};
use super::columns::Field;
use super::dates::{Order, Votes, Written};
use super::sheet::{Sheet, short};
use super::{FlagKind, Flagged, Problem};
use crate::units::{Currency, Money};

/// The columns that hold days.
pub(super) const DATES: [Field; 4] = [
    Field::RenewalDate,
    Field::StartDate,
    Field::EndDate,
    Field::CustomerSince,
];
/// The columns that hold amounts, in the order in which a row is asked for one, and how many of them make a year.
pub(super) const AMOUNTS: [(Field, u64); 2] = [(Field::Arr, 1), (Field::Mrr, 12)];

/// A sheet together with what its columns as a whole say about how to read their cells.
pub(super) struct Reading<'s> {
    pub(super) sheet: &'s Sheet<'s>,
    orders: BTreeMap<(Field, char), Order>,
    styles: BTreeMap<Field, Style>,
    pub(super) term_in_years: bool,
    /// Every currency named, with the first line that does.
    pub(super) currencies: Vec<(Currency, u64)>,
    /// Questions for a person.
    pub(super) problems: Vec<Problem>,
    /// What was decided for a whole column.
    pub(super) notes: Vec<Flagged>,
}

impl<'s> Reading<'s> {
    /// Looks over every column of a sheet; `day_first` is the answer to a question asked before.
    pub(super) fn of(sheet: &'s Sheet<'s>, day_first: Option<bool>) -> Reading<'s> {
        let term_in_years = sheet
            .header_of(Field::Term)
            .is_some_and(|header| header.to_ascii_lowercase().contains("year"));
        let mut reading = Reading {
            sheet,
            orders: BTreeMap::new(),
            styles: BTreeMap::new(),
            term_in_years,
            currencies: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        };
        reading.look_at_dates(day_first);
        reading.look_at_amounts();
        reading.look_at_terms();
        reading.look_at_health();
        reading.look_at_flags();
        reading
    }

    /// Whether amounts are counted in lakh and crore.
    pub(super) fn is_indian(&self) -> bool {
        self.styles.values().any(|style| style.indian)
    }

    /// Whether there is a column of amounts.
    pub(super) fn has_amounts(&self) -> bool {
        AMOUNTS.iter().any(|(field, _)| self.sheet.has(*field))
    }

    fn cells(&self, field: Field) -> impl Iterator<Item = (u64, &'s str)> + use<'s> {
        let sheet = self.sheet;
        let rows = if sheet.has(field) { sheet.rows.as_slice() } else { &[] };
        rows.iter()
            .filter_map(move |row| Some((row.line, sheet.cell(row, field)?)))
    }

    fn note(&mut self, kind: FlagKind, reason: String) {
        let table = self.sheet.name.to_string();
        self.notes.push(Flagged {
            kind,
            table,
            line: None,
            account: None,
            reason,
        });
    }

    /// The header above a field, or what the field is called.
    pub(super) fn header(&self, field: Field) -> &'s str {
        self.sheet.header_of(field).unwrap_or(field.label())
    }

    fn look_at_dates(&mut self, day_first: Option<bool>) {
        let mut votes: BTreeMap<(Field, char), Votes> = BTreeMap::new();
        for field in DATES {
            for (_, cell) in self.cells(field) {
                if let Some(pair @ Written::Pair { mark, .. }) = Written::read(cell) {
                    votes.entry((field, mark)).or_default().count(cell, pair);
                }
            }
        }
        let answer = day_first.map(|day| if day { Order::DayFirst } else { Order::MonthFirst });
        for (&(field, mark), own) in &votes {
            let column = self.header(field);
            let mixed = own.day_first > 0 && own.month_first > 0;
            let neighbours = || {
                let mut orders = votes
                    .iter()
                    .filter(|((_, other), _)| *other == mark)
                    .filter_map(|(_, votes)| votes.order());
                let first = orders.next()?;
                orders.all(|order| order == first).then_some(first)
            };
            let order = if mixed {
                answer.or(own.order())
            } else {
                own.order().or_else(neighbours).or(answer)
            };
            if mixed {
                let read = match order {
                    Some(Order::DayFirst) => ": read with the day first",
                    Some(Order::MonthFirst) => ": read with the month first",
                    None => "",
                };
                let (day, month) = (own.day_first, own.month_first);
                self.note(
                    FlagKind::Dates,
                    format!("`{column}` has {day} dates with the day first and {month} with the month first{read}"),
                );
            }
            match (order, &own.open) {
                (Some(order), _) => {
                    self.orders.insert((field, mark), order);
                }
                (None, Some((example, day_first, month_first))) => self.problems.push(Problem::AmbiguousDates {
                    table: self.sheet.name.to_string(),
                    column: column.to_string(),
                    example: short(example),
                    day_first: *day_first,
                    month_first: *month_first,
                }),
                // every pair reads one way only, so there is nothing to ask
                (None, None) => {}
            }
        }
    }

    fn look_at_amounts(&mut self) {
        for (field, _) in AMOUNTS {
            let Some(header) = self.sheet.header_of(field) else {
                continue;
            };
            let mut style = Style::of_header(header);
            style.semicolons = self.sheet.semicolons;
            if let Some(currency) = style.currency {
                self.see(currency, 1);
            }
            for (line, cell) in self.cells(field) {
                if let Ok(written) = amounts::Written::read(cell) {
                    style.count(cell, written);
                    if let Some(currency) = written.currency {
                        self.see(currency, line);
                    }
                }
            }
            if style.guesses()
                && let Some(cell) = &style.open
                && let Ok(money) = amounts::Written::read(cell).and_then(|written| written.money(&style, 1))
            {
                let minor = money.minor();
                let (major, cents) = (minor / Currency::MINOR, minor % Currency::MINOR);
                let column = self.header(field);
                self.note(
                    FlagKind::Amounts,
                    format!(
                        "`{}` in `{column}` can be read two ways and was read as {major}.{cents:02}",
                        short(cell)
                    ),
                );
            }
            self.styles.insert(field, style);
        }
        for (line, cell) in self.cells(Field::Currency) {
            if let Some(currency) = amounts::currency_named(cell) {
                self.see(currency, line);
            }
        }
    }

    fn see(&mut self, currency: Currency, line: u64) {
        if !self.currencies.iter().any(|(seen, _)| *seen == currency) {
            self.currencies.push((currency, line));
        }
    }

    fn look_at_terms(&mut self) {
        let column = self.header(Field::Term);
        let mut cells = self.cells(Field::Term).map(|(_, cell)| cell.parse()).peekable();
        let told = self.term_in_years || column.to_ascii_lowercase().contains("month") || cells.peek().is_none();
        if !told && cells.all(|cell| matches!(cell, Ok(1..=5_u32))) {
            self.note(
                FlagKind::Terms,
                format!("`{column}` has numbers from 1 to 5 only: read as months, not years"),
            );
        }
    }

    fn look_at_health(&mut self) {
        let scores = || {
            self.cells(Field::Health)
                .filter_map(|(_, cell)| cells::health(cell).ok()??.1)
        };
        if let (Some(least), Some(most)) = (scores().min(), scores().max()) {
            let column = self.header(Field::Health);
            self.note(
                FlagKind::Health,
                format!(
                    "`{column}` has scores from {least} to {most}: 70 and more is green, 40 to 69 yellow, less than 40 red"
                ),
            );
        }
    }

    fn look_at_flags(&mut self) {
        for field in [Field::Trial, Field::Churned] {
            let mut unknown: Vec<&str> = Vec::new();
            for (_, cell) in self.cells(field) {
                if unknown.len() < 3 && cells::flag(cell) == Flag::Unknown && !unknown.contains(&cell) {
                    unknown.push(cell);
                }
            }
            if !unknown.is_empty() {
                let values: Vec<String> = unknown.iter().map(|cell| format!("`{}`", short(cell))).collect();
                let (column, values) = (self.header(field), values.join(", "));
                let told = format!(
                    "`{column}` has values that do not say whether {}, taken as no: {values}",
                    match field {
                        Field::Trial => "an account is on trial",
                        _ => "an account is lost",
                    }
                );
                self.note(FlagKind::Status, told);
            }
        }
    }

    /// The day a cell names, its column being read in one order.
    ///
    /// # Errors
    /// Why it names none.
    pub(super) fn day(&self, field: Field, cell: &str) -> Result<Date, String> {
        let written = Written::read(cell);
        let order = match written {
            Some(Written::Pair { mark, .. }) => self.orders.get(&(field, mark)).copied(),
            _ => None,
        };
        let day = written.and_then(|written| match order {
            Some(order) => written.day(order),
            None => written.day(Order::DayFirst).or(written.day(Order::MonthFirst)),
        });
        day.ok_or_else(|| {
            let rule = match (written, order) {
                (Some(_), Some(Order::DayFirst)) => " with the day first, as the column has it",
                (Some(_), Some(Order::MonthFirst)) => " with the month first, as the column has it",
                _ => "",
            };
            format!("`{}` is not a date{rule}", short(cell))
        })
    }

    /// The amount of a cell, `times` to the year, not negative.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn amount(&self, field: Field, times: u64, cell: &str) -> Result<Money, String> {
        let usual = Style::default();
        let style = self.styles.get(&field).unwrap_or(&usual);
        let money = amounts::Written::read(cell)
            .and_then(|written| written.money(style, times))
            .map_err(|fault| fault.reason(&short(cell)))?;
        if money < Money::ZERO {
            return Err(format!("`{}` is negative", short(cell)));
        }
        Ok(money)
    }
}
