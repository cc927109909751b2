/** Numbers as people read them, in the scenario's currency and in one language. */
import type { Chance, CurrencyInput, Estimate, Interval } from '../wasm/retaincast';

/**
 * English everywhere, each with its own grouping. Named, so that no machine's settings change what is shown. Pounds are
 * shortened as everything else is: British English alone has k, m and bn.
 */
const LOCALES: Record<CurrencyInput, string> = { USD: 'en-US', EUR: 'en-IE', GBP: 'en-IE', INR: 'en-IN' };

/** Minor units in a major one; the same for all four currencies. */
const MINOR = 100;

export const NOTHING = '–';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The calendar month of a month of the run; month 1 falls in `start`. */
export function calendar(month: number, start: number): string {
  return MONTHS[(((start + month - 2) % 12) + 12) % 12] ?? '';
}

/** `months 1–12`, or `month 37` for a window of one. */
export function months(from: number, to: number): string {
  return from === to ? `month ${from}` : `months ${from}–${to}`;
}

/** Decimals at which the last digit is worth at least half a standard error, both in the unit shown. */
export function decimals(se: number, most = 2): number {
  if (!(se > 0)) return Math.min(1, most);
  return Math.min(most, Math.max(0, Math.floor(Math.log10(2 / se))));
}

/** A share as it is shown with so many digits of a percentage. */
function rounded(share: number, digits: number): number {
  const scale = 100 * 10 ** digits;
  return Math.round(share * scale) / scale;
}

export class Format {
  readonly #locale: string;
  readonly #currency: CurrencyInput;
  readonly #made = new Map<string, Intl.NumberFormat>();

  constructor(currency: CurrencyInput) {
    this.#currency = currency;
    this.#locale = LOCALES[currency];
  }

  number(x: number, digits = 0): string {
    return this.#with(digits, {}).format(x);
  }

  /** A standard error of a kind, shares in points; never a bare 0. */
  error(kind: Kind, se: number): string {
    if (kind === 'money') return se < MINOR / 2 ? `< ${this.money(MINOR)}` : this.money(se);
    const x = kind === 'percent' ? se * 100 : se;
    return x < 0.005 ? '< 0.01' : this.number(x, 2);
  }

  /** A share of 0.123 as 12.3%. */
  percent(x: number, digits = 1): string {
    return this.#with(digits, { style: 'percent' }).format(x);
  }

  /** A difference of shares in points. */
  points(x: number): string {
    return this.number(x * 100, 2);
  }

  /** An amount in minor units, shortened: $52.3M, ₹3.4Cr. */
  money(minor: number, se?: number): string {
    return this.#money(minor, (scale) => (se === undefined ? 1 : decimals(se / MINOR / scale)));
  }

  /** A mark on an axis whose marks are so far apart. */
  tick(kind: Kind, step: number): (x: number) => string {
    // A scale with a single tick has no step.
    const digits = (step: number) => (step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0);
    switch (kind) {
      case 'percent':
        return (x) => this.percent(x, digits(step * 100));
      case 'number':
        return (x) => this.number(x, digits(step));
      case 'money':
        return (x) => this.#money(x, (scale) => digits(step / MINOR / scale));
    }
  }

  /** The same with its sign always shown. */
  change(minor: number): string {
    // Zero has no sign, not even the one of 0 taken off.
    return minor > 0 ? `+${this.money(minor)}` : this.money(minor + 0).replace('-', '−');
  }

  /** A difference of a kind with its sign and the digits its error allows, shares in points: +1.2, −$40K. */
  difference(kind: Kind, x: number, se: number): string {
    const sign = x === 0 ? '' : x < 0 ? '−' : '+';
    const size = Math.abs(x);
    switch (kind) {
      case 'percent':
        return `${sign}${this.number(size * 100, decimals(se * 100))}`;
      case 'money':
        return `${sign}${this.money(size, se)}`;
      case 'number':
        return `${sign}${this.number(size, decimals(se))}`;
    }
  }

  /** An amount in minor units, whole units in full. */
  money_in_full(minor: number): string {
    return this.#with(0, { style: 'currency', currency: this.#currency }).format(minor / MINOR);
  }

  /** A simulated probability; never a bare 0% or 100%, which no number of trials can show. */
  chance({ p, low, high }: Chance): string {
    const digits = decimals(((high - low) / 4) * 100, 1);
    const shown = rounded(p, digits);
    if (shown <= 0) return `< ${this.percent(high, 1)}`;
    if (shown >= 1) return `> ${this.percent(low, 1)}`;
    return this.percent(shown, digits);
  }

  /** The probability of the opposite; the two as shown add up to 100%. */
  other_chance({ p, low, high }: Chance): string {
    const shown = rounded(p, decimals(((high - low) / 4) * 100, 1));
    return this.chance({ p: 1 - shown, low: 1 - high, high: 1 - low });
  }

  /** The 95% interval of a simulated probability. */
  interval({ low, high }: Chance): string {
    const digits = decimals(((high - low) / 4) * 100, 1);
    return `${this.percent(low, digits)} to ${this.percent(high, digits)}`;
  }

  #money(minor: number, digits: (scale: number) => number): string {
    const x = minor / MINOR;
    const scale = this.#scale(Math.abs(x));
    const currency = { style: 'currency', currency: this.#currency } as const;
    if (scale === 1) return this.#with(0, currency).format(x);
    return this.#with(digits(scale), { ...currency, notation: 'compact' }).format(x);
  }

  /** The power of ten that compact notation divides by. */
  #scale(x: number): number {
    const scales = this.#currency === 'INR' ? [1e7, 1e5] : [1e12, 1e9, 1e6, 1e3];
    return scales.find((scale) => x >= scale) ?? 1;
  }

  #with(digits: number, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = `${digits} ${options.style} ${options.notation}`;
    let format = this.#made.get(key);
    if (format === undefined) {
      format = new Intl.NumberFormat(this.#locale, {
        // Nothing has no sign, not even where it was rounded to.
        signDisplay: 'negative',
        ...options,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      this.#made.set(key, format);
    }
    return format;
  }
}

export type Kind = 'percent' | 'money' | 'number';

/** Writes a number of a kind with the digits that the estimate's standard error allows. */
export function digits_of(format: Format, kind: Kind, estimate: Pick<Estimate, 'se'>): (x: number) => string {
  const { se } = estimate;
  switch (kind) {
    case 'percent':
      return (x) => format.percent(x, decimals(se * 100, 1));
    case 'money':
      return (x) => format.money(x, se);
    case 'number':
      return (x) => format.number(x, Number.isInteger(x) ? 0 : decimals(se, 1));
  }
}

/** P5, median and P95 with the digits that how sure they are allows, both ends of the band with the same. */
export function quantiles_of(
  format: Format,
  kind: Kind,
  { p5, p50, p95, sure }: Estimate,
): { p5: string; p50: string; p95: string } {
  const ends = [error_of(p5, sure.p5).se, error_of(p95, sure.p95).se];
  const end = digits_of(format, kind, { se: Math.max(...ends) });
  return { p5: end(p5), p50: digits_of(format, kind, error_of(p50, sure.p50))(p50), p95: end(p95) };
}

/** How far a quantile may be off, as a standard error: its interval reaches 1.96 of them. */
export function error_of(x: number, { low, high }: Interval): { se: number } {
  const reach = Math.max(...[low, high].map((end) => (end === undefined ? 0 : Math.abs(end - x))));
  return { se: reach / 1.96 };
}

/** Between which values a quantile lies 19 times in 20, in words. */
export function between(format: Format, kind: Kind, x: number, interval: Interval): string {
  // An end is known better than the quantile between them.
  const write = digits_of(format, kind, { se: error_of(x, interval).se / 5 });
  const { low, high } = interval;
  if (low === undefined) return high === undefined ? NOTHING : `below ${write(high)}`;
  return high === undefined ? `above ${write(low)}` : `${write(low)} to ${write(high)}`;
}
