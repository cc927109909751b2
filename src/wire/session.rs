use std::cell::OnceCell;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::analysis;
use crate::kernel::{Plan, Trial};
use crate::model::Scenario;
use crate::summary::{Baseline, Deviates, Headline, Metrics, Outcomes, Store};
use crate::wire::result::{Finding, Results};
use crate::wire::{self, Beside, Fault, parse, report};

/// Which run stands beside the one that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Companion {
    /// What the headline is compared against.
    Baseline,
    /// The same scenario without coverage.
    NoCoverage,
    /// The same rates and shock, other luck.
    OtherLuck,
    /// The same rates, another shock and other luck.
    OtherShock,
    /// The same scenario with full coverage.
    FullCoverage,
}

impl Companion {
    fn of_run(self) -> Option<analysis::Companion> {
        match self {
            Companion::Baseline => None,
            Companion::NoCoverage => Some(analysis::Companion::NoCoverage),
            Companion::OtherLuck => Some(analysis::Companion::OtherLuck),
            Companion::OtherShock => Some(analysis::Companion::OtherShock),
            Companion::FullCoverage => Some(analysis::Companion::FullCoverage),
        }
    }
}

/// A scenario as it is played for a run or for a companion of it.
#[derive(Debug)]
pub struct Play {
    plan: Plan,
    companion: Option<analysis::Companion>,
}

impl Play {
    /// Makes a scenario ready to be played.
    ///
    /// # Errors
    /// The faults of the scenario.
    pub fn new(text: &str, companion: Option<Companion>) -> Result<Play, Vec<Fault>> {
        Play::after(text, companion, None)
    }

    /// Makes a scenario ready after another one, from which it may differ by little.
    ///
    /// # Errors
    /// The faults of the scenario.
    pub fn after(text: &str, companion: Option<Companion>, last: Option<&Play>) -> Result<Play, Vec<Fault>> {
        let scenario = parse(text)?;
        let companion = companion.and_then(Companion::of_run);
        let changed = companion.and_then(|companion| companion.scenario(&scenario));
        Ok(Play {
            plan: Plan::after(changed.unwrap_or(scenario), last.map(|last| &last.plan)),
            companion,
        })
    }

    /// Numbers in one outcome.
    pub fn width(&self) -> usize {
        self.plan.layout().width()
    }

    /// Plays trials from `first` on, as many as there are rows of `width` numbers each.
    pub fn run(&self, first: u32, rows: &mut [f64]) {
        let width = self.width();
        let mut trial = Trial::new(&self.plan);
        for (index, row) in (first..).zip(rows.chunks_exact_mut(width)) {
            match self.companion {
                Some(companion) => trial.play(companion.layers(index), row),
                None => trial.play(index, row),
            }
        }
    }
}

/// Trials that a baseline plays at most: of the same luck, so many tell a difference better than any number of trials
/// tells either side of it.
const COMPARED: u32 = 10_000;

/// Runs one after the other, each with its companions; what was played as a run is not played again as a baseline.
#[derive(Debug, Default)]
pub struct Session {
    run: Option<Run>,
    baseline: Option<Kept>,
    /// The companions of the run that is reported.
    beside: Vec<(analysis::Companion, Kept)>,
}

#[derive(Debug)]
struct Run {
    text: String,
    plan: Plan,
    outcomes: Outcomes,
    /// Of the trials that were in when it was last reported.
    deviates: Deviates,
    /// What of the scenario does not add up, once it has been asked for.
    findings: OnceCell<Vec<Finding>>,
}

#[derive(Debug)]
struct Kept {
    text: String,
    scenario: Scenario,
    /// The scenario made ready, once there is something to say of it: a run shall not wait for what is beside it.
    plan: OnceCell<Plan>,
    says: Baseline,
}

impl Session {
    /// Starts a run of a scenario, and what stands beside it.
    ///
    /// # Errors
    /// The faults of the first scenario that has some.
    pub fn begin(&mut self, text: &str, baseline: Option<&str>) -> Result<(), Vec<Fault>> {
        let plan = Plan::after(parse(text)?, self.run.as_ref().map(|run| &run.plan));
        let mut known: Vec<Kept> = self.baseline.take().into_iter().collect();
        // Gone before there is room for the next: two of them may not fit.
        if let Some(run) = self.run.take() {
            if run.text != text {
                self.beside.clear();
            }
            if baseline == Some(&run.text) {
                known.push(run.kept());
            }
        }
        if let Some(wanted) = baseline {
            let of_it = known.extract_if(.., |kept| kept.text == wanted);
            self.baseline = Some(match of_it.max_by_key(|kept| kept.says.done()) {
                Some(kept) => kept.resumed(),
                None => Kept::new(wanted, parse(wanted)?),
            });
        }
        if self.beside.is_empty() {
            let scenario = plan.scenario();
            for companion in analysis::Companion::ALL {
                if let Some(changed) = companion.scenario(scenario) {
                    self.beside.push((companion, Kept::new(text, changed)));
                }
            }
        }
        let outcomes = Outcomes::new(plan.layout(), 0, plan.scenario().trials);
        self.run = Some(Run {
            text: text.to_owned(),
            plan,
            outcomes,
            deviates: Deviates::default(),
            findings: OnceCell::new(),
        });
        Ok(())
    }

    /// Whether the outcomes of the run should rather be kept outside memory, because they would fill that of a browser.
    pub fn is_large(&self) -> bool {
        self.run.as_ref().is_some_and(|run| wire::is_large(run.plan.scenario()))
    }

    /// Keeps the outcomes of a large run, of which none has come in yet, outside memory.
    pub fn keep_in(&mut self, store: Box<dyn Store>) {
        if self.is_large()
            && let Some(run) = &mut self.run
        {
            run.outcomes.keep_in(store);
        }
    }

    /// Trials after which the run is looked at, the last of them its end.
    pub fn looks(&self) -> Vec<u32> {
        let looks = |run: &Run| analysis::looks(run.plan.scenario().trials);
        self.run.as_ref().map_or(Vec::new(), looks)
    }

    /// Whether the number the scenario asks for is as sure as it asks.
    pub fn is_sure(&self) -> bool {
        self.run.as_ref().is_some_and(|run| {
            let asked = run.plan.scenario().precision;
            asked.is_some_and(|asked| analysis::is_met(&asked, &run.headline()))
        })
    }

    /// Places a batch of rows that begins with trial `first`; the answer is how many trials are in without a gap.
    pub fn add(&mut self, first: u32, rows: &[f64]) -> u32 {
        self.run.as_mut().map_or(0, |run| {
            run.outcomes.add(first, rows);
            run.outcomes.done()
        })
    }

    /// Trials of a companion still to be played beside this run; none where there is no such companion.
    pub fn missing(&self, companion: Companion) -> Range<u32> {
        let (Some(run), Some(kept)) = (&self.run, self.companion(companion)) else {
            return 0..0;
        };
        let scenario = run.plan.scenario();
        let mut wanted = match companion {
            Companion::Baseline => scenario.trials.min(COMPARED),
            _ => kept.scenario.trials,
        };
        if scenario.precision.is_some() {
            // The run may have been sure before its end.
            wanted = wanted.min(run.outcomes.done());
        }
        kept.says.done().min(wanted)..wanted
    }

    /// Takes a batch of rows of a companion that begins with trial `first`.
    pub fn add_to(&mut self, companion: Companion, first: u32, rows: &[f64]) {
        let kept = match companion.of_run() {
            None => self.baseline.as_mut(),
            Some(wanted) => {
                let mut beside = self.beside.iter_mut();
                beside.find(|(companion, _)| *companion == wanted).map(|(_, kept)| kept)
            }
        };
        if let Some(kept) = kept {
            kept.add(first, rows);
        }
    }

    /// What the outcomes so far say; nothing before a run has begun.
    pub fn results(&mut self) -> Option<Results> {
        let Run {
            plan,
            outcomes,
            deviates,
            findings,
            ..
        } = self.run.as_mut()?;
        deviates.extend((deviates.trials()..outcomes.done()).map(|trial| plan.deviates(trial)));
        let findings = findings.get_or_init(|| wire::findings(plan.scenario()));
        let mut beside = Beside::default();
        beside.baseline = self.baseline.as_ref().map(|kept| kept.says.headline());
        for (companion, kept) in &self.beside {
            beside.put(*companion, kept.says.headline());
        }
        Some(report(plan, outcomes, deviates, beside, findings))
    }

    fn companion(&self, companion: Companion) -> Option<&Kept> {
        match companion.of_run() {
            None => self.baseline.as_ref(),
            Some(wanted) => {
                let mut beside = self.beside.iter();
                beside.find(|(companion, _)| *companion == wanted).map(|(_, kept)| kept)
            }
        }
    }
}

impl Run {
    fn headline(&self) -> Headline {
        Metrics::new(&self.outcomes, self.plan.scenario()).headline(&self.plan.opening_accounts())
    }

    fn kept(self) -> Kept {
        Kept {
            says: Baseline::of(self.headline(), self.outcomes.done()),
            text: self.text,
            scenario: self.plan.scenario().clone(),
            plan: self.plan.into(),
        }
    }
}

impl Kept {
    fn new(text: &str, scenario: Scenario) -> Kept {
        Kept {
            text: text.to_owned(),
            scenario,
            plan: OnceCell::new(),
            says: Baseline::default(),
        }
    }

    /// Ready for batches of another run: those that came too early in the last one would not fit to them.
    fn resumed(self) -> Kept {
        let says = Baseline::of(self.says.headline().clone(), self.says.done());
        Kept { says, ..self }
    }

    fn add(&mut self, first: u32, rows: &[f64]) {
        let plan = self.plan.get_or_init(|| Plan::new(self.scenario.clone()));
        let layout = plan.layout();
        let count = (rows.len() / layout.width()) as u32;
        let mut batch = Outcomes::new(layout, first, count);
        batch.add(first, rows);
        let headline = Metrics::new(&batch, &self.scenario).headline(&plan.opening_accounts());
        self.says.add(first, count, headline);
    }
}
