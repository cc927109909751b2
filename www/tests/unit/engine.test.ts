/** A run from the first batch to the last picture, with the simulator inside this process. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Simulating, Summing } from '../../src/engine/api';
import { InlineSimulator, InlineSummary } from '../../src/engine/inline';
import { type Request, run, type Seat } from '../../src/engine/run';
import { examples, initSync, type Results, Simulator, Summariser } from '../../src/wasm/retaincast.js';
import { play_at_once } from './play';

const TRIALS = 60;
let text: string;

beforeAll(() => {
  const url = new URL('../../src/wasm/retaincast_bg.wasm', import.meta.url);
  initSync({ module: readFileSync(url) });
  const small = examples().find(({ name }) => name === 'mid-market');
  if (small === undefined) throw new Error('there is no small example');
  text = JSON.stringify({ ...JSON.parse(small.text), trials: TRIALS });
});

/** A seat whose simulator answers in its own time, as a worker does. */
function seat(simulator: Simulating = new InlineSimulator(), delay = 0): Seat & { restarts: number } {
  return {
    restarts: 0,
    simulator: {
      open: (text) => simulator.open(text),
      async play(first, count, room) {
        await new Promise((resolve) => setTimeout(resolve, delay));
        return simulator.play(first, count, room);
      },
      stop: () => simulator.stop(),
    },
    async restart() {
      this.restarts += 1;
    },
  };
}

interface Heard {
  pictures: Results[];
  progress: number[];
}

function request(heard: Heard, baseline?: string): Request {
  return {
    text,
    baseline,
    trials: TRIALS,
    progress: (done) => heard.progress.push(done),
    picture: (results) => heard.pictures.push(results),
  };
}

async function play(seats: Seat[]) {
  const heard: Heard = { pictures: [], progress: [] };
  const signal = new AbortController().signal;
  const isWhole = await run(signal, { seats, summary: new InlineSummary() }, request(heard));
  return { isWhole, ...heard, last: heard.pictures.at(-1) };
}

function fingerprint_in_one_go(): string {
  const summary = new Summariser();
  summary.begin(text);
  summary.add(0, play_at_once(new Simulator(text), 0, TRIALS));
  return summary.results().fingerprint;
}

describe('a simulator', () => {
  test('plays what is asked for in the order of trials, whatever its slices', async () => {
    const simulator = new InlineSimulator();
    simulator.open(text);
    const rows = play_at_once(new Simulator(text), 3, 40);
    expect(await simulator.play(3, 40)).toEqual(rows);
  });

  test('plays into the room it is given, whatever was left there', async () => {
    const simulator = new InlineSimulator();
    simulator.open(text);
    const rows = play_at_once(new Simulator(text), 3, 4);
    const used = new Float64Array(rows.length + 1).fill(Number.NaN);
    const played = await simulator.play(3, 4, used.buffer);
    expect(played.buffer).toBe(used.buffer);
    expect(played).toEqual(rows);
    // Room that is too small is left alone.
    expect(await simulator.play(3, 4, new ArrayBuffer(8))).toEqual(rows);
  });

  test('gives up a batch when it is stopped or takes up another scenario, and goes on with the next', async () => {
    const simulator = new InlineSimulator();
    simulator.open(text);
    const stopped = simulator.play(0, 5000);
    setTimeout(() => simulator.stop(), 5);
    await expect(stopped).rejects.toThrow('stopped');
    const left = simulator.play(0, 5000);
    setTimeout(() => simulator.open(text), 5);
    await expect(left).rejects.toThrow('stopped');
    expect(await simulator.play(0, 1)).toEqual(play_at_once(new Simulator(text), 0, 1));
  });
});

describe('a run', () => {
  test.each([1, 2, 3])('of %i simulators is the run in one go', async (count) => {
    const seats = Array.from({ length: count }, (_, i) => seat(new InlineSimulator(), 3 * i));
    const { isWhole, last, progress } = await play(seats);
    expect(isWhole).toBe(true);
    expect(last?.trials).toBe(TRIALS);
    expect(last?.fingerprint).toBe(fingerprint_in_one_go());
    expect(Math.max(...progress)).toBe(TRIALS);
  });

  test('shows a picture before it is over', async () => {
    const { pictures } = await play([seat(new InlineSimulator(), 5)]);
    expect(pictures.length).toBeGreaterThan(1);
    expect(pictures[0]?.trials).toBeLessThan(TRIALS);
  });

  test('gives half of its first picture, of ten trials, to the seat that plays while the page draws', async () => {
    const asked: [seat: string, first: number, count: number][] = [];
    const noting = (name: string): Seat => {
      const noted = seat();
      const play: Simulating['play'] = (first, count, room) => {
        asked.push([name, first, count]);
        return noted.simulator.play(first, count, room);
      };
      return { ...noted, simulator: { ...noted.simulator, play } };
    };
    const { pictures } = await play([noting('free'), noting('last')]);
    expect(asked[0]).toEqual(['free', 0, 5]);
    // By then two share: half of a fair share of the five that are left.
    expect(asked.find(([name]) => name === 'last')).toEqual(['last', 5, 2]);
    expect(pictures[0]?.headline.grr.estimate?.trials).toBe(10);
  });

  test('leaves the core of its last seat to whoever sums up and draws, while the others play', async () => {
    const summary = new InlineSummary();
    let busy = 0;
    let drawn = 0;
    const slow: Summing = {
      begin: (...asked) => summary.begin(...asked),
      is_sure: () => summary.is_sure(),
      missing: (companion) => summary.missing(companion),
      add: (...rows) => summary.add(...rows),
      add_to: (...rows) => summary.add_to(...rows),
      async results() {
        busy += 1;
        await new Promise((resolve) => setTimeout(resolve, 40));
        busy -= 1;
        return summary.results();
      },
    };
    const meanwhile = { free: 0, last: 0, drawing: 0 };
    const noting = (name: 'free' | 'last'): Seat => {
      const { simulator } = seat();
      const play: Simulating['play'] = async (first, count, room) => {
        if (busy > 0) meanwhile[name] += 1;
        if (name === 'last' && performance.now() < drawn) meanwhile.drawing += 1;
        // A millisecond a trial, for the run to outlast a picture.
        await new Promise((resolve) => setTimeout(resolve, count));
        return simulator.play(first, count, room);
      };
      return { simulator: { ...simulator, play }, restart: async () => {} };
    };
    const heard: Heard = { pictures: [], progress: [] };
    const asked: Request = {
      ...request(heard),
      text: JSON.stringify({ ...JSON.parse(text), trials: 1200 }),
      trials: 1200,
      picture: (results) => {
        heard.pictures.push(results);
        drawn = performance.now() + 20;
      },
    };
    const seats = [noting('free'), noting('last')];
    expect(await run(new AbortController().signal, { seats, summary: slow }, asked)).toBe(true);
    expect(heard.pictures.length).toBeGreaterThan(2);
    expect(meanwhile.free).toBeGreaterThan(0);
    expect(meanwhile).toMatchObject({ last: 0, drawing: 0 });
  });

  test('is compared, trial by trial, with companions that are played after it', async () => {
    const scenario = JSON.parse(text);
    const baseline = JSON.stringify({ ...scenario, rate_doubt: 0 });
    const heard: Heard = { pictures: [], progress: [] };
    const signal = new AbortController().signal;
    const team = { seats: [seat(), seat(new InlineSimulator(), 3)], summary: new InlineSummary() };
    expect(await run(signal, team, request(heard, baseline))).toBe(true);
    const last = heard.pictures.at(-1);
    expect(last?.fingerprint).toBe(fingerprint_in_one_go());
    expect(last?.headline.grr.change?.pairs).toBe(TRIALS);
    expect(last?.answer.cs_leader.at(-1)).toContain('ull coverage');
    expect(last?.worth?.grr.pairs).toBe(TRIALS);
    const split = last?.headline.grr.variance;
    expect((split?.rates.share ?? 0) + (split?.shock.share ?? 0) + (split?.luck.share ?? 0)).toBeCloseTo(
      1,
      9,
    );
    // What was the run is the next one's baseline, without a trial played again.
    const next: Heard = { pictures: [], progress: [] };
    const edited = { ...request(next, text), text: JSON.stringify({ ...scenario, coverage: 'full' }) };
    expect(await run(signal, team, edited)).toBe(true);
    expect(team.summary.missing('baseline')).toEqual([TRIALS, 0]);
    expect(next.pictures.at(-1)?.headline.grr.change?.pairs).toBe(TRIALS);
  });

  test('stops at the first look that is sure enough', async () => {
    const heard: Heard = { pictures: [], progress: [] };
    const scenario = { ...JSON.parse(text), trials: 1500, precision: { of: 'grr', within: 0.5 } };
    const signal = new AbortController().signal;
    const team = { seats: [seat()], summary: new InlineSummary() };
    const asked = { ...request(heard), text: JSON.stringify(scenario), trials: 1500 };
    expect(await run(signal, team, asked)).toBe(true);
    expect(heard.pictures.at(-1)?.trials).toBe(1000);
  });

  test('stops at once when cancelled and says no more', async () => {
    const heard: Heard = { pictures: [], progress: [] };
    const stop = new AbortController();
    const team = { seats: [seat(new InlineSimulator(), 20)], summary: new InlineSummary() };
    const over = run(stop.signal, team, request(heard));
    setTimeout(() => stop.abort(), 30);
    expect(await over).toBe(false);
    const seen = heard.progress.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(heard.progress).toHaveLength(seen);
    expect(heard.progress.at(-1) ?? 0).toBeLessThan(TRIALS);
  });

  test('hands no rows to the summary of the run that took its place', async () => {
    const heard: Heard = { pictures: [], progress: [] };
    const stop = new AbortController();
    const summary = new InlineSummary();
    let taken = 0;
    const slow: Summing = {
      begin: async (...asked) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return summary.begin(...asked);
      },
      is_sure: () => summary.is_sure(),
      missing: (companion) => summary.missing(companion),
      add_to: (...rows) => summary.add_to(...rows),
      results: () => summary.results(),
      add: (...rows) => {
        taken += 1;
        return summary.add(...rows);
      },
    };
    const over = run(stop.signal, { seats: [seat()], summary: slow }, request(heard));
    setTimeout(() => stop.abort(), 30);
    expect(await over).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toBe(0);
  });

  test('does nothing when cancelled beforehand', async () => {
    const heard: Heard = { pictures: [], progress: [] };
    const team = { seats: [seat()], summary: new InlineSummary() };
    expect(await run(AbortSignal.abort(), team, request(heard))).toBe(false);
    expect(heard.pictures).toEqual([]);
  });

  test('replaces a simulator that breaks down and plays its batch again', async () => {
    const sound = new InlineSimulator();
    let plays = 0;
    const breaking = seat({
      open: (text) => sound.open(text),
      play(first, count) {
        plays += 1;
        if (plays === 2) throw new Error('unreachable');
        return sound.play(first, count);
      },
      stop: () => sound.stop(),
    });
    const { last } = await play([breaking]);
    expect(breaking.restarts).toBe(1);
    expect(last?.fingerprint).toBe(fingerprint_in_one_go());
  });

  test('opens the scenario in every simulator it replaces before any trial is asked of it', async () => {
    let replaced = 0;
    const breaking = (): Seat => {
      let fresh: InlineSimulator | undefined;
      return {
        simulator: {
          open: (text) => fresh?.open(text),
          play(first, count) {
            if (fresh === undefined) throw new Error('unreachable');
            return fresh.play(first, count);
          },
          stop: () => {},
        },
        async restart() {
          replaced += 1;
          fresh = new InlineSimulator();
        },
      };
    };
    const { last } = await play([breaking(), breaking()]);
    expect(replaced).toBe(2);
    expect(last?.fingerprint).toBe(fingerprint_in_one_go());
  });

  test('gives up on a simulator that always breaks down, with its last words', async () => {
    const broken = seat({
      open: () => {},
      play: () => {
        throw new Error('index out of bounds');
      },
      stop: () => {},
    });
    await expect(play([broken, seat()])).rejects.toThrow('index out of bounds');
  });
});
