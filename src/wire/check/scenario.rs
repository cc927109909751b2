use super::{Checker, Limits, MOST_ACCOUNTS, MOST_BYTES, MOST_TENURE, MOST_TRIALS, SHARE};
use crate::kernel::Layout;
use crate::model::{Account, CoverageRule, Economics, Health, Loading, Number, Precision, Scenario, Targets};
use crate::units::Money;
use crate::wire::scenario::{
    BookInput, CoverageInput, EconomicsInput, HealthInput, NumberInput, ScenarioInput, SegmentInput, TargetsInput,
    VERSION,
};

impl Checker {
    pub(super) fn scenario(&mut self, input: &ScenarioInput) -> Scenario {
        if input.version != VERSION {
            self.fault("version", format!("is {}, not {VERSION}", input.version));
        }
        const MOST_SEED: u64 = (1 << 53) - 1;
        if input.seed > MOST_SEED {
            self.fault("seed", format!("is {}, not in 0..={MOST_SEED}", input.seed));
        }
        self.certain = input.layers.is_some_and(|layers| !layers.rates);
        let doubt = self.number("rate_doubt", input.rate_doubt, Limits::Closed(0.0, 3.0));
        let loading = self.loading("shock", input.shock.rho, input.shock.rho_expansion);
        let touch_models = self.touch_models(&input.touch_models);
        let segments = self.segments(input, loading);
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
        let most_arr: i128 = input
            .segments
            .iter()
            .map(|s| i128::from(s.accounts) * i128::from(s.arr.max))
            .sum();
        if accounts.is_none() && most_arr > i128::from(Money::MAX.minor()) {
            self.fault("segments", "may add up to more ARR than can be counted exactly");
        }
        let scenario = Scenario {
            name: input.name.clone(),
            currency: input.currency.into(),
            seed: input.seed,
            trials: self.count("trials", input.trials, 1, MOST_TRIALS),
            precision: input.precision.map(|precision| Precision {
                of: match precision.of {
                    NumberInput::Grr => Number::Grr,
                    NumberInput::Nrr => Number::Nrr,
                    NumberInput::LogoRetention => Number::LogoRetention,
                    NumberInput::ClosingArr => Number::ClosingArr,
                    NumberInput::Cltv => Number::Cltv,
                    NumberInput::CsmsNeeded => Number::CsmsNeeded,
                },
                within: self.number("precision.within", precision.within, Limits::Above(0.0, 1e15)),
            }),
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
            half_life: self.number("shock.half_life", input.shock.half_life, Limits::Closed(0.0, 1e12)),
            rate_doubt: if self.certain { 0.0 } else { doubt },
            economics: self.economics(&input.economics),
            targets: self.targets(&input.targets),
        };
        if self.faults.is_empty() {
            self.fits_in_memory(&scenario);
        }
        scenario
    }

    fn fits_in_memory(&mut self, scenario: &Scenario) {
        let layout = Layout {
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

    pub(super) fn loading(&mut self, at: &str, rho: f64, rho_expansion: f64) -> Loading {
        Loading {
            churn: self.number(format!("{at}.rho"), rho, Limits::Closed(0.0, 0.9)),
            expansion: self.number(format!("{at}.rho_expansion"), rho_expansion, Limits::Closed(0.0, 0.9)),
        }
    }

    fn economics(&mut self, e: &EconomicsInput) -> Economics {
        Economics {
            gross_margin: self.number("economics.gross_margin", e.gross_margin, SHARE),
            discount: self.number("economics.discount", e.discount, SHARE),
            cltv_years: self.count("economics.cltv_years", e.cltv_years.into(), 1, 10),
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
                    tenure: a
                        .tenure
                        .map(|n| self.count(format!("{at}.tenure"), n.into(), 0, MOST_TENURE)),
                }
            })
            .collect();
        if total > Money::MAX.minor() {
            self.fault("book.accounts", "adds up to more ARR than can be counted exactly");
        }
        accounts
    }
}
