/** What is measured in JavaScript's world, in Node and in a browser alike. */
import { Reduced } from '../../../tests/bench/javascript.js';
import { initSync, Simulator, Summariser } from '../../src/wasm/retaincast.js';
import { workers } from './workers.js';

const TRIES = 3;
/** A summary is short, and the first few find the module still being compiled. */
const SUMMARIES = 10;
/** Trials handed out at a time: some tens of milliseconds, as in the page. */
const BATCH = 10;

/** The simulator's module: seconds to play so many trials. */
function wasm(module, text, trials) {
  initSync({ module });
  const simulator = new Simulator(text);
  const play = player(simulator);
  return {
    seconds: least(() => {
      for (let first = 0; first < trials; first += BATCH) play(first, Math.min(BATCH, trials - first));
    }),
  };
}

/** The reduced model in plain JavaScript. */
function javascript(_module, text, trials) {
  const model = new Reduced(JSON.parse(text));
  const grr = new Float64Array(trials);
  const seconds = least(() => {
    model.account_months = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      model.play(trial);
      grr[trial] = model.grr;
    }
  });
  const mean = grr.reduce((sum, x) => sum + x, 0) / trials;
  const square = grr.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (trials - 1);
  return {
    seconds,
    account_months: model.account_months,
    grr: { mean, se: Math.sqrt(square / trials) },
  };
}

/** Seconds to sum up so many trials: every number the page shows. */
function summary(module, text, trials) {
  initSync({ module });
  const asked = JSON.stringify({ ...JSON.parse(text), trials });
  const simulator = new Simulator(asked);
  const summariser = new Summariser();
  summariser.begin(asked);
  const play = player(simulator);
  for (let first = 0; first < trials; first += BATCH)
    summariser.add(first, play(first, Math.min(BATCH, trials - first)));
  return { seconds: least(() => summariser.results(), SUMMARIES) };
}

/** Plays trials from `first` on into the same room again and again. */
function player(simulator) {
  const { width } = simulator;
  const room = new Float64Array(BATCH * width);
  return (first, count) => {
    const rows = room.subarray(0, count * width);
    simulator.run(first, rows);
    return rows;
  };
}

function least(work, tries = TRIES) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < tries; round += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least / 1000;
}

export const engines = { wasm, javascript, summary, workers };
