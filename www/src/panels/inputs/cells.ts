/** What stands in a cell, how its text is read and how its faults are told. */
import type {
  ActivityInput,
  CellKind,
  CurrencyInput,
  Fault,
  RateInput,
  ScenarioInput,
} from '../../wasm/retaincast';
import { read_cell, show_cell } from '../../wasm/retaincast.js';

export type Kind = CellKind;

/** The family of a range, which decides where its median lies. */
export type Family = 'probability' | 'positive' | 'real';

/** What the document becomes: values at places, all in one step. */
export type Edits = readonly (readonly [path: string, value: unknown])[];

interface At {
  /** Place in the document. */
  path: string;
  /** Places without a cell of their own, whose faults are shown here. */
  also?: readonly string[];
}

export interface ValueCell extends At {
  type: 'value';
  kind: Kind;
  value: RateInput | undefined;
  /** A cell that takes a range has one. */
  family?: Family;
  /** An optional value is taken away by clearing its cell. */
  optional?: boolean;
  /** What an empty cell stands for. */
  hint?: string;
  /** The activities its number is made of; a cell with this can be opened to list them. */
  activities?: readonly ActivityInput[];
  edits(document: ScenarioInput, value: RateInput | undefined): Edits;
}

export interface TextCell extends At {
  type: 'text';
  value: string;
  /** Why a text cannot stand here. */
  refuses?(value: string): string | undefined;
  edits(document: ScenarioInput, value: string): Edits;
}

export interface ChoiceCell extends At {
  type: 'choice';
  value: string;
  options: readonly { value: string; label: string }[];
  edits(document: ScenarioInput, value: string): Edits;
}

export interface CheckCell extends At {
  type: 'check';
  value: boolean;
  edits(document: ScenarioInput, value: boolean): Edits;
}

/** Nothing to type: what the simulator makes of the rest. */
export interface ShownCell {
  type: 'shown';
  text: string;
}

export type EntryCell = ValueCell | TextCell | ChoiceCell | CheckCell;
export type Cell = EntryCell | ShownCell;

/** What a text amounts to in a cell. */
export type Reading = { fault: string } | { edits: (document: ScenarioInput) => Edits };

const YES = ['yes', 'y', 'true', '1', '✓', 'on'];
const NO = ['no', 'n', 'false', '0', '', 'off'];

/** Reads what was typed or pasted into a cell. */
export function readText(cell: EntryCell, text: string, currency: CurrencyInput): Reading {
  const typed = text.trim();
  switch (cell.type) {
    case 'value':
      return readValue(cell, typed, currency);
    case 'text': {
      const fault = cell.refuses?.(typed);
      return fault === undefined ? { edits: (document) => cell.edits(document, typed) } : { fault };
    }
    case 'choice': {
      const word = typed.toLowerCase();
      const found = cell.options.find(({ value, label }) => value === typed || label.toLowerCase() === word);
      if (found === undefined)
        return { fault: `is none of ${cell.options.map(({ label }) => label).join(', ')}` };
      return { edits: (document) => cell.edits(document, found.value) };
    }
    case 'check': {
      const word = typed.toLowerCase();
      if (!YES.includes(word) && !NO.includes(word)) return { fault: 'is neither yes nor no' };
      return { edits: (document) => cell.edits(document, YES.includes(word)) };
    }
  }
}

function readValue(cell: ValueCell, typed: string, currency: CurrencyInput): Reading {
  if (typed === '' && cell.optional) return { edits: (document) => cell.edits(document, undefined) };
  const { value, fault } = read_cell(cell.kind, typed, currency);
  if (value === undefined) return { fault: fault ?? 'cannot be read' };
  if (typeof value !== 'number' && cell.family === undefined)
    return { fault: 'takes one number and no range' };
  return { edits: (document) => cell.edits(document, value) };
}

/** The text of a cell that nobody is typing in. */
export function showText(cell: ValueCell | TextCell, currency: CurrencyInput): string {
  if (cell.type === 'text') return cell.value;
  return cell.value === undefined ? '' : show_cell(cell.kind, cell.value, currency);
}

/** A number short enough to be read at a glance. */
export function showBrief(kind: Kind, value: number, currency: CurrencyInput): string {
  return show_cell(kind, Number(value.toPrecision(3)), currency);
}

/** The middle of a range: half of the draws lie below. */
export function medianOf({ p5, p95 }: { p5: number; p95: number }, family: Family): number {
  switch (family) {
    case 'probability': {
      const odds = Math.sqrt((p5 / (1 - p5)) * (p95 / (1 - p95)));
      return odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds);
    }
    case 'positive':
      return Math.sqrt(p5 * p95);
    case 'real':
      return (p5 + p95) / 2;
  }
}

/** The faults that belong to a cell. */
export function faultsOf(cell: EntryCell, faults: readonly Fault[]): Fault[] {
  return faults.filter(({ path }) => isOwn(cell, path) || cell.also?.includes(path));
}

const isOwn = ({ path }: EntryCell, at: string) => at === path || at === `${path}.p5` || at === `${path}.p95`;

/** The rule a cell breaks, with its numbers as the cell shows them and its intervals in words. */
export function tellFault(cell: EntryCell, { path, rule }: Fault, currency: CurrencyInput): string {
  const words = rule.replaceAll('..=', ' to ').replace(/(\d)\.\.(?=-?\d)/g, '$1 to below ');
  // A rule of another place counts in units of its own.
  if (cell.type !== 'value' || !isOwn(cell, path) || cell.kind === 'count' || cell.kind === 'number')
    return words;
  const { kind } = cell;
  return words.replace(/(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*%)(?!\w)/g, (number) =>
    show_cell(kind, Number(number), currency),
  );
}
