//! Same version, scenario, seed and trials: same bits.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Beta, Distribution, LogNormal};
use retaincast::kernel::{Once, Plan, Trial};
use retaincast::model::{Number, Precision};
use retaincast::native;
use retaincast::summary::{Metrics, Outcomes};
use retaincast::wire::{self, examples};

fn plan(name: &str, trials: u64) -> Plan {
    let mut input = wire::read(examples::find(name).expect("it is a starting point")).expect("an example can be read");
    input.trials = trials;
    Plan::new(wire::check(&input).expect("an example is sound"))
}

fn on_threads(threads: usize, plan: &Plan, first: u32) -> Outcomes {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads can be started");
    pool.install(|| native::play(plan, first, |_| {}))
}

/// Plays trials `first..first + count` the way the page does.
fn batch(plan: &Plan, first: u32, count: u32) -> Vec<f64> {
    let width = plan.layout().width();
    let mut rows = vec![0.0; width * count as usize];
    let mut trial = Trial::new(plan);
    for (index, row) in (first..).zip(rows.chunks_exact_mut(width)) {
        trial.play(index, row);
    }
    rows
}

/// More than two strides of three threads, and not a whole number of batches.
const TRIALS: u32 = 421;

#[test]
fn one_two_and_three_threads_give_the_same_bits() {
    let plan = plan("mid-market", TRIALS.into());
    let one = on_threads(1, &plan, 0);
    assert_eq!(one.done(), TRIALS);
    for threads in [2, 3] {
        assert_eq!(
            on_threads(threads, &plan, 0).fingerprint(),
            one.fingerprint(),
            "{threads} threads"
        );
    }
}

#[test]
fn a_trial_that_stops_at_the_horizon_says_the_same_of_all_but_cltv() {
    let stops = plan("mid-market", 2_000);
    let mut scenario = stops.scenario().clone();
    assert_eq!((scenario.horizon, scenario.months()), (36, 60));
    scenario.precision = Some(Precision {
        of: Number::Cltv,
        within: 1.0,
    });
    let goes_on = Plan::new(scenario);
    let layout = stops.layout();
    let of_cltv: Vec<usize> = [Once::Cltv, Once::CltvAnnual, Once::CostToServe]
        .into_iter()
        .flat_map(|what| (0..layout.segments).map(move |s| layout.once(what, s)))
        .collect();
    for first in [0, 1, 998, 999, 1000, 1001, 1010, 1020] {
        let (short, long) = (batch(&stops, first, 1), batch(&goes_on, first, 1));
        let differing: Vec<usize> = (0..layout.width()).filter(|&i| short[i] != long[i]).collect();
        if first % 20 == 0 || (first < 1000 && first % 2 == 0) {
            assert!(differing.is_empty(), "trial {first}");
        } else {
            assert_eq!(differing, of_cltv, "trial {first}");
        }
    }

    let outcomes = native::play(&stops, 0, |_| {});
    let cltv = Metrics::new(&outcomes, stops.scenario()).cltv(&stops.opening_accounts(), None);
    assert_eq!((cltv.trials(), cltv.values().len()), (2_000, 550));
    let told = cltv.by_trial().enumerate().filter(|(_, x)| x.is_some());
    assert!(told.skip(500).all(|(trial, _)| trial >= 1000 && trial % 20 == 0));
}

#[test]
fn batches_of_any_size_in_any_order_give_the_same_bits() {
    let plan = plan("mid-market", TRIALS.into());
    let expected = on_threads(2, &plan, 0).fingerprint();
    // Steps that share no factor with the number of batches visit every one of them.
    for (size, step) in [(1, 191), (7, 23), (50, 4), (421, 1), (1000, 1)] {
        let mut outcomes = Outcomes::new(plan.layout(), 0, TRIALS);
        let batches = TRIALS.div_ceil(size);
        for k in 0..batches {
            let first = (k * step % batches) * size;
            outcomes.add(first, &batch(&plan, first, size.min(TRIALS - first)));
        }
        assert_eq!(outcomes.done(), TRIALS, "batches of {size}");
        assert_eq!(outcomes.fingerprint(), expected, "batches of {size}");
    }
}

#[test]
fn a_batch_that_arrives_twice_changes_nothing() {
    let plan = plan("enterprise", 20);
    let mut outcomes = Outcomes::new(plan.layout(), 0, 20);
    for (first, count) in [(10, 10), (0, 12), (5, 10), (0, 20)] {
        outcomes.add(first, &batch(&plan, first, count));
    }
    assert_eq!(outcomes.fingerprint(), on_threads(1, &plan, 0).fingerprint());
}

#[test]
fn a_run_from_a_later_trial_is_the_tail_of_a_longer_run() {
    let (whole, tail) = (plan("enterprise", 60), plan("enterprise", 43));
    let (whole, tail) = (on_threads(2, &whole, 0), on_threads(2, &tail, 17));
    assert_eq!((tail.first(), tail.done()), (17, 43));
    for place in 0..whole.layout().width() {
        let bits = |column: &[f64]| column.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(
            bits(&whole.column(place)[17..]),
            bits(&tail.column(place)),
            "column {place}"
        );
    }
}

#[test]
fn another_seed_is_another_future() {
    let with = |seed| {
        let mut input = wire::read(examples::find("enterprise").unwrap()).unwrap();
        (input.seed, input.trials) = (seed, 5);
        on_threads(1, &Plan::new(wire::check(&input).unwrap()), 0).fingerprint()
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
    assert_ne!(with(1), with((1 << 53) - 1));
}

/// Numbers that every version with the same promise must give, in `tests/data/golden.json`; a browser is held to the same
/// ones in `www/tests/browser/golden.test.ts`.
///
/// A change of these is value-breaking: everybody's results move, so it needs the word in the change log. To renew
/// them run `cargo test --test determinism golden` and copy what it prints; they are those of
/// `retaincast simulate <(retaincast examples NAME) --trials 50 --json`.
#[test]
fn golden_fingerprints_of_the_six_starting_points() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("data/golden.json")).expect("it is JSON");
    let trials = golden["trials"].as_u64().expect("a number of trials");
    let found: serde_json::Map<_, _> = examples::list()
        .0
        .into_iter()
        .map(|example| {
            let fingerprint = on_threads(2, &plan(&example.name, trials), 0).fingerprint();
            (example.name, format!("{fingerprint:016x}").into())
        })
        .collect();
    assert_eq!(serde_json::Value::Object(found), golden["fingerprints"]);
}

/// FNV-1a over the bits of numbers.
fn hash(draws: impl Iterator<Item = f64>) -> u64 {
    draws.fold(0xcbf2_9ce4_8422_2325, |hash, x| {
        (hash ^ x.to_bits()).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29)
    })
}

/// The laws that the kernel samples by rejection, at its parameters, each from the kernel's generator.
///
/// Features of a dependency that reach the platform's exp and ln would show here first: they change how rand_distr
/// draws, and no compiler says so. Renewed as the fingerprints above, when rand or rand_distr moves.
#[test]
fn golden_draws_of_the_samplers() {
    let generator = || Xoshiro256PlusPlus::seed_from_u64(20_261_122);
    let mut found = Vec::new();
    for (mean, total) in [(0.25, 8.0), (0.05, 8.0), (0.5, 1.0), (0.9, 100.0)] {
        let law = Beta::new(mean * total, (1.0 - mean) * total).unwrap();
        found.push(hash(law.sample_iter(generator()).take(10_000)));
    }
    for (mu, sd) in [(-1.4, 0.6), (0.0, 4.0)] {
        found.push(hash(
            LogNormal::new(mu, sd).unwrap().sample_iter(generator()).take(10_000),
        ));
    }
    let found: Vec<_> = found.iter().map(|hash| format!("{hash:016x}")).collect();
    assert_eq!(
        found,
        [
            "dfbaef1007d368f1",
            "ac14497f979783bf",
            "81eae96b1c92eefc",
            "fd41eabebb891f72",
            "3d489bc959bd37f8",
            "07a890d666860874",
        ]
    );
}
