//! What do people bring? The text of CSV tables of accounts, perhaps of their subscriptions, becomes accounts.
//!
//! Files, encodings and sizes are the doors' business: what comes in is text, and [`MAX_BYTES`] tells a door what it
//! need not read. Columns are recognised by the names that exports give them, or mapped by a person; what is ambiguous
//! is asked; a row that cannot be read is listed and the others load.

mod accounts;
mod amounts;
mod bands;
mod cells;
mod columns;
mod dates;
mod entry;
mod join;
mod layout;
mod ledger;
mod problem;
mod reading;
mod sheet;

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

pub use bands::{Band, default_bands};
pub use columns::Field;
pub use dates::iso_day;
pub use problem::{CurrencySeen, Problem};

use crate::units::{Currency, Money};
use layout::Layout;
use ledger::Ledger;
use reading::Reading;
use sheet::Sheet;

/// The longest table that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// A CSV table as text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table<'a> {
    /// Name of the file, for messages.
    pub name: &'a str,
    /// All of the file; a byte order mark in front does no harm.
    pub text: &'a str,
}

/// What a person states about an import.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The day the book is looked at; month 1 begins on the day after.
    pub as_of: Date,
    /// Currency of the book; `None` takes the one the amounts show, else dollars.
    pub currency: Option<Currency>,
    /// Headers named for fields; an empty header leaves a recognised field out.
    pub mapping: BTreeMap<Field, String>,
    /// The answer to [`Problem::AmbiguousDates`]: whether `03/04/2025` is in April.
    pub day_first: Option<bool>,
    /// Where accounts without a segment go; none at all means [`default_bands`] of the currency.
    pub bands: Vec<Band>,
}

impl Options {
    /// Nothing stated but the day.
    pub const fn new(as_of: Date) -> Options {
        Options {
            as_of,
            currency: None,
            mapping: BTreeMap::new(),
            day_first: None,
            bands: Vec::new(),
        }
    }
}

/// The health of an account as imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Green,
    /// Something needs attention.
    Yellow,
    /// At risk.
    Red,
}

/// One account of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedAccount {
    /// Its id, its name where it has none; unique in an import.
    pub id: String,
    /// Its name, its id where it has none.
    pub name: String,
    /// Its segment: the one it names, in the spelling of the bands where they have it, else its band's.
    pub segment: String,
    /// Annual recurring revenue in minor units, not negative.
    pub arr: Money,
    /// Length of the contract, 1 to 120 months.
    pub term_months: Option<u32>,
    /// Month in which the contract ends: m when the end lies in (as-of day + (m-1) months, as-of day + m months].
    ///
    /// Counted from the last day of a month, months end on last days. A contract that has ended ends in month 1;
    /// an end fifty years away or more is none.
    pub end_month: Option<u32>,
    /// Health on the as-of day.
    pub health: Option<Health>,
    /// How it is covered: as it says, else as its band does.
    pub touch_model: Option<String>,
    /// Its CSM or owner.
    pub owner: Option<String>,
    /// Whole months it has been a customer.
    pub tenure_months: Option<u32>,
}

/// A cell that kept its row out, or a row that was left out as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// Name of the table.
    pub table: String,
    /// Line of the file on which the row starts; the first line is 1.
    pub line: u64,
    /// Header of the column, where one cell is to blame.
    pub column: Option<String>,
    /// What the cell says, cut to 80 characters.
    pub value: String,
    /// Why, in a sentence.
    pub reason: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.table, self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", `{column}`")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// What a flag is about, so that many of a kind can be told as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagKind {
    /// An account has no ARR.
    NoArr,
    /// A contract ended before the as-of day and was put in month 1.
    EndedContract,
    /// A contract starts after the as-of day.
    FutureStart,
    /// Marked as churned, with open subscriptions; or a subscription cancelled without an end, which does not count.
    Churned,
    /// On trial: pays nothing, or is marked so and pays.
    Trial,
    /// A column writes dates both ways.
    Dates,
    /// Amounts such as `1.234` were read by rule.
    Amounts,
    /// Terms were read as months where years are likely.
    Terms,
    /// Health is not given, or scores were turned into colours.
    Health,
    /// Contract ends are not given.
    ContractEnd,
    /// Values of a yes-or-no or status column were not understood.
    Status,
    /// Rows of one account were added up.
    Subscriptions,
    /// Accounts with ids of their own share a name: they may be subscriptions of one account.
    SharedName,
    /// A table, or a column of amounts, was not used.
    Unused,
}

/// Something that was loaded and is worth knowing.
#[derive(Debug, Clone, PartialEq)]
pub struct Flagged {
    /// What it is about.
    pub kind: FlagKind,
    /// Name of the table.
    pub table: String,
    /// Line of the row; `None` when it is about a column or the whole table.
    pub line: Option<u64>,
    /// Id of the account, where it is about one.
    pub account: Option<String>,
    /// What, in a sentence.
    pub reason: String,
}

impl fmt::Display for Flagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// A column of a table and what it is taken to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its header.
    pub header: String,
    /// What it holds; `None` when it is not used.
    pub field: Option<Field>,
    /// Its first value that is not blank, cut to 80 characters.
    pub example: Option<String>,
}

/// How the columns of a table were understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// Name of the table.
    pub table: String,
    /// Its columns, as they stand.
    pub columns: Vec<Column>,
}

/// Accounts and ARR of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentTotal {
    /// Name of the segment.
    pub name: String,
    /// Accounts loaded.
    pub accounts: u64,
    /// Their ARR.
    pub arr: Money,
}

/// What an import comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Rows read, in all tables that were used; the header and blank lines are none.
    pub rows: u64,
    /// Accounts loaded.
    pub accounts: u64,
    /// Their ARR.
    pub arr: Money,
    /// Rows rejected; a row with two faults is one.
    pub rejected: u64,
    /// Every segment that has an account: the bands in their order, then as they come.
    pub segments: Vec<SegmentTotal>,
}

/// Accounts read from tables, with all that was decided on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The accounts, in the order of their rows.
    pub accounts: Vec<ImportedAccount>,
    /// The currency of every amount.
    pub currency: Currency,
    /// How the columns were understood, table by table.
    pub columns: Vec<Recognised>,
    /// What did not load, by table and line.
    pub rejected: Vec<Rejected>,
    /// What loaded and is worth knowing.
    pub flagged: Vec<Flagged>,
    /// The sums to look at before anything is replaced.
    pub totals: Totals,
}

/// How the columns of tables are understood, whether or not they can be imported.
///
/// For the screen on which a person maps columns; a table that cannot be read at all has no columns.
pub fn recognise(tables: &[Table<'_>], mapping: &BTreeMap<Field, String>) -> Vec<Recognised> {
    let columns = |table: &Table<'_>| match Sheet::open(table, mapping).or_else(|_| Sheet::header(table, mapping)) {
        Ok(sheet) => sheet.recognised(),
        Err(_) => Recognised {
            table: table.name.to_string(),
            columns: Vec::new(),
        },
    };
    tables.iter().map(columns).collect()
}

/// Reads accounts from one table, or from one with accounts and others with their subscriptions.
///
/// With subscriptions, the ARR of an account is the sum of those that run on the as-of day: started on or before it,
/// and without an end or with one after it. A trial counts as 0. What an account says of its own ARR or churn does not
/// override them. One table with several dated rows an account is read as subscriptions alone.
///
/// # Errors
/// Every reason for which nothing can be loaded, and every question that must be answered first, all at once.
///
/// # Examples
/// ```
/// use jiff::civil::date;
/// use retaincast::io::{Options, Table, import};
///
/// let table = Table { name: "book.csv", text: "Account Name,ARR,Renewal Date\nAcme,\"$1,200.50\",2025-06-30\n" };
/// let book = import(&[table], &Options::new(date(2024, 12, 31)))?;
/// assert_eq!(book.totals.arr.minor(), 120_050);
/// assert_eq!(book.accounts[0].end_month, Some(6));
/// # Ok::<(), Vec<retaincast::io::Problem>>(())
/// ```
pub fn import(tables: &[Table<'_>], options: &Options) -> Result<Import, Vec<Problem>> {
    if tables.is_empty() {
        return Err(vec![Problem::NoTable]);
    }
    let mut problems = Vec::new();
    let mut sheets = Vec::new();
    for table in tables {
        match Sheet::open(table, &options.mapping) {
            Ok(sheet) => sheets.push(sheet),
            Err(problem) => problems.push(problem),
        }
    }
    // a table that is missing may be the one with the column that seems to be
    let complete = problems.is_empty();
    problems.extend(problem::of_mapping(&sheets, &options.mapping, complete));
    let layout = if complete {
        Layout::of(&sheets).unwrap_or_else(|missing| {
            problems.extend(missing);
            Layout::default()
        })
    } else {
        Layout::default()
    };
    let readings: Vec<Reading<'_>> = sheets
        .iter()
        .map(|sheet| Reading::of(sheet, options.day_first))
        .collect();
    let used: Vec<&Reading<'_>> = (0..)
        .zip(&readings)
        .filter_map(|(table, reading)| (!layout.unused.contains(&table)).then_some(reading))
        .collect();
    for reading in &used {
        problems.extend(reading.problems.iter().cloned());
    }
    let currency = match currency(&used, options.currency) {
        Ok(currency) => currency,
        Err(problem) => {
            problems.push(problem);
            Currency::default()
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    load(&readings, &layout, currency, options)
}

/// The one currency the amounts show; lakh and crore show rupees where no sign does.
fn currency(readings: &[&Reading<'_>], asked: Option<Currency>) -> Result<Currency, Problem> {
    let mut seen: Vec<CurrencySeen> = Vec::new();
    for reading in readings {
        for &(currency, line) in &reading.currencies {
            if seen.iter().all(|other| other.currency != currency) {
                seen.push(CurrencySeen {
                    currency,
                    table: reading.sheet.name.to_string(),
                    line,
                });
            }
        }
    }
    match (asked, seen.as_slice()) {
        (Some(asked), []) => Ok(asked),
        (None, []) if readings.iter().any(|reading| reading.is_indian()) => Ok(Currency::Inr),
        (None, []) => Ok(Currency::default()),
        (None, [one]) => Ok(one.currency),
        (Some(asked), [one]) if one.currency == asked => Ok(asked),
        _ => Err(Problem::MixedCurrencies { seen, asked }),
    }
}

fn load(
    readings: &[Reading<'_>],
    layout: &Layout,
    currency: Currency,
    options: &Options,
) -> Result<Import, Vec<Problem>> {
    let mut ledger = Ledger::new(options, currency);
    let subscriptions: Vec<&Reading<'_>> = layout.subscriptions.iter().map(|&table| &readings[table]).collect();
    let own = layout.accounts.map(|table| &readings[table]);
    let used = || own.into_iter().chain(subscriptions.iter().copied());
    for reading in used() {
        ledger.flagged.extend(reading.notes.iter().cloned());
        ledger.rejected.extend(reading.sheet.ragged.iter().cloned());
    }
    let mut unused = |reading: &Reading<'_>, reason: &str| {
        let (table, reason) = (reading.sheet.name.to_string(), reason.to_string());
        ledger.flagged.push(Flagged {
            kind: FlagKind::Unused,
            table,
            line: None,
            account: None,
            reason,
        });
    };
    for &table in &layout.unused {
        unused(&readings[table], "the table has no ARR or MRR and was not used");
    }
    if let Some(own) = own.filter(|own| !subscriptions.is_empty() && own.has_amounts()) {
        unused(
            own,
            "the amounts of the accounts were not used: their subscriptions add up to the ARR",
        );
    }
    match own {
        Some(own) if subscriptions.is_empty() => accounts::load(own, &mut ledger),
        _ => join::load(own, &subscriptions, &mut ledger),
    }
    if let Some(first) = used().next() {
        ledger.flag_whole(first.sheet.name);
    }

    ledger.rejected.sort_by_cached_key(|rejected| {
        let table = readings.iter().position(|reading| reading.sheet.name == rejected.table);
        let headers = table.map(|table| &readings[table].sheet.headers);
        let is_its_own = |header: &String| rejected.column.as_ref() == Some(header);
        let column = headers.and_then(|headers| headers.iter().position(is_its_own));
        (table, rejected.line, column)
    });
    let rows = used()
        .map(|reading| reading.sheet.rows.len() + reading.sheet.ragged.len())
        .sum::<usize>() as u64;
    if ledger.accounts.is_empty() {
        return Err(vec![Problem::NoAccounts {
            rows,
            rejected: ledger.rejected,
        }]);
    }
    let Some(arr) = accounts::total(&ledger) else {
        return Err(vec![Problem::TotalTooLarge]);
    };
    let is_one_row = |a: &Rejected, b: &Rejected| (&a.table, a.line) == (&b.table, b.line);
    let rejected = ledger.rejected.chunk_by(is_one_row).count() as u64;
    let totals = Totals {
        rows,
        accounts: ledger.accounts.len() as u64,
        arr,
        rejected,
        segments: ledger.segment_totals(),
    };
    Ok(Import {
        columns: readings.iter().map(|reading| reading.sheet.recognised()).collect(),
        accounts: ledger.accounts,
        currency,
        rejected: ledger.rejected,
        flagged: ledger.flagged,
        totals,
    })
}
