use crate::model::{Account, Health, Pool, Segment, TouchModel};
use crate::units::{Currency, Money};

/// Everything a user states, except chance.
///
/// A value of this type is sound: `wire` makes it from what was typed and refuses everything else.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// What the user calls it.
    pub name: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// Fixes all luck; up to 2⁵³ - 1.
    pub seed: u64,
    /// Simulated futures, at most.
    pub trials: u32,
    /// How sure a number has to be before the run may stop.
    pub precision: Option<Precision>,
    /// Months simulated for the report, 1 to 120.
    pub horizon: u32,
    /// Calendar month of month 1; 1 is January.
    pub start_month: u32,
    /// Whether coverage follows from the team or is taken as full.
    pub coverage: CoverageRule,
    /// Accounts that share rates.
    pub segments: Vec<Segment>,
    /// How segments are covered.
    pub touch_models: Vec<TouchModel>,
    /// The CSMs; pool *i* serves touch model *i*.
    pub pools: Vec<Pool>,
    /// Accounts brought by the user; without them the segments lay out the book.
    pub accounts: Option<Vec<Account>>,
    /// Weight of each calendar month, January first, among contract ends that the book does not state.
    pub renewal_calendar: [f64; 12],
    /// Months after which half of a shock everyone shares is gone; 0 draws it anew each month.
    pub half_life: f64,
    /// Standard deviation, in log-odds, of the common error of every churn probability.
    pub rate_doubt: f64,
    /// Margins, discounting and the cost of winning.
    pub economics: Economics,
    /// Numbers to be met.
    pub targets: Targets,
}

/// A number at the top and how sure it has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// Which number.
    pub of: Number,
    /// Half width of the 95% interval of its mean.
    pub within: f64,
}

/// The six numbers at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// GRR of the first contract year.
    Grr,
    /// NRR of the first contract year.
    Nrr,
    /// Logo retention of the first contract year.
    LogoRetention,
    /// ARR at the close of the horizon, in minor units.
    ClosingArr,
    /// CLTV of an opening account, in minor units.
    Cltv,
    /// CSMs needed in the first contract year.
    CsmsNeeded,
}

/// Whether coverage follows from the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverageRule {
    /// Hours given over hours asked, month by month.
    FromTeam,
    /// Every hour asked is given, whatever the team.
    Full,
    /// No hour is given and nobody hands over: the twin without the team.
    None,
}

/// Money matters outside the team.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Economics {
    /// Gross margin on ARR, 0 to 1.
    pub gross_margin: f64,
    /// Discount a year.
    pub discount: f64,
    /// Years of payments counted in CLTV, 1 to 10.
    pub cltv_years: u32,
    /// CSMs one manager leads; a manager costs what a CSM of the mean pool costs.
    pub csms_per_manager: f64,
}

/// Numbers the user has to meet; each is optional.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Targets {
    /// GRR of the first contract year.
    pub grr: Option<f64>,
    /// NRR of the first contract year.
    pub nrr: Option<f64>,
    /// Logo retention of the first contract year.
    pub logo_retention: Option<f64>,
    /// ARR at the close of the horizon.
    pub closing_arr: Option<Money>,
    /// CLTV of an opening account, mean over the book.
    pub cltv: Option<Money>,
    /// CSMs that may be needed on average in the first contract year.
    pub csms: Option<f64>,
}

impl Scenario {
    /// Months simulated at most: CLTV looks further than a short horizon.
    pub fn months(&self) -> u32 {
        self.horizon.max(12 * self.economics.cltv_years)
    }

    /// Whether trial number so many goes on to the end of the years that CLTV counts, and so tells it.
    ///
    /// Every trial does up to the horizon, of which all other numbers speak. Past it go every second of the first 1,000
    /// and every twentieth after them: enough for CLTV's mean, its band and its split into layers, at a third less work.
    /// All go where the run is to be as sure of CLTV as it asks. It depends on the trial alone, so it is the same in any
    /// split of a run.
    pub fn looks_ahead(&self, trial: u32) -> bool {
        let is_asked = self.precision.is_some_and(|asked| asked.of == Number::Cltv);
        is_asked || self.months() == self.horizon || trial.is_multiple_of(if trial < 1000 { 2 } else { 20 })
    }

    /// Hours a year an onboarded account of a segment asks for at the covered mix.
    pub fn hours_per_account_year(&self, segment: usize) -> f64 {
        let segment = &self.segments[segment];
        12.0 * segment.static_hours(&self.touch_models[segment.touch_model])
    }

    /// Contract years the horizon opens; the last may be incomplete.
    pub fn windows(&self) -> u32 {
        self.horizon.div_ceil(12)
    }
}

impl Health {
    /// Greenest first, the order of every triple in the product.
    pub const ALL: [Health; 3] = [Health::Green, Health::Yellow, Health::Red];
}
