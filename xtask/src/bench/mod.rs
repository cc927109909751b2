//! What the simulator and the page cost, beside what they are measured against.

mod profile;
mod race;
mod report;
mod rows;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::{cargo, program, root, target};
use crate::{page, peer, setup};
use race::{Side, alone, race, said};

/// How long to measure.
struct Effort {
    rounds: u32,
    /// Turns of the demo book natively and in Wasm: what is compared is close, and no machine is quick for long.
    close_rounds: u32,
    /// Trials of the demo book, and of the reduced model.
    demo: u32,
    reduced: u32,
    /// Trials of each of two plans that are compared.
    compared: u32,
    /// Trials of the run of which the page and the summary are measured.
    run: u32,
}

const FULL: Effort = Effort {
    rounds: 4,
    close_rounds: 12,
    demo: 100,
    reduced: 400,
    compared: 1_000,
    run: 10_000,
};

/// Only to prove that it runs.
const SHORT: Effort = Effort {
    rounds: 1,
    close_rounds: 1,
    demo: 10,
    reduced: 30,
    compared: 20,
    run: 200,
};

/// Everything that was measured.
struct Findings {
    /// Or that there are not so many.
    two_cores: Result<(), String>,
    native: Value,
    /// The demo book: natively, in Node, in Chromium.
    demo: [Side; 3],
    /// The reduced model: natively, in NumPy, in JavaScript and in Wasm in Node, and the same in Chromium.
    reduced: [Side; 6],
    workers: Side,
    page: Side,
    summary: Side,
    sizes: Side,
    variance: Side,
}

/// Measures all of it and prints a table, or an object alone on standard output.
pub fn run(is_short: bool, as_json: bool) -> Result<()> {
    page::build()?;
    let findings = measure(is_short)?;
    let rows = rows::of(&findings)?;
    if as_json {
        println!("{}", report::json(&rows));
    } else {
        println!("{}\n\n{}", report::table(&rows), report::machine());
    }
    Ok(())
}

/// Proves on the built page that the short mode runs and measures everything but, where it is not installed, NumPy.
pub fn proves_to_run() -> Result<()> {
    let text = report::json(&rows::of(&measure(true)?)?);
    let object: serde_json::Map<String, Value> = serde_json::from_str(&text)?;
    let is_measured = |(key, value): (&String, &Value)| value.as_f64().is_some_and(f64::is_finite) || key == "missing";
    let lacking = object
        .iter()
        .filter(|entry| !is_measured(*entry) && entry.0 != "numpy_over_ours");
    let lacking: Vec<&String> = lacking.map(|(key, _)| key).collect();
    ensure!(lacking.is_empty(), "not measured: {lacking:?}; {}", object["missing"]);
    Ok(())
}

/// Prints where the time of the demo book goes.
pub fn profile() -> Result<()> {
    let kernel = kernel("bench")?;
    let scenarios = scenarios(&kernel)?;
    println!("{}", profile::table(&kernel, &file(&scenarios, "played")?)?);
    Ok(())
}

/// The program that measures natively, as this subcommand of cargo builds it.
fn kernel(build: &str) -> Result<PathBuf> {
    program(
        cargo(build).args(["--package", "retaincast", "--bench", "kernel", "--no-run"]),
        "kernel",
    )
}

/// The files of the scenarios that are measured, by name.
fn scenarios(kernel: &Path) -> Result<Value> {
    said(Command::new(kernel).arg("write").arg(target().join("bench")))
}

fn file(scenarios: &Value, name: &str) -> Result<PathBuf> {
    let file = scenarios[name].as_str();
    Ok(file.with_context(|| format!("there is no scenario {name}"))?.into())
}

fn measure(is_short: bool) -> Result<Findings> {
    // The short mode takes what the tests have built anyway.
    let (effort, build) = if is_short { (SHORT, "test") } else { (FULL, "bench") };
    let kernel = kernel(build)?;
    let scenarios = scenarios(&kernel)?;
    let [demo, played, reduced] = ["demo", "played", "reduced"].map(|name| file(&scenarios, name));
    let (demo, played, reduced) = (&demo?, &played?, &reduced?);

    let python = python(is_short)?;
    let chromium = setup::installed_chromium()?.ok_or("there is no Chromium on this machine; CHROMIUM may name one");
    let native = |file: &Path, trials: u32| {
        let mut command = Command::new(&kernel);
        command.arg("play").arg(file).arg(trials.to_string());
        Ok(command)
    };
    let node = |engine: &str, file: &Path, trials: u32| Ok(play("node", engine, file, trials));
    let browser = |engine: &str, file: &Path, trials: u32| {
        let chromium = chromium.as_ref().map_err(ToString::to_string)?;
        let mut command = play("chromium", engine, file, trials);
        command.env("CHROMIUM", chromium);
        Ok(command)
    };
    let in_page = || {
        let chromium = chromium.as_ref().map_err(ToString::to_string)?;
        let mut command = page::script("tests/bench/page.js");
        command.args([effort.run, effort.rounds].map(|number| number.to_string()));
        command.env("CHROMIUM", chromium);
        Ok(command)
    };

    let two_cores = match available_parallelism() {
        Ok(cores) if cores.get() > 1 => Ok(()),
        _ => Err("this machine has one core".to_owned()),
    };

    let about = |what: &str| eprintln!("bench: {what}");
    Ok(Findings {
        two_cores: two_cores.clone(),
        native: {
            about("account-months, random numbers and threads");
            said(Command::new(&kernel).args(is_short.then_some("short")))?
        },
        demo: {
            about("the demo book natively and in Wasm");
            let trials = effort.demo;
            let wasm = [node("wasm", played, trials), browser("wasm", played, trials)];
            let [in_node, in_chromium] = wasm;
            race(effort.close_rounds, [native(played, trials), in_node, in_chromium])?
        },
        reduced: {
            about("the reduced model in Rust, NumPy, JavaScript and Wasm");
            let trials = effort.reduced;
            let sides = [
                native(reduced, trials),
                python.map(|python| numpy(&python, reduced, trials)),
                node("javascript", reduced, trials),
                node("wasm", reduced, trials),
                browser("javascript", reduced, trials),
                browser("wasm", reduced, trials),
            ];
            race(effort.rounds, sides)?
        },
        workers: {
            about("workers");
            alone(two_cores.and_then(|()| browser("workers", demo, 2 * effort.demo)))?
        },
        page: {
            about("the page");
            alone(in_page())?
        },
        summary: {
            about("a summary");
            let [summary] = race(effort.rounds, [node("summary", demo, effort.run)])?;
            summary
        },
        sizes: alone(Ok(page::script("tests/bench/sizes.js")))?,
        variance: {
            about("the difference of two plans");
            let mut command = Command::new(&kernel);
            command.arg("variance").arg(effort.compared.to_string());
            alone(Ok(command))?
        },
    })
}

/// An engine in Node or in Chromium.
fn play(place: &str, engine: &str, file: &Path, trials: u32) -> Command {
    let mut command = page::script("tests/bench/play.js");
    command.args([place, engine]).arg(file).arg(trials.to_string());
    command
}

fn numpy(python: &Path, file: &Path, trials: u32) -> Command {
    let mut command = Command::new(python);
    command.args(["-B", "tests/bench/numpy_peer.py"]).arg(file);
    command.arg(trials.to_string()).current_dir(root());
    for library in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
        command.env(library, "1");
    }
    command
}

/// A Python with NumPy. The short mode, being part of the tests, installs nothing.
fn python(is_short: bool) -> Result<Result<PathBuf, String>> {
    if is_short {
        let found = peer::installed_python()?;
        return Ok(found.ok_or_else(|| "NumPy is not installed; a full run installs it".to_owned()));
    }
    Ok(peer::python().map_err(|fault| format!("NumPy is not installed: {fault:#}")))
}
