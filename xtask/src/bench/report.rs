//! The rows as a table for people and as an object for machines.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::thread::available_parallelism;

use serde_json::{Value, json};

/// A number, or a sentence on what is lacking to measure it.
pub type Measured = Result<f64, String>;

/// One line of the table.
pub struct Row {
    /// Name in the object.
    pub key: &'static str,
    /// What is measured, for people.
    pub measure: &'static str,
    /// What it must be and what it aims at; nothing where it only explains another row.
    pub must: &'static str,
    pub aim: &'static str,
    pub unit: &'static str,
    pub measured: Measured,
    /// What else there is to say.
    pub note: String,
}

/// A table of what was measured.
pub fn table(rows: &[Row]) -> String {
    let mut cells = vec![["measure", "must", "aim", "measured", "note"].map(str::to_owned)];
    for row in rows {
        let (measured, note) = match &row.measured {
            Ok(number) => (format!("{} {}", rounded(*number), row.unit), &row.note),
            Err(lack) => ("–".to_owned(), lack),
        };
        let [measure, must, aim] = [row.measure, row.must, row.aim].map(str::to_owned);
        cells.push([measure, must, aim, measured, note.clone()]);
    }
    align(cells)
}

/// A table in Markdown that reads well as it is, its head being the first row.
pub fn align<const N: usize>(mut rows: Vec<[String; N]>) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    rows.insert(1, widths.map(|width| "-".repeat(width)));
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// An object whose keys stand in the order of the table, and why a number is missing.
pub fn json(rows: &[Row]) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| format!("  {}: {}", json!(row.key), json!(row.measured.as_ref().ok())))
        .collect();
    let lacks = rows
        .iter()
        .filter_map(|row| Some((row.key, row.measured.as_ref().err()?)));
    let lacks: Value = lacks.map(|(key, lack)| (key.to_owned(), json!(lack))).collect();
    lines.push(format!("  \"missing\": {lacks}"));
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// The processor, as far as the system tells, and its cores.
pub fn machine() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = about
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = name.map_or(ARCH, |(_, name)| name);
    let cores = available_parallelism().map_or(1, |cores| cores.get());
    format!("{name}, {cores} cores, {OS}")
}

/// Three digits that count.
pub fn rounded(number: f64) -> String {
    let digits = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{number:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &'static str, measured: Measured) -> Row {
        Row {
            key,
            measure: "Two over one",
            must: "≥ 1.7",
            aim: "",
            unit: "×",
            measured,
            note: String::new(),
        }
    }

    #[test]
    fn what_is_missing_is_null_and_says_why() {
        let rows = [row("b", Ok(1.5)), row("a", Err("there is one core".to_owned()))];
        let text = json(&rows);
        let object: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(
            object,
            json!({"b": 1.5, "a": null, "missing": {"a": "there is one core"}})
        );
        assert!(text.find("\"b\"") < text.find("\"a\""));
        let table = table(&rows);
        let last = table.lines().last().unwrap_or_default();
        assert!(table.contains("| Two over one | ≥ 1.7 |     | 1.50 ×   |"), "{table}");
        assert!(
            last.contains("| – ") && last.contains("| there is one core |"),
            "{table}"
        );
    }

    #[test]
    fn numbers_have_three_digits_that_count() {
        assert_eq!([123.4, 12.34, 1.234, 0.0].map(rounded), ["123", "12.3", "1.23", "0.00"]);
    }
}
