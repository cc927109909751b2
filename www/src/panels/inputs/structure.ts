/** Adding, copying, renaming and removing segments and touch models, with all that names them. */
import type { ScenarioInput, SegmentInput, TouchModelInput } from '../../wasm/retaincast';
import type { Edits } from './cells';

/** A name that nothing else has. */
export function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  for (let n = 2; ; n++) if (!taken.includes(`${wanted} ${n}`)) return `${wanted} ${n}`;
}

const names = (things: readonly { name: string }[]) => things.map(({ name }) => name);

/** A segment more, like the last one. */
export function addSegment({ segments }: ScenarioInput): Edits {
  const last = segments.at(-1);
  if (last === undefined) return [];
  return [['segments', [...segments, { ...last, name: freeName('New segment', names(segments)) }]]];
}

export function copySegment({ segments }: ScenarioInput, index: number): Edits {
  const segment = segments[index];
  if (segment === undefined) return [];
  const copy: SegmentInput = { ...segment, name: freeName(`${segment.name} copy`, names(segments)) };
  return [['segments', segments.toSpliced(index + 1, 0, copy)]];
}

export function removeSegment({ segments }: ScenarioInput, index: number): Edits {
  return [['segments', segments.toSpliced(index, 1)]];
}

/** Why a segment cannot be removed. */
export function keepsSegment({ segments, book }: ScenarioInput, index: number): string | undefined {
  if (segments.length === 1) return 'a scenario has at least one segment';
  const name = segments[index]?.name;
  const accounts = book?.accounts.filter(({ segment }) => segment === name).length ?? 0;
  return accounts > 0 ? `${accounts} imported accounts are in it` : undefined;
}

/** The accounts of a book name their segment, so they follow. */
export function renameSegment({ segments, book }: ScenarioInput, index: number, name: string): Edits {
  const old = segments[index]?.name;
  const renamed: Edits = [[`segments[${index}].name`, name]];
  if (book === undefined) return renamed;
  const accounts = book.accounts.map((account) =>
    account.segment === old ? { ...account, segment: name } : account,
  );
  return [...renamed, ['book.accounts', accounts]];
}

function withTouchModel(scenario: ScenarioInput, index: number, name: string): Edits {
  const { touch_models, pools } = scenario;
  const model = touch_models[index];
  const pool = pools.find(({ touch_model }) => touch_model === model?.name) ?? pools[0];
  if (model === undefined || pool === undefined) return [];
  const copy: TouchModelInput = { ...model, name };
  return [
    ['touch_models', touch_models.toSpliced(index + 1, 0, copy)],
    ['pools', [...pools, { ...pool, touch_model: name }]],
  ];
}

/** A touch model more, like the last one, with a pool of its own. */
export function addTouchModel(scenario: ScenarioInput): Edits {
  const { touch_models } = scenario;
  return withTouchModel(scenario, touch_models.length - 1, freeName('New touch model', names(touch_models)));
}

export function copyTouchModel(scenario: ScenarioInput, index: number): Edits {
  const { touch_models } = scenario;
  const name = touch_models[index]?.name ?? '';
  return withTouchModel(scenario, index, freeName(`${name} copy`, names(touch_models)));
}

/** Its pool goes with it. */
export function removeTouchModel({ touch_models, pools }: ScenarioInput, index: number): Edits {
  const name = touch_models[index]?.name;
  return [
    ['touch_models', touch_models.toSpliced(index, 1)],
    ['pools', pools.filter(({ touch_model }) => touch_model !== name)],
  ];
}

/** Why a touch model cannot be removed. */
export function keepsTouchModel(
  { touch_models, segments }: ScenarioInput,
  index: number,
): string | undefined {
  if (touch_models.length === 1) return 'a scenario has at least one touch model';
  const name = touch_models[index]?.name;
  const covered = segments.filter(({ touch_model }) => touch_model === name);
  return covered.length > 0 ? `it covers ${names(covered).join(', ')}` : undefined;
}

/** Segments and pools name their touch model, so they follow. */
export function renameTouchModel(
  { touch_models, segments, pools }: ScenarioInput,
  index: number,
  name: string,
): Edits {
  const old = touch_models[index]?.name;
  const renamed: Edits = [[`touch_models[${index}].name`, name]];
  const follow = (list: string, parts: readonly { touch_model: string }[]): Edits =>
    parts.flatMap((part, i) => (part.touch_model === old ? [[`${list}[${i}].touch_model`, name]] : []));
  return [...renamed, ...follow('segments', segments), ...follow('pools', pools)];
}
