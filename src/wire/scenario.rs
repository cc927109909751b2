//! The scenario document as people write it.

use serde::{Deserialize, Serialize};

/// The version of the scenario document this program writes.
pub const VERSION: u32 = 1;

/// Derives what every document type needs: JSON both ways, a JSON Schema natively, a TypeScript type in Wasm.
macro_rules! document {
    ($($item:item)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        $item
    )*};
}

/// A number, or a 90% interval around a median.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected a number or a range {\"p5\": …, \"p95\": …}"
)]
pub enum RateInput {
    /// Known for certain.
    Point(f64),
    /// Nine times in ten between these.
    Range {
        /// One time in twenty below.
        p5: f64,
        /// One time in twenty above.
        p95: f64,
    },
}

/// ISO 4217 code of the scenario's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum CurrencyInput {
    /// United States dollar.
    Usd,
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
    /// Indian rupee.
    Inr,
}

/// Whether coverage follows from the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CoverageInput {
    /// Hours given over hours asked, month by month.
    FromTeam,
    /// Every hour asked is given, whatever the team.
    Full,
}

/// The six numbers at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NumberInput {
    /// GRR of the first contract year.
    Grr,
    /// NRR of the first contract year.
    Nrr,
    /// Logo retention of the first contract year.
    LogoRetention,
    /// ARR at the close of the horizon.
    ClosingArr,
    /// CLTV of an opening account.
    Cltv,
    /// CSMs needed in the first contract year.
    CsmsNeeded,
}

/// Whose churn is the stated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChurnOfInput {
    /// The opening accounts as they are; new ones churn more.
    Book,
    /// Accounts that have just joined; survivors churn less.
    New,
}

/// Who has the hours of renewals and expansions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OwnershipInput {
    /// CSMs.
    Csm,
    /// Account managers, outside the pools: no renewal window asks CSMs for hours, and no expansion waits for them.
    Am,
}

/// Hours per account and month: a number, or the activities they are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected hours or a list of activities")]
pub enum HourStandardInput {
    /// Hours.
    Hours(f64),
    /// Activities, whose hours add up.
    Activities(Vec<ActivityInput>),
}

/// Health of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HealthInput {
    /// Doing well.
    Green,
    /// Slipping.
    Yellow,
    /// At risk.
    Red,
}

/// The kinds of work an account can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkClassInput {
    /// New, not yet at value.
    Onboarding,
    /// The months up to and with the renewal decision.
    RenewalWindow,
    /// Red health.
    Red,
    /// Yellow health.
    Yellow,
    /// Green health.
    Green,
}

/// How new accounts spread over months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ArrivalsInput {
    /// A twelfth of the yearly number each month, fractions carried over.
    Even,
    /// A Poisson number each month.
    Poisson,
}

/// Who is served first when hours are short: `"proportional"`, or the five work classes in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected \"proportional\" or the five work classes in order")]
pub enum AllocationInput {
    /// Every class gets the same share of what it asks.
    Proportional(ProportionalInput),
    /// Classes are served in this order.
    Priority(Vec<WorkClassInput>),
}

/// The word `"proportional"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProportionalInput {
    /// Every class gets the same share of what it asks.
    Proportional,
}

/// Churn stated for a term itself: one probability, or one by health, green first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a probability or three, green first")]
pub enum TermChurnInput {
    /// The mean over the covered mix; risks by health keep their ratios.
    Mean(f64),
    /// Green, yellow, red.
    ByHealth([f64; 3]),
}

/// Movement of health at full coverage, instead of the mix and `speed`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CoveredInput {
    /// The four monthly probabilities of one step.
    Steps(StepsInput),
    /// The monthly matrix, rows from green, yellow, red.
    Matrix([[f64; 3]; 3]),
}

/// Movement of health without coverage, instead of what the effect implies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum UncoveredInput {
    /// The mix it settles at, green first; `effect` then acts at the decision alone.
    Mix([f64; 3]),
    /// The four monthly probabilities of one step.
    Steps(StepsInput),
    /// The monthly matrix, rows from green, yellow, red.
    Matrix([[f64; 3]; 3]),
}

/// How a pool grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "policy", deny_unknown_fields)]
pub enum HiringInput {
    /// So many start in these months.
    Plan {
        /// Month and number of each start.
        hires: Vec<HireInput>,
    },
    /// Hire while accounts per CSM would exceed this.
    AccountsPerCsm {
        /// Most accounts per CSM.
        most: f64,
    },
    /// Hire while utilisation, workload over capacity, would exceed this.
    Utilisation {
        /// Highest utilisation.
        most: f64,
    },
}

document! {
    /// Everything a user states, except chance: the document of files, links, page and terminal alike.
    ///
    /// Money is in minor units (cents, pence, paise), shares and probabilities in 0..=1, triples by health are green,
    /// yellow, red.
    pub struct ScenarioInput {
        /// Version of the document; 1.
        pub version: u32,
        /// What the user calls it.
        pub name: String,
        /// Currency of every amount.
        pub currency: CurrencyInput,
        /// Fixes all luck; 0 to 2⁵³ - 1.
        pub seed: u64,
        /// Simulated futures, 1 to 1,000,000.
        pub trials: u64,
        /// How sure a number has to be before the run stops short of `trials`; never when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub precision: Option<PrecisionInput>,
        /// Months of the report, 1 to 120.
        pub horizon: u32,
        /// Calendar month of month 1; 1 is January.
        pub start_month: u32,
        /// Whether coverage follows from the team.
        pub coverage: CoverageInput,
        /// Standard deviation, in log-odds, of the common error of every churn probability.
        pub rate_doubt: f64,
        /// Layers of uncertainty switched off; all on when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub layers: Option<LayersInput>,
        /// The bad year everyone shares.
        pub shock: ShockInput,
        /// Margins, discounting, the cost of winning and managing.
        pub economics: EconomicsInput,
        /// Numbers to be met.
        pub targets: TargetsInput,
        /// Weight of each calendar month, January first, among contract ends that the book does not state.
        pub renewal_calendar: [f64; 12],
        /// How segments are covered.
        pub touch_models: Vec<TouchModelInput>,
        /// The CSMs; one pool for each touch model.
        pub pools: Vec<PoolInput>,
        /// Accounts that share rates.
        pub segments: Vec<SegmentInput>,
        /// Accounts brought by the user; without them the segments lay out the book.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub book: Option<BookInput>,
    }

    /// One-factor shock shared by all accounts.
    #[derive(Copy)]
    pub struct ShockInput {
        /// Share of the latent variance of churn that all accounts have in common, 0 to 0.9.
        pub rho: f64,
        /// The same for expansion.
        pub rho_expansion: f64,
        /// Months after which half of a shock is gone; 0 draws it anew each month.
        pub half_life: f64,
    }

    /// Money matters outside the team.
    #[derive(Copy)]
    pub struct EconomicsInput {
        /// Gross margin on ARR.
        pub gross_margin: f64,
        /// Discount a year.
        pub discount: f64,
        /// Years of payments counted in CLTV, 1 to 10.
        pub cltv_years: u32,
        /// Cost of acquiring one unit of new ARR.
        pub cac: f64,
        /// CSMs one manager leads; a manager costs what the mean CSM costs.
        pub csms_per_manager: f64,
    }

    /// Numbers to be met; each is optional.
    #[derive(Copy, Default)]
    pub struct TargetsInput {
        /// GRR of the first contract year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub grr: Option<f64>,
        /// NRR of the first contract year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub nrr: Option<f64>,
        /// Logo retention of the first contract year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub logo_retention: Option<f64>,
        /// ARR at the close of the horizon, minor units.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub closing_arr: Option<i64>,
        /// CLTV of an opening account, mean over the book, minor units.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub cltv: Option<i64>,
        /// Most CSMs that may be needed on average in the first contract year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub csms: Option<f64>,
    }

    /// How a segment is covered.
    pub struct TouchModelInput {
        /// What the user calls it; segments and pools name it.
        pub name: String,
        /// Hours per account and month by work class.
        pub hours: HoursInput,
        /// Months up to and with the decision's in which renewal hours stand for health hours, 0 to 12.
        pub renewal_window: u32,
        /// Who has the hours of renewals and expansions; CSMs when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub ownership: Option<OwnershipInput>,
        /// What it takes to give an account to another CSM; nothing when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub handover: Option<HandoverInput>,
        /// Log-odds gap in annual churn between no coverage and full, all channels, in the long run; may be negative.
        pub effect: RateInput,
        /// Share of the effect that acts by the health mix.
        pub through_health: f64,
        /// Curvature of the response to coverage, 0 to 20; 0 is linear.
        pub k: f64,
        /// Who is served first when hours are short.
        pub allocation: AllocationInput,
        /// Accounts per CSM that practitioners publish for this kind of coverage.
        pub accounts_per_csm: BandInput,
    }

    /// Hours per account and month by work class.
    pub struct HoursInput {
        /// New, not yet at value.
        pub onboarding: HourStandardInput,
        /// The months up to and with the renewal decision.
        pub renewal_window: HourStandardInput,
        /// Red health.
        pub red: HourStandardInput,
        /// Yellow health.
        pub yellow: HourStandardInput,
        /// Green health.
        pub green: HourStandardInput,
    }

    /// From low to high.
    #[derive(Copy)]
    pub struct BandInput {
        /// Lower end.
        pub low: f64,
        /// Upper end.
        pub high: f64,
    }

    /// The CSMs who serve one touch model.
    pub struct PoolInput {
        /// Name of the touch model.
        pub touch_model: String,
        /// CSMs in seat at month 0, all ramped.
        pub csms: u32,
        /// Where productive hours come from.
        pub hours_year: HoursYearInput,
        /// Share of productive hours a plan may fill.
        pub target_utilisation: f64,
        /// Months until a new CSM is fully productive.
        pub ramp_months: u32,
        /// Productivity until then.
        pub ramp_productivity: f64,
        /// Hazard of leaving, a year and CSM.
        pub attrition: RateInput,
        /// Months a seat stays empty.
        pub time_to_hire: u32,
        /// Whether a leaver is replaced.
        pub backfill: bool,
        /// How the pool grows.
        pub hiring: HiringInput,
        /// Salary of one CSM a year, base and variable, minor units.
        pub salary: i64,
        /// Payroll cost on top of salary, as a share.
        pub loading: f64,
        /// One-off cost of a hire, minor units.
        pub cost_per_hire: i64,
    }

    /// Hours of one CSM in a year: (paid - leave - sick - internal) × realised are for customers.
    #[derive(Copy)]
    pub struct HoursYearInput {
        /// Paid.
        pub paid: f64,
        /// Less holidays.
        pub leave: f64,
        /// Less sick leave.
        pub sick: f64,
        /// Less internal meetings and administration.
        pub internal: f64,
        /// Share of the rest that reaches customers.
        pub realised: f64,
    }

    /// CSMs who start in a month.
    #[derive(Copy)]
    pub struct HireInput {
        /// Month in which they start.
        pub month: u32,
        /// How many.
        pub csms: u32,
    }

    /// Accounts that share rates.
    pub struct SegmentInput {
        /// What the user calls it.
        pub name: String,
        /// Name of the touch model that covers it.
        pub touch_model: String,
        /// Accounts to lay out when the user brings no book.
        pub accounts: u32,
        /// ARR of accounts laid out and of new accounts.
        pub arr: ArrInput,
        /// Contract lengths.
        pub terms: Vec<TermInput>,
        /// Months before the contract end in which the decision falls.
        pub notice_months: u32,
        /// Without it there is no notice: the decision falls in the end month.
        pub auto_renew: bool,
        /// Probability of churn at an annual decision: fully covered, onboarded, at the stated uplift, averaged over the covered mix. Left out when `churn_by_health` states it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub churn: Option<RateInput>,
        /// Relative risk of churn by health, green first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub relative_risk: Option<[f64; 3]>,
        /// Churn at an annual decision by health, instead of `churn` and `relative_risk`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub churn_by_health: Option<[f64; 3]>,
        /// How much accounts differ in churn for reasons no segment shows, 0 (left out: all alike) to 0.9.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub dispersion: Option<f64>,
        /// Whose churn is the stated one; the opening book when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub churn_of: Option<ChurnOfInput>,
        /// Exponent of the time an account stays, 0.1 to 5: below 1 its own churn falls the longer it stays; 1 when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub duration: Option<f64>,
        /// Weights of 0, 1, 2 … years of decisions survived among opening accounts; all 0 years when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub opening_tenure: Option<Vec<f64>>,
        /// Share of the hazard of churn that is out of any CSM's reach; 0 when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub uncontrollable: Option<f64>,
        /// How health moves.
        pub health: HealthRuleInput,
        /// Renewal at a lower ARR.
        pub downsell: DownsellInput,
        /// ARR given up between renewals; none when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub contraction: Option<ContractionInput>,
        /// Accounts that come back after a churn; none when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub win_back: Option<WinBackInput>,
        /// Growth of accounts that stay.
        pub expansion: ExpansionInput,
        /// Price.
        pub uplift: UpliftInput,
        /// The first months of a new account.
        pub onboarding: OnboardingInput,
        /// Accounts that join.
        pub new_accounts: NewAccountsInput,
        /// Expansion stops at so many times the starting ARR.
        pub max_growth: f64,
        /// Weight of the shared shock; the scenario's when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub shock: Option<LoadingInput>,
        /// Cost of acquiring one unit of new ARR; the scenario's when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub cac: Option<f64>,
    }

    /// Log-normal law of ARR, clamped to a range; minor units.
    #[derive(Copy)]
    pub struct ArrInput {
        /// Half the accounts pay more.
        pub median: i64,
        /// Standard deviation of the logarithm.
        pub sigma: f64,
        /// Smallest ARR.
        pub min: i64,
        /// Largest ARR.
        pub max: i64,
    }

    /// How sure a number has to be; a run is looked at after 1,000, 2,000, 5,000, 10,000 … trials.
    #[derive(Copy)]
    pub struct PrecisionInput {
        /// Which number.
        pub of: NumberInput,
        /// Half width of the 95% interval of its mean: a share, minor units or CSMs.
        pub within: f64,
    }

    /// Layers of uncertainty; luck cannot be off, accounts being whole.
    #[derive(Copy)]
    pub struct LayersInput {
        /// Off: every rate at its stated value, and no doubt.
        pub rates: bool,
        /// Off: no account shares a shock with another.
        pub shock: bool,
    }

    /// ARR given up between renewals.
    #[derive(Copy)]
    pub struct ContractionInput {
        /// Probability in a month.
        pub hazard: RateInput,
        /// Mean share of ARR given up.
        pub depth: RateInput,
    }

    /// Accounts that come back after a churn; the stated churn is before them.
    #[derive(Copy)]
    pub struct WinBackInput {
        /// Days within which a return undoes the churn; a later one comes after them.
        pub days: f64,
        /// Probability of a return within them.
        pub within: f64,
        /// Probability of a later return.
        pub later: f64,
        /// Months until a later return, 1 to 60.
        pub later_months: u32,
    }

    /// Weight of the shared shock.
    #[derive(Copy)]
    pub struct LoadingInput {
        /// Share of the latent variance of churn in common with all accounts, 0 to 0.9.
        pub rho: f64,
        /// The same for expansion.
        pub rho_expansion: f64,
    }

    /// What it takes to give an account to another CSM.
    #[derive(Copy)]
    pub struct HandoverInput {
        /// Added to the log-odds of churn while it lasts.
        pub penalty: RateInput,
        /// Months it lasts, 0 to 24.
        pub months: u32,
        /// Hours it asks for, all in all.
        pub hours: f64,
    }

    /// Something done for an account again and again.
    pub struct ActivityInput {
        /// What it is.
        pub activity: String,
        /// Times a month.
        pub per_month: f64,
        /// Hours each time.
        pub hours: f64,
    }

    /// A contract length and its share of the accounts under contract.
    #[derive(Copy)]
    pub struct TermInput {
        /// Months, 1 to 120.
        pub months: u32,
        /// Weight among the segment's terms.
        pub share: f64,
        /// Churn of a whole decision at this term, where it is stated for the term itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub churn: Option<TermChurnInput>,
        /// Months between opt-outs inside the contract; none when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub opt_out: Option<u32>,
    }

    /// Monthly movement of health.
    #[derive(Copy)]
    pub struct HealthRuleInput {
        /// Weights of green, yellow, red at full coverage, and of accounts whose health the book does not state.
        pub mix: [f64; 3],
        /// Share of yellow accounts that turn green within a quarter if none turn red.
        pub speed: RateInput,
        /// Movement at full coverage, instead of the mix and `speed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub covered: Option<CoveredInput>,
        /// Movement without coverage, instead of what the effect implies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub uncovered: Option<UncoveredInput>,
    }

    /// The four monthly probabilities of one step between neighbouring health states.
    #[derive(Copy)]
    pub struct StepsInput {
        /// From green to yellow.
        pub green_yellow: f64,
        /// From yellow to green.
        pub yellow_green: f64,
        /// From yellow to red.
        pub yellow_red: f64,
        /// From red to yellow.
        pub red_yellow: f64,
    }

    /// Renewal at a lower ARR.
    #[derive(Copy)]
    pub struct DownsellInput {
        /// Probability at an annual decision, given renewal.
        pub probability: RateInput,
        /// Mean share of ARR given up.
        pub depth: RateInput,
        /// α + β of the Beta law of the depth.
        pub concentration: f64,
        /// Relative probability by health, green first.
        pub relative: [f64; 3],
    }

    /// Growth of accounts that stay.
    #[derive(Copy)]
    pub struct ExpansionInput {
        /// Events per account-year between renewals, at full coverage, averaged over the covered mix; below 1.
        pub rate: RateInput,
        /// Probability at an annual decision, given renewal.
        pub at_renewal: RateInput,
        /// Mean size as a share of current ARR.
        pub mean_size: RateInput,
        /// Standard deviation of the logarithm of the size.
        pub log_sd: f64,
        /// Share of the rate that needs a CSM.
        pub csm_led: RateInput,
        /// Relative rate by health, green first.
        pub relative: [f64; 3],
    }

    /// Price at renewal and in between.
    #[derive(Copy)]
    pub struct UpliftInput {
        /// List increase at renewal.
        pub list: RateInput,
        /// Share of it that customers end up paying.
        pub realised: RateInput,
        /// Realised uplift at which churn was stated; the median of list × realised when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub stated: Option<f64>,
        /// Log-odds of churn per unit of uplift above the stated one.
        pub elasticity: RateInput,
        /// Increase at anniversaries inside a longer term.
        pub escalator: RateInput,
    }

    /// The first months of a new account.
    #[derive(Copy)]
    pub struct OnboardingInput {
        /// Months it takes at full coverage; 0 for none.
        pub months: f64,
        /// Progress a month without coverage.
        pub unaided: f64,
        /// Added to the log-odds of churn while it lasts.
        pub not_onboarded: RateInput,
    }

    /// Accounts that join.
    #[derive(Copy)]
    pub struct NewAccountsInput {
        /// How many a year.
        pub per_year: RateInput,
        /// How they spread.
        pub arrivals: ArrivalsInput,
    }

    /// Accounts brought by the user.
    pub struct BookInput {
        /// Where they come from, for the reader.
        pub source: String,
        /// Day at which they are as stated, ISO 8601.
        pub as_of: String,
        /// The accounts.
        pub accounts: Vec<AccountInput>,
    }

    /// One account under contract at month 0.
    pub struct AccountInput {
        /// What the user calls it.
        pub name: String,
        /// Name of its segment.
        pub segment: String,
        /// ARR in minor units.
        pub arr: i64,
        /// Contract length in months, 1 to 120; laid out by the segment when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub term: Option<u32>,
        /// Month in which the contract ends, 1 being the first simulated month; laid out when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub end_month: Option<u32>,
        /// Health at month 0; drawn from the covered mix when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub health: Option<HealthInput>,
        /// Its own churn probability at an annual decision, instead of the segment's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub churn: Option<f64>,
        /// Years of decisions it has survived, 0 to 50; laid out by its segment when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(target_arch = "wasm32", tsify(optional))]
        pub tenure: Option<u32>,
    }
}
