/** The last scenario without faults, kept in this browser from one visit to the next. */
import { get, set } from 'idb-keyval';
import type { Checked } from '../wasm/retaincast';
import type { Baseline } from './scenario.svelte';

export interface Kept {
  scenario: string;
  /** What it is compared against, where that is another scenario. */
  baseline?: Baseline;
}

/** Where a browser keeps it. An imported book is more than local storage holds. */
export interface Shelf {
  get(): Promise<unknown>;
  set(kept: Kept): Promise<void>;
}

const KEY = 'retaincast.scenario';
export const shelf: Shelf = { get: () => get(KEY), set: (kept) => set(KEY, kept) };

/** Some browsers never answer where they are told to keep nothing. */
const PATIENCE = 1500;

/** What was kept; nothing where there is none or the browser refuses. */
export async function recall(from: Shelf): Promise<unknown> {
  const silence = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE));
  try {
    return await Promise.race([from.get(), silence]);
  } catch {
    return undefined;
  }
}

/** What was kept as a scenario to go on with, or the text that can no longer be read. */
export function restore(
  found: unknown,
  check: (text: string) => Checked,
): { kept: Kept } | { unreadable: string } | undefined {
  if (found === undefined) return undefined;
  const { scenario, baseline } = (found ?? {}) as Partial<Kept>;
  if (typeof scenario !== 'string') return { unreadable: JSON.stringify(found) };
  if (check(scenario).faults.length > 0) return { unreadable: scenario };
  const is_sound = typeof baseline?.text === 'string' && check(baseline.text).faults.length === 0;
  return { kept: is_sound ? { scenario, baseline } : { scenario } };
}

/** Keeps every edit, one at a time and the last one for sure. */
export class Keeper {
  /** Whether the last edit is on the shelf; while it is not, the page asks before it is left. */
  is_kept = $state(true);
  /** Whether the browser refused the last edit: it is full, or told to keep nothing. */
  is_refused = $state(false);

  readonly #shelf: Shelf;
  #next: Kept | undefined;
  #is_busy = false;

  constructor(to: Shelf) {
    this.#shelf = to;
  }

  async keep(kept: Kept): Promise<void> {
    this.#next = kept;
    this.is_kept = false;
    if (this.#is_busy) return;
    this.#is_busy = true;
    while (this.#next !== undefined) {
      const now = this.#next;
      this.#next = undefined;
      try {
        await this.#shelf.set(now);
        this.is_refused = false;
      } catch {
        this.is_refused = true;
      }
    }
    this.#is_busy = false;
    this.is_kept = !this.is_refused;
  }
}
