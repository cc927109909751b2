/** What the tables of inputs share: texts that could not be read, where the focus is, and how a text becomes an edit. */
import { createContext } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import { SvelteMap } from 'svelte/reactivity';
import { outer, set_at } from '../../state/path';
import type { ScenarioStore } from '../../state/scenario.svelte';
import type { CurrencyInput, Fault } from '../../wasm/retaincast';
import { isBlock, parseBlock } from './block';
import { type Cell, type Edits, type EntryCell, faultsOf, readText, tellFault } from './cells';
import { type Place, wayOf } from './movement';
import { placesOf } from './places';
import { contextOf } from './rows';

interface Refusal {
  text: string;
  fault: string;
  /** The value that stood there: when it changes, the text is answered. */
  over: string;
}

/** A control of a cell, as movement and paste meet it. */
interface Entry {
  cell(): Cell;
  /** Takes what was typed, while the focus stays. */
  commit(): void;
}

/** A fault in the words of its cell. */
export interface Told {
  path: string;
  text: string;
}

/** A fault as it stands outside the tables. */
export interface Listed extends Told {
  /** What a person calls its cell; none has to do with the document as a whole. */
  label?: string;
}

interface Focus {
  label: string;
  help: string;
  /** How the value of the cell reads, where that takes more than its text. */
  reading: string;
}

export class Sheet {
  readonly store: ScenarioStore;
  readonly #refused = new SvelteMap<string, Refusal>();
  readonly #entries = new WeakMap<Element, Entry>();
  focus = $state.raw<Focus>();
  /** The hours whose activities are listed. */
  opened = $state.raw<{ path: string; label: string }>();
  /** What the last paste came to. */
  told = $state('');

  constructor(store: ScenarioStore) {
    this.store = store;
  }

  get currency(): CurrencyInput {
    return this.store.currency;
  }

  /** A text that stays in its cell because it could not be read. */
  refusal(cell: EntryCell): Refusal | undefined {
    const found = this.#refused.get(cell.path);
    return found?.over === JSON.stringify(cell.value) ? found : undefined;
  }

  /** What is wrong in a cell. */
  faults(cell: EntryCell): Told[] {
    const refusal = this.refusal(cell);
    if (refusal !== undefined) return [{ path: cell.path, text: refusal.fault }];
    return faultsOf(cell, this.store.faults).map((fault) => ({
      path: fault.path,
      text: tellFault(cell, fault, this.currency),
    }));
  }

  /** Everything wrong, each in the words of its cell: what was refused last stands for what was wrong there before. */
  readonly all: readonly Listed[] = $derived.by(() => {
    const { faults } = this.store;
    if (faults.length === 0 && this.#refused.size === 0) return [];
    return this.#list(faults, true);
  });

  readonly #places = $derived.by(() => {
    return placesOf(contextOf(this.store));
  });

  #list(faults: readonly Fault[], with_refused: boolean): Listed[] {
    const listed: Listed[] = [];
    const told = new Set<string>();
    for (const { cell, label } of this.#places) {
      const refusal = with_refused ? this.refusal(cell) : undefined;
      if (refusal !== undefined) listed.push({ path: cell.path, label, text: refusal.fault });
      for (const fault of faultsOf(cell, faults)) {
        told.add(fault.path);
        if (refusal === undefined)
          listed.push({ path: fault.path, label, text: tellFault(cell, fault, this.currency) });
      }
    }
    const others = faults.filter(({ path }) => !told.has(path));
    return [...listed, ...others.map(({ path, rule }) => ({ path, text: rule }))];
  }

  /** What a person calls the cell of a place, or the nearest one that holds it. */
  label(path: string): string | undefined {
    for (let at: string | undefined = path; at !== undefined; at = outer(at)) {
      const fault = { path: at, rule: '' };
      const place = this.#places.find(({ cell }) => faultsOf(cell, [fault]).length > 0);
      if (place !== undefined) return place.label;
    }
    return undefined;
  }

  forget(cell: EntryCell): void {
    this.#refused.delete(cell.path);
  }

  /** Takes a text into a cell: an edit, or a refusal that keeps it. */
  take(cell: EntryCell, text: string): void {
    const edits = this.#read(cell, text);
    if (edits !== undefined) this.edit(edits);
  }

  edit(edits: Edits): void {
    const [first, ...others] = edits;
    if (first === undefined) return;
    if (others.length === 0) this.store.set(...first);
    else this.store.batch(edits);
  }

  #read(cell: EntryCell, text: string, document = this.store.document): Edits | undefined {
    const reading = readText(cell, text, this.currency);
    if ('fault' in reading) {
      this.#refused.set(cell.path, { text, fault: reading.fault, over: JSON.stringify(cell.value) });
      return undefined;
    }
    this.forget(cell);
    return reading.edits(document);
  }

  /** Makes a control known as the one of a cell. */
  enrol(entry: Entry): Attachment<HTMLElement> {
    return (control) => {
      this.#entries.set(control, entry);
    };
  }

  /** Makes the cells below an element one table, for keys and the clipboard. */
  readonly table: Attachment<HTMLElement> = (root) => {
    const keydown = (event: KeyboardEvent) => this.#press(root, event);
    const paste = (event: ClipboardEvent) => this.#paste(root, event);
    root.addEventListener('keydown', keydown);
    root.addEventListener('paste', paste);
    return () => {
      root.removeEventListener('keydown', keydown);
      root.removeEventListener('paste', paste);
    };
  };

  #press(root: HTMLElement, event: KeyboardEvent): void {
    const control = event.target;
    if (!(control instanceof HTMLElement) || event.altKey || event.isComposing) return;
    const entry = this.#entries.get(control);
    if (entry === undefined) return;
    const pressed = { key: event.key, shift: event.shiftKey, control: event.ctrlKey || event.metaKey };
    const whole = { start: 0, end: 0, length: 0 };
    const isText = control instanceof HTMLInputElement && control.type === 'text';
    if (pressed.control && pressed.key.toLowerCase() === 'z') {
      event.stopPropagation();
      // A text that is being changed has an undo of its own.
      if (control.dataset.typing !== undefined) return;
      event.preventDefault();
      if (pressed.shift) this.store.redo();
      else this.store.undo();
      return;
    }
    // Its own list is open: the keys are for the list.
    if (control instanceof HTMLSelectElement && isOpen(control)) return;
    const caret = isText
      ? {
          start: control.selectionStart ?? 0,
          end: control.selectionEnd ?? 0,
          length: control.value.length,
        }
      : whole;
    const way = wayOf(pressed, caret);
    if (way === undefined) return;
    event.preventDefault();
    // Who simulates shall not wait for the focus to move.
    entry.commit();
    const grid = gridOf(root);
    const from = placeOf(grid, control);
    const to = from && way(from, extentOf(grid)).find(({ row, column }) => grid[row]?.[column] !== undefined);
    if (to !== undefined) grid[to.row]?.[to.column]?.focus();
  }

  #paste(root: HTMLElement, event: ClipboardEvent): void {
    const rows = parseBlock(event.clipboardData?.getData('text/plain') ?? '');
    const grid = gridOf(root);
    const from = event.target instanceof HTMLElement ? placeOf(grid, event.target) : undefined;
    if (from === undefined || !isBlock(rows)) return;
    event.preventDefault();
    let document = this.store.document;
    let [filled, refused, outside] = [0, 0, 0];
    for (const [i, texts] of rows.entries())
      for (const [j, text] of texts.entries()) {
        const control = grid[from.row + i]?.[from.column + j];
        const cell = control && this.#entries.get(control)?.cell();
        if (cell === undefined || cell.type === 'shown') {
          outside++;
          continue;
        }
        const edits = this.#read(cell, text, document);
        if (edits === undefined) {
          refused++;
          continue;
        }
        filled++;
        // One by one, because the next cell may build on this one: the terms of a segment are one list.
        for (const [path, value] of edits) document = set_at(document, path, value);
      }
    if (filled > 0) this.store.batch([['', document]]);
    const cells = (n: number) => `${n} ${n === 1 ? 'cell' : 'cells'}`;
    this.told = [
      `${cells(filled)} filled`,
      ...(refused > 0 ? [`${cells(refused)} could not be read`] : []),
      ...(outside > 0 ? [`${cells(outside)} fell outside the table`] : []),
    ].join(', ');
  }
}

const knowsOpen = CSS.supports('selector(:open)');

/** Where the browser cannot tell, the arrows stay with the list. */
const isOpen = (control: HTMLSelectElement) => !knowsOpen || control.matches(':open');

/** The controls of the rows in sight, by the number of their column. */
function gridOf(root: HTMLElement): (HTMLElement | undefined)[][] {
  const rows = [...root.querySelectorAll<HTMLTableRowElement>('tr[data-row]')];
  return rows
    .filter((row) => row.closest('details:not([open])') === null)
    .map((row) => {
      const controls: (HTMLElement | undefined)[] = [];
      for (const control of row.querySelectorAll<HTMLElement>('[data-column]'))
        controls[Number(control.dataset.column)] = control;
      return controls;
    });
}

function placeOf(
  grid: readonly (readonly (HTMLElement | undefined)[])[],
  control: HTMLElement,
): Place | undefined {
  const row = grid.findIndex((controls) => controls.includes(control));
  return row < 0 ? undefined : { row, column: grid[row]?.indexOf(control) ?? 0 };
}

const extentOf = (grid: readonly (readonly unknown[])[]) => ({
  rows: grid.length,
  columns: Math.max(0, ...grid.map((row) => row.length)),
});

export const [getSheet, setSheet] = createContext<Sheet>();
