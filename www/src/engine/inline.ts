/** The simulator without a worker around it: what every worker runs, and the tests. */
import { type Companion, Simulator, Summariser } from '../wasm/retaincast.js';
import type { Simulating, Summing } from './api';

export class InlineSimulator implements Simulating {
  #simulator: Simulator | undefined;

  open(text: string, companion?: Companion): void {
    // The old one goes first: two of them may not fit.
    this.#simulator?.free();
    this.#simulator = undefined;
    this.#simulator = new Simulator(text, companion);
  }

  play(first: number, count: number): Float64Array {
    if (this.#simulator === undefined) throw new Error('no scenario is open');
    return this.#simulator.run(first, count);
  }
}

export class InlineSummary implements Summing {
  readonly #summariser = new Summariser();

  begin(text: string, baseline: string | undefined): void {
    this.#summariser.begin(text, baseline);
  }

  looks(): number[] {
    return [...this.#summariser.looks()];
  }

  is_sure(): boolean {
    return this.#summariser.is_sure();
  }

  add(first: number, rows: Float64Array): number {
    return this.#summariser.add(first, rows);
  }

  missing(companion: Companion): [number, number] {
    const [first = 0, count = 0] = this.#summariser.missing(companion);
    return [first, count];
  }

  add_to(companion: Companion, first: number, rows: Float64Array): void {
    this.#summariser.add_to(companion, first, rows);
  }

  results() {
    return this.#summariser.results();
  }
}
