mod definitions;
mod risk;
mod value;

use crate::analysis::{self, Companion};
use crate::kernel::{Book, Layout, Plan, Turnover};
use crate::model::{Hiring, Opening, Scenario};
use crate::summary::{self, Deviates, Metrics, Outcomes, Sample, Span};
use crate::units::Currency;
use crate::wire::answer::{self, Facts, Planned};
use crate::wire::result::*;

/// What other runs have to say, trial by trial, to stand beside a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What the headline is compared against.
    pub baseline: Option<&'a summary::Headline>,
    full_coverage: Option<&'a summary::Headline>,
    no_coverage: Option<&'a summary::Headline>,
    other_luck: Option<&'a summary::Headline>,
    other_shock: Option<&'a summary::Headline>,
}

impl<'a> Beside<'a> {
    /// Puts what a companion has to say beside the run.
    pub fn put(&mut self, companion: Companion, says: &'a summary::Headline) {
        let place = match companion {
            Companion::FullCoverage => &mut self.full_coverage,
            Companion::NoCoverage => &mut self.no_coverage,
            Companion::OtherLuck => &mut self.other_luck,
            Companion::OtherShock => &mut self.other_shock,
        };
        *place = Some(says);
    }
}

/// One of the numbers by which runs are compared.
type Number = fn(&summary::Headline) -> &Sample;

/// What the outcomes so far say, over the trials that are in without a gap.
///
/// What these trials have drawn for the book as a whole, and what of the scenario does not add up, is found once and handed
/// in, for a run is reported many times.
pub fn report(
    plan: &Plan,
    outcomes: &Outcomes,
    deviates: &Deviates,
    beside: Beside<'_>,
    findings: &[Finding],
) -> Results {
    let reporter = Reporter {
        plan,
        scenario: plan.scenario(),
        metrics: Metrics::new(outcomes, plan.scenario()),
        deviates,
        accounts: plan.opening_accounts(),
        arr: plan.opening_arr(),
    };
    reporter.results(outcomes, beside, findings)
}

/// Most bytes of outcomes that the page keeps in memory: some 26,000 trials of the demo book.
const MOST_IN_PAGE: u64 = 150_000_000;

/// Whether the outcomes of a run would fill the memory of the page.
pub fn is_large(scenario: &Scenario) -> bool {
    Layout::of(scenario).bytes(scenario.trials.into()) > MOST_IN_PAGE
}

/// What a scenario amounts to before it is played; `pools` gives, for each pool of the document, its touch model.
pub fn derived(scenario: &Scenario, pools: &[usize]) -> Derived {
    let book = scenario.book();
    let segment_accounts: Vec<u32> = book.iter().map(|openings| openings.len() as u32).collect();
    let arr = |openings: &Vec<Opening>| openings.iter().map(|opening| opening.arr.minor()).sum();
    let segment_arr: Vec<i64> = book.iter().map(arr).collect();
    Derived {
        accounts: segment_accounts.iter().sum(),
        arr: segment_arr.iter().sum(),
        on_disk: is_large(scenario),
        segment_accounts,
        segment_arr,
        hours_per_account_year: (0..scenario.segments.len())
            .map(|s| scenario.hours_per_account_year(s))
            .collect(),
        productive_hours: pools.iter().map(|&p| scenario.pools[p].productive_hours()).collect(),
        loaded_cost: pools.iter().map(|&p| scenario.pools[p].loaded_cost().minor()).collect(),
    }
}

struct Reporter<'a> {
    plan: &'a Plan,
    scenario: &'a Scenario,
    metrics: Metrics<'a>,
    deviates: &'a Deviates,
    accounts: Vec<u32>,
    arr: Vec<i64>,
}

impl Reporter<'_> {
    fn results(&self, outcomes: &Outcomes, beside: Beside<'_>, findings: &[Finding]) -> Results {
        let scenario = self.scenario;
        let samples = self.metrics.headline(&self.accounts);
        let full_coverage = beside.full_coverage.and_then(|full| full.grr.change_from(&samples.grr));
        let worth = beside.no_coverage.and_then(|twin| analysis::worth(&samples, twin));
        let facts = Facts {
            accounts: self.accounts.iter().sum::<u32>() as usize,
            grr: planned(&samples.grr),
            nrr: planned(&samples.nrr),
            full_coverage: full_coverage.map(change),
            team: worth.map(|worth| change(worth.grr)),
            team_arr: worth
                .map(|worth| worth.closing_arr)
                .filter(|arr| arr.mean > 2.0 * arr.se)
                .map(|arr| {
                    let money = crate::wire::show_money(arr.mean, scenario.currency, 2);
                    format!("{money} of ARR by month {}", scenario.horizon)
                }),
        };
        let headline = self.headline(&samples, &beside);
        let years: Vec<YearResult> = self.years(None);
        let pools: Vec<PoolResult> = (0..scenario.pools.len()).map(|p| self.pool(p)).collect();
        Results {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: scenario.name.clone(),
            currency: scenario.currency.into(),
            seed: scenario.seed,
            first: outcomes.first(),
            trials: outcomes.done(),
            horizon: scenario.horizon,
            start_month: scenario.start_month,
            fingerprint: format!("{:016x}", outcomes.fingerprint()),
            answer: answer::answers(&headline, &pools, &facts),
            risk: self.risk(headline.grr.variance.as_ref()),
            headline,
            years,
            definitions: (0..self.year_count()).map(|y| self.definitions(y)).collect(),
            fans: self.fans(),
            histograms: Histograms {
                grr: shares(self.metrics.grr(None, 0)),
                nrr: shares(self.metrics.nrr(None, 0)),
                logo_retention: shares(self.metrics.logo_retention(None, 0)),
            },
            bridge: (0..self.year_count())
                .map(|y| self.bridge(self.metrics.months(y)))
                .collect(),
            bridge_by_month: (1..=scenario.horizon as usize).map(|m| self.bridge((m, m))).collect(),
            segments: (0..scenario.segments.len()).map(|s| self.segment(s)).collect(),
            value: self.value(None),
            pools,
            team: (0..self.year_count()).map(|y| self.team(y)).collect(),
            worth: worth.map(worth_result),
            findings: findings.to_vec(),
        }
    }

    fn year_count(&self) -> usize {
        self.scenario.windows() as usize
    }

    fn headline(&self, now: &summary::Headline, beside: &Beside<'_>) -> Headline {
        let targets = &self.scenario.targets;
        let (from, to) = self.metrics.months(0);
        let first_year = format!("months {from}–{to}");
        let horizon = format!("month {}", self.scenario.horizon);
        let cltv_years = format!("{} years", self.scenario.economics.cltv_years);
        let money = |m: Option<crate::units::Money>| m.map(|m| m.minor() as f64);
        let metric = |window: &str, of: Number, target: Option<f64>, meets: fn(f64, f64) -> bool| {
            let sample = of(now);
            let split = beside.other_luck.zip(beside.other_shock);
            Metric {
                window: window.to_owned(),
                target,
                chance: target.and_then(|target| sample.chance(|x| meets(x, target)).map(chance)),
                change: beside
                    .baseline
                    .and_then(|before| sample.change_from(of(before)))
                    .map(change),
                variance: split
                    .and_then(|(luck, shock)| analysis::split(sample, of(luck), of(shock)))
                    .map(variance),
                expected: sample.adjusted_mean(self.deviates).map(point),
                estimate: sample.estimate().map(Estimate::from),
            }
        };
        let least = |x, target| x >= target;
        let most = |x, target| x <= target;
        Headline {
            grr: metric(&first_year, |h| &h.grr, targets.grr, least),
            nrr: metric(&first_year, |h| &h.nrr, targets.nrr, least),
            logo_retention: metric(&first_year, |h| &h.logo_retention, targets.logo_retention, least),
            closing_arr: metric(&horizon, |h| &h.closing_arr, money(targets.closing_arr), least),
            cltv: metric(&cltv_years, |h| &h.cltv, money(targets.cltv), least),
            csms_needed: metric(&first_year, |h| &h.csms_needed, targets.csms, most),
        }
    }

    fn years(&self, segment: Option<usize>) -> Vec<YearResult> {
        (0..self.year_count())
            .map(|year| {
                let (from, to) = self.metrics.months(year);
                YearResult {
                    from: from as u32,
                    to: to as u32,
                    complete: to - from == 11,
                    grr: estimate(self.metrics.grr(segment, year)),
                    grr_movements: estimate(self.metrics.grr_by_movements(segment, year)),
                    nrr: estimate(self.metrics.nrr(segment, year)),
                    nrr_without_uplift: estimate(self.metrics.nrr_without_uplift(segment, year)),
                    logo_retention: estimate(self.metrics.logo_retention(segment, year)),
                    gross_renewal_rate: estimate(self.metrics.gross_renewal_rate(segment, year)),
                    logo_renewal_rate: estimate(self.metrics.logo_renewal_rate(segment, year)),
                }
            })
            .collect()
    }

    fn fans(&self) -> Fans {
        let arr = self.arr.iter().sum::<i64>() as f64;
        let accounts = f64::from(self.accounts.iter().sum::<u32>());
        let since = |what, opening| {
            self.fan(if opening > 0.0 { 1.0 } else { 0.0 }, |m| {
                self.metrics.since_start(what, opening, m)
            })
        };
        Fans {
            grr: since(Book::Kept, arr),
            nrr: since(Book::CohortArr, arr),
            logo_retention: since(Book::CohortAccounts, accounts),
            arr: self.fan(arr, |m| self.metrics.book(Book::Closing, m)),
            accounts: self.fan(accounts, |m| self.metrics.book(Book::Accounts, m)),
        }
    }

    /// Quantiles by month, after the certain value at month 0.
    fn fan(&self, start: f64, month: impl Fn(usize) -> Sample) -> Fan {
        let mut fan = Fan::default();
        let certain = summary::Interval {
            low: Some(start),
            high: Some(start),
        };
        let quantiles = summary::Quantiles {
            at: [start; 5],
            sure: [certain; 3],
        };
        push(&mut fan, Some(quantiles));
        for m in 1..=self.scenario.horizon as usize {
            push(&mut fan, month(m).quantiles());
        }
        fan
    }

    fn bridge(&self, (from, to): (usize, usize)) -> BridgeResult {
        let line = |what| point(self.metrics.line(what, from, to));
        let opening = if from == 1 {
            Point {
                value: self.arr.iter().sum::<i64>() as f64,
                se: 0.0,
            }
        } else {
            point(self.metrics.line(Book::Closing, from - 1, from - 1))
        };
        BridgeResult {
            from: from as u32,
            to: to as u32,
            opening,
            new: line(Book::New),
            expansion_csm_led: line(Book::ExpansionCsmLed),
            expansion_product_led: line(Book::ExpansionProductLed),
            expansion_at_renewal: line(Book::ExpansionAtRenewal),
            uplift: line(Book::Uplift),
            win_back: line(Book::WinBack),
            downsell: line(Book::Downsell),
            contraction: line(Book::Contraction),
            churn: line(Book::Churn),
            uncontrollable: line(Book::Uncontrollable),
            closing: point(self.metrics.line(Book::Closing, to, to)),
        }
    }

    fn segment(&self, s: usize) -> SegmentResult {
        let cltv = self.metrics.cltv(&self.accounts, Some(s));
        SegmentResult {
            name: self.scenario.segments[s].name.clone(),
            opening_accounts: self.accounts[s],
            opening_arr: self.arr[s],
            years: self.years(Some(s)),
            cltv_histogram: amounts(&cltv),
            cltv: estimate(cltv),
            value: self.value(Some(s)),
            time_to_value: estimate(self.metrics.time_to_value(s)),
            closing_arr: estimate(self.metrics.closing_arr(Some(s), self.year_count() - 1)),
            hours_per_account_year: self.scenario.hours_per_account_year(s),
        }
    }

    fn pool(&self, p: usize) -> PoolResult {
        let touch = &self.scenario.touch_models[p];
        let [
            mut headcount,
            mut utilisation,
            mut accounts_per_csm,
            mut csms_needed,
            mut shortfall,
        ] = std::array::from_fn(|_| Fan::default());
        let mut short = Vec::new();
        let mut years = Vec::new();
        for year in 0..self.year_count() {
            let mut whole = self.metrics.no_month(p);
            let (from, to) = self.metrics.months(year);
            for month in from..=to {
                let of = self.metrics.month(p, month);
                let needed = of.csms_needed();
                let missing = of.shortfall(&needed);
                push(&mut headcount, of.headcount().quantiles());
                push(&mut utilisation, of.utilisation().quantiles());
                push(&mut accounts_per_csm, of.accounts_per_csm().quantiles());
                push(&mut csms_needed, needed.quantiles());
                push(&mut shortfall, missing.quantiles());
                short.push(missing.chance(|x| x > 0.0).map(chance));
                whole.add(&of);
            }
            years.push(self.pool_year(p, year, &whole));
        }
        PoolResult {
            touch_model: touch.name.clone(),
            productive_hours: self.scenario.pools[p].productive_hours(),
            band_low: touch.accounts_per_csm.0,
            band_high: touch.accounts_per_csm.1,
            headcount,
            utilisation,
            accounts_per_csm,
            csms_needed,
            shortfall,
            short,
            years,
        }
    }

    fn pool_year(&self, p: usize, year: usize, whole: &Span<'_>) -> PoolYear {
        let m = &self.metrics;
        let (from, to) = m.months(year);
        PoolYear {
            from: from as u32,
            to: to as u32,
            headcount: estimate(whole.headcount()),
            utilisation: estimate(whole.utilisation()),
            over_capacity: whole.over_capacity().map(chance),
            coverage: estimate(whole.coverage()),
            grr: estimate(m.pool_grr(p, year)),
            accounts_per_csm: estimate(whole.accounts_per_csm()),
            arr_per_csm: estimate(m.arr_per_csm(p, year)),
            csms_needed: estimate(whole.csms_needed()),
            planned_starts: match &self.scenario.pools[p].hiring {
                Hiring::Plan(hires) => Some(
                    hires
                        .iter()
                        .filter(|hire| (from..=to).contains(&(hire.month as usize)))
                        .map(|hire| hire.csms)
                        .sum(),
                ),
                Hiring::AccountsPerCsm(_) | Hiring::Utilisation(_) => None,
            },
            hires: estimate(m.turnover(Turnover::Hires, p, year)),
            leavers: estimate(m.turnover(Turnover::Leavers, p, year)),
        }
    }

    fn team(&self, year: usize) -> TeamResult {
        let (from, to) = self.metrics.months(year);
        let team = self.metrics.team(year);
        TeamResult {
            from: from as u32,
            to: to as u32,
            headcount: estimate(team.headcount),
            csms_needed: estimate(team.csms_needed),
            managers: estimate(team.managers),
            cost: estimate(team.cost),
            cost_of_arr: estimate(team.cost_of_arr),
            cost_per_retained: estimate(team.cost_per_retained),
        }
    }
}

/// Puts the quantiles of a further month behind those that are there.
fn push(fan: &mut Fan, quantiles: Option<summary::Quantiles>) {
    let columns = [&mut fan.p5, &mut fan.p25, &mut fan.p50, &mut fan.p75, &mut fan.p95];
    for (i, column) in columns.into_iter().enumerate() {
        column.push(quantiles.map(|q| q.at[i]));
    }
    let ends = [
        (&mut fan.p5_low, &mut fan.p5_high),
        (&mut fan.p50_low, &mut fan.p50_high),
        (&mut fan.p95_low, &mut fan.p95_high),
    ];
    for (i, (low, high)) in ends.into_iter().enumerate() {
        low.push(quantiles.and_then(|q| q.sure[i].low));
        high.push(quantiles.and_then(|q| q.sure[i].high));
    }
}

fn estimate(sample: Sample) -> Option<Estimate> {
    sample.estimate().map(Estimate::from)
}

impl From<summary::Estimate> for Estimate {
    fn from(estimate: summary::Estimate) -> Estimate {
        // A difference of nothing may be -0, which JSON tells from 0 and a browser does not.
        let [p5, p25, p50, p75, p95] = estimate.quantiles.at.map(|x| x + 0.0);
        let [of_p5, of_p50, of_p95] = estimate.quantiles.sure.map(|of| Interval {
            low: of.low.map(|x| x + 0.0),
            high: of.high.map(|x| x + 0.0),
        });
        Estimate {
            mean: estimate.mean + 0.0,
            se: estimate.se,
            p5,
            p25,
            p50,
            p75,
            p95,
            sure: Sure {
                p5: of_p5,
                p50: of_p50,
                p95: of_p95,
            },
            trials: estimate.trials,
        }
    }
}

fn point(point: summary::Point) -> Point {
    Point {
        value: point.value,
        se: point.se,
    }
}

fn chance(chance: summary::Chance) -> Chance {
    Chance {
        p: chance.p,
        low: chance.low,
        high: chance.high,
    }
}

fn change(change: summary::Change) -> Change {
    Change {
        mean: change.mean,
        se: change.se,
        low: change.low,
        high: change.high,
        visible: change.is_visible(),
        pairs: change.pairs,
        left_out: change.left_out,
    }
}

fn variance(split: analysis::Split) -> Variance {
    let part = |part: analysis::Part| VariancePart {
        share: part.share,
        se: part.se,
    };
    Variance {
        sd: split.sd,
        rates: part(split.rates),
        shock: part(split.shock),
        luck: part(split.luck),
        trials: split.trials,
    }
}

fn worth_result(worth: analysis::Worth) -> Worth {
    Worth {
        grr: change(worth.grr),
        arr_kept: worth.arr_kept.into(),
        expansion: worth.expansion.into(),
        closing_arr: worth.closing_arr.into(),
        saved: worth.saved.into(),
        claimed: worth.claimed.into(),
    }
}

/// What a plan may count on four times in five, and a year that only one in twenty falls below.
fn planned(sample: &Sample) -> Option<Planned> {
    Some(Planned {
        plan: sample.quantile(0.2)?,
        bad_year: sample.quantile(0.05)?,
    })
}

/// Bins of half a point, or wider ones in whole half points so that there are at most forty.
fn shares(sample: Sample) -> Histogram {
    const STEP: f64 = 0.005;
    const MOST_BINS: f64 = 40.0;
    let (low, high) = reach(&sample);
    histogram(&sample, STEP * ((high - low) / STEP / MOST_BINS).ceil().max(1.0))
}

/// Some twenty bins of 1, 2 or 5 × a power of ten in major units, and none below one.
fn amounts(sample: &Sample) -> Histogram {
    const BINS: f64 = 20.0;
    let (low, high) = reach(sample);
    let least = ((high - low) / BINS / Currency::MINOR as f64).max(1.0);
    let power = libm::pow(10.0, libm::log10(least).floor());
    let steps = [1.0, 2.0, 5.0].map(|step| step * power);
    let step = steps.into_iter().find(|&step| step >= least).unwrap_or(10.0 * power);
    histogram(sample, step * Currency::MINOR as f64)
}

/// The smallest and the largest value; nothing between 0 and 0.
fn reach(sample: &Sample) -> (f64, f64) {
    let ends = sample.values().iter().fold(None, |ends: Option<(f64, f64)>, &x| {
        Some(ends.map_or((x, x), |(low, high)| (low.min(x), high.max(x))))
    });
    ends.unwrap_or((0.0, 0.0))
}

/// Counts in bins of this width, whose ends are multiples of it.
fn histogram(sample: &Sample, width: f64) -> Histogram {
    let (low, high) = reach(sample);
    let from = width * (low / width).floor();
    let bins = ((high - from) / width).floor() as usize + 1;
    let mut counts = vec![0; if sample.values().is_empty() { 0 } else { bins }];
    for x in sample.values() {
        counts[(((x - from) / width) as usize).min(bins - 1)] += 1;
    }
    Histogram { from, width, counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_future_has_a_bin_of_a_round_width() {
        // $1,000.00 to $1,990.00: twenty bins would be $49.50 wide.
        let amount = amounts(&Sample::of(
            (0..100).map(|i| 100_000.0 + 1_000.0 * f64::from(i)).collect(),
        ));
        assert_eq!((amount.from, amount.width), (100_000.0, 5_000.0));
        assert_eq!(amount.counts, [5; 20]);
        let share = shares(Sample::of(vec![0.881, 0.884, 0.892]));
        assert_eq!((share.from, share.width, share.counts), (0.88, 0.005, vec![2, 0, 1]));
        // All alike, less than a cent apart, and none.
        assert_eq!(amounts(&Sample::of(vec![100_050.0; 3])).counts, [3]);
        assert_eq!(amounts(&Sample::default()).counts, [0; 0]);
    }

    #[test]
    fn quantiles_of_few_trials_have_no_far_end() {
        let Sure { p5, p50, p95 } = estimate(Sample::of((1..=30).map(f64::from).collect()))
            .expect("it exists")
            .sure;
        assert_eq!((p5.low, p95.high), (None, None));
        assert_eq!((p50.low, p50.high), (Some(10.0), Some(21.0)));
        assert!(estimate(Sample::default()).is_none());
    }
}
