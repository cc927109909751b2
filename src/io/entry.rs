use jiff::civil::Date;

use super::cells::{self, Flag};
use super::columns::Field;
use super::reading::{AMOUNTS, DATES, Reading};
use super::sheet::{Row, short};
use super::{Health, Rejected, amounts, dates};
use crate::units::Money;

/// What one row says, every cell read.
#[derive(Debug, Clone)]
pub(super) struct Entry<'s> {
    pub(super) table: &'s str,
    pub(super) line: u64,
    /// Empty when the row has none.
    pub(super) id: &'s str,
    /// Empty when the row has none.
    pub(super) name: &'s str,
    pub(super) arr: Money,
    pub(super) segment: Option<&'s str>,
    renewal: Option<Date>,
    start: Option<Date>,
    pub(super) end: Option<Date>,
    since: Option<Date>,
    pub(super) term: Option<u32>,
    pub(super) health: Option<Health>,
    pub(super) touch_model: Option<&'s str>,
    pub(super) owner: Option<&'s str>,
    pub(super) trial: bool,
    pub(super) churned: bool,
}

/// When a contract ends, and how many months it runs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Contract {
    pub(super) end: Option<Date>,
    pub(super) term: Option<u32>,
}

impl<'s> Entry<'s> {
    /// What the row is known by: its id, else its name.
    pub(super) const fn key(&self) -> &'s str {
        if self.id.is_empty() { self.name } else { self.id }
    }

    /// The contract the row describes.
    ///
    /// Without an end, it ends on the next anniversary of its term; without a term, it runs from start to end. When
    /// that is more than five years the start is the customer's, not the contract's, and the term stays unknown.
    pub(super) fn contract(&self, as_of: Date) -> Contract {
        const LONGEST: u32 = 60;
        let between = || dates::length(self.start?, self.end.or(self.renewal)?).filter(|&term| term <= LONGEST);
        let term = self.term.or_else(between);
        let anniversary = || dates::next_anniversary(self.start.or(self.since)?, term?, as_of);
        Contract {
            end: self.renewal.or(self.end).or_else(anniversary),
            term,
        }
    }

    /// Whether a subscription runs on a day: started, and without an end or with a later one.
    ///
    /// One that is marked as cancelled and says no end has ended on some day unknown.
    pub(super) fn is_open(&self, day: Date) -> bool {
        self.start.is_none_or(|start| start <= day) && self.end.map_or(!self.churned, |end| end > day)
    }

    /// Whether it should have ended but does not say when.
    pub(super) fn is_cancelled_without_end(&self) -> bool {
        self.churned && self.end.is_none()
    }

    /// The first day known of the customer.
    pub(super) fn first_day(&self) -> Option<Date> {
        self.since.or(self.start)
    }

    /// The start of a contract that has yet to begin.
    pub(super) fn starts_after(&self, day: Date) -> Option<Date> {
        self.start.filter(|&start| start > day)
    }
}

/// What is wrong with one row.
struct Faults<'r, 's> {
    reading: &'r Reading<'s>,
    line: u64,
    found: Vec<Rejected>,
}

impl Faults<'_, '_> {
    fn push(&mut self, field: Field, value: &str, reason: String) {
        self.found.push(Rejected {
            table: self.reading.sheet.name.to_string(),
            line: self.line,
            column: Some(self.reading.header(field).to_string()),
            value: short(value),
            reason,
        });
    }

    /// What a cell reads as, the reason kept when it does not.
    fn read<T>(&mut self, field: Field, cell: Option<&str>, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let cell = cell?;
        match read(cell) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.push(field, cell, reason);
                None
            }
        }
    }
}

/// Reads a row; with `paid` it must have an amount.
///
/// # Errors
/// Every cell that cannot be read.
pub(super) fn read<'s>(reading: &Reading<'s>, row: &'s Row, paid: bool) -> Result<Entry<'s>, Vec<Rejected>> {
    let sheet = reading.sheet;
    let cell = |field| sheet.cell(row, field);
    let mut faults = Faults {
        reading,
        line: row.line,
        found: Vec::new(),
    };

    let (id, name) = (cell(Field::Id).unwrap_or(""), cell(Field::Name).unwrap_or(""));
    if id.is_empty() && name.is_empty() {
        let field = if sheet.has(Field::Id) { Field::Id } else { Field::Name };
        faults.push(field, "", format!("{} is empty", field.key()));
    } else if id.is_empty() && is_total(name) {
        faults.push(
            Field::Name,
            name,
            format!("`{}` is a total, not an account", short(name)),
        );
    }
    let [renewal, start, end, since] =
        DATES.map(|field| faults.read(field, cell(field), |cell| reading.day(field, cell)));
    let term = faults.read(Field::Term, cell(Field::Term), |cell| {
        cells::term(&short(cell), reading.term_in_years)
    });
    let health = faults.read(Field::Health, cell(Field::Health), |cell| cells::health(&short(cell)));
    let flag = |field| cell(field).map_or(Flag::No, cells::flag);
    let trial = [Field::Trial, Field::Churned].map(flag).contains(&Flag::OnTrial) || flag(Field::Trial) == Flag::Yes;
    let arr = if paid { amount(&mut faults, row, trial) } else { None };

    if !faults.found.is_empty() {
        return Err(faults.found);
    }
    Ok(Entry {
        table: sheet.name,
        line: row.line,
        id,
        name,
        arr: arr.unwrap_or(Money::ZERO),
        segment: cell(Field::Segment),
        renewal,
        start,
        end,
        since,
        term,
        health: health.flatten().map(|(health, _)| health),
        touch_model: cell(Field::TouchModel),
        owner: cell(Field::Owner),
        trial,
        churned: flag(Field::Churned) == Flag::Yes,
    })
}

/// The ARR of a row, or twelve times its MRR where that is blank; nothing is paid on trial.
fn amount(faults: &mut Faults<'_, '_>, row: &Row, trial: bool) -> Option<Money> {
    let (reading, sheet) = (faults.reading, faults.reading.sheet);
    faults.read(
        Field::Currency,
        sheet.cell(row, Field::Currency),
        |cell| match amounts::currency_named(cell) {
            Some(_) => Ok(()),
            None => Err(format!("`{}` is not USD, EUR, GBP or INR", short(cell))),
        },
    );
    let given = AMOUNTS
        .into_iter()
        .find_map(|(field, times)| Some((field, times, sheet.cell(row, field)?)));
    let Some((field, times, cell)) = given else {
        if !trial {
            no_amount(faults, row);
        }
        return None;
    };
    let arr = faults.read(field, Some(cell), |cell| reading.amount(field, times, cell))?;
    Some(if trial { Money::ZERO } else { arr })
}

/// Says what stands where an amount should: words such as `n/a`, or nothing at all.
fn no_amount(faults: &mut Faults<'_, '_>, row: &Row) {
    let sheet = faults.reading.sheet;
    let asked: Vec<Field> = AMOUNTS
        .into_iter()
        .map(|(field, _)| field)
        .filter(|&field| sheet.has(field))
        .collect();
    let mut is_blank = true;
    for &field in &asked {
        if let Some(text) = sheet.text(row, field) {
            faults.push(field, text, amounts::Fault::NotAnAmount.reason(&short(text)));
            is_blank = false;
        }
    }
    if is_blank {
        let keys: Vec<&str> = asked.iter().map(|field| field.key()).collect();
        let verb = if asked.len() > 1 { "are" } else { "is" };
        let first = asked.first().copied().unwrap_or(Field::Arr);
        faults.push(first, "", format!("{} {verb} empty", keys.join(" and ")));
    }
}

/// The last line of many a report, which would count every account twice.
fn is_total(name: &str) -> bool {
    const WORDS: [&str; 7] = [
        "total",
        "totals",
        "grand total",
        "grand totals",
        "subtotal",
        "sub total",
        "sum",
    ];
    WORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
}
