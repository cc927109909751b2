//! Accounts that people bring, turned into the book of a scenario.

use std::collections::BTreeMap;

use jiff::civil::Date;
use libm::log;
use serde::{Deserialize, Serialize};

use crate::io::{self, Band, Field, FlagKind, Import, Options, Problem, Table};
use crate::units::{Currency, Money};
use crate::wire::scenario::{AccountInput, ArrInput, BookInput, HealthInput, RateInput, ScenarioInput, SegmentInput};
use crate::wire::{check, read};

/// Derives what every type of an import needs.
macro_rules! message {
    ($($item:item)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
        $item
    )*};
}

message! {
    /// Tables to import and what a person states about them.
    pub struct ImportRequest {
        /// Scenario whose assumptions the new book takes over.
        pub scenario: String,
        /// The tables, decoded.
        pub tables: Vec<TableInput>,
        /// The day the book is looked at, ISO 8601.
        pub as_of: String,
        /// Headers named for fields.
        pub mapping: Vec<MappingInput>,
        /// Whether `03/04/2025` is in April, where the tables do not tell.
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub day_first: Option<bool>,
        /// Where accounts without a segment go; the usual bands when left out.
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub bands: Option<Vec<ArrBandInput>>,
    }

    /// A CSV table as text.
    pub struct TableInput {
        /// Name of the file, for messages.
        pub name: String,
        /// All of the file.
        pub text: String,
    }

    /// A header named for a field.
    pub struct MappingInput {
        /// Key of the field.
        pub field: String,
        /// The header; empty leaves a recognised field out.
        pub header: String,
    }

    /// Accounts of at least this ARR, and of no other band, belong to a segment.
    pub struct ArrBandInput {
        /// Name of the segment.
        pub segment: String,
        /// The least ARR, minor units.
        pub from: i64,
    }

    /// What an import came to; without a scenario when there are problems.
    #[derive(Default)]
    pub struct ImportReply {
        /// Why nothing could be imported, and questions to answer first.
        pub problems: Vec<ProblemOutput>,
        /// The scenario with the new book.
        pub scenario: Option<String>,
        /// Sums to look at before anything is replaced.
        pub totals: Option<TotalsOutput>,
        /// What did not load.
        pub rejected: Vec<RejectedOutput>,
        /// What loaded and is worth knowing.
        pub flagged: Vec<FlaggedOutput>,
        /// How the columns were understood.
        pub columns: Vec<ColumnOutput>,
        /// Every field that a header can be mapped to.
        pub fields: Vec<FieldOutput>,
        /// Where accounts without a segment go.
        pub bands: Vec<ArrBandInput>,
    }

    /// One sentence that says why nothing could be imported, or asks.
    pub struct ProblemOutput {
        /// The sentence.
        pub text: String,
        /// `day_first` where the answer to that question is missing.
        pub question: Option<String>,
        /// The column the question is about.
        pub column: Option<String>,
    }

    /// Sums of an import.
    pub struct TotalsOutput {
        /// Rows read.
        pub rows: u64,
        /// Accounts loaded.
        pub accounts: u64,
        /// Their ARR, minor units.
        pub arr: i64,
        /// Rows rejected.
        pub rejected: u64,
        /// Accounts and ARR by segment.
        pub segments: Vec<SegmentTotalOutput>,
    }

    /// Accounts and ARR of a segment.
    pub struct SegmentTotalOutput {
        /// Its name.
        pub name: String,
        /// Accounts loaded.
        pub accounts: u64,
        /// Their ARR, minor units.
        pub arr: i64,
    }

    /// A row, or a cell of it, that did not load.
    pub struct RejectedOutput {
        /// Name of the table.
        pub table: String,
        /// Line of the file; the header's is 1.
        pub line: u64,
        /// Header of the column, where one cell is to blame.
        pub column: Option<String>,
        /// What the cell says.
        pub value: String,
        /// Why, in a sentence.
        pub reason: String,
    }

    /// Something that loaded and is worth knowing.
    pub struct FlaggedOutput {
        /// What it is about, the same for all of a kind.
        pub about: String,
        /// Name of the table.
        pub table: String,
        /// Line of the row, where it is about one.
        pub line: Option<u64>,
        /// What, in a sentence.
        pub text: String,
    }

    /// A column and what it is taken to hold.
    pub struct ColumnOutput {
        /// Name of the table.
        pub table: String,
        /// Its header.
        pub header: String,
        /// Key of the field; null when it is not used.
        pub field: Option<String>,
        /// Its first value that is not blank.
        pub example: Option<String>,
    }

    /// A field that a header can be mapped to.
    pub struct FieldOutput {
        /// Its key.
        pub name: String,
        /// What to call it.
        pub label: String,
    }
}

/// Imports tables into a scenario.
pub fn import(request: &ImportRequest) -> ImportReply {
    let mut reply = ImportReply {
        fields: Field::ALL
            .iter()
            .map(|field| FieldOutput {
                name: field.key().to_owned(),
                label: field.label().to_owned(),
            })
            .collect(),
        ..ImportReply::default()
    };
    let mut template = match read(&request.scenario) {
        Ok(template) => template,
        Err(faults) => {
            reply.problems = faults
                .iter()
                .map(|fault| problem(format!("the scenario: {fault}")))
                .collect();
            return reply;
        }
    };
    let options = match options(request) {
        Ok(options) => options,
        Err(problems) => {
            reply.problems = problems;
            return reply;
        }
    };
    let tables: Vec<Table<'_>> = request
        .tables
        .iter()
        .map(|table| Table {
            name: &table.name,
            text: &table.text,
        })
        .collect();
    reply.columns = io::recognise(&tables, &options.mapping)
        .into_iter()
        .flat_map(|table| {
            table.columns.into_iter().map(move |column| ColumnOutput {
                table: table.table.clone(),
                header: column.header,
                field: column.field.map(|field| field.key().to_owned()),
                example: column.example,
            })
        })
        .collect();
    let result = io::import(&tables, &options);
    let currency = result
        .as_ref()
        .map_or(template.currency.into(), |import| import.currency);
    reply.bands = bands(&options, currency);
    match result {
        Err(problems) => {
            reply.problems = problems.iter().map(of_problem).collect();
        }
        Ok(import) => {
            describe(&import, &mut reply);
            let source = request
                .tables
                .iter()
                .map(|t| t.name.as_str())
                .collect::<Vec<_>>()
                .join(" + ");
            let mut notes: Vec<FlaggedOutput> = aged(&import.accounts)
                .map(|text| FlaggedOutput {
                    about: "As-of day".to_owned(),
                    table: source.clone(),
                    line: None,
                    text,
                })
                .into_iter()
                .collect();
            notes.extend(adopt(&mut template, &import, source, options.as_of));
            // What concerns the whole book comes before what concerns a row.
            let (of_book, of_rows): (Vec<_>, Vec<_>) = reply.flagged.into_iter().partition(|flag| flag.line.is_none());
            notes.extend(of_book);
            notes.extend(of_rows);
            reply.flagged = notes;
            match check(&template) {
                Ok(_) => reply.scenario = serde_json::to_string(&template).ok(),
                Err(faults) => {
                    reply.problems = faults.iter().map(|fault| problem(fault.to_string())).collect();
                }
            }
        }
    }
    reply
}

fn problem(text: String) -> ProblemOutput {
    ProblemOutput {
        text,
        question: None,
        column: None,
    }
}

fn of_problem(found: &Problem) -> ProblemOutput {
    let text = found.to_string();
    match found {
        Problem::AmbiguousDates { column, .. } => ProblemOutput {
            text,
            question: Some("day_first".to_owned()),
            column: Some(column.clone()),
        },
        _ => problem(text),
    }
}

fn options(request: &ImportRequest) -> Result<Options, Vec<ProblemOutput>> {
    let mut problems = Vec::new();
    let as_of = io::iso_day(&request.as_of).unwrap_or_else(|| {
        problems.push(problem(format!(
            "as-of day {:?} is not a date such as 2024-12-31",
            request.as_of
        )));
        Date::default()
    });
    let mut mapping = BTreeMap::new();
    for named in &request.mapping {
        match named.field.parse::<Field>() {
            Ok(field) => {
                mapping.insert(field, named.header.clone());
            }
            Err(message) => problems.push(problem(message)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut options = Options::new(as_of);
    options.mapping = mapping;
    options.day_first = request.day_first;
    options.bands = match &request.bands {
        Some(bands) => bands
            .iter()
            .map(|band| Band {
                segment: band.segment.clone(),
                touch_model: None,
                from: Money::from_minor(band.from),
            })
            .collect(),
        None => Vec::new(),
    };
    Ok(options)
}

/// The bands in force: those stated, else the usual ones of the currency.
fn bands(options: &Options, currency: Currency) -> Vec<ArrBandInput> {
    let usual = || io::default_bands(currency);
    let bands = if options.bands.is_empty() {
        usual()
    } else {
        options.bands.clone()
    };
    bands
        .into_iter()
        .map(|band| ArrBandInput {
            segment: band.segment,
            from: band.from.minor(),
        })
        .collect()
}

fn describe(import: &Import, reply: &mut ImportReply) {
    let totals = &import.totals;
    reply.totals = Some(TotalsOutput {
        rows: totals.rows,
        accounts: totals.accounts,
        arr: totals.arr.minor(),
        rejected: totals.rejected,
        segments: totals
            .segments
            .iter()
            .map(|segment| SegmentTotalOutput {
                name: segment.name.clone(),
                accounts: segment.accounts,
                arr: segment.arr.minor(),
            })
            .collect(),
    });
    reply.rejected = import
        .rejected
        .iter()
        .map(|row| RejectedOutput {
            table: row.table.clone(),
            line: row.line,
            column: row.column.clone(),
            value: row.value.clone(),
            reason: row.reason.clone(),
        })
        .collect();
    reply.flagged = import
        .flagged
        .iter()
        .map(|flag| FlaggedOutput {
            about: about(flag.kind).to_owned(),
            table: flag.table.clone(),
            line: flag.line,
            text: flag.reason.clone(),
        })
        .collect();
}

fn about(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::NoArr => "No ARR",
        FlagKind::EndedContract => "Contracts that had ended",
        FlagKind::FutureStart => "Contracts that start later",
        FlagKind::Churned => "Churned or cancelled",
        FlagKind::Trial => "On trial",
        FlagKind::Dates => "Dates",
        FlagKind::Amounts => "Amounts",
        FlagKind::Terms => "Terms",
        FlagKind::Health => "Health",
        FlagKind::ContractEnd => "Contract ends",
        FlagKind::Status => "Status",
        FlagKind::Subscriptions => "Subscriptions added up",
        FlagKind::SharedName => "Shared names",
        FlagKind::Unused => "Not used",
    }
}

/// What to say when the accounts look much older than the as-of day: the newest customer joined long before it and no
/// contract ends after it.
fn aged(accounts: &[io::ImportedAccount]) -> Option<String> {
    const MONTHS: u32 = 6;
    let ends_later = accounts
        .iter()
        .any(|account| account.end_month.is_some_and(|month| month > 1));
    let newest = accounts.iter().filter_map(|account| account.tenure_months).min()?;
    (newest > MONTHS && !ends_later).then(|| {
        format!(
            "the newest customer joined {newest} months before the as-of day and no contract ends after it: if the data \
             are older than that day, take the day on which they were exported"
        )
    })
}

/// Puts the accounts into the scenario and fits to them what depends on the book: the segments that have accounts, the
/// ARR of new accounts, and CSMs enough for the work the book asks for. Returns what was assumed, in sentences.
fn adopt(template: &mut ScenarioInput, import: &Import, source: String, as_of: Date) -> Vec<FlaggedOutput> {
    let bands = io::default_bands(import.currency);
    let mut notes = Vec::new();
    let mut note = |text: String| {
        notes.push(FlaggedOutput {
            about: "Assumptions".to_owned(),
            table: source.clone(),
            line: None,
            text,
        });
    };
    template.segments = import
        .totals
        .segments
        .iter()
        .map(|total| {
            let accounts: Vec<&io::ImportedAccount> =
                import.accounts.iter().filter(|a| a.segment == total.name).collect();
            let (mut segment, same) = nearest(&template.segments, &total.name, &accounts);
            if !same {
                note(format!(
                    "segment {:?} takes over the assumptions of {:?}",
                    total.name, segment.name
                ));
            }
            let before = segment.new_accounts.per_year;
            fit(&mut segment, &total.name, &accounts);
            if let (RateInput::Point(before), RateInput::Point(now)) = (before, segment.new_accounts.per_year)
                && before != now
            {
                note(format!(
                    "segment {:?} gains {now} new accounts a year, in proportion to its accounts; it was {before}",
                    total.name
                ));
            }
            // The coverage of a segment that is known stays as it was decided.
            let usual = bands.iter().find(|band| !same && band.segment == total.name);
            let usual = usual.and_then(|band| band.touch_model.as_deref());
            if let Some((touch, mixed)) = touch_model(template, &accounts, usual) {
                if mixed {
                    note(format!(
                        "segment {:?} names several touch models; most accounts are under {touch:?}",
                        total.name
                    ));
                }
                segment.touch_model = touch;
            }
            segment
        })
        .collect();
    template.currency = import.currency.into();
    template.name = format!("Book of {source}");
    template.start_month = as_of.tomorrow().map_or(1, |day| day.month().unsigned_abs().into());
    template.targets.closing_arr = None;
    template.targets.cltv = None;
    template.book = Some(BookInput {
        source: source.clone(),
        as_of: as_of.to_string(),
        accounts: import.accounts.iter().map(account).collect(),
    });
    let csms = staff(template);
    template.targets.csms = Some(f64::from(csms));
    note(format!(
        "CSMs were set to the {csms} the book asks for at target utilisation; put in your own team"
    ));
    notes
}

fn account(account: &io::ImportedAccount) -> AccountInput {
    AccountInput {
        name: account.name.clone(),
        segment: account.segment.clone(),
        arr: account.arr.minor(),
        term: account.term_months,
        end_month: account.end_month.map(|month| month.min(LAST_END)),
        health: account.health.map(|health| match health {
            io::Health::Green => HealthInput::Green,
            io::Health::Yellow => HealthInput::Yellow,
            io::Health::Red => HealthInput::Red,
        }),
        churn: None,
        tenure: None,
    }
}

/// No run looks further than 120 months, so later contract ends are all alike.
const LAST_END: u32 = 120;

/// The segment of this name, else the one with the nearest median ARR.
fn nearest(segments: &[SegmentInput], name: &str, accounts: &[&io::ImportedAccount]) -> (SegmentInput, bool) {
    if let Some(same) = segments.iter().find(|s| s.name.eq_ignore_ascii_case(name)) {
        return (same.clone(), true);
    }
    let typical = median(accounts).max(1) as f64;
    let distance = |s: &&SegmentInput| (log(s.arr.median.max(1) as f64) - log(typical)).abs();
    let found = segments.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    (found.cloned().expect("a scenario that was read has segments"), false)
}

fn median(accounts: &[&io::ImportedAccount]) -> i64 {
    let mut arr: Vec<i64> = accounts.iter().map(|a| a.arr.minor()).filter(|&x| x > 0).collect();
    arr.sort_unstable();
    arr.get(arr.len() / 2).copied().unwrap_or(0)
}

/// Fits to the accounts what the segment says of their number and ARR.
fn fit(segment: &mut SegmentInput, name: &str, accounts: &[&io::ImportedAccount]) {
    let n = accounts.len() as f64;
    segment.name = name.to_owned();
    if let RateInput::Point(per_year) = segment.new_accounts.per_year
        && segment.accounts > 0
    {
        let share = per_year / f64::from(segment.accounts);
        segment.new_accounts.per_year = RateInput::Point((share * n).round());
    }
    segment.accounts = accounts.len() as u32;
    let logs: Vec<f64> = accounts
        .iter()
        .filter(|a| a.arr > Money::ZERO)
        .map(|a| log(a.arr.minor() as f64))
        .collect();
    if logs.is_empty() {
        return;
    }
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let spread = logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / logs.len() as f64;
    let positive = || accounts.iter().map(|a| a.arr.minor()).filter(|&x| x > 0);
    segment.arr = ArrInput {
        median: short(median(accounts), f64::round),
        sigma: (spread.sqrt() * 100.0).round() / 100.0,
        min: short(positive().min().unwrap_or(1), f64::floor),
        max: short(positive().max().unwrap_or(1), f64::ceil),
    };
}

/// An amount in three digits: what a book says of accounts to come is no finer.
fn short(minor: i64, to_whole: fn(f64) -> f64) -> i64 {
    let mut step = 1;
    while minor / step >= 1000 {
        step *= 10;
    }
    to_whole(minor as f64 / step as f64) as i64 * step
}

/// The touch model that most of the accounts name, by a word it shares with one of the scenario's; where none names one,
/// the usual one.
fn touch_model(
    template: &ScenarioInput,
    accounts: &[&io::ImportedAccount],
    usual: Option<&str>,
) -> Option<(String, bool)> {
    let mut votes = vec![0_usize; template.touch_models.len()];
    let mut named: Vec<&str> = accounts.iter().filter_map(|a| a.touch_model.as_deref()).collect();
    if named.is_empty() {
        named.extend(usual);
    }
    for named in named {
        let words = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], " ");
        let first = words(named).split_whitespace().next().map(str::to_owned);
        let found = template.touch_models.iter().position(|touch| {
            first
                .as_deref()
                .is_some_and(|word| words(&touch.name).split_whitespace().any(|w| w == word))
        });
        if let Some(found) = found {
            votes[found] += 1;
        }
    }
    let (most, &count) = votes
        .iter()
        .enumerate()
        .max_by_key(|&(i, &n)| (n, std::cmp::Reverse(i)))?;
    let mixed = votes.iter().filter(|&&n| n > 0).count() > 1;
    (count > 0).then(|| (template.touch_models[most].name.clone(), mixed))
}

/// Gives each pool the CSMs its accounts ask for at target utilisation, rounded up, and returns their sum.
fn staff(template: &mut ScenarioInput) -> u32 {
    let Ok(scenario) = check(template) else {
        return template.pools.iter().map(|pool| pool.csms).sum();
    };
    let book = scenario.book();
    let mut whole = 0;
    for pool in &mut template.pools {
        let Some(p) = scenario.touch_models.iter().position(|t| t.name == pool.touch_model) else {
            continue;
        };
        let hours: f64 = scenario
            .segments
            .iter()
            .zip(&book)
            .filter(|(segment, _)| segment.touch_model == p)
            .map(|(segment, accounts)| segment.static_hours(&scenario.touch_models[p]) * accounts.len() as f64)
            .sum();
        let stated = &scenario.pools[p];
        pool.csms = (hours / (stated.productive_hours() * stated.target_utilisation) - 1e-9).ceil() as u32;
        whole += pool.csms;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_accounts_to_come_have_three_digits() {
        assert_eq!(short(158_293_200, f64::round), 158_000_000);
        assert_eq!(short(158_293_200, f64::ceil), 159_000_000);
        assert_eq!(short(158_993_200, f64::floor), 158_000_000);
        assert_eq!(
            [short(1, f64::floor), short(999, f64::floor), short(1_009, f64::floor)],
            [1, 999, 1_000]
        );
    }

    fn customer(tenure_months: Option<u32>, end_month: Option<u32>) -> io::ImportedAccount {
        io::ImportedAccount {
            id: "a".to_owned(),
            name: "A".to_owned(),
            segment: "SMB".to_owned(),
            arr: Money::ZERO,
            term_months: None,
            end_month,
            health: None,
            touch_model: None,
            owner: None,
            tenure_months,
        }
    }

    #[test]
    fn data_much_older_than_the_as_of_day_are_told() {
        let old = [customer(Some(30), Some(1)), customer(Some(14), None)];
        let text = aged(&old).expect("it is told");
        assert!(
            text.starts_with("the newest customer joined 14 months before the as-of day"),
            "{text}"
        );
        assert_eq!(aged(&[customer(Some(30), None), customer(Some(6), None)]), None);
        assert_eq!(aged(&[customer(Some(30), Some(2))]), None, "a contract runs on");
        assert_eq!(aged(&[customer(None, None)]), None, "nothing is known");
    }
}
