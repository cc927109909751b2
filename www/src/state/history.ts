/** Snapshots to go back and forth between. */

/** Edits of one place so close together are one step, in milliseconds. */
const PAUSE = 1000;
/** Snapshots share what did not change, so that many are cheap. */
const MOST = 500;

interface Edit {
  at: string;
  when: number;
}

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** The edit that led to the present, while another of the same place may still join it. */
  readonly edit: Edit | undefined;
}

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], edit: undefined };
}

/** The history with a new present. Without a place it is a step of its own. */
export function push<T>(history: History<T>, present: T, edit?: Edit): History<T> {
  const { edit: last } = history;
  const joins = edit !== undefined && last?.at === edit.at && edit.when - last.when < PAUSE;
  const past = joins ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present, future: [], edit };
}

export function back<T>({ past, present, future }: History<T>): History<T> {
  if (past.length === 0) return { past, present, future, edit: undefined };
  return {
    past: past.slice(0, -1),
    present: past[past.length - 1] as T,
    future: [present, ...future],
    edit: undefined,
  };
}

export function forth<T>({ past, present, future }: History<T>): History<T> {
  if (future.length === 0) return { past, present, future, edit: undefined };
  return { past: [...past, present], present: future[0] as T, future: future.slice(1), edit: undefined };
}
