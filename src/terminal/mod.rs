//! The terminal: what can be asked, and how answers look there.

/// Tells on standard error; when nobody listens there, nothing is lost.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod calibrate;
mod files;
mod import;
mod simulate;
mod table;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use retaincast::wire::scenario::ScenarioInput;
use retaincast::wire::{self, examples};

#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a scenario and print what comes out; without one, the demo book
    Simulate(simulate::Simulate),
    /// Turn CSV tables of accounts, and perhaps their subscriptions, into a scenario with that book
    Import(import::Import),
    /// Fit churn and dispersion to the survivors of a cohort, by the shifted-beta-geometric law
    Calibrate(calibrate::Calibrate),
    /// Check a scenario file and print every fault
    Validate {
        /// The scenario, a JSON file
        file: PathBuf,
    },
    /// Print the JSON Schema of a scenario
    Schema,
    /// List the starting points, or print one as a scenario
    Examples {
        /// Name of a starting point
        name: Option<String>,
    },
}

/// What a person states about CSV tables.
#[derive(Args)]
struct Tables {
    /// The day the book is looked at, such as 2024-12-31; today when left out
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// A header named for a field, such as arr="Annual value"; may be repeated
    #[arg(long = "map", value_name = "FIELD=HEADER")]
    map: Vec<String>,
    /// Read 03/04/2025 as the third of April
    #[arg(long, conflicts_with = "month_first")]
    day_first: bool,
    /// Read 03/04/2025 as the fourth of March
    #[arg(long)]
    month_first: bool,
    /// Where accounts without a segment go, such as Enterprise=100k; repeated, one for each segment
    #[arg(long = "band", value_name = "SEGMENT=FROM")]
    bands: Vec<String>,
}

/// Why a command stops: sentences for standard error.
struct Stop {
    lines: Vec<String>,
    code: u8,
}

impl Stop {
    /// The person's input is at fault.
    fn fault(lines: impl IntoIterator<Item = impl ToString>) -> Stop {
        Stop {
            lines: lines.into_iter().map(|line| line.to_string()).collect(),
            code: 1,
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        // Whoever reads the output has seen enough.
        let code = u8::from(error.kind() != io::ErrorKind::BrokenPipe);
        let lines = if code == 0 { Vec::new() } else { vec![error.to_string()] };
        Stop { lines, code }
    }
}

/// Reads the command line and does what it asks; 0 done, 1 the input's fault, 2 a wrong call.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Simulate(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Calibrate(command) => command.run(),
        Command::Validate { file } => validate(&file),
        Command::Schema => schema(),
        Command::Examples { name } => list_examples(name.as_deref()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            for line in stop.lines {
                // Not eprintln!, which panics when nobody reads any more.
                tell!("{line}");
            }
            ExitCode::from(stop.code)
        }
    }
}

fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// So many accounts, in words.
fn of_accounts(n: u64) -> String {
    format!("{n} account{}", if n == 1 { "" } else { "s" })
}

fn validate(file: &std::path::Path) -> Result<(), Stop> {
    let text = files::text(file)?;
    let checked = wire::look(&text);
    if !checked.faults.is_empty() {
        return Err(Stop::fault(checked.faults));
    }
    let accounts = checked.derived.map_or(0, |derived| derived.accounts);
    print(&format!(
        "sound: {}\n{}",
        of_accounts(u64::from(accounts)),
        table::findings(&wire::sense(&text).0)
    ))
}

fn schema() -> Result<(), Stop> {
    let schema = schemars::schema_for!(ScenarioInput);
    print(&json(&schema)?)
}

fn list_examples(name: Option<&str>) -> Result<(), Stop> {
    let examples = examples::list().0;
    let names = || examples.iter().map(|e| e.name.as_str()).collect::<Vec<_>>();
    match name {
        None => print(&names().join("\n")),
        Some(name) => match examples::find(name) {
            Some(text) => print(text),
            None => Err(Stop::fault([format!("{name:?} is none of {}", names().join(", "))])),
        },
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Stop> {
    serde_json::to_string_pretty(value).map_err(|e| {
        Stop::fault([format!(
            "{e}; please report this, with Retaincast {}",
            env!("CARGO_PKG_VERSION")
        )])
    })
}
