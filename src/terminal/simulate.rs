use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use retaincast::analysis::Companion;
use retaincast::kernel::Plan;
use retaincast::model::Scenario;
use retaincast::summary::{Headline, Outcomes};
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
        let mut beside = Beside::default();
        let companions = self.companions(plan.scenario())?;
        for (companion, headline) in &companions {
            beside.put(*companion, headline);
        }
        let trials = outcomes.first()..outcomes.first() + outcomes.done();
        let deviates = trials.map(|trial| plan.deviates(trial)).collect();
        let findings = wire::findings(plan.scenario());
        let results = wire::report(&plan, &outcomes, &deviates, beside, &findings);
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

    /// The first trials again with one thing changed at a time.
    fn companions(&self, scenario: &Scenario) -> Result<Vec<(Companion, Headline)>, Stop> {
        let mut played = Vec::new();
        for companion in Companion::ALL {
            let of = |bar: &ProgressBar| {
                native::beside(companion, scenario, self.first, |done| bar.set_position(done.into()))
            };
            if let Some(headline) = self.on_threads(scenario.trials, of)? {
                played.push((companion, headline));
            }
        }
        Ok(played)
    }

    fn play(&self, plan: &Plan) -> Result<Outcomes, Stop> {
        self.on_threads(plan.scenario().trials, |bar| {
            native::play(plan, self.first, |done| bar.set_position(done.into()))
        })
    }

    fn on_threads<T: Send>(&self, trials: u32, play: impl FnOnce(&ProgressBar) -> T + Send) -> Result<T, Stop> {
        let bar = ProgressBar::with_draw_target(Some(trials.into()), target());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} trials, {eta} left") {
            bar.set_style(style);
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
            .build()
            .map_err(|e| Stop::fault([format!("cannot start threads: {e}")]))?;
        let played = pool.install(|| play(&bar));
        bar.finish_and_clear();
        Ok(played)
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
