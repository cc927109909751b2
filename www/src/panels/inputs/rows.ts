/** The makers of rows: what a field of a segment, touch model, pool or scenario looks like in a table. */
import { read_at } from '../../state/path';
import type { ScenarioStore } from '../../state/scenario.svelte';
import type { Derived, RateInput, ScenarioInput } from '../../wasm/retaincast';
import type { Cell, ChoiceCell, Kind, ValueCell } from './cells';

/** What rows may look at besides their own item. */
export interface Context {
  document: ScenarioInput;
  derived: Derived | undefined;
}

export const contextOf = ({ document, checked }: ScenarioStore): Context => ({
  document,
  derived: checked.derived,
});

/** One field of every item of a table; left out where no item has a cell for it. */
export interface Row<T> {
  key: string;
  label: string;
  unit?: string;
  /** One line on what it means. */
  help: string;
  cell(item: T, at: string, index: number): Cell | undefined;
}

/** Rows that open and close together. */
export interface Group<T> {
  title: string;
  open?: boolean;
  /** What a reader must know of all of them. */
  note?: string;
  /** Numbers of months under which rows can be added. */
  adds?: { label: string; after: string };
  rows(context: Context, added: readonly number[]): Row<T>[];
}

type Below<V> = V extends string | number | boolean | { p5: number }
  ? ''
  : V extends readonly unknown[]
    ? `[${number}]`
    : { [K in keyof V & string]: `.${K}${Below<NonNullable<V[K]>>}` }[keyof V & string];

/** Place of a single value below an item, checked against its type. */
export type Path<T> = Below<T> extends infer B ? (B extends `.${infer P}` ? P : never) : never;

/** Joins a place and what is below it. */
export const join = (at: string, path: string) => (at === '' ? path : `${at}.${path}`);

type Extras = Pick<ValueCell, 'family' | 'optional' | 'hint'> & { unit?: string; also?: readonly string[] };

/** A number, or a range where `family` says what kind. */
export function value<T>(
  label: string,
  path: Path<T>,
  kind: Kind,
  help: string,
  extras: Extras = {},
): Row<T> {
  const { unit, also = [], ...rest } = extras;
  return {
    key: path,
    label,
    ...(unit === undefined ? {} : { unit }),
    help,
    cell: (item, at) =>
      valueCell(kind, read_at(item, path) as RateInput | undefined, join(at, path), {
        ...rest,
        also: also.map((other) => join(at, other)),
      }),
  };
}

/**
 * A field of a part that can be left out: typing into one field makes the part, its other fields as in `start`, and
 * clearing one takes the part away.
 */
export function partial<T>(
  label: string,
  path: Path<T>,
  kind: Kind,
  help: string,
  start: object,
  extras: Extras = {},
): Row<T> {
  const place: string = path;
  const [part = '', field = ''] = place.split('.');
  const row = value(label, path, kind, help, { hint: 'none', ...extras, optional: true });
  return {
    ...row,
    cell(item, at, index) {
      const cell = row.cell(item, at, index) as ValueCell;
      const own = join(at, part);
      cell.edits = (document, typed) =>
        typed === undefined
          ? [[own, undefined]]
          : [[own, { ...start, ...(read_at(document, own) as object | undefined), [field]: typed }]];
      return cell;
    },
  };
}

/** The cell of a number at a place. */
export function valueCell(
  kind: Kind,
  value: RateInput | undefined,
  path: string,
  extras: Pick<ValueCell, 'family' | 'optional' | 'hint' | 'also'> = {},
): ValueCell {
  return { type: 'value', kind, value, path, ...extras, edits: (_, typed) => [[path, typed]] };
}

/** Three numbers by health, green first. */
export function byHealth<T>(
  label: string,
  path: string,
  kind: Kind,
  help: string,
  read: (item: T) => readonly number[] | undefined,
  also: readonly string[] = [],
): Row<T>[] {
  return ['green', 'yellow', 'red'].map((health, i) => ({
    key: `${path}.${health}`,
    label: `${label}, ${health}`,
    help,
    cell(item, at) {
      const number = read(item)?.[i];
      if (number === undefined) return undefined;
      const own = join(at, path);
      return valueCell(
        kind,
        number,
        `${own}[${i}]`,
        i === 0 ? { also: [own, ...also.map((o) => join(at, o))] } : {},
      );
    },
  }));
}

export type Options = ChoiceCell['options'];

/** One of a few words; with `usual` the field can be left out, which means that word. */
export function choice<T>(
  label: string,
  path: Path<T>,
  help: string,
  options: Options,
  usual?: string,
): Row<T> {
  return {
    key: path,
    label,
    help,
    cell(item, at) {
      const own = join(at, path);
      return {
        type: 'choice',
        path: own,
        value: String(read_at(item, path) ?? usual),
        options,
        edits: (_, word) => [[own, word === usual ? undefined : word]],
      };
    },
  };
}

/** Yes or no. */
export function check<T>(label: string, path: Path<T>, help: string): Row<T> {
  return {
    key: path,
    label,
    help,
    cell(item, at) {
      const own = join(at, path);
      return {
        type: 'check',
        path: own,
        value: read_at(item, path) === true,
        edits: (_, yes) => [[own, yes]],
      };
    },
  };
}

/** What the simulator makes of the rest. */
export function shown<T>(
  key: string,
  label: string,
  help: string,
  text: (item: T, index: number) => string | undefined,
): Row<T> {
  return { key, label, help, cell: (item, _, index) => ({ type: 'shown', text: text(item, index) ?? '–' }) };
}

/** Numbers of months that occur, each once, in order. */
export function monthsOf(found: readonly number[]): number[] {
  return [...new Set(found)].sort((a, b) => a - b);
}
