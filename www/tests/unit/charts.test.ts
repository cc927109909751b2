/** What the charts write and where they put it. */
import { describe, expect, test } from 'vitest';
import { file_name } from '../../src/charts/export';
import { between, calendar, decimals, digits_of, error_of, Format, months } from '../../src/charts/format';
import { month_ticks, reach, spread, stairs, sure_of } from '../../src/charts/plot';
import { link_to, VIEWS, view_of } from '../../src/state/view';

const fan = (p5: number[], p95: number[]) => ({
  p5,
  p25: p5,
  p50: p5,
  p75: p95,
  p95,
  p5_low: p5.map(() => undefined),
  p5_high: p5,
  p50_low: p5,
  p50_high: p95,
  p95_low: p95,
  p95_high: p95,
});

describe('numbers', () => {
  const usd = new Format('USD');
  const inr = new Format('INR');

  test('show of a quantile what its interval allows', () => {
    const interval = { low: 0.82, high: 0.86 };
    expect(error_of(0.85, interval).se).toBeCloseTo(0.03 / 1.96);
    expect(between(usd, 'percent', 0.85, interval)).toBe('82% to 86%');
    expect(between(usd, 'percent', 0.845, { low: 0.843, high: 0.846 })).toBe('84.3% to 84.6%');
    expect(between(usd, 'percent', 0.85, { low: undefined, high: 0.86 })).toBe('below 86.0%');
    expect(between(usd, 'percent', 0.85, { low: 0.82, high: undefined })).toBe('above 82%');
  });

  test('show no digit that the standard error does not allow', () => {
    expect(decimals(0.1)).toBe(1);
    expect(decimals(0.3)).toBe(0);
    expect(decimals(0.02)).toBe(2);
    expect(decimals(3)).toBe(0);
    expect(decimals(0)).toBe(1);
    const write = (se: number) => digits_of(usd, 'percent', { se })(0.88432);
    expect(write(0.001)).toBe('88.4%');
    expect(write(0.01)).toBe('88%');
    expect(digits_of(usd, 'money', { se: 50_000_00 })(65_672_068_25)).toBe('$65.7M');
    expect(digits_of(usd, 'number', { se: 0.4 })(22)).toBe('22');
  });

  test('are shortened as people write the currency', () => {
    expect(usd.money(52_345_678_00)).toBe('$52.3M');
    expect(usd.money(950_00)).toBe('$950');
    expect(usd.money(-3_400_00)).toBe('-$3.4K');
    expect(new Format('EUR').money(34_455_500)).toBe('€344.6K');
    expect(new Format('GBP').money(52_345_678_00)).toBe('£52.3M');
    expect(inr.money(3_40_00_000_00)).toBe('₹3.4Cr');
    expect(inr.money(3_40_000_00)).toBe('₹3.4L');
    expect(inr.money(34_000_00)).toBe('₹34,000');
    expect(inr.money_in_full(3_44_55_555_00)).toBe('₹3,44,55,555');
  });

  test('of change carry their sign', () => {
    expect(usd.change(5_200_000_00)).toBe('+$5.2M');
    expect(usd.change(-5_200_000_00)).toBe('−$5.2M');
    expect(usd.change(0)).toBe('$0');
    expect(usd.change(-0)).toBe('$0');
  });

  test('of error are never a bare 0', () => {
    expect(usd.error('percent', 0.00123)).toBe('0.12');
    expect(usd.error('percent', 0.00004)).toBe('< 0.01');
    expect(usd.error('number', 0.004)).toBe('< 0.01');
    expect(usd.error('money', 40)).toBe('< $1');
    expect(usd.error('money', 1_800_00)).toBe('$1.8K');
  });

  test('on an axis have the digits that tell its marks apart', () => {
    expect(usd.tick('money', 10_000_000_00)(40_000_000_00)).toBe('$40M');
    expect(usd.tick('money', 500_000_00)(50_500_000_00)).toBe('$50.5M');
    expect(usd.tick('percent', 0.1)(0.8)).toBe('80%');
    expect(usd.tick('percent', 0.005)(0.985)).toBe('98.5%');
    expect(usd.tick('number', 5)(15)).toBe('15');
  });

  test('of chance are never a bare 0% or 100%', () => {
    expect(usd.chance({ p: 0, low: 0, high: 0.00383 })).toBe('< 0.4%');
    expect(usd.chance({ p: 1, low: 0.99617, high: 1 })).toBe('> 99.6%');
    expect(usd.chance({ p: 0.334, low: 0.305, high: 0.364 })).toBe('33%');
    expect(usd.other_chance({ p: 0, low: 0, high: 0.00383 })).toBe('> 99.6%');
  });

  test('of a chance and its opposite add up', () => {
    for (let p = 0.0005; p < 1; p += 0.0005)
      for (const reach of [0.001, 0.01, 0.05]) {
        const chance = { p, low: p - reach, high: p + reach };
        const texts = [usd.chance(chance), usd.other_chance(chance)];
        expect(texts).not.toContain('0%');
        const sum = texts.reduce((sum, text) => sum + Number.parseFloat(text), 0);
        if (texts.every((text) => /^\d/.test(text))) expect(sum, String(p)).toBeCloseTo(100, 9);
      }
  });

  test('of a chance have an interval', () => {
    expect(usd.interval({ p: 0.334, low: 0.305, high: 0.364 })).toBe('31% to 36%');
    expect(usd.chance({ p: 0.334, low: 0.331, high: 0.337 })).toBe('33.4%');
  });
});

describe('windows', () => {
  test('are named by their months', () => {
    expect(months(1, 12)).toBe('months 1–12');
    expect(months(37, 37)).toBe('month 37');
  });

  test('know the calendar', () => {
    expect([calendar(1, 1), calendar(12, 1), calendar(13, 1), calendar(1, 4), calendar(0, 1)]).toEqual([
      'Jan',
      'Dec',
      'Jan',
      'Apr',
      'Dec',
    ]);
  });
});

describe('places on paper', () => {
  test('reach over all that is drawn', () => {
    const [low, high] = reach([fan([1, 0.8], [1, 0.9])], [0.7, undefined]);
    expect(low).toBeLessThan(0.7);
    expect(high).toBeGreaterThan(1);
    expect(reach([fan([], [])])).toEqual([0, 1]);
    expect(reach([fan([5], [5])])[0]).toBeLessThan(5);
  });

  test('say between which values each quantile of a fan lies', () => {
    expect(sure_of(fan([1, 0.8], [1, 0.9]), 1, (x) => `${x}`)).toBe(
      'P5 … to 0.8, median 0.8 to 0.9, P95 0.9 to 0.9',
    );
  });

  test('of labels are moved apart in their order', () => {
    expect(spread([10, 100], 15, 0, 200)).toEqual([10, 100]);
    expect(spread([50, 52, 51], 15, 0, 200)).toEqual([50, 80, 65]);
    expect(spread([195, 190], 15, 0, 200)).toEqual([200, 185]);
  });

  test('of months are whole years where they fit', () => {
    expect(month_ticks(36, 200)).toEqual([0, 12, 24, 36]);
    expect(month_ticks(12, 900)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(month_ticks(120, 300)).toEqual([0, 24, 48, 72, 96, 120]);
  });

  test('of a bridge follow one another', () => {
    expect(
      stairs(100, [
        ['new', 20],
        ['churn', -30],
      ]),
    ).toEqual([
      { label: 'new', change: 20, from: 100, to: 120 },
      { label: 'churn', change: -30, from: 120, to: 90 },
    ]);
  });
});

describe('names', () => {
  test('of files are plain', () => {
    expect(file_name('ARR bridge, months 1–12')).toBe('arr-bridge-months-1-12');
    expect(file_name('₹')).toBe('retaincast');
  });

  test('of views go into the address and back', () => {
    for (const view of VIEWS) expect(view_of(link_to(view))).toBe(view);
    expect(view_of('')).toBe('retention');
    expect(view_of('#view=nothing')).toBe('retention');
  });
});

test('a difference shows its sign and the digits its error allows', () => {
  const format = new Format('USD');
  expect(format.difference('percent', -0.02494, 0.0002)).toBe('−2.49');
  expect(format.difference('percent', 0.012, 0.004)).toBe('+1');
  expect(format.difference('money', -20_500_000, 100_000)).toBe('−$205K');
  expect(format.difference('number', 0.53, 0.06)).toBe('+0.5');
  expect(format.difference('money', 0, 0)).toBe('$0');
});
