//! Starting other programs, and asking cargo where it put what it built.

use std::env;
use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::page;

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lives in a folder of the workspace")
}

/// Where what is made of the sources goes, unless cargo is told another place by its settings.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs us, never to change a lock file.
pub fn cargo(subcommand: &str) -> Command {
    let mut command = plain_cargo(subcommand);
    command.arg("--locked");
    command
}

/// Cargo for the subcommands that know no lock file.
pub fn plain_cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).arg(subcommand);
    command
}

/// Runs to the end, sharing our terminal; anything but success is an error.
///
/// What it prints goes to standard error: standard output is for what we ourselves have to say.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdout(stderr())
        .status()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    ensure!(status.success(), "{} failed ({status})", describe(command));
    Ok(())
}

/// Runs to the end and returns what was printed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    ensure!(
        output.status.success(),
        "{} failed ({})",
        describe(command),
        output.status
    );
    String::from_utf8(output.stdout).context("output is not UTF-8")
}

/// Runs a cargo build and returns the file called `retaincast` with this extension that it made.
pub fn artifact(build: &mut Command, extension: &str) -> Result<PathBuf> {
    for message in messages(build)? {
        let made = message["filenames"].as_array().into_iter().flatten();
        for path in made.filter_map(Value::as_str).map(PathBuf::from) {
            let stem = path.file_stem().unwrap_or_default();
            if stem == "retaincast" && path.extension().unwrap_or_default() == extension {
                return Ok(path);
            }
        }
    }
    bail!("{} made no retaincast file", describe(build))
}

/// Runs a cargo build and returns the program it made of this target.
pub fn program(build: &mut Command, target: &str) -> Result<PathBuf> {
    let messages = messages(build)?;
    let made = messages.iter().filter(|message| message["target"]["name"] == target);
    let path = made.filter_map(|message| message["executable"].as_str()).next();
    path.map(PathBuf::from)
        .with_context(|| format!("{} made no program {target}", describe(build)))
}

/// Cargo's word for what it made: the target folder may be moved by the environment or a user's settings.
fn messages(build: &mut Command) -> Result<Vec<Value>> {
    let lines = output(build.arg("--message-format=json-render-diagnostics"))?;
    lines
        .lines()
        .map(|line| serde_json::from_str(line).context("cargo printed no JSON"))
        .collect()
}

/// The command as a person would type it, its long paths shortened.
pub fn describe(command: &Command) -> String {
    let packages = page::root().join("node_modules");
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let short = words.map(|word| {
        let path = Path::new(word);
        let short = match path.strip_prefix(&packages) {
            Ok(inside) => inside.as_os_str(),
            Err(_) if path.is_absolute() => path.file_name().unwrap_or(word),
            Err(_) => word,
        };
        short.to_string_lossy().into_owned()
    });
    short.collect::<Vec<_>>().join(" ")
}
