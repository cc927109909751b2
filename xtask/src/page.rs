//! The page: its tools, its build and its server.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::process::{self, run};
use crate::{setup, wasm};

/// The folder of the page.
pub fn root() -> PathBuf {
    process::root().join("www")
}

/// A tool of the page's npm packages. Started as a script of Node, not through npx, which would
/// offer a stranger's package where ours is missing and hide the process behind others.
pub fn tool(script: &str) -> Command {
    self::script(&format!("node_modules/{script}"))
}

/// A script in the folder of the page, run by Node.
pub fn script(path: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(root()).arg(root().join(path));
    command
}

/// Builds the page and everything it stands on.
pub fn build() -> Result<()> {
    setup::wasm_target()?;
    setup::node()?;
    wasm::build()?;
    bundle()
}

/// Bundles the page around the module that is there.
pub fn bundle() -> Result<()> {
    run(tool("vite/bin/vite.js").arg("build"))
}

/// The type checks: the page, its workers, and what runs in Node.
pub fn type_checks() -> [Command; 3] {
    let mut page = tool("svelte-check/bin/svelte-check");
    page.args(["--tsconfig", "tsconfig.json", "--fail-on-warnings"]);
    let types = |project: &str| {
        let mut command = tool("typescript/bin/tsc");
        command.args(["--project", project]);
        command
    };
    [page, types("tsconfig.worker.json"), types("tsconfig.node.json")]
}

/// Builds, then serves until stopped.
pub fn serve() -> Result<ExitCode> {
    build()?;
    stay(tool("vite/bin/vite.js").args(["preview", "--host", "127.0.0.1"]))
}

/// Becomes the command, so that whoever stops us stops it.
#[cfg(unix)]
fn stay(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn stay(command: &mut Command) -> Result<ExitCode> {
    run(command).map(|()| ExitCode::SUCCESS)
}
