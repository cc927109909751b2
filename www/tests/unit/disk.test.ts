/** Outcomes that would fill the memory of a page. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { type Disk, InlineSummary } from '../../src/engine/inline';
import { check, examples, initSync, Simulator } from '../../src/wasm/retaincast.js';
import { play_at_once } from './play';

/** Some that come in: two blocks of a file, and a part of a third. */
const PLAYED = 4100;
/** So many that they are kept in a file. */
const ASKED = 200_000;

let rows: Float64Array;
const asking = (trials: number) => {
  const [small] = examples().filter(({ name }) => name === 'mid-market');
  return JSON.stringify({ ...JSON.parse(small?.text ?? ''), trials });
};

beforeAll(() => {
  initSync({ module: readFileSync(new URL('../../src/wasm/retaincast_bg.wasm', import.meta.url)) });
  rows = play_at_once(new Simulator(asking(PLAYED)), 0, PLAYED / 10);
});

/** A file of at most so many bytes. */
class FakeDisk implements Disk {
  readonly bytes: Uint8Array;
  used = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  async open() {
    const handle = {
      write: (from: Uint8Array, { at }: { at: number }) => {
        const kept = from.subarray(0, Math.max(0, this.bytes.length - at));
        this.bytes.set(kept, at);
        this.used = Math.max(this.used, at + kept.length);
        return kept.length;
      },
      read: (into: Uint8Array, { at }: { at: number }) => {
        into.set(this.bytes.subarray(at, at + into.length));
        return into.length;
      },
    };
    return handle as unknown as Awaited<ReturnType<Disk['open']>>;
  }

  async clear() {
    this.used = 0;
  }
}

async function sum_up(trials: number, disk?: Disk) {
  const summary = new InlineSummary(disk);
  await summary.begin(asking(trials), undefined);
  for (let first = 0; first < PLAYED; first += PLAYED / 10) summary.add(first, rows);
  return { summary, results: summary.results() };
}

test('say the same from a file', async () => {
  expect(check(asking(PLAYED)).derived?.on_disk).toBe(false);
  expect(check(asking(ASKED)).derived?.on_disk).toBe(true);
  const disk = new FakeDisk(50_000_000);
  const { summary, results } = await sum_up(ASKED, disk);
  expect(disk.used).toBeGreaterThan(1_000_000);
  expect(results).toEqual((await sum_up(PLAYED)).results);
  // The next run has no use for it.
  await summary.begin(asking(PLAYED), undefined);
  expect(disk.used).toBe(0);
});

test('are refused where there is no file, and where it is full', async () => {
  await expect(sum_up(ASKED)).rejects.toThrow('this browser lets no page keep them in a file');
  await expect(sum_up(ASKED, new FakeDisk(1_000_000))).rejects.toThrow('there is no room on disk');
});
