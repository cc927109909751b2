/** What the page asks of those who simulate and of the one who sums up. */
import type { Companion, Results } from '../wasm/retaincast';

type Answer<T> = T | Promise<T>;

/** Plays trials of one scenario at a time. */
export interface Simulating {
  /** Takes up a scenario, which must be sound, as itself or as a companion of its run. */
  open(text: string, companion?: Companion): Answer<void>;
  /**
   * Plays trials: one row for each, one after the other, in the room given where they fit. Fails where it is stopped on
   * the way.
   */
  play(first: number, count: number, room?: ArrayBufferLike): Answer<Float64Array>;
  /** Gives up what is being played. */
  stop(): Answer<void>;
}

/** Rows that have been taken. */
export interface Taken {
  /** Trials that are in without a gap. */
  done: number;
  /** Where the rows were, for others: what is thrown away is hundreds of megabytes in a run. */
  room: ArrayBufferLike;
}

/** Keeps the rows of one scenario at a time, by trial, and says what they amount to. */
export interface Summing {
  /**
   * Starts afresh with a scenario and the one it is compared against, both of which must be sound. The answer is the
   * trials after which the run is looked at, the last of them its end.
   */
  begin(text: string, baseline: string | undefined): Answer<readonly number[]>;
  /** Whether the number the scenario asks for is as sure as it asks, so that the run may stop. */
  is_sure(): Answer<boolean>;
  /** Lays rows down, in any order. */
  add(first: number, rows: Float64Array): Answer<Taken>;
  /** The trials of a companion still to be played: the first, and how many. */
  missing(companion: Companion): Answer<readonly [first: number, count: number]>;
  /** Lays rows of a companion down, in any order. */
  add_to(companion: Companion, first: number, rows: Float64Array): Answer<Pick<Taken, 'room'>>;
  /** Sums up the trials that are in without a gap. */
  results(): Answer<Results>;
}

/** What a worker does for the page. */
export interface WorkerApi extends Simulating, Summing {
  /** Starts the worker's instance of the module the page has compiled. */
  init(module: WebAssembly.Module): string;
}
