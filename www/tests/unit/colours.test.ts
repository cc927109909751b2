/** The colours of the base stylesheet: readable by everyone, told apart by everyone. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Triple = readonly [number, number, number];

const css = readFileSync(new URL('../../src/style.css', import.meta.url)).toString();
const pairs = [...css.matchAll(/--(\w+): light-dark\((#\w{6}), (#\w{6})\)/g)];

function colour(theme: 'light' | 'dark', name: string): Triple {
  const pair = pairs.find(([, found]) => found === name);
  const hex = pair?.[theme === 'light' ? 2 : 3];
  if (hex === undefined) throw new Error(`style.css has no --${name}`);
  const linear = (at: number) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return [linear(1), linear(3), linear(5)];
}

const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const luminance = (rgb: Triple) => dot([0.2126, 0.7152, 0.0722], rgb);

/** WCAG 2.2, relative contrast. */
function contrast(a: Triple, b: Triple): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. */
const sight: Record<string, readonly [Triple, Triple, Triple]> = {
  'full colour': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function lab(rgb: Triple): Triple {
  const bend = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = bend(dot([0.4124, 0.3576, 0.1805], rgb) / 0.95047);
  const y = bend(luminance(rgb));
  const z = bend(dot([0.0193, 0.1192, 0.9505], rgb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe.each(['light', 'dark'] as const)('in %s', (theme) => {
  test.each(['page', 'surface', 'sunken'])('text is read and edges are seen on the %s', (ground) => {
    const least = (name: string) => contrast(colour(theme, name), colour(theme, ground));
    for (const name of ['ink', 'muted', 'fault', 'kept', 'lost', 'grown', 'people'])
      expect(least(name), name).toBeGreaterThanOrEqual(4.5);
    for (const name of ['edge', 'focus']) expect(least(name), name).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(sight))('meanings are told apart with %s', (_, rows) => {
    const seen = (name: string) => {
      const rgb = colour(theme, name);
      return lab(rows.map((row) => Math.min(1, Math.max(0, dot(row, rgb)))) as unknown as Triple);
    };
    const meanings = ['kept', 'lost', 'grown', 'people'];
    for (const [i, a] of meanings.entries())
      for (const b of meanings.slice(i + 1)) {
        const [p, q] = [seen(a), seen(b)];
        // CIE 1976; about 2 is just noticeable side by side, 20 is plain across a chart.
        const distance = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
        expect(distance, `${a} and ${b}`).toBeGreaterThanOrEqual(20);
      }
  });
});
