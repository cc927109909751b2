//! What a simulated account-month costs, as a multiple of one random number.

use std::hint::black_box;
use std::time::Instant;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use retaincast::kernel::{Book, Plan, Trial};
use retaincast::{native, wire};

fn main() {
    let floor = random_number();
    let (kernel, account_months) = one_core(200);
    println!("one next_u32 of Xoshiro256PlusPlus   {floor:>8.2} ns");
    println!(
        "one account-month of the demo book   {kernel:>8.2} ns, {:.1} random numbers",
        kernel / floor
    );
    println!("account-months in a trial            {account_months:>8.0}");
    let (one, all) = (run(1, 400), run(0, 400));
    println!("all threads over one                 {:>8.2} ×", one / all);
    println!("10,000 trials of the demo book       {:>8.1} s", all * 10_000.0 / 400.0);
}

/// Nanoseconds of one draw in a plain loop, the least of several tries.
fn random_number() -> f64 {
    const DRAWS: u32 = 50_000_000;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let tries = (0..5).map(|_| {
        let start = Instant::now();
        let mut sum = 0_u32;
        for _ in 0..DRAWS {
            sum = sum.wrapping_add(rng.next_u32());
        }
        black_box(sum);
        start.elapsed().as_secs_f64() * 1e9 / f64::from(DRAWS)
    });
    tries.fold(f64::INFINITY, f64::min)
}

fn demo(trials: u64) -> Plan {
    let mut input = wire::read(wire::examples::DEMO).expect("the demo has no fault");
    input.trials = trials;
    Plan::new(wire::check(&input).expect("the demo has no fault"))
}

/// Nanoseconds of an account-month on one core, the least of several tries, and account-months in a trial.
fn one_core(trials: u32) -> (f64, f64) {
    // The run goes on past the report for CLTV, so the months that count are those of a report as long.
    let mut input = wire::read(wire::examples::DEMO).expect("the demo has no fault");
    input.horizon = 60;
    let plan = Plan::new(wire::check(&input).expect("the demo has no fault"));
    let layout = plan.layout();
    let mut row = vec![0.0; layout.width()];
    let mut trial = Trial::new(&plan);
    let mut account_months = 0.0;
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        account_months = 0.0;
        let start = Instant::now();
        for index in 0..trials {
            trial.play(index, &mut row);
            account_months += (1..=60).map(|m| row[layout.book(Book::Accounts, m)]).sum::<f64>();
        }
        least = least.min(start.elapsed().as_secs_f64() * 1e9 / account_months);
    }
    (least, account_months / f64::from(trials))
}

/// Seconds of a run on so many threads; 0 is all.
fn run(threads: usize, trials: u64) -> f64 {
    let plan = demo(trials);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads start");
    let start = Instant::now();
    black_box(pool.install(|| native::play(&plan, 0, |_| {})));
    start.elapsed().as_secs_f64()
}
