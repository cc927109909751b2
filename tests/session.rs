//! Runs one after the other as the page plays them: what stands beside a run, and what is not played twice.

#[path = "support/document.rs"]
mod document;

use document::{demo, edit};
use retaincast::kernel::{Plan, Trial};
use retaincast::wire::{self, Companion, Play, Session};
use serde_json::json;

const TRIALS: u32 = 40;

fn scenario(churn: f64) -> String {
    let mut document = demo();
    edit(&mut document, "trials", Some(json!(TRIALS)));
    edit(&mut document, "horizon", Some(json!(12)));
    edit(&mut document, "segments[2].churn", Some(json!(churn)));
    document.to_string()
}

fn played(play: &Play, trials: u32) -> Vec<f64> {
    let mut rows = vec![0.0; play.width() * trials as usize];
    play.run(0, &mut rows);
    rows
}

fn rows(text: &str, first: u32, count: u32) -> Vec<f64> {
    let plan = Plan::new(wire::parse(text).expect("the scenario is sound"));
    let width = plan.layout().width();
    let mut rows = vec![0.0; width * count as usize];
    let mut trial = Trial::new(&plan);
    for (index, row) in (first..).zip(rows.chunks_exact_mut(width)) {
        trial.play(index, row);
    }
    rows
}

fn grr(session: &mut Session) -> wire::result::Metric {
    session.results().expect("a run has begun").headline.grr
}

#[test]
fn a_baseline_of_a_large_run_is_played_as_far_as_a_difference_needs() {
    let large = |churn: f64| {
        let mut document: serde_json::Value = serde_json::from_str(&scenario(churn)).expect("it is JSON");
        edit(&mut document, "trials", Some(json!(50_000)));
        document.to_string()
    };
    let mut session = Session::default();
    session.begin(&large(0.3), Some(&large(0.16))).expect("it is sound");
    assert_eq!(session.missing(Companion::Baseline), 0..10_000);
}

#[test]
fn a_run_becomes_the_baseline_of_the_next_without_being_played_again() {
    let (before, after) = (scenario(0.16), scenario(0.3));
    let mut session = Session::default();
    session.begin(&before, None).expect("it is sound");
    session.add(0, &rows(&before, 0, 30));
    let stated = grr(&mut session);
    assert_eq!(stated.change, None, "nothing is compared");

    session.begin(&after, Some(&before)).expect("it is sound");
    assert_eq!(session.missing(Companion::Baseline), 30..TRIALS);
    session.add(0, &rows(&after, 0, TRIALS));
    let change = grr(&mut session).change.expect("both have trials");
    assert_eq!((change.pairs, change.left_out), (30, 0));
    assert!(
        change.high < 0.0 && change.visible,
        "twice the churn keeps less: {change:?}"
    );

    // The trials that were missing are played in any order, and the difference of the means is the mean difference.
    session.add_to(Companion::Baseline, 35, &rows(&before, 35, 5));
    session.add_to(Companion::Baseline, 30, &rows(&before, 30, 5));
    assert_eq!(session.missing(Companion::Baseline), TRIALS..TRIALS);
    let metric = grr(&mut session);
    let whole = rows(&before, 0, TRIALS);
    let mut alone = Session::default();
    alone.begin(&before, None).expect("it is sound");
    alone.add(0, &whole);
    let mean = |metric: &wire::result::Metric| metric.estimate.expect("the book has accounts").mean;
    let change = metric.change.expect("both have trials");
    assert_eq!(change.pairs, TRIALS);
    assert!((change.mean - (mean(&metric) - mean(&grr(&mut alone)))).abs() < 1e-12);
}

#[test]
fn companions_tell_the_worth_of_the_team_and_split_the_variance() {
    let text = scenario(0.16);
    let mut session = Session::default();
    session.begin(&text, None).expect("it is sound");
    session.add(0, &rows(&text, 0, TRIALS));
    let before = session.results().expect("a run has begun");
    assert_eq!((before.worth, before.headline.grr.variance), (None, None));
    for companion in [Companion::NoCoverage, Companion::OtherLuck, Companion::OtherShock] {
        assert_eq!(session.missing(companion), 0..TRIALS);
        let play = Play::new(&text, Some(companion)).expect("it is sound");
        session.add_to(companion, 0, &played(&play, TRIALS));
        assert_eq!(session.missing(companion), TRIALS..TRIALS);
    }
    let after = session.results().expect("a run has begun");
    let worth = after.worth.expect("both have trials");
    assert!(worth.expansion.mean > 0.0, "CSM-led expansion needs CSMs: {worth:?}");
    let variance = after.headline.grr.variance.expect("three runs have trials");
    let whole = variance.rates.share + variance.shock.share + variance.luck.share;
    assert!((whole - 1.0).abs() < 1e-12);
    assert_eq!(variance.trials, TRIALS);
}

#[test]
fn a_run_is_sure_when_its_interval_is_as_narrow_as_asked() {
    let is_sure = |within: f64| {
        let mut document: serde_json::Value = serde_json::from_str(&scenario(0.16)).expect("it is JSON");
        edit(
            &mut document,
            "precision",
            Some(json!({ "of": "grr", "within": within })),
        );
        let text = document.to_string();
        let mut session = Session::default();
        session.begin(&text, None).expect("it is sound");
        session.add(0, &rows(&text, 0, TRIALS));
        assert_eq!(session.looks(), [TRIALS]);
        session.is_sure()
    };
    assert!(is_sure(0.5) && !is_sure(1e-9));
}

#[test]
fn a_baseline_survives_the_edits_after_it() {
    let (before, first, second) = (scenario(0.16), scenario(0.2), scenario(0.3));
    let mut session = Session::default();
    session.begin(&before, None).expect("it is sound");
    session.add(0, &rows(&before, 0, 10));
    for edit in [&first, &second] {
        session.begin(edit, Some(&before)).expect("it is sound");
        assert_eq!(session.missing(Companion::Baseline), 10..TRIALS);
    }
    session.begin(&second, Some(&first)).expect("it is sound");
    assert_eq!(
        session.missing(Companion::Baseline),
        0..TRIALS,
        "the first edit was never played"
    );
}

#[test]
fn an_edit_that_changes_nothing_shows_no_change() {
    let (before, mut after) = (scenario(0.16), demo());
    for (path, value) in [
        ("trials", json!(TRIALS)),
        ("horizon", json!(12)),
        ("name", json!("Another")),
    ] {
        edit(&mut after, path, Some(value));
    }
    let after = after.to_string();
    let mut session = Session::default();
    session.begin(&after, Some(&after)).expect("it is sound");
    session.add(0, &rows(&after, 0, 20));
    session.add_to(Companion::Baseline, 0, &rows(&after, 0, 20));
    let change = grr(&mut session).change.expect("both have trials");
    assert_eq!((change.mean, change.se, change.visible), (0.0, 0.0, false));
    assert!(
        session.begin(&before, Some("{}")).is_err(),
        "a baseline has to be sound"
    );
}

#[test]
fn full_coverage_is_told_where_it_was_played() {
    let text = scenario(0.16);
    let mut session = Session::default();
    session.begin(&text, None).expect("it is sound");
    session.add(0, &rows(&text, 0, 20));
    let told = |session: &mut Session| {
        let answer = session.results().expect("a run has begun").answer;
        answer
            .cs_leader
            .iter()
            .any(|sentence| sentence.contains("ull coverage"))
    };
    assert!(!told(&mut session));
    assert_eq!(session.missing(Companion::FullCoverage), 0..TRIALS);
    assert_eq!(session.missing(Companion::Baseline), 0..0);
    let full = Play::new(&text, Some(Companion::FullCoverage)).expect("it is sound");
    session.add_to(Companion::FullCoverage, 0, &played(&full, 20));
    assert!(told(&mut session));
}
