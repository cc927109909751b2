/** The fields a scenario has once. */
import type { LayersInput, NumberInput, ScenarioInput } from '../../wasm/retaincast';
import type { Kind } from './cells';
import { choice, type Group, type Row, value, valueCell } from './rows';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

interface Headline {
  label: string;
  kind: Kind;
  /** Half an interval to start from. */
  within: number;
}

/** The six numbers at the top. */
const HEADLINE: Record<NumberInput, Headline> = {
  grr: { label: 'GRR', kind: 'percent', within: 0.001 },
  nrr: { label: 'NRR', kind: 'percent', within: 0.001 },
  logo_retention: { label: 'logo retention', kind: 'percent', within: 0.001 },
  closing_arr: { label: 'closing ARR', kind: 'money', within: 10_000_000 },
  cltv: { label: 'CLTV', kind: 'money', within: 10_000 },
  csms_needed: { label: 'CSMs needed', kind: 'number', within: 0.1 },
};

const sure_of: Row<ScenarioInput> = {
  key: 'precision.of',
  label: 'Stop when sure of',
  help: 'The run stops short of its trials once this number is known as closely as stated below.',
  cell: ({ precision }) => ({
    type: 'choice',
    path: 'precision.of',
    value: precision?.of ?? '',
    options: [
      { value: '', label: 'never' },
      ...Object.entries(HEADLINE).map(([value, { label }]) => ({ value, label })),
    ],
    edits: (_, word) => [
      ['precision', word === '' ? undefined : { of: word, within: HEADLINE[word as NumberInput].within }],
    ],
  }),
};

const within: Row<ScenarioInput> = {
  key: 'precision.within',
  label: 'Sure within ±',
  help: 'Half width of the 95% interval of its mean, looked at after 1,000, 2,000, 5,000, 10,000 … trials.',
  cell: ({ precision }) =>
    precision === undefined
      ? undefined
      : valueCell(HEADLINE[precision.of].kind, precision.within, 'precision.within'),
};

const run: Group<ScenarioInput> = {
  title: 'Run',
  rows: () => [
    {
      key: 'name',
      label: 'Name',
      help: 'What you call this scenario.',
      cell: ({ name }) => ({
        type: 'text',
        path: 'name',
        value: name,
        edits: (_, typed) => [['name', typed]],
      }),
    },
    value('Horizon', 'horizon', 'count', 'Months that are simulated, 1 to 120.', { unit: 'months' }),
    value('Seed', 'seed', 'count', 'Fixes all luck: the same seed gives the same futures.'),
    sure_of,
    within,
    {
      key: 'start_month',
      label: 'Month 1',
      help: 'Calendar month of month 1.',
      cell: ({ start_month }) => ({
        type: 'choice',
        path: 'start_month',
        value: String(start_month),
        options: MONTHS.map((label, i) => ({ value: String(i + 1), label })),
        edits: (_, word) => [['start_month', Number(word)]],
      }),
    },
    choice(
      'Coverage',
      'coverage',
      'From the hours the team has, or full whatever the team: what retention would be if nobody were short of time.',
      [
        { value: 'from_team', label: 'from the team' },
        { value: 'full', label: 'full' },
      ],
    ),
    choice('Currency', 'currency', 'Of every amount. Changing it converts nothing.', [
      { value: 'USD', label: 'US dollar' },
      { value: 'EUR', label: 'Euro' },
      { value: 'GBP', label: 'Pound sterling' },
      { value: 'INR', label: 'Indian rupee' },
    ]),
  ],
};

const targets: Group<ScenarioInput> = {
  title: 'Targets',
  rows: () =>
    (
      [
        ['GRR', 'grr', 'percent', 'Least GRR of the first contract year.'],
        ['NRR', 'nrr', 'percent', 'Least NRR of the first contract year.'],
        ['Logo retention', 'logo_retention', 'percent', 'Least logo retention of the first contract year.'],
        ['Closing ARR', 'closing_arr', 'money', 'Least ARR at the close of the horizon.'],
        ['CLTV', 'cltv', 'money', 'Least CLTV of an opening account, mean over the book.'],
        [
          'CSMs needed',
          'csms',
          'number',
          'Most CSMs that may be needed on average in the first contract year.',
        ],
      ] as const
    ).map(([label, target, kind, help]) =>
      value<ScenarioInput>(label, `targets.${target}`, kind, `${help} Empty: no target.`, {
        optional: true,
        hint: 'none',
      }),
    ),
};

const doubt: Group<ScenarioInput> = {
  title: 'Shock and doubt',
  note: 'Two layers of uncertainty can be off. Luck cannot: accounts stay or leave as a whole, and each future draws anew who does.',
  rows: () => [
    layer(
      'Rates nobody knows',
      'rates',
      'Off: every rate is at its stated value or at the median of its range, and there is no doubt.',
    ),
    layer('Bad year everyone shares', 'shock', 'Off: no account shares a shock with another.'),
    value(
      'Shared shock ρ',
      'shock.rho',
      'number',
      'How much of churn all accounts share in a bad year, 0 to 0.9; published numbers lie between 0.02 and 0.2.',
    ),
    value('ρ of expansion', 'shock.rho_expansion', 'number', 'The same for expansion.'),
    value(
      'Half-life',
      'shock.half_life',
      'number',
      'Months after which half of a shock is gone; 0 draws it anew each month.',
      { unit: 'months' },
    ),
    value(
      'Rate doubt',
      'rate_doubt',
      'number',
      'Nobody knows the true churn: standard deviation of the error of every churn probability.',
      { unit: 'log-odds' },
    ),
  ],
};

/** Both layers are on when the document leaves them out, and it leaves them out when both are on. */
function layer(label: string, key: keyof LayersInput, help: string): Row<ScenarioInput> {
  const ALL: LayersInput = { rates: true, shock: true };
  return {
    key: `layers.${key}`,
    label,
    help,
    cell: ({ layers = ALL }) => ({
      type: 'check',
      path: `layers.${key}`,
      value: layers[key],
      edits({ layers = ALL }, yes) {
        const now: LayersInput = { ...layers, [key]: yes };
        return [['layers', now.rates && now.shock ? undefined : now]];
      },
    }),
  };
}

const economics: Group<ScenarioInput> = {
  title: 'Economics',
  rows: () => [
    value(
      'Gross margin',
      'economics.gross_margin',
      'percent',
      'Share of ARR that is left after the cost of serving it.',
    ),
    value('Discount', 'economics.discount', 'percent', 'What a payment a year later is worth less.', {
      unit: 'a year',
    }),
    value('CLTV counts', 'economics.cltv_years', 'count', 'Years of payments in CLTV, 1 to 10.', {
      unit: 'years',
    }),
    value('CAC', 'economics.cac', 'number', 'Cost of acquiring one unit of new ARR.', {
      unit: 'per 1 of ARR',
    }),
    value(
      'CSMs a manager leads',
      'economics.csms_per_manager',
      'number',
      'Managers are charged whole, one for every so many CSMs or part of them, each at the cost of the mean CSM.',
    ),
  ],
};

const calendar: Group<ScenarioInput> = {
  title: 'Renewal calendar',
  note: 'For contract ends that the book does not state. Weights: they need not add up to 100%.',
  rows: () =>
    MONTHS.map(
      (label, month): Row<ScenarioInput> => ({
        key: `renewal_calendar.${month}`,
        label,
        help: `Weight of ${label} among contract ends.`,
        cell: ({ renewal_calendar }) =>
          valueCell(
            'percent',
            renewal_calendar[month],
            `renewal_calendar[${month}]`,
            month === 0 ? { also: ['renewal_calendar'] } : {},
          ),
      }),
    ),
};

/** The groups of what a scenario has once. */
export const worldGroups: readonly Group<ScenarioInput>[] = [run, targets, doubt, economics, calendar];
