/** The same scenario gives the same bits in Wasm as in the native program, whatever the batches. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScenarioInput } from '../../src/wasm/retaincast.js';
import { examples, initSync, Simulator, Summariser } from '../../src/wasm/retaincast.js';
import { play_at_once } from './play';

const TRIALS = 40;

let folder: string;

beforeAll(() => {
  initSync({ module: readFileSync(new URL('../../src/wasm/retaincast_bg.wasm', import.meta.url)) });
  folder = mkdtempSync(join(tmpdir(), 'retaincast-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What the program says of a scenario, as JSON. */
function native(text: string): unknown {
  const program = process.env.RETAINCAST_BIN;
  if (program === undefined) throw new Error('RETAINCAST_BIN must name the native program');
  const file = join(folder, 'scenario.json');
  writeFileSync(file, text);
  const output = execFileSync(program, ['simulate', file, '--json'], { maxBuffer: 2 ** 28 });
  return JSON.parse(output.toString());
}

/** Batches of odd sizes that cover all trials, in an order that is none. */
function batches(trials: number): [first: number, count: number][] {
  const cut: [number, number][] = [];
  for (let first = 0; first < trials; ) {
    const count = Math.min([7, 1, 13, 3, 5][cut.length % 5] as number, trials - first);
    cut.push([first, count]);
    first += count;
  }
  // Every other one from the back, then the rest from the front.
  const odd = (_: unknown, i: number) => i % 2 === 1;
  const even = (_: unknown, i: number) => i % 2 === 0;
  return [...cut.filter(odd).reverse(), ...cut.filter(even)];
}

/** What the module says, played in batches by two simulators as by two workers. */
function wasm(text: string, trials: number): unknown {
  const workers = [new Simulator(text), new Simulator(text)] as const;
  const companions = (['no_coverage', 'other_luck', 'other_shock', 'full_coverage'] as const).map(
    (companion) => ({ companion, simulator: new Simulator(text, companion) }),
  );
  const summariser = new Summariser();
  summariser.begin(text);
  try {
    let done = 0;
    for (const [i, [first, count]] of batches(trials).entries()) {
      done = summariser.add(first, play_at_once(workers[i % 2 === 0 ? 0 : 1], first, count));
      for (const { companion, simulator } of companions)
        summariser.add_to(companion, first, play_at_once(simulator, first, count));
    }
    expect(done).toBe(trials);
    return JSON.parse(JSON.stringify(summariser.results(), nulls));
  } finally {
    for (const handle of [...workers, ...companions.map(({ simulator }) => simulator), summariser])
      handle.free();
  }
}

/** What does not exist is undefined here and null in JSON. */
const nulls = (_: string, value: unknown) => (value === undefined ? null : value);

function short(text: string): { scenario: ScenarioInput; text: string } {
  const scenario: ScenarioInput = { ...JSON.parse(text), trials: TRIALS };
  return { scenario, text: JSON.stringify(scenario) };
}

const NAMES = ['demo', 'enterprise', 'mid-market', 'tech-touch', 'first-csm', 'india-saas'];

test('these are all the starting points', () => {
  expect(examples().map((example) => example.name)).toEqual(NAMES);
});

test.for(NAMES)('%s has the same bits natively and in Wasm', (name) => {
  const example = examples().find((candidate) => candidate.name === name);
  const { text } = short(example?.text ?? '');
  const [there, here] = [native(text), wasm(text, TRIALS)];
  expect(here).toHaveProperty('fingerprint', (there as { fingerprint: string }).fingerprint);
  expect(here).toEqual(there);
});

test('tens of thousands of downsells and expansions are drawn the same natively and in Wasm', () => {
  const { scenario } = short(examples()[0]?.text ?? '');
  for (const segment of scenario.segments) {
    segment.accounts = Math.min(segment.accounts, 300);
    segment.terms = [{ months: 1, share: 1 }];
    segment.churn = 0.01;
    segment.downsell = {
      probability: { p5: 0.8, p95: 0.99 },
      depth: { p5: 0.001, p95: 0.4 },
      concentration: 0.7,
      relative: [1, 1, 1],
    };
    segment.expansion = { ...segment.expansion, at_renewal: 0.9, log_sd: 2, rate: { p5: 0.3, p95: 0.9 } };
    segment.max_growth = 1000;
  }
  const text = JSON.stringify(scenario);
  expect(wasm(text, TRIALS)).toEqual(native(text));
}, 60_000);
