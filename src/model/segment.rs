use crate::model::Rate;
use crate::units::Money;

/// Accounts that share rates.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// What the user calls it.
    pub name: String,
    /// Index of the touch model that covers it.
    pub touch_model: usize,
    /// Accounts to lay out when the user brings none.
    pub accounts: u32,
    /// ARR of accounts laid out and of new accounts.
    pub arr: ArrLaw,
    /// Contract lengths.
    pub terms: Vec<Term>,
    /// Months before the contract end in which the decision falls.
    pub notice_months: u32,
    /// Without it there is no notice: the decision falls in the end month.
    pub auto_renew: bool,
    /// Probability of churn at an annual decision: fully covered, onboarded, at the stated uplift, averaged over the covered mix.
    pub churn: Rate,
    /// How churn differs by health.
    pub risk: Risk,
    /// How churn differs between accounts and with the time they stay.
    pub frailty: Frailty,
    /// Share of the hazard of churn that is out of any CSM's reach.
    pub uncontrollable: f64,
    /// How health moves.
    pub health: HealthRule,
    /// Renewal at a lower ARR.
    pub downsell: Downsell,
    /// ARR given up between renewals.
    pub contraction: Contraction,
    /// Accounts that come back.
    pub win_back: WinBack,
    /// Growth of accounts that stay.
    pub expansion: Expansion,
    /// Price.
    pub uplift: Uplift,
    /// The first months of a new account.
    pub onboarding: Onboarding,
    /// Accounts that join.
    pub new_accounts: NewAccounts,
    /// Expansion stops at so many times the starting ARR.
    pub max_growth: f64,
    /// Weight of the shared shock.
    pub loading: Loading,
    /// Cost of acquiring one unit of new ARR.
    pub cac: f64,
}

/// Differences between accounts that no segment, health or coverage explains.
///
/// Each account has its own churn θ, drawn once per trial from Beta(α, β + nᶜ), `α + β = 1 / dispersion - 1`,
/// `α = churn (α + β)`, n = years of decisions survived: the shifted-beta-geometric law of Fader and Hardie (2007),
/// *How to project customer retention*, and for c ≠ 1 the beta-discrete-Weibull law of Fader, Hardie, Liu, Davin and
/// Steenburgh (2018), *"How to project customer retention" revisited*.
#[derive(Debug, Clone, PartialEq)]
pub struct Frailty {
    /// 0 for accounts that are all alike, towards 1 for some that always leave and others that never do.
    pub dispersion: f64,
    /// Whose churn is the stated one.
    pub churn_of: ChurnOf,
    /// c: below 1 an account's own churn falls the longer it stays, above 1 it rises.
    pub duration: f64,
    /// Weights of 0, 1, 2 … years of decisions survived among opening accounts whose tenure the book does not state.
    pub opening_tenure: Vec<f64>,
}

/// Whose churn is the stated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChurnOf {
    /// The opening accounts as they are; new ones churn more.
    Book,
    /// Accounts at tenure 0; survivors churn less.
    New,
}

/// ARR given up between renewals.
#[derive(Debug, Clone, PartialEq)]
pub struct Contraction {
    /// Probability in a month.
    pub hazard: Rate,
    /// Mean share of ARR given up, with the concentration of a downsell.
    pub depth: Rate,
}

/// Accounts that come back after a churn; the stated churn is before them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WinBack {
    /// Probability of a return so soon that it undoes the churn.
    pub within: f64,
    /// Probability of a later return.
    pub later: f64,
    /// Months until a later return.
    pub later_months: u32,
}

/// Weight of the shared shock: shares of latent variance that the segment's accounts have in common with all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loading {
    /// Of churn, 0 up to below 1.
    pub churn: f64,
    /// Of expansion.
    pub expansion: f64,
}

/// Log-normal law of ARR, clamped to a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrLaw {
    /// Half the accounts pay more.
    pub median: Money,
    /// Standard deviation of the logarithm.
    pub sigma: f64,
    /// Smallest ARR.
    pub min: Money,
    /// Largest ARR.
    pub max: Money,
}

/// A contract length and its share of the accounts under contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Months, 1 to 120.
    pub months: u32,
    /// Weight among the segment's terms.
    pub share: f64,
    /// Churn probability of a whole decision at this term where it is stated for the term itself, by health.
    pub churn: Option<[f64; 3]>,
    /// Months between opt-outs inside the contract, where it has them.
    pub opt_out: Option<u32>,
}

/// How churn at an annual decision differs by health, green first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Risk {
    /// Relative risks, scaled so that the covered mix shows the segment's churn.
    Relative([f64; 3]),
    /// The three probabilities themselves; their mean over the covered mix is the segment's churn.
    Stated([f64; 3]),
}

/// Health of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Doing well.
    Green,
    /// Slipping.
    Yellow,
    /// At risk.
    Red,
}

/// Monthly movement of health at full coverage and at none.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthRule {
    /// Mix under full coverage, and of accounts whose health the book does not state; adds up to 1.
    pub mix: [f64; 3],
    /// Movement at full coverage.
    pub covered: Covered,
    /// Movement without coverage.
    pub uncovered: Uncovered,
}

/// Movement at full coverage.
#[derive(Debug, Clone, PartialEq)]
pub enum Covered {
    /// Share of yellow accounts that turn green within a quarter if none turn red; the mix does the rest.
    Speed(Rate),
    /// The matrix itself, rows from green, yellow, red.
    Matrix([[f64; 3]; 3]),
}

/// Movement without coverage.
#[derive(Debug, Clone, PartialEq)]
pub enum Uncovered {
    /// Mending slows until the long-run mix costs `through_health` of the effect.
    FromEffect,
    /// Mending slows until the long-run churn is that of this mix; `effect` then acts at the decision alone.
    Mix([f64; 3]),
    /// The matrix itself, rows from green, yellow, red.
    Matrix([[f64; 3]; 3]),
}

/// Renewal at a lower ARR.
#[derive(Debug, Clone, PartialEq)]
pub struct Downsell {
    /// Probability at an annual decision, given renewal.
    pub probability: Rate,
    /// Mean share of ARR given up.
    pub depth: Rate,
    /// α + β of the Beta law of the depth.
    pub concentration: f64,
    /// Relative probability by health, green first.
    pub relative: [f64; 3],
}

/// Growth of accounts that stay.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// Events per account-year between renewals, at full coverage, averaged over the covered mix.
    pub rate: Rate,
    /// Probability at an annual decision, given renewal.
    pub at_renewal: Rate,
    /// Mean size as a share of current ARR.
    pub mean_size: Rate,
    /// Standard deviation of the logarithm of the size.
    pub log_sd: f64,
    /// Share of the rate that needs a CSM.
    pub csm_led: Rate,
    /// Relative rate by health, green first.
    pub relative: [f64; 3],
}

/// Price at renewal and in between.
#[derive(Debug, Clone, PartialEq)]
pub struct Uplift {
    /// List increase at renewal.
    pub list: Rate,
    /// Share of it that customers end up paying.
    pub realised: Rate,
    /// Realised uplift at which churn was stated.
    pub stated: f64,
    /// Log-odds of churn per unit of uplift above the stated one.
    pub elasticity: Rate,
    /// Increase at anniversaries inside a longer term.
    pub escalator: Rate,
}

/// The first months of a new account.
#[derive(Debug, Clone, PartialEq)]
pub struct Onboarding {
    /// Months it takes at full coverage.
    pub months: f64,
    /// Progress a month without coverage, 0 to 1.
    pub unaided: f64,
    /// Added to the log-odds of churn while it lasts.
    pub not_onboarded: Rate,
}

/// Accounts that join.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAccounts {
    /// How many a year.
    pub per_year: Rate,
    /// How they spread.
    pub arrivals: Arrivals,
}

/// How new accounts spread over months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// A twelfth each month, fractions carried over.
    Even,
    /// A Poisson number each month.
    Poisson,
}
