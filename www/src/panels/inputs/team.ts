/** The fields of a touch model and of the pool that serves it. */

import { Format } from '../../charts/format';
import type {
  AllocationInput,
  HandoverInput,
  HireInput,
  HiringInput,
  HoursInput,
  PoolInput,
  RateInput,
  TouchModelInput,
  WorkClassInput,
} from '../../wasm/retaincast';
import { activitiesOf, hoursOf, PARTS } from './activities';
import {
  type Context,
  check,
  choice,
  type Group,
  join,
  monthsOf,
  partial,
  type Row,
  shown,
  value,
  valueCell,
} from './rows';
import { renameTouchModel } from './structure';

const CLASSES: readonly { value: WorkClassInput; label: string }[] = [
  { value: 'onboarding', label: 'Onboarding' },
  { value: 'renewal_window', label: 'Renewal window' },
  { value: 'red', label: 'Red' },
  { value: 'yellow', label: 'Yellow' },
  { value: 'green', label: 'Green' },
];

const USUAL_ORDER: readonly WorkClassInput[] = ['renewal_window', 'red', 'onboarding', 'yellow', 'green'];

const touchName = ({ document }: Context): Row<TouchModelInput> => ({
  key: 'name',
  label: 'Name',
  help: 'What you call it. Segments and its pool name it and follow.',
  cell: ({ name }, at, index) => ({
    type: 'text',
    path: join(at, 'name'),
    value: name,
    refuses(typed) {
      if (typed === '') return 'is empty';
      const other = document.touch_models.some((model, i) => i !== index && model.name === typed);
      return other ? 'is the name of another touch model' : undefined;
    },
    edits: (scenario, typed) => renameTouchModel(scenario, index, typed),
  }),
});

/** Hours, or the sum of the activities they are made of: their table opens from the cell. */
function standard(label: string, name: keyof HoursInput, help: string): Row<TouchModelInput> {
  return {
    key: `hours.${name}`,
    label,
    unit: 'h',
    help: `${help} Alt and ↓ opens its activities.`,
    cell({ hours }, at) {
      const path = join(at, `hours.${name}`);
      const activities = activitiesOf(hours[name]);
      const also = activities.flatMap((_, i) => PARTS.map((part) => `${path}[${i}].${part}`));
      return { ...valueCell('number', hoursOf(hours[name]), path, { also }), activities };
    },
  };
}

const hours: Group<TouchModelInput> = {
  title: 'Hours an account asks a month',
  open: true,
  rows: (context) => [
    touchName(context),
    standard('Onboarding', 'onboarding', 'New and not yet at value.'),
    standard(
      'Renewal window',
      'renewal_window',
      'In the months up to and with the renewal decision, instead of the hours by health.',
    ),
    standard('Red', 'red', 'At risk.'),
    standard('Yellow', 'yellow', 'Slipping.'),
    standard('Green', 'green', 'Doing well.'),
    value(
      'Window length',
      'renewal_window',
      'count',
      'Months up to and with the decision that count as renewal window.',
      { unit: 'months' },
    ),
    choice(
      'Renewals are with',
      'ownership',
      'Who has the hours of renewals and expansions. With account managers, who are outside the pools, no renewal window asks CSMs for hours, and no expansion waits for them.',
      [
        { value: 'csm', label: 'CSMs' },
        { value: 'am', label: 'account managers' },
      ],
      'csm',
    ),
  ],
};

const HANDOVER: HandoverInput = { penalty: 0, months: 3, hours: 0 };

const handover: Group<TouchModelInput> = {
  title: 'Handover',
  note: 'What it takes to give an account to another CSM. Clearing one cell takes all of it away.',
  rows: () => [
    partial(
      'Churn meanwhile',
      'handover.penalty',
      'number',
      'Added to the log-odds of churn while it lasts. Takes a range. Empty: a handover costs nothing.',
      HANDOVER,
      { family: 'real', unit: 'log-odds' },
    ),
    partial('It lasts', 'handover.months', 'count', 'Months it lasts, 0 to 24.', HANDOVER, {
      unit: 'months',
      hint: '–',
    }),
    partial('It asks for', 'handover.hours', 'number', 'Hours an account asks for, all in all.', HANDOVER, {
      unit: 'h',
      hint: '–',
    }),
  ],
};

const effect: Group<TouchModelInput> = {
  title: 'Effect of coverage',
  open: true,
  note: 'An assumption, not a measured effect. It may be negative.',
  rows: () => [
    value(
      'Effect',
      'effect',
      'number',
      'Log-odds gap in annual churn between no coverage and full, all channels, in the long run. Takes a range.',
      {
        family: 'real',
        unit: 'log-odds',
      },
    ),
    value(
      'Through health',
      'through_health',
      'percent',
      'Share of the effect that acts by the mix of health; the rest acts at the decision.',
    ),
    value('Curvature k', 'k', 'number', 'Diminishing returns of coverage; 0 is linear, 2 usual.'),
  ],
};

const shortage: Group<TouchModelInput> = {
  title: 'When hours are short',
  rows: () => [
    {
      key: 'allocation',
      label: 'Hours go',
      help: 'To every work class in proportion, or to one after the other in an order of priority.',
      cell: ({ allocation }, at) => {
        const path = join(at, 'allocation');
        return {
          type: 'choice',
          path,
          value: Array.isArray(allocation) ? 'priority' : 'proportional',
          options: [
            { value: 'proportional', label: 'in proportion' },
            { value: 'priority', label: 'by priority' },
          ],
          edits: (_, word) => [[path, word === 'priority' ? USUAL_ORDER : 'proportional']],
        };
      },
    },
    ...['First', 'Second', 'Third', 'Fourth', 'Last'].map(
      (label, place): Row<TouchModelInput> => ({
        key: `allocation.${place}`,
        label,
        help: 'Work class that is served at this place; the two change places.',
        cell({ allocation }, at, index) {
          const path = join(at, 'allocation');
          if (!Array.isArray(allocation)) return undefined;
          return {
            type: 'choice',
            path: `${path}[${place}]`,
            value: allocation[place] ?? '',
            options: CLASSES,
            edits: ({ touch_models }, word) => [
              [path, swapped(touch_models[index]?.allocation ?? allocation, place, word as WorkClassInput)],
            ],
          };
        },
      }),
    ),
  ],
};

/** An order of priority with a class at another place. */
export function swapped(allocation: AllocationInput, place: number, word: WorkClassInput): AllocationInput {
  if (!Array.isArray(allocation)) return allocation;
  const other = allocation.indexOf(word);
  const here = allocation[place];
  return other < 0 || here === undefined ? allocation : allocation.with(other, here).with(place, word);
}

const band: Group<TouchModelInput> = {
  title: 'Published accounts per CSM',
  rows: () => [
    value(
      'From',
      'accounts_per_csm.low',
      'number',
      'Fewest accounts per CSM that practitioners publish for this coverage. For comparison only.',
      {
        also: ['accounts_per_csm'],
      },
    ),
    value(
      'To',
      'accounts_per_csm.high',
      'number',
      'Most accounts per CSM that practitioners publish for this coverage. For comparison only.',
    ),
  ],
};

/** The groups of the table of touch models. */
export const touchGroups: readonly Group<TouchModelInput>[] = [hours, effect, handover, shortage, band];

const STARTS: Record<HiringInput['policy'], HiringInput> = {
  plan: { policy: 'plan', hires: [] },
  accounts_per_csm: { policy: 'accounts_per_csm', most: 60 },
  utilisation: { policy: 'utilisation', most: 1 },
};

const hires = ({ hiring }: PoolInput) => (hiring.policy === 'plan' ? hiring.hires : undefined);

const team: Group<PoolInput> = {
  title: 'CSMs and hiring',
  open: true,
  adds: { label: 'Add starts in month', after: '' },
  rows: ({ document }, added) => {
    const months = monthsOf([
      ...document.pools.flatMap((pool) => (hires(pool) ?? []).map(({ month }) => month)),
      ...added,
    ]);
    return [
      value('CSMs', 'csms', 'count', 'CSMs in seat at month 0, all ramped.'),
      {
        key: 'hiring',
        label: 'Hiring',
        help: 'By a dated plan, or whenever accounts per CSM or utilisation would exceed a number.',
        cell: ({ hiring: { policy } }, at) => {
          const path = join(at, 'hiring');
          return {
            type: 'choice',
            path,
            value: policy,
            options: [
              { value: 'plan', label: 'by plan' },
              { value: 'accounts_per_csm', label: 'by accounts' },
              { value: 'utilisation', label: 'by utilisation' },
            ],
            edits: (_, word) => (word === policy ? [] : [[path, STARTS[word as HiringInput['policy']]]]),
          };
        },
      },
      limit(
        'accounts_per_csm',
        'Most accounts',
        'number',
        'per CSM',
        'Hire while accounts per CSM would exceed this.',
      ),
      limit(
        'utilisation',
        'Most utilisation',
        'percent',
        undefined,
        'Hire while workload over capacity would exceed this.',
      ),
      ...months.map(starts),
    ];
  },
};

function limit(
  policy: HiringInput['policy'],
  label: string,
  kind: 'number' | 'percent',
  unit: string | undefined,
  help: string,
): Row<PoolInput> {
  return {
    key: `most.${policy}`,
    label,
    ...(unit === undefined ? {} : { unit }),
    help,
    cell: ({ hiring }, at) =>
      hiring.policy === policy && hiring.policy !== 'plan'
        ? valueCell(kind, hiring.most, join(at, 'hiring.most'))
        : undefined,
  };
}

/** A month without starts has an empty cell: typing a number plans them, clearing takes them out. */
function starts(month: number): Row<PoolInput> {
  return {
    key: `hires.${month}`,
    label: `Start in month ${month}`,
    help: 'CSMs who start in this month, not yet ramped.',
    cell(pool, at, index) {
      const plan = hires(pool);
      if (plan === undefined) return undefined;
      const own = join(at, 'hiring.hires');
      const found = plan.findIndex((hire) => hire.month === month);
      const csms = plan.filter((hire) => hire.month === month).reduce((sum, hire) => sum + hire.csms, 0);
      return {
        type: 'value',
        kind: 'count',
        optional: true,
        hint: '–',
        value: found < 0 ? undefined : csms,
        path: found < 0 ? `${own}.${month}` : `${own}[${found}].csms`,
        also: [`${own}[${found}].month`],
        edits: ({ pools }, typed) => [[own, withStarts(hires(pools[index] ?? pool) ?? [], month, typed)]],
      };
    },
  };
}

/** The plan with another number of starts in a month; without one the month goes. */
export function withStarts(
  plan: readonly HireInput[],
  month: number,
  csms: RateInput | undefined,
): HireInput[] {
  const others = plan.filter((hire) => hire.month !== month);
  if (typeof csms !== 'number' || csms === 0) return others;
  return [...others, { month, csms }].sort((a, b) => a.month - b.month);
}

const year = { unit: 'h a year' };

const capacity: Group<PoolInput> = {
  title: 'Productive hours',
  note: '(Paid − leave − sick − internal) × realised ÷ 12 = productive hours a month.',
  rows: ({ derived }) => [
    value('Paid', 'hours_year.paid', 'number', 'Hours of one CSM that are paid in a year.', {
      ...year,
      also: ['hours_year'],
    }),
    value('Less leave', 'hours_year.leave', 'number', 'Holidays.', year),
    value('Less sick leave', 'hours_year.sick', 'number', 'Sick leave.', year),
    value('Less internal', 'hours_year.internal', 'number', 'Internal meetings and administration.', year),
    value('Realised', 'hours_year.realised', 'percent', 'Share of the rest that reaches customers.'),
    shown(
      'productive',
      'Productive hours, a month',
      'Hours for customers that a ramped CSM has in a month.',
      (_, i) => derived?.productive_hours[i]?.toFixed(2),
    ),
    value(
      'Target utilisation',
      'target_utilisation',
      'percent',
      'Share of productive hours that a plan may fill; the rest covers vacancies and ramps.',
    ),
  ],
};

const turnover: Group<PoolInput> = {
  title: 'Ramp and attrition',
  rows: () => [
    value('Ramp', 'ramp_months', 'count', 'Months until a new CSM is fully productive.', { unit: 'months' }),
    value('Productivity', 'ramp_productivity', 'percent', 'Productivity until then.', { unit: 'in ramp' }),
    value('Attrition', 'attrition', 'percent', 'Hazard of leaving, each CSM alone. Takes a range.', {
      family: 'positive',
      unit: 'a year',
    }),
    value('Time to hire', 'time_to_hire', 'count', 'Months a seat stays empty.', { unit: 'months' }),
    check('Backfill', 'backfill', 'Whether a CSM who leaves is replaced.'),
  ],
};

const pay: Group<PoolInput> = {
  title: 'Pay',
  rows: ({ document: { currency }, derived }) => [
    value('Salary', 'salary', 'money', 'Salary of one CSM a year, base and variable.', { unit: 'a year' }),
    value('Loading', 'loading', 'percent', 'Payroll cost on top of salary.'),
    shown('loaded', 'Loaded cost, a year', 'Salary and loading of one CSM for a year.', (_, i) => {
      const cost = derived?.loaded_cost[i];
      return cost === undefined ? undefined : new Format(currency).money(cost);
    }),
    value('Cost per hire', 'cost_per_hire', 'money', 'Once for every hire.'),
  ],
};

/** The groups of the table of pools. */
export const poolGroups: readonly Group<PoolInput>[] = [team, capacity, turnover, pay];
