use crate::model::{
    self, Account, Allocation, ArrLaw, Arrivals, CoverageRule, Covered, Downsell, Economics, Expansion, Family, Health,
    HealthRule, Hiring, HoursYear, MOST_CHURN, Matrix, NewAccounts, Onboarding, PlannedHire, Pool, Rate, Risk,
    Scenario, Segment, Shock, Targets, Term, TouchModel, Uncovered, Uplift, WorkClass, scaled,
};
use crate::units::{Currency, Money};
use crate::wire::Fault;
use crate::wire::scenario::*;

/// Turns what was typed into a sound scenario.
///
/// # Errors
/// Every fault at once, each with its path.
pub fn check(input: &ScenarioInput) -> Result<Scenario, Vec<Fault>> {
    let mut c = Checker::default();
    let scenario = c.scenario(input);
    if c.faults.is_empty() {
        Ok(scenario)
    } else {
        Err(c.faults)
    }
}

/// Largest number of accounts in a book.
pub const MOST_ACCOUNTS: u64 = 1_000_000;
/// Largest number of trials.
pub const MOST_TRIALS: u64 = 1_000_000;

#[derive(Default)]
struct Checker {
    faults: Vec<Fault>,
}

/// Where a range of numbers may end.
#[derive(Clone, Copy)]
enum Limits {
    Closed(f64, f64),
    /// Above the first, up to the second.
    Above(f64, f64),
    /// From the first, below the second.
    Below(f64, f64),
}

impl Limits {
    fn hold(self, x: f64) -> bool {
        match self {
            Limits::Closed(low, high) => (low..=high).contains(&x),
            Limits::Above(low, high) => x > low && x <= high,
            Limits::Below(low, high) => (low..high).contains(&x),
        }
    }

    fn say(self) -> String {
        match self {
            Limits::Closed(low, high) => format!("not in {low}..={high}"),
            Limits::Above(low, high) => format!("not above {low} and up to {high}"),
            Limits::Below(low, high) => format!("not in {low}..{high}"),
        }
    }
}

const SHARE: Limits = Limits::Closed(0.0, 1.0);
const AMOUNT: Limits = Limits::Closed(0.0, Money::MAX.minor() as f64);

impl Checker {
    fn fault(&mut self, path: impl Into<String>, rule: impl Into<String>) {
        self.faults.push(Fault::new(path, rule));
    }

    fn number(&mut self, path: impl Into<String>, x: f64, limits: Limits) -> f64 {
        if !limits.hold(x) {
            self.fault(path, format!("is {x}, {}", limits.say()));
        }
        x
    }

    fn count(&mut self, path: impl Into<String>, n: u64, low: u64, high: u64) -> u32 {
        if !(low..=high).contains(&n) {
            self.fault(path, format!("is {n}, not in {low}..={high}"));
        }
        u32::try_from(n).unwrap_or(u32::MAX)
    }

    fn money(&mut self, path: impl Into<String>, minor: i64) -> Money {
        self.number(path, minor as f64, AMOUNT);
        Money::from_minor(minor)
    }

    fn rate(&mut self, path: &str, rate: RateInput, family: Family, limits: Limits) -> Rate {
        match rate {
            RateInput::Point(x) => Rate::point(family, self.number(path, x, limits)),
            RateInput::Range { p5, p95 } => {
                let before = self.faults.len();
                self.number(format!("{path}.p5"), p5, limits);
                self.number(format!("{path}.p95"), p95, limits);
                if p5 > p95 {
                    self.fault(path, format!("is from {p5} to {p95}, not from low to high"));
                }
                let ends = [("p5", p5), ("p95", p95)];
                if p5 != p95 && self.faults.len() == before {
                    for (end, x) in ends {
                        let edge = match family {
                            Family::Probability if x == 0.0 => Some("0%, which no range reaches: type 0.1%"),
                            Family::Probability if x == 1.0 => Some("100%, which no range reaches: type 99.9%"),
                            Family::Positive if x <= 0.0 => Some("0, which no range reaches: type a little more"),
                            _ => None,
                        };
                        if let Some(edge) = edge {
                            self.fault(format!("{path}.{end}"), format!("is {edge}"));
                        }
                    }
                }
                if self.faults.len() == before {
                    Rate::range(family, p5, p95)
                } else {
                    Rate::point(family, 0.5)
                }
            }
        }
    }

    fn weights<const N: usize>(&mut self, path: &str, weights: [f64; N]) -> [f64; N] {
        for (i, &weight) in weights.iter().enumerate() {
            self.number(format!("{path}[{i}]"), weight, Limits::Closed(0.0, 1e9));
        }
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            self.fault(path, "has weights that add up to 0, not above it");
        }
        weights.map(|weight| weight / sum)
    }

    fn triple(&mut self, path: &str, numbers: [f64; 3], limits: Limits) -> [f64; 3] {
        for (i, &x) in numbers.iter().enumerate() {
            self.number(format!("{path}[{i}]"), x, limits);
        }
        numbers
    }

    fn matrix(&mut self, path: &str, matrix: Matrix) -> Matrix {
        for (i, row) in matrix.iter().enumerate() {
            self.triple(&format!("{path}[{i}]"), *row, SHARE);
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > 1e-6 {
                self.fault(format!("{path}[{i}]"), format!("adds up to {sum}, not to 1"));
            }
        }
        matrix.map(|row| {
            let sum: f64 = row.iter().sum();
            row.map(|p| p / sum)
        })
    }

    fn steps(&mut self, path: &str, steps: StepsInput) -> Matrix {
        for (name, p) in [
            ("green_yellow", steps.green_yellow),
            ("yellow_green", steps.yellow_green),
            ("yellow_red", steps.yellow_red),
            ("red_yellow", steps.red_yellow),
        ] {
            self.number(format!("{path}.{name}"), p, SHARE);
        }
        let out = steps.yellow_green + steps.yellow_red;
        if out > 1.0 {
            self.fault(
                path,
                format!("moves {out} of yellow accounts a month, more than all of them"),
            );
        }
        [
            [1.0 - steps.green_yellow, steps.green_yellow, 0.0],
            [steps.yellow_green, 1.0 - out, steps.yellow_red],
            [0.0, steps.red_yellow, 1.0 - steps.red_yellow],
        ]
    }

    fn scenario(&mut self, input: &ScenarioInput) -> Scenario {
        if input.version != VERSION {
            self.fault("version", format!("is {}, not {VERSION}", input.version));
        }
        const MOST_SEED: u64 = (1 << 53) - 1;
        if input.seed > MOST_SEED {
            self.fault("seed", format!("is {}, not in 0..={MOST_SEED}", input.seed));
        }
        let touch_models = self.touch_models(&input.touch_models);
        let segments = self.segments(input);
        let accounts = input.book.as_ref().map(|book| self.book(book, &input.segments));
        let laid_out: u64 = input.segments.iter().map(|s| u64::from(s.accounts)).sum();
        let opening = accounts.as_ref().map_or(laid_out, |a| a.len() as u64);
        if opening == 0 {
            let path = if accounts.is_some() {
                "book.accounts"
            } else {
                "segments"
            };
            self.fault(path, "holds no account, so there is nothing to simulate");
        } else if opening > MOST_ACCOUNTS {
            let path = if accounts.is_some() {
                "book.accounts"
            } else {
                "segments"
            };
            self.fault(path, format!("holds {opening} accounts, more than {MOST_ACCOUNTS}"));
        }
        let scenario = Scenario {
            name: input.name.clone(),
            currency: match input.currency {
                CurrencyInput::Usd => Currency::Usd,
                CurrencyInput::Eur => Currency::Eur,
                CurrencyInput::Gbp => Currency::Gbp,
                CurrencyInput::Inr => Currency::Inr,
            },
            seed: input.seed,
            trials: self.count("trials", input.trials, 1, MOST_TRIALS),
            horizon: self.count("horizon", input.horizon.into(), 1, 120),
            start_month: self.count("start_month", input.start_month.into(), 1, 12),
            coverage: match input.coverage {
                CoverageInput::FromTeam => CoverageRule::FromTeam,
                CoverageInput::Full => CoverageRule::Full,
            },
            pools: self.pools(input),
            touch_models,
            segments,
            accounts,
            renewal_calendar: self.weights("renewal_calendar", input.renewal_calendar),
            shock: Shock {
                rho: self.number("shock.rho", input.shock.rho, Limits::Closed(0.0, 0.9)),
                rho_expansion: self.number(
                    "shock.rho_expansion",
                    input.shock.rho_expansion,
                    Limits::Closed(0.0, 0.9),
                ),
                half_life: self.number("shock.half_life", input.shock.half_life, Limits::Closed(0.0, 1e12)),
            },
            rate_doubt: self.number("rate_doubt", input.rate_doubt, Limits::Closed(0.0, 3.0)),
            economics: self.economics(&input.economics),
            targets: self.targets(&input.targets),
        };
        if self.faults.is_empty() {
            self.fits_in_memory(&scenario);
        }
        scenario
    }

    fn fits_in_memory(&mut self, scenario: &Scenario) {
        let layout = crate::kernel::Layout {
            months: scenario.horizon as usize,
            years: scenario.windows() as usize,
            pools: scenario.pools.len(),
            segments: scenario.segments.len(),
        };
        let bytes = layout.bytes(scenario.trials.into());
        if bytes > MOST_BYTES {
            let most = MOST_BYTES / layout.bytes(1);
            self.fault(
                "trials",
                format!(
                    "is {}, which takes {:.1} GB; at most {most} fit in {:.1} GB at this horizon",
                    scenario.trials,
                    bytes as f64 / 1e9,
                    MOST_BYTES as f64 / 1e9
                ),
            );
        }
    }

    fn economics(&mut self, e: &EconomicsInput) -> Economics {
        Economics {
            gross_margin: self.number("economics.gross_margin", e.gross_margin, SHARE),
            discount: self.number("economics.discount", e.discount, SHARE),
            cltv_years: self.count("economics.cltv_years", e.cltv_years.into(), 1, 10),
            cac: self.number("economics.cac", e.cac, Limits::Closed(0.0, 1000.0)),
            csms_per_manager: self.number(
                "economics.csms_per_manager",
                e.csms_per_manager,
                Limits::Closed(1.0, 1000.0),
            ),
        }
    }

    fn targets(&mut self, t: &TargetsInput) -> Targets {
        let mut ratio = |name: &str, x: Option<f64>, high: f64| {
            x.map(|x| self.number(format!("targets.{name}"), x, Limits::Closed(0.0, high)))
        };
        let (grr, nrr, logo_retention) = (
            ratio("grr", t.grr, 1.0),
            ratio("nrr", t.nrr, 10.0),
            ratio("logo_retention", t.logo_retention, 1.0),
        );
        let csms = ratio("csms", t.csms, 1e6);
        Targets {
            grr,
            nrr,
            logo_retention,
            closing_arr: t.closing_arr.map(|x| self.money("targets.closing_arr", x)),
            cltv: t.cltv.map(|x| self.money("targets.cltv", x)),
            csms,
        }
    }

    fn names<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = Vec::new();
        for (i, name) in names.enumerate() {
            if name.trim().is_empty() {
                self.fault(format!("{list}[{i}].name"), "is empty");
            } else if let Some(first) = seen.iter().position(|&other| other == name) {
                self.fault(
                    format!("{list}[{i}].name"),
                    format!("is {name:?}, like {list}[{first}]"),
                );
            }
            seen.push(name);
        }
        if seen.is_empty() {
            self.fault(list, "is empty");
        } else if seen.len() > MOST_PARTS {
            self.fault(list, format!("holds {}, more than {MOST_PARTS}", seen.len()));
        }
    }

    fn touch_models(&mut self, inputs: &[TouchModelInput]) -> Vec<TouchModel> {
        self.names("touch_models", inputs.iter().map(|t| t.name.as_str()));
        inputs
            .iter()
            .enumerate()
            .map(|(i, t)| self.touch_model(&format!("touch_models[{i}]"), t))
            .collect()
    }

    fn touch_model(&mut self, at: &str, t: &TouchModelInput) -> TouchModel {
        let h = &t.hours;
        let hours = [
            ("onboarding", h.onboarding),
            ("renewal_window", h.renewal_window),
            ("red", h.red),
            ("yellow", h.yellow),
            ("green", h.green),
        ]
        .map(|(name, x)| self.number(format!("{at}.hours.{name}"), x, Limits::Closed(0.0, 744.0)));
        let band = &t.accounts_per_csm;
        if !(band.low > 0.0 && band.high >= band.low) {
            let rule = format!(
                "is from {} to {}, not above 0 and from low to high",
                band.low, band.high
            );
            self.fault(format!("{at}.accounts_per_csm"), rule);
        }
        TouchModel {
            name: t.name.clone(),
            hours,
            renewal_window: self.count(format!("{at}.renewal_window"), t.renewal_window.into(), 0, 12),
            effect: self.rate(
                &format!("{at}.effect"),
                t.effect,
                Family::Real,
                Limits::Closed(-5.0, 5.0),
            ),
            through_health: self.number(format!("{at}.through_health"), t.through_health, SHARE),
            k: self.number(format!("{at}.k"), t.k, Limits::Closed(0.0, 20.0)),
            allocation: self.allocation(&format!("{at}.allocation"), &t.allocation),
            accounts_per_csm: (band.low, band.high),
        }
    }

    fn allocation(&mut self, at: &str, allocation: &AllocationInput) -> Allocation {
        let AllocationInput::Priority(order) = allocation else {
            return Allocation::Proportional;
        };
        let classes: Vec<WorkClass> = order
            .iter()
            .map(|class| match class {
                WorkClassInput::Onboarding => WorkClass::Onboarding,
                WorkClassInput::RenewalWindow => WorkClass::RenewalWindow,
                WorkClassInput::Red => WorkClass::Red,
                WorkClassInput::Yellow => WorkClass::Yellow,
                WorkClassInput::Green => WorkClass::Green,
            })
            .collect();
        let whole = WorkClass::ALL.iter().all(|class| classes.contains(class));
        match <[WorkClass; 5]>::try_from(classes) {
            Ok(order) if whole => Allocation::Priority(order),
            _ => {
                self.fault(at, "does not name each of the five work classes once");
                Allocation::Proportional
            }
        }
    }

    /// Pools in the order of the touch models they serve.
    fn pools(&mut self, input: &ScenarioInput) -> Vec<Pool> {
        let mut pools: Vec<Option<Pool>> = vec![None; input.touch_models.len()];
        for (i, p) in input.pools.iter().enumerate() {
            let at = format!("pools[{i}]");
            let pool = self.pool(&at, p, input.horizon);
            match input.touch_models.iter().position(|t| t.name == p.touch_model) {
                None => self.fault(
                    format!("{at}.touch_model"),
                    format!("is {:?}, not the name of a touch model", p.touch_model),
                ),
                Some(t) if pools[t].is_some() => self.fault(
                    format!("{at}.touch_model"),
                    format!("is {:?}, which another pool serves", p.touch_model),
                ),
                Some(t) => pools[t] = Some(pool),
            }
        }
        for (t, pool) in pools.iter().enumerate() {
            if pool.is_none() {
                let name = &input.touch_models[t].name;
                self.fault(
                    "pools",
                    format!("has none that serves {name:?}; give it one, with 0 CSMs if need be"),
                );
            }
        }
        pools.into_iter().flatten().collect()
    }

    fn pool(&mut self, at: &str, p: &PoolInput, horizon: u32) -> Pool {
        let h = &p.hours_year;
        for (name, x) in [
            ("paid", h.paid),
            ("leave", h.leave),
            ("sick", h.sick),
            ("internal", h.internal),
        ] {
            self.number(format!("{at}.hours_year.{name}"), x, Limits::Closed(0.0, 8784.0));
        }
        self.number(format!("{at}.hours_year.realised"), h.realised, Limits::Above(0.0, 1.0));
        let left = h.paid - h.leave - h.sick - h.internal;
        if left <= 0.0 {
            self.fault(
                format!("{at}.hours_year"),
                format!("leaves {left} hours for customers, not above 0"),
            );
        }
        let hiring = match &p.hiring {
            HiringInput::Plan { hires } => Hiring::Plan(
                hires
                    .iter()
                    .enumerate()
                    .map(|(j, hire)| PlannedHire {
                        month: self.count(
                            format!("{at}.hiring.hires[{j}].month"),
                            hire.month.into(),
                            1,
                            horizon.max(1).into(),
                        ),
                        csms: self.count(format!("{at}.hiring.hires[{j}].csms"), hire.csms.into(), 1, MOST_CSMS),
                    })
                    .collect(),
            ),
            HiringInput::AccountsPerCsm { most } => {
                Hiring::AccountsPerCsm(self.number(format!("{at}.hiring.most"), *most, Limits::Above(0.0, 1e6)))
            }
            HiringInput::Utilisation { most } => {
                Hiring::Utilisation(self.number(format!("{at}.hiring.most"), *most, Limits::Above(0.0, 10.0)))
            }
        };
        Pool {
            csms: self.count(format!("{at}.csms"), p.csms.into(), 0, MOST_CSMS),
            hours: HoursYear {
                paid: h.paid,
                leave: h.leave,
                sick: h.sick,
                internal: h.internal,
                realised: h.realised,
            },
            target_utilisation: self.number(
                format!("{at}.target_utilisation"),
                p.target_utilisation,
                Limits::Above(0.0, 2.0),
            ),
            ramp_months: self.count(format!("{at}.ramp_months"), p.ramp_months.into(), 0, 36),
            ramp_productivity: self.number(format!("{at}.ramp_productivity"), p.ramp_productivity, SHARE),
            attrition: self.rate(
                &format!("{at}.attrition"),
                p.attrition,
                Family::Positive,
                Limits::Closed(0.0, 12.0),
            ),
            time_to_hire: self.count(format!("{at}.time_to_hire"), p.time_to_hire.into(), 0, 36),
            backfill: p.backfill,
            hiring,
            salary: self.money(format!("{at}.salary"), p.salary),
            loading: self.number(format!("{at}.loading"), p.loading, Limits::Closed(0.0, 5.0)),
            cost_per_hire: self.money(format!("{at}.cost_per_hire"), p.cost_per_hire),
        }
    }

    fn segments(&mut self, input: &ScenarioInput) -> Vec<Segment> {
        self.names("segments", input.segments.iter().map(|s| s.name.as_str()));
        input
            .segments
            .iter()
            .enumerate()
            .map(|(i, s)| self.segment(&format!("segments[{i}]"), s, &input.touch_models))
            .collect()
    }

    fn segment(&mut self, at: &str, s: &SegmentInput, touch_models: &[TouchModelInput]) -> Segment {
        let touch_model = touch_models.iter().position(|t| t.name == s.touch_model);
        if touch_model.is_none() {
            let rule = format!("is {:?}, not the name of a touch model", s.touch_model);
            self.fault(format!("{at}.touch_model"), rule);
        }
        let mix = self.weights(&format!("{at}.health.mix"), s.health.mix);
        let (churn, risk) = self.risk(at, s, mix);
        let relative = match risk {
            Risk::Relative(relative) => relative,
            Risk::Stated(p) => p,
        };
        Segment {
            name: s.name.clone(),
            touch_model: touch_model.unwrap_or(0),
            accounts: self.count(format!("{at}.accounts"), s.accounts.into(), 0, MOST_ACCOUNTS),
            arr: self.arr(&format!("{at}.arr"), &s.arr),
            terms: self.terms(&format!("{at}.terms"), &s.terms, mix, relative),
            notice_months: self.count(format!("{at}.notice_months"), s.notice_months.into(), 0, 24),
            auto_renew: s.auto_renew,
            churn,
            risk,
            health: self.health(&format!("{at}.health"), &s.health, mix),
            downsell: self.downsell(&format!("{at}.downsell"), &s.downsell),
            expansion: self.expansion(&format!("{at}.expansion"), &s.expansion),
            uplift: self.uplift(&format!("{at}.uplift"), &s.uplift),
            onboarding: Onboarding {
                months: self.number(
                    format!("{at}.onboarding.months"),
                    s.onboarding.months,
                    Limits::Closed(0.0, 36.0),
                ),
                unaided: self.number(
                    format!("{at}.onboarding.unaided"),
                    s.onboarding.unaided,
                    Limits::Above(0.0, 1.0),
                ),
                not_onboarded: self.rate(
                    &format!("{at}.onboarding.not_onboarded"),
                    s.onboarding.not_onboarded,
                    Family::Real,
                    Limits::Closed(-5.0, 5.0),
                ),
            },
            new_accounts: NewAccounts {
                per_year: self.rate(
                    &format!("{at}.new_accounts.per_year"),
                    s.new_accounts.per_year,
                    Family::Positive,
                    Limits::Closed(0.0, 1e6),
                ),
                arrivals: match s.new_accounts.arrivals {
                    ArrivalsInput::Even => Arrivals::Even,
                    ArrivalsInput::Poisson => Arrivals::Poisson,
                },
            },
            max_growth: self.number(format!("{at}.max_growth"), s.max_growth, Limits::Closed(1.0, 1000.0)),
        }
    }

    fn risk(&mut self, at: &str, s: &SegmentInput, mix: [f64; 3]) -> (Rate, Risk) {
        if let Some(p) = s.churn_by_health {
            let p = self.triple(&format!("{at}.churn_by_health"), p, SHARE);
            if s.churn.is_some() || s.relative_risk.is_some() {
                let rule = "stands beside churn or relative_risk; state one or the other";
                self.fault(format!("{at}.churn_by_health"), rule);
            }
            let mean = mix.iter().zip(p).map(|(m, p)| m * p).sum();
            return (Rate::point(Family::Probability, mean), Risk::Stated(p));
        }
        let relative = self.relative(&format!("{at}.relative_risk"), s.relative_risk.unwrap_or(RELATIVE_RISK));
        let Some(churn) = s.churn else {
            self.fault(format!("{at}.churn"), "is missing");
            return (Rate::point(Family::Probability, 0.0), Risk::Relative(relative));
        };
        let churn = self.rate(
            &format!("{at}.churn"),
            churn,
            Family::Probability,
            Limits::Closed(0.0, 0.95),
        );
        (churn, Risk::Relative(relative))
    }

    fn relative(&mut self, at: &str, relative: [f64; 3]) -> [f64; 3] {
        self.triple(at, relative, Limits::Above(0.0, 1000.0))
    }

    fn arr(&mut self, at: &str, a: &ArrInput) -> ArrLaw {
        let law = ArrLaw {
            median: self.money(format!("{at}.median"), a.median),
            sigma: self.number(format!("{at}.sigma"), a.sigma, Limits::Closed(0.0, 4.0)),
            min: self.money(format!("{at}.min"), a.min),
            max: self.money(format!("{at}.max"), a.max),
        };
        if a.min < 1 {
            self.fault(format!("{at}.min"), format!("is {}, not above 0", a.min));
        }
        if !(a.min <= a.median && a.median <= a.max) {
            let rule = format!("is {}, not between min {} and max {}", a.median, a.min, a.max);
            self.fault(format!("{at}.median"), rule);
        }
        law
    }

    fn terms(&mut self, at: &str, terms: &[TermInput], mix: [f64; 3], relative: [f64; 3]) -> Vec<Term> {
        let mut sum = 0.0;
        let read = terms
            .iter()
            .enumerate()
            .map(|(i, term)| {
                let at = format!("{at}[{i}]");
                sum += term.share;
                if terms[..i].iter().any(|other| other.months == term.months) {
                    self.fault(format!("{at}.months"), format!("is {}, listed before", term.months));
                }
                let churn = term.churn.map(|churn| match churn {
                    TermChurnInput::Mean(p) => {
                        let p = self.number(format!("{at}.churn"), p, Limits::Closed(0.0, MOST_CHURN));
                        scaled(mix, relative, p, MOST_CHURN)
                    }
                    TermChurnInput::ByHealth(p) => self.triple(&format!("{at}.churn"), p, SHARE),
                });
                Term {
                    months: self.count(format!("{at}.months"), term.months.into(), 1, 120),
                    share: self.number(format!("{at}.share"), term.share, Limits::Closed(0.0, 1e9)),
                    churn,
                }
            })
            .collect();
        if sum <= 0.0 {
            self.fault(at, "has shares that add up to 0, not above it");
        }
        read
    }

    fn health(&mut self, at: &str, h: &HealthRuleInput, mix: [f64; 3]) -> HealthRule {
        let before = self.faults.len();
        let speed = self.rate(
            &format!("{at}.speed"),
            h.speed,
            Family::Probability,
            Limits::Below(0.0, 1.0),
        );
        let covered = match h.covered {
            None => Covered::Speed(speed),
            Some(CoveredInput::Steps(steps)) => Covered::Matrix(self.steps(&format!("{at}.covered.steps"), steps)),
            Some(CoveredInput::Matrix(matrix)) => Covered::Matrix(self.matrix(&format!("{at}.covered.matrix"), matrix)),
        };
        let uncovered = match h.uncovered {
            None => Uncovered::FromEffect,
            Some(UncoveredInput::Mix(mix)) => Uncovered::Mix(self.weights(&format!("{at}.uncovered.mix"), mix)),
            Some(UncoveredInput::Steps(steps)) => {
                Uncovered::Matrix(self.steps(&format!("{at}.uncovered.steps"), steps))
            }
            Some(UncoveredInput::Matrix(matrix)) => {
                Uncovered::Matrix(self.matrix(&format!("{at}.uncovered.matrix"), matrix))
            }
        };
        if self.faults.len() == before && matches!(covered, Covered::Speed(_)) {
            self.one_step_chain(at, mix, speed.median());
        }
        HealthRule {
            mix,
            covered,
            uncovered,
        }
    }

    /// The mix and speed must belong to a chain that moves one step a month.
    fn one_step_chain(&mut self, at: &str, [green, yellow, red]: [f64; 3], speed: f64) {
        let gap = (yellow > 0.0 && green == 0.0) || (red > 0.0 && yellow == 0.0);
        if gap && speed > 0.0 {
            self.fault(format!("{at}.mix"), "skips a colour; accounts move one step at a time");
            return;
        }
        let mend = 1.0 - libm::cbrt(1.0 - speed);
        if green > 0.0 && mend * yellow / green > 1.0 {
            let rule = "asks more than all green accounts to turn yellow in a month at this speed";
            self.fault(format!("{at}.mix"), rule);
        }
        if yellow > 0.0 && mend + mend * red / yellow > 1.0 {
            let rule = "asks more than all yellow accounts to move in a month at this speed";
            self.fault(format!("{at}.mix"), rule);
        }
    }

    fn downsell(&mut self, at: &str, d: &DownsellInput) -> Downsell {
        Downsell {
            probability: self.rate(&format!("{at}.probability"), d.probability, Family::Probability, SHARE),
            depth: self.rate(&format!("{at}.depth"), d.depth, Family::Probability, SHARE),
            concentration: self.number(format!("{at}.concentration"), d.concentration, Limits::Above(0.0, 1e12)),
            relative: self.relative(&format!("{at}.relative"), d.relative),
        }
    }

    fn expansion(&mut self, at: &str, e: &ExpansionInput) -> Expansion {
        Expansion {
            rate: self.rate(
                &format!("{at}.rate"),
                e.rate,
                Family::Probability,
                Limits::Below(0.0, 1.0),
            ),
            at_renewal: self.rate(&format!("{at}.at_renewal"), e.at_renewal, Family::Probability, SHARE),
            mean_size: self.rate(
                &format!("{at}.mean_size"),
                e.mean_size,
                Family::Positive,
                Limits::Closed(0.0, 100.0),
            ),
            log_sd: self.number(format!("{at}.log_sd"), e.log_sd, Limits::Closed(0.0, 4.0)),
            csm_led: self.rate(&format!("{at}.csm_led"), e.csm_led, Family::Probability, SHARE),
            relative: self.relative(&format!("{at}.relative"), e.relative),
        }
    }

    fn uplift(&mut self, at: &str, u: &UpliftInput) -> Uplift {
        let limits = Limits::Closed(-0.9, 10.0);
        let list = self.rate(&format!("{at}.list"), u.list, Family::Real, limits);
        let realised = self.rate(&format!("{at}.realised"), u.realised, Family::Probability, SHARE);
        let usual = list.median() * realised.median();
        Uplift {
            stated: self.number(format!("{at}.stated"), u.stated.unwrap_or(usual), limits),
            elasticity: self.rate(
                &format!("{at}.elasticity"),
                u.elasticity,
                Family::Positive,
                Limits::Closed(0.0, 1000.0),
            ),
            escalator: self.rate(&format!("{at}.escalator"), u.escalator, Family::Real, limits),
            list,
            realised,
        }
    }

    fn book(&mut self, book: &BookInput, segments: &[SegmentInput]) -> Vec<Account> {
        let mut total = 0_i64;
        let accounts = book
            .accounts
            .iter()
            .enumerate()
            .map(|(i, a)| {
                let at = format!("book.accounts[{i}]");
                let segment = segments.iter().position(|s| s.name == a.segment);
                if segment.is_none() {
                    let rule = format!("is {:?}, not the name of a segment", a.segment);
                    self.fault(format!("{at}.segment"), rule);
                }
                let arr = self.money(format!("{at}.arr"), a.arr);
                total = total.saturating_add(a.arr.max(0));
                Account {
                    name: a.name.clone(),
                    segment: segment.unwrap_or(0),
                    arr,
                    term: a.term.map(|t| self.count(format!("{at}.term"), t.into(), 1, 120)),
                    end_month: a
                        .end_month
                        .map(|m| self.count(format!("{at}.end_month"), m.into(), 1, 120)),
                    health: a.health.map(|h| match h {
                        HealthInput::Green => Health::Green,
                        HealthInput::Yellow => Health::Yellow,
                        HealthInput::Red => Health::Red,
                    }),
                    churn: a
                        .churn
                        .map(|p| self.number(format!("{at}.churn"), p, Limits::Closed(0.0, 1.0))),
                }
            })
            .collect();
        if total > Money::MAX.minor() {
            self.fault("book.accounts", "adds up to more ARR than can be counted exactly");
        }
        accounts
    }
}

/// Relative risk of churn by health where the user states none, green first.
const RELATIVE_RISK: [f64; 3] = [1.0, 3.0, 6.5];
/// Most segments or touch models in a scenario.
const MOST_PARTS: usize = 50;
/// Most CSMs in a pool or a planned start.
const MOST_CSMS: u64 = 10_000;
/// A run keeps its outcomes in memory, also in a browser tab.
const MOST_BYTES: u64 = 1_500_000_000;

/// What is sound but probably not meant, a sentence each.
pub fn warnings(scenario: &Scenario) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let book = scenario.book();
    for (i, segment) in scenario.segments.iter().enumerate() {
        if book[i].is_empty() && segment.new_accounts.per_year.median() == 0.0 {
            warnings.push(Fault::new(format!("segments[{i}]"), "has no account and none joins"));
        }
        let touch = &scenario.touch_models[segment.touch_model];
        let alike = matches!(segment.risk, Risk::Relative([g, y, r]) if g == y && y == r);
        if alike && touch.through_health > 0.0 && touch.effect.median() != 0.0 {
            warnings.push(Fault::new(
                format!("segments[{i}].relative_risk"),
                "is the same for every health, so the share of the effect that acts through health is lost",
            ));
        }
    }
    for (i, pool) in scenario.pools.iter().enumerate() {
        let idle = pool.csms == 0 && matches!(&pool.hiring, Hiring::Plan(plan) if plan.is_empty());
        let asked = scenario
            .segments
            .iter()
            .zip(&book)
            .any(|(segment, book)| segment.touch_model == i && !book.is_empty());
        if idle && asked && scenario.coverage == model::CoverageRule::FromTeam {
            let name = &scenario.touch_models[i].name;
            warnings.push(Fault::new(
                "pools",
                format!("has no CSM for {name:?} and hires none, so its coverage stays 0"),
            ));
        }
    }
    warnings
}
