/** The workers: one for each core that simulates, and one that sums up. */
import { type Remote, transfer, wrap } from 'comlink';
import type { Simulating, Summing, WorkerApi } from './api';
import { type Request, run, type Seat } from './run';
import script from './sim.worker.ts?worker&url';

export class Pool {
  /** Comes true when everyone who broke down has been replaced; nothing where nobody has. */
  #ready: Promise<unknown> | undefined;

  private constructor(
    private readonly simulators: readonly Member[],
    private readonly summary: Member,
  ) {}

  /** Starts the workers, also while the module is still loading; rejects when one of them cannot. */
  static async start(module: Promise<WebAssembly.Module>): Promise<Pool> {
    // As many as cores, not one fewer: the page is idle while they work.
    const size = Math.min(8, navigator.hardwareConcurrency || 2);
    const members = Array.from({ length: size + 1 }, () => new Member(module));
    await Promise.all(members.map((member) => member.restart()));
    return new Pool(members.slice(1), members[0] as Member);
  }

  get size(): number {
    return this.simulators.length;
  }

  /** Plays a request to its end; false when it was cancelled on the way. */
  async run(signal: AbortSignal, request: Request): Promise<boolean> {
    // A wait for nothing would still be a wait for the page.
    if (this.#ready !== undefined) await this.#ready;
    try {
      return await run(signal, { seats: this.simulators, summary: this.summary.summary }, request);
    } catch (fault) {
      // Whoever broke down may be of no more use: the next run starts with fresh ones.
      this.#ready = Promise.all([this.summary, ...this.simulators].map((member) => member.restart()));
      this.#ready.catch(() => {});
      throw fault;
    }
  }

  stop(): void {
    for (const member of [this.summary, ...this.simulators]) member.stop();
  }
}

class Member implements Seat {
  pace?: number;
  #worker: Worker | undefined;
  #api: Remote<WorkerApi> | undefined;
  #failed: Promise<never> | undefined;

  constructor(private readonly module: Promise<WebAssembly.Module>) {}

  get simulator(): Simulating {
    return {
      open: (text, companion) => this.#ask((api) => api.open(text, companion)),
      play: (first, count, room) =>
        this.#ask((api) => api.play(first, count, room && transfer(room, [room as ArrayBuffer]))),
      stop: () => this.#ask((api) => api.stop()),
    };
  }

  get summary(): Summing {
    return {
      begin: (text, baseline) => this.#ask((api) => api.begin(text, baseline)),
      is_sure: () => this.#ask((api) => api.is_sure()),
      add: (first, rows) => this.#ask((api) => api.add(first, transfer(rows, [rows.buffer]))),
      missing: (companion) => this.#ask((api) => api.missing(companion)),
      add_to: (companion, first, rows) =>
        this.#ask((api) => api.add_to(companion, first, transfer(rows, [rows.buffer]))),
      results: () => this.#ask((api) => api.results()),
    };
  }

  /**
   * Starts a worker bound by the page's security policy, in the place of the old one. One started from a file of
   * its own answers to that file's headers alone, which a static host does not set; one started from a blob inherits
   * the page's.
   */
  async restart(): Promise<void> {
    this.stop();
    const start = `import ${JSON.stringify(new URL(script, document.baseURI).href)};`;
    const url = URL.createObjectURL(new Blob([start], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module' });
    this.#worker = worker;
    this.#api = wrap<WorkerApi>(worker);
    this.#failed = new Promise<never>((_, reject) => {
      worker.addEventListener(
        'error',
        (event) => reject(new Error(event.message || 'a worker did not start')),
        { once: true },
      );
    });
    // Heard by whoever waits; nobody may be waiting.
    this.#failed.catch(() => {});
    try {
      const module = await this.module;
      await this.#ask((api) => api.init(module));
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  stop(): void {
    this.#worker?.terminate();
  }

  /** Comlink alone would wait for ever for a worker that has died. */
  #ask<T>(question: (api: Remote<WorkerApi>) => Promise<T>): Promise<T> {
    if (this.#api === undefined || this.#failed === undefined) throw new Error('the worker is not started');
    return Promise.race([question(this.#api), this.#failed]);
  }
}
