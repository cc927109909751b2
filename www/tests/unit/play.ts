import type { Simulator } from '../../src/wasm/retaincast.js';

/** Plays trials in one call: one row for each, one after the other. */
export function play_at_once(simulator: Simulator, first: number, count: number): Float64Array {
  const rows = new Float64Array(count * simulator.width);
  simulator.run(first, rows);
  return rows;
}
