//! Where the time goes: instructions of an account-month by function, as Valgrind counts them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::report::{align, rounded};
use crate::process::{output, target};

/// Trials of two runs: what they differ by is free of the start.
const TRIALS: [u32; 2] = [2, 12];

/// Functions worth a row, as a share of all.
const LEAST: f64 = 0.01;

/// A table of what an account-month of this scenario costs, the dearest function first.
pub fn table(kernel: &Path, scenario: &Path) -> Result<String> {
    let [few, many] = [
        profile(kernel, scenario, TRIALS[0])?,
        profile(kernel, scenario, TRIALS[1])?,
    ];
    let account_months = many.account_months - few.account_months;
    let more = |(function, count): (&String, &f64)| {
        let before = few.by_function.get(function).copied().unwrap_or(0.0);
        (function.clone(), (count - before) / account_months)
    };
    let mut costs: Vec<(String, f64)> = many.by_function.iter().map(more).collect();
    costs.sort_by(|a, b| b.1.total_cmp(&a.1));
    let all: f64 = costs.iter().map(|(_, cost)| cost).sum();
    let (dear, rest): (Vec<_>, Vec<_>) = costs.into_iter().partition(|(_, cost)| *cost >= LEAST * all);
    let rest = rest.iter().map(|(_, cost)| cost).sum();

    let row = |(function, cost): (String, f64)| [function, rounded(cost), format!("{:.0}%", 100.0 * cost / all)];
    let mut cells = vec![["function", "instructions", "share"].map(str::to_owned)];
    cells.extend(dear.into_iter().map(row));
    cells.extend([("the rest".to_owned(), rest), ("all".to_owned(), all)].map(row));
    Ok(align(cells))
}

struct Profile {
    account_months: f64,
    /// Instructions, those of what was inlined included.
    by_function: BTreeMap<String, f64>,
}

fn profile(kernel: &Path, scenario: &Path, trials: u32) -> Result<Profile> {
    let file = target().join("bench/callgrind.out");
    let mut out = "--callgrind-out-file=".to_owned();
    out.push_str(&file.to_string_lossy());
    let mut play = Command::new("valgrind");
    play.args(["--quiet", "--tool=callgrind", &out]).arg(kernel);
    play.arg("once").arg(scenario).arg(trials.to_string());
    let said: Value = serde_json::from_str(&output(&mut play).context("install Valgrind")?)?;

    let mut list = Command::new("callgrind_annotate");
    let listed = output(list.args(["--threshold=100", "--auto=no"]).arg(file))?;
    let mut by_function = BTreeMap::new();
    for (function, count) in listed.lines().filter_map(line) {
        *by_function.entry(function).or_insert(0.0) += count;
    }
    Ok(Profile {
        account_months: said["account_months"].as_f64().context("account-months are not told")?,
        by_function,
    })
}

/// ` 47,024,680 (11.17%)  /a/file.rs:retaincast::kernel::f::{{closure}} [/an/object]`
fn line(line: &str) -> Option<(String, f64)> {
    let (count, rest) = line.trim_start().split_once(" (")?;
    let count: f64 = count.replace(',', "").parse().ok()?;
    let (_, place) = rest.split_once(")  ")?;
    let (_, function) = place.split_once(':')?;
    let function = function.split(" [").next()?;
    let function = function.replace("retaincast::", "").replace("::{{closure}}", "");
    Some((function, count))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_line_is_a_function_and_its_instructions() {
        let inlined = "47,024,680 (11.17%)  /a/stream.rs:retaincast::kernel::trial::Trial::play::{{closure}}";
        assert_eq!(
            line(inlined),
            Some(("kernel::trial::Trial::play".to_owned(), 47_024_680.0))
        );
        let foreign = "    12 ( 0.01%)  ./sysdeps/memmove.S:__memcpy_avx [/usr/lib/libc.so.6]";
        assert_eq!(line(foreign), Some(("__memcpy_avx".to_owned(), 12.0)));
        assert_eq!(line("420,975,738 (100.0%)  PROGRAM TOTALS"), None);
        assert_eq!(line("Ir                   file:function"), None);
    }
}
