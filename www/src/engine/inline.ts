/** The simulator without a worker around it: what every worker runs, and the tests. */
import { type Companion, Simulator, Summariser } from '../wasm/retaincast.js';
import type { Simulating, Summing, Taken } from './api';

/** A stop waits for no more than this, in milliseconds. */
const SLICE_MS = 5;
/** Bytes of room for rows at least: batches differ, and what the next one does not fit into is thrown away. */
const ROOM = 1024 * 1024;

export class InlineSimulator implements Simulating {
  #simulator: Simulator | undefined;
  /** Counts the stops. */
  #stops = 0;

  open(text: string, companion?: Companion): void {
    this.stop();
    const last = this.#simulator;
    // It is used up, whatever comes of it.
    this.#simulator = undefined;
    this.#simulator = last === undefined ? new Simulator(text, companion) : last.next(text, companion);
  }

  async play(first: number, count: number, room?: ArrayBufferLike): Promise<Float64Array> {
    const simulator = this.#simulator;
    if (simulator === undefined) throw new Error('no scenario is open');
    const { width } = simulator;
    const bytes = count * width * Float64Array.BYTES_PER_ELEMENT;
    const fits = room !== undefined && room.byteLength >= bytes;
    const rows = new Float64Array(fits ? room : new ArrayBuffer(Math.max(bytes, ROOM)), 0, count * width);
    const stops = this.#stops;
    let slice = 1;
    for (let done = 0; done < count; ) {
      const start = performance.now();
      const end = Math.min(done + slice, count);
      simulator.run(first + done, rows.subarray(done * width, end * width));
      const pace = (performance.now() - start) / (end - done);
      done = end;
      slice = Math.max(1, Math.floor(SLICE_MS / Math.max(pace, 1e-3)));
      if (done < count) await breath();
      if (this.#stops !== stops) throw new Error('stopped');
    }
    return rows;
  }

  stop(): void {
    this.#stops += 1;
  }
}

/**
 * Lets what waits to be heard be heard. A timer would wait for milliseconds, and a channel for each breath, where there is
 * no scheduler, leaves a megabyte a second to the collector.
 */
function breath(): Promise<void> {
  if (typeof scheduler !== 'undefined') return scheduler.postTask(() => {});
  return new Promise((heard) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      heard();
    };
    port2.postMessage(undefined);
  });
}

/** A file for outcomes that would fill the memory. */
export interface Disk {
  /** The file, empty. */
  open(): Promise<Parameters<Summariser['keep_in']>[0]>;
  /** Empties it. */
  clear(): Promise<void>;
}

const NO_DISK =
  'So many trials fit in no page’s memory, and this browser lets no page keep them in a file: choose fewer trials';

export class InlineSummary implements Summing {
  readonly #summariser = new Summariser();

  constructor(private readonly disk?: Disk) {}

  async begin(text: string, baseline: string | undefined): Promise<number[]> {
    // The last run's outcomes are not read any more once this one has begun.
    this.#summariser.begin(text, baseline);
    if (this.#summariser.is_large()) {
      const file = await this.disk?.open().catch(() => undefined);
      if (file === undefined) throw new Error(NO_DISK);
      this.#summariser.keep_in(file);
    } else {
      await this.disk?.clear().catch(() => {});
    }
    return [...this.#summariser.looks()];
  }

  is_sure(): boolean {
    return this.#summariser.is_sure();
  }

  add(first: number, rows: Float64Array): Taken {
    return { done: this.#summariser.add(first, rows), room: rows.buffer };
  }

  missing(companion: Companion): [number, number] {
    const [first = 0, count = 0] = this.#summariser.missing(companion);
    return [first, count];
  }

  add_to(companion: Companion, first: number, rows: Float64Array): Pick<Taken, 'room'> {
    this.#summariser.add_to(companion, first, rows);
    return { room: rows.buffer };
  }

  results() {
    return this.#summariser.results();
  }
}
