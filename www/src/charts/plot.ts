/** What the charts reckon: places on paper, never a number of the model. */
import { extent } from 'd3-array';
import type { Fan } from '../wasm/retaincast';

/** A quantile may be missing where a ratio stands over nothing. */
export type Series = readonly (number | undefined | null)[];

export const QUANTILES = ['p5', 'p25', 'p50', 'p75', 'p95'] as const;
export type Quantile = (typeof QUANTILES)[number];

export const QUANTILE_NAMES: Record<Quantile, string> = {
  p5: 'P5',
  p25: 'P25',
  p50: 'Median',
  p75: 'P75',
  p95: 'P95',
};

export function has(x: number | undefined | null): x is number {
  return typeof x === 'number' && Number.isFinite(x);
}

/** The number at a place, where there is one. */
export function at(series: Series, index: number): number | undefined {
  const x = series[index];
  return has(x) ? x : undefined;
}

/** The least and the greatest of what is to be drawn, with air around it. */
export function reach(fans: readonly Fan[], also: Series = [], air = 0.06): [number, number] {
  const all = [...fans.flatMap((fan) => [...fan.p5, ...fan.p95]), ...also].filter(has);
  const [low, high] = extent(all);
  if (low === undefined || high === undefined) return [0, 1];
  const room = (high - low) * air || Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}

/** Between which values P5, the median and P95 of a fan lie, in words; the data tables have it. */
export function sure_of(fan: Fan, index: number, write: (x: number) => string): string {
  const lies = (name: string, low: Series, high: Series) => {
    const ends = [at(low, index), at(high, index)].map((x) => (x === undefined ? '…' : write(x)));
    return `${name} ${ends.join(' to ')}`;
  };
  return [
    lies('P5', fan.p5_low, fan.p5_high),
    lies('median', fan.p50_low, fan.p50_high),
    lies('P95', fan.p95_low, fan.p95_high),
  ].join(', ');
}

/** Head of the column of such words. */
export const SURE = 'Each lies in, 19 times in 20';

/** Moves labels apart until no two are nearer than the gap, keeping their order and within the ends where they fit. */
export function spread(places: readonly number[], gap: number, from: number, to: number): number[] {
  const order = places.map((place, i) => ({ place, i })).sort((a, b) => a.place - b.place);
  let least = from;
  for (const label of order) {
    label.place = Math.max(label.place, least);
    least = label.place + gap;
  }
  let most = to;
  for (const label of order.toReversed()) {
    label.place = Math.min(label.place, most);
    most = label.place - gap;
  }
  const moved = [...places];
  for (const { place, i } of order) moved[i] = place;
  return moved;
}

/** Months to mark on an axis: whole years where they fit, else fewer. */
export function month_ticks(last: number, width: number, least = 44): number[] {
  const fitting = Math.max(1, Math.floor(width / least));
  const step = [1, 2, 3, 6, 12, 24, 36, 60].find((months) => last / months <= fitting) ?? 120;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

/** The steps of a bridge, each from where the last one ended. */
export interface Step {
  label: string;
  change: number;
  from: number;
  to: number;
}

export function stairs(opening: number, changes: readonly (readonly [string, number])[]): Step[] {
  let level = opening;
  return changes.map(([label, change]) => {
    const from = level;
    level += change;
    return { label, change, from, to: level };
  });
}
