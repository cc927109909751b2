/** The run on the screen, before an engine that does as the test tells it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Request } from '../../src/engine/run';
import { RunStore } from '../../src/state/run.svelte.ts';
import type { Results } from '../../src/wasm/retaincast';

interface Job {
  signal: AbortSignal;
  request: Request;
  end(isWhole: boolean): void;
  fail(fault: Error): void;
}

let jobs: Job[];
let run: RunStore;
const text = (trials: number) => JSON.stringify({ trials });
const results = (trials: number) => ({ trials }) as Results;
const settle = () => vi.advanceTimersByTimeAsync(60);

beforeEach(() => {
  vi.useFakeTimers();
  jobs = [];
  run = new RunStore(
    (signal, request) =>
      new Promise((end, fail) => {
        jobs.push({ signal, request, end, fail });
        signal.addEventListener('abort', () => end(false));
      }),
  );
});

afterEach(() => {
  vi.useRealTimers();
});

test('a run goes from start to end', async () => {
  run.start(text(10), undefined);
  await settle();
  expect([run.status, run.asked, run.done]).toEqual(['running', 10, 0]);
  jobs[0]?.request.progress(4);
  jobs[0]?.request.picture(results(4));
  expect([run.done, run.results?.trials]).toEqual([4, 4]);
  jobs[0]?.end(true);
  await settle();
  expect(run.status).toBe('done');
});

test('the first of quick edits runs at once, the others as one, and a new edit cancels the one that is going on', async () => {
  run.start(text(1), undefined);
  expect(jobs).toHaveLength(1);
  run.start(text(4), undefined);
  run.start(text(2), undefined);
  await settle();
  expect(jobs.map(({ request }) => JSON.parse(request.text).trials)).toEqual([1, 2]);
  run.start(text(3), undefined);
  await settle();
  expect(jobs.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  expect([run.status, run.asked]).toEqual(['running', 3]);
});

test('the last picture stays while another run starts', async () => {
  run.start(text(5), undefined);
  await settle();
  jobs[0]?.request.picture(results(5));
  run.start(text(6), undefined);
  await settle();
  expect(run.results?.trials).toBe(5);
});

test('cancelling keeps what has come in', async () => {
  run.start(text(9), undefined);
  await settle();
  jobs[0]?.request.progress(3);
  run.cancel();
  await settle();
  expect([run.status, run.done]).toEqual(['cancelled', 3]);
});

test('a failure is told, and forgotten by the next run', async () => {
  run.start(text(9), undefined);
  await settle();
  jobs[0]?.fail(new Error('unreachable'));
  await settle();
  expect([run.status, run.failure]).toEqual(['failed', 'unreachable']);
  run.start(text(9), undefined);
  await settle();
  expect([run.status, run.failure]).toEqual(['running', undefined]);
});

test('a run stands beside what it is compared with', async () => {
  run.start(text(1), text(2));
  await settle();
  expect(jobs[0]?.request.baseline).toBe(text(2));
  run.start(text(3), undefined);
  await settle();
  expect(jobs[1]?.request.baseline).toBeUndefined();
});
