/** What a browser keeps between visits, before shelves that are full, blocked or spoilt. */
import { expect, test, vi } from 'vitest';
import { Keeper, type Kept, recall, restore, type Shelf } from '../../src/state/keep.svelte.ts';
import type { Checked } from '../../src/wasm/retaincast';

const check = (text: string): Checked => ({
  faults: text.includes('sound') ? [] : [{ path: '', rule: 'is no scenario' }],
  derived: undefined,
});
const baseline = { text: 'sound too', is_chosen: true };

/** A shelf that puts things down when it is told to. */
function slow() {
  const kept: string[] = [];
  const waiting: (() => void)[] = [];
  const shelf: Shelf = {
    get: async () => undefined,
    set: ({ scenario }) =>
      new Promise((done) => {
        waiting.push(() => {
          kept.push(scenario);
          done();
        });
      }),
  };
  const next = async () => {
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { shelf, kept, next };
}

test('what was kept is gone on with', () => {
  expect(restore({ scenario: 'sound', baseline }, check)).toEqual({ kept: { scenario: 'sound', baseline } });
  expect(restore(undefined, check)).toBeUndefined();
});

test('a baseline that cannot be read is left out', () => {
  const spoilt = { scenario: 'sound', baseline: { text: '{', is_chosen: true } };
  expect(restore(spoilt, check)).toEqual({ kept: { scenario: 'sound' } });
});

test('what cannot be read is given back and not gone on with', () => {
  expect(restore({ scenario: '{"old":1}' }, check)).toEqual({ unreadable: '{"old":1}' });
  for (const spoilt of [null, 7, 'text', { scenario: 7 }])
    expect(restore(spoilt, check)).toEqual({ unreadable: JSON.stringify(spoilt) });
});

test('a browser that refuses or never answers has kept nothing', async () => {
  const blocked = () => Promise.reject(new Error('denied'));
  expect(await recall({ get: blocked, set: blocked })).toBeUndefined();
  vi.useFakeTimers();
  const answer = recall({ get: () => new Promise(() => {}), set: blocked });
  await vi.advanceTimersByTimeAsync(5000);
  vi.useRealTimers();
  expect(await answer).toBeUndefined();
});

test('edits that come while one is put down are kept as the last of them', async () => {
  const { shelf, kept, next } = slow();
  const keeper = new Keeper(shelf);
  for (const scenario of ['a', 'b', 'c']) keeper.keep({ scenario });
  expect(keeper.is_kept).toBe(false);
  await next();
  expect([kept, keeper.is_kept]).toEqual([['a'], false]);
  await next();
  expect([kept, keeper.is_kept]).toEqual([['a', 'c'], true]);
});

test('a full shelf is told, and tried again with the next edit', async () => {
  let is_full = true;
  const kept: Kept[] = [];
  const keeper = new Keeper({
    get: async () => undefined,
    set: async (what) => {
      if (is_full) throw new Error('QuotaExceededError');
      kept.push(what);
    },
  });
  await keeper.keep({ scenario: 'a' });
  expect([keeper.is_kept, keeper.is_refused]).toEqual([false, true]);
  is_full = false;
  await keeper.keep({ scenario: 'b' });
  expect([kept, keeper.is_kept, keeper.is_refused]).toEqual([[{ scenario: 'b' }], true, false]);
});
