//! The terminal door.

mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    terminal::run()
}
