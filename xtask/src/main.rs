//! `cargo xtask`: the one door to building, serving, testing and checking Retaincast.

mod bench;
mod lint;
mod page;
mod peer;
mod process;
mod setup;
mod test;
mod wasm;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <COMMAND>

  serve   build everything, serve the page on this machine and print its address
  build   build the page into www/dist
  test    run every test there is
  bench   measure what the simulator and the page cost, beside what they aim at (--json, --short),
          or where the time goes (--profile)
  peer    play the scenarios of tests/peer on the second simulator, in Python
  lint    check formatting, types and the rules of the house
";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["serve"] => page::serve(),
        ["build"] => page::build().map(|()| ExitCode::SUCCESS),
        ["test"] => test::all(),
        ["bench", "--profile"] => bench::profile().map(|()| ExitCode::SUCCESS),
        ["bench", ref options @ ..] if options.iter().all(|option| ["--json", "--short"].contains(option)) => {
            bench::run(options.contains(&"--short"), options.contains(&"--json")).map(|()| ExitCode::SUCCESS)
        }
        ["peer"] => peer::rewrite().map(|()| ExitCode::SUCCESS),
        ["lint"] => lint::all(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|fault| {
        eprintln!("xtask: {fault:#}");
        ExitCode::FAILURE
    })
}
