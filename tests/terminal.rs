//! The program as a person meets it in a terminal, or another program in a pipe.

#[path = "support/document.rs"]
mod document;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use document::{demo, edit};
use serde_json::{Value, json};

/// A folder of its own for each test, gone when the test ends well.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the target folder can be written");
        Folder(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("the folder can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a failed test left behind helps whoever looks into it.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

fn retaincast() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_retaincast"));
    command.stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
    command
}

fn run(arguments: &[&str]) -> Output {
    retaincast().args(arguments).output().expect("the program starts")
}

fn with_path(before: &[&str], path: &Path, after: &[&str]) -> Output {
    let output = retaincast().args(before).arg(path).args(after).output();
    output.expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ends the program")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

fn errors(output: &Output) -> Vec<&str> {
    text(&output.stderr).lines().collect()
}

/// The output of a command that went well.
fn good(output: &Output) -> &str {
    assert_eq!(code(output), 0, "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The sentences of a command that refused its input.
fn refused(output: &Output) -> Vec<&str> {
    assert_eq!(
        (code(output), text(&output.stdout)),
        (1, ""),
        "{}",
        text(&output.stderr)
    );
    assert!(!output.stderr.is_empty(), "a refusal says why");
    errors(output)
}

const SIMULATE: [&str; 5] = ["simulate", "--trials", "20", "--seed", "7"];

#[test]
fn simulate_prints_strict_json_that_is_the_same_every_time() {
    let json = [&SIMULATE[..], &["--json"]].concat();
    let first = run(&json);
    let read: Value = serde_json::from_str(good(&first)).expect("strict JSON");
    assert_eq!(
        (&read["trials"], &read["seed"], &read["first"]),
        (&json!(20), &json!(7), &json!(0))
    );
    assert_eq!(read["fingerprint"].as_str().map(str::len), Some(16));
    for word in ["NaN", "Infinity", "inf"] {
        assert!(!text(&first.stdout).contains(word), "{word} is no JSON");
    }
    assert_eq!(run(&json).stdout, first.stdout);
    for threads in ["1", "2"] {
        assert_eq!(run(&[&json[..], &["--threads", threads]].concat()).stdout, first.stdout);
    }
}

#[test]
fn simulate_json_has_null_where_a_ratio_is_over_nothing() {
    let folder = Folder::new("nothing");
    let mut document = demo();
    for pool in 0..4 {
        edit(&mut document, &format!("pools[{pool}].csms"), Some(json!(0)));
    }
    let file = folder.file("nobody.json", document.to_string());
    let output = with_path(&["simulate"], &file, &["--trials", "5", "--json"]);
    let read: Value = serde_json::from_str(good(&output)).expect("strict JSON");
    assert_eq!(read["pools"][0]["years"][0]["utilisation"], Value::Null);
    let findings = read["findings"].as_array().expect("a list");
    let lonely = findings.iter().filter(|finding| finding["rule"] == "no-csm");
    assert_eq!(lonely.count(), 4, "each pool without a CSM is told");
    let table = with_path(&["simulate"], &file, &["--trials", "5"]);
    let told = "pools[3].csms: Tech touch has no CSM and hires none, so its coverage stays 0. Type 3 CSMs, or plan";
    assert!(good(&table).contains(told), "{}", good(&table));
}

#[test]
fn first_plays_the_later_trials_of_the_same_run() {
    let fingerprint = |arguments: &[&str]| {
        let read: Value = serde_json::from_str(good(&run(arguments))).expect("strict JSON");
        (
            read["first"].clone(),
            read["trials"].clone(),
            read["fingerprint"].clone(),
        )
    };
    let from = |first| fingerprint(&["simulate", "--trials", "3", "--first", first, "--json"]);
    assert_eq!(from("0"), from("0"));
    assert_ne!(from("0").2, from("3").2);
    assert_eq!(from("3").0, json!(3));
    let output = run(&["simulate", "--trials", "3", "--first", "4294967295", "--json"]);
    assert_eq!(
        refused(&output),
        ["--first is 4294967295, so the last trial would lie past 4294967295"]
    );
}

#[test]
fn simulate_prints_a_table_and_nothing_but_text_in_a_pipe() {
    let output = run(&SIMULATE);
    let table = good(&output);
    for word in ["GRR", "NRR", "Enterprise", "High touch"] {
        assert!(table.contains(word), "the table has no {word}:\n{table}");
    }
    assert_eq!(text(&output.stderr), "", "no progress bar in a pipe");
    assert!(
        !table.chars().any(|c| c == '\u{1b}' || c == '\r'),
        "no colours in a pipe"
    );
}

#[test]
fn a_wrong_call_ends_with_2_and_a_fault_with_1() {
    for arguments in [
        &["simulate", "--trials", "many"][..],
        &["simulate", "--threads", "0"],
        &["simulate", "--colour"],
        &["import"],
        &["predict"],
        &[],
    ] {
        let output = run(arguments);
        assert_eq!((code(&output), text(&output.stdout)), (2, ""), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["simulate", "--help"]] {
        assert_eq!(code(&run(arguments)), 0, "{arguments:?}");
    }
    assert_eq!(
        refused(&run(&["simulate", "--trials", "0"])),
        ["trials is 0, not in 1..=1000000"]
    );
    assert_eq!(
        refused(&run(&[
            "simulate",
            "--trials",
            "1000000000",
            "--seed",
            "9007199254740992"
        ])),
        [
            "seed is 9007199254740992, not in 0..=9007199254740991",
            "trials is 1000000000, not in 1..=1000000",
        ]
    );
}

#[test]
fn examples_are_listed_a_name_a_line_and_each_is_sound() {
    let output = run(&["examples"]);
    let list = good(&output);
    let names: Vec<_> = list.lines().collect();
    assert_eq!(names.len(), 6);
    assert_eq!(names[0], "demo");
    let folder = Folder::new("examples");
    for name in names {
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{name:?} is not only a name"
        );
        let file = folder.file(name, good(&run(&["examples", name])));
        let validated = with_path(&["validate"], &file, &[]);
        assert!(good(&validated).starts_with("sound: "), "{name}");
        assert_eq!(text(&validated.stderr), "", "{name}");
    }
    let unknown = run(&["examples", "utopia"]);
    assert_eq!(
        refused(&unknown),
        ["\"utopia\" is none of demo, enterprise, mid-market, tech-touch, first-csm, india-saas"]
    );
}

#[test]
fn the_demo_book_is_what_simulate_plays_without_a_scenario() {
    let folder = Folder::new("demo");
    let file = folder.file("demo.json", good(&run(&["examples", "demo"])));
    let stated = with_path(&["simulate"], &file, &["--trials", "2", "--json"]);
    assert_eq!(good(&stated), good(&run(&["simulate", "--trials", "2", "--json"])));
}

#[test]
fn every_fault_of_a_scenario_stands_on_a_line_of_its_own() {
    let folder = Folder::new("faults");
    let mut document = demo();
    for (path, value) in [
        ("horizon", json!(0)),
        ("segments[0].churn", json!(1.2)),
        ("segments[2].touch_model", json!("None")),
        ("pools[1].csms", json!(20_000)),
    ] {
        edit(&mut document, path, Some(value));
    }
    let file = folder.file("faults.json", document.to_string());
    let expected = [
        "horizon is 0, not in 1..=120",
        "pools[1].csms is 20000, not in 0..=10000",
        "segments[0].churn is 1.2, not in 0..=0.95",
        "segments[2].touch_model is \"None\", not the name of a touch model",
    ];
    for command in ["validate", "simulate"] {
        let output = with_path(&[command], &file, &[]);
        let mut lines = refused(&output);
        lines.sort_unstable();
        assert_eq!(lines, expected, "{command}");
    }
}

#[test]
fn the_schema_is_json_and_describes_a_scenario() {
    let output = run(&["schema"]);
    let schema: Value = serde_json::from_str(good(&output)).expect("strict JSON");
    assert_eq!(schema["title"], "ScenarioInput");
    let demo = demo();
    let fields = demo.as_object().expect("a scenario is an object");
    for field in fields.keys() {
        assert!(
            schema["properties"].get(field).is_some(),
            "the schema does not know {field}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::new("unreadable");
    let nowhere = folder.0.join("nowhere.csv");
    for arguments in [&["validate"][..], &["simulate"], &["import"], &["simulate", "--book"]] {
        for path in [&nowhere, &folder.0] {
            let output = with_path(arguments, path, &[]);
            let [line] = refused(&output)[..] else {
                panic!("{arguments:?}")
            };
            assert!(
                line.starts_with(&format!("{} cannot be read: ", path.display())),
                "{line}"
            );
        }
    }
}

#[test]
fn a_file_over_64_mb_is_refused_by_its_size_before_it_is_read() {
    let folder = Folder::new("large");
    let path = folder.0.join("large.csv");
    // Sparse: it has the size and takes no room. As zeros it would be no table, so reading it would say another thing.
    let sized = |bytes| {
        File::create(&path)
            .and_then(|file| file.set_len(bytes))
            .expect("a sparse file")
    };
    sized((64 << 20) + 1);
    for command in ["import", "validate", "simulate"] {
        let output = with_path(&[command], &path, &[]);
        let expected = format!(
            "{} has 67108865 bytes, more than the 67108864 that are read",
            path.display()
        );
        assert_eq!(refused(&output), [expected], "{command}");
    }
    sized(8 << 40);
    assert!(refused(&with_path(&["import"], &path, &[]))[0].contains("more than the 67108864 that are read"));
}

fn ravenstack(file: &str) -> String {
    format!("{}/tests/data/ravenstack/{file}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn ravenstack_comes_to_its_500_accounts() {
    let (accounts, subscriptions) = (ravenstack("accounts.csv"), ravenstack("subscriptions.csv"));
    let output = run(&["import", &accounts, &subscriptions, "--as-of", "2024-12-31", "--json"]);
    let read: Value = serde_json::from_str(good(&output)).expect("strict JSON");
    assert_eq!(read["totals"]["accounts"], 500);
    assert_eq!(read["totals"]["arr"], 12_191_529_600_i64);
    assert_eq!(read["rejected"], json!([]));
    assert_eq!(read["scenario"]["book"]["accounts"].as_array().map(Vec::len), Some(500));
    assert_eq!(read["scenario"]["book"]["as_of"], "2024-12-31");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn an_imported_book_can_be_simulated_at_once_or_from_the_file_it_was_written_to() {
    let (accounts, subscriptions) = (ravenstack("accounts.csv"), ravenstack("subscriptions.csv"));
    let folder = Folder::new("ravenstack");
    let written = run(&["import", &accounts, &subscriptions, "--as-of", "2024-12-31"]);
    assert_eq!(
        errors(&written)[0],
        "500 accounts, $121.9M ARR, from 5500 rows; 0 rejected"
    );
    let file = folder.file("book.json", good(&written));
    let validated = with_path(&["validate"], &file, &[]);
    let told =
        "sound: 500 accounts\nDoes it add up?\n  pools[1].csms: 76 accounts with 2 CSMs is 38 accounts per CSM; ";
    assert!(good(&validated).starts_with(told), "{}", good(&validated));
    let from_file = with_path(&["simulate"], &file, &["--trials", "4", "--json"]);
    let books = ["--book", &accounts, "--book", &subscriptions, "--as-of", "2024-12-31"];
    let at_once = run(&[&["simulate", "--trials", "4", "--json"][..], &books].concat());
    assert_eq!(good(&from_file), good(&at_once));
}

const TABLE: &str = "name,arr,renewal date\nAcmé,\"£12,000\",2025-03-31\nZoë & Söhne,£3k,2025-11-30\n";

#[test]
fn a_table_loads_in_whatever_encoding_it_was_saved() {
    let folder = Folder::new("encodings");
    let utf16 = |big: bool| {
        let units = std::iter::once(0xfeff).chain(TABLE.encode_utf16());
        units
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect::<Vec<u8>>()
    };
    let latin1: Vec<u8> = TABLE
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin-1 has it"))
        .collect();
    let with_mark = [b"\xef\xbb\xbf", TABLE.as_bytes()].concat();
    let files = [
        folder.file("utf-8.csv", TABLE),
        folder.file("utf-8-mark.csv", with_mark),
        folder.file("utf-16le.csv", utf16(false)),
        folder.file("utf-16be.csv", utf16(true)),
        folder.file("latin-1.csv", latin1),
    ];
    for file in files {
        let output = with_path(&["import"], &file, &["--as-of", "2024-12-31", "--json"]);
        let read: Value = serde_json::from_str(good(&output)).expect("strict JSON");
        let accounts = &read["scenario"]["book"]["accounts"];
        let told = file.display();
        assert_eq!(
            (&accounts[0]["name"], &accounts[0]["arr"]),
            (&json!("Acmé"), &json!(1_200_000)),
            "{told}"
        );
        assert_eq!(accounts[1]["name"], "Zoë & Söhne", "{told}");
        assert_eq!(
            (&accounts[0]["end_month"], &accounts[1]["end_month"]),
            (&json!(3), &json!(11)),
            "{told}"
        );
        assert_eq!(read["scenario"]["currency"], "GBP", "{told}");
    }
}

#[test]
fn dates_that_can_be_read_two_ways_are_asked_about() {
    let folder = Folder::new("dates");
    let file = folder.file(
        "dates.csv",
        "name,arr,renewal date\nAcme,100,03/04/2025\nZenith,100,05/06/2025\n",
    );
    let as_of = ["--as-of", "2024-12-31", "--json"];
    let asked = with_path(&["import"], &file, &as_of);
    let lines = refused(&asked);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("renewal date") && lines[0].contains("03/04/2025"),
        "{lines:?}"
    );
    assert_eq!(lines[1], "answer with --day-first or --month-first");
    for (answer, month) in [("--day-first", 4), ("--month-first", 3)] {
        let output = with_path(&["import"], &file, &[&as_of[..], &[answer]].concat());
        let read: Value = serde_json::from_str(good(&output)).expect("strict JSON");
        assert_eq!(read["scenario"]["book"]["accounts"][0]["end_month"], month, "{answer}");
    }
    let both = with_path(&["import"], &file, &["--day-first", "--month-first"]);
    assert_eq!(code(&both), 2);
}

#[test]
fn rows_that_do_not_load_are_told_and_the_others_load() {
    let folder = Folder::new("rows");
    let file = folder.file("rows.csv", "name,arr\nAcme,100\nBad,much\nZenith,200\n");
    let output = with_path(&["import"], &file, &["--as-of", "2024-12-31"]);
    let read: Value = serde_json::from_str(good(&output)).expect("strict JSON");
    assert_eq!(read["book"]["accounts"].as_array().map(Vec::len), Some(2));
    let lines = errors(&output);
    assert!(
        lines[0].starts_with("2 accounts, $300 ARR, from 3 rows; 1 rejected"),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("rejected: rows.csv line 3, `arr`: ")),
        "{lines:?}"
    );
    let empty = folder.file("empty.csv", "");
    assert_eq!(refused(&with_path(&["import"], &empty, &[])).len(), 1);
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_in_peace() {
    let (accounts, subscriptions) = (ravenstack("accounts.csv"), ravenstack("subscriptions.csv"));
    for arguments in [
        &["examples", "demo"][..],
        &["schema"],
        &["simulate", "--trials", "1", "--json"],
        &["simulate", "--trials", "1"],
        &["import", &accounts, &subscriptions, "--as-of", "2024-12-31"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = retaincast()
            .args(arguments)
            .stdout(writer)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        assert!(!text(&output.stderr).contains("panicked"), "{arguments:?}");
    }
}

#[test]
fn faults_that_nobody_reads_end_the_program_in_peace_too() {
    let folder = Folder::new("unread");
    let file = folder.file("faults.json", "{}");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = retaincast()
        .arg("validate")
        .arg(&file)
        .stderr(writer)
        .status()
        .expect("the program starts");
    assert_eq!(status.code(), Some(1));
}

/// The cohort of Fader and Hardie (2007), whose law has α = 0.668 and β = 3.806.
#[test]
fn a_cohort_gives_the_churn_and_dispersion_to_type() {
    let cohort = ["1000", "869", "743", "653", "593", "551", "517", "491"];
    let output = run(&[&["calibrate"], &cohort[..]].concat());
    let said = text(&output.stdout);
    assert_eq!(code(&output), 0);
    assert!(
        said.starts_with("churn 14.9%, dispersion 0.183, churn_of new"),
        "{said}"
    );
    // α / (α + β + 7) of those left leave at the eighth: 0.668 / 11.474.
    let last = said
        .lines()
        .find(|line| line.starts_with('7'))
        .expect("a line a decision");
    assert!(last.contains("491") && last.ends_with("5.8%"), "{last}");
    let output = run(&["calibrate", "1000", "900", "700", "400"]);
    assert_eq!((code(&output), text(&output.stdout)), (1, ""));
    assert!(text(&output.stderr).starts_with("these survivors fix no law of churn"));
}

#[test]
fn an_import_keeps_the_coverage_that_was_decided() {
    let folder = Folder::new("coverage");
    let mut decided = demo();
    edit(&mut decided, "segments[0].touch_model", Some(json!("Mid touch")));
    let decided = folder.file("decided.json", decided.to_string());
    let decided = decided.to_str().expect("UTF-8");
    let touch = |table: &str| {
        let file = folder.file("book.csv", table);
        let after = ["--as-of", "2025-12-31", "--scenario", decided];
        let output = with_path(&["import"], &file, &after);
        let read: Value = serde_json::from_str(good(&output)).expect("strict JSON");
        read["segments"][0]["touch_model"].clone()
    };
    assert_eq!(
        touch("name,arr,segment,start,end\nAcme,200000,Enterprise,2025-03-01,2026-02-28\n"),
        "Mid touch"
    );
    // What the table names goes before it.
    assert_eq!(
        touch("name,arr,segment,touch\nAcme,200000,Enterprise,low\n"),
        "Low touch"
    );
    // A segment that is new has the usual touch of its name.
    assert_eq!(touch("name,arr,segment\nAcme,200,Long tail\n"), "Tech touch");
}
