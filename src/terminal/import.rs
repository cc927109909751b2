use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use retaincast::units::Currency;
use retaincast::wire::import::{ArrBandInput, ImportReply, ImportRequest, MappingInput, TableInput, import};
use retaincast::wire::scenario::RateInput;
use retaincast::wire::{self, CellKind, examples, read_cell, show_money};
use serde_json::json;

use super::{Stop, Tables, files, json, of_accounts, print};

#[derive(Args)]
pub(super) struct Import {
    /// CSV tables: accounts first, then perhaps their subscriptions
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    tables: Tables,
    /// Scenario whose assumptions the book takes over; the demo book's when left out
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Print totals, rejected and flagged rows and the scenario as one JSON object
    #[arg(long)]
    json: bool,
}

impl Import {
    /// Writes the scenario to standard output and the report to standard error.
    pub(super) fn run(&self) -> Result<(), Stop> {
        let template = match &self.scenario {
            Some(file) => files::text(file)?,
            None => examples::DEMO.to_owned(),
        };
        let reply = read_tables(&self.files, &self.tables, template)?;
        let scenario: serde_json::Value = reply
            .scenario
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        if self.json {
            return print(&json(&json!({
                "totals": reply.totals,
                "rejected": reply.rejected,
                "flagged": reply.flagged,
                "columns": reply.columns,
                "bands": reply.bands,
                "scenario": scenario,
            }))?);
        }
        report(&reply);
        print(&json(&scenario)?)
    }
}

/// Reads CSV files into a scenario; problems stop it, rejected rows do not.
pub(super) fn read_tables(paths: &[PathBuf], options: &Tables, template: String) -> Result<ImportReply, Stop> {
    let mut faults = Vec::new();
    let mut mapping = Vec::new();
    for named in &options.map {
        match named.split_once('=') {
            Some((field, header)) => mapping.push(MappingInput {
                field: field.trim().to_owned(),
                header: header.trim_matches('"').to_owned(),
            }),
            None => faults.push(format!("--map {named:?} is not FIELD=HEADER")),
        }
    }
    let mut bands = Vec::new();
    for band in &options.bands {
        let read = band.split_once('=').map(|(segment, from)| {
            (
                segment.to_owned(),
                read_cell(CellKind::Money, from, Currency::Usd).value,
            )
        });
        match read {
            Some((segment, Some(RateInput::Point(from)))) => bands.push(ArrBandInput {
                segment,
                from: from as i64,
            }),
            _ => faults.push(format!("--band {band:?} is not SEGMENT=FROM")),
        }
    }
    let mut tables = Vec::new();
    for path in paths {
        match files::text(path) {
            Ok(text) => tables.push(TableInput {
                name: path
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                text,
            }),
            Err(stop) => faults.extend(stop.lines),
        }
    }
    if !faults.is_empty() {
        return Err(Stop::fault(faults));
    }
    let reply = import(&ImportRequest {
        scenario: template,
        tables,
        as_of: options.as_of.clone().unwrap_or_else(|| today().to_string()),
        mapping,
        day_first: (options.day_first || options.month_first).then_some(options.day_first),
        bands: (!bands.is_empty()).then_some(bands),
    });
    if reply.scenario.is_some() {
        return Ok(reply);
    }
    let ask = reply.problems.iter().any(|problem| problem.question.is_some());
    let hint = ask.then(|| "answer with --day-first or --month-first".to_owned());
    Err(Stop::fault(
        reply.problems.into_iter().map(|problem| problem.text).chain(hint),
    ))
}

/// Tells on standard error what was loaded, left out and assumed.
pub(super) fn report(reply: &ImportReply) {
    const MOST: usize = 20;
    let currency = reply
        .scenario
        .as_deref()
        .and_then(|text| wire::read(text).ok())
        .map_or(Currency::Usd, |scenario| scenario.currency.into());
    if let Some(totals) = &reply.totals {
        let arr = show_money(totals.arr as f64, currency, 4);
        tell!(
            "{}, {arr} ARR, from {} rows; {} rejected",
            of_accounts(totals.accounts),
            totals.rows,
            totals.rejected
        );
        for segment in &totals.segments {
            let arr = show_money(segment.arr as f64, currency, 4);
            tell!("  {}: {}, {arr}", segment.name, of_accounts(segment.accounts));
        }
    }
    for row in reply.rejected.iter().take(MOST) {
        let column = row
            .column
            .as_ref()
            .map_or_else(String::new, |column| format!(", `{column}`"));
        tell!("rejected: {} line {}{column}: {}", row.table, row.line, row.reason);
    }
    if reply.rejected.len() > MOST {
        tell!("rejected: {} more; --json lists all", reply.rejected.len() - MOST);
    }
    for flag in reply.flagged.iter().filter(|flag| flag.line.is_none()) {
        tell!("note: {}: {}", flag.table, flag.text);
    }
    let rows = reply.flagged.iter().filter(|flag| flag.line.is_some());
    for flag in rows.clone().take(MOST) {
        tell!("note: {} line {}: {}", flag.table, flag.line.unwrap_or(0), flag.text);
    }
    if rows.clone().count() > MOST {
        tell!("note: {} more; --json lists all", rows.count() - MOST);
    }
}

fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs());
    let days = i64::try_from(seconds / 86_400).unwrap_or(0);
    date(1970, 1, 1).saturating_add(days.days())
}
