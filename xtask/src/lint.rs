//! Formatting, lints, types, and the guard of the random draws.

use std::io::{IsTerminal, stdout};
use std::process::{Command, ExitCode};

use anyhow::{Result, ensure};

use crate::process::{cargo, output, plain_cargo, run};
use crate::{page, setup, wasm};

/// Runs every check, so that one look shows all there is to mend.
pub fn all() -> Result<ExitCode> {
    setup::wasm_target()?;
    setup::rust_components()?;
    setup::node()?;

    let mut faults = Vec::new();
    let mut check = |done: Result<()>| faults.extend(done.err());
    check(run(plain_cargo("fmt").args(["--all", "--check"])));
    check(run(clippy().args(["--workspace", "--all-targets"]).args(DENY)));
    check(run(clippy()
        .args(["--package", "retaincast", "--lib"])
        .args(["--target", "wasm32-unknown-unknown"])
        .args(DENY)));
    check(draws_are_portable());
    check(run(&mut biome()));
    let bindings = wasm::build();
    let is_built = bindings.is_ok();
    check(bindings);
    if is_built {
        for mut types in page::type_checks() {
            check(run(&mut types));
        }
    }

    for fault in &faults {
        eprintln!("lint: {fault:#}");
    }
    Ok(if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

const DENY: [&str; 3] = ["--", "-D", "warnings"];

fn clippy() -> Command {
    cargo("clippy")
}

fn biome() -> Command {
    let mut command = page::tool("@biomejs/biome/bin/biome");
    command.args(["ci", "--error-on-warnings"]);
    // It colours pipes and files too.
    if !stdout().is_terminal() {
        command.arg("--colors=off");
    }
    command
}

/// With its feature `std`, num-traits takes the platform's exp and ln, and rand_distr draws other
/// bits natively than in Wasm. Any dependency, even one of the tests, can switch it on.
fn draws_are_portable() -> Result<()> {
    let tree = output(
        cargo("tree")
            .args(["--edges", "features", "--target", "all"])
            .args(["--invert", "num-traits"]),
    )?;
    ensure!(
        !tree.contains("num-traits feature \"std\""),
        "a dependency switches on num-traits/std, which changes the draws:\n{tree}"
    );
    Ok(())
}
