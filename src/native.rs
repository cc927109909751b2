//! Plays a run on all cores of this machine.

use rayon::prelude::*;

use std::ops::Range;

use crate::analysis::{self, Companion};
use crate::kernel::{Layers, Plan, Trial};
use crate::model::Scenario;
use crate::summary::{Headline, Metrics, Outcomes};

/// Trials a thread plays at a stretch: few, so that no thread waits long for the last one.
const BATCH: u32 = 4;

/// Batches a thread plays before the outcomes are laid down.
const BATCHES: u32 = 32;

/// Plays the plan's trials from `first` on, on the threads of the current rayon pool, and tells `progress` how many are
/// done from time to time. The outcomes do not depend on the threads.
///
/// Stops at the first look at which the number the scenario asks for is as sure as it asks.
pub fn play(plan: &Plan, first: u32, mut progress: impl FnMut(u32)) -> Outcomes {
    let scenario = plan.scenario();
    let mut outcomes = Outcomes::new(plan.layout(), first, scenario.trials);
    let mut done = 0;
    for look in analysis::looks(scenario.trials) {
        play_on(plan, &Layers::from, done..look, &mut outcomes, &mut progress);
        done = look;
        let headline = || Metrics::new(&outcomes, scenario).headline(&plan.opening_accounts());
        if scenario
            .precision
            .is_some_and(|asked| analysis::is_met(&asked, &headline()))
        {
            break;
        }
    }
    outcomes
}

/// Plays a companion of a scenario: what it has to say; nothing where it would say nothing new.
pub fn beside(companion: Companion, of: &Scenario, first: u32, mut progress: impl FnMut(u32)) -> Option<Headline> {
    let plan = Plan::new(companion.scenario(of)?);
    let trials = plan.scenario().trials;
    let mut outcomes = Outcomes::new(plan.layout(), first, trials);
    let layers = |trial| companion.layers(trial);
    play_on(&plan, &layers, 0..trials, &mut outcomes, &mut progress);
    Some(Metrics::new(&outcomes, plan.scenario()).headline(&plan.opening_accounts()))
}

fn play_on(
    plan: &Plan,
    layers: &(impl Fn(u32) -> Layers + Sync),
    trials: Range<u32>,
    outcomes: &mut Outcomes,
    progress: &mut impl FnMut(u32),
) {
    let layout = plan.layout();
    let first = outcomes.first();
    let stride = BATCH * BATCHES * rayon::current_num_threads() as u32;
    for start in trials.clone().step_by(stride as usize) {
        let end = trials.end.min(start + stride);
        let starts: Vec<u32> = (start..end).step_by(BATCH as usize).collect();
        let batches: Vec<Vec<f64>> = starts
            .par_iter()
            .with_max_len(1)
            .map_init(
                || Trial::new(plan),
                |trial, &start| {
                    let count = BATCH.min(end - start);
                    let mut rows = vec![0.0; layout.width() * count as usize];
                    for (index, row) in (first + start..).zip(rows.chunks_exact_mut(layout.width())) {
                        trial.play(layers(index), row);
                    }
                    rows
                },
            )
            .collect();
        for (&start, rows) in starts.iter().zip(&batches) {
            outcomes.add(first + start, rows);
        }
        progress(end);
    }
}
