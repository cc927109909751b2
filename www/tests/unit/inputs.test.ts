/** The tables of inputs without a browser: movement, blocks, reading, structure, and every field of the document. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { hoursOf, USUAL, withActivity, withoutActivity } from '../../src/panels/inputs/activities';
import { isBlock, parseBlock } from '../../src/panels/inputs/block';
import {
  type Cell,
  type EntryCell,
  faultsOf,
  readText,
  showText,
  tellFault,
  type ValueCell,
} from '../../src/panels/inputs/cells';
import { type Caret, wayOf } from '../../src/panels/inputs/movement';
import { placesOf } from '../../src/panels/inputs/places';
import type { Group } from '../../src/panels/inputs/rows';
import { segmentGroups, withShare, withTenure } from '../../src/panels/inputs/segments';
import { steady } from '../../src/panels/inputs/steady';
import {
  addSegment,
  addTouchModel,
  copySegment,
  copyTouchModel,
  freeName,
  keepsSegment,
  keepsTouchModel,
  removeSegment,
  removeTouchModel,
  renameSegment,
  renameTouchModel,
} from '../../src/panels/inputs/structure';
import { poolGroups, swapped, touchGroups, withStarts } from '../../src/panels/inputs/team';
import { worldGroups } from '../../src/panels/inputs/world';
import { read_at, set_at } from '../../src/state/path';
import type { ScenarioInput } from '../../src/wasm/retaincast';
import { check, examples, initSync } from '../../src/wasm/retaincast.js';

let demo: ScenarioInput;

beforeAll(() => {
  initSync({
    module: readFileSync(new URL('../../src/wasm/retaincast_bg.wasm', import.meta.url)),
  });
  demo = JSON.parse(examples()[0]?.text ?? '');
});

const edited = (document: ScenarioInput, edits: readonly (readonly [string, unknown])[]) =>
  edits.reduce((now, [path, value]) => set_at(now, path, value), document);

const faults = (document: ScenarioInput) => check(JSON.stringify(document)).faults;

describe('movement', () => {
  const whole: Caret = { start: 0, end: 4, length: 4 };
  const extent = { rows: 3, columns: 3 };
  const from = { row: 1, column: 1 };
  const next = (key: string, caret = whole, held: { shift?: boolean; control?: boolean } = {}) =>
    wayOf({ key, shift: false, control: false, ...held }, caret)?.(from, extent)[0];

  test('arrows move from a cell whose text is selected', () => {
    expect(next('ArrowUp')).toEqual({ row: 0, column: 1 });
    expect(next('ArrowDown')).toEqual({ row: 2, column: 1 });
    expect(next('ArrowLeft')).toEqual({ row: 1, column: 0 });
    expect(next('ArrowRight')).toEqual({ row: 1, column: 2 });
  });

  test('a caret in the text moves in the text until it is at the edge', () => {
    const at = (start: number): Caret => ({ start, end: start, length: 4 });
    expect(next('ArrowLeft', at(2))).toBeUndefined();
    expect(next('ArrowRight', at(2))).toBeUndefined();
    expect(next('ArrowLeft', at(0))).toEqual({ row: 1, column: 0 });
    expect(next('ArrowRight', at(4))).toEqual({ row: 1, column: 2 });
    expect(next('ArrowRight', { start: 2, end: 4, length: 4 })).toBeUndefined();
    expect(next('ArrowUp', at(2))).toEqual({ row: 0, column: 1 });
  });

  test('Enter goes down, with Shift up', () => {
    expect(next('Enter', { start: 2, end: 2, length: 4 })).toEqual({ row: 2, column: 1 });
    expect(next('Enter', whole, { shift: true })).toEqual({ row: 0, column: 1 });
  });

  test('Home and End go to the ends of the row, with Control of the table', () => {
    expect(next('Home')).toEqual({ row: 1, column: 0 });
    expect(next('End')).toEqual({ row: 1, column: 2 });
    expect(next('Home', whole, { control: true })).toEqual({ row: 0, column: 0 });
    expect(next('End', whole, { control: true })).toEqual({ row: 2, column: 2 });
  });

  test('the way goes on past what holds no cell, and ends at the edge', () => {
    const way = wayOf({ key: 'ArrowDown', shift: false, control: false }, whole);
    expect(way?.({ row: 0, column: 2 }, extent)).toEqual([
      { row: 1, column: 2 },
      { row: 2, column: 2 },
    ]);
    expect(way?.({ row: 2, column: 0 }, extent)).toEqual([]);
  });

  test('keys that select or type belong to the text', () => {
    for (const key of ['a', 'Delete', 'Tab', 'Escape']) expect(next(key)).toBeUndefined();
    expect(next('ArrowLeft', whole, { shift: true })).toBeUndefined();
    expect(next('ArrowLeft', whole, { control: true })).toBeUndefined();
  });
});

describe('blocks', () => {
  test('tabs part cells, line ends part rows, the last of which spreadsheets end too', () => {
    expect(parseBlock('7%\t9%\r\n1\t2\r\n')).toEqual([
      ['7%', '9%'],
      ['1', '2'],
    ]);
    expect(parseBlock('a\t\n\tb')).toEqual([
      ['a', ''],
      ['', 'b'],
    ]);
  });

  test('quotes hold tabs, line ends and quotes', () => {
    expect(parseBlock('"a\tb"\t"c ""d"""\n"e\nf"')).toEqual([['a\tb', 'c "d"'], ['e\nf']]);
    expect(parseBlock('5" pipe\tx')).toEqual([['5" pipe', 'x']]);
  });

  test('one cell is no block', () => {
    expect(isBlock(parseBlock('12%\n'))).toBe(false);
    expect(isBlock(parseBlock(''))).toBe(false);
    expect(isBlock(parseBlock('1\n2'))).toBe(true);
    expect(isBlock(parseBlock('1\t2'))).toBe(true);
  });
});

/** Every cell of a document, by place. */
function cellsOf(document: ScenarioInput): Cell[] {
  const context = { document, derived: check(JSON.stringify(document)).derived };
  const all = <T>(groups: readonly Group<T>[], items: readonly T[], at: (index: number) => string) =>
    groups.flatMap((group) =>
      group.rows(context, []).flatMap((row) => items.map((item, i) => row.cell(item, at(i), i))),
    );
  return [
    ...all(segmentGroups, document.segments, (i) => `segments[${i}]`),
    ...all(touchGroups, document.touch_models, (i) => `touch_models[${i}]`),
    ...all(poolGroups, document.pools, (i) => `pools[${i}]`),
    ...all(worldGroups, [document], () => ''),
  ].filter((cell) => cell !== undefined);
}

const entriesOf = (document: ScenarioInput) =>
  cellsOf(document).filter((cell): cell is EntryCell => cell.type !== 'shown');

function cellAt(document: ScenarioInput, path: string): EntryCell {
  const cell = entriesOf(document).find((entry) => entry.path === path);
  if (cell === undefined) throw new Error(`no cell at ${path}`);
  return cell;
}

function typed(document: ScenarioInput, path: string, text: string): ScenarioInput {
  const reading = readText(cellAt(document, path), text, document.currency);
  if ('fault' in reading) throw new Error(reading.fault);
  return edited(document, reading.edits(document));
}

/** The demo book with every field that can be left out. */
function whole(): ScenarioInput {
  const activities = [
    { activity: 'Cadence call', per_month: 2, hours: 1.25 },
    { activity: 'QBR', per_month: 0.333, hours: 6 },
  ];
  const steps = { green_yellow: 0.03, yellow_green: 0.09, yellow_red: 0.03, red_yellow: 0.09 };
  return edited(demo, [
    ['layers', { rates: true, shock: false }],
    ['precision', { of: 'nrr', within: 0.002 }],
    ['targets', { grr: 0.9, nrr: 1, logo_retention: 0.9, closing_arr: 1, cltv: 1, csms: 30 }],
    ['pools[0].hiring.hires', [{ month: 4, csms: 1 }]],
    ['touch_models[0].hours.green', activities],
    ['touch_models[0].ownership', 'am'],
    ['segments[0].duration', 0.8],
    ['segments[0].churn_of', 'new'],
    ['segments[0].contraction', { hazard: { p5: 0.001, p95: 0.004 }, depth: 0.2 }],
    ['segments[0].win_back', { days: 60, within: 0.1, later: 0.05, later_months: 9 }],
    ['segments[0].shock', { rho: 0.1, rho_expansion: 0.02 }],
    ['segments[0].cac', 1.5],
    ['segments[0].uplift.stated', 0.03],
    ['segments[0].health.covered', { steps }],
    ['segments[0].health.uncovered', { mix: [0.6, 0.25, 0.15] }],
    ['segments[0].terms[1].opt_out', 12],
    ['segments[0].terms[1].churn', [0.05, 0.15, 0.4]],
    ['segments[0].terms[2].churn', 0.2],
    ['segments[1].churn', undefined],
    ['segments[1].relative_risk', undefined],
    ['segments[1].churn_by_health', [0.05, 0.15, 0.4]],
    [
      'book',
      {
        source: 'x',
        as_of: '2025-01-01',
        accounts: [
          {
            name: 'A',
            segment: 'SMB',
            arr: 100,
            term: 12,
            end_month: 4,
            health: 'red',
            churn: 0.1,
            tenure: 2,
          },
        ],
      },
    ],
  ]);
}

describe('fields', () => {
  test.for(['demo', 'every field'])('every value of a document has exactly one cell: %s', (name) => {
    const leaves = (value: unknown, path: string): string[] => {
      if (typeof value !== 'object' || value === null || 'p5' in value) return [path];
      if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, `${path}[${i}]`));
      return Object.entries(value).flatMap(([key, item]) =>
        leaves(item, path === '' ? key : `${path}.${key}`),
      );
    };
    const document = name === 'demo' ? demo : whole();
    const places = entriesOf(document).flatMap(({ path, also = [] }) => [path, ...also]);
    // The version is not the user's; trials are chosen where the run is shown; a pool is known by its touch model, which renames it; a policy is a choice; a book is brought as a whole.
    const others =
      /^version$|^trials$|^pools\[\d\]\.touch_model$|\.hiring\.policy$|^segments\[\d\]\.accounts$|^book\./;
    const wrong = leaves(document, '').filter(
      (path) => !others.test(path) && places.filter((place) => place === path).length !== 1,
    );
    expect(wrong).toEqual([]);
  });

  test('the document that states every field states every field there is, and is sound', () => {
    const document = whole();
    const text = JSON.stringify(document);
    // A segment states churn in one of two ways, a pool hires by one of three rules, health moves by one of three laws.
    const source = readFileSync(new URL('../../../src/wire/scenario.rs', import.meta.url), 'utf8');
    const optional = [...source.matchAll(/pub (\w+): Option</g)].map(([, field]) => field);
    expect(optional.length).toBeGreaterThan(25);
    expect(optional.filter((field) => !text.includes(`"${field}":`))).toEqual([]);
    expect(faults(document)).toEqual([]);
  });

  test('no two cells are in one place', () => {
    const places = entriesOf(demo).map(({ path }) => path);
    expect(places.filter((path, i) => places.indexOf(path) !== i)).toEqual([]);
  });

  test('a text that is shown reads back as the value, in every cell and currency', () => {
    for (const { text } of examples()) {
      const document: ScenarioInput = JSON.parse(text);
      for (const cell of entriesOf(document)) {
        if (cell.type !== 'value' || cell.value === undefined) continue;
        const reading = readText(cell, showText(cell, document.currency), document.currency);
        if ('fault' in reading) throw new Error(`${cell.path}: ${reading.fault}`);
        expect(edited(document, reading.edits(document)), cell.path).toEqual(document);
      }
    }
  });

  test('what is typed lands in the document', () => {
    expect(typed(demo, 'segments[0].churn', '8% to 12%').segments[0]?.churn).toEqual({ p5: 0.08, p95: 0.12 });
    expect(typed(demo, 'segments[0].arr.median', '180k').segments[0]?.arr.median).toBe(18_000_000);
    const rupees = { ...demo, currency: 'INR' as const };
    expect(typed(rupees, 'segments[0].arr.max', '₹1.2 cr').segments[0]?.arr.max).toBe(1_200_000_000);
    expect(typed(demo, 'start_month', 'april').start_month).toBe(4);
    expect(typed(demo, 'pools[0].backfill', 'no').pools[0]?.backfill).toBe(false);
    expect(typed(demo, 'segments[0].relative_risk[1]', '4').segments[0]?.relative_risk).toEqual([1, 4, 6.5]);
  });

  test('an optional cell is cleared, any other refuses to be empty', () => {
    expect(typed(demo, 'targets.grr', ' ').targets).not.toHaveProperty('grr');
    expect(readText(cellAt(demo, 'segments[0].accounts'), '', 'USD')).toEqual({ fault: 'is empty' });
  });

  test('a range is refused where one number stands', () => {
    const reading = readText(cellAt(demo, 'shock.rho'), '0.02 to 0.1', 'USD');
    expect(reading).toEqual({ fault: 'takes one number and no range' });
  });

  test('words that are no choice are refused with the choices', () => {
    const reading = readText(cellAt(demo, 'coverage'), 'half', 'USD');
    expect(reading).toEqual({ fault: 'is none of from the team, full' });
    expect(readText(cellAt(demo, 'pools[0].backfill'), 'maybe', 'USD')).toHaveProperty('fault');
  });

  test('names are neither empty nor taken', () => {
    const cell = cellAt(demo, 'segments[0].name');
    expect(readText(cell, 'SMB', 'USD')).toEqual({ fault: 'is the name of another segment' });
    expect(readText(cell, ' ', 'USD')).toEqual({ fault: 'is empty' });
    expect(readText(cell, 'Enterprise', 'USD')).not.toHaveProperty('fault');
  });

  test('every choice leads to a sound document', { timeout: 30_000 }, () => {
    for (const cell of entriesOf(demo)) {
      if (cell.type !== 'choice') continue;
      for (const { value } of cell.options) {
        const document = edited(demo, cell.edits(demo, value));
        expect(faults(document), `${cell.path} ${value}`).toEqual([]);
        expect(faults(edited(document, cell.edits(document, cell.value))), `${cell.path} back`).toEqual([]);
      }
    }
  });

  test('churn by health begins where churn and relative risks were, and comes back', () => {
    const chosen = (document: ScenarioInput, word: string) => {
      const cell = cellAt(document, 'segments[0].churn_stated');
      return cell.type === 'choice' ? edited(document, cell.edits(document, word)) : document;
    };
    const stated = chosen(demo, 'by_health');
    expect(stated.segments[0]).not.toHaveProperty('churn');
    const [green = 0, yellow = 0, red = 0] = stated.segments[0]?.churn_by_health ?? [];
    expect(0.72 * green + 0.21 * yellow + 0.07 * red).toBeCloseTo(0.07, 3);
    expect(red / green).toBeCloseTo(6.5, 1);
    const back = chosen(stated, 'ratios');
    expect(back.segments[0]?.churn).toBeCloseTo(0.07, 3);
    expect(back.segments[0]).not.toHaveProperty('churn_by_health');
  });

  test('terms come and go with their share', () => {
    const terms = demo.segments[0]?.terms ?? [];
    expect(withShare(terms, 24, 0.2).find(({ months }) => months === 24)?.share).toBe(0.2);
    expect(withShare(terms, 6, 0.1).map(({ months }) => months)).toEqual([6, 12, 24, 36]);
    expect(withShare(terms, 24, undefined).map(({ months }) => months)).toEqual([12, 36]);
  });

  test('a field of a part that is left out makes the part, and clearing one takes it away', () => {
    const stated = typed(demo, 'segments[0].contraction.hazard', '0.5% to 1%');
    expect(stated.segments[0]?.contraction).toEqual({ hazard: { p5: 0.005, p95: 0.01 }, depth: 0.25 });
    expect(typed(stated, 'segments[0].contraction.depth', '').segments[0]).not.toHaveProperty('contraction');
    expect(typed(demo, 'segments[0].shock.rho', '0.2').segments[0]?.shock).toEqual({
      rho: 0.2,
      rho_expansion: 0.02,
    });
    expect(typed(demo, 'touch_models[0].handover.hours', ' ').touch_models[0]).not.toHaveProperty('handover');
    for (const path of ['segments[0].win_back.within', 'segments[0].win_back.later_months'])
      expect(faults(typed(demo, path, '1'))).toEqual([]);
  });

  test('tenure is a list that grows and shrinks with its last year', () => {
    expect(withTenure([], 2, 0.5)).toEqual([0, 0, 0.5]);
    expect(withTenure([1, 0.9], 0, undefined)).toEqual([0, 0.9]);
    expect(withTenure([1, 0, 0.9], 2, undefined)).toEqual([1]);
    expect(withTenure([1], 0, undefined)).toBeUndefined();
  });

  test('a layer is off until both are on, which the document leaves out', () => {
    const off = typed(demo, 'layers.rates', 'no');
    expect(off.layers).toEqual({ rates: false, shock: true });
    expect(typed(off, 'layers.rates', 'yes')).not.toHaveProperty('layers');
  });

  test('a word that is usual is left out', () => {
    const owned = typed(demo, 'touch_models[0].ownership', 'account managers');
    expect(owned.touch_models[0]?.ownership).toBe('am');
    expect(typed(owned, 'touch_models[0].ownership', 'CSMs')).toEqual(demo);
  });

  test('activities take the place of hours, and a number the place of activities', () => {
    const [call, qbr] = USUAL;
    if (call === undefined || qbr === undefined) throw new Error('no usual activities');
    const listed = withActivity(withActivity(3.5, call), qbr);
    expect(hoursOf(listed)).toBeCloseTo(1.25 + 0.333 * 6);
    expect(withoutActivity(listed, 0)).toEqual([qbr]);
    expect(withoutActivity([qbr], 0)).toBe(0);
    const path = 'touch_models[0].hours.green';
    const document = set_at(demo, path, listed);
    expect(cellAt(document, path)).toMatchObject({ value: 3.248, activities: listed });
    expect(typed(document, path, '4').touch_models[0]?.hours.green).toBe(4);
    const long = set_at(document, `${path}[1].hours`, 900);
    expect(faults(long).map((fault) => faultsOf(cellAt(long, path), [fault]).length)).toEqual([1]);
  });

  test('a plan of hires keeps its months in order', () => {
    const plan = withStarts(withStarts([], 9, 2), 3, 1);
    expect(plan).toEqual([
      { month: 3, csms: 1 },
      { month: 9, csms: 2 },
    ]);
    expect(withStarts(plan, 9, undefined)).toEqual([{ month: 3, csms: 1 }]);
  });

  test('two classes change places in an order of priority', () => {
    expect(swapped(['renewal_window', 'red', 'onboarding', 'yellow', 'green'], 0, 'red')).toEqual([
      'red',
      'renewal_window',
      'onboarding',
      'yellow',
      'green',
    ]);
    expect(swapped('proportional', 0, 'red')).toBe('proportional');
  });

  test('a rule is told in the units of its cell', () => {
    const told = (path: string, value: unknown) => {
      const document = set_at(demo, path, value);
      return faults(document).map((fault) => tellFault(cellAt(document, path), fault, 'USD'));
    };
    expect(told('segments[0].churn', 1.2)).toEqual(['is 120%, not in 0% to 95%']);
    expect(told('segments[0].churn', { p5: 0, p95: 0.1 })).toEqual([
      'is 0%, which no range reaches: type 0.1%',
    ]);
    expect(told('segments[0].expansion.rate', 1)).toEqual(['is 100%, not in 0% to below 100%']);
    expect(told('segments[0].arr.median', 500)).toEqual(['is $5, not between min $100K and max $1.5M']);
    expect(told('horizon', 121)).toEqual(['is 121, not in 1 to 120']);
  });
});

describe('structure', () => {
  test('a name is made free by a number', () => {
    expect(freeName('SMB', ['SMB', 'SMB 2'])).toBe('SMB 3');
    expect(freeName('SMB', [])).toBe('SMB');
  });

  test('segments are added, copied and removed, and the document stays sound', () => {
    const added = edited(demo, addSegment(demo));
    expect(added.segments.map(({ name }) => name).at(-1)).toBe('New segment');
    const copied = edited(demo, copySegment(demo, 1));
    expect(copied.segments.map(({ name }) => name)[2]).toBe('Mid-market copy');
    const removed = edited(demo, removeSegment(demo, 0));
    expect(removed.segments).toHaveLength(3);
    for (const document of [added, copied, removed]) expect(faults(document)).toEqual([]);
  });

  test('a touch model comes and goes with its pool', () => {
    const added = edited(demo, addTouchModel(demo));
    expect(added.pools.at(-1)?.touch_model).toBe('New touch model');
    const copied = edited(demo, copyTouchModel(demo, 0));
    expect(copied.pools.at(-1)).toEqual({ ...demo.pools[0], touch_model: 'High touch copy' });
    const removed = edited(copied, removeTouchModel(copied, 1));
    expect(removed).toEqual(demo);
    for (const document of [added, copied]) expect(faults(document)).toEqual([]);
  });

  test('what names a segment or touch model follows when it is renamed', () => {
    const book = { source: 'x', as_of: '2025-01-01', accounts: [{ name: 'A', segment: 'SMB', arr: 100 }] };
    const renamed = edited({ ...demo, book }, renameSegment({ ...demo, book }, 2, 'Small'));
    expect(renamed.book?.accounts[0]?.segment).toBe('Small');
    const touch = edited(demo, renameTouchModel(demo, 0, 'White glove'));
    expect(touch.segments[0]?.touch_model).toBe('White glove');
    expect(touch.pools[0]?.touch_model).toBe('White glove');
    for (const document of [renamed, touch]) expect(faults(document)).toEqual([]);
  });

  test('what is in use stays, and says why', () => {
    const book = { source: 'x', as_of: '2025-01-01', accounts: [{ name: 'A', segment: 'SMB', arr: 100 }] };
    expect(keepsSegment({ ...demo, book }, 2)).toBe('1 imported accounts are in it');
    expect(keepsSegment({ ...demo, book }, 0)).toBeUndefined();
    expect(keepsTouchModel(demo, 0)).toBe('it covers Enterprise');
    expect(keepsTouchModel(edited(demo, copyTouchModel(demo, 0)), 1)).toBeUndefined();
  });

  test('an imported book takes the place of the accounts laid out', () => {
    const book = { source: 'x', as_of: '2025-01-01', accounts: [{ name: 'A', segment: 'SMB', arr: 100 }] };
    expect(() => cellAt({ ...demo, book }, 'segments[0].accounts')).toThrow();
    expect(read_at(demo, 'segments[0].accounts')).toBe(60);
  });
});

test('every place is named by its row and its item, and what there is once by its group', () => {
  const { derived } = check(JSON.stringify(demo));
  const names = new Map(placesOf({ document: demo, derived }).map(({ cell, label }) => [cell.path, label]));
  expect(names.get('segments[0].churn')).toBe('Churn, Enterprise');
  expect(names.get('targets.grr')).toBe('GRR, targets');
  expect(names.get('horizon')).toBe('Horizon, run');
});

describe('rows that are made anew', () => {
  const cell = (value: number, edits: ValueCell['edits'] = () => []): ValueCell => ({
    type: 'value',
    kind: 'number',
    value,
    path: 'a',
    edits,
  });
  const row = (key: string, ...cells: ValueCell[]) => ({ key, label: key, help: '', cells });

  test('are those before them where they say the same', () => {
    const kept = steady();
    const [a, b] = kept([row('a', cell(1), cell(2)), row('b', cell(3))]);
    const next = kept([row('c', cell(0)), row('b', cell(3)), row('a', cell(1), cell(4))]);
    expect(next.map(({ key }) => key)).toEqual(['c', 'b', 'a']);
    expect(next[1]).toBe(b);
    expect(next[2]).not.toBe(a);
    expect(next[2]?.cells[1]).toMatchObject({ value: 4 });
    // What was before the last time is forgotten.
    expect(kept([row('a', cell(1), cell(2))])[0]).not.toBe(a);
  });

  test('do what the new ones do', () => {
    const kept = steady();
    const [before] = kept([
      row(
        'a',
        cell(1, () => [['a', 'old']]),
      ),
    ]);
    kept([
      row(
        'a',
        cell(1, () => [['a', 'new']]),
      ),
    ]);
    const cell_before = before?.cells[0] as ValueCell | undefined;
    expect(cell_before?.edits(demo, 2)).toEqual([['a', 'new']]);
  });
});
