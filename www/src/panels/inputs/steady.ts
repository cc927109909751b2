/** Rows of a table that nobody draws again while they say the same. */
import type { Cell } from './cells';
import type { Row } from './rows';

/** A row with a cell for every column. */
type Made = Omit<Row<never>, 'cell'> & { cells: readonly (Cell | undefined)[] };

/** What gives back, of rows made anew, those before them that say the same. */
export function steady(): (rows: readonly Made[]) => Made[] {
  let known = new Map<string, { row: Made; said: string }>();
  return (rows) => {
    const now = new Map<string, { row: Made; said: string }>();
    for (const row of rows) {
      // What a cell does is not said; only what it shows is.
      const said = JSON.stringify(row);
      const before = known.get(row.key);
      if (before?.said === said) {
        // What an edit leads to may hang on more than is shown.
        for (const [i, cell] of before.row.cells.entries()) if (cell) Object.assign(cell, row.cells[i]);
        now.set(row.key, before);
      } else now.set(row.key, { row, said });
    }
    known = now;
    return [...now.values()].map(({ row }) => row);
  };
}
