//! What a simulated account-month costs natively. `cargo xtask bench` runs this beside the other languages.

mod scenarios;
mod variance;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rayon::{ThreadPool, ThreadPoolBuilder};
use retaincast::kernel::{Book, Plan, Trial, Year};
use retaincast::summary::Sample;
use retaincast::{native, wire};
use serde_json::{Value, json};

/// Opening accounts at which the cost of an account-month is compared.
const SIZES: [u32; 4] = [500, 8_000, 100_000, 65];

fn main() {
    // Cargo itself adds words that begin with a dash.
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--bench")).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = match words[..] {
        [] => measure(&Effort::FULL),
        ["short"] => measure(&Effort::SHORT),
        ["write", folder] => write(Path::new(folder)),
        ["play", file, trials] => play(file, trials.parse().expect("trials are a number")),
        ["variance", trials] => {
            let trials = trials.parse().expect("trials are a number");
            json!({
                "common_random_numbers": variance::of_difference(trials),
                "control_variates": variance::of_mean(trials),
            })
        }
        ["once", file, trials] => once(file, trials.parse().expect("trials are a number")),
        _ => panic!("usage: kernel [short | write FOLDER | play FILE TRIALS | once FILE TRIALS | variance TRIALS]"),
    };
    println!("{said}");
}

/// How long to measure: the least of `rounds`, in which all that is compared takes turns.
struct Effort {
    rounds: u32,
    draws: u32,
    account_months: f64,
    threaded_trials: u64,
}

impl Effort {
    const FULL: Effort = Effort {
        rounds: 7,
        draws: 50_000_000,
        account_months: 15e6,
        threaded_trials: 300,
    };
    const SHORT: Effort = Effort {
        rounds: 1,
        draws: 1_000_000,
        account_months: 5e5,
        threaded_trials: 10,
    };
}

/// Nanoseconds of a random number and of account-months, seconds on one thread and on two.
fn measure(effort: &Effort) -> Value {
    let demo = Measured::new(&scenarios::played());
    let alike = Measured::new(&scenarios::without_dispersion());
    let sizes = SIZES.map(|size| Measured::new(&scenarios::scaled(size)));
    let mut threaded = scenarios::demo();
    threaded["trials"] = json!(effort.threaded_trials);
    let threaded = plan(&threaded);
    let pools = [1, 2].map(|size| {
        let pool = ThreadPoolBuilder::new().num_threads(size).build();
        pool.expect("threads start")
    });

    let [mut floor, mut kernel, mut same] = [f64::INFINITY; 3];
    let mut by_size = [f64::INFINITY; SIZES.len()];
    let mut seconds = [f64::INFINITY; 2];
    for _ in 0..effort.rounds {
        floor = floor.min(random_number(effort.draws));
        kernel = kernel.min(demo.nanoseconds(effort.account_months));
        same = same.min(alike.nanoseconds(effort.account_months));
        for (least, size) in by_size.iter_mut().zip(&sizes) {
            *least = least.min(size.nanoseconds(effort.account_months));
        }
        for (least, pool) in seconds.iter_mut().zip(&pools) {
            *least = least.min(run(&threaded, pool));
        }
    }
    let by_size: Vec<Value> = SIZES.iter().zip(by_size).map(|(n, ns)| json!([n, ns])).collect();
    json!({
        "rng_floor_ns": floor,
        "kernel_ns": kernel,
        "kernel_ns_without_dispersion": same,
        "kernel_ns_by_accounts": by_size,
        "seconds_by_threads": seconds,
    })
}

/// Nanoseconds of one draw in a plain loop.
fn random_number(draws: u32) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let start = Instant::now();
    let mut sum = 0_u32;
    for _ in 0..draws {
        sum = sum.wrapping_add(rng.next_u32());
    }
    black_box(sum);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(draws)
}

/// A scenario ready to be played on one core.
struct Measured {
    plan: Plan,
    /// In one trial, about.
    account_months: f64,
}

impl Measured {
    fn new(scenario: &Value) -> Measured {
        let mut measured = Measured {
            plan: plan(scenario),
            account_months: 0.0,
        };
        measured.account_months = measured.play(1).account_months;
        measured
    }

    /// Nanoseconds of an account-month, over about so many of them.
    fn nanoseconds(&self, account_months: f64) -> f64 {
        let trials = (account_months / self.account_months).ceil() as u32;
        let played = self.play(trials);
        played.seconds * 1e9 / played.account_months
    }

    fn play(&self, trials: u32) -> Played {
        let layout = self.plan.layout();
        let mut row = vec![0.0; layout.width()];
        let mut trial = Trial::new(&self.plan);
        let mut account_months = 0.0;
        let mut grr = Vec::with_capacity(trials as usize);
        let start = Instant::now();
        for index in 0..trials {
            trial.play(index, &mut row);
            let months = 1..=layout.months;
            account_months += months.map(|m| row[layout.book(Book::Accounts, m)]).sum::<f64>();
            let segments = 0..layout.segments;
            let opening: f64 = segments.map(|s| row[layout.year(Year::OpeningArr, s, 0)]).sum();
            grr.push(row[layout.book(Book::Kept, 12)] / opening);
        }
        Played {
            seconds: start.elapsed().as_secs_f64(),
            account_months,
            grr,
        }
    }
}

struct Played {
    seconds: f64,
    account_months: f64,
    /// Of the first year, by trial.
    grr: Vec<f64>,
}

/// Seconds of a whole run on these threads.
fn run(plan: &Plan, pool: &ThreadPool) -> f64 {
    let start = Instant::now();
    black_box(pool.install(|| native::play(plan, 0, |_| {})));
    start.elapsed().as_secs_f64()
}

/// Writes the scenarios that the other languages play.
fn write(folder: &Path) -> Value {
    let all = [
        ("demo", scenarios::demo()),
        ("played", scenarios::played()),
        ("reduced", scenarios::reduced()),
    ];
    fs::create_dir_all(folder).expect("the folder can be made");
    let write = |(name, scenario): (&str, Value)| {
        let file = folder.join(name).with_extension("json");
        fs::write(&file, scenario.to_string()).expect("the folder can be written to");
        (name.to_owned(), json!(file))
    };
    Value::Object(all.into_iter().map(write).collect())
}

/// Plays the scenario of a file on one core, as the other languages do: the seconds, the account-months and the GRR of
/// the first year.
fn play(file: &str, trials: u32) -> Value {
    let measured = Measured::new(&read(file));
    let tries = (0..3).map(|_| measured.play(trials));
    let best = tries
        .min_by(|a, b| a.seconds.total_cmp(&b.seconds))
        .expect("three tries");
    let grr = Sample::of(best.grr).estimate().expect("there are accounts");
    json!({
        "seconds": best.seconds, "account_months": best.account_months,
        "grr": { "mean": grr.mean, "se": grr.se },
    })
}

/// Plays so many trials for a profiler to look at.
fn once(file: &str, trials: u32) -> Value {
    let played = Measured::new(&read(file)).play(trials);
    json!({ "account_months": played.account_months })
}

fn read(file: &str) -> Value {
    let text = fs::read_to_string(file).expect("the scenario can be read");
    serde_json::from_str(&text).expect("the scenario is JSON")
}

fn plan(scenario: &Value) -> Plan {
    Plan::new(wire::parse(&scenario.to_string()).expect("the scenario has no fault"))
}
