use super::{Checker, Limits, MOST_ACCOUNTS, MOST_TENURE, RELATIVE_RISK, SHARE};
use crate::model::{
    ArrLaw, Arrivals, ChurnOf, Contraction, Downsell, Expansion, Family, Frailty, Loading, MOST_CHURN, NewAccounts,
    Onboarding, Rate, Risk, Segment, Term, Uplift, WinBack, scaled,
};
use crate::wire::scenario::{
    ArrInput, ArrivalsInput, ChurnOfInput, ContractionInput, DownsellInput, ExpansionInput, LoadingInput, RateInput,
    ScenarioInput, SegmentInput, TermChurnInput, TermInput, UpliftInput, WinBackInput,
};

const CAC: Limits = Limits::Closed(0.0, 1000.0);

impl Checker {
    pub(super) fn segments(&mut self, input: &ScenarioInput, loading: Loading) -> Vec<Segment> {
        self.number("economics.cac", input.economics.cac, CAC);
        self.names("segments", input.segments.iter().map(|s| s.name.as_str()));
        input
            .segments
            .iter()
            .enumerate()
            .map(|(i, s)| self.segment(&format!("segments[{i}]"), s, input, loading))
            .collect()
    }

    fn segment(&mut self, at: &str, s: &SegmentInput, input: &ScenarioInput, loading: Loading) -> Segment {
        let touch_model = input.touch_models.iter().position(|t| t.name == s.touch_model);
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
            frailty: self.frailty(at, s),
            uncontrollable: self.number(format!("{at}.uncontrollable"), s.uncontrollable.unwrap_or(0.0), SHARE),
            contraction: self.contraction(&format!("{at}.contraction"), s.contraction),
            win_back: self.win_back(&format!("{at}.win_back"), s.win_back),
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
            loading: self.own_loading(&format!("{at}.shock"), s.shock, input, loading),
            cac: s
                .cac
                .map_or(input.economics.cac, |cac| self.number(format!("{at}.cac"), cac, CAC)),
        }
    }

    fn own_loading(&mut self, at: &str, own: Option<LoadingInput>, input: &ScenarioInput, common: Loading) -> Loading {
        let own = own.map_or(common, |own| self.loading(at, own.rho, own.rho_expansion));
        if input.layers.is_some_and(|layers| !layers.shock) {
            return Loading {
                churn: 0.0,
                expansion: 0.0,
            };
        }
        own
    }

    fn frailty(&mut self, at: &str, s: &SegmentInput) -> Frailty {
        let tenure = s.opening_tenure.clone().unwrap_or_else(|| vec![1.0]);
        let place = format!("{at}.opening_tenure");
        for (i, &weight) in tenure.iter().enumerate() {
            self.number(format!("{place}[{i}]"), weight, Limits::Closed(0.0, 1e9));
        }
        if tenure.len() > MOST_TENURE as usize + 1 {
            self.fault(&place, format!("holds {}, more than {}", tenure.len(), MOST_TENURE + 1));
        }
        if tenure.iter().sum::<f64>() <= 0.0 {
            self.fault(&place, "has weights that add up to 0, not above it");
        }
        Frailty {
            dispersion: self.number(
                format!("{at}.dispersion"),
                s.dispersion.unwrap_or(0.0),
                Limits::Closed(0.0, 0.9),
            ),
            churn_of: match s.churn_of {
                None | Some(ChurnOfInput::Book) => ChurnOf::Book,
                Some(ChurnOfInput::New) => ChurnOf::New,
            },
            duration: self.number(
                format!("{at}.duration"),
                s.duration.unwrap_or(1.0),
                Limits::Closed(0.1, 5.0),
            ),
            opening_tenure: tenure,
        }
    }

    fn contraction(&mut self, at: &str, input: Option<ContractionInput>) -> Contraction {
        let none = RateInput::Point(0.0);
        let (hazard, depth) = input.map_or((none, none), |c| (c.hazard, c.depth));
        Contraction {
            hazard: self.rate(
                &format!("{at}.hazard"),
                hazard,
                Family::Probability,
                Limits::Closed(0.0, 0.5),
            ),
            depth: self.rate(&format!("{at}.depth"), depth, Family::Probability, SHARE),
        }
    }

    fn win_back(&mut self, at: &str, input: Option<WinBackInput>) -> WinBack {
        let Some(w) = input else {
            return WinBack {
                within: 0.0,
                later: 0.0,
                later_months: 1,
            };
        };
        if w.within + w.later > 1.0 {
            let rule = format!("has within and later add up to {}, more than 1", w.within + w.later);
            self.fault(at, rule);
        }
        self.number(format!("{at}.days"), w.days, Limits::Closed(0.0, 3650.0));
        if f64::from(w.later_months) * 365.25 / 12.0 <= w.days && w.later > 0.0 {
            let rule = format!("is {}, inside the {} days that undo a churn", w.later_months, w.days);
            self.fault(format!("{at}.later_months"), rule);
        }
        WinBack {
            within: self.number(format!("{at}.within"), w.within, SHARE),
            later: self.number(format!("{at}.later"), w.later, SHARE),
            later_months: self.count(format!("{at}.later_months"), w.later_months.into(), 1, 60),
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
                if let Some(step) = term.opt_out
                    && !(1..term.months).contains(&step)
                {
                    let rule = format!("is {step}, not in 1..{}", term.months);
                    self.fault(format!("{at}.opt_out"), rule);
                }
                Term {
                    opt_out: term.opt_out,
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
