/** One run: trials handed out in batches, rows summed up by trial, pictures on the way. */
import type { Companion, Results } from '../wasm/retaincast';
import type { Simulating, Summing } from './api';

/** Long enough to be worth the message, short enough for progress to be seen. */
const BATCH_MS = 100;
/** Trials of the first picture: few, for it is waited for, yet enough to tell a plan from. */
const FIRST_PICTURE = 10;
const MOST_IN_A_BATCH = 5000;
/** Least time between two pictures: each is some frames to draw, and megabytes for the collector. */
const PICTURE_MS = 500;
/** Least time between two pictures as a share of the run so far: with few trials more, little is new. */
const PICTURE_SHARE = 0.35;
/** Least time between two words of progress: each is a frame to draw. */
const PROGRESS_MS = 100;
/** How long the simulators leave a core to the page, so that it draws a picture. */
const DRAWING_MS = 50;
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
  /** Trials the scenario asks for. */
  trials: number;
  /** Told how many trials are in. */
  progress(done: number): void;
  /** Shown the results so far. */
  picture(results: Results): void;
}

/** Plays a request to its end; false when it was cancelled on the way. */
export async function run(signal: AbortSignal, team: Team, request: Request): Promise<boolean> {
  const { text, baseline, trials, progress, picture } = request;
  const { seats, summary } = team;
  if (signal.aborted) return false;
  const core = new Core();
  const cancelled = new Promise<false>((resolve) => {
    const stop = () => {
      for (const { simulator } of seats) settled(() => simulator.stop());
      resolve(false);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([cancelled, play()]);

  async function play(): Promise<boolean> {
    // The page has a core to itself until it is done with what started the run.
    const page = new Promise<void>((done) => setTimeout(done));
    const itself = take_up(text, undefined, page);
    const begun = settled(async () => {
      await page;
      return signal.aborted ? [] : summary.begin(text, baseline);
    });
    const pictures = new Pictures(signal, summary, core, picture);
    let played = 0;
    let told = performance.now();
    const play_to = async (end: number) => {
      await itself(new Batches(played, end), async (first, rows) => {
        await begun;
        // The summary may be another run's by now.
        if (signal.aborted) return rows.buffer;
        const { done, room } = await summary.add(first, rows);
        if (signal.aborted) return room;
        const now = performance.now();
        if (now - told > PROGRESS_MS) {
          told = now;
          progress(done);
        }
        if (done > 0) pictures.ask();
        return room;
      });
      played = end;
    };
    await play_to(Math.min(FIRST_PICTURE, trials));
    if (signal.aborted) return false;
    await pictures.now();
    if (signal.aborted) return false;
    // Not before: a frame for the progress would hold up the picture.
    progress(played);
    for (const look of await begun) {
      await play_to(look);
      if (signal.aborted) return false;
      progress(played);
      if (await summary.is_sure()) break;
    }
    pictures.ask_at_once();
    for (const companion of COMPANIONS) {
      const [first, count] = await summary.missing(companion);
      if (signal.aborted) return false;
      if (count === 0) continue;
      const beside = take_up(companion === 'baseline' && baseline !== undefined ? baseline : text, companion);
      await beside(new Batches(first, first + count), async (first, rows) => {
        const { room } = await summary.add_to(companion, first, rows);
        return room;
      });
      if (signal.aborted) return false;
      pictures.ask_at_once();
    }
    await pictures.now();
    return !signal.aborted;
  }

  /**
   * Opens a scenario in every seat, in the last of several once the page leaves its core; what comes back plays batches
   * of it until there are none left, in the last seat by turns with the pictures.
   */
  function take_up(scenario: string, companion?: Companion, page?: Promise<void>) {
    const last = seats.at(-1);
    const free = (seat: Seat) => (seats.length > 1 && seat === last ? page : undefined);
    const open = (seat: Seat, wait?: Promise<void>) =>
      settled(async () => {
        if (wait !== undefined) await wait;
        // The next run may have opened another one by now.
        if (!signal.aborted) await seat.simulator.open(scenario, companion);
      });
    /** Seats that wait for the page: whoever plays meanwhile leaves them no share. */
    let held = seats.length > 1 && page !== undefined ? 1 : 0;
    page?.then(() => {
      held = 0;
    });
    const opened = new Map(seats.map((seat) => [seat, open(seat, free(seat))]));
    let breakdowns = 0;
    let hasFailed = false;

    return async (
      batches: Batches,
      add: (first: number, rows: Float64Array) => Promise<ArrayBufferLike>,
    ): Promise<void> => {
      async function work(seat: Seat): Promise<void> {
        let room: ArrayBufferLike | undefined;
        let added = Promise.resolve();
        const wait = free(seat);
        if (wait !== undefined) await wait;
        while (!signal.aborted && !hasFailed) {
          const batch = batches.take(batch_size(seat), seats.length - held);
          if (batch === undefined) return added;
          const play = async () => {
            const start = performance.now();
            // Asked for before the scenario is open: the simulator shall not wait for the page.
            const playing = seat.simulator.play(batch.first, batch.count, room);
            // It is the simulator's now.
            room = undefined;
            const [rows] = await Promise.all([playing, opened.get(seat)]);
            seat.pace = Math.max((performance.now() - start) / batch.count, 1e-6);
            return rows;
          };
          let rows: Float64Array;
          try {
            rows = await (seat === last ? core.use(play) : play());
          } catch (fault) {
            // The next run may be using it already, and will find out for itself.
            if (signal.aborted) return;
            breakdowns += 1;
            if (breakdowns > MOST_BREAKDOWNS) {
              hasFailed = true;
              throw fault;
            }
            batches.give_back(batch);
            await seat.restart();
            // Without any wait, however short: trials are asked for next, and shall come after it.
            opened.set(seat, open(seat));
            continue;
          }
          // Taken while the next batch is played, but only one at a time: rows shall not pile up.
          await added;
          if (signal.aborted) return;
          added = settled(async () => {
            room = await add(batch.first, rows);
          });
        }
      }

      await Promise.all(seats.map(work));
    };
  }
}

/** An answer that whoever waits for it hears, though nobody may be waiting when it fails. */
function settled<T>(ask: () => T | Promise<T>): Promise<T> {
  const answer = new Promise<T>((resolve) => resolve(ask()));
  answer.catch(() => {});
  return answer;
}

/** Trials of a batch; as many as there are while nothing is known of the simulator's speed. */
function batch_size({ pace }: Seat): number {
  return pace === undefined ? MOST_IN_A_BATCH : Math.ceil(BATCH_MS / pace);
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

  /**
   * Hands out so many trials, or fewer: half of a fair share of what is left at the most, so that all who play are done
   * at about the same time. Polychronopoulos and Kuck (1987), *Guided self-scheduling*.
   */
  take(wanted: number, seats: number): Batch | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    const share = Math.ceil((this.end - this.next) / (2 * seats));
    const count = Math.min(wanted, MOST_IN_A_BATCH, share);
    if (count <= 0) return undefined;
    const first = this.next;
    this.next += count;
    return { first, count };
  }

  give_back(batch: Batch): void {
    this.#returned.push(batch);
  }
}

/** A core that is used by turns, so that no more are busy than there are cores and the page finds one free. */
class Core {
  #before: Promise<unknown> = Promise.resolve();

  /** Does some work when those who asked before are done. */
  use<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#before.then(work);
    // Whoever asked hears of a failure.
    this.#before = turn.catch(() => {});
    return turn;
  }
}

/** The results on the way, one at a time and not too often. */
class Pictures {
  readonly #begun = performance.now();
  #pending: Promise<void> = Promise.resolve();
  #earliest = this.#begun + PICTURE_MS;
  /** When so many trials are new that a picture is worth it. */
  #worthwhile = this.#earliest;
  #isBusy = false;

  constructor(
    private readonly signal: AbortSignal,
    private readonly summary: Summing,
    private readonly core: Core,
    private readonly show: (results: Results) => void,
  ) {}

  /** Asks for a picture of some more trials, unless one is on its way or was shown of late. */
  ask(): void {
    if (performance.now() >= this.#worthwhile) this.ask_at_once();
  }

  /** Asks for a picture of something new, unless one is on its way or was just shown. */
  ask_at_once(): void {
    if (this.#isBusy || performance.now() < this.#earliest) return;
    this.#isBusy = true;
    this.#pending = this.core.use(() => this.#draw());
    // `now` hears of a failure.
    this.#pending.catch(() => {});
  }

  /** Shows a picture of all there is. */
  async now(): Promise<void> {
    await this.#pending;
    await this.core.use(() => this.#draw());
  }

  async #draw(): Promise<void> {
    if (this.signal.aborted) return;
    const start = performance.now();
    const results = await this.summary.results();
    const end = performance.now();
    // Summing up grows with the trials; the simulators need the cores more.
    this.#earliest = end + Math.max(PICTURE_MS, 4 * (end - start));
    this.#worthwhile = end + PICTURE_SHARE * (end - this.#begun);
    this.#isBusy = false;
    if (this.signal.aborted) return;
    this.show(results);
    await new Promise((drawn) => setTimeout(drawn, DRAWING_MS));
  }
}
