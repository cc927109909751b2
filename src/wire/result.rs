//! What a run says, as page and terminal receive it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::Fault;
use crate::wire::scenario::CurrencyInput;

/// Derives what every result type needs.
macro_rules! result {
    ($($item:item)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
        $item
    )*};
}

result! {
    /// What the outcomes of a run say. Money is in minor units; a ratio over nothing is null.
    pub struct Results {
        /// Version of the program.
        pub version: String,
        /// Name of the scenario.
        pub name: String,
        /// Currency of every amount.
        pub currency: CurrencyInput,
        /// Seed of the run.
        pub seed: u64,
        /// First trial of the run.
        pub first: u32,
        /// Trials summarised.
        pub trials: u32,
        /// Months of the report.
        pub horizon: u32,
        /// Calendar month of month 1; 1 is January.
        pub start_month: u32,
        /// Hash over every number of every outcome, in order: equal runs have equal fingerprints, on any machine.
        pub fingerprint: String,
        /// The finding, for each of the three questions.
        pub answer: Answers,
        /// The six numbers at the top.
        pub headline: Headline,
        /// Retention by contract year.
        pub years: Vec<YearResult>,
        /// Retention by other definitions and why they differ, by contract year.
        pub definitions: Vec<DefinitionsResult>,
        /// Retention and ARR since month 0, month by month.
        pub fans: Fans,
        /// Distribution of the first contract year.
        pub histograms: Histograms,
        /// Mean ARR bridge of each contract year.
        pub bridge: Vec<BridgeResult>,
        /// Mean ARR bridge of each month.
        pub bridge_by_month: Vec<BridgeResult>,
        /// One entry per segment, in the order of the scenario.
        pub segments: Vec<SegmentResult>,
        /// How the book's ARR is spread, and what of it deserves a warning.
        pub risk: RiskResult,
        /// What an opening account is worth, mean over the book.
        pub value: ValueResult,
        /// One entry per pool, in the order of the touch models.
        pub pools: Vec<PoolResult>,
        /// The team as a whole, by contract year.
        pub team: Vec<TeamResult>,
        /// What happens because of the team; null without coverage by one.
        pub worth: Option<Worth>,
        /// What the scenario states that does not add up.
        pub findings: Vec<Finding>,
    }

    /// Something sound that contradicts itself, or is probably not meant.
    pub struct Finding {
        /// Which identity it breaks; short and stable.
        pub rule: String,
        /// Path in the document, as in a fault.
        pub path: String,
        /// What does not add up, with the numbers typed.
        pub says: String,
        /// What to type instead.
        pub fix: String,
    }

    /// Distribution of a number over trials.
    #[derive(Copy)]
    pub struct Estimate {
        /// Mean.
        pub mean: f64,
        /// Standard error of the mean.
        pub se: f64,
        /// Five in a hundred trials are at or below.
        pub p5: f64,
        /// A quarter of the trials are at or below.
        pub p25: f64,
        /// Half of the trials are at or below.
        pub p50: f64,
        /// Three quarters of the trials are at or below.
        pub p75: f64,
        /// Ninety-five in a hundred trials are at or below.
        pub p95: f64,
        /// Between which values P5, the median and P95 lie.
        pub sure: Sure,
        /// Trials in which the number exists.
        pub trials: u32,
    }

    /// Between which values quantiles lie with 95% confidence, by order statistics: no law is assumed.
    #[derive(Copy, Default)]
    pub struct Sure {
        /// Of P5.
        pub p5: Interval,
        /// Of the median.
        pub p50: Interval,
        /// Of P95.
        pub p95: Interval,
    }

    /// Two ends; null where so few trials tell none.
    #[derive(Copy, Default)]
    pub struct Interval {
        /// Lower end.
        pub low: Option<f64>,
        /// Upper end.
        pub high: Option<f64>,
    }

    /// The finding in sentences, for each of the three questions.
    pub struct Answers {
        /// How should I cover my book?
        pub cs_leader: Vec<String>,
        /// What retention goes in the plan?
        pub finance: Vec<String>,
        /// How many CSMs, of which kind, when?
        pub recruiter: Vec<String>,
        /// What to bear in mind with all of them; null where there is nothing.
        pub caution: Option<String>,
    }

    /// Variance of a number over trials, by the layer of uncertainty it comes from; shares add up to 1.
    #[derive(Copy)]
    pub struct Variance {
        /// Standard deviation over trials.
        pub sd: f64,
        /// Rates nobody knows.
        pub rates: VariancePart,
        /// The shock everyone shares, given the rates.
        pub shock: VariancePart,
        /// Luck, given both.
        pub luck: VariancePart,
        /// Trials it is estimated from, each played three times.
        pub trials: u32,
    }

    /// Share of the variance; by chance it may come out a little below 0.
    #[derive(Copy)]
    pub struct VariancePart {
        /// Share of the whole.
        pub share: f64,
        /// Its standard error.
        pub se: f64,
    }

    /// What happens because of the team: the run less its twin, the same trials without coverage and handovers.
    #[derive(Copy)]
    pub struct Worth {
        /// GRR of the first contract year.
        pub grr: Change,
        /// ARR of the opening accounts kept at the close of the horizon, capped account by account, in minor units.
        pub arr_kept: Estimate,
        /// Expansion over the horizon, in minor units.
        pub expansion: Estimate,
        /// ARR at the close of the horizon, in minor units.
        pub closing_arr: Estimate,
        /// Opening accounts truly saved by the close of the horizon: kept here and lost in the twin, less the reverse.
        pub saved: Estimate,
        /// Accounts that were red in their renewal window and renewed over the horizon: what would be claimed as saves.
        pub claimed: Estimate,
    }

    /// What a number gained over the baseline's, in the trials both have.
    #[derive(Copy)]
    pub struct Change {
        /// Mean of the differences, trial by trial.
        pub mean: f64,
        /// Standard error of the mean.
        pub se: f64,
        /// Lower end of the interval of 90% for the mean.
        pub low: f64,
        /// Upper end of the interval of 90% for the mean.
        pub high: f64,
        /// Whether the interval leaves zero out.
        pub visible: bool,
        /// Trials in which both numbers exist.
        pub pairs: u32,
        /// Trials both runs have in which one of the numbers does not exist.
        pub left_out: u32,
    }

    /// A headline number, its target and the chance to meet it.
    pub struct Metric {
        /// What it covers: `months 1–12`, `month 36`, `5 years`.
        pub window: String,
        /// Distribution over trials; null when it exists in none.
        pub estimate: Option<Estimate>,
        /// Its mean once what the trial's own shock and rates explain is taken out of it, which is surer; null where there
        /// are too few trials to tell.
        pub expected: Option<Point>,
        /// Number to be met.
        pub target: Option<f64>,
        /// Chance to meet it.
        pub chance: Option<Chance>,
        /// What it gained over the baseline; null where nothing is compared.
        pub change: Option<Change>,
        /// Where its variance comes from; null until the runs that tell are in.
        pub variance: Option<Variance>,
    }

    /// A simulated probability, or share of months, with its Wilson interval of 95%.
    #[derive(Copy)]
    pub struct Chance {
        /// Share of trials, or of months.
        pub p: f64,
        /// Lower end.
        pub low: f64,
        /// Upper end.
        pub high: f64,
    }

    /// The six numbers at the top.
    pub struct Headline {
        /// GRR of the first contract year.
        pub grr: Metric,
        /// NRR of the first contract year.
        pub nrr: Metric,
        /// Logo retention of the first contract year.
        pub logo_retention: Metric,
        /// ARR at the close of the horizon.
        pub closing_arr: Metric,
        /// CLTV, mean over the opening accounts.
        pub cltv: Metric,
        /// CSMs needed for the mean workload of the first contract year, rounded up per pool.
        pub csms_needed: Metric,
    }

    /// Retention of the accounts under contract when the year opened.
    pub struct YearResult {
        /// First month.
        pub from: u32,
        /// Last month.
        pub to: u32,
        /// Whether it has all 12 months.
        pub complete: bool,
        /// Σ min(ARR at the opening, ARR at the close) / Σ ARR at the opening.
        pub grr: Option<Estimate>,
        /// 1 - Σ (churn + downsell + contraction, of each account at most what it opened with) / Σ ARR at the opening.
        pub grr_movements: Option<Estimate>,
        /// ARR at the close / ARR at the opening.
        pub nrr: Option<Estimate>,
        /// The same less the price changes of the year.
        pub nrr_without_uplift: Option<Estimate>,
        /// Accounts at the close / accounts at the opening.
        pub logo_retention: Option<Estimate>,
        /// ARR renewed, capped account by account, uplift excluded / ARR up for renewal.
        pub gross_renewal_rate: Option<Estimate>,
        /// Contracts renewed / contracts that ended.
        pub logo_renewal_rate: Option<Estimate>,
    }

    /// Retention of the book by other definitions, in a contract year.
    pub struct DefinitionsResult {
        /// First month.
        pub from: u32,
        /// Last month.
        pub to: u32,
        /// NRR without the growth of the account that grew most.
        pub nrr_without_top1: Option<Estimate>,
        /// Without that of the three that grew most.
        pub nrr_without_top3: Option<Estimate>,
        /// Without that of the five that grew most.
        pub nrr_without_top5: Option<Estimate>,
        /// ARR that came back; in neither GRR nor NRR.
        pub win_back: Option<Estimate>,
        /// Why definitions differ; one whose ratios exist in no trial is left out.
        pub differences: Vec<Difference>,
    }

    /// Why two definitions differ: in every trial the steps add up to the difference, and so do their means.
    pub struct Difference {
        /// Name of the first.
        pub from: String,
        /// The first, over the trials in which both exist.
        pub before: Estimate,
        /// What lies between.
        pub steps: Vec<DifferenceStep>,
        /// Name of the second.
        pub to: String,
        /// The second, over the same trials.
        pub after: Estimate,
    }

    /// A reason why two definitions differ.
    pub struct DifferenceStep {
        /// What it is.
        pub name: String,
        /// Why it makes a difference.
        pub says: String,
        /// The ARR it is about.
        pub amount: Estimate,
        /// What it changes in the ratio.
        pub change: Estimate,
    }

    /// How the book's ARR is spread over accounts.
    pub struct RiskResult {
        /// In the opening book; null without ARR.
        pub now: Option<Spread>,
        /// At the close of the horizon, over the trials in which ARR is left.
        pub close: SpreadEstimate,
        /// Share of the first contract year's growth that the account which grew most has.
        pub growth_top1: Option<Estimate>,
        /// That the three which grew most have.
        pub growth_top3: Option<Estimate>,
        /// That the five which grew most have.
        pub growth_top5: Option<Estimate>,
        /// GRR less logo retention of the first contract year, trial by trial.
        pub grr_less_logos: Option<Estimate>,
        /// Width of GRR's band, P95 - P5, in the first contract year.
        pub grr_band: Option<Point>,
        /// Distance between the median of that GRR and its target.
        pub grr_gap: Option<Point>,
        /// What luck alone would leave of that band: its width × √(share of the variance); null until the runs that tell
        /// are in.
        pub grr_band_by_luck: Option<Point>,
        /// What luck and the shock everyone shares would leave of it, rates being known.
        pub grr_band_by_luck_and_shock: Option<Point>,
        /// Why the band is as wide as it is, in words.
        pub grr_band_why: Option<String>,
        /// Mean GRR of the worst twentieth of futures, in the first contract year: its expected shortfall.
        pub grr_tail: Option<Point>,
        /// What deserves a second look, in sentences that state their rule.
        pub warnings: Vec<String>,
    }

    /// Concentration of ARR, exactly.
    #[derive(Copy)]
    pub struct Spread {
        /// Σ of squared shares: the Herfindahl–Hirschman index.
        pub hhi: f64,
        /// 1 / HHI.
        pub effective_accounts: f64,
        /// Share of the largest account.
        pub top1: f64,
        /// Of the three largest.
        pub top3: f64,
        /// Of the five largest.
        pub top5: f64,
        /// Of the ten largest.
        pub top10: f64,
    }

    /// Concentration of ARR over trials.
    pub struct SpreadEstimate {
        /// Σ of squared shares: the Herfindahl–Hirschman index.
        pub hhi: Option<Estimate>,
        /// 1 / HHI.
        pub effective_accounts: Option<Estimate>,
        /// Share of the largest account.
        pub top1: Option<Estimate>,
        /// Of the three largest.
        pub top3: Option<Estimate>,
        /// Of the five largest.
        pub top5: Option<Estimate>,
        /// Of the ten largest.
        pub top10: Option<Estimate>,
    }

    /// What an opening account is worth besides its CLTV by the month.
    pub struct ValueResult {
        /// CLTV of payments a year in advance, the first at once (Fader and Hardie 2012, case 1).
        pub cltv_annual: Option<Estimate>,
        /// The same without the first payment (case 2).
        pub cltv_annual_without_first: Option<Estimate>,
        /// The same with every payment a year later (case 3).
        pub cltv_annual_year_later: Option<Estimate>,
        /// Discounted cost of serving the account.
        pub cost_to_serve: Option<Estimate>,
        /// CLTV by the month less cost to serve.
        pub cltv_net: Option<Estimate>,
        /// What lies beyond the years counted.
        pub perpetuity: PerpetuityResult,
        /// Mean cost of winning a new account; null over a book that none join.
        pub cac: Option<f64>,
        /// CLTV by the month ÷ what winning the same ARR would cost.
        pub ltv_cac: Option<Estimate>,
        /// CLTV less cost to serve ÷ what winning the same ARR would cost.
        pub ltv_cac_net: Option<Estimate>,
        /// Months in which the margin of new accounts pays for winning them, if none left.
        pub payback_months: Option<f64>,
    }

    /// What CLTV leaves out after its last year, if the last NRR went on for ever.
    pub struct PerpetuityResult {
        /// First month of the contract year whose NRR goes on.
        pub from: u32,
        /// Its last month.
        pub to: u32,
        /// That NRR, a year.
        pub nrr: Option<Point>,
        /// Discounted margin of an opening account after the years counted.
        pub value: Option<Point>,
        /// Its share of all there is.
        pub share: Option<Point>,
        /// Why there is none.
        pub refused: Option<String>,
    }

    /// A number and its error.
    #[derive(Copy)]
    pub struct Point {
        /// The number.
        pub value: f64,
        /// Its standard error.
        pub se: f64,
    }

    /// Quantiles month by month, month 0 first.
    #[derive(Default)]
    pub struct Fan {
        /// Five in a hundred trials are at or below.
        pub p5: Vec<Option<f64>>,
        /// A quarter of the trials are at or below.
        pub p25: Vec<Option<f64>>,
        /// Half of the trials are at or below.
        pub p50: Vec<Option<f64>>,
        /// Three quarters of the trials are at or below.
        pub p75: Vec<Option<f64>>,
        /// Ninety-five in a hundred trials are at or below.
        pub p95: Vec<Option<f64>>,
        /// Lower end of the interval of 95% of P5; null where so few trials tell none.
        pub p5_low: Vec<Option<f64>>,
        /// Upper end of the same.
        pub p5_high: Vec<Option<f64>>,
        /// Lower end of that of the median.
        pub p50_low: Vec<Option<f64>>,
        /// Upper end of the same.
        pub p50_high: Vec<Option<f64>>,
        /// Lower end of that of P95.
        pub p95_low: Vec<Option<f64>>,
        /// Upper end of the same.
        pub p95_high: Vec<Option<f64>>,
    }

    /// Retention and ARR since month 0.
    pub struct Fans {
        /// GRR of the opening accounts.
        pub grr: Fan,
        /// NRR of the opening accounts.
        pub nrr: Fan,
        /// Logo retention of the opening accounts.
        pub logo_retention: Fan,
        /// ARR under contract.
        pub arr: Fan,
        /// Accounts under contract.
        pub accounts: Fan,
    }

    /// Counts of trials in equal bins.
    pub struct Histogram {
        /// Lower end of the first bin.
        pub from: f64,
        /// Width of a bin.
        pub width: f64,
        /// Trials per bin.
        pub counts: Vec<u32>,
    }

    /// Distributions of the first contract year.
    pub struct Histograms {
        /// GRR.
        pub grr: Histogram,
        /// NRR.
        pub nrr: Histogram,
        /// Logo retention.
        pub logo_retention: Histogram,
    }

    /// Means over trials, each with its standard error; opening + gains - losses = closing.
    #[derive(Copy)]
    pub struct BridgeResult {
        /// First month.
        pub from: u32,
        /// Last month.
        pub to: u32,
        /// ARR at the opening.
        pub opening: Point,
        /// ARR of accounts that joined.
        pub new: Point,
        /// Expansion that needed a CSM.
        pub expansion_csm_led: Point,
        /// Expansion that happened anyway.
        pub expansion_product_led: Point,
        /// Expansion decided at renewal.
        pub expansion_at_renewal: Point,
        /// Price.
        pub uplift: Point,
        /// ARR of lost accounts that came back.
        pub win_back: Point,
        /// ARR given up at renewal.
        pub downsell: Point,
        /// ARR given up between renewals.
        pub contraction: Point,
        /// ARR of accounts that left.
        pub churn: Point,
        /// What of the churn was out of any CSM's reach.
        pub uncontrollable: Point,
        /// ARR at the close.
        pub closing: Point,
    }

    /// What the outcomes say of one segment.
    pub struct SegmentResult {
        /// Its name.
        pub name: String,
        /// Accounts at month 0.
        pub opening_accounts: u32,
        /// ARR at month 0.
        pub opening_arr: i64,
        /// Retention by contract year.
        pub years: Vec<YearResult>,
        /// CLTV of an opening account.
        pub cltv: Option<Estimate>,
        /// How the futures spread over it, in minor units.
        pub cltv_histogram: Histogram,
        /// What it is worth besides.
        pub value: ValueResult,
        /// Months that onboarding took, mean over the accounts that finished.
        pub time_to_value: Option<Estimate>,
        /// ARR at the close of the horizon.
        pub closing_arr: Option<Estimate>,
        /// Hours a year that an onboarded account asks for at the covered mix.
        pub hours_per_account_year: f64,
    }

    /// What the outcomes say of one pool.
    pub struct PoolResult {
        /// Name of its touch model.
        pub touch_model: String,
        /// Hours for customers a ramped CSM has in a month.
        pub productive_hours: f64,
        /// Published lower end of accounts per CSM.
        pub band_low: f64,
        /// Published upper end of accounts per CSM.
        pub band_high: f64,
        /// CSMs in seat, months 1 and on.
        pub headcount: Fan,
        /// Workload ÷ capacity; null without capacity.
        pub utilisation: Fan,
        /// Accounts ÷ CSMs in seat; null without any.
        pub accounts_per_csm: Fan,
        /// CSMs needed for the month's workload.
        pub csms_needed: Fan,
        /// CSMs needed for the month's workload less CSMs in seat; negative where there are more than needed.
        pub shortfall: Fan,
        /// Chance of fewer CSMs in seat than the month's workload needs.
        pub short: Vec<Option<Chance>>,
        /// By contract year.
        pub years: Vec<PoolYear>,
    }

    /// A pool in a contract year.
    pub struct PoolYear {
        /// First month.
        pub from: u32,
        /// Last month.
        pub to: u32,
        /// Mean CSMs in seat.
        pub headcount: Option<Estimate>,
        /// Hours asked ÷ hours that could be given.
        pub utilisation: Option<Estimate>,
        /// Share of months in which more is asked than can be given; its interval takes trials, not months, for
        /// independent.
        pub over_capacity: Option<Chance>,
        /// Hours given ÷ hours asked.
        pub coverage: Option<Estimate>,
        /// GRR of the accounts it serves.
        pub grr: Option<Estimate>,
        /// Mean accounts ÷ mean CSMs in seat.
        pub accounts_per_csm: Option<Estimate>,
        /// ARR at the close ÷ CSMs in seat at the close.
        pub arr_per_csm: Option<Estimate>,
        /// CSMs needed for the mean workload, rounded up.
        pub csms_needed: Option<Estimate>,
        /// CSMs whose start a dated plan states; null where hiring follows a rule.
        pub planned_starts: Option<u32>,
        /// CSMs who started: planned, by rule, and in the place of leavers.
        pub hires: Option<Estimate>,
        /// CSMs who left.
        pub leavers: Option<Estimate>,
    }

    /// All pools in a contract year.
    pub struct TeamResult {
        /// First month.
        pub from: u32,
        /// Last month.
        pub to: u32,
        /// Mean CSMs in seat.
        pub headcount: Option<Estimate>,
        /// CSMs needed, rounded up per pool.
        pub csms_needed: Option<Estimate>,
        /// Managers for the mean CSMs in seat, rounded up.
        pub managers: Option<Estimate>,
        /// Salaries, loading, hires and managers.
        pub cost: Option<Estimate>,
        /// Cost ÷ mean ARR, annualised.
        pub cost_of_arr: Option<Estimate>,
        /// Cost ÷ Σ min(ARR at the opening, ARR at the close).
        pub cost_per_retained: Option<Estimate>,
    }

    /// What a scenario amounts to before it is played.
    pub struct Derived {
        /// Opening accounts.
        pub accounts: u32,
        /// Opening ARR.
        pub arr: i64,
        /// Whether the page keeps the outcomes of the run on disk, because they would fill its memory.
        pub on_disk: bool,
        /// Opening accounts of each segment.
        pub segment_accounts: Vec<u32>,
        /// Opening ARR of each segment.
        pub segment_arr: Vec<i64>,
        /// Hours a year that an onboarded account of each segment asks for.
        pub hours_per_account_year: Vec<f64>,
        /// Hours for customers a ramped CSM of each pool has in a month, pools in the order of the document.
        pub productive_hours: Vec<f64>,
        /// Salary and loading of one CSM of each pool for a year, pools in the order of the document.
        pub loaded_cost: Vec<i64>,
    }

    /// What a check of a document found.
    pub struct Checked {
        /// Everything wrong; empty when it can be played.
        pub faults: Vec<Fault>,
        /// What it amounts to; null while there are faults.
        pub derived: Option<Derived>,
    }
}

/// What a document states that does not add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Findings(pub Vec<Finding>);

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.path, self.says, self.fix)
    }
}
