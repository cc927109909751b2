/** The fields of a segment. */

import { Format } from '../../charts/format';
import type {
  ContractionInput,
  CoveredInput,
  LoadingInput,
  RateInput,
  SegmentInput,
  StepsInput,
  TermInput,
  UncoveredInput,
  WinBackInput,
} from '../../wasm/retaincast';
import { medianOf } from './cells';
import {
  byHealth,
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
import { renameSegment } from './structure';

type Segment = SegmentInput;

const name = ({ document }: Context): Row<Segment> => ({
  key: 'name',
  label: 'Name',
  help: 'What you call it. Imported accounts name their segment and follow.',
  cell: ({ name }, at, index) => ({
    type: 'text',
    path: join(at, 'name'),
    value: name,
    refuses(typed) {
      if (typed === '') return 'is empty';
      const other = document.segments.some((segment, i) => i !== index && segment.name === typed);
      return other ? 'is the name of another segment' : undefined;
    },
    edits: (scenario, typed) => renameSegment(scenario, index, typed),
  }),
});

const accounts: Row<Segment> = value(
  'Accounts',
  'accounts',
  'count',
  'Accounts under contract at month 0, laid out by the rules of the segment.',
);

function opening({ document, derived }: Context): Row<Segment>[] {
  const { currency } = document;
  const arr = shown<Segment>(
    'opening_arr',
    'Opening ARR',
    'What its accounts pay a year at month 0.',
    (_, i) => {
      const minor = derived?.segment_arr[i];
      return minor === undefined ? undefined : new Format(currency).money(minor);
    },
  );
  if (document.book === undefined) return [accounts, arr];
  return [
    shown('imported', 'Imported accounts', 'Accounts of the book you brought.', (_, i) =>
      derived?.segment_accounts[i]?.toString(),
    ),
    arr,
    shown(
      'accounts',
      'Laid out, not used',
      'Not used while there is a book: its accounts stand for them.',
      ({ accounts }) => String(accounts),
    ),
  ];
}

const book: Group<Segment> = {
  title: 'Accounts and ARR',
  open: true,
  rows: (context) => [
    name(context),
    choice(
      'Touch model',
      'touch_model',
      'How it is covered; its pool serves these accounts.',
      options(context),
    ),
    ...opening(context),
    value(
      'ARR, median',
      'arr.median',
      'money',
      'Half the accounts pay more a year. For laid-out and for new accounts.',
    ),
    value('ARR, smallest', 'arr.min', 'money', 'No account pays less.'),
    value('ARR, largest', 'arr.max', 'money', 'No account pays more.'),
    value(
      'ARR, spread',
      'arr.sigma',
      'number',
      'Standard deviation of the logarithm of ARR: 0 is all alike, 0.5 is usual.',
    ),
    shown(
      'hours',
      'Hours asked',
      'Hours a year that an onboarded account asks for at the covered mix of health.',
      (_, i) => context.derived?.hours_per_account_year[i]?.toPrecision(3),
    ),
  ],
};

const options = ({ document }: Context) =>
  document.touch_models.map(({ name }) => ({ value: name, label: name }));

const contracts: Group<Segment> = {
  title: 'Contracts',
  adds: { label: 'Add a term of', after: 'months' },
  rows: ({ document }, added) => {
    const months = monthsOf([
      ...document.segments.flatMap(({ terms }) => terms.map((term) => term.months)),
      ...added,
    ]);
    return [
      ...months.map(termShare),
      ...months.flatMap(termChurn),
      ...months.map(termOptOut),
      value('Notice', 'notice_months', 'count', 'The decision falls so long before the contract ends.', {
        unit: 'months',
      }),
      check(
        'Renews by itself',
        'auto_renew',
        'Without it there is no notice: the decision falls in the end month.',
      ),
    ];
  },
};

/** A term that a segment lacks has an empty cell: typing a share adds it, clearing takes it away. */
function termShare(months: number, row: number): Row<Segment> {
  return {
    key: `terms.${months}`,
    label: `${months}-month terms`,
    help: 'Share of the accounts under contract at this term. Shares are weights: they need not add up to 100%.',
    cell({ terms }, at, index) {
      const own = join(at, 'terms');
      const found = terms.findIndex((term) => term.months === months);
      return {
        type: 'value',
        kind: 'percent',
        optional: true,
        hint: '–',
        value: terms[found]?.share,
        path: found < 0 ? `${own}.${months}` : `${own}[${found}].share`,
        also: [`${own}[${found}].months`, ...(row === 0 ? [own] : [])],
        edits: (document, share) => [[own, withShare(document.segments[index]?.terms ?? [], months, share)]],
      };
    },
  };
}

/** The terms with another share at a length; without a share the length goes. */
export function withShare(
  terms: readonly TermInput[],
  months: number,
  share: RateInput | undefined,
): TermInput[] {
  if (typeof share !== 'number') return terms.filter((term) => term.months !== months);
  if (terms.every((term) => term.months !== months))
    return [...terms, { months, share }].sort((a, b) => a.months - b.months);
  return terms.map((term) => (term.months === months ? { ...term, share } : term));
}

function termOptOut(months: number): Row<Segment> {
  return {
    key: `opt_out.${months}`,
    label: `Opt-out, ${months}-month term`,
    unit: 'months',
    help: 'Months between the days inside the contract on which the customer may leave. Empty: none.',
    cell({ terms }, at) {
      const found = terms.findIndex((term) => term.months === months);
      const opt_out = terms[found]?.opt_out;
      // A contract of one month has no day inside it.
      if (found < 0 || (months === 1 && opt_out === undefined)) return undefined;
      return valueCell('count', opt_out, join(at, `terms[${found}].opt_out`), {
        optional: true,
        hint: 'none',
      });
    },
  };
}

function termChurn(months: number): Row<Segment>[] {
  const place = ({ terms }: Segment, at: string) => {
    const found = terms.findIndex((term) => term.months === months);
    return found < 0 ? undefined : { churn: terms[found]?.churn, path: join(at, `terms[${found}].churn`) };
  };
  const help =
    'Churn of a whole decision at this term, where you know it for the term itself. Empty: from the annual churn.';
  const label = `Churn, ${months}-month term`;
  const mean: Row<Segment> = {
    key: `term_churn.${months}`,
    label,
    help,
    cell(segment, at) {
      const { churn, path } = place(segment, at) ?? {};
      if (path === undefined || Array.isArray(churn)) return undefined;
      return valueCell('percent', churn, path, { optional: true, hint: 'annual' });
    },
  };
  const each = byHealth<Segment>(label, `term_churn.${months}`, 'percent', help, () => undefined).map(
    (row, health): Row<Segment> => ({
      ...row,
      cell(segment, at) {
        const { churn, path } = place(segment, at) ?? {};
        return path !== undefined && Array.isArray(churn)
          ? valueCell('percent', churn[health], `${path}[${health}]`, { also: [path] })
          : undefined;
      },
    }),
  );
  return [mean, ...each];
}

const churn: Group<Segment> = {
  title: 'Churn',
  open: true,
  rows: () => [
    {
      key: 'churn',
      label: 'Churn',
      unit: 'a year',
      help: 'Probability of churn at an annual decision: fully covered, onboarded, over the covered mix. Takes a range, 8% to 12%.',
      cell: (segment, at) =>
        segment.churn_by_health === undefined
          ? valueCell('percent', segment.churn, join(at, 'churn'), { family: 'probability' })
          : undefined,
    },
    ...byHealth<Segment>(
      'Relative risk',
      'relative_risk',
      'number',
      'Churn of this health against the others: 1 : 3 : 6.5 makes red churn six and a half times as often as green.',
      (segment) =>
        segment.churn_by_health === undefined ? (segment.relative_risk ?? USUAL_RISK) : undefined,
    ).map((row, health) => ({ ...row, cell: riskCell(health) })),
    ...byHealth<Segment>(
      'Churn',
      'churn_by_health',
      'percent',
      'Probability of churn at an annual decision of an account in this health.',
      (segment) => segment.churn_by_health,
    ),
    value(
      'Out of reach',
      'uncontrollable',
      'percent',
      "Share of the hazard of churn that is out of any CSM's reach: closures, takeovers, budgets. Empty: none.",
      { optional: true, hint: 'none' },
    ),
    {
      key: 'churn_stated',
      label: 'Risk by health',
      help: 'As ratios around the churn of the segment, or as a probability for each health.',
      cell: (segment, at, index) => ({
        type: 'choice',
        path: join(at, 'churn_stated'),
        value: segment.churn_by_health === undefined ? 'ratios' : 'by_health',
        options: [
          { value: 'ratios', label: 'as ratios' },
          { value: 'by_health', label: 'each stated' },
        ],
        edits: ({ segments }, word) => restate(segments[index] ?? segment, at, word === 'by_health'),
      }),
    },
  ],
};

const difference: Group<Segment> = {
  title: 'Differences and tenure',
  note: 'Survivors are the better accounts: where accounts differ, churn falls the longer they stay.',
  adds: { label: 'Add a tenure of', after: 'years' },
  rows: ({ document }, added) => {
    const longest = Math.max(1, ...document.segments.map(({ opening_tenure = [] }) => opening_tenure.length));
    const years = monthsOf([...Array(longest).keys(), ...added]);
    return [
      value(
        'Dispersion',
        'dispersion',
        'number',
        'How much accounts differ in churn for reasons no segment shows, 0 to 0.9. Empty: all alike.',
        { optional: true, hint: 'all alike' },
      ),
      choice(
        'Stated churn is of',
        'churn_of',
        'The opening accounts as they are, so that new ones churn more; or accounts that have just joined, so that survivors churn less.',
        [
          { value: 'book', label: 'the book' },
          { value: 'new', label: 'new ones' },
        ],
        'book',
      ),
      value(
        'Duration',
        'duration',
        'number',
        'Exponent of the time an account stays, 0.1 to 5: below 1 its own churn falls the longer it stays. Empty: 1.',
        { optional: true, hint: '1' },
      ),
      ...years.map(tenure),
    ];
  },
};

/** A year of tenure that a segment lacks has an empty cell: typing a weight adds it. */
function tenure(years: number): Row<Segment> {
  return {
    key: `opening_tenure.${years}`,
    label: `Tenure of ${years} ${years === 1 ? 'year' : 'years'}`,
    help: 'Share of the opening accounts that have survived so many years of decisions. Shares are weights: they need not add up to 100%. Empty everywhere: all 0 years.',
    cell({ opening_tenure }, at, index) {
      const own = join(at, 'opening_tenure');
      return {
        type: 'value',
        kind: 'percent',
        optional: true,
        hint: years === 0 && opening_tenure === undefined ? 'all' : '–',
        value: opening_tenure?.[years],
        path: `${own}[${years}]`,
        also: years === 0 ? [own] : [],
        edits: ({ segments }, weight) => [
          [own, withTenure(segments[index]?.opening_tenure ?? [], years, weight)],
        ],
      };
    },
  };
}

/** The weights of tenure with another one at a year; the years after the last stated one go. */
export function withTenure(
  weights: readonly number[],
  years: number,
  weight: RateInput | undefined,
): number[] | undefined {
  const filled = Array.from({ length: Math.max(weights.length, years + 1) }, (_, i) => weights[i] ?? 0);
  if (typeof weight === 'number') return filled.with(years, weight);
  const left = years + 1 < filled.length ? filled.with(years, 0) : filled.slice(0, -1);
  const last = left.findLastIndex((other) => other > 0);
  return last < 0 ? undefined : left.slice(0, last + 1);
}

const USUAL_RISK: readonly number[] = [1, 3, 6.5];

/** Written as a whole, because a document may leave the three out. */
function riskCell(health: number): Row<Segment>['cell'] {
  const now = (risks: readonly number[] | undefined) => risks ?? USUAL_RISK;
  return (segment, at, index) => {
    if (segment.churn_by_health !== undefined) return undefined;
    const own = join(at, 'relative_risk');
    const cell = valueCell('number', now(segment.relative_risk)[health], `${own}[${health}]`, {
      also: health === 0 ? [own] : [],
    });
    cell.edits = ({ segments }, risk) => [
      [own, now(segments[index]?.relative_risk).with(health, Number(risk))],
    ];
    return cell;
  };
}

/** The other way to state churn, beginning near what is stated now. */
function restate(segment: Segment, at: string, by_health: boolean): [string, unknown][] {
  if (by_health === (segment.churn_by_health !== undefined)) return [];
  const { mix } = segment.health;
  const mean = (numbers: readonly number[]) => {
    const whole = mix.reduce((sum, weight) => sum + weight, 0);
    return mix.reduce((sum, weight, i) => sum + weight * (numbers[i] ?? 0), 0) / (whole || 1);
  };
  const tidy = (x: number) => Number(Math.min(0.95, x).toPrecision(3));
  if (by_health) {
    const churn =
      typeof segment.churn === 'object' ? medianOf(segment.churn, 'probability') : (segment.churn ?? 0.1);
    const risks = segment.relative_risk ?? USUAL_RISK;
    return [
      [join(at, 'churn'), undefined],
      [join(at, 'relative_risk'), undefined],
      [join(at, 'churn_by_health'), risks.map((risk) => tidy((risk * churn) / (mean(risks) || 1)))],
    ];
  }
  const stated = segment.churn_by_health ?? [];
  const green = stated[0] || 0.01;
  return [
    [join(at, 'churn_by_health'), undefined],
    [join(at, 'churn'), tidy(mean(stated))],
    [join(at, 'relative_risk'), stated.map((p) => Number((Math.max(p, 0.001) / green).toPrecision(3)))],
  ];
}

const health: Group<Segment> = {
  title: 'Health',
  rows: () => [
    ...byHealth<Segment>(
      'Mix',
      'health.mix',
      'percent',
      'Share of accounts in this health at full coverage. Shares are weights: they need not add up to 100%.',
      (segment) => segment.health.mix,
    ),
    value(
      'Speed',
      'health.speed',
      'percent',
      'Share of yellow accounts that turn green within a quarter if none turn red.',
      {
        family: 'probability',
        unit: 'a quarter',
      },
    ),
    movement(
      'covered',
      'With full coverage',
      'How health moves at full coverage: by the mix and speed, or stated month by month.',
      [
        { value: '', label: 'by speed' },
        { value: 'steps', label: 'four steps' },
        { value: 'matrix', label: 'full matrix' },
      ],
    ),
    ...stepRows('covered'),
    ...matrixRows('covered'),
    movement(
      'uncovered',
      'Without coverage',
      'How health moves with no coverage: as the effect of coverage implies, by the mix it settles at, or stated month by month.',
      [
        { value: '', label: 'by effect' },
        { value: 'mix', label: 'by mix' },
        { value: 'steps', label: 'four steps' },
        { value: 'matrix', label: 'full matrix' },
      ],
    ),
    ...byHealth<Segment>(
      'Uncovered mix',
      'health.uncovered.mix',
      'percent',
      'Where health settles without coverage; the effect then acts at the decision alone.',
      ({ health: { uncovered } }) =>
        uncovered !== undefined && 'mix' in uncovered ? uncovered.mix : undefined,
    ),
    ...stepRows('uncovered'),
    ...matrixRows('uncovered'),
  ],
};

type End = 'covered' | 'uncovered';

const STEPS: StepsInput = { green_yellow: 0.03, yellow_green: 0.09, yellow_red: 0.03, red_yellow: 0.09 };
const MATRIX = [
  [0.97, 0.03, 0],
  [0.09, 0.88, 0.03],
  [0, 0.09, 0.91],
];

function movement(
  end: End,
  label: string,
  help: string,
  options: { value: string; label: string }[],
): Row<Segment> {
  return {
    key: `health.${end}`,
    label,
    help,
    cell(segment, at) {
      const path = join(at, `health.${end}`);
      const stated = segment.health[end];
      const start: Record<string, unknown> = {
        steps: { steps: STEPS },
        matrix: { matrix: MATRIX },
        mix: { mix: segment.health.mix },
      };
      return {
        type: 'choice',
        path,
        value: Object.keys(stated ?? {})[0] ?? '',
        options,
        edits: (_, word) => [[path, start[word]]],
      };
    },
  };
}

const stated = ({ health }: Segment, end: End): CoveredInput | UncoveredInput | undefined => health[end];

const prefix = (end: End) => (end === 'covered' ? 'Covered' : 'Uncovered');

function stepRows(end: End): Row<Segment>[] {
  const names: [keyof StepsInput, string][] = [
    ['green_yellow', 'green to yellow'],
    ['yellow_green', 'yellow to green'],
    ['yellow_red', 'yellow to red'],
    ['red_yellow', 'red to yellow'],
  ];
  return names.map(([step, words], i) => ({
    key: `health.${end}.steps.${step}`,
    label: `${prefix(end)}, ${words}`,
    unit: 'a month',
    help: 'Probability of this step in a month.',
    cell(segment, at) {
      const found = stated(segment, end);
      const own = join(at, `health.${end}.steps`);
      if (found === undefined || !('steps' in found)) return undefined;
      return valueCell('percent', found.steps[step], `${own}.${step}`, i === 0 ? { also: [own] } : {});
    },
  }));
}

function matrixRows(end: End): Row<Segment>[] {
  const colours = ['green', 'yellow', 'red'];
  return colours.flatMap((from, i) =>
    colours.map((to, j) => ({
      key: `health.${end}.matrix.${from}.${to}`,
      label: `${prefix(end)}, ${from} to ${to}`,
      unit: 'a month',
      help: `Probability that a ${from} account is ${to} a month later; the three from ${from} add up to 100%.`,
      cell(segment, at) {
        const found = stated(segment, end);
        const own = join(at, `health.${end}.matrix[${i}]`);
        if (found === undefined || !('matrix' in found)) return undefined;
        return valueCell('percent', found.matrix[i]?.[j], `${own}[${j}]`, j === 0 ? { also: [own] } : {});
      },
    })),
  );
}

const downsell: Group<Segment> = {
  title: 'Downsell',
  rows: () => [
    value(
      'Probability',
      'downsell.probability',
      'percent',
      'Renewal at a lower ARR: probability at an annual decision, given renewal.',
      {
        family: 'probability',
      },
    ),
    value('Depth', 'downsell.depth', 'percent', 'Mean share of ARR that is given up.', {
      family: 'probability',
    }),
    value(
      'Depth, concentration',
      'downsell.concentration',
      'number',
      'How alike the depths are: α + β of their Beta law; 8 is wide, 50 narrow.',
    ),
    ...byHealth<Segment>(
      'Relative',
      'downsell.relative',
      'number',
      'Probability of downsell in this health against the others.',
      (s) => s.downsell.relative,
    ),
  ],
};

/** Without a stated depth a give-up is as deep as a usual downsell. */
const CONTRACTION: ContractionInput = { hazard: 0, depth: 0.25 };

const contraction: Group<Segment> = {
  title: 'Contraction',
  note: 'ARR given up between renewals. Clearing one cell takes both away.',
  rows: () => [
    partial(
      'Contraction',
      'contraction.hazard',
      'percent',
      'Probability in a month that an account gives up part of its ARR. Empty: none.',
      CONTRACTION,
      { family: 'probability', unit: 'a month' },
    ),
    partial('Depth', 'contraction.depth', 'percent', 'Mean share of ARR that is given up.', CONTRACTION, {
      family: 'probability',
      hint: '–',
    }),
  ],
};

const WIN_BACK: WinBackInput = { days: 60, within: 0, later: 0, later_months: 12 };

const win_back: Group<Segment> = {
  title: 'Win-back',
  note: 'Accounts that come back after a churn; the stated churn is before them. Clearing one cell takes all of it away.',
  rows: () => [
    partial(
      'Back at once',
      'win_back.within',
      'percent',
      'Probability of a return within the days below, which undoes the churn. Empty: none.',
      WIN_BACK,
      { also: ['win_back'] },
    ),
    partial(
      'At once is within',
      'win_back.days',
      'number',
      'Days within which a return undoes the churn.',
      WIN_BACK,
      { unit: 'days', hint: '–' },
    ),
    partial(
      'Back later',
      'win_back.later',
      'percent',
      'Probability of a later return. Empty: none.',
      WIN_BACK,
    ),
    partial(
      'Later is after',
      'win_back.later_months',
      'count',
      'Months until a later return, 1 to 60.',
      WIN_BACK,
      {
        unit: 'months',
        hint: '–',
      },
    ),
  ],
};

const expansion: Group<Segment> = {
  title: 'Expansion',
  rows: () => [
    value(
      'Events',
      'expansion.rate',
      'percent',
      'Expansion events per account-year between renewals, at full coverage; 36% is 0.36 a year.',
      {
        family: 'probability',
        unit: 'a year',
      },
    ),
    value(
      'At renewal',
      'expansion.at_renewal',
      'percent',
      'Probability of expansion at an annual decision, given renewal.',
      { family: 'probability' },
    ),
    value(
      'Mean size',
      'expansion.mean_size',
      'percent',
      'Mean size of an expansion as a share of current ARR.',
      { family: 'positive' },
    ),
    value(
      'Size, spread',
      'expansion.log_sd',
      'number',
      'Standard deviation of the logarithm of the size; 0 is all alike.',
    ),
    value(
      'CSM-led',
      'expansion.csm_led',
      'percent',
      'Share that needs a CSM; the rest is product-led and happens anyway.',
      { family: 'probability' },
    ),
    ...byHealth<Segment>(
      'Relative',
      'expansion.relative',
      'number',
      'Rate of expansion in this health against the others.',
      (s) => s.expansion.relative,
    ),
    value('Most growth', 'max_growth', 'number', 'Expansion stops at so many times the starting ARR.', {
      unit: '× start',
    }),
  ],
};

const price: Group<Segment> = {
  title: 'Price',
  rows: () => [
    value('Uplift, list', 'uplift.list', 'percent', 'List increase at renewal.', { family: 'real' }),
    value(
      'Uplift, realised',
      'uplift.realised',
      'percent',
      'Share of the list increase that customers end up paying.',
      { family: 'probability' },
    ),
    value(
      'Uplift at stated churn',
      'uplift.stated',
      'percent',
      'Realised uplift at which the churn above was stated. Empty: list × realised.',
      {
        optional: true,
        hint: 'list × realised',
      },
    ),
    value(
      'Elasticity',
      'uplift.elasticity',
      'number',
      'Log-odds of churn per unit of uplift above the stated one; 8 means 0.08 a point.',
      { family: 'positive' },
    ),
    value('Escalator', 'uplift.escalator', 'percent', 'Increase at anniversaries inside a longer term.', {
      family: 'real',
    }),
  ],
};

const onboarding: Group<Segment> = {
  title: 'Onboarding',
  rows: () => [
    value('Onboarding', 'onboarding.months', 'number', 'Months it takes at full coverage; 0 for none.', {
      unit: 'months',
    }),
    value('Unaided progress', 'onboarding.unaided', 'percent', 'Progress of a month without coverage.'),
    value(
      'Churn until then',
      'onboarding.not_onboarded',
      'number',
      'Added to the log-odds of churn while it lasts.',
      { family: 'real', unit: 'log-odds' },
    ),
  ],
};

const arrivals: Group<Segment> = {
  title: 'New accounts',
  rows: () => [
    value('New accounts', 'new_accounts.per_year', 'number', 'How many join in a year.', {
      family: 'positive',
      unit: 'a year',
    }),
    choice(
      'They join',
      'new_accounts.arrivals',
      'Evenly, a twelfth each month, or by chance around that (Poisson).',
      [
        { value: 'even', label: 'evenly' },
        { value: 'poisson', label: 'by chance' },
      ],
    ),
    value('CAC', 'cac', 'number', "Cost of acquiring one unit of new ARR. Empty: the scenario's.", {
      unit: 'per 1 of ARR',
      optional: true,
      hint: "scenario's",
    }),
  ],
};

const shock: Group<Segment> = {
  title: 'Shared shock',
  note: "Where it is not the scenario's. Clearing one cell gives both back to the scenario.",
  rows: ({ document }) => {
    const { rho, rho_expansion } = document.shock;
    const start: LoadingInput = { rho, rho_expansion };
    const extras = { hint: "scenario's" };
    return [
      partial(
        'Shared shock ρ',
        'shock.rho',
        'number',
        "How much of churn its accounts share with all others in a bad year, 0 to 0.9. Empty: the scenario's.",
        start,
        extras,
      ),
      partial(
        'ρ of expansion',
        'shock.rho_expansion',
        'number',
        "The same for expansion. Empty: the scenario's.",
        start,
        extras,
      ),
    ];
  },
};

/** The groups of the table of segments, in the order in which a CS leader asks. */
export const segmentGroups: readonly Group<SegmentInput>[] = [
  book,
  churn,
  difference,
  contracts,
  health,
  downsell,
  contraction,
  win_back,
  expansion,
  price,
  onboarding,
  arrivals,
  shock,
];
