/** Long lists by kind. */
import type { RejectedOutput } from '../../wasm/retaincast';

export interface Kind<T> {
  about: string;
  rows: T[];
}

/** Things of one kind together, the most frequent first. */
export function byKind<T>(things: readonly T[], aboutOf: (thing: T) => string): Kind<T>[] {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    const about = aboutOf(thing);
    const rows = found.get(about);
    if (rows) rows.push(thing);
    else found.set(about, [thing]);
  }
  return [...found].map(([about, rows]) => ({ about, rows })).sort((a, b) => b.rows.length - a.rows.length);
}

/** Why a cell or row did not load, without what is its alone: the text of the cell, and numbers of lines and fields. */
export function reasonKind({ column, reason }: Pick<RejectedOutput, 'column' | 'reason'>): string {
  const words = reason
    .replace(/`[^`]*`/g, '…')
    .replace(/^… /, '')
    .replace(/line \d+/, 'line …')
    .replace(/has \d+ fields?/, 'has … fields');
  return column === undefined ? words : `${column}: ${words}`;
}
