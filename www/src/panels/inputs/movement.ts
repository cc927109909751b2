/** How keys move between the cells of a table, as in a spreadsheet. */

export interface Place {
  row: number;
  column: number;
}

export interface Extent {
  rows: number;
  columns: number;
}

/** Where the caret stands in the text of a cell. */
export interface Caret {
  start: number;
  end: number;
  length: number;
}

export interface Press {
  key: string;
  shift: boolean;
  /** Control, or Command on a Mac. */
  control: boolean;
}

/** The places a key leads to, the nearest first: the first that holds a cell is meant. */
export type Way = (from: Place, extent: Extent) => Place[];

const span = (length: number) => Array.from({ length: Math.max(0, length) }, (_, i) => i);

const up: Way = ({ row, column }) => span(row).map((i) => ({ row: row - 1 - i, column }));
const down: Way = ({ row, column }, { rows }) =>
  span(rows - row - 1).map((i) => ({ row: row + 1 + i, column }));
const left: Way = ({ row, column }) => span(column).map((i) => ({ row, column: column - 1 - i }));
const right: Way = ({ row, column }, { columns }) =>
  span(columns - column - 1).map((i) => ({ row, column: column + 1 + i }));
const home: Way = ({ row }, { columns }) => span(columns).map((column) => ({ row, column }));
const end: Way = (from, extent) => home(from, extent).reverse();
const first: Way = (_, { rows, columns }) =>
  span(rows).flatMap((row) => span(columns).map((column) => ({ row, column })));
const last: Way = (from, extent) => first(from, extent).reverse();

/**
 * Where a key leads; `undefined` leaves it to the text.
 *
 * A text that is selected as a whole, or empty, stands for its cell: every arrow moves on. With a caret in it, left and
 * right move the caret until it is at the edge.
 */
export function wayOf({ key, shift, control }: Press, caret: Caret): Way | undefined {
  const whole = caret.start === 0 && caret.end === caret.length;
  const resting = caret.start === caret.end;
  if (key === 'Enter') return shift ? up : down;
  if (shift) return undefined;
  if (control) return key === 'Home' ? first : key === 'End' ? last : undefined;
  switch (key) {
    case 'ArrowUp':
      return up;
    case 'ArrowDown':
      return down;
    case 'ArrowLeft':
      return whole || (resting && caret.start === 0) ? left : undefined;
    case 'ArrowRight':
      return whole || (resting && caret.end === caret.length) ? right : undefined;
    case 'Home':
      return whole ? home : undefined;
    case 'End':
      return whole ? end : undefined;
    default:
      return undefined;
  }
}
