//! What a person waits for in the page, and what the page weighs.

use super::{of_side, row, seconds};
use crate::bench::Findings;
use crate::bench::race::Side;
use crate::bench::report::Row;

/// In the order of the table.
pub fn of(found: &Findings) -> Vec<Row> {
    let of_page = |key, measure, must, note| row(key, measure, [must, ""], of_side(&found.page, key), note);
    let mut rows = vec![
        of_page(
            "edit_to_picture_ms",
            "edit to first picture, demo book",
            "≤ 100",
            "median; from Enter to the frame after, while a run goes on",
        ),
        of_page("cancel_ms", "cancel to no worker working", "≤ 50", "median"),
        of_page(
            "longest_task_ms",
            "longest main-thread task while 10,000 trials run",
            "< 50",
            "from Chromium's trace",
        ),
        row(
            "summary_ms",
            "summary of 10,000 trials × 36 months",
            ["≤ 150", ""],
            seconds(&found.summary).map(|s| s * 1000.0),
            "Wasm in Node, every number of the page",
        ),
        of_page(
            "memory_mb",
            "memory of the page, demo book, 10,000 trials",
            "≤ 200",
            "the most its process has for itself",
        ),
    ];
    rows.extend(files(&found.sizes));
    rows.push(of_page(
        "cold_first_result_s",
        "time to first result, cold, headless Chromium",
        "≤ 1.5",
        "median; from the start of the navigation",
    ));
    rows
}

fn files(sizes: &Side) -> [Row; 2] {
    [
        ("wasm_gzip_kb", ".wasm, gzipped", "≤ 400", ""),
        (
            "first_load_gzip_kb",
            "first load of everything, gzipped",
            "≤ 700",
            "every file of the page",
        ),
    ]
    .map(|(key, measure, must, note)| row(key, measure, [must, ""], of_side(sizes, key), note))
}
