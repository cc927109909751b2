/** Work that takes turns. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { in_turn, leave_turn } from '../../src/state/turns';

/** A frame, in milliseconds. */
const FRAME = 16;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', (drawn: () => void) => setTimeout(drawn, FRAME));
});

afterEach(() => {
  vi.runAllTimers();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const work = (said: string[], name: string) => () => {
  said.push(name);
};

test('work waits for a frame, then takes a task each, in the order it was asked for', () => {
  const said: string[] = [];
  const start = Date.now();
  for (const name of ['fan', 'histogram', 'table']) in_turn({}, work(said, name));
  expect(said).toEqual([]);
  vi.advanceTimersToNextTimer();
  expect(vi.getMockedSystemTime()).toEqual(new Date(start + FRAME));
  expect(said).toEqual([]);
  const after = [1, 2, 3].map(() => {
    vi.advanceTimersToNextTimer();
    return said.length;
  });
  expect(after).toEqual([1, 2, 3]);
  expect(said).toEqual(['fan', 'histogram', 'table']);
});

test('whoever asks again keeps the turn, and whoever leaves has none', () => {
  const said: string[] = [];
  const [fan, histogram, table] = [{}, {}, {}];
  in_turn(fan, work(said, 'old fan'));
  in_turn(histogram, work(said, 'histogram'));
  in_turn(table, work(said, 'table'));
  in_turn(fan, work(said, 'new fan'));
  leave_turn(histogram);
  vi.runAllTimers();
  expect(said).toEqual(['new fan', 'table']);
});

test('work asked for while other work is done comes in the same row, and a fault holds nothing up', () => {
  const said: string[] = [];
  in_turn({}, () => {
    in_turn({}, work(said, 'later'));
    throw new Error('broken');
  });
  in_turn({}, work(said, 'next'));
  expect(() => vi.runAllTimers()).toThrow('broken');
  vi.runAllTimers();
  expect(said).toEqual(['next', 'later']);
  in_turn({}, work(said, 'again'));
  vi.runAllTimers();
  expect(said).toEqual(['next', 'later', 'again']);
});
