/** The scenario as last edited, its faults, and the way back. */
import type { Checked, CurrencyInput, Fault, ScenarioInput } from '../wasm/retaincast';
import { back, begin, forth, type History, push } from './history';
import { insert_at, lies_within, remove_at, set_at } from './path';

interface Snapshot {
  document: ScenarioInput;
  text: string;
  checked: Checked;
}

export class ScenarioStore {
  #history: History<Snapshot> = $state.raw() as History<Snapshot>;
  #sound: string = $state.raw('');
  readonly #check: (text: string) => Checked;
  readonly #now: () => number;

  /** Starts with a document that must be sound. */
  constructor(text: string, check: (text: string) => Checked, now = () => performance.now()) {
    this.#check = check;
    this.#now = now;
    const first = this.#snapshot(JSON.parse(text));
    if (first.checked.faults.length > 0) throw new Error('the first scenario has faults');
    this.#history = begin(first);
    this.#sound = first.text;
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

  get currency(): CurrencyInput {
    return this.document.currency;
  }

  get can_undo(): boolean {
    return this.#history.past.length > 0;
  }

  get can_redo(): boolean {
    return this.#history.future.length > 0;
  }

  /** The faults of a place and of all below it. */
  faults_at(path: string): Fault[] {
    return this.checked.faults.filter((fault) => lies_within(fault.path, path));
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
    if (faults.length === 0) this.#push(JSON.parse(text));
    return faults;
  }

  undo(): void {
    this.#move(back(this.#history));
  }

  redo(): void {
    this.#move(forth(this.#history));
  }

  #push(document: ScenarioInput, at?: string): void {
    const edit = at === undefined ? undefined : { at, when: this.#now() };
    const snapshot = this.#snapshot(document);
    if (snapshot.text !== this.text) this.#move(push(this.#history, snapshot, edit));
  }

  #move(history: History<Snapshot>): void {
    this.#history = history;
    const { checked, text } = history.present;
    if (checked.faults.length === 0) this.#sound = text;
  }

  #snapshot(document: ScenarioInput): Snapshot {
    const text = JSON.stringify(document);
    return { document, text, checked: this.#check(text) };
  }
}
