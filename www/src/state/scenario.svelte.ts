/** The scenario as last edited, its faults, the way back, and what it is compared against. */
import type { Checked, CurrencyInput, Fault, ScenarioInput } from '../wasm/retaincast';
import { back, begin, forth, type History, push } from './history';
import { insert_at, is_same, lies_within, remove_at, set_at } from './path';

/** What two scenarios may differ in and still state the same of the business. */
const ASIDE = ['name', 'seed', 'trials', 'precision'] as const;

const NO_FAULTS: readonly Fault[] = [];

interface Snapshot {
  document: ScenarioInput;
  text: string;
  checked: Checked;
  /** The text as it was opened, before any edit. */
  origin: string;
}

/** What a scenario is compared against. */
export interface Baseline {
  text: string;
  /** Whether the user chose it; else it is what was opened. */
  is_chosen: boolean;
}

export class ScenarioStore {
  #history: History<Snapshot> = $state.raw() as History<Snapshot>;
  #sound: string = $state.raw('');
  #baseline: Baseline = $state.raw() as Baseline;
  readonly #check: (text: string) => Checked;
  readonly #now: () => number;
  #listener: () => void = () => {};

  /** Starts with a document that must be sound. */
  constructor(
    text: string,
    check: (text: string) => Checked,
    now = () => performance.now(),
    baseline?: Baseline,
  ) {
    this.#check = check;
    this.#now = now;
    const first = this.#opened(text);
    if (first.checked.faults.length > 0) throw new Error('the first scenario has faults');
    this.#history = begin(first);
    this.#sound = first.text;
    this.#baseline = baseline ?? { text: first.text, is_chosen: false };
  }

  /** As last edited, faults and all. Never changed in place. */
  get document(): ScenarioInput {
    return this.#history.present.document;
  }

  /** What the simulator says of the document. */
  get checked(): Checked {
    return this.#history.present.checked;
  }

  /** The document as JSON. */
  get text(): string {
    return this.#history.present.text;
  }

  /** The last document without faults: what is simulated. */
  get sound(): string {
    return this.#sound;
  }

  /** What the scenario is compared against: what was opened, until the user chooses another. */
  get baseline(): Baseline {
    return this.#baseline;
  }

  /** What is run beside the scenario, with the same luck; nothing where the two state the same of the business. */
  readonly compared: string | undefined = $derived.by(() => {
    const { text } = this.#baseline;
    if (text === this.#sound) return undefined;
    const now: ScenarioInput = JSON.parse(this.#sound);
    const other: ScenarioInput = JSON.parse(text);
    if (
      is_same(
        ASIDE.reduce((document, field) => set_at(document, field, now[field]), other),
        now,
      )
    )
      return undefined;
    return other.seed === now.seed ? text : JSON.stringify({ ...other, seed: now.seed });
  });

  /** Compares against the scenario as it is from now on. */
  keep_as_baseline(): void {
    this.#baseline = { text: this.#sound, is_chosen: true };
    this.#listener();
  }

  /** Tells a listener of every change of what is simulated or compared, at once: an effect waits for the page. */
  listen(listener: () => void): void {
    this.#listener = listener;
  }

  readonly currency: CurrencyInput = $derived(this.document.currency);

  /** The faults of the document: the same list while there are none. */
  readonly faults: readonly Fault[] = $derived(
    this.checked.faults.length === 0 ? NO_FAULTS : this.checked.faults,
  );

  get can_undo(): boolean {
    return this.#history.past.length > 0;
  }

  get can_redo(): boolean {
    return this.#history.future.length > 0;
  }

  /** The faults of a place and of all below it. */
  faults_at(path: string): Fault[] {
    return this.faults.filter((fault) => lies_within(fault.path, path));
  }

  /** Puts a value at a place such as `segments[0].churn`; `undefined` takes an optional field away. */
  set(path: string, value: unknown): void {
    this.#push(set_at(this.document, path, value), path);
  }

  /** Puts an entry into a list, before the one that stands there. */
  insert(path: string, index: number, value: unknown): void {
    this.#push(insert_at(this.document, path, index, value));
  }

  /** Takes an entry out of a list. */
  remove(path: string, index: number): void {
    this.#push(remove_at(this.document, path, index));
  }

  /** Makes several edits one step. */
  batch(edits: readonly (readonly [path: string, value: unknown])[]): void {
    this.#push(edits.reduce((document, [path, value]) => set_at(document, path, value), this.document));
  }

  /** Opens another document; one with faults is not opened, and its faults are returned. */
  replace(text: string): Fault[] {
    const { faults } = this.#check(text);
    if (faults.length === 0) this.#step(this.#opened(text));
    return faults;
  }

  undo(): void {
    this.#move(back(this.#history));
  }

  redo(): void {
    this.#move(forth(this.#history));
  }

  #push(document: ScenarioInput, at?: string): void {
    this.#step(this.#snapshot(document, this.#history.present.origin), at);
  }

  #step(snapshot: Snapshot, at?: string): void {
    const edit = at === undefined ? undefined : { at, when: this.#now() };
    if (snapshot.text !== this.text) this.#move(push(this.#history, snapshot, edit));
  }

  #move(history: History<Snapshot>): void {
    const { origin: before } = this.#history.present;
    this.#history = history;
    const { checked, text, origin } = history.present;
    // Two documents have little to do with each other; their difference would be noise.
    if (origin !== before) this.#baseline = { text: origin, is_chosen: false };
    if (checked.faults.length > 0 || text === this.#sound) return;
    this.#sound = text;
    this.#listener();
  }

  #opened(text: string): Snapshot {
    const document: ScenarioInput = JSON.parse(text);
    return this.#snapshot(document, JSON.stringify(document));
  }

  #snapshot(document: ScenarioInput, origin: string): Snapshot {
    const text = JSON.stringify(document);
    return { document, text, checked: this.#check(text), origin };
  }
}
