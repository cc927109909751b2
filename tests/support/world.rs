//! Small random scenarios, every one of them sound, and how to make a failing one simpler.

use quickcheck::{Arbitrary, Gen, QuickCheck, Testable};
use retaincast::wire;
use retaincast::wire::examples::DEMO;
use retaincast::wire::scenario::*;

/// Runs a property on so many random cases. The seed is fixed: a failure is a bug and not a bad day.
pub fn check<A: Testable>(seed: u64, cases: u64, property: A) {
    QuickCheck::new()
        .rng(Gen::from_size_and_seed(20, seed))
        .tests(cases)
        .min_tests_passed(cases)
        .quickcheck(property);
}

/// A scenario in the few numbers that matter to the properties.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub seed: u64,
    pub horizon: u32,
    pub cltv_years: u32,
    pub start_month: u32,
    pub full: bool,
    pub doubt: f64,
    pub rho: f64,
    pub rho_expansion: f64,
    pub half_life: f64,
    pub one_renewal_month: bool,
    pub touches: Vec<Touch>,
    pub segments: Vec<Seg>,
    /// The book brought along; none when empty.
    pub book: Vec<Acct>,
}

/// A touch model and its pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Touch {
    pub csms: u32,
    pub renewal_window: u32,
    pub effect: RateInput,
    pub through_health: f64,
    pub k: f64,
    pub proportional: bool,
    pub hours: f64,
    pub hiring: HiringInput,
    pub attrition: RateInput,
    pub backfill: bool,
    pub time_to_hire: u32,
    pub ramp_months: u32,
    pub handover: Option<HandoverInput>,
    pub ownership: Option<OwnershipInput>,
}

/// A segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Seg {
    pub touch: usize,
    pub accounts: u32,
    pub notice: u32,
    pub auto_renew: bool,
    pub terms: Vec<TermInput>,
    pub churn: RateInput,
    pub by_health: Option<[f64; 3]>,
    pub relative: [f64; 3],
    pub mix: [f64; 3],
    pub speed: RateInput,
    pub covered: Option<CoveredInput>,
    pub uncovered: Option<UncoveredInput>,
    pub downsell: RateInput,
    pub depth: RateInput,
    pub expansion: RateInput,
    pub at_renewal: RateInput,
    pub size: RateInput,
    pub csm_led: f64,
    pub uplift: RateInput,
    pub elasticity: f64,
    pub escalator: RateInput,
    pub onboarding: f64,
    pub unaided: f64,
    pub per_year: RateInput,
    pub poisson: bool,
    pub max_growth: f64,
    pub dispersion: Option<f64>,
    pub churn_of: Option<ChurnOfInput>,
    pub duration: Option<f64>,
    pub opening_tenure: Option<Vec<f64>>,
    pub uncontrollable: Option<f64>,
    pub contraction: Option<ContractionInput>,
    pub win_back: Option<WinBackInput>,
    pub loading: Option<LoadingInput>,
}

/// An account of a book brought along.
#[derive(Debug, Clone, PartialEq)]
pub struct Acct {
    pub segment: usize,
    pub arr: i64,
    pub term: Option<u32>,
    pub end: Option<u32>,
    pub health: Option<HealthInput>,
    pub churn: Option<f64>,
    pub tenure: Option<u32>,
}

fn point(x: f64) -> RateInput {
    RateInput::Point(x)
}

fn range(p5: f64, p95: f64) -> RateInput {
    RateInput::Range { p5, p95 }
}

fn one<T: Clone>(g: &mut Gen, from: &[T]) -> T {
    g.choose(from).expect("there is something to choose from").clone()
}

fn term(months: u32, share: f64, churn: Option<TermChurnInput>) -> TermInput {
    TermInput {
        months,
        share,
        churn,
        opt_out: None,
    }
}

const STEPS: StepsInput = StepsInput {
    green_yellow: 0.1,
    yellow_green: 0.2,
    yellow_red: 0.3,
    red_yellow: 0.05,
};
const MATRIX: [[f64; 3]; 3] = [[0.8, 0.15, 0.05], [0.2, 0.5, 0.3], [0.0, 0.4, 0.6]];

impl Touch {
    fn calm() -> Touch {
        Touch {
            csms: 1,
            renewal_window: 3,
            effect: point(0.0),
            through_health: 0.5,
            k: 2.0,
            proportional: true,
            hours: 1.0,
            hiring: HiringInput::Plan { hires: Vec::new() },
            attrition: point(0.0),
            backfill: true,
            time_to_hire: 2,
            ramp_months: 3,
            handover: None,
            ownership: None,
        }
    }

    fn random(g: &mut Gen, horizon: u32) -> Touch {
        let hires = vec![
            HireInput { month: 1, csms: 2 },
            HireInput {
                month: horizon,
                csms: 1,
            },
        ];
        Touch {
            csms: one(g, &[0, 1, 1, 2, 5]),
            renewal_window: one(g, &[0, 1, 3, 12]),
            effect: one(g, &[point(0.0), point(0.4), point(-0.3), range(-0.1, 0.7), point(5.0)]),
            through_health: one(g, &[0.0, 0.5, 1.0]),
            k: one(g, &[0.0, 2.0, 20.0]),
            proportional: bool::arbitrary(g),
            hours: one(g, &[0.0, 1.0, 20.0]),
            hiring: one(
                g,
                &[
                    HiringInput::Plan { hires: Vec::new() },
                    HiringInput::Plan { hires },
                    HiringInput::AccountsPerCsm { most: 3.0 },
                    HiringInput::Utilisation { most: 0.8 },
                ],
            ),
            attrition: one(g, &[point(0.0), point(0.2), range(0.1, 2.0), point(12.0)]),
            backfill: bool::arbitrary(g),
            time_to_hire: one(g, &[0, 2, 36]),
            ramp_months: one(g, &[0, 3, 36]),
            handover: one(
                g,
                &[
                    None,
                    Some(HandoverInput {
                        penalty: range(0.1, 0.9),
                        months: 3,
                        hours: 10.0,
                    }),
                ],
            ),
            ownership: one(g, &[None, Some(OwnershipInput::Am)]),
        }
    }

    fn simpler(&self) -> Vec<Touch> {
        let calm = Touch::calm();
        let mut all = Vec::new();
        macro_rules! calm {
            ($($field:ident)*) => {$(
                if self.$field != calm.$field {
                    all.push(Touch { $field: calm.$field.clone(), ..self.clone() });
                }
            )*};
        }
        calm!(csms renewal_window effect through_health k proportional hours hiring attrition backfill handover ownership);
        calm!(time_to_hire ramp_months);
        all
    }
}

impl Seg {
    fn calm() -> Seg {
        Seg {
            touch: 0,
            accounts: 1,
            notice: 0,
            auto_renew: true,
            terms: vec![term(12, 1.0, None)],
            churn: point(0.1),
            by_health: None,
            relative: [1.0; 3],
            mix: [0.6, 0.3, 0.1],
            speed: point(0.25),
            covered: None,
            uncovered: None,
            downsell: point(0.0),
            depth: point(0.2),
            expansion: point(0.0),
            at_renewal: point(0.0),
            size: point(0.3),
            csm_led: 0.5,
            uplift: point(0.0),
            elasticity: 0.0,
            escalator: point(0.0),
            onboarding: 0.0,
            unaided: 0.25,
            per_year: point(0.0),
            poisson: false,
            max_growth: 3.0,
            dispersion: None,
            churn_of: None,
            duration: None,
            opening_tenure: None,
            uncontrollable: None,
            contraction: None,
            win_back: None,
            loading: None,
        }
    }

    fn random(g: &mut Gen, touches: usize) -> Seg {
        let terms = [
            vec![term(12, 1.0, None)],
            vec![term(12, 1.0, None)],
            vec![term(1, 1.0, None)],
            vec![term(1, 0.4, None), term(12, 0.6, None)],
            vec![term(3, 1.0, None), term(7, 0.0, None)],
            vec![term(6, 2.0, None), term(24, 1.0, None)],
            vec![term(12, 5.0, None), term(24, 1.0, None), term(36, 3.0, None)],
            vec![term(120, 1.0, None)],
            vec![
                TermInput {
                    opt_out: Some(7),
                    ..term(24, 1.0, None)
                },
                TermInput {
                    opt_out: Some(1),
                    ..term(3, 1.0, None)
                },
            ],
            vec![
                term(12, 1.0, Some(TermChurnInput::Mean(0.3))),
                term(1, 1.0, Some(TermChurnInput::Mean(0.02))),
            ],
            vec![term(24, 1.0, Some(TermChurnInput::ByHealth([0.0, 0.5, 1.0])))],
        ];
        Seg {
            touch: usize::arbitrary(g) % touches,
            accounts: one(g, &[0, 1, 2, 5, 8, 40]),
            notice: one(g, &[0, 0, 2, 24]),
            auto_renew: one(g, &[true, true, false]),
            terms: one(g, &terms),
            churn: one(g, &[point(0.1), point(0.0), point(0.95), range(0.02, 0.4)]),
            by_health: one(g, &[None, None, Some([0.0, 0.1, 1.0])]),
            relative: one(g, &[[1.0, 3.0, 6.5], [1.0; 3], [5.0, 1.0, 1000.0]]),
            mix: one(g, &[[0.6, 0.3, 0.1], [7.0, 2.0, 1.0], [1.0, 0.0, 0.0]]),
            speed: one(g, &[point(0.25), point(0.0), range(0.1, 0.5)]),
            covered: one(
                g,
                &[
                    None,
                    None,
                    Some(CoveredInput::Steps(STEPS)),
                    Some(CoveredInput::Matrix(MATRIX)),
                ],
            ),
            uncovered: one(
                g,
                &[
                    None,
                    None,
                    Some(UncoveredInput::Mix([0.2, 0.3, 0.5])),
                    Some(UncoveredInput::Steps(STEPS)),
                    Some(UncoveredInput::Matrix(MATRIX)),
                ],
            ),
            downsell: one(g, &[point(0.0), point(0.3), point(0.95), range(0.01, 0.2)]),
            depth: one(g, &[point(0.25), point(0.0), point(1.0), range(0.1, 0.9)]),
            expansion: one(g, &[point(0.0), point(0.3), point(0.95), range(0.05, 0.9)]),
            at_renewal: one(g, &[point(0.0), point(0.2), point(1.0)]),
            size: one(g, &[point(0.3), point(0.0), point(5.0), range(0.01, 2.0)]),
            csm_led: one(g, &[0.0, 0.5, 1.0]),
            uplift: one(g, &[point(0.0), point(0.03), point(0.5), range(0.01, 0.07)]),
            elasticity: one(g, &[0.0, 8.0, 100.0]),
            escalator: one(g, &[point(0.0), point(0.05), range(0.01, 0.09)]),
            onboarding: one(g, &[0.0, 1.0, 2.5, 36.0]),
            unaided: one(g, &[0.25, 1.0, 0.001]),
            per_year: one(g, &[point(0.0), point(0.0), point(4.0), point(30.0), range(1.0, 20.0)]),
            poisson: bool::arbitrary(g),
            max_growth: one(g, &[1.0, 3.0, 20.0]),
            dispersion: one(g, &[None, None, Some(0.1), Some(0.9)]),
            churn_of: one(g, &[None, Some(ChurnOfInput::New), Some(ChurnOfInput::Book)]),
            duration: one(g, &[None, None, Some(0.1), Some(1.6), Some(5.0)]),
            opening_tenure: one(g, &[None, Some(vec![1.0, 0.9, 0.8]), Some(vec![0.0, 0.0, 1.0])]),
            uncontrollable: one(g, &[None, Some(0.3), Some(1.0)]),
            contraction: one(
                g,
                &[
                    None,
                    None,
                    Some(ContractionInput {
                        hazard: point(0.5),
                        depth: point(1.0),
                    }),
                    Some(ContractionInput {
                        hazard: range(0.01, 0.1),
                        depth: point(0.2),
                    }),
                ],
            ),
            win_back: one(
                g,
                &[
                    None,
                    Some(WinBackInput {
                        days: 60.0,
                        within: 0.2,
                        later: 0.5,
                        later_months: 3,
                    }),
                    Some(WinBackInput {
                        days: 60.0,
                        within: 1.0,
                        later: 0.0,
                        later_months: 1,
                    }),
                ],
            ),
            loading: one(
                g,
                &[
                    None,
                    Some(LoadingInput {
                        rho: 0.9,
                        rho_expansion: 0.3,
                    }),
                ],
            ),
        }
    }

    fn simpler(&self) -> Vec<Seg> {
        let calm = Seg::calm();
        let mut all = Vec::new();
        macro_rules! calm {
            ($($field:ident)*) => {$(
                if self.$field != calm.$field {
                    all.push(Seg { $field: calm.$field.clone(), ..self.clone() });
                }
            )*};
        }
        calm!(touch accounts notice auto_renew terms churn by_health relative mix speed covered uncovered downsell);
        calm!(depth expansion at_renewal size csm_led uplift elasticity escalator onboarding unaided per_year);
        calm!(poisson max_growth dispersion churn_of duration opening_tenure uncontrollable contraction win_back);
        calm!(loading);
        if self.accounts > 1 {
            all.push(Seg {
                accounts: self.accounts / 2,
                ..self.clone()
            });
        }
        all
    }
}

impl Acct {
    fn random(g: &mut Gen, segments: usize) -> Acct {
        Acct {
            segment: usize::arbitrary(g) % segments,
            arr: one(g, &[0, 1, 99, 1_200_000, 5_000_000_000]),
            term: one(g, &[None, Some(1), Some(12), Some(24), Some(120)]),
            end: one(g, &[None, Some(1), Some(2), Some(12), Some(14), Some(120)]),
            health: one(
                g,
                &[
                    None,
                    Some(HealthInput::Green),
                    Some(HealthInput::Yellow),
                    Some(HealthInput::Red),
                ],
            ),
            churn: one(g, &[None, None, Some(0.0), Some(0.3), Some(1.0)]),
            tenure: one(g, &[None, None, Some(0), Some(3), Some(50)]),
        }
    }
}

impl Arbitrary for World {
    fn arbitrary(g: &mut Gen) -> World {
        let horizon = one(g, &[1, 5, 11, 12, 13, 24, 30, 36, 120]);
        let touches: Vec<Touch> = (0..one(g, &[1, 2])).map(|_| Touch::random(g, horizon)).collect();
        let segments: Vec<Seg> = (0..one(g, &[1, 1, 2, 3]))
            .map(|_| Seg::random(g, touches.len()))
            .collect();
        let book = (0..one(g, &[0, 0, 1, 4, 9]))
            .map(|_| Acct::random(g, segments.len()))
            .collect();
        let world = World {
            seed: u64::arbitrary(g) >> 11,
            horizon,
            cltv_years: one(g, &[1, 1, 2, 5, 10]),
            start_month: one(g, &[1, 7, 12]),
            full: one(g, &[false, false, true]),
            doubt: one(g, &[0.0, 0.25, 3.0]),
            rho: one(g, &[0.0, 0.05, 0.9]),
            rho_expansion: one(g, &[0.0, 0.02, 0.9]),
            half_life: one(g, &[0.0, 12.0, 1e12]),
            one_renewal_month: bool::arbitrary(g),
            touches,
            segments,
            book,
        };
        world.mended()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = World>> {
        let calm = World::calm(point(0.1), Vec::new());
        let mut all = Vec::new();
        for i in 0..self.segments.len() {
            let mut fewer = self.clone();
            fewer.segments.remove(i);
            all.push(fewer);
        }
        for i in 0..self.touches.len() {
            let mut fewer = self.clone();
            fewer.touches.remove(i);
            all.push(fewer);
        }
        for i in 0..self.book.len() {
            let mut fewer = self.clone();
            fewer.book.remove(i);
            all.push(fewer);
        }
        macro_rules! calm {
            ($($field:ident)*) => {$(
                if self.$field != calm.$field {
                    all.push(World { $field: calm.$field.clone(), ..self.clone() });
                }
            )*};
        }
        calm!(horizon cltv_years start_month full doubt rho rho_expansion half_life one_renewal_month seed book);
        for (i, touch) in self.touches.iter().enumerate() {
            for simpler in touch.simpler() {
                let mut world = self.clone();
                world.touches[i] = simpler;
                all.push(world);
            }
        }
        for (i, segment) in self.segments.iter().enumerate() {
            for simpler in segment.simpler() {
                let mut world = self.clone();
                world.segments[i] = simpler;
                all.push(world);
            }
        }
        let old = self.clone();
        let sound = all
            .into_iter()
            .filter(|world| !world.segments.is_empty() && !world.touches.is_empty());
        Box::new(sound.map(World::mended).filter(move |world| *world != old))
    }
}

impl World {
    /// One segment with this churn and nothing else in it.
    pub fn calm(churn: RateInput, book: Vec<Acct>) -> World {
        World {
            seed: 1,
            horizon: 12,
            cltv_years: 1,
            start_month: 1,
            full: true,
            doubt: 0.0,
            rho: 0.0,
            rho_expansion: 0.0,
            half_life: 12.0,
            one_renewal_month: false,
            touches: vec![Touch::calm()],
            segments: vec![Seg { churn, ..Seg::calm() }],
            book,
        }
    }

    /// Makes ends meet: indices that exist, a book that is not empty, one statement of churn and of movement.
    pub fn mended(mut self) -> World {
        let (touches, segments) = (self.touches.len(), self.segments.len());
        for segment in &mut self.segments {
            segment.touch %= touches;
            // All accounts would have to leave a mix of one colour in a month for these to be one-step chains.
            if segment.mix[1] == 0.0 && segment.covered.is_none() {
                segment.covered = Some(CoveredInput::Steps(STEPS));
            }
        }
        for account in &mut self.book {
            account.segment %= segments;
        }
        for touch in &mut self.touches {
            if let HiringInput::Plan { hires } = &mut touch.hiring {
                hires.retain(|hire| hire.month <= self.horizon);
            }
        }
        if self.book.is_empty() && self.segments.iter().all(|s| s.accounts == 0) {
            self.segments[0].accounts = 1;
        }
        self
    }

    /// The same without loadings of a segment's own.
    #[allow(dead_code)] // Not every test that has worlds asks for it.
    pub fn without_loadings(mut self) -> World {
        for segment in &mut self.segments {
            segment.loading = None;
        }
        self
    }

    /// The same with accounts that never pass to another CSM.
    #[allow(dead_code)] // Not every test that has worlds asks for it.
    pub fn without_handovers(mut self) -> World {
        for touch in &mut self.touches {
            touch.handover = None;
        }
        self
    }

    /// The document.
    pub fn input(&self) -> ScenarioInput {
        let mut input: ScenarioInput = wire::read(DEMO).expect("the demo can be read");
        let (touch, pool, segment) = (
            input.touch_models[0].clone(),
            input.pools[0].clone(),
            input.segments[0].clone(),
        );
        input.name = "a small world".to_owned();
        input.seed = self.seed;
        input.trials = 3;
        input.horizon = self.horizon;
        input.start_month = self.start_month;
        input.coverage = if self.full {
            CoverageInput::Full
        } else {
            CoverageInput::FromTeam
        };
        input.rate_doubt = self.doubt;
        input.shock = ShockInput {
            rho: self.rho,
            rho_expansion: self.rho_expansion,
            half_life: self.half_life,
        };
        input.economics.cltv_years = self.cltv_years;
        if self.one_renewal_month {
            input.renewal_calendar = [0.0; 12];
            input.renewal_calendar[5] = 1.0;
        }
        input.touch_models = self
            .touches
            .iter()
            .enumerate()
            .map(|(i, t)| t.model(i, &touch))
            .collect();
        input.pools = self.touches.iter().enumerate().map(|(i, t)| t.pool(i, &pool)).collect();
        input.segments = self
            .segments
            .iter()
            .enumerate()
            .map(|(i, s)| s.input(i, &segment))
            .collect();
        input.book = (!self.book.is_empty()).then(|| BookInput {
            source: "a test".to_owned(),
            as_of: "2025-12-31".to_owned(),
            accounts: self.book.iter().enumerate().map(|(i, a)| a.input(i)).collect(),
        });
        input
    }
}

impl Touch {
    fn model(&self, i: usize, template: &TouchModelInput) -> TouchModelInput {
        let each = |standard: &HourStandardInput| match standard {
            HourStandardInput::Hours(hours) => HourStandardInput::Hours(hours * self.hours),
            HourStandardInput::Activities(_) => standard.clone(),
        };
        TouchModelInput {
            name: format!("touch {i}"),
            hours: HoursInput {
                onboarding: each(&template.hours.onboarding),
                renewal_window: each(&template.hours.renewal_window),
                red: each(&template.hours.red),
                yellow: each(&template.hours.yellow),
                green: each(&template.hours.green),
            },
            renewal_window: self.renewal_window,
            effect: self.effect,
            through_health: self.through_health,
            k: self.k,
            allocation: if self.proportional {
                AllocationInput::Proportional(ProportionalInput::Proportional)
            } else {
                template.allocation.clone()
            },
            accounts_per_csm: template.accounts_per_csm,
            handover: self.handover,
            ownership: self.ownership,
        }
    }

    fn pool(&self, i: usize, template: &PoolInput) -> PoolInput {
        PoolInput {
            touch_model: format!("touch {i}"),
            csms: self.csms,
            hiring: self.hiring.clone(),
            attrition: self.attrition,
            backfill: self.backfill,
            time_to_hire: self.time_to_hire,
            ramp_months: self.ramp_months,
            ..template.clone()
        }
    }
}

impl Seg {
    fn input(&self, i: usize, template: &SegmentInput) -> SegmentInput {
        SegmentInput {
            name: format!("segment {i}"),
            touch_model: format!("touch {}", self.touch),
            accounts: self.accounts,
            terms: self.terms.clone(),
            notice_months: self.notice,
            auto_renew: self.auto_renew,
            churn: self.by_health.is_none().then_some(self.churn),
            relative_risk: self.by_health.is_none().then_some(self.relative),
            churn_by_health: self.by_health,
            health: HealthRuleInput {
                mix: self.mix,
                speed: self.speed,
                covered: self.covered,
                uncovered: self.uncovered,
            },
            downsell: DownsellInput {
                probability: self.downsell,
                depth: self.depth,
                ..template.downsell
            },
            expansion: ExpansionInput {
                rate: self.expansion,
                at_renewal: self.at_renewal,
                mean_size: self.size,
                csm_led: point(self.csm_led),
                ..template.expansion
            },
            uplift: UpliftInput {
                list: self.uplift,
                elasticity: point(self.elasticity),
                escalator: self.escalator,
                ..template.uplift
            },
            onboarding: OnboardingInput {
                months: self.onboarding,
                unaided: self.unaided,
                ..template.onboarding
            },
            new_accounts: NewAccountsInput {
                per_year: self.per_year,
                arrivals: if self.poisson {
                    ArrivalsInput::Poisson
                } else {
                    ArrivalsInput::Even
                },
            },
            max_growth: self.max_growth,
            dispersion: self.dispersion,
            churn_of: self.churn_of,
            duration: self.duration,
            opening_tenure: self.opening_tenure.clone(),
            uncontrollable: self.uncontrollable,
            contraction: self.contraction,
            win_back: self.win_back,
            shock: self.loading,
            ..template.clone()
        }
    }
}

impl Acct {
    fn input(&self, i: usize) -> AccountInput {
        AccountInput {
            name: format!("account {i}"),
            segment: format!("segment {}", self.segment),
            arr: self.arr,
            term: self.term,
            end_month: self.end,
            health: self.health,
            churn: self.churn,
            tenure: self.tenure,
        }
    }
}
