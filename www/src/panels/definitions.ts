/** What the numbers on the screen mean. */

export type Term =
  | 'grr'
  | 'nrr'
  | 'logo_retention'
  | 'closing_arr'
  | 'cltv'
  | 'csms_needed'
  | 'grr_movements'
  | 'nrr_without_uplift'
  | 'nrr_without_top'
  | 'win_back'
  | 'gross_renewal_rate'
  | 'logo_renewal_rate'
  | 'bridge'
  | 'utilisation'
  | 'coverage'
  | 'accounts_per_csm'
  | 'cost'
  | 'hhi'
  | 'effective_accounts'
  | 'top_share'
  | 'growth_share'
  | 'cltv_annual'
  | 'cltv_annual_without_first'
  | 'cltv_annual_year_later'
  | 'cost_to_serve'
  | 'cltv_net'
  | 'perpetuity'
  | 'cac'
  | 'ltv_cac'
  | 'payback'
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
    text: 'ARR under contract at the end of the horizon: opening + new + expansion + uplift + win-back − downsell − contraction − churn, exact to the minor unit in every future.',
  },
  cltv: {
    name: 'CLTV',
    text: 'Customer lifetime value, mean over the opening accounts: gross margin × the ARR of each month, a twelfth at a time, discounted to today, over the stated number of years. Years beyond the horizon are simulated, not extrapolated, in every second of the first 1,000 futures and every twentieth after them. Cost to serve is not taken off.',
  },
  csms_needed: {
    name: 'CSMs needed',
    text: 'The hours that accounts ask for ÷ (productive hours of one CSM × target utilisation), rounded up to whole people in each pool.',
  },
  grr_movements: {
    name: 'GRR by movements',
    text: '1 − Σ (churn + downsell + contraction) ÷ Σ opening, of each account at most what it paid at the opening. An account that lost ARR and grew as well counts with its loss, where GRR compares only its two ends.',
  },
  nrr_without_uplift: {
    name: 'NRR without price uplift',
    text: 'NRR with the price changes of the year taken out: what customers chose to buy, not what they were charged more.',
  },
  nrr_without_top: {
    name: 'NRR without the top accounts',
    text: 'NRR with the growth of the 1, 3 or 5 accounts that grew most in that future taken out; they stay in with what they paid at the opening. A large step down says that NRR hangs on a few accounts.',
  },
  win_back: {
    name: 'Win-back',
    text: 'ARR of lost accounts that came back later than the days within which a churn is undone. It is in neither GRR nor NRR, and a line of its own in the ARR bridge.',
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
  hhi: {
    name: 'HHI',
    text: 'Herfindahl–Hirschman index: the sum of the squared shares of ARR, account by account. 1 is a single account; n equal accounts give 1 ÷ n.',
  },
  effective_accounts: {
    name: 'Effective number of accounts',
    text: '1 ÷ HHI: so many accounts of equal size would be as concentrated.',
  },
  top_share: {
    name: 'Share of the largest accounts',
    text: 'ARR of the 1, 3, 5 or 10 largest accounts ÷ all ARR, at that moment; in every future they may be others.',
  },
  growth_share: {
    name: 'Share of growth',
    text: 'Growth of the 1, 3 or 5 accounts that grew most ÷ the growth of all that grew, Σ max(0, close − opening), over the accounts at the opening.',
  },
  cltv_annual: {
    name: 'Annual in advance',
    text: 'A year of gross margin on the ARR of that moment at the start of every year, the first at once, discounted by whole years: Fader & Hardie (2012), case 1. For a customer about to be won.',
  },
  cltv_annual_without_first: {
    name: 'Annual without the first payment',
    text: 'The same without the payment made at once: case 2. For a customer who has just paid.',
  },
  cltv_annual_year_later: {
    name: 'Annual, one year later',
    text: 'The same with every payment a year later, so divided by 1 + discount: case 3.',
  },
  cost_to_serve: {
    name: 'Cost to serve',
    text: 'Salaries and loading of the CSMs in seat, shared by the hours that each account asks for, discounted month by month over the same years.',
  },
  cltv_net: { name: 'Less cost to serve', text: 'CLTV by the month, less cost to serve, future by future.' },
  perpetuity: {
    name: 'Share beyond',
    text: 'What CLTV leaves out after its last year, ÷ that and CLTV together, if the NRR of the last whole contract year went on for ever: ARR after those years × margin ÷ 12 ÷ (1 − q^(1/12)), discounted, with q = NRR ÷ (1 + discount). Where q is not clearly below 1 it has no end, and none is shown. Its error is a jackknife over 20 groups of futures.',
  },
  cac: {
    name: 'CAC of a new account',
    text: 'Cost of winning a unit of new ARR, as stated for the segment, × the mean ARR of a new account; over the book weighted by how many join.',
  },
  ltv_cac: {
    name: 'LTV : CAC',
    text: 'CLTV by the month of an opening account ÷ what winning the same ARR would cost, so that accounts of different size compare. Net is less cost to serve.',
  },
  payback: {
    name: 'CAC payback',
    text: 'Months in which the gross margin of new accounts pays for winning them, if none left: 12 × CAC ÷ (margin × new ARR). From the inputs alone, so it carries no error.',
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
