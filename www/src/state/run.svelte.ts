/** The run on the screen: how far it is and what it says so far. */
import type { Request } from '../engine/run';
import type { Results, ScenarioInput } from '../wasm/retaincast';

export type Status = 'idle' | 'running' | 'done' | 'cancelled' | 'failed';

/** Plays a request to its end; false when it was cancelled on the way. */
export type Engine = (signal: AbortSignal, request: Request) => Promise<boolean>;

/** Edits that follow each other faster, as of a key held down, are one but for the first, in milliseconds. */
const PAUSE = 40;

export class RunStore {
  status: Status = $state('idle');
  /** Trials in. */
  done = $state(0);
  /** Trials wanted. */
  asked = $state(0);
  /** The last results, kept until there are better ones. */
  results: Results | undefined = $state.raw();
  /** Why the run failed. */
  failure: string | undefined = $state();

  readonly #engine: Engine;
  #stop: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked_at = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Starts a run in the place of the one that is going on, compared with another scenario where there is one. */
  start(text: string, baseline: string | undefined): void {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    const now = performance.now();
    if (now - this.#asked_at < PAUSE) this.#timer = setTimeout(() => this.#run(text, baseline), PAUSE);
    else this.#run(text, baseline);
    this.#asked_at = now;
  }

  /** Stops; what has come in stays. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    if (this.status === 'running') this.status = 'cancelled';
  }

  async #run(text: string, baseline: string | undefined): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    const { trials }: ScenarioInput = JSON.parse(text);
    this.status = 'running';
    this.done = 0;
    this.asked = trials;
    this.failure = undefined;
    try {
      const isWhole = await this.#engine(stop.signal, {
        text,
        baseline,
        trials,
        progress: (done) => {
          this.done = done;
        },
        picture: (results) => {
          this.results = results;
        },
      });
      if (isWhole) this.status = 'done';
    } catch (fault) {
      if (stop.signal.aborted) return;
      this.status = 'failed';
      this.failure = fault instanceof Error ? fault.message : String(fault);
    }
  }
}
