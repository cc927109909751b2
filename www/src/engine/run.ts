/** One run: trials handed out in batches, rows summed up by trial, pictures on the way. */
import type { Companion, Results } from '../wasm/retaincast';
import type { Simulating, Summing } from './api';

/** Long enough to be worth the message, short enough to cancel politely. */
const BATCH_MS = 50;
/** Most trials of a first batch: an edit may have made the scenario slower than it was. */
const FIRST_BATCH = 20;
/** Trials of a first batch while nothing is known of anyone's speed. */
const UNKNOWN_BATCH = 8;
const MOST_IN_A_BATCH = 5000;
/** Least time between two pictures. */
const PICTURE_MS = 250;
/** Simulators that may break down in one run. */
const MOST_BREAKDOWNS = 3;

/** What stands beside a run, in the order in which it is played after the run itself. */
const COMPANIONS: readonly Companion[] = [
  'baseline',
  'no_coverage',
  'other_luck',
  'other_shock',
  'full_coverage',
];

/** A simulator that can be thrown away and started again. */
export interface Seat {
  readonly simulator: Simulating;
  /** Milliseconds a trial took of late. */
  pace?: number;
  restart(): Promise<void>;
}

export interface Team {
  readonly seats: readonly Seat[];
  readonly summary: Summing;
}

export interface Request {
  /** A sound scenario. */
  text: string;
  /** A sound scenario to compare with. */
  baseline: string | undefined;
  /** Told how many trials are in. */
  progress(done: number): void;
  /** Shown the results so far. */
  picture(results: Results): void;
}

/** Plays a request to its end; false when it was cancelled on the way. */
export async function run(signal: AbortSignal, team: Team, request: Request): Promise<boolean> {
  const { text, baseline, progress, picture } = request;
  const { seats, summary } = team;
  const cancelled = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  // What began before a cancel comes to its end unheard: a batch cannot be interrupted.
  return signal.aborted ? false : Promise.race([cancelled, play()]);

  async function play(): Promise<boolean> {
    await summary.begin(text, baseline);
    const pictures = new Pictures(signal, summary, picture);
    let played = 0;
    for (const look of await summary.looks()) {
      await play_out(text, undefined, new Batches(played, look), async (first, rows) => {
        const done = await summary.add(first, rows);
        if (signal.aborted) return;
        progress(done);
        if (done > 0) pictures.ask();
      });
      if (signal.aborted) return false;
      played = look;
      if (await summary.is_sure()) break;
    }
    await pictures.last();
    for (const companion of COMPANIONS) {
      const [first, count] = await summary.missing(companion);
      if (count === 0) continue;
      const scenario = companion === 'baseline' && baseline !== undefined ? baseline : text;
      await play_out(scenario, companion, new Batches(first, first + count), (first, rows) =>
        summary.add_to(companion, first, rows),
      );
      if (signal.aborted) return false;
      await pictures.last();
    }
    return !signal.aborted;
  }

  /** Plays batches of a scenario until there are none left, every seat as fast as it can. */
  async function play_out(
    scenario: string,
    companion: Companion | undefined,
    batches: Batches,
    add: (first: number, rows: Float64Array) => void | Promise<void>,
  ): Promise<void> {
    let breakdowns = 0;
    let hasFailed = false;

    async function work(seat: Seat): Promise<void> {
      let isOpen = false;
      let wanted = Math.min(FIRST_BATCH, batch_size(seat));
      while (!signal.aborted && !hasFailed) {
        const batch = batches.take(wanted);
        if (batch === undefined) return;
        let rows: Float64Array;
        try {
          if (!isOpen) await seat.simulator.open(scenario, companion);
          isOpen = true;
          if (signal.aborted) return;
          const start = performance.now();
          rows = await seat.simulator.play(batch.first, batch.count);
          seat.pace = Math.max((performance.now() - start) / batch.count, 1e-6);
          wanted = batch_size(seat);
        } catch (fault) {
          // The next run may be using it already, and will find out for itself.
          if (signal.aborted) return;
          breakdowns += 1;
          if (breakdowns > MOST_BREAKDOWNS) {
            hasFailed = true;
            throw fault;
          }
          batches.give_back(batch);
          isOpen = false;
          await seat.restart();
          continue;
        }
        if (signal.aborted) return;
        await add(batch.first, rows);
      }
    }

    await Promise.all(seats.map(work));
  }
}

function batch_size({ pace }: Seat): number {
  return pace === undefined ? UNKNOWN_BATCH : Math.ceil(BATCH_MS / pace);
}

interface Batch {
  first: number;
  count: number;
}

/** The trials not yet handed out. */
class Batches {
  readonly #returned: Batch[] = [];

  constructor(
    private next: number,
    private readonly end: number,
  ) {}

  take(wanted: number): Batch | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    const count = Math.min(wanted, MOST_IN_A_BATCH, this.end - this.next);
    if (count <= 0) return undefined;
    const first = this.next;
    this.next += count;
    return { first, count };
  }

  give_back(batch: Batch): void {
    this.#returned.push(batch);
  }
}

/** The results on the way, one at a time and not too often. */
class Pictures {
  #pending: Promise<void> = Promise.resolve();
  #earliest = 0;
  #isBusy = false;

  constructor(
    private readonly signal: AbortSignal,
    private readonly summary: Summing,
    private readonly show: (results: Results) => void,
  ) {}

  /** Asks for a picture, unless one is on its way or was just shown. */
  ask(): void {
    if (this.#isBusy || performance.now() < this.#earliest) return;
    this.#pending = this.#draw();
    // `last` hears of a failure.
    this.#pending.catch(() => {});
  }

  async last(): Promise<void> {
    await this.#pending;
    await this.#draw();
  }

  async #draw(): Promise<void> {
    this.#isBusy = true;
    const start = performance.now();
    const results = await this.summary.results();
    const end = performance.now();
    // Summing up grows with the trials; the simulators need the cores more.
    this.#earliest = end + Math.max(PICTURE_MS, 4 * (end - start));
    this.#isBusy = false;
    if (!this.signal.aborted) this.show(results);
  }
}
