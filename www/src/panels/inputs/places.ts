/** Every cell of the inputs and what a person calls it, whether or not its group is open. */
import type { ScenarioInput } from '../../wasm/retaincast';
import type { Cell, EntryCell } from './cells';
import type { Context, Group } from './rows';
import { segmentGroups } from './segments';
import { poolGroups, touchGroups } from './team';
import { worldGroups } from './world';

export interface Place {
  cell: EntryCell;
  /** `Churn, Enterprise`; of what a scenario has once `GRR, targets`. */
  label: string;
}

/** What a person calls a field of an item; one without a name needs none. */
export const labelOf = (row: string, head: string | undefined) =>
  head === undefined ? row : `${row}, ${head}`;

export const isEntry = (cell: Cell | undefined): cell is EntryCell =>
  cell !== undefined && cell.type !== 'shown';

/** The cells of a scenario, in the order of the tables. */
export function placesOf(context: Context): Place[] {
  const { document } = context;
  const { segments, touch_models, pools } = document;
  return [
    ...inPart(context, segmentGroups, segments, 'segments', ({ name }) => name),
    ...inPart(context, touchGroups, touch_models, 'touch_models', ({ name }) => name),
    ...inPart(context, poolGroups, pools, 'pools', ({ touch_model }) => touch_model),
    ...inPart<ScenarioInput>(context, worldGroups, [document], '', (_, { title }) => title.toLowerCase()),
  ];
}

function inPart<T>(
  context: Context,
  groups: readonly Group<T>[],
  items: readonly T[],
  base: string,
  head: (item: T, group: Group<T>) => string,
): Place[] {
  return groups.flatMap((group) =>
    group.rows(context, []).flatMap((row) =>
      items.flatMap((item, i) => {
        const cell = row.cell(item, base === '' ? '' : `${base}[${i}]`, i);
        return isEntry(cell) ? [{ cell, label: labelOf(row.label, head(item, group)) }] : [];
      }),
    ),
  );
}
