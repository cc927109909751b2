/** What the numbers on the screen mean. */

export type Term =
  | 'grr'
  | 'nrr'
  | 'logo_retention'
  | 'closing_arr'
  | 'cltv'
  | 'csms_needed'
  | 'gross_renewal_rate'
  | 'logo_renewal_rate'
  | 'bridge'
  | 'utilisation'
  | 'coverage'
  | 'accounts_per_csm'
  | 'cost'
  | 'hours'
  | 'time_to_value'
  | 'effect';

export const DEFINITIONS: Record<Term, { name: string; text: string }> = {
  grr: {
    name: 'GRR',
    text: 'Gross revenue retention: of the ARR under contract when the window opens, the share still there when it closes. Each account counts for at most what it paid at the opening, so growth of one never hides loss of another. Σ min(opening, close) ÷ Σ opening; the definition of the SaaS Metrics Standards Board.',
  },
  nrr: {
    name: 'NRR',
    text: 'Net revenue retention: the ARR at the close of the accounts that were under contract at the opening, expansion and price uplift included, over their ARR at the opening. Accounts that joined later are in neither.',
  },
  logo_retention: {
    name: 'Logo retention',
    text: 'Of the accounts under contract when the window opens, the share still under contract when it closes. Every account counts once, whatever it pays.',
  },
  closing_arr: {
    name: 'Closing ARR',
    text: 'ARR under contract at the end of the horizon: opening + new + expansion + uplift − downsell − churn, exact to the minor unit in every future.',
  },
  cltv: {
    name: 'CLTV',
    text: 'Customer lifetime value, mean over the opening accounts: gross margin × the ARR of each month, a twelfth at a time, discounted to today, over the stated number of years. Years beyond the horizon are simulated, not extrapolated. Cost to serve is not taken off.',
  },
  csms_needed: {
    name: 'CSMs needed',
    text: 'The hours that accounts ask for ÷ (productive hours of one CSM × target utilisation), rounded up to whole people in each pool.',
  },
  gross_renewal_rate: {
    name: 'Gross renewal rate',
    text: 'Of the ARR up for renewal in the window, the share renewed, capped account by account and without price uplift. ARR with no decision in the window is left out, which is why it differs from GRR.',
  },
  logo_renewal_rate: {
    name: 'Logo renewal rate',
    text: 'Of the contracts that ended in the window, the share renewed. Monthly contracts end twelve times a year, so it runs close to 100% where there are many of them.',
  },
  bridge: {
    name: 'ARR bridge',
    text: 'How the ARR at the opening becomes the ARR at the close. Each step is a mean over futures; the steps add up exactly in every future and every month.',
  },
  utilisation: {
    name: 'Utilisation',
    text: 'Workload ÷ capacity: the hours that accounts ask for over the hours the CSMs in seat can give, ramping ones at their productivity. Above 100% some work is not done. Hours asked of a pool that has nobody count as over 100%.',
  },
  coverage: {
    name: 'Coverage',
    text: 'Hours given ÷ hours asked, at most 100%. What coverage does to churn is an assumption, not a measured effect.',
  },
  accounts_per_csm: {
    name: 'Accounts per CSM',
    text: 'Accounts the pool serves ÷ CSMs in seat. The band is what practitioners publish for this kind of coverage; it is a custom, not a law.',
  },
  cost: {
    name: 'Team cost',
    text: 'Salaries with loading, cost of hires, and whole managers (a part of a span counts as one), within the window; also as a share of the mean ARR, annualised, and per unit of ARR retained: cost ÷ Σ min(opening, close).',
  },
  hours: {
    name: 'Hours per account-year',
    text: 'Hours an onboarded account of the segment asks for in a year, at the health mix of full coverage.',
  },
  time_to_value: {
    name: 'Time to value',
    text: 'Months that onboarding took, mean over the accounts that finished it.',
  },
  effect: {
    name: 'Effect of coverage',
    text: 'The gap in annual churn between no coverage and full, in log-odds, all channels, in the long run. An assumption, not a measured effect; it may be negative.',
  },
};
