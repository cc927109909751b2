use crate::model::Rate;
use crate::units::Money;

/// The kinds of work an account can ask for; it is in exactly one, first match in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkClass {
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

impl WorkClass {
    /// In the order of the first match.
    pub const ALL: [WorkClass; 5] = [
        WorkClass::Onboarding,
        WorkClass::RenewalWindow,
        WorkClass::Red,
        WorkClass::Yellow,
        WorkClass::Green,
    ];
}

/// How a segment is covered.
#[derive(Debug, Clone, PartialEq)]
pub struct TouchModel {
    /// What the user calls it.
    pub name: String,
    /// Hours per account and month, in the order of [`WorkClass::ALL`].
    pub hours: [f64; 5],
    /// Months up to and with the decision's in which renewal hours stand for health hours; 0 when an account manager
    /// has them.
    pub renewal_window: u32,
    /// Whether CSMs, and not account managers, do the expansions that need someone.
    pub owns_expansion: bool,
    /// What it takes to give an account to another CSM.
    pub handover: Handover,
    /// Log-odds gap in annual churn between no coverage and full, all channels, in the long run; may be negative.
    pub effect: Rate,
    /// Share of the effect that acts by the health mix.
    pub through_health: f64,
    /// Curvature of the response to coverage; 0 is linear.
    pub k: f64,
    /// Who is served first when hours are short.
    pub allocation: Allocation,
    /// Accounts per CSM that practitioners publish for this kind of coverage.
    pub accounts_per_csm: (f64, f64),
}

/// An account passes to another CSM when its own leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Handover {
    /// Added to the log-odds of churn while it lasts.
    pub penalty: Rate,
    /// Months it lasts.
    pub months: u32,
    /// Hours it asks for, all in all, beside the account's others.
    pub hours: f64,
}

/// Who is served first when hours are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Every class gets the same share of what it asks.
    Proportional,
    /// Classes are served in this order.
    Priority([WorkClass; 5]),
}

/// The CSMs who serve one touch model.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its place among the pools as the user lists them.
    pub place: usize,
    /// CSMs in seat at month 0, all ramped.
    pub csms: u32,
    /// Where productive hours come from.
    pub hours: HoursYear,
    /// Share of productive hours a plan may fill.
    pub target_utilisation: f64,
    /// Months until a new CSM is fully productive.
    pub ramp_months: u32,
    /// Productivity until then, 0 to 1.
    pub ramp_productivity: f64,
    /// Hazard of leaving, a year and CSM.
    pub attrition: Rate,
    /// Months a seat stays empty.
    pub time_to_hire: u32,
    /// Whether a leaver is replaced.
    pub backfill: bool,
    /// How the pool grows.
    pub hiring: Hiring,
    /// Salary of one CSM a year, base and variable.
    pub salary: Money,
    /// Payroll cost on top of salary, as a share.
    pub loading: f64,
    /// One-off cost of a hire.
    pub cost_per_hire: Money,
}

impl Pool {
    /// Hours for customers a ramped CSM has in a month.
    pub fn productive_hours(&self) -> f64 {
        let h = &self.hours;
        (h.paid - h.leave - h.sick - h.internal) * h.realised / 12.0
    }

    /// Salary and loading of one CSM for a year.
    pub fn loaded_cost(&self) -> Money {
        self.salary.scaled(1.0 + self.loading)
    }

    /// Share of the ARR one CSM looks after that has to be kept to pay for the seat, where a unit of ARR kept is worth so
    /// much: the gross margin for a year's cash, a multiple for the value of the company.
    pub fn break_even(&self, arr: Money, worth: f64) -> f64 {
        self.loaded_cost().minor() as f64 / (arr.minor() as f64 * worth)
    }
}

/// Hours of one CSM in a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoursYear {
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

/// How a pool grows.
#[derive(Debug, Clone, PartialEq)]
pub enum Hiring {
    /// So many land in these months.
    Plan(Vec<PlannedHire>),
    /// Hire while accounts per CSM would exceed this.
    AccountsPerCsm(f64),
    /// Hire while utilisation would exceed this.
    Utilisation(f64),
}

/// CSMs who start in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedHire {
    /// Month in which they start.
    pub month: u32,
    /// How many.
    pub csms: u32,
}
