use crate::kernel::accounts::{Accounts, Mode};
use crate::kernel::arrival;
use crate::kernel::column::List;
use crate::kernel::expansion::{self, ExpansionRates};
use crate::kernel::health;
use crate::kernel::odds::Shocked;
use crate::kernel::outcome::Once;
use crate::kernel::outline::Part;
use crate::kernel::plan::Plan;
use crate::kernel::rates::{self, SegmentRates};
use crate::kernel::renewal::{self, Renewals, Returning};
use crate::kernel::shock::{Copula, Shock};
use crate::kernel::stream::{Layers, Purpose, Stream};
use crate::kernel::tally::{Line, Tally};
use crate::kernel::team::{Need, Team, TeamMonth};
use crate::kernel::workload::{self, Census};
use crate::model::{CoverageRule, Scenario, response};

/// One simulated future, and the room it is played in: made once, played many times.
#[derive(Debug, Clone)]
pub struct Trial<'a> {
    pub(super) plan: &'a Plan,
    rates: Vec<SegmentRates>,
    pub(super) segments: Vec<SegmentTrial>,
    pub(super) teams: Vec<TeamTrial>,
    /// Indices of the accounts an event concerns.
    due: List,
    /// Those of them that it takes a closer look at.
    open: List,
    /// Those whose price rises inside a term.
    raised: List,
    candidates: expansion::Candidates,
}

#[derive(Debug, Clone, Default)]
pub(super) struct SegmentTrial {
    pub(super) termed: Accounts,
    pub(super) rolling: Accounts,
    pub(super) tally: Tally,
    /// Rolling accounts that joined this month.
    pub(super) joined: usize,
    /// Accounts ever under contract: the next one's place in the row in which they are dealt to seats.
    pub(super) places: u32,
    health: health::Month,
    /// How sure they are to leave.
    odds: Shocked,
    decisions: renewal::Rolling,
    /// Lost accounts that will come back.
    returning: Vec<Returning>,
    /// Hours asked this month.
    pub(super) hours: f64,
    pub(super) cltv: f64,
    pub(super) cltv_annual: f64,
    pub(super) cost_to_serve: f64,
}

impl SegmentTrial {
    pub(super) fn accounts(&self) -> usize {
        self.termed.len() + self.rolling.len()
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct TeamTrial {
    team: Team,
    pub(super) month: TeamMonth,
    pub(super) census: Census,
    /// Hours that handovers add, by work class.
    handover: [f64; 5],
    pub(super) workload: f64,
    coverage: [f64; 5],
    pub(super) hires: u32,
    pub(super) leavers: u32,
}

impl<'a> Trial<'a> {
    /// Room for the trials of a plan.
    pub fn new(plan: &'a Plan) -> Trial<'a> {
        Trial {
            plan,
            rates: Vec::with_capacity(plan.segments.len()),
            segments: vec![SegmentTrial::default(); plan.segments.len()],
            teams: vec![TeamTrial::default(); plan.scenario.pools.len()],
            due: List::default(),
            open: List::default(),
            raised: List::default(),
            candidates: expansion::Candidates::default(),
        }
    }

    /// Plays a trial and writes its outcome, laid out by [`Plan::layout`]: trial number so many, or one that takes its
    /// layers of uncertainty from several, the number that of its rates. What a trial tells of CLTV covers the months it is
    /// played for, [`Scenario::looks_ahead`].
    ///
    /// # Panics
    /// When `row` is shorter than the layout's width.
    pub fn play(&mut self, trial: impl Into<Layers>, row: &mut [f64]) {
        let plan = self.plan;
        let scenario = &plan.scenario;
        let layers = trial.into();
        let stream = Stream::new(scenario.seed, layers);
        let months = if scenario.looks_ahead(layers.rates) {
            scenario.months()
        } else {
            scenario.horizon
        };
        let mut shock = Shock::start(scenario.half_life, &stream);
        self.open(&stream);
        for month in 1..=months {
            let z = shock.advance(month, &stream);
            self.advance_teams(month, &stream);
            self.join_new_accounts(month, &stream);
            self.measure_workload(month);
            self.allocate();
            self.move_health_and_expand(month, z, &stream);
            self.onboard(month);
            self.renew(month, z, &stream);
            self.record(month, row);
        }
        for (s, segment) in self.segments.iter().enumerate() {
            row[plan.layout.once(Once::Cltv, s)] = segment.cltv;
            row[plan.layout.once(Once::CltvAnnual, s)] = segment.cltv_annual;
            row[plan.layout.once(Once::CostToServe, s)] = segment.cost_to_serve;
        }
    }

    fn open(&mut self, stream: &Stream) {
        let plan = self.plan;
        let scenario = &plan.scenario;
        self.rates.clear();
        for (s, (segment, ready)) in self.segments.iter_mut().zip(&plan.segments).enumerate() {
            self.rates
                .push(SegmentRates::draw(scenario, s, &ready.calibration, stream));
            segment.tally.clone_from(&ready.tally);
            segment.health.clear();
            segment.decisions.clear();
            segment.returning.clear();
            segment.places = ready.tally.book.accounts;
            (segment.cltv, segment.cltv_annual, segment.cost_to_serve) = (0.0, 0.0, 0.0);
            let mix = scenario.segments[s].health.mix;
            arrival::start(&mut segment.termed, &ready.termed, mix, &ready.frailty, stream);
            arrival::start(&mut segment.rolling, &ready.rolling, mix, &ready.frailty, stream);
        }
        for (p, team) in self.teams.iter_mut().enumerate() {
            let attrition = rates::attrition(scenario, p, stream);
            team.team.start(&scenario.pools[p], attrition, plan.opening_hours[p]);
            (team.hires, team.leavers) = (0, 0);
        }
        self.value(0);
    }

    fn advance_teams(&mut self, month: u32, stream: &Stream) {
        let scenario = &self.plan.scenario;
        for (p, team) in self.teams.iter_mut().enumerate() {
            let pool = &scenario.pools[p];
            let need = || need(scenario, self.plan, &self.segments, p);
            let handover = match scenario.coverage {
                CoverageRule::None => 0,
                CoverageRule::FromTeam | CoverageRule::Full => scenario.touch_models[p].handover.months,
            };
            team.month = team.team.advance(pool, p, month, need, handover, stream);
            team.hires += team.month.hires;
            team.leavers += team.month.leavers;
        }
    }

    fn join_new_accounts(&mut self, month: u32, stream: &Stream) {
        let plan = self.plan;
        for (s, (segment, rates)) in self.segments.iter_mut().zip(&self.rates).enumerate() {
            segment.tally.open_month();
            segment.joined = 0;
            let arrivals = arrival::number(&plan.scenario, s, rates.new_accounts, month, stream);
            let door = arrival::Door::new(plan, s, month, stream);
            for position in 0..arrivals {
                let account = door.new_account(position, segment.places);
                segment.places += 1;
                segment.join(account, Line::New);
            }
            let mut i = 0;
            while i < segment.returning.len() {
                if segment.returning[i].month == month {
                    let account = door.returning(&segment.returning.swap_remove(i));
                    segment.join(account, Line::WinBack);
                } else {
                    i += 1;
                }
            }
        }
    }

    fn measure_workload(&mut self, month: u32) {
        let plan = self.plan;
        for team in &mut self.teams {
            (team.census, team.handover) = ([0; 5], [0.0; 5]);
        }
        for (s, segment) in self.segments.iter_mut().enumerate() {
            open_windows(&mut segment.termed, month, plan.segments[s].window, &mut self.due);
            let pool = plan.scenario.segments[s].touch_model;
            let touch = &plan.scenario.touch_models[pool];
            let team = &mut self.teams[pool];
            let mut census = [0; 5];
            let mut handover = [0.0; 5];
            for accounts in [&segment.termed, &segment.rolling] {
                if accounts.len() == 0 {
                    continue;
                }
                workload::count(accounts, &mut census);
                if team.team.hands_over() && touch.handover.hours > 0.0 {
                    workload::hand_over(accounts, &touch.handover, &team.team, &mut handover);
                }
            }
            segment.hours = workload::hours(touch, &census).iter().chain(&handover).sum();
            for class in 0..5 {
                team.census[class] += census[class];
                team.handover[class] += handover[class];
            }
        }
    }

    fn allocate(&mut self) {
        let scenario = &self.plan.scenario;
        for (p, team) in self.teams.iter_mut().enumerate() {
            let touch = &scenario.touch_models[p];
            let mut asked = workload::hours(touch, &team.census);
            for (asked, more) in asked.iter_mut().zip(team.handover) {
                *asked += more;
            }
            team.workload = asked.iter().sum();
            team.team.record(team.workload);
            team.coverage = match scenario.coverage {
                CoverageRule::Full => [1.0; 5],
                CoverageRule::None => [0.0; 5],
                CoverageRule::FromTeam => workload::allocate(touch.allocation, asked, team.month.capacity),
            };
        }
    }

    fn move_health_and_expand(&mut self, month: u32, z: f64, stream: &Stream) {
        let scenario = &self.plan.scenario;
        let sizes = expansion::Draws {
            sizes: stream.at(month, Purpose::ExpansionSize),
            depths: stream.at(month, Purpose::ContractionSize),
        };
        let [moves, expands] = [Part::Health, Part::Expansion].map(|part| stream.at(month, part.rest()));
        for s in 0..self.segments.len() {
            let (stated, ready, rates) = (&scenario.segments[s], &self.plan.segments[s], &self.rates[s]);
            let touch = &scenario.touch_models[stated.touch_model];
            let team = &self.teams[stated.touch_model];
            let responses = team.coverage.map(|c| response(c, touch.k));
            let led = if touch.owns_expansion { responses } else { [1.0; 5] };
            let segment = &mut self.segments[s];
            let expansion = rates.expands().then(|| {
                let copula = Copula::favourable(stated.loading.expansion, z);
                expansion::Month::new(&ExpansionRates::new(stated, rates, &copula), &led)
            });
            let (due, candidates) = (&mut self.due, &mut self.candidates);
            // Coverage is by segment, and so is the memory of it.
            segment.termed.memory.advance(&responses);
            segment.rolling.memory = segment.termed.memory;
            segment.health.compile(&rates.chain, &responses);
            for accounts in [&mut segment.termed, &mut segment.rolling] {
                if accounts.len() == 0 {
                    continue;
                }
                if let Some(expansion) = &expansion {
                    accounts.draw(Part::Expansion, month, stream);
                    candidates.list(expansion, accounts, expands, due);
                }
                accounts.draw(Part::Health, month, stream);
                segment.health.advance(accounts, moves, due);
                if let Some(expansion) = &expansion {
                    let laws = (stated, &ready.sizes, &ready.contractions);
                    expansion::book(accounts, candidates, expansion, laws, rates, sizes, &mut segment.tally);
                }
            }
        }
    }

    /// Onboarding progresses; whoever is done asks for other hours from the next month on.
    fn onboard(&mut self, month: u32) {
        let scenario = &self.plan.scenario;
        for ((segment, stated), ready) in self
            .segments
            .iter_mut()
            .zip(&scenario.segments)
            .zip(&self.plan.segments)
        {
            let coverage = self.teams[stated.touch_model].coverage[0];
            let unaided = stated.onboarding.unaided;
            let progress = unaided + (1.0 - unaided) * coverage;
            for accounts in [&mut segment.termed, &mut segment.rolling] {
                let mut places = std::mem::take(&mut accounts.onboarding);
                places.retain(|&place| {
                    // Another account may have come back to the place of one that left.
                    let at_place = accounts.at_place(place);
                    let Some(i) = at_place.filter(|&i| accounts.mode(i) == Mode::Onboarding) else {
                        return false;
                    };
                    let contract = &mut accounts.contract[i];
                    contract.progress += progress as f32;
                    contract.onboarding = contract.onboarding.saturating_add(1);
                    // A hair less: thirds of a month must add up to one.
                    let is_done = contract.progress > stated.onboarding.months as f32 - 1e-4;
                    if is_done {
                        segment.tally.onboarded += 1;
                        segment.tally.onboarding_months += u64::from(contract.onboarding);
                        let window = accounts.in_window(i, month + 1, ready.window);
                        accounts.set_mode(i, if window { Mode::Window } else { Mode::Health });
                    }
                    !is_done
                });
                accounts.onboarding = places;
            }
        }
    }

    fn renew(&mut self, month: u32, z: f64, stream: &Stream) {
        let plan = self.plan;
        let draws = renewal::Draws::new(month, stream);
        for (s, segment) in self.segments.iter_mut().enumerate() {
            plan.segments[s].shocks.compile(z, &mut segment.odds);
            let team = &self.teams[plan.scenario.segments[s].touch_model].team;
            let renewals = renewals(plan, s, &self.rates[s], (z, &segment.odds), team, (month, draws));
            let (tally, due, returning) = (&mut segment.tally, &mut self.due, &mut segment.returning);
            if segment.termed.len() > 0 {
                let counted = renewals.decide(&mut segment.termed, (due, &mut self.open), tally);
                renewals.escalate(&mut segment.termed, &mut self.raised, tally);
                renewals.book(&mut segment.termed, (due, &mut self.open), counted, tally, returning);
            }
            if segment.rolling.len() > segment.joined {
                segment.rolling.draw(Part::Rolling, month, stream);
                let room = (due, &mut segment.decisions);
                renewals.roll(&mut segment.rolling, segment.joined, room, tally, returning);
            }
        }
    }
}

/// The decisions of segment `s` in a month.
fn renewals<'a>(
    plan: &'a Plan,
    s: usize,
    rates: &'a SegmentRates,
    (z, odds): (f64, &'a Shocked),
    team: &'a Team,
    (month, draws): (u32, renewal::Draws),
) -> Renewals<'a> {
    let (segment, ready) = (&plan.scenario.segments[s], &plan.segments[s]);
    Renewals {
        segment,
        calibration: &ready.calibration,
        rates,
        shock: Copula::adverse(segment.loading.churn, z),
        z,
        odds,
        shocks: &ready.shocks,
        month,
        sizes: &ready.sizes,
        downsells: &ready.downsells,
        frailty: &ready.frailty,
        team,
        window: ready.window,
        terms_are_plain: ready.terms_are_plain,
        alike: ready.alike,
        draws,
    }
}

/// Opens the renewal windows that begin this month.
fn open_windows(accounts: &mut Accounts, month: u32, window: u32, due: &mut List) {
    if window == 0 || accounts.len() == 0 {
        return;
    }
    due.in_month(&accounts.decision, month + window - 1);
    for &i in due.iter() {
        let i = i as usize;
        if accounts.mode(i) == Mode::Health && accounts.in_window(i, month, window) {
            accounts.set_mode(i, Mode::Window);
        }
    }
}

fn need(scenario: &Scenario, plan: &Plan, segments: &[SegmentTrial], p: usize) -> Need {
    let pool = &scenario.pools[p];
    let ahead = f64::from(pool.time_to_hire + pool.ramp_months) / 12.0;
    let (mut accounts, mut planned, mut hours) = (0.0, 0.0, 0.0);
    for ((stated, ready), segment) in scenario.segments.iter().zip(&plan.segments).zip(segments) {
        if stated.touch_model == p {
            accounts += (segment.termed.len() + segment.rolling.len()) as f64;
            let joining = stated.new_accounts.per_year.median() * ahead;
            planned += joining;
            hours += joining * ready.static_hours;
        }
    }
    Need {
        accounts,
        planned,
        hours_each: if planned > 0.0 { hours / planned } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::accounts::{Yearly, every_year};
    use crate::kernel::outcome::{Book, Concentration, Growth, Layout, Staff, Turnover, Year};
    use crate::model::{Arrivals, Family, Rate, Risk, Scenario, sample};

    /// The sample in which nothing happens and every hour is given.
    fn still() -> Scenario {
        let mut scenario = sample::scenario();
        scenario.coverage = CoverageRule::Full;
        scenario.pools[0].attrition = Rate::point(Family::Positive, 0.0);
        let none = Rate::point(Family::Positive, 0.0);
        let segment = &mut scenario.segments[0];
        segment.risk = Risk::Stated([0.0; 3]);
        segment.downsell.probability = none;
        segment.contraction.hazard = none;
        (segment.expansion.rate, segment.expansion.at_renewal) = (none, none);
        (segment.uplift.list, segment.uplift.escalator) = (none, none);
        (segment.uplift.stated, segment.new_accounts.per_year) = (0.0, none);
        scenario
    }

    struct Played {
        plan: Plan,
        row: Vec<f64>,
    }

    fn play(scenario: Scenario) -> Played {
        let plan = Plan::new(scenario);
        let mut row = vec![0.0; plan.layout().width()];
        let mut trial = Trial::new(&plan);
        // What an earlier trial leaves behind must not show.
        trial.play(1, &mut row);
        trial.play(0, &mut row);
        Played { plan, row }
    }

    impl Played {
        fn at(&self, place: impl Fn(&Layout) -> usize) -> f64 {
            self.row[place(&self.plan.layout())]
        }

        fn book(&self, what: Book, month: usize) -> f64 {
            self.at(|layout| layout.book(what, month))
        }

        fn year(&self, what: Year) -> f64 {
            self.at(|layout| layout.year(what, 0, 0))
        }
    }

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-9 * expected.abs().max(1.0),
            "{found}, not {expected}"
        );
    }

    #[test]
    fn a_book_that_nobody_stays_in_is_gone_when_its_contracts_end() {
        let mut scenario = still();
        scenario.segments[0].risk = Risk::Stated([1.0; 3]);
        let ends: Vec<u32> = scenario.book()[0].iter().map(|opening| opening.end).collect();
        let left = |month: u32| ends.iter().filter(|&&end| end > month).count() as f64;
        let found = play(scenario);
        for month in 1..=12 {
            let arr = 100_000.0 * left(month as u32);
            assert_eq!(found.book(Book::Closing, month), arr);
            assert_eq!(found.book(Book::Kept, month), arr);
            assert_eq!(found.book(Book::CohortArr, month), arr);
            assert_eq!(found.book(Book::CohortAccounts, month), left(month as u32));
            assert_eq!(found.book(Book::Accounts, month), left(month as u32));
            assert_eq!(
                found.book(Book::Churn, month),
                100_000.0 * (left(month as u32 - 1) - left(month as u32))
            );
        }
        assert_eq!((found.year(Year::Due), found.year(Year::Renewed)), (10.0, 0.0));
        assert_eq!(
            (found.year(Year::DueArr), found.year(Year::RenewedArr)),
            (1_000_000.0, 0.0)
        );
        assert_eq!((found.year(Year::Losses), found.year(Year::Kept)), (1_000_000.0, 0.0));
        assert_eq!(
            (found.year(Year::OpeningAccounts), found.year(Year::KeptAccounts)),
            (10.0, 0.0)
        );
        assert_eq!(found.at(|layout| layout.concentration(Concentration::Hhi)), 0.0);
        assert_eq!(found.at(|layout| layout.concentration(Concentration::Top10)), 0.0);
        let discounts = (0..12).map(|t| libm::pow(1.1, -f64::from(t) / 12.0));
        let margin = |t: u32| 0.8 * 100_000.0 * left(t) / 10.0;
        near(
            found.at(|layout| layout.once(Once::Cltv, 0)),
            (0..).zip(discounts.clone()).map(|(t, d)| d * margin(t) / 12.0).sum(),
        );
        near(found.at(|layout| layout.once(Once::CltvAnnual, 0)), 80_000.0);
        // One CSM at $100,000 a year, as long as there is somebody to serve.
        let cost = (0..).zip(discounts).skip(1).filter(|&(t, _)| left(t) > 0.0);
        near(
            found.at(|layout| layout.once(Once::CostToServe, 0)),
            cost.map(|(_, d)| d * 10_000_000.0 / 12.0 / 10.0).sum(),
        );
    }

    #[test]
    fn segments_share_the_cost_of_a_pool_by_their_hours() {
        let mut scenario = still();
        scenario.segments.push(scenario.segments[0].clone());
        scenario.segments[1].accounts = 30;
        scenario.segments[1].health.mix = [1.0, 0.0, 0.0];
        scenario.segments[1].health.covered = crate::model::Covered::Matrix([[1.0, 0.0, 0.0]; 3]);
        scenario.segments[1].terms[0].months = 120;
        let found = play(scenario);
        let cost: f64 = (1..12)
            .map(|t| libm::pow(1.1, -f64::from(t) / 12.0) * 10_000_000.0 / 12.0)
            .sum();
        let [first, second] = [0, 1].map(|s| found.at(|layout| layout.once(Once::CostToServe, s)));
        // All of the cost is somebody's.
        near(10.0 * first + 30.0 * second, cost);
        assert!(first > 0.0 && second > 0.0);
    }

    #[test]
    fn price_comes_at_the_renewal_and_the_escalator_at_anniversaries_inside_a_term() {
        let mut scenario = still();
        scenario.horizon = 24;
        scenario.segments[0].uplift.list = Rate::point(Family::Positive, 0.1);
        scenario.segments[0].uplift.realised = Rate::point(Family::Probability, 0.5);
        scenario.segments[0].uplift.stated = 0.05;
        let found = play(scenario.clone());
        for (month, arr) in [(12, 105_000.0), (24, 110_250.0)] {
            assert_eq!(found.book(Book::Closing, month), 10.0 * arr);
        }
        assert_eq!((found.year(Year::Uplift), found.year(Year::Losses)), (50_000.0, 0.0));
        assert_eq!(
            (found.year(Year::Renewed), found.year(Year::RenewedArr)),
            (10.0, 1_000_000.0)
        );
        assert_eq!(found.at(|layout| layout.growth(Growth::Top3, 0)), 15_000.0);
        near(found.at(|layout| layout.concentration(Concentration::Hhi)), 0.1);
        near(found.at(|layout| layout.concentration(Concentration::Top3)), 0.3);

        scenario.horizon = 36;
        scenario.segments[0].terms[0].months = 36;
        scenario.segments[0].uplift.escalator = Rate::point(Family::Positive, 0.02);
        let found = play(scenario);
        // Every account has one renewal and two anniversaries inside its term, in an order of its own; each is rounded.
        let whole = found.book(Book::Closing, 36) / 10.0;
        assert!((whole - 100_000.0 * 1.05 * 1.02 * 1.02).abs() < 2.0, "{whole}");
    }

    #[test]
    fn onboarding_takes_as_long_as_stated_at_full_coverage_and_longer_without() {
        let mut scenario = still();
        let segment = &mut scenario.segments[0];
        segment.new_accounts.per_year = Rate::point(Family::Positive, 12.0);
        segment.new_accounts.arrivals = Arrivals::Even;
        segment.onboarding.months = 2.0;
        // They join one a month, and those of the last month are not done.
        let found = play(scenario.clone());
        assert_eq!(found.book(Book::Accounts, 12), 22.0);
        assert_eq!(found.book(Book::New, 7), 100_000.0);
        assert_eq!(found.at(|layout| layout.once(Once::Onboarded, 0)), 11.0);
        assert_eq!(found.at(|layout| layout.once(Once::OnboardingMonths, 0)), 22.0);
        // Half of a month's progress is made without help.
        scenario.coverage = CoverageRule::None;
        let found = play(scenario);
        assert_eq!(found.at(|layout| layout.once(Once::Onboarded, 0)), 9.0);
        assert_eq!(found.at(|layout| layout.once(Once::OnboardingMonths, 0)), 36.0);
    }

    #[test]
    fn rolling_contracts_come_up_every_month() {
        let mut scenario = still();
        scenario.segments[0].terms[0].months = 1;
        scenario.segments[0].uplift.list = Rate::point(Family::Positive, 0.1);
        scenario.segments[0].uplift.realised = Rate::point(Family::Probability, 1.0);
        scenario.segments[0].uplift.stated = 0.1;
        scenario.segments[0].new_accounts.per_year = Rate::point(Family::Positive, 12.0);
        scenario.segments[0].new_accounts.arrivals = Arrivals::Even;
        let found = play(scenario);
        // Ten from the start; of those that join one a month all but the last month's, each from the month after.
        assert_eq!(found.year(Year::Due), 120.0 + 66.0);
        assert_eq!(found.year(Year::Renewed), 120.0 + 66.0);
        assert_eq!(found.year(Year::DueArr), found.year(Year::RenewedArr));
        assert_eq!(found.year(Year::CohortArr), 1_100_000.0);
        assert_eq!(found.book(Book::Closing, 12), 1_100_000.0 + 1_200_000.0);
    }

    #[test]
    fn a_team_is_written_down_by_month_and_its_starts_by_year() {
        let mut scenario = still();
        scenario.coverage = CoverageRule::FromTeam;
        scenario.pools[0].attrition = Rate::point(Family::Positive, 1e9);
        scenario.pools[0].ramp_months = 0;
        let found = play(scenario);
        // Everybody leaves in month 1, is replaced after two months, and leaves again in the month after.
        let heads: Vec<f64> = (1..=6)
            .map(|month| found.at(|layout| layout.staff(Staff::Headcount, 0, month)))
            .collect();
        assert_eq!(heads, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(found.at(|layout| layout.turnover(Turnover::Hires, 0, 0)), 4.0);
        assert_eq!(found.at(|layout| layout.turnover(Turnover::Leavers, 0, 0)), 4.0);
        assert_eq!(found.at(|layout| layout.staff(Staff::Capacity, 0, 3)), 100.0);
        assert_eq!(found.at(|layout| layout.staff(Staff::Accounts, 0, 5)), 10.0);
    }

    #[test]
    fn a_policy_looks_ahead_by_the_accounts_that_are_planned() {
        let mut scenario = still();
        scenario.segments[0].new_accounts.per_year = Rate::point(Family::Positive, 24.0);
        scenario.segments.push(scenario.segments[0].clone());
        let plan = Plan::new(scenario.clone());
        let mut trial = Trial::new(&plan);
        trial.play(0, &mut vec![0.0; plan.layout().width()]);
        let need = need(&scenario, &plan, &trial.segments, 0);
        let accounts: usize = trial.segments.iter().map(SegmentTrial::accounts).sum();
        assert_eq!(need.accounts, accounts as f64);
        // Two months to hire and three to ramp, 24 a year in each of two segments.
        near(need.planned, 2.0 * 10.0);
        near(need.hours_each, plan.segments[0].static_hours);
    }

    #[test]
    fn every_account_has_a_place_of_its_own() {
        let mut scenario = still();
        scenario.segments[0].new_accounts.per_year = Rate::point(Family::Positive, 24.0);
        let plan = Plan::new(scenario);
        let mut trial = Trial::new(&plan);
        trial.play(0, &mut vec![0.0; plan.layout().width()]);
        let mut places: Vec<u32> = trial.segments[0].termed.contract.iter().map(|c| c.place).collect();
        places.sort_unstable();
        assert!(
            places.len() > 20 && places.iter().copied().eq(0..places.len() as u32),
            "{places:?}"
        );
    }

    #[test]
    fn handovers_ask_for_their_hours_beside_the_others() {
        let mut scenario = still();
        scenario.coverage = CoverageRule::FromTeam;
        scenario.pools[0].attrition = Rate::point(Family::Positive, 1e9);
        let asked = |hours: f64| {
            scenario.touch_models[0].handover.hours = hours;
            let found = play(scenario.clone());
            found.at(|layout| layout.staff(Staff::Workload, 0, 1))
        };
        let [without, with] = [0.0, 6.0].map(asked);
        // Ten accounts, and six hours over three months.
        near(with - without, 20.0);
    }

    #[test]
    fn a_renewal_window_asks_for_its_hours_up_to_the_decision() {
        let mut scenario = still();
        scenario.segments[0].health.mix = [1.0, 0.0, 0.0];
        scenario.segments[0].health.covered = crate::model::Covered::Matrix([[1.0, 0.0, 0.0]; 3]);
        let ends: Vec<u32> = scenario.book()[0].iter().map(|opening| opening.end).collect();
        let found = play(scenario);
        for month in 1..=12 {
            // Four hours in the three months up to the end of a contract of twelve, one hour else.
            let hours = ends
                .iter()
                .map(|&end| if (end + 12 - month as u32) % 12 < 3 { 4.0 } else { 1.0 });
            near(found.at(|layout| layout.staff(Staff::Workload, 0, month)), hours.sum());
        }
    }

    #[test]
    fn accounts_share_a_cost_where_no_hours_are_asked() {
        let mut scenario = still();
        scenario.touch_models[0].hours = [0.0; 5];
        scenario.segments.push(scenario.segments[0].clone());
        scenario.segments[1].accounts = 30;
        let found = play(scenario);
        let cost: f64 = (1..12)
            .map(|t| libm::pow(1.1, -f64::from(t) / 12.0) * 10_000_000.0 / 12.0)
            .sum();
        for s in 0..2 {
            near(found.at(|layout| layout.once(Once::CostToServe, s)), cost / 40.0);
        }
    }

    #[test]
    fn new_accounts_take_their_part_of_the_cost() {
        let mut scenario = still();
        scenario.segments[0].new_accounts.per_year = Rate::point(Family::Positive, 12.0);
        scenario.segments[0].new_accounts.arrivals = Arrivals::Even;
        let found = play(scenario);
        // Ten opening accounts among one more each month: each bears what any account does.
        let month = |t: u32| libm::pow(1.1, -f64::from(t) / 12.0) * 10_000_000.0 / 12.0 / f64::from(10 + t);
        near(
            found.at(|layout| layout.once(Once::CostToServe, 0)),
            (1..12).map(month).sum(),
        );
    }

    /// Counted account by account, in a book in which contracts of several lengths grow, shrink, leave and come.
    #[test]
    fn yearly_contracts_are_counted_as_they_change() {
        let mut scenario = sample::scenario();
        (scenario.horizon, scenario.segments[0].accounts) = (48, 600);
        let longer = crate::model::Term {
            months: 36,
            ..scenario.segments[0].terms[0]
        };
        scenario.segments[0].terms.push(longer);
        scenario.segments[0].new_accounts.per_year = Rate::point(Family::Positive, 80.0);
        scenario.segments[0].contraction.hazard = Rate::point(Family::Probability, 0.02);
        scenario.segments[0].win_back.later = 0.3;
        let plan = Plan::new(scenario);
        let mut trial = Trial::new(&plan);
        trial.play(3, &mut vec![0.0; plan.layout().width()]);
        let accounts = &trial.segments[0].termed;
        let mut counted = [Yearly::default(); 12];
        for (&end, contract) in accounts.end.iter().zip(&accounts.contract) {
            assert_eq!(every_year(end), every_year(contract.last));
            if let Some(month) = every_year(end) {
                assert_eq!(contract.term, 12);
                counted[month].accounts += 1;
                counted[month].arr += contract.arr;
            }
        }
        assert_eq!(counted, accounts.yearly);
        let yearly = counted.iter().map(|alike| alike.accounts as usize).sum();
        assert!(
            (100..accounts.len() - 100).contains(&yearly),
            "{yearly} of {}",
            accounts.len()
        );
    }

    /// A price that changes no cent has contracts listed one by one that else are counted.
    #[test]
    fn renewals_that_are_counted_are_those_that_are_listed() {
        let mut scenario = sample::scenario();
        (scenario.horizon, scenario.segments[0].accounts) = (36, 600);
        scenario.touch_models[0].renewal_window = 0;
        let segment = &mut scenario.segments[0];
        (segment.notice_months, segment.frailty.dispersion) = (0, 0.0);
        (segment.uplift.stated, segment.uplift.elasticity) = (0.0, Rate::point(Family::Real, 0.0));
        let mut rows = [0.0, 1e-12].map(|list| {
            scenario.segments[0].uplift.list = Rate::point(Family::Positive, list);
            play(scenario.clone())
        });
        let plan = &rows[0].plan.segments[0];
        assert!(plan.alike && plan.terms_are_plain);
        assert!(rows[0].year(Year::Due) > 590.0 && rows[0].year(Year::Renewed) < 590.0);
        assert_eq!(std::mem::take(&mut rows[0].row), rows[1].row);
    }

    #[test]
    fn the_lost_return_when_they_are_due() {
        let mut scenario = still();
        scenario.segments[0].risk = Risk::Stated([1.0; 3]);
        scenario.segments[0].win_back = crate::model::WinBack {
            within: 0.0,
            later: 1.0,
            later_months: 3,
        };
        let ends: Vec<u32> = scenario.book()[0].iter().map(|opening| opening.end).collect();
        let found = play(scenario);
        for month in 1..=12 {
            let due = ends.iter().filter(|&&end| end + 3 == month as u32).count() as f64;
            assert_eq!(found.book(Book::WinBack, month), 100_000.0 * due, "month {month}");
        }
        let back = ends.iter().filter(|&&end| end <= 9).count() as f64;
        assert!(back > 2.0);
        assert_eq!(
            (found.book(Book::Accounts, 12), found.book(Book::CohortAccounts, 12)),
            (back, 0.0)
        );
    }
}
