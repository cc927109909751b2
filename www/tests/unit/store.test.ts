/** The scenario store: places, steps back and forth, and what stays simulated. */
import { beforeEach, describe, expect, test } from 'vitest';
import { insert_at, lies_within, outer, read_at, remove_at, set_at, steps } from '../../src/state/path';
import { ScenarioStore } from '../../src/state/scenario.svelte.ts';
import type { Checked } from '../../src/wasm/retaincast';

describe('a place in the document', () => {
  const document = { name: 'a', segments: [{ churn: 0.1, arr: { min: 1 } }, { churn: 0.2 }] };

  test('is read step by step', () => {
    expect(steps('segments[1].arr.min')).toEqual(['segments', 1, 'arr', 'min']);
    expect(steps('')).toEqual([]);
    expect(read_at(document, 'segments[0].arr.min')).toBe(1);
    expect(read_at(document, 'segments[7].arr.min')).toBeUndefined();
  });

  test('is set without touching what was there', () => {
    const changed = set_at(document, 'segments[0].arr.min', 5);
    expect(changed.segments[0]).toEqual({ churn: 0.1, arr: { min: 5 } });
    expect(document.segments[0]?.arr?.min).toBe(1);
    expect(changed.segments[1]).toBe(document.segments[1]);
  });

  test('keeps the order of fields', () => {
    expect(Object.keys(set_at(document, 'name', 'b'))).toEqual(['name', 'segments']);
  });

  test('is taken away by undefined', () => {
    expect(set_at(document, 'segments[1].churn', undefined).segments[1]).toEqual({});
  });

  test('can be made', () => {
    expect(set_at({}, 'targets.grr', 0.9)).toEqual({ targets: { grr: 0.9 } });
  });

  test('of a list takes and gives entries', () => {
    expect(insert_at([1, 2], '', 1, 9)).toEqual([1, 9, 2]);
    expect(remove_at(document, 'segments', 0).segments).toEqual([{ churn: 0.2 }]);
    expect(() => insert_at(document, 'name', 0, 1)).toThrow('name is not a list');
  });

  test('has one that holds it, but for the first', () => {
    expect(outer('segments[1].arr.min')).toBe('segments[1].arr');
    expect(outer('segments[1]')).toBe('segments');
    expect(outer('segments')).toBeUndefined();
  });

  test('lies within itself and its parents only', () => {
    expect(lies_within('segments[1].churn', 'segments[1]')).toBe(true);
    expect(lies_within('segments[1].churn', 'segments')).toBe(true);
    expect(lies_within('segments[1].churn', 'segments[1].churn')).toBe(true);
    expect(lies_within('segments[12]', 'segments[1]')).toBe(false);
    expect(lies_within('segments[1].churn_by_health', 'segments[1].churn')).toBe(false);
  });
});

describe('the store', () => {
  let now = 0;
  let store: ScenarioStore;
  const check = (text: string): Checked => {
    const { seed } = JSON.parse(text);
    return {
      faults: seed < 0 ? [{ path: 'seed', rule: `is ${seed}, not in 0..=9` }] : [],
      derived: undefined,
    };
  };

  beforeEach(() => {
    now = 0;
    store = new ScenarioStore('{"name":"a","seed":1}', check, () => now);
  });

  test('goes back and forth', () => {
    expect(store.can_undo).toBe(false);
    store.set('seed', 2);
    store.set('name', 'b');
    store.undo();
    expect([store.document.name, store.document.seed]).toEqual(['a', 2]);
    store.undo();
    expect([store.document.seed, store.can_undo, store.can_redo]).toEqual([1, false, true]);
    store.redo();
    store.redo();
    store.redo();
    expect([store.document.name, store.can_redo]).toEqual(['b', false]);
  });

  test('tells at once of what is to be simulated', () => {
    const heard: [string, string | undefined][] = [];
    store.listen(() => heard.push([store.sound, store.compared]));
    const [first, second] = ['{"name":"a","seed":1}', '{"name":"b","seed":1}'];
    store.set('name', 'b');
    store.set('seed', -1);
    store.undo();
    expect(heard).toEqual([[second, undefined]]);
    store.undo();
    expect(heard[1]).toEqual([first, undefined]);
    store.set('horizon', 12);
    expect(heard[2]).toEqual([store.sound, first]);
    store.keep_as_baseline();
    expect(heard[3]).toEqual([store.sound, undefined]);
    expect(heard).toHaveLength(4);
  });

  test('makes quick edits of one cell one step', () => {
    store.set('seed', 2);
    now = 900;
    store.set('seed', 3);
    now = 2000;
    store.set('seed', 4);
    store.undo();
    expect(store.document.seed).toBe(3);
    store.undo();
    expect(store.document.seed).toBe(1);
  });

  test('does not join an edit to one that was undone', () => {
    store.set('seed', 2);
    store.undo();
    store.set('seed', 3);
    store.undo();
    expect(store.document.seed).toBe(1);
  });

  test('makes a batch one step', () => {
    store.batch([
      ['seed', 5],
      ['name', 'c'],
    ]);
    store.undo();
    expect([store.document.name, store.document.seed]).toEqual(['a', 1]);
  });

  test('takes an edit that changes nothing for none', () => {
    store.set('seed', 1);
    expect(store.can_undo).toBe(false);
  });

  test('keeps the last sound document beside a faulty one', () => {
    store.set('seed', 2);
    store.set('seed', -1);
    expect(JSON.parse(store.sound).seed).toBe(2);
    expect(store.document.seed).toBe(-1);
    expect(store.faults_at('seed')).toHaveLength(1);
    expect(store.faults_at('name')).toEqual([]);
  });

  test('does not open a document with faults', () => {
    expect(store.replace('{"name":"x","seed":-4}')).toHaveLength(1);
    expect(store.document.name).toBe('a');
    expect(store.replace('{"name":"x","seed":4}')).toEqual([]);
    expect(store.document.name).toBe('x');
    store.undo();
    expect(store.document.name).toBe('a');
  });

  test('compares against what was opened until another is chosen', () => {
    const opened = store.text;
    store.set('seed', 2);
    expect(store.baseline).toEqual({ text: opened, is_chosen: false });
    store.keep_as_baseline();
    const chosen = store.text;
    store.undo();
    expect(store.baseline).toEqual({ text: chosen, is_chosen: true });
  });

  test('runs nothing beside a scenario that states the same, and what it does with the same luck', () => {
    const opened = JSON.parse(store.text);
    store.set('seed', 2);
    store.set('trials', 50);
    expect(store.compared).toBeUndefined();
    store.set('horizon', 12);
    expect(JSON.parse(store.compared ?? '')).toEqual({ ...opened, seed: 2 });
    store.set('horizon', opened.horizon);
    expect(store.compared).toBeUndefined();
  });

  test('compares against the document that is open, also after going back to it', () => {
    const opened = store.text;
    store.replace('{"name":"x","seed":4}');
    expect(store.baseline.text).toBe('{"name":"x","seed":4}');
    store.undo();
    expect(store.baseline.text).toBe(opened);
  });
});
