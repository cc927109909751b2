//! Every test there is, in every runner, and their sum.

use std::env::consts::EXE_EXTENSION;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::process::{artifact, cargo, describe, run};
use crate::{bench, page, setup, wasm};

/// Runs all of it, past failures, and ends with one line: `N passed, N failed`.
pub fn all() -> Result<ExitCode> {
    setup::wasm_target()?;
    setup::node()?;
    let chromium = setup::chromium()?;

    let mut score = Score::default();
    score.runner(
        cargo("test").args(["--no-fail-fast", "--package", "retaincast"]),
        libtest,
    );
    score.runner(
        cargo("test").args(["--no-fail-fast", "--package", "xtask", "--bins"]),
        libtest,
    );
    let binary = score.step("native binary", || {
        artifact(
            cargo("build").args(["--package", "retaincast", "--bin", "retaincast"]),
            EXE_EXTENSION,
        )
    });
    let module = score.step("Wasm module", wasm::build);
    if let (Some(binary), Some(())) = (binary, module) {
        score.step("page types", || page::type_checks().iter_mut().try_for_each(run));
        score.runner(
            page_runner("vitest/vitest.mjs", "run").env("RETAINCAST_BIN", &binary),
            vitest,
        );
        if score.step("page bundle", page::bundle).is_some() {
            score.step("bench, short", bench::proves_to_run);
            score.runner(
                page_runner("@playwright/test/cli.js", "test")
                    .env("RETAINCAST_BIN", &binary)
                    .env("CHROMIUM", chromium)
                    .env("RETAINCAST_PORT", free_port()?.to_string()),
                playwright,
            );
        }
    }
    Ok(score.close())
}

fn page_runner(script: &str, subcommand: &str) -> Command {
    let mut command = page::tool(script);
    command.arg(subcommand);
    command
}

/// A port of our own, so that a running `cargo xtask serve` is never mistaken for the page under test.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[derive(Default)]
struct Score {
    sum: Tally,
    lines: Vec<String>,
}

impl Score {
    /// Runs a runner and counts what its lines say.
    fn runner(&mut self, command: &mut Command, count: fn(&str) -> Tally) {
        let start = Instant::now();
        let name = describe(command);
        eprintln!("\n== {name}");
        let mut tally = Tally::default();
        let fault = watch(command, |line| tally.add(count(line)))
            .and_then(|()| {
                ensure!(tally != Tally::default(), "it ran no test");
                Ok(())
            })
            .err();
        // A runner that broke down outside its tests is a failure, whatever it counted.
        if fault.is_some() && tally.failed == 0 {
            tally.failed = 1;
        }
        self.sum.add(tally);
        let ran = tally.passed + tally.failed;
        self.note(&name, start, &format!("{} of {ran}", tally.passed), fault);
    }

    /// Does what the next runner stands on; only its failure counts.
    fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let start = Instant::now();
        eprintln!("\n== {name}");
        match work() {
            Ok(made) => {
                self.note(name, start, "done", None);
                Some(made)
            }
            Err(fault) => {
                self.sum.failed += 1;
                self.note(name, start, "broken", Some(fault));
                None
            }
        }
    }

    fn note(&mut self, name: &str, start: Instant, result: &str, fault: Option<anyhow::Error>) {
        let seconds = start.elapsed().as_secs();
        let fault = fault.map_or(String::new(), |fault| format!(": {fault:#}"));
        self.lines.push(format!("{seconds:>5} s  {result:<12} {name}{fault}"));
    }

    fn close(self) -> ExitCode {
        println!();
        for line in &self.lines {
            println!("{line}");
        }
        println!("{} passed, {} failed", self.sum.passed, self.sum.failed);
        if self.sum.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Runs to the end, showing every line as it comes and handing it on.
fn watch(command: &mut Command, mut seen: impl FnMut(&str)) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    let lines = BufReader::new(child.stdout.take().expect("the output is piped"));
    for line in lines.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        seen(&plain(&line));
    }
    let status = child.wait()?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// The line without its colours, which some runners print to a pipe too.
fn plain(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    plain.extend(pieces.filter_map(|piece| Some(piece.split_once('m')?.1)));
    plain
}

/// `test result: FAILED. 3 passed; 1 failed; 0 ignored; …`
fn libtest(line: &str) -> Tally {
    if !line.starts_with("test result: ") {
        return Tally::default();
    }
    Tally {
        passed: before(line, "passed"),
        failed: before(line, "failed"),
    }
}

/// `      Tests  1 failed | 3 passed (4)`
fn vitest(line: &str) -> Tally {
    if !line.trim_start().starts_with("Tests  ") {
        return Tally::default();
    }
    Tally {
        passed: before(line, "passed"),
        failed: before(line, "failed"),
    }
}

/// `  1 failed`, then names, then `  3 passed (2.3s)`
fn playwright(line: &str) -> Tally {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some(count) = words.first().and_then(|word| word.parse().ok()) else {
        return Tally::default();
    };
    match words[1..] {
        ["passed", time] if time.starts_with('(') => Tally {
            passed: count,
            failed: 0,
        },
        ["failed" | "flaky" | "interrupted"] | ["did", "not", "run"] => Tally {
            passed: 0,
            failed: count,
        },
        _ => Tally::default(),
    }
}

/// The number that stands before a word, 0 where there is none.
fn before(line: &str, wanted: &str) -> u32 {
    let words: Vec<&str> = line.split_whitespace().collect();
    words
        .windows(2)
        .find(|pair| pair[1].trim_end_matches(';') == wanted)
        .and_then(|pair| pair[0].parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Tally, libtest, plain, playwright, vitest};

    fn tally(passed: u32, failed: u32) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn libtest_counts_its_closing_line_only() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out";
        assert_eq!(libtest(line), tally(3, 1));
        assert_eq!(libtest("test tests::three_passed ... ok"), tally(0, 0));
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        assert_eq!(vitest("      Tests  1 failed | 3 passed (4)"), tally(3, 1));
        assert_eq!(vitest("      Tests  12 passed (12)"), tally(12, 0));
        assert_eq!(vitest("      Tests  no tests"), tally(0, 0));
        assert_eq!(vitest(" Test Files  1 passed (1)"), tally(0, 0));
    }

    #[test]
    fn colours_do_not_hide_a_count() {
        let line = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m15 passed\u{1b}[39m (15)";
        assert_eq!(vitest(&plain(line)), tally(15, 0));
        assert_eq!(plain("  3 passed (2.3s)"), "  3 passed (2.3s)");
    }

    #[test]
    fn playwright_counts_what_did_not_pass_as_failed() {
        assert_eq!(playwright("  3 passed (2.3s)"), tally(3, 0));
        assert_eq!(playwright("  2 failed"), tally(0, 2));
        assert_eq!(playwright("  1 flaky"), tally(0, 1));
        assert_eq!(playwright("  4 did not run"), tally(0, 4));
        assert_eq!(playwright("  1 skipped"), tally(0, 0));
        assert_eq!(playwright("Running 3 tests using 1 worker"), tally(0, 0));
    }
}
