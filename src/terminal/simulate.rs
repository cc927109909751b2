use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use retaincast::kernel::Plan;
use retaincast::model::{CoverageRule, Scenario};
use retaincast::summary::{Baseline, Metrics, Outcomes};
use retaincast::wire::{self, Beside, examples};
use retaincast::{native, wire::Fault};

use super::{Stop, Tables, files, import, json, print, table};

#[derive(Args)]
pub(super) struct Simulate {
    /// The scenario, a JSON file; the demo book when left out
    scenario: Option<PathBuf>,
    /// CSV of accounts to simulate with the scenario's assumptions; may be repeated for subscriptions
    #[arg(long, value_name = "CSV")]
    book: Vec<PathBuf>,
    #[command(flatten)]
    tables: Tables,
    /// Simulated futures, instead of the scenario's
    #[arg(long)]
    trials: Option<u64>,
    /// Number of the first trial
    #[arg(long, value_name = "TRIAL", default_value_t = 0)]
    first: u32,
    /// Seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Threads; all cores when left out
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub(super) fn run(&self) -> Result<(), Stop> {
        let plan = Plan::new(self.sound()?);
        let outcomes = self.play(&plan)?;
        let full_coverage = self.full_coverage(plan.scenario())?;
        let beside = Beside {
            full_coverage: full_coverage.as_ref(),
            ..Beside::default()
        };
        let results = wire::report(&plan, &outcomes, beside);
        if self.json {
            print(&json(&results)?)
        } else {
            print(&table::results(&results))
        }
    }

    fn sound(&self) -> Result<Scenario, Stop> {
        let mut text = match &self.scenario {
            Some(file) => files::text(file)?,
            None => examples::DEMO.to_owned(),
        };
        if !self.book.is_empty() {
            let reply = import::read_tables(&self.book, &self.tables, text)?;
            import::report(&reply);
            text = reply.scenario.unwrap_or_default();
        }
        let mut input = wire::read(&text).map_err(Stop::fault)?;
        input.trials = self.trials.unwrap_or(input.trials);
        input.seed = self.seed.unwrap_or(input.seed);
        let scenario = wire::check(&input).map_err(Stop::fault)?;
        if self.first.checked_add(scenario.trials).is_none() {
            let rule = format!("is {}, so the last trial would lie past {}", self.first, u32::MAX);
            return Err(Stop::fault([Fault::new("--first", rule)]));
        }
        Ok(scenario)
    }

    /// The first trials again with full coverage, where the team's coverage is not taken as full anyway.
    fn full_coverage(&self, scenario: &Scenario) -> Result<Option<Baseline>, Stop> {
        if scenario.coverage == CoverageRule::Full {
            return Ok(None);
        }
        let plan = Plan::new(Scenario {
            coverage: CoverageRule::Full,
            trials: scenario.trials.min(wire::FULL_COVERAGE_TRIALS),
            ..scenario.clone()
        });
        let outcomes = self.play(&plan)?;
        let headline = Metrics::new(&outcomes, plan.scenario()).headline(&plan.opening_accounts());
        Ok(Some(Baseline::of(headline, outcomes.done())))
    }

    fn play(&self, plan: &Plan) -> Result<Outcomes, Stop> {
        let bar = ProgressBar::with_draw_target(Some(plan.scenario().trials.into()), target());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} trials, {eta} left") {
            bar.set_style(style);
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
            .build()
            .map_err(|e| Stop::fault([format!("cannot start threads: {e}")]))?;
        let outcomes = pool.install(|| native::play(plan, self.first, |done| bar.set_position(done.into())));
        bar.finish_and_clear();
        Ok(outcomes)
    }
}

/// A bar only where a person looks at both streams.
fn target() -> ProgressDrawTarget {
    if io::stderr().is_terminal() && io::stdout().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}
