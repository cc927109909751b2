//! Plays a run on all cores of this machine.

use rayon::prelude::*;

use crate::kernel::{Plan, Trial};
use crate::summary::Outcomes;

/// Trials a thread plays at a stretch: few, so that no thread waits long for the last one.
const BATCH: u32 = 8;

/// Batches a thread plays before the outcomes are laid down.
const BATCHES: u32 = 16;

/// Plays the plan's trials from `first` on, on the threads of the current rayon pool, and tells `progress` how many are
/// done from time to time. The outcomes do not depend on the threads.
pub fn play(plan: &Plan, first: u32, mut progress: impl FnMut(u32)) -> Outcomes {
    let trials = plan.scenario().trials;
    let layout = plan.layout();
    let mut outcomes = Outcomes::new(layout, first, trials);
    let stride = BATCH * BATCHES * rayon::current_num_threads() as u32;
    for start in (0..trials).step_by(stride as usize) {
        let end = trials.min(start + stride);
        let starts: Vec<u32> = (start..end).step_by(BATCH as usize).collect();
        let batches: Vec<Vec<f64>> = starts
            .par_iter()
            .map_init(
                || Trial::new(plan),
                |trial, &start| {
                    let count = BATCH.min(end - start);
                    let mut rows = vec![0.0; layout.width() * count as usize];
                    for (index, row) in (first + start..).zip(rows.chunks_exact_mut(layout.width())) {
                        trial.play(index, row);
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
    outcomes
}
