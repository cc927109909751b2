//! What a report makes of outcomes written by hand.

#[path = "support/document.rs"]
mod document;

use document::{demo, edit};
use retaincast::kernel::{Book, Concentration, Growth, Layout, Once, Plan, Trial, Year};
use retaincast::summary::{Deviates, Outcomes};
use retaincast::wire::result::{Difference, Estimate, Results};
use retaincast::wire::{self, Beside};
use serde_json::{Value, json};

/// Places of a row with what stands there.
type Numbers = Vec<(usize, f64)>;

/// Two segments of two accounts of $100 each, played for so many months.
fn book(months: u32, edits: &[(&str, Value)]) -> Plan {
    let mut document = demo();
    let segments = document["segments"].as_array_mut().expect("a list");
    segments.truncate(2);
    for segment in segments {
        segment["arr"] = json!({ "median": 10_000, "sigma": 0, "min": 10_000, "max": 10_000 });
        segment["accounts"] = json!(2);
    }
    edit(&mut document, "horizon", Some(json!(months)));
    edit(&mut document, "economics.gross_margin", Some(json!(0.5)));
    edit(&mut document, "economics.discount", Some(json!(0.25)));
    edit(&mut document, "economics.cltv_years", Some(json!(2)));
    for (path, value) in edits {
        edit(&mut document, path, Some(value.clone()));
    }
    Plan::new(wire::parse(&document.to_string()).expect("it is sound"))
}

/// The report on trials whose numbers are these, and 0 but for them.
fn report<const N: usize>(plan: &Plan, trials: [&dyn Fn(&Layout) -> Numbers; N]) -> Results {
    let layout = plan.layout();
    let mut outcomes = Outcomes::new(layout, 0, N as u32);
    for (trial, numbers) in trials.iter().enumerate() {
        let mut row = vec![0.0; layout.width()];
        for (place, x) in numbers(&layout) {
            row[place] = x;
        }
        outcomes.add(trial as u32, &row);
    }
    wire::report(plan, &outcomes, &Deviates::default(), Beside::default(), &[])
}

fn is(estimate: Option<Estimate>, mean: f64) {
    let estimate = estimate.expect("it exists");
    assert!((estimate.mean - mean).abs() < 1e-12, "{} is not {mean}", estimate.mean);
}

/// Of $400 at the opening: one account lost $50 and grew by $30, one left, one grew by $20 at $8 of price, one stayed.
fn year(layout: &Layout) -> Numbers {
    let of = |what, x| (layout.year(what, 0, 0), x);
    vec![
        of(Year::OpeningArr, 40_000.0),
        of(Year::Kept, 28_000.0),
        of(Year::CohortArr, 30_000.0),
        of(Year::Losses, 15_000.0),
        of(Year::Uplift, 800.0),
        of(Year::OpeningAccounts, 4.0),
        of(Year::KeptAccounts, 3.0),
        of(Year::DueArr, 20_000.0),
        of(Year::RenewedArr, 10_000.0),
        of(Year::Due, 2.0),
        of(Year::Renewed, 1.0),
        (layout.growth(Growth::Top1, 0), 2_000.0),
        (layout.growth(Growth::Top3, 0), 2_000.0),
        (layout.growth(Growth::Top5, 0), 2_000.0),
        (layout.book(Book::Churn, 3), 10_000.0),
        (layout.book(Book::Contraction, 5), 5_000.0),
        (layout.book(Book::Churn, 6), 1_000.0),
        (layout.book(Book::Uncontrollable, 3), 4_000.0),
        (layout.book(Book::WinBack, 9), 700.0),
    ]
}

/// A year in which nothing moved and nothing came up.
fn still(layout: &Layout) -> Numbers {
    let of = |what, x| (layout.year(what, 0, 0), x);
    vec![
        of(Year::OpeningArr, 40_000.0),
        of(Year::Kept, 40_000.0),
        of(Year::CohortArr, 40_000.0),
        of(Year::OpeningAccounts, 4.0),
        of(Year::KeptAccounts, 4.0),
    ]
}

#[test]
fn definitions_stand_side_by_side() {
    let plan = book(12, &[]);
    let r = report(&plan, [&year]);
    let (first, other) = (&r.years[0], &r.definitions[0]);
    is(first.grr, 0.7);
    is(first.grr_movements, 0.625);
    is(first.gross_renewal_rate, 0.5);
    is(first.nrr, 0.75);
    is(first.nrr_without_uplift, 0.73);
    is(other.nrr_without_top1, 0.7);
    is(other.nrr_without_top3, 0.7);
    is(other.nrr_without_top5, 0.7);
    is(first.logo_retention, 0.75);
    is(first.logo_renewal_rate, 0.5);
    is(other.win_back, 700.0);
    let bridge = r.bridge[0];
    assert_eq!(
        [bridge.win_back, bridge.contraction, bridge.churn, bridge.uncontrollable].map(|line| (line.value, line.se)),
        [(700.0, 0.0), (5_000.0, 0.0), (11_000.0, 0.0), (4_000.0, 0.0)]
    );
}

#[test]
fn the_steps_between_two_definitions_add_up_to_their_difference() {
    let plan = book(12, &[]);
    let r = report(&plan, [&year]);
    let steps = |d: &Difference| -> Vec<(f64, f64)> {
        let rounded = |x: f64| (x * 1e9).round() / 1e9;
        d.steps
            .iter()
            .map(|s| (s.amount.mean, rounded(s.change.mean)))
            .collect()
    };
    let [movements, renewals, net] = r.definitions[0].differences.as_slice() else {
        panic!("three differences");
    };
    assert_eq!(steps(movements), [(-3_000.0, -0.075)]);
    assert_eq!(
        steps(renewals),
        [
            (-3_000.0, -0.075),
            // $160 were lost, $150 of them by accounts at the opening, $100 at renewals.
            (-1_000.0, -0.025),
            (6_000.0, 0.15),
            // $100 of $400 weigh half as much as of $200.
            (20_000.0, -0.25),
        ]
    );
    assert_eq!(steps(net), [(-3_000.0, -0.075), (4_200.0, 0.105), (800.0, 0.02)]);

    // Trials without a renewal say nothing of the renewal rate; over the others the means add up.
    let r = report(&plan, [&year, &still, &year]);
    for d in &r.definitions[0].differences {
        let sum: f64 = d.steps.iter().map(|step| step.change.mean).sum();
        assert!(
            (d.before.mean + sum - d.after.mean).abs() < 1e-12,
            "{} to {}",
            d.from,
            d.to
        );
        assert_eq!(d.after.trials, if d.to == "Gross renewal rate" { 2 } else { 3 });
    }
    let r = report(&plan, [&still]);
    let told: Vec<&str> = r.definitions[0].differences.iter().map(|d| d.to.as_str()).collect();
    assert_eq!(told, ["GRR by movements", "NRR"]);
}

#[test]
fn concentration_is_that_of_the_book_now_and_of_futures_with_arr_at_the_close() {
    let plan = book(12, &[("targets.grr", json!(0.72))]);
    let spread = |layout: &Layout| {
        let mut numbers = year(layout);
        numbers.extend([
            (layout.concentration(Concentration::Hhi), 0.5),
            (layout.concentration(Concentration::Top1), 0.6),
        ]);
        numbers
    };
    let r = report(&plan, [&spread, &year]);
    let now = r.risk.now.expect("there is ARR");
    assert_eq!(
        (now.hhi, now.effective_accounts, now.top1, now.top3, now.top10),
        (0.25, 4.0, 0.25, 0.75, 1.0)
    );
    is(r.risk.close.effective_accounts, 2.0);
    is(r.risk.close.top1, 0.6);
    assert_eq!(r.risk.close.top1.map(|e| e.trials), Some(1));
    is(r.risk.growth_top1, 1.0);
    is(r.risk.grr_less_logos, -0.05);
    assert!((r.risk.grr_gap.expect("there is a target").value - 0.02).abs() < 1e-12);
    assert_eq!(r.risk.warnings.len(), 1, "money and logos part: {:?}", r.risk.warnings);
    let r = report(&plan, [&still, &year]);
    assert!(
        r.risk.warnings[0].starts_with("The band of GRR for months 1–12, "),
        "{:?}",
        r.risk.warnings
    );

    // Nothing left, nothing to share.
    let r = report(&plan, [&|_: &Layout| Vec::new()]);
    assert_eq!(
        (r.risk.close.hhi, r.risk.growth_top1, r.risk.grr_less_logos),
        (None, None, None)
    );
}

/// Two years that keep `nrr` each, CLTV of $80 and $90, $15 of it spent on service.
fn two_years(layout: &Layout, nrr: f64) -> Numbers {
    let mut numbers = Vec::new();
    for s in 0..2 {
        for y in 0..2 {
            numbers.push((layout.year(Year::OpeningArr, s, y), 20_000.0));
            numbers.push((layout.year(Year::CohortArr, s, y), 20_000.0 * nrr));
        }
        numbers.push((layout.once(Once::Cltv, s), 8_000.0 + 1_000.0 * s as f64));
        numbers.push((layout.once(Once::CltvAnnual, s), 8_500.0));
        numbers.push((layout.once(Once::CostToServe, s), 1_500.0));
    }
    numbers
}

#[test]
fn value_is_told_by_named_conventions_and_against_what_winning_costs() {
    let plan = book(
        24,
        &[
            ("economics.cac", json!(1.0)),
            ("segments[0].cac", json!(0.5)),
            ("segments[1].cac", json!(1.5)),
            ("segments[0].new_accounts.per_year", json!(3)),
            ("segments[1].new_accounts.per_year", json!(1)),
        ],
    );
    let r = report(&plan, [&|layout: &Layout| two_years(layout, 0.8)]);
    let [first, second] = [&r.segments[0].value, &r.segments[1].value];
    is(first.cltv_annual, 8_500.0);
    // The first payment is half of $100.
    is(first.cltv_annual_without_first, 3_500.0);
    is(first.cltv_annual_year_later, 6_800.0);
    is(first.cost_to_serve, 1_500.0);
    is(first.cltv_net, 6_500.0);
    is(r.value.cltv_net, 7_000.0);
    // $50 wins $100 of ARR, which earns $50 a year.
    assert_eq!((first.cac, first.payback_months), (Some(5_000.0), Some(12.0)));
    assert_eq!((second.cac, second.payback_months), (Some(15_000.0), Some(36.0)));
    is(first.ltv_cac, 1.6);
    is(first.ltv_cac_net, 1.3);
    // Of four accounts won, three cost $50 and one $150; of the four there are, two and two.
    assert_eq!((r.value.cac, r.value.payback_months), (Some(7_500.0), Some(18.0)));
    is(r.value.ltv_cac, 0.85);
}

#[test]
fn a_perpetuity_follows_the_last_nrr_and_is_refused_without_end() {
    let plan = book(24, &[]);
    let months = |nrr: f64| {
        let q = nrr / 1.25;
        // After two years: half of $100 × NRR² a year, by the month, discounted.
        50.0 * 100.0 * q * q / 12.0 / (1.0 - libm::pow(q, 1.0 / 12.0))
    };
    let r = report(&plan, [&|layout: &Layout| two_years(layout, 0.8)]);
    let first = &r.segments[0].value.perpetuity;
    assert_eq!((first.from, first.to, &first.refused), (13, 24, &None));
    assert_eq!(first.nrr.map(|nrr| nrr.value), Some(0.8));
    let value = first.value.expect("it ends").value;
    assert!((value - months(0.8)).abs() < 1e-9, "{value}");
    let share = first.share.expect("it ends").value;
    assert!((share - value / (value + 8_000.0)).abs() < 1e-12);
    let whole = r.value.perpetuity.share.expect("it ends").value;
    assert!((whole - value / (value + 8_500.0)).abs() < 1e-12);

    let r = report(&plan, [&|layout: &Layout| two_years(layout, 1.25)]);
    let first = &r.segments[0].value.perpetuity;
    assert_eq!((first.value, first.share), (None, None));
    assert_eq!(
        first.refused.as_deref(),
        Some(
            "NRR of months 13–24 is 125%: a perpetuity has an end only where the NRR of every segment is clearly below \
             1 + discount, 125%."
        )
    );
    // Where one trial of two decides it, it is refused too.
    let one = |layout: &Layout| two_years(layout, 1.3);
    let other = |layout: &Layout| two_years(layout, 1.0);
    assert!(report(&plan, [&one, &other]).value.perpetuity.refused.is_some());
}

/// The steps are what they are called only as long as the simulator books what they stand for.
#[test]
fn what_lies_between_definitions_holds_of_simulated_futures() {
    const TRIALS: u32 = 30;
    let contraction = json!({ "hazard": 0.02, "depth": 0.2 });
    let win_back = json!({ "days": 30, "within": 0.05, "later": 0.3, "later_months": 3 });
    let edits = [
        ("segments[0].accounts", json!(200)),
        ("segments[1].accounts", json!(200)),
        ("segments[0].contraction", contraction.clone()),
        ("segments[1].contraction", contraction),
        ("segments[0].win_back", win_back),
    ];
    let plan = book(30, &edits);
    let layout = plan.layout();
    let mut outcomes = Outcomes::new(layout, 0, TRIALS);
    let mut trial = Trial::new(&plan);
    let mut row = vec![0.0; layout.width()];
    for index in 0..TRIALS {
        trial.play(index, &mut row);
        outcomes.add(index, &row);
    }
    let r = wire::report(&plan, &outcomes, &Deviates::default(), Beside::default(), &[]);
    for year in &r.definitions {
        assert!(year.win_back.expect("a number").mean > 0.0);
        for d in &year.differences {
            let sum: f64 = d.steps.iter().map(|step| step.change.mean).sum();
            assert!(
                (d.before.mean + sum - d.after.mean).abs() < 1e-12,
                "{} to {}",
                d.from,
                d.to
            );
            // Every future on its own: growth makes up, losses lie beyond the opening, some fall between renewals.
            for step in &d.steps {
                match step.name.as_str() {
                    "Losses that growth made up" | "Losses beyond the opening ARR" => {
                        assert!(step.amount.p95 <= 0.0 && step.amount.mean < 0.0, "{step:?}");
                    }
                    "Losses outside renewals" | "Expansion" | "Price uplift" => {
                        assert!(step.amount.p5 > 0.0, "{step:?}");
                    }
                    _ => {}
                }
            }
        }
    }
    // What is lost outside renewals is contraction, where no contract has opt-outs.
    let outside = &r.definitions[0].differences[1].steps[2];
    assert!(
        (outside.amount.mean - r.bridge[0].contraction.value).abs() < 1e-6,
        "{outside:?}"
    );
}
