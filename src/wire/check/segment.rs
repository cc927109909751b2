use super::{Checker, Limits, MOST_ACCOUNTS, RELATIVE_RISK, SHARE};
use crate::model::{
    ArrLaw, Arrivals, Downsell, Expansion, Family, MOST_CHURN, NewAccounts, Onboarding, Rate, Risk, Segment, Term,
    Uplift, scaled,
};
use crate::wire::scenario::{
    ArrInput, ArrivalsInput, DownsellInput, ExpansionInput, ScenarioInput, SegmentInput, TermChurnInput, TermInput,
    TouchModelInput, UpliftInput,
};

impl Checker {
    pub(super) fn segments(&mut self, input: &ScenarioInput) -> Vec<Segment> {
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
}
