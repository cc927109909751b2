//! The rooms of the house and their one direction. This file is the architecture diagram.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms in the order in which they may use each other: only those before it.
const ROOMS: [&str; 8] = ["units", "model", "kernel", "summary", "analysis", "io", "wire", DOORS];
/// Where the outside comes in.
const DOORS: &str = "doors";
const DOOR_FILES: [&str; 4] = ["wasm", "native", "main", "terminal"];

/// A source file, without comments.
struct Source {
    /// Path below `src`, such as `kernel/trial.rs`.
    path: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let source = |file: &PathBuf| Source {
        path: file
            .strip_prefix(&root)
            .expect("it lies below src")
            .display()
            .to_string()
            .replace('\\', "/"),
        code: without_comments(&fs::read_to_string(file).expect("a source file is text")),
    };
    files.iter().map(source).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn without_comments(code: &str) -> String {
    let line = |line: &str| match line.trim_start().starts_with("//") {
        true => String::new(),
        false => line.split(" // ").next().unwrap_or(line).to_owned(),
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

impl Source {
    /// The file or folder right below `src`.
    fn top(&self) -> &str {
        self.path
            .split('/')
            .next()
            .unwrap_or(&self.path)
            .trim_end_matches(".rs")
    }

    fn is_door(&self) -> bool {
        DOOR_FILES.contains(&self.top())
    }

    fn room(&self) -> &str {
        if self.is_door() { DOORS } else { self.top() }
    }

    fn says(&self, word: &str) -> bool {
        words(&self.code).any(|found| found == word)
    }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

/// Rooms that code uses by a path from the crate: `crate::kernel::…`, `retaincast::{wire, units}`.
fn used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for root in ["crate::", "retaincast::"] {
        for (start, _) in code.match_indices(root) {
            let rest = &code[start + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => used.extend(first_words(group)),
                None => used.extend(words(rest).next().map(str::to_owned)),
            }
        }
    }
    for room in &mut used {
        if DOOR_FILES.contains(&room.as_str()) {
            *room = DOORS.to_owned();
        }
    }
    used
}

/// The first word of each entry of a `use` group, whose opening brace is gone.
fn first_words(group: &str) -> Vec<String> {
    let (mut depth, mut entry, mut entries) = (0, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => entries.push(std::mem::take(&mut entry)),
            c if depth == 0 => entry.push(c),
            _ => {}
        }
    }
    entries.push(entry);
    entries
        .iter()
        .filter_map(|entry| words(entry).next().map(str::to_owned))
        .collect()
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|other| *other == room)
}

/// Uses that point the wrong way, a sentence each.
fn wrong_ways(source: &Source) -> Vec<String> {
    let here = rank(source.room());
    let wrong = used(&source.code).into_iter().filter(|room| match (rank(room), here) {
        (Some(there), Some(here)) => there > here,
        _ => false,
    });
    wrong
        .map(|room| format!("src/{} uses {room}, a room after its own", source.path))
        .collect()
}

#[test]
fn every_file_belongs_to_a_room() {
    let homeless: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.path != "lib.rs" && rank(source.room()).is_none())
        .map(|source| source.path)
        .collect();
    assert_eq!(homeless, [""; 0]);
}

#[test]
fn no_room_uses_a_room_after_it() {
    let wrong: Vec<_> = sources().iter().flat_map(wrong_ways).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_climbs_out_of_its_room_by_another_way() {
    let climbing: Vec<_> = sources()
        .into_iter()
        .filter(|source| !source.is_door())
        .filter(|source| {
            let at_the_top = source.path.ends_with("mod.rs") && source.code.contains("super::");
            let own_tests = source.code.matches("super::").count() == source.code.matches("use super::*;").count();
            source.code.contains("super::super") || (at_the_top && !own_tests)
        })
        .map(|source| source.path)
        .collect();
    assert_eq!(climbing, [""; 0]);
}

#[test]
fn the_reader_of_paths_sees_them_all() {
    let source = |path: &str, code: &str| Source {
        path: path.to_owned(),
        code: without_comments(code),
    };
    let group = source(
        "model/chain.rs",
        "use crate::{units::{Money, logit},\n    kernel::Plan};",
    );
    assert_eq!(used(&group.code), ["units", "kernel"]);
    assert_eq!(
        wrong_ways(&group),
        ["src/model/chain.rs uses kernel, a room after its own"]
    );
    let inline = source(
        "summary/metrics.rs",
        "let x = crate::wire::read(text); // crate::native",
    );
    assert_eq!(
        wrong_ways(&inline),
        ["src/summary/metrics.rs uses wire, a room after its own"]
    );
    let door = source("wire/report.rs", "use crate::native;");
    assert_eq!(
        wrong_ways(&door),
        ["src/wire/report.rs uses doors, a room after its own"]
    );
    assert!(wrong_ways(&source("wire/report.rs", "/// See crate::wasm.\nuse crate::io;")).is_empty());
    assert!(wrong_ways(&source("terminal/mod.rs", "use retaincast::{native, wire::Fault};")).is_empty());
}

/// Files outside `allowed` that say one of the words.
fn say(words: &[&str], allowed: impl Fn(&Source) -> bool) -> Vec<String> {
    let all = sources().into_iter().filter(|source| !allowed(source));
    all.filter(|source| words.iter().any(|word| source.says(word)))
        .map(|source| source.path)
        .collect()
}

#[test]
fn only_the_browser_door_knows_javascript() {
    let known = say(&["JsValue", "JsError", "js_sys", "web_sys", "wasm_bindgen"], |source| {
        source.path == "wasm.rs"
    });
    assert_eq!(known, [""; 0]);
}

#[test]
fn only_the_wire_and_the_doors_know_serde() {
    let known = say(&["serde", "serde_json", "Serialize", "Deserialize"], |source| {
        source.room() == "wire" || source.is_door()
    });
    assert_eq!(known, [""; 0]);
}

#[test]
fn only_the_kernel_rolls_dice() {
    assert_eq!(
        say(&["rand", "rand_distr"], |source| source.room() == "kernel"),
        [""; 0]
    );
}

#[test]
fn nothing_iterates_in_the_order_of_a_hash() {
    assert_eq!(say(&["HashMap", "HashSet", "hash_map", "hash_set"], |_| false), [""; 0]);
}

#[test]
fn only_the_doors_know_threads_terminals_files_and_the_clock() {
    let known = say(
        &[
            "rayon",
            "clap",
            "indicatif",
            "println",
            "eprintln",
            "thread",
            "Instant",
            "SystemTime",
            "fs",
            "env",
        ],
        // `env!` tells reports the version.
        |source| source.is_door() || source.path == "wire/report/mod.rs",
    );
    assert_eq!(known, [""; 0]);
}
