use crate::kernel::accounts::{Accounts, Joining, Mode, ONBOARDING, Start, decision_month};
use crate::kernel::column;
use crate::kernel::expansion::{self, ExpansionRates};
use crate::kernel::health::{Month, NO_DECISION, Settled, Stirred};
use crate::kernel::outcome::{Book, Layout, Once, Staff, Turnover, Year};
use crate::kernel::plan::{Plan, SegmentPlan};
use crate::kernel::rates::{self, SegmentRates};
use crate::kernel::renewal::{Renewals, Screen};
use crate::kernel::shock::{Copula, Shock};
use crate::kernel::stream::{Purpose, Stream, account_key, mix};
use crate::kernel::tally::{Line, Tally};
use crate::kernel::team::{Need, Team, TeamMonth};
use crate::kernel::workload::{self, Census};
use crate::model::{Arrivals, CoverageRule, Scenario, response};
use crate::units::rounded;

/// One simulated future, and the room it is played in: made once, played many times.
#[derive(Debug, Clone)]
pub struct Trial<'a> {
    plan: &'a Plan,
    rates: Vec<SegmentRates>,
    segments: Vec<SegmentTrial>,
    teams: Vec<TeamTrial>,
    /// Indices of the accounts an event concerns.
    due: Vec<u32>,
    stirred: Stirred,
}

#[derive(Debug, Clone, Default)]
struct SegmentTrial {
    termed: Accounts,
    rolling: Accounts,
    tally: Tally,
    /// Rolling accounts that joined this month.
    joined: usize,
    /// The month's rolling decisions, between the pass over the accounts and the booking.
    screen: Option<Screen>,
    /// Rolling accounts whose decision the screen leaves open.
    deciding: Vec<u32>,
    cltv: f64,
}

#[derive(Debug, Clone, Default)]
struct TeamTrial {
    team: Team,
    month: TeamMonth,
    census: Census,
    workload: f64,
    coverage: [f64; 5],
    hires: u32,
    leavers: u32,
}

impl<'a> Trial<'a> {
    /// Room for the trials of a plan.
    pub fn new(plan: &'a Plan) -> Trial<'a> {
        Trial {
            plan,
            rates: Vec::with_capacity(plan.segments.len()),
            segments: vec![SegmentTrial::default(); plan.segments.len()],
            teams: vec![TeamTrial::default(); plan.scenario.pools.len()],
            due: Vec::new(),
            stirred: Stirred::default(),
        }
    }

    /// Plays trial `index` and writes its outcome, laid out by [`Plan::layout`].
    ///
    /// # Panics
    /// When `row` is shorter than the layout's width.
    pub fn play(&mut self, index: u32, row: &mut [f64]) {
        let plan = self.plan;
        let scenario = &plan.scenario;
        let stream = Stream::new(scenario.seed, index);
        let mut shock = Shock::start(scenario.shock.half_life, &stream);
        self.open(&stream);
        for month in 1..=scenario.months() {
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
            segment.cltv = payment(plan, ready, 0, ready.tally.arr);
            let mix = scenario.segments[s].health.mix;
            start(&mut segment.termed, &ready.termed, mix, stream);
            start(&mut segment.rolling, &ready.rolling, mix, stream);
        }
        for (p, team) in self.teams.iter_mut().enumerate() {
            let attrition = rates::attrition(scenario, p, stream);
            team.team.start(&scenario.pools[p], attrition, plan.opening_hours[p]);
            (team.hires, team.leavers) = (0, 0);
        }
    }

    fn advance_teams(&mut self, month: u32, stream: &Stream) {
        let scenario = &self.plan.scenario;
        for (p, team) in self.teams.iter_mut().enumerate() {
            let pool = &scenario.pools[p];
            let need = need(scenario, self.plan, &self.segments, p);
            team.month = team.team.advance(pool, p, month, need, stream);
            team.hires += team.month.hires;
            team.leavers += team.month.leavers;
        }
    }

    fn join_new_accounts(&mut self, month: u32, stream: &Stream) {
        let plan = self.plan;
        for (s, (segment, rates)) in self.segments.iter_mut().zip(&self.rates).enumerate() {
            segment.tally.open_month();
            segment.joined = 0;
            let arrivals = arrivals(&plan.scenario, s, rates.new_accounts, month, stream);
            for position in 0..arrivals {
                let account = new_account(plan, s, month, position, stream);
                let cohort = &mut segment.tally;
                cohort.lines[Line::New as usize] += account.arr;
                cohort.arr += account.arr;
                let accounts = if account.term == 1 {
                    segment.joined += 1;
                    &mut segment.rolling
                } else {
                    &mut segment.termed
                };
                accounts.push(account);
            }
        }
    }

    fn measure_workload(&mut self, month: u32) {
        let plan = self.plan;
        for team in &mut self.teams {
            team.census = [0; 5];
        }
        for (s, segment) in self.segments.iter_mut().enumerate() {
            let window = plan.segments[s].window;
            open_windows(&mut segment.termed, month, window, &mut self.due);
            let pool = plan.scenario.segments[s].touch_model;
            for accounts in [&segment.termed, &segment.rolling] {
                workload::count(accounts, &mut self.teams[pool].census);
            }
        }
    }

    fn allocate(&mut self) {
        let scenario = &self.plan.scenario;
        for (p, team) in self.teams.iter_mut().enumerate() {
            let touch = &scenario.touch_models[p];
            let asked = workload::hours(touch, &team.census);
            team.workload = asked.iter().sum();
            team.team.record(team.workload);
            team.coverage = match scenario.coverage {
                CoverageRule::Full => [1.0; 5],
                CoverageRule::FromTeam => workload::allocate(touch.allocation, asked, team.month.capacity),
            };
        }
    }

    fn move_health_and_expand(&mut self, month: u32, z: f64, stream: &Stream) {
        let scenario = &self.plan.scenario;
        let copula = Copula::favourable(scenario.shock.rho_expansion, z);
        let draws = stream.at(month, Purpose::Month);
        let sizes = stream.at(month, Purpose::ExpansionSize);
        for s in 0..self.segments.len() {
            let (stated, rates) = (&scenario.segments[s], &self.rates[s]);
            let k = scenario.touch_models[stated.touch_model].k;
            let responses = self.teams[stated.touch_model].coverage.map(|c| response(c, k));
            let expansion = ExpansionRates::new(stated, rates, &copula);
            let segment = &mut self.segments[s];
            segment.termed.memory.advance(&responses);
            segment.rolling.memory.advance(&responses);
            let stirred = &mut self.stirred;
            let mut book = |accounts: &mut Accounts, expanding: &[u32]| {
                let tally = &mut segment.tally;
                let segment = (stated, &self.plan.segments[s].sizes);
                expansion::book(
                    accounts,
                    expanding,
                    &expansion,
                    segment,
                    rates.mean_size,
                    (draws, sizes),
                    tally,
                );
            };
            let mut pass = |accounts: &mut Accounts, settled: &Settled| {
                let month = Month::new(&rates.chain, &responses, &expansion, settled);
                month.advance(accounts, draws, settled, stirred);
                book(accounts, stirred.expanding.get());
            };
            pass(&mut segment.termed, &NO_DECISION);
            let rolling = &mut segment.rolling;
            if rolling.len() > 0 {
                let renewals = renewals(self.plan, s, rates, month, z, stream);
                let screen = renewals.screen(rolling.memory.most);
                pass(rolling, &screen.settled());
                segment.deciding.clear();
                segment.deciding.extend_from_slice(self.stirred.deciding.get());
                segment.screen = Some(screen);
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
                column::within(&mut self.due, &accounts.state, ONBOARDING, ONBOARDING + 3);
                for &i in &self.due {
                    let i = i as usize;
                    accounts.contract[i].progress += progress as f32;
                    accounts.contract[i].onboarding = accounts.contract[i].onboarding.saturating_add(1);
                    // A hair less: thirds of a month must add up to one.
                    if accounts.contract[i].progress > stated.onboarding.months as f32 - 1e-4 {
                        segment.tally.onboarded += 1;
                        segment.tally.onboarding_months += u64::from(accounts.contract[i].onboarding);
                        let window = accounts.in_window(i, month + 1, ready.window);
                        accounts.set_mode(i, if window { Mode::Window } else { Mode::Health });
                    }
                }
            }
        }
    }

    fn renew(&mut self, month: u32, z: f64, stream: &Stream) {
        let sizes = stream.at(month, Purpose::RenewalSize);
        for (s, segment) in self.segments.iter_mut().enumerate() {
            let renewals = renewals(self.plan, s, &self.rates[s], month, z, stream);
            let (tally, due) = (&mut segment.tally, &mut self.due);
            renewals.decide(&mut segment.termed, due);
            renewals.escalate(&mut segment.termed, due, tally);
            renewals.book(&mut segment.termed, due, sizes, tally);
            if let Some(screen) = segment.screen.take() {
                let (joined, deciding) = (segment.joined, &mut segment.deciding);
                renewals.roll(&mut segment.rolling, joined, &screen, deciding, sizes, tally);
            }
        }
    }

    fn record(&mut self, month: u32, row: &mut [f64]) {
        let plan = self.plan;
        let layout = plan.layout;
        for (segment, ready) in self.segments.iter_mut().zip(&plan.segments) {
            segment.cltv += payment(plan, ready, month, segment.tally.book.arr);
        }
        if month > plan.scenario.horizon {
            return;
        }
        let m = month as usize;
        record_book(&self.segments, &layout, m, row);
        for (p, team) in self.teams.iter().enumerate() {
            let accounts: u32 = team.census.iter().sum();
            row[layout.staff(Staff::Accounts, p, m)] = f64::from(accounts);
            row[layout.staff(Staff::Headcount, p, m)] = f64::from(team.month.headcount);
            row[layout.staff(Staff::Workload, p, m)] = team.workload;
            row[layout.staff(Staff::Capacity, p, m)] = team.month.capacity;
        }
        if month.is_multiple_of(12) || month == plan.scenario.horizon {
            self.close_year((m - 1) / 12, row);
        }
        if month == plan.scenario.horizon {
            for (s, segment) in self.segments.iter().enumerate() {
                row[layout.once(Once::OnboardingMonths, s)] = segment.tally.onboarding_months as f64;
                row[layout.once(Once::Onboarded, s)] = f64::from(segment.tally.onboarded);
            }
        }
    }

    fn close_year(&mut self, year: usize, row: &mut [f64]) {
        let layout = self.plan.layout;
        for (s, segment) in self.segments.iter_mut().enumerate() {
            let tally = &segment.tally;
            let accounts = segment.termed.len() + segment.rolling.len();
            for (what, value) in [
                (Year::OpeningArr, tally.window.opening as f64),
                (Year::Kept, tally.window.kept as f64),
                (Year::CohortArr, tally.window.arr as f64),
                (Year::OpeningAccounts, f64::from(tally.window.accounts)),
                (Year::KeptAccounts, f64::from(tally.window.left)),
                (Year::DueArr, tally.due_arr as f64),
                (Year::RenewedArr, tally.renewed_arr as f64),
                (Year::Due, f64::from(tally.due)),
                (Year::Renewed, f64::from(tally.renewed)),
                (Year::ClosingArr, tally.arr as f64),
                (Year::ClosingAccounts, accounts as f64),
            ] {
                row[layout.year(what, s, year)] = value;
            }
            let all = [&mut segment.termed, &mut segment.rolling];
            segment.tally.open_window(all.into_iter());
        }
        for (p, team) in self.teams.iter_mut().enumerate() {
            row[layout.turnover(Turnover::Hires, p, year)] = f64::from(std::mem::take(&mut team.hires));
            row[layout.turnover(Turnover::Leavers, p, year)] = f64::from(std::mem::take(&mut team.leavers));
        }
    }
}

/// The decisions of segment `s` in a month.
fn renewals<'a>(
    plan: &'a Plan,
    s: usize,
    rates: &'a SegmentRates,
    month: u32,
    z: f64,
    stream: &Stream,
) -> Renewals<'a> {
    let ready = &plan.segments[s];
    Renewals {
        segment: &plan.scenario.segments[s],
        calibration: &ready.calibration,
        rates,
        shock: Copula::adverse(plan.scenario.shock.rho, z),
        month,
        sizes: &ready.sizes,
        window: ready.window,
        starts: stream.at(month, Purpose::Month),
        rests: stream.at(month, Purpose::Decision),
        own_risks: ready.own_risks,
    }
}

fn record_book(segments: &[SegmentTrial], layout: &Layout, month: usize, row: &mut [f64]) {
    let mut put = |what: Book, of: &dyn Fn(&SegmentTrial) -> i64| {
        row[layout.book(what, month)] = segments.iter().map(of).sum::<i64>() as f64;
    };
    for (what, line) in [
        (Book::New, Line::New),
        (Book::ExpansionCsmLed, Line::ExpansionCsmLed),
        (Book::ExpansionProductLed, Line::ExpansionProductLed),
        (Book::ExpansionAtRenewal, Line::ExpansionAtRenewal),
        (Book::Uplift, Line::Uplift),
        (Book::Downsell, Line::Downsell),
        (Book::Churn, Line::Churn),
    ] {
        put(what, &|s| s.tally.lines[line as usize]);
    }
    put(Book::Closing, &|s| s.tally.arr);
    put(Book::CohortArr, &|s| s.tally.book.arr);
    put(Book::Kept, &|s| s.tally.book.kept);
    put(Book::Accounts, &|s| (s.termed.len() + s.rolling.len()) as i64);
    put(Book::CohortAccounts, &|s| i64::from(s.tally.book.left));
}

/// Discounted margin on the payment at the close of month `t`, per opening account, in minor units.
fn payment(plan: &Plan, ready: &SegmentPlan, t: u32, cohort_arr: i64) -> f64 {
    match plan.discount.get(t as usize) {
        Some(discount) if ready.tally.book.accounts > 0 => {
            let margin = plan.scenario.economics.gross_margin / 12.0 / f64::from(ready.tally.book.accounts);
            discount * margin * cohort_arr as f64
        }
        _ => 0.0,
    }
}

/// Puts the opening accounts under contract and draws the health that the book leaves open.
fn start(accounts: &mut Accounts, from: &Start, mix: [f64; 3], stream: &Stream) {
    accounts.copy_from(&from.accounts);
    let draws = stream.at(0, Purpose::OpeningHealth);
    for &i in &from.undrawn {
        let i = i as usize;
        let health = health_at(mix, draws.uniform(accounts.key[i]));
        accounts.set_state(i, accounts.state[i] + health);
    }
}

fn health_at([green, yellow, _]: [f64; 3], u: f64) -> u8 {
    u8::from(u >= green) + u8::from(u >= green + yellow)
}

/// Opens the renewal windows that begin this month.
fn open_windows(accounts: &mut Accounts, month: u32, window: u32, due: &mut Vec<u32>) {
    if window == 0 {
        return;
    }
    column::equal(due, &accounts.decision, (month + window - 1) as u8);
    for &i in due.iter() {
        let i = i as usize;
        if accounts.mode(i) == Mode::Health && accounts.contract[i].term > 1 {
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

/// Accounts that join a segment this month.
fn arrivals(scenario: &Scenario, s: usize, per_year: f64, month: u32, stream: &Stream) -> u32 {
    match scenario.segments[s].new_accounts.arrivals {
        Arrivals::Even => {
            // A hair up: twelve twelfths must make a whole.
            let until = |m: u32| (per_year * f64::from(m) / 12.0 + 1e-9) as u32;
            until(month) - until(month - 1)
        }
        Arrivals::Poisson => {
            let address = stream.at(month, Purpose::Arrivals);
            // Chunks keep e^{-mean} away from the smallest f64.
            let chunks = (per_year / 12.0 / 200.0).ceil().max(1.0) as u32;
            let mean = per_year / 12.0 / f64::from(chunks);
            (0..chunks)
                .map(|chunk| poisson(mean, address.uniform(mix((s as u64) << 32 | u64::from(chunk)))))
                .sum()
        }
    }
}

/// Poisson quantile by sequential search, so that one uniform moves smoothly with the mean.
fn poisson(mean: f64, u: f64) -> u32 {
    let mut probability = libm::exp(-mean);
    let mut below = probability;
    let mut n = 0;
    while u >= below && probability > 0.0 {
        n += 1;
        probability *= mean / f64::from(n);
        below += probability;
    }
    n
}

fn new_account(plan: &Plan, s: usize, month: u32, position: u32, stream: &Stream) -> Joining {
    let (stated, ready) = (&plan.scenario.segments[s], &plan.segments[s]);
    let key = account_key(s, month, position as usize);
    let uniform = |purpose| stream.at(month, purpose).uniform(key);
    let whole = ready.new_terms.last().map_or(0.0, |term| term.1);
    let u = uniform(Purpose::NewTerm) * whole;
    let term = ready
        .new_terms
        .iter()
        .find(|term| u < term.1)
        .or(ready.new_terms.last())
        .map_or(12, |term| term.0);
    let end = month + term;
    let luck = uniform(Purpose::NewArr);
    let health = health_at(stated.health.mix, uniform(Purpose::OpeningHealth));
    let decision = decision_month(end, term, ready.notice, month);
    let mode = if stated.onboarding.months > 0.0 {
        Mode::Onboarding
    } else if term > 1 && decision < month + ready.window {
        Mode::Window
    } else {
        Mode::Health
    };
    Joining {
        key,
        state: 3 * mode as u8 + health,
        arr: rounded(ready.new_arr.at(luck).unwrap_or_else(|| stated.arr.quantile(luck))),
        cohort: 0,
        decision,
        end,
        term,
        anniversary: month + 12,
        own: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_numbers_have_their_mean_and_variance() {
        let n = 20_000;
        let (mut sum, mut square) = (0.0, 0.0);
        for i in 0..n {
            let x = f64::from(poisson(7.5, (f64::from(i) + 0.5) / f64::from(n)));
            sum += x;
            square += x * x;
        }
        let mean = sum / f64::from(n);
        assert!((mean - 7.5).abs() < 1e-3);
        assert!((square / f64::from(n) - mean * mean - 7.5).abs() < 2e-2);
    }
}
