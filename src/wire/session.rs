use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::kernel::Plan;
use crate::summary::{Baseline, Metrics, Outcomes};
use crate::wire::result::Results;
use crate::wire::{Beside, Fault, parse, report};

/// Which run stands beside the one that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Companion {
    /// What the headline is compared against.
    Baseline,
    /// The same scenario with full coverage.
    FullCoverage,
}

/// Trials with full coverage that are enough: paired with the run's, they tell a tenth of a point.
pub const FULL_COVERAGE_TRIALS: u32 = 1000;

/// Runs one after the other, each with its companions; what was played as a run is not played again as a companion.
#[derive(Debug, Default)]
pub struct Session {
    run: Option<Run>,
    baseline: Option<Kept>,
    full_coverage: Option<Kept>,
}

#[derive(Debug)]
struct Run {
    text: String,
    plan: Plan,
    outcomes: Outcomes,
}

#[derive(Debug)]
struct Kept {
    text: String,
    plan: Plan,
    says: Baseline,
}

impl Session {
    /// Starts a run of a scenario, with the scenarios to stand beside it.
    ///
    /// # Errors
    /// The faults of the first scenario that has some.
    pub fn begin(&mut self, text: &str, baseline: Option<&str>, full_coverage: Option<&str>) -> Result<(), Vec<Fault>> {
        let mut known: Vec<Kept> = [self.baseline.take(), self.full_coverage.take()]
            .into_iter()
            .flatten()
            .collect();
        // Gone before there is room for the next: two of them may not fit.
        if let Some(run) = self.run.take()
            && [baseline, full_coverage].contains(&Some(&run.text))
        {
            known.push(run.kept());
        }
        let mut keep = |wanted: &str| -> Result<Kept, Vec<Fault>> {
            let of_it = known.extract_if(.., |kept| kept.text == wanted);
            match of_it.max_by_key(|kept| kept.says.done()) {
                Some(kept) => Ok(kept.resumed()),
                None => Ok(Kept {
                    text: wanted.to_owned(),
                    plan: Plan::new(parse(wanted)?),
                    says: Baseline::default(),
                }),
            }
        };
        self.baseline = baseline.map(&mut keep).transpose()?;
        self.full_coverage = full_coverage.map(&mut keep).transpose()?;
        let plan = Plan::new(parse(text)?);
        let outcomes = Outcomes::new(plan.layout(), 0, plan.scenario().trials);
        self.run = Some(Run {
            text: text.to_owned(),
            plan,
            outcomes,
        });
        Ok(())
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
        let trials = run.plan.scenario().trials;
        let wanted = match companion {
            Companion::Baseline => trials,
            Companion::FullCoverage => trials.min(FULL_COVERAGE_TRIALS),
        };
        kept.says.done().min(wanted)..wanted
    }

    /// Takes a batch of rows of a companion that begins with trial `first`.
    pub fn add_to(&mut self, companion: Companion, first: u32, rows: &[f64]) {
        let kept = match companion {
            Companion::Baseline => &mut self.baseline,
            Companion::FullCoverage => &mut self.full_coverage,
        };
        if let Some(kept) = kept {
            kept.add(first, rows);
        }
    }

    /// What the outcomes so far say; nothing before a run has begun.
    pub fn results(&self) -> Option<Results> {
        let Run { plan, outcomes, .. } = self.run.as_ref()?;
        let beside = Beside {
            baseline: self.companion(Companion::Baseline).map(|kept| &kept.says),
            full_coverage: self.companion(Companion::FullCoverage).map(|kept| &kept.says),
        };
        Some(report(plan, outcomes, beside))
    }

    fn companion(&self, companion: Companion) -> Option<&Kept> {
        match companion {
            Companion::Baseline => self.baseline.as_ref(),
            Companion::FullCoverage => self.full_coverage.as_ref(),
        }
    }
}

impl Run {
    fn kept(self) -> Kept {
        let headline = Metrics::new(&self.outcomes, self.plan.scenario()).headline(&self.plan.opening_accounts());
        Kept {
            says: Baseline::of(headline, self.outcomes.done()),
            text: self.text,
            plan: self.plan,
        }
    }
}

impl Kept {
    /// Ready for batches of another run: those that came too early in the last one would not fit to them.
    fn resumed(self) -> Kept {
        let says = Baseline::of(self.says.headline().clone(), self.says.done());
        Kept { says, ..self }
    }

    fn add(&mut self, first: u32, rows: &[f64]) {
        let layout = self.plan.layout();
        let count = (rows.len() / layout.width()) as u32;
        let mut batch = Outcomes::new(layout, first, count);
        batch.add(first, rows);
        let headline = Metrics::new(&batch, self.plan.scenario()).headline(&self.plan.opening_accounts());
        self.says.add(first, count, headline);
    }
}
