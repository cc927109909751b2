use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

use super::columns::{self, Field};
use super::sheet::Sheet;
use super::{MAX_BYTES, Rejected};
use crate::units::{Currency, Money};

/// A currency and where it is first seen.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencySeen {
    /// The currency.
    pub currency: Currency,
    /// Name of the table.
    pub table: String,
    /// Line of the file; the header's is 1.
    pub line: u64,
}

/// Why nothing could be imported; its text is one sentence that says what to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// No table at all.
    NoTable,
    /// A table with nothing in it.
    Empty {
        /// Name of the table.
        table: String,
    },
    /// A table with a header and nothing below.
    NoRows {
        /// Name of the table.
        table: String,
    },
    /// A table of more than [`MAX_BYTES`].
    TooLarge {
        /// Name of the table.
        table: String,
        /// Its size.
        bytes: u64,
    },
    /// A table without any of the columns wanted.
    NoColumn {
        /// Name of the table.
        table: String,
        /// One of these would do.
        wanted: Vec<Field>,
        /// The headers it has.
        headers: Vec<String>,
    },
    /// Subscriptions that share neither ids nor names with the accounts.
    NotJoined {
        /// Name of the table of subscriptions.
        table: String,
        /// Name of the table of accounts.
        accounts: String,
    },
    /// Two fields mapped to one header.
    MappedTwice {
        /// The header.
        header: String,
        /// The fields.
        fields: Vec<Field>,
    },
    /// A field mapped to a header that no table has.
    NoSuchHeader {
        /// The field.
        field: Field,
        /// The header it was mapped to.
        header: String,
        /// The headers there are.
        headers: Vec<String>,
    },
    /// A question: the dates of a column read both ways, and nothing near them tells.
    ///
    /// Answer with [`Options::day_first`](super::Options::day_first).
    AmbiguousDates {
        /// Name of the table.
        table: String,
        /// Header of the column.
        column: String,
        /// A cell.
        example: String,
        /// The cell with the day first.
        day_first: Date,
        /// The cell with the month first.
        month_first: Date,
    },
    /// Amounts in several currencies, or in another than the one asked for.
    MixedCurrencies {
        /// The currencies, in the order in which they are met.
        seen: Vec<CurrencySeen>,
        /// The currency asked for.
        asked: Option<Currency>,
    },
    /// Not one account is left.
    NoAccounts {
        /// Rows read.
        rows: u64,
        /// What was wrong with them.
        rejected: Vec<Rejected>,
    },
    /// The accounts add up to more than [`Money::MAX`].
    TotalTooLarge,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoTable => f.write_str("no table was given"),
            Problem::Empty { table } => write!(f, "{table} is empty"),
            Problem::NoRows { table } => write!(f, "{table} has a header and no rows"),
            Problem::TooLarge { table, bytes } => {
                // rounded up, so that a byte too many does not read as "64 MB, more than 64 MB"
                let size = bytes.div_ceil(1 << 20);
                write!(
                    f,
                    "{table} has {size} MB, more than the {} MB that can be read",
                    MAX_BYTES >> 20
                )
            }
            Problem::NoColumn { table, wanted, headers } => {
                let labels: Vec<&str> = wanted.iter().map(|field| field.label()).collect();
                let key = wanted.first().map_or("arr", |field| field.key());
                write!(
                    f,
                    "{table} has no column that is known as {}: map one of its headers, as in {key}=\"Header\"; they are {}",
                    labels.join(" or "),
                    Headers(headers)
                )
            }
            Problem::NotJoined { table, accounts } => write!(
                f,
                "{table} cannot be joined to {accounts}: both need a column with the account id, or both with the name"
            ),
            Problem::MappedTwice { header, fields } => {
                let keys: Vec<&str> = fields.iter().map(|field| field.key()).collect();
                write!(
                    f,
                    "the column `{header}` is mapped to {}: it can be one of them",
                    keys.join(" and ")
                )
            }
            Problem::NoSuchHeader { field, header, headers } => write!(
                f,
                "{} is mapped to the column `{header}`, which is not there; the headers are {}",
                field.key(),
                Headers(headers)
            ),
            Problem::AmbiguousDates {
                table,
                column,
                example,
                day_first,
                month_first,
            } => write!(
                f,
                "`{example}` in the column `{column}` of {table} is {day_first} with the day first and {month_first} \
                 with the month first: say which"
            ),
            Problem::MixedCurrencies { seen, asked } => {
                let seen: Vec<String> = seen
                    .iter()
                    .map(|seen| format!("{} ({} line {})", seen.currency, seen.table, seen.line))
                    .collect();
                write!(f, "amounts are in {}", seen.join(" and "))?;
                match asked {
                    Some(asked) => write!(f, ", the book is to be in {asked}"),
                    None => f.write_str(": a book has one currency"),
                }
            }
            Problem::NoAccounts { rows, rejected } => {
                let plural = if *rows == 1 { "" } else { "s" };
                write!(f, "no account could be loaded from {rows} row{plural}")?;
                match rejected.first() {
                    Some(first) => write!(f, ", the first reason being {first}"),
                    None => Ok(()),
                }
            }
            Problem::TotalTooLarge => write!(
                f,
                "the accounts add up to more than {}, the largest amount",
                Money::MAX.minor() / Currency::MINOR
            ),
        }
    }
}

impl std::error::Error for Problem {}

/// A list of headers, cut where nobody reads on.
struct Headers<'a>(&'a [String]);

impl fmt::Display for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ROOM: usize = 40;
        let shown: Vec<String> = self.0.iter().take(ROOM).map(|header| format!("`{header}`")).collect();
        f.write_str(&shown.join(", "))?;
        match self.0.len().checked_sub(ROOM) {
            Some(more @ 1..) => write!(f, " and {more} more"),
            _ => Ok(()),
        }
    }
}

/// What is wrong with a mapping; without all sheets a header may be in one of those missing.
pub(super) fn of_mapping(sheets: &[Sheet<'_>], mapping: &BTreeMap<Field, String>, complete: bool) -> Vec<Problem> {
    let mut by_header: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    let stated = || mapping.iter().filter(|(_, header)| !header.trim().is_empty());
    for (&field, header) in stated() {
        by_header.entry(columns::squash(header)).or_default().push(field);
    }
    let twice = by_header
        .into_values()
        .filter(|fields| fields.len() > 1)
        .map(|fields| Problem::MappedTwice {
            header: mapping[&fields[0]].clone(),
            fields,
        });
    let mut problems: Vec<Problem> = twice.collect();
    if complete {
        let absent = stated().filter(|(_, header)| {
            sheets
                .iter()
                .all(|sheet| columns::named(&sheet.headers, header).is_none())
        });
        problems.extend(absent.map(|(&field, header)| Problem::NoSuchHeader {
            field,
            header: header.clone(),
            headers: sheets.iter().flat_map(|sheet| sheet.headers.iter().cloned()).collect(),
        }));
    }
    problems
}
