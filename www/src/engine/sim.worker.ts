/** One worker: an instance of the simulator behind Comlink. */
import { expose, transfer } from 'comlink';
import { initSync, version } from '../wasm/retaincast.js';
import type { Taken, WorkerApi } from './api';
import { PrivateDisk } from './disk.worker';
import { InlineSimulator, InlineSummary } from './inline';

const simulator = new InlineSimulator();
/** Made with the first run: before `init` there is no module to make it from. */
let made: InlineSummary | undefined;
const summary = () => (made ??= new InlineSummary(new PrivateDisk()));

/** What the simulator last said of itself; a trap by itself says only `unreachable`. */
let words: string | undefined;
const say = console.error;
console.error = (...said: unknown[]) => {
  words = said.join(' ');
  say(...said);
};

/** Runs a call and gives a trap its last words, because Comlink hands on only the message of an error. */
async function spoken<T>(call: () => T | Promise<T>): Promise<T> {
  words = undefined;
  try {
    return await call();
  } catch (fault) {
    throw new Error(words ?? String(fault));
  }
}

const handed = <T extends Pick<Taken, 'room'>>(taken: T): T => transfer(taken, [taken.room as ArrayBuffer]);

const api: WorkerApi = {
  init(module) {
    initSync({ module });
    return version();
  },
  open: (text, companion) => spoken(() => simulator.open(text, companion)),
  async play(first, count, room) {
    const rows = await spoken(() => simulator.play(first, count, room));
    return transfer(rows, [rows.buffer]);
  },
  stop: () => simulator.stop(),
  begin: (text, baseline) => spoken(() => summary().begin(text, baseline)),
  is_sure: () => spoken(() => summary().is_sure()),
  add: async (first, rows) => handed(await spoken(() => summary().add(first, rows))),
  missing: (companion) => spoken(() => summary().missing(companion)),
  add_to: async (companion, first, rows) =>
    handed(await spoken(() => summary().add_to(companion, first, rows))),
  results: () => spoken(() => summary().results()),
};

expose(api);
