/** The activities that a standard of hours is made of. */
import type { ActivityInput, HourStandardInput } from '../../wasm/retaincast';
import type { Edits, TextCell, ValueCell } from './cells';
import { valueCell } from './rows';

/** The fields of an activity. */
export const PARTS = ['activity', 'per_month', 'hours'] as const;

/** Activities to start from. The hours are practitioners' figures, not measurements; how often is a custom. */
export const USUAL: readonly ActivityInput[] = [
  { activity: 'Cadence call', per_month: 1, hours: 1.25 },
  { activity: 'QBR', per_month: 0.333, hours: 6 },
  { activity: 'EBR', per_month: 0.167, hours: 11 },
  { activity: 'Renewal, mid-market', per_month: 0.333, hours: 3 },
  { activity: 'Renewal, enterprise', per_month: 0.333, hours: 5.5 },
  { activity: 'Renewal, pooled', per_month: 0.333, hours: 0.5 },
  { activity: 'Adoption reset', per_month: 1, hours: 4.5 },
  { activity: 'Escalation', per_month: 1, hours: 2.5 },
];

/** One of the user's own. */
export const OWN: ActivityInput = { activity: 'Activity', per_month: 1, hours: 1 };

/** The activities of a standard; a number has none. */
export const activitiesOf = (standard: HourStandardInput): readonly ActivityInput[] =>
  typeof standard === 'number' ? [] : standard;

/** Hours an account asks a month, without the dust of adding up. */
export function hoursOf(standard: HourStandardInput): number {
  if (typeof standard === 'number') return standard;
  const sum = standard.reduce((sum, { per_month, hours }) => sum + per_month * hours, 0);
  return Number(sum.toPrecision(6));
}

/** The first activity takes the place of the number. */
export const withActivity = (standard: HourStandardInput, activity: ActivityInput): HourStandardInput => [
  ...activitiesOf(standard),
  activity,
];

/** Without its last activity a standard is a number again. */
export function withoutActivity(standard: HourStandardInput, index: number): HourStandardInput {
  const left = activitiesOf(standard).toSpliced(index, 1);
  return left.length > 0 ? left : 0;
}

/** The cells of an activity, in the order of its columns. */
export function cellsOf({ activity, per_month, hours }: ActivityInput, at: string): (TextCell | ValueCell)[] {
  const path = `${at}.activity`;
  const edits = (_: unknown, typed: string): Edits => [[path, typed]];
  return [
    { type: 'text', path, value: activity, edits },
    valueCell('number', per_month, `${at}.per_month`),
    valueCell('number', hours, `${at}.hours`),
  ];
}
