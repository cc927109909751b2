/** The simulator without a worker around it: what every worker runs, and the tests. */
import { Simulator, Summariser } from '../wasm/retaincast.js';
import type { Simulating, Summing } from './api';

export class InlineSimulator implements Simulating {
  #simulator: Simulator | undefined;

  open(text: string): void {
    // The old one goes first: two of them may not fit.
    this.#simulator?.free();
    this.#simulator = undefined;
    this.#simulator = new Simulator(text);
  }

  play(first: number, count: number): Float64Array {
    if (this.#simulator === undefined) throw new Error('no scenario is open');
    return this.#simulator.run(first, count);
  }
}

export class InlineSummary implements Summing {
  #summariser: Summariser | undefined;

  begin(text: string): void {
    this.#summariser?.free();
    this.#summariser = undefined;
    this.#summariser = new Summariser(text);
  }

  add(first: number, rows: Float64Array): number {
    const summariser = this.#open();
    summariser.add(first, rows);
    return summariser.done;
  }

  results() {
    return this.#open().results();
  }

  #open(): Summariser {
    if (this.#summariser === undefined) throw new Error('no scenario is open');
    return this.#summariser;
  }
}
