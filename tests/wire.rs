//! What a person may get wrong in a scenario document, and the sentence each mistake gets.

#[path = "support/document.rs"]
mod document;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use document::{at, demo, edit};
use quickcheck::{Arbitrary, Gen, TestResult};
use retaincast::kernel::{Plan, Trial};
use retaincast::wire::scenario::ScenarioInput;
use retaincast::wire::{self, examples};
use serde_json::{Value, json};
use world::World;

fn faults(document: &Value) -> Vec<String> {
    match wire::parse(&document.to_string()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// A mistake at one place, and the sentence about it.
type Mistake = (&'static str, Option<Value>, &'static str);

fn with(edits: &[(&str, Option<Value>)]) -> Value {
    let mut document = demo();
    for (path, value) in edits {
        edit(&mut document, path, value.clone());
    }
    document
}

/// Every mistake on its own gets its sentence and no other; the wrong ones are listed together.
fn each(mistakes: &[Mistake]) {
    let mut wrong = String::new();
    for (path, value, expected) in mistakes {
        let found = faults(&with(&[(path, value.clone())]));
        if found != [*expected] {
            wrong += &format!("{path} = {value:?}\n  expected {expected}\n  found {found:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// All mistakes in one document get all their sentences.
fn together(mistakes: &[Mistake]) {
    let edits: Vec<_> = mistakes.iter().map(|(path, value, _)| (*path, value.clone())).collect();
    let mut found = faults(&with(&edits));
    let mut expected: Vec<_> = mistakes.iter().map(|(.., sentence)| (*sentence).to_owned()).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// Mistakes of shape that leave each other alone.
fn misshapen() -> Vec<Mistake> {
    vec![
        ("seed", None, "seed is missing"),
        ("shock.rho", None, "shock.rho is missing"),
        ("segments[1].health.mix", None, "segments[1].health.mix is missing"),
        ("pools[2].salary", None, "pools[2].salary is missing"),
        ("colour", Some(json!("red")), "colour is not a field of a scenario"),
        (
            "segments[2].chrun",
            Some(json!(0.1)),
            "segments[2].chrun is not a field of a scenario",
        ),
        (
            "economics.roi",
            Some(json!(null)),
            "economics.roi is not a field of a scenario",
        ),
        (
            "touch_models[1].hours.blue",
            Some(json!(1)),
            "touch_models[1].hours.blue is not a field of a scenario",
        ),
        ("name", Some(json!(5)), "name is 5, not a text"),
        (
            "pools[1].backfill",
            Some(json!("yes")),
            "pools[1].backfill is \"yes\", not true or false",
        ),
        (
            "currency",
            Some(json!("JPY")),
            "currency is \"JPY\", not one of `USD`, `EUR`, `GBP`, `INR`",
        ),
        (
            "segments[3].churn",
            Some(json!("8% to 12%")),
            "segments[3].churn is \"8% to 12%\", not a number or a range {\"p5\": …, \"p95\": …}",
        ),
        (
            "segments[0].expansion.rate",
            Some(json!({ "p5": 0.1 })),
            "segments[0].expansion.rate is {\"p5\":0.1}, not a number or a range {\"p5\": …, \"p95\": …}",
        ),
        (
            "segments[0].relative_risk",
            Some(json!([1, 3])),
            "segments[0].relative_risk is [1,3], not an array of length 3",
        ),
        (
            "touch_models[3].allocation",
            Some(json!("fair")),
            "touch_models[3].allocation is \"fair\", not \"proportional\" or the five work classes in order",
        ),
        (
            "segments[0].terms[1].churn",
            Some(json!([0.1])),
            "segments[0].terms[1].churn is [0.1], not a probability or three, green first",
        ),
        (
            "pools[0].hiring.policy",
            Some(json!("whim")),
            "pools[0].hiring.policy is \"whim\", not one of `plan`, `accounts_per_csm`, `utilisation`",
        ),
        (
            "pools[1].hiring.policy",
            Some(json!(2)),
            "pools[1].hiring.policy is 2, not a text",
        ),
        // A list of what the fields hold, in order.
        (
            "segments[1].onboarding",
            Some(json!([3, 1.5])),
            "segments[1].onboarding is [3,1.5], not an object",
        ),
        ("targets", Some(json!([0.9])), "targets is [0.9], not an object"),
    ]
}

#[test]
fn a_document_of_the_wrong_shape_is_told_where() {
    each(&misshapen());
}

#[test]
fn all_faults_of_shape_are_reported_at_once() {
    together(&misshapen());
}

/// Numbers of the right shape that break a rule, and leave each other alone.
fn unruly() -> Vec<Mistake> {
    vec![
        (
            "seed",
            Some(json!(1_u64 << 53)),
            "seed is 9007199254740992, not in 0..=9007199254740991",
        ),
        ("horizon", Some(json!(121)), "horizon is 121, not in 1..=120"),
        (
            "trials",
            Some(json!(1_000_000_000)),
            "trials is 1000000000, not in 1..=1000000",
        ),
        ("start_month", Some(json!(13)), "start_month is 13, not in 1..=12"),
        ("rate_doubt", Some(json!(-0.1)), "rate_doubt is -0.1, not in 0..=3"),
        ("shock.rho", Some(json!(0.95)), "shock.rho is 0.95, not in 0..=0.9"),
        (
            "shock.rho_expansion",
            Some(json!(-0.01)),
            "shock.rho_expansion is -0.01, not in 0..=0.9",
        ),
        (
            "shock.half_life",
            Some(json!(-1)),
            "shock.half_life is -1, not in 0..=1000000000000",
        ),
        (
            "economics.gross_margin",
            Some(json!(1.2)),
            "economics.gross_margin is 1.2, not in 0..=1",
        ),
        (
            "economics.cltv_years",
            Some(json!(11)),
            "economics.cltv_years is 11, not in 1..=10",
        ),
        (
            "economics.csms_per_manager",
            Some(json!(0)),
            "economics.csms_per_manager is 0, not in 1..=1000",
        ),
        ("targets.grr", Some(json!(1.01)), "targets.grr is 1.01, not in 0..=1"),
        (
            "targets.closing_arr",
            Some(json!(-1)),
            "targets.closing_arr is -1, not in 0..=1125899906842624",
        ),
        (
            "renewal_calendar",
            Some(json!([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
            "renewal_calendar has weights that add up to 0, not above it",
        ),
        (
            "touch_models[0].hours.red",
            Some(json!(-1)),
            "touch_models[0].hours.red is -1, not in 0..=744",
        ),
        (
            "touch_models[0].renewal_window",
            Some(json!(13)),
            "touch_models[0].renewal_window is 13, not in 0..=12",
        ),
        (
            "touch_models[0].effect",
            Some(json!({ "p5": 0.7, "p95": -0.1 })),
            "touch_models[0].effect is from 0.7 to -0.1, not from low to high",
        ),
        (
            "touch_models[1].through_health",
            Some(json!(1.5)),
            "touch_models[1].through_health is 1.5, not in 0..=1",
        ),
        (
            "touch_models[1].k",
            Some(json!(21)),
            "touch_models[1].k is 21, not in 0..=20",
        ),
        (
            "touch_models[1].allocation",
            Some(json!(["red", "yellow", "green"])),
            "touch_models[1].allocation does not name each of the five work classes once",
        ),
        (
            "touch_models[2].allocation",
            Some(json!(["red", "red", "yellow", "green", "onboarding"])),
            "touch_models[2].allocation does not name each of the five work classes once",
        ),
        (
            "touch_models[2].accounts_per_csm",
            Some(json!({ "low": 80, "high": 40 })),
            "touch_models[2].accounts_per_csm is from 80 to 40, not above 0 and from low to high",
        ),
        (
            "pools[0].csms",
            Some(json!(10_001)),
            "pools[0].csms is 10001, not in 0..=10000",
        ),
        (
            "pools[0].hours_year.realised",
            Some(json!(0)),
            "pools[0].hours_year.realised is 0, not above 0 and up to 1",
        ),
        (
            "pools[1].hours_year.leave",
            Some(json!(1413)),
            "pools[1].hours_year leaves 0 hours for customers, not above 0",
        ),
        (
            "pools[1].target_utilisation",
            Some(json!(0)),
            "pools[1].target_utilisation is 0, not above 0 and up to 2",
        ),
        (
            "pools[1].ramp_productivity",
            Some(json!(1.1)),
            "pools[1].ramp_productivity is 1.1, not in 0..=1",
        ),
        (
            "pools[1].attrition",
            Some(json!({ "p5": 0, "p95": 0.3 })),
            "pools[1].attrition.p5 is 0, which no range reaches: type a little more",
        ),
        (
            "pools[2].hiring",
            Some(json!({ "policy": "utilisation", "most": 0 })),
            "pools[2].hiring.most is 0, not above 0 and up to 10",
        ),
        (
            "pools[2].salary",
            Some(json!(-1)),
            "pools[2].salary is -1, not in 0..=1125899906842624",
        ),
        (
            "segments[0].churn",
            Some(json!(1.2)),
            "segments[0].churn is 1.2, not in 0..=0.95",
        ),
        (
            "segments[1].churn",
            Some(json!({ "p5": 0.12, "p95": 0.08 })),
            "segments[1].churn is from 0.12 to 0.08, not from low to high",
        ),
        (
            "segments[2].churn",
            Some(json!({ "p5": 0, "p95": 0.08 })),
            "segments[2].churn.p5 is 0%, which no range reaches: type 0.1%",
        ),
        (
            "segments[3].downsell.depth",
            Some(json!({ "p5": 0.5, "p95": 1 })),
            "segments[3].downsell.depth.p95 is 100%, which no range reaches: type 99.9%",
        ),
        (
            "segments[3].downsell.probability",
            Some(json!(-0.1)),
            "segments[3].downsell.probability is -0.1, not in 0..=1",
        ),
        (
            "segments[3].expansion.csm_led",
            Some(json!({ "p5": 0.5, "p95": 1.5 })),
            "segments[3].expansion.csm_led.p95 is 1.5, not in 0..=1",
        ),
        (
            "segments[0].expansion.rate",
            Some(json!(1)),
            "segments[0].expansion.rate is 1, not in 0..1",
        ),
        (
            "segments[0].relative_risk[2]",
            Some(json!(0)),
            "segments[0].relative_risk[2] is 0, not above 0 and up to 1000",
        ),
        (
            "segments[0].health.mix",
            Some(json!([0, 0, 0])),
            "segments[0].health.mix has weights that add up to 0, not above it",
        ),
        (
            "segments[1].health.mix[1]",
            Some(json!(-0.2)),
            "segments[1].health.mix[1] is -0.2, not in 0..=1000000000",
        ),
        (
            "segments[2].health.mix",
            Some(json!([0.7, 0, 0.3])),
            "segments[2].health.mix skips a colour; accounts move one step at a time",
        ),
        (
            "segments[3].health.mix",
            Some(json!([0.01, 0.9, 0.09])),
            "segments[3].health.mix asks more than all green accounts to turn yellow in a month at this speed",
        ),
        (
            "segments[1].terms",
            Some(json!([])),
            "segments[1].terms has shares that add up to 0, not above it",
        ),
        (
            "segments[0].terms[0].months",
            Some(json!(0)),
            "segments[0].terms[0].months is 0, not in 1..=120",
        ),
        (
            "segments[2].terms[1].months",
            Some(json!(12)),
            "segments[2].terms[1].months is 12, listed before",
        ),
        (
            "segments[2].notice_months",
            Some(json!(25)),
            "segments[2].notice_months is 25, not in 0..=24",
        ),
        (
            "segments[2].arr.median",
            Some(json!(5)),
            "segments[2].arr.median is 5, not between min 500000 and max 2000000",
        ),
        (
            "segments[3].arr.min",
            Some(json!(0)),
            "segments[3].arr.min is 0, not above 0",
        ),
        (
            "segments[3].arr.sigma",
            Some(json!(-1)),
            "segments[3].arr.sigma is -1, not in 0..=4",
        ),
        (
            "segments[2].touch_model",
            Some(json!("No touch")),
            "segments[2].touch_model is \"No touch\", not the name of a touch model",
        ),
        (
            "segments[3].churn_by_health",
            Some(json!([0.1, 0.2, 0.3])),
            "segments[3].churn_by_health stands beside churn or relative_risk; state one or the other",
        ),
        (
            "segments[1].onboarding.unaided",
            Some(json!(0)),
            "segments[1].onboarding.unaided is 0, not above 0 and up to 1",
        ),
        (
            "segments[1].max_growth",
            Some(json!(0.5)),
            "segments[1].max_growth is 0.5, not in 1..=1000",
        ),
        (
            "segments[1].name",
            Some(json!("Enterprise")),
            "segments[1].name is \"Enterprise\", like segments[0]",
        ),
    ]
}

#[test]
fn a_number_that_breaks_a_rule_is_told_which() {
    each(&unruly());
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    together(&unruly());
}

#[test]
fn both_ends_of_every_count_hold() {
    each(&[
        ("horizon", Some(json!(0)), "horizon is 0, not in 1..=120"),
        ("trials", Some(json!(0)), "trials is 0, not in 1..=1000000"),
        ("start_month", Some(json!(0)), "start_month is 0, not in 1..=12"),
        ("version", Some(json!(0)), "version is 0, not 1"),
        (
            "segments[0].churn",
            Some(json!(-0.1)),
            "segments[0].churn is -0.1, not in 0..=0.95",
        ),
        ("segments[0].name", Some(json!(" ")), "segments[0].name is empty"),
    ]);
    for (path, value) in [
        ("horizon", json!(1)),
        ("horizon", json!(120)),
        ("trials", json!(1)),
        ("seed", json!(0)),
        ("seed", json!((1_u64 << 53) - 1)),
        ("segments[0].churn", json!(0)),
        ("segments[0].churn", json!(0.95)),
        ("segments[0].churn", json!({ "p5": 0.1, "p95": 0.1 })),
    ] {
        assert_eq!(
            faults(&with(&[(path, Some(value.clone()))])),
            [""; 0],
            "{path} = {value}"
        );
    }
}

#[test]
fn a_matrix_that_does_not_add_up_is_told_which_row() {
    let path = "segments[0].health.covered";
    let document = with(&[(path, Some(json!({ "matrix": [[1, 0, 0], [0.5, 0.4, 0], [0, 0, 1.5]] })))]);
    assert_eq!(
        faults(&document),
        [
            "segments[0].health.covered.matrix[1] adds up to 0.9, not to 1",
            "segments[0].health.covered.matrix[2][2] is 1.5, not in 0..=1",
            "segments[0].health.covered.matrix[2] adds up to 1.5, not to 1",
        ]
    );
    let steps = json!({ "steps": { "green_yellow": 0.1, "yellow_green": 0.7, "yellow_red": 0.75, "red_yellow": 2 } });
    assert_eq!(
        faults(&with(&[("segments[0].health.uncovered", Some(steps))])),
        [
            "segments[0].health.uncovered.steps.red_yellow is 2, not in 0..=1",
            "segments[0].health.uncovered.steps moves 1.45 of yellow accounts a month, more than all of them",
        ]
    );
}

#[test]
fn every_touch_model_has_one_pool_and_every_pool_a_touch_model() {
    let mut document = demo();
    document["pools"].as_array_mut().unwrap().remove(3);
    assert_eq!(
        faults(&document),
        ["pools has none that serves \"Tech touch\"; give it one, with 0 CSMs if need be"]
    );
    assert_eq!(
        faults(&with(&[("pools[1].touch_model", Some(json!("High touch")))])),
        [
            "pools[1].touch_model is \"High touch\", which another pool serves",
            "pools has none that serves \"Mid touch\"; give it one, with 0 CSMs if need be",
        ]
    );
    assert_eq!(
        faults(&with(&[("pools[0].touch_model", Some(json!("No touch")))])),
        [
            "pools[0].touch_model is \"No touch\", not the name of a touch model",
            "pools has none that serves \"High touch\"; give it one, with 0 CSMs if need be",
        ]
    );
    let twice = faults(&with(&[("touch_models[1].name", Some(json!("High touch")))]));
    assert!(twice.contains(&"touch_models[1].name is \"High touch\", like touch_models[0]".to_owned()));
}

fn book(accounts: Value) -> Value {
    with(&[(
        "book",
        Some(json!({ "source": "a test", "as_of": "2025-12-31", "accounts": accounts })),
    )])
}

#[test]
fn a_book_is_checked_account_by_account() {
    let accounts = json!([
        { "name": "a", "segment": "SMB", "arr": -5 },
        { "name": "b", "segment": "Whales", "arr": 0, "term": 0, "end_month": 121, "churn": 1.5 },
        { "name": "c", "segment": "SMB", "arr": 1_i64 << 51 },
    ]);
    assert_eq!(
        faults(&book(accounts)),
        [
            "book.accounts[0].arr is -5, not in 0..=1125899906842624",
            "book.accounts[1].segment is \"Whales\", not the name of a segment",
            "book.accounts[1].term is 0, not in 1..=120",
            "book.accounts[1].end_month is 121, not in 1..=120",
            "book.accounts[1].churn is 1.5, not in 0..=1",
            "book.accounts[2].arr is 2251799813685248, not in 0..=1125899906842624",
            "book.accounts adds up to more ARR than can be counted exactly",
        ]
    );
    let accounts =
        json!([{ "name": 1, "segment": "SMB" }, { "segment": "SMB", "arr": 1, "health": "blue", "owner": "x" }]);
    let mut found = faults(&book(accounts));
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "book.accounts[0].arr is missing",
            "book.accounts[0].name is 1, not a text",
            "book.accounts[1].health is \"blue\", not one of `green`, `yellow`, `red`",
            "book.accounts[1].name is missing",
            "book.accounts[1].owner is not a field of a scenario",
        ]
    );
    assert_eq!(
        faults(&book(json!([{ "name": "a", "segment": "SMB", "arr": 0 }]))),
        [""; 0]
    );
}

#[test]
fn an_empty_book_is_nothing_to_simulate() {
    assert_eq!(
        faults(&book(json!([]))),
        ["book.accounts holds no account, so there is nothing to simulate"]
    );
    let nobody: Vec<_> = (0..4).map(|i| format!("segments[{i}].accounts")).collect();
    let edits: Vec<_> = nobody.iter().map(|path| (path.as_str(), Some(json!(0)))).collect();
    assert_eq!(
        faults(&with(&edits)),
        ["segments holds no account, so there is nothing to simulate"]
    );
    assert_eq!(
        faults(&with(&[("segments", Some(json!([])))])),
        [
            "segments is empty",
            "segments holds no account, so there is nothing to simulate"
        ]
    );
    assert_eq!(
        faults(&with(&[("segments[3].accounts", Some(json!(1_000_000)))])),
        ["segments holds 1001380 accounts, more than 1000000"]
    );
}

#[test]
fn a_run_that_would_not_fit_in_memory_is_refused_with_the_number_that_does() {
    let document = with(&[("trials", Some(json!(1_000_000)))]);
    let [fault] = &faults(&document)[..] else {
        panic!("one fault")
    };
    let rest = fault
        .strip_prefix("trials is 1000000, which takes 5.7 GB; at most ")
        .unwrap();
    let most: u64 = rest.split(' ').next().unwrap().parse().unwrap();
    assert!(rest.ends_with(" fit in 1.5 GB at this horizon"), "{fault}");
    assert_eq!(faults(&with(&[("trials", Some(json!(most)))])), [""; 0]);
    assert_eq!(faults(&with(&[("trials", Some(json!(most + 1)))])).len(), 1);
}

#[test]
fn a_laid_out_book_that_cannot_be_counted_exactly_is_refused() {
    let most = 1_i64 << 50;
    let document = with(&[
        ("segments[0].accounts", Some(json!(100_000))),
        (
            "segments[0].arr",
            Some(json!({ "median": most, "sigma": 0, "min": most, "max": most })),
        ),
    ]);
    assert_ne!(faults(&document), [""; 0]);
}

#[test]
fn a_newer_document_asks_for_a_newer_program_and_nothing_else() {
    let document = with(&[("version", Some(json!(2))), ("weather", Some(json!("fair")))]);
    assert_eq!(
        faults(&document),
        ["version is 2, newer than the 1 this program reads; open it with a newer Retaincast"]
    );
}

#[test]
fn what_is_no_scenario_at_all_is_said_to_be_none() {
    let fault = |text: &str| {
        let faults = wire::parse(text).unwrap_err();
        assert_eq!(faults.len(), 1, "{text}");
        faults[0].to_string()
    };
    assert_eq!(fault(""), "not JSON: EOF while parsing a value at line 1 column 0");
    assert_eq!(fault("churn = 8%"), "not JSON: expected value at line 1 column 1");
    assert_eq!(fault("{\"seed\": NaN}"), "not JSON: expected value at line 1 column 10");
    assert_eq!(
        fault("{\"seed\": 1e999}"),
        "not JSON: number out of range at line 1 column 14"
    );
    assert!(fault(&"[".repeat(100_000)).starts_with("not JSON: recursion limit exceeded"));
    for text in ["[]", "5", "null", "\"demo\"", "[{}]"] {
        assert_eq!(fault(text), "a scenario is a JSON object");
    }
    let nothing = faults(&json!({}));
    assert!(
        nothing.len() > 10 && nothing.iter().all(|fault| fault.ends_with(" is missing")),
        "{nothing:?}"
    );
}

#[test]
fn a_range_takes_its_two_ends_and_nothing_else() {
    assert_ne!(
        faults(&with(&[(
            "segments[0].churn",
            Some(json!({ "p5": 0.1, "p50": 0.15, "p95": 0.2 }))
        )])),
        [""; 0]
    );
}

#[test]
fn a_fault_inside_what_the_demo_book_lacks_hides_no_other_fault() {
    for (path, value, fault) in [
        (
            "segments[0].health.covered",
            json!({ "steps": { "green_yellow": 0.1, "yellow_green": 0.1, "yellow_red": 0.1 } }),
            "segments[0].health.covered.steps.red_yellow is missing",
        ),
        (
            "segments[0].health.covered",
            json!({ "matrix": [[1, 0, 0], [0, 1, 0]] }),
            "segments[0].health.covered.matrix is [[1,0,0],[0,1,0]], not an array of length 3",
        ),
        (
            "pools[0].hiring",
            json!({ "policy": "utilisation" }),
            "pools[0].hiring.most is missing",
        ),
        (
            "pools[0].hiring",
            json!({ "policy": "whim", "most": 3 }),
            "pools[0].hiring.policy is \"whim\", not one of `plan`, `accounts_per_csm`, `utilisation`",
        ),
    ] {
        let document = with(&[
            (path, Some(value)),
            ("start_month", Some(json!("May"))),
            ("touch_models[0].name", None),
        ]);
        let found = faults(&document);
        let sentences = [fault, "touch_models[0].name is missing"];
        assert!(
            sentences.iter().all(|sentence| found.iter().any(|f| f == sentence)),
            "{found:#?}"
        );
        assert!(
            found
                .iter()
                .any(|fault| fault.starts_with("start_month is \"May\", not ")),
            "{found:#?}"
        );
        assert_eq!(found.len(), 3, "{found:#?}");
    }
}

#[test]
fn a_fault_inside_a_hiring_policy_is_told_its_own_place() {
    let wrong = json!({ "policy": "plan", "hires": [{ "month": 1, "csms": 1 }, { "month": "May", "csms": 1 }] });
    let found = faults(&with(&[("pools[0].hiring", Some(wrong))]));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("pools[0].hiring.hires[1].month is \"May\", not "),
        "{found:?}"
    );
}

#[test]
fn no_sentence_speaks_the_language_of_the_program() {
    let program = [
        "u32",
        "u64",
        "i64",
        "f64",
        "struct ",
        "Input",
        "map with",
        "string or map",
        "elements in array",
        "sequence",
    ];
    let mut wrong = Vec::new();
    for (path, value) in [
        ("horizon", json!("36")),
        ("seed", json!(1.5)),
        ("segments[0].accounts", json!(-1)),
        ("segments[0].arr.median", json!(0.5)),
        ("shock.rho", json!("5%")),
        ("shock", json!([])),
        ("targets", json!(0.9)),
        ("segments", json!({})),
        ("segments[0]", json!("SMB")),
        ("renewal_calendar", json!([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])),
        ("segments[0].relative_risk", json!([1, 2, 3, 4])),
        ("segments[0].health.covered", json!(5)),
        ("segments[0].health.covered", json!({})),
        ("pools[0].hiring.policy", json!([])),
    ] {
        let found = faults(&with(&[(path, Some(value))]));
        assert_eq!(found.len(), 1, "{found:?}");
        wrong.extend(
            found
                .into_iter()
                .filter(|fault| program.iter().any(|word| fault.contains(word))),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_starting_point_is_sound() {
    let names: Vec<_> = examples::list().0.into_iter().map(|example| example.name).collect();
    assert_eq!(
        names,
        [
            "demo",
            "enterprise",
            "mid-market",
            "tech-touch",
            "first-csm",
            "india-saas"
        ]
    );
    for example in examples::list().0 {
        let checked = wire::look(&example.text);
        assert_eq!(checked.faults, [], "{}", example.name);
        assert!(
            checked
                .derived
                .is_some_and(|derived| derived.accounts > 0 && derived.arr > 0)
        );
    }
}

/// Documents that between them use every field there is.
fn full_documents() -> [Value; 2] {
    let steps = json!({ "green_yellow": 0.1, "yellow_green": 0.2, "yellow_red": 0.1, "red_yellow": 0.1 });
    let matrix = json!([[0.8, 0.2, 0], [0.1, 0.8, 0.1], [0, 0.5, 0.5]]);
    let mut one = with(&[
        ("targets.cltv", Some(json!(100))),
        ("segments[0].terms[0].churn", Some(json!(0.1))),
        ("segments[0].terms[1].churn", Some(json!([0.1, 0.2, 0.3]))),
        ("segments[0].uplift.stated", Some(json!(0.02))),
        ("segments[0].health.covered", Some(json!({ "steps": steps }))),
        ("segments[0].health.uncovered", Some(json!({ "matrix": matrix }))),
        ("segments[1].health.covered", Some(json!({ "matrix": matrix }))),
        ("segments[1].health.uncovered", Some(json!({ "steps": steps }))),
        ("segments[2].health.uncovered", Some(json!({ "mix": [0.1, 0.2, 0.7] }))),
        ("segments[3].churn", None),
        ("segments[3].relative_risk", None),
        ("segments[3].churn_by_health", Some(json!([0.05, 0.1, 0.3]))),
        ("precision", Some(json!({ "of": "grr", "within": 0.001 }))),
        ("layers", Some(json!({ "rates": true, "shock": false }))),
        ("segments[0].dispersion", Some(json!(0.1))),
        ("segments[0].churn_of", Some(json!("new"))),
        ("segments[0].duration", Some(json!(1.2))),
        ("segments[0].opening_tenure", Some(json!([1, 0.9]))),
        ("segments[0].uncontrollable", Some(json!(0.3))),
        ("segments[0].contraction", Some(json!({ "hazard": 0.01, "depth": 0.2 }))),
        (
            "segments[0].win_back",
            Some(json!({ "days": 60, "within": 0.1, "later": 0.1, "later_months": 6 })),
        ),
        ("segments[0].shock", Some(json!({ "rho": 0.1, "rho_expansion": 0.05 }))),
        ("segments[0].cac", Some(json!(1.5))),
        ("segments[0].terms[1].opt_out", Some(json!(12))),
        ("touch_models[0].ownership", Some(json!("am"))),
        (
            "touch_models[0].handover",
            Some(json!({ "penalty": 0.3, "months": 3, "hours": 10 })),
        ),
        (
            "touch_models[0].hours.red",
            Some(json!([{ "activity": "call", "per_month": 4, "hours": 1.25 }])),
        ),
        ("touch_models[0].allocation", Some(json!("proportional"))),
        (
            "pools[0].hiring",
            Some(json!({ "policy": "plan", "hires": [{ "month": 3, "csms": 1 }] })),
        ),
        (
            "pools[1].hiring",
            Some(json!({ "policy": "accounts_per_csm", "most": 60 })),
        ),
        ("pools[2].hiring", Some(json!({ "policy": "utilisation", "most": 0.9 }))),
    ]);
    let mut two = one.clone();
    one["book"] = json!({
        "source": "a test", "as_of": "2025-12-31",
        "accounts": [
            { "name": "a", "segment": "SMB", "arr": 5, "term": 12, "end_month": 4, "health": "red", "churn": 0.3, "tenure": 2 },
            { "name": "b", "segment": "Enterprise", "arr": 0 },
        ],
    });
    for i in 0..4 {
        *at(&mut two, &format!("segments[{i}].accounts")) = json!(3);
    }
    [one, two]
}

#[test]
fn a_document_that_was_read_is_written_as_it_was() {
    for document in full_documents().into_iter().chain(
        examples::list()
            .0
            .into_iter()
            .map(|example| serde_json::from_str(&example.text).expect("an example is JSON")),
    ) {
        assert_eq!(faults(&document), [""; 0]);
        let input = wire::read(&document.to_string()).unwrap();
        let written: Value = serde_json::to_value(&input).unwrap();
        assert_eq!(in_floats(written), in_floats(document));
    }
}

/// JSON tells 1 from 1.0 and the scenario does not.
fn in_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(in_floats).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, in_floats(value))).collect(),
        other => other,
    }
}

#[test]
fn what_is_written_is_read_back_the_same() {
    fn property(world: World) -> TestResult {
        let input = world.input();
        let read = wire::read(&serde_json::to_string(&input).expect("a scenario is JSON"));
        TestResult::from_bool(read.as_ref() == Ok(&input))
    }
    world::check(20, 500, property as fn(World) -> TestResult);
}

fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                into.insert(key.clone());
                keys(value, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, into)),
        _ => {}
    }
}

/// Names and definitions of the fields that a schema describes.
fn properties<'a>(schema: &'a Value, into: &mut Vec<(&'a str, &'a Value)>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                // The only field of a choice is described where the choice is.
                let choice = properties.len() == 1;
                into.extend(
                    properties
                        .iter()
                        .map(|(name, field)| (name.as_str(), if choice { schema } else { field })),
                );
            }
            fields.values().for_each(|value| properties(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, into)),
        _ => {}
    }
}

#[test]
fn the_schema_names_and_describes_every_field() {
    let schema = serde_json::to_value(schemars::schema_for!(ScenarioInput)).unwrap();
    let mut described = Vec::new();
    properties(&schema, &mut described);
    let named: BTreeSet<String> = described.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut used = BTreeSet::new();
    full_documents().iter().for_each(|document| keys(document, &mut used));
    assert_eq!(named, used);
    let bare: Vec<_> = described
        .iter()
        .filter(|(name, field)| *name != "policy" && field.get("description").is_none())
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(bare, [""; 0]);
}

fn places(value: &Value, path: &str, into: &mut Vec<String>) {
    into.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                places(value, &format!("{path}{dot}{key}"), into);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &format!("{path}[{i}]"), into);
            }
        }
        _ => {}
    }
}

fn pointer(path: &str) -> String {
    let steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    steps.map(|step| format!("/{step}")).collect()
}

fn pointed<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    document.pointer(&pointer(path))
}

#[test]
fn no_value_anywhere_in_a_document_makes_the_program_panic() {
    let palette = [
        json!(null),
        json!(true),
        json!(""),
        json!("NaN"),
        json!([]),
        json!({}),
        json!([1, 2, 3]),
        json!({ "p5": 0.1, "p95": 0.2 }),
        json!({ "p5": -1e300, "p95": 1e300 }),
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(1e-300),
        json!(-1e-9),
        json!(12),
        json!(1e9),
        json!(1e300),
        json!(u32::MAX),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(-1e300),
    ];
    let g = &mut Gen::from_size_and_seed(20, 21);
    let documents = full_documents();
    let mut played = 0;
    for round in 0..2000 {
        let mut document = documents[round % 2].clone();
        let mut all = Vec::new();
        places(&document, "", &mut all);
        let numbers: Vec<String> = all
            .iter()
            .filter(|path| pointed(&document, path).is_some_and(Value::is_number))
            .cloned()
            .collect();
        let mut told = String::new();
        for _ in 0..1 + usize::arbitrary(g) % 3 {
            let (mut path, value) = (g.choose(&all).unwrap(), g.choose(&palette).unwrap());
            if value.is_number() && usize::arbitrary(g) % 4 > 0 {
                path = g.choose(&numbers).unwrap();
            }
            // An earlier edit may have taken the place away.
            if let Some(place) = document.pointer_mut(&pointer(path)) {
                told += &format!("{path} = {value}; ");
                *place = value.clone();
            }
        }
        let text = document.to_string();
        let found = catch_unwind(|| {
            let checked = wire::look(&text);
            assert_eq!(checked.faults.is_empty(), checked.derived.is_some());
            checked
                .faults
                .iter()
                .map(ToString::to_string)
                .chain(wire::sense(&text).0.iter().map(ToString::to_string))
                .collect::<Vec<_>>()
        });
        let found = found.unwrap_or_else(|_| panic!("the reader panics at {told}"));
        // What a person calls something is told as it is.
        let is_named = told.contains("name = \"NaN\"") || told.contains("touch_model = \"NaN\"");
        for sentence in &found {
            let plain = sentence.replace(if is_named { "NaN" } else { "\"NaN\"" }, "");
            let odd = ["NaN", "inf", "Some(", "None"].iter().any(|word| plain.contains(word));
            assert!(!odd && !sentence.contains('\n'), "{told}{sentence}");
        }
        // What is sound can be played; a crowd would take too long.
        if let Ok(scenario) = wire::parse(&text) {
            let joining: f64 = scenario.segments.iter().map(|s| s.new_accounts.per_year.median()).sum();
            let crowd: u32 = scenario.pools.iter().map(|pool| pool.csms).sum();
            if joining < 1e4 && crowd < 1000 {
                played += 1;
                let row = catch_unwind(|| {
                    let plan = Plan::new(scenario);
                    let mut row = vec![0.0; plan.layout().width()];
                    Trial::new(&plan).play(0, &mut row);
                    row
                });
                let row = row.unwrap_or_else(|_| panic!("the kernel panics at {told}"));
                assert!(row.iter().all(|x| x.is_finite()), "not a number at {told}");
            }
        }
    }
    assert!(played > 100, "only {played} of the documents were sound");
}
