/** What the page asks of those who simulate and of the one who sums up. */
import type { Results } from '../wasm/retaincast';

type Answer<T> = T | Promise<T>;

/** Plays trials of one scenario at a time. */
export interface Simulating {
  /** Takes up a scenario, which must be sound. */
  open(text: string): Answer<void>;
  /** Plays trials: one row for each, one after the other. */
  play(first: number, count: number): Answer<Float64Array>;
}

/** Keeps the rows of one scenario at a time, by trial, and says what they amount to. */
export interface Summing {
  /** Starts afresh with a scenario, which must be sound. */
  begin(text: string): Answer<void>;
  /** Lays rows down, in any order; the answer is how many trials are in without a gap. */
  add(first: number, rows: Float64Array): Answer<number>;
  /** Sums up the trials that are in without a gap. */
  results(): Answer<Results>;
}

/** What a worker does for the page. */
export interface WorkerApi extends Simulating, Summing {
  /** Starts the worker's instance of the module the page has compiled. */
  init(module: WebAssembly.Module): string;
}
