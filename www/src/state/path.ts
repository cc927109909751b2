/** Places in the scenario document, written as its faults write them: `segments[0].arr.median`. */

type Step = string | number;
type Json = unknown;

/** The steps of a path; none for the document as a whole. */
export function steps(path: string): Step[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

/** Whether a place is another one or lies below it. */
export function lies_within(path: string, outer: string): boolean {
  return outer === '' || path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** The place that holds another one. */
export function outer(path: string): string | undefined {
  const end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  return end > 0 ? path.slice(0, end) : undefined;
}

/** What stands at a place. */
export function read_at(document: Json, path: string): Json {
  return steps(path).reduce<Json>((found, step) => child(found, step), document);
}

/** The document with another value at a place; a value of `undefined` takes the field away. */
export function set_at<T>(document: T, path: string, value: Json): T {
  return change(document, steps(path), () => value) as T;
}

/** The document with one more entry in a list. */
export function insert_at<T>(document: T, path: string, index: number, value: Json): T {
  return change(document, steps(path), (list) => list_at(list, path).toSpliced(index, 0, value)) as T;
}

/** The document with one entry fewer in a list. */
export function remove_at<T>(document: T, path: string, index: number): T {
  return change(document, steps(path), (list) => list_at(list, path).toSpliced(index, 1)) as T;
}

/** Whether two documents state the same, in whatever order. */
export function is_same(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => is_same(child(a, key), child(b, key)));
}

function child(parent: Json, step: Step): Json {
  return typeof parent === 'object' && parent !== null ? (parent as Record<Step, Json>)[step] : undefined;
}

function list_at(list: Json, path: string): Json[] {
  if (!Array.isArray(list)) throw new Error(`${path} is not a list`);
  return list;
}

/** Copies the parents of what changes and shares the rest. */
function change(parent: Json, [step, ...rest]: Step[], with_value: (old: Json) => Json): Json {
  if (step === undefined) return with_value(parent);
  const value = change(child(parent, step), rest, with_value);
  if (typeof step === 'number') return list_at(parent ?? [], `[${step}]`).with(step, value);
  const { [step]: _, ...others } = (parent ?? {}) as Record<string, Json>;
  if (value === undefined) return others;
  return { ...(parent as object | undefined), [step]: value };
}
