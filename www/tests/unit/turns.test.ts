/** Work that takes turns. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { in_turn } from '../../src/state/turns';

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
  for (const name of ['fan', 'histogram', 'table']) in_turn(work(said, name));
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

test('work that was taken back is not done, and what comes after it is', () => {
  const said: string[] = [];
  const take_back = in_turn(work(said, 'old'));
  in_turn(work(said, 'other'));
  take_back();
  in_turn(work(said, 'new'));
  vi.runAllTimers();
  expect(said).toEqual(['other', 'new']);
});

test('work asked for while other work is done comes in the same row, and a fault holds nothing up', () => {
  const said: string[] = [];
  in_turn(() => {
    in_turn(work(said, 'later'));
    throw new Error('broken');
  });
  in_turn(work(said, 'next'));
  expect(() => vi.runAllTimers()).toThrow('broken');
  vi.runAllTimers();
  expect(said).toEqual(['next', 'later']);
  in_turn(work(said, 'again'));
  vi.runAllTimers();
  expect(said).toEqual(['next', 'later', 'again']);
});
