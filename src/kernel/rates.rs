use crate::kernel::shock::Exposed;
use crate::kernel::stream::{Purpose, Stream, mix};
use crate::model::{Calibration, Chain, Covered, Rate, Scenario, Segment, Uncovered, over, scaled};

/// The true rates of one trial: drawn once, never again inside it.
#[derive(Debug, Clone)]
pub(crate) struct SegmentRates {
    /// Added to the log-odds of every churn: doubt, and uplift above the stated one.
    pub(crate) shift: f64,
    /// Log-odds of churn that missing coverage adds at the decision itself, when none is left.
    pub(crate) direct_effect: f64,
    /// Log-odds of churn added while not onboarded.
    pub(crate) not_onboarded: f64,
    /// Health at full coverage and at none.
    pub(crate) chain: Chain,
    /// Downsell at an annual decision given renewal, by health.
    pub(crate) downsell: [f64; 3],
    /// The same at a decision of one month.
    pub(crate) downsell_monthly: [f64; 3],
    /// Mean depth of a downsell.
    pub(crate) depth: f64,
    /// Expansions an account-year at full coverage.
    pub(crate) expansion: Exposed,
    /// Share of those that needs a CSM.
    pub(crate) csm_led: f64,
    /// Expansion at an annual decision given renewal.
    pub(crate) at_renewal: f64,
    /// The same at a decision of one month.
    pub(crate) at_renewal_monthly: f64,
    /// Mean size of an expansion as a share of ARR.
    pub(crate) mean_size: f64,
    /// Realised uplift at renewal.
    pub(crate) uplift: f64,
    /// Increase at anniversaries inside a longer term.
    pub(crate) escalator: f64,
    /// New accounts a year.
    pub(crate) new_accounts: f64,
    /// Probability of a contraction in a month.
    pub(crate) contraction: f64,
    /// Mean depth of one.
    pub(crate) contraction_depth: f64,
    /// Log-odds of churn added while an account is handed over.
    pub(crate) handover: f64,
}

/// The uncertain inputs that have a deviate of their own; the numbers are part of the reproducibility promise.
#[derive(Debug, Clone, Copy)]
enum Input {
    Speed = 1,
    Effect = 2,
    Downsell = 3,
    Depth = 4,
    Expansion = 5,
    CsmLed = 6,
    AtRenewal = 7,
    MeanSize = 8,
    ListUplift = 9,
    RealisedUplift = 10,
    Elasticity = 11,
    Escalator = 12,
    NotOnboarded = 13,
    NewAccounts = 14,
    Attrition = 15,
    Contraction = 16,
    ContractionDepth = 17,
    Handover = 18,
}

fn draw(stream: &Stream, rate: &Rate, place: usize, input: Input) -> f64 {
    if rate.sd() == 0.0 {
        return rate.median();
    }
    rate.at(stream.at(0, Purpose::Rate).normal(key(place, input)))
}

fn key(place: usize, input: Input) -> u64 {
    mix((place as u64) << 8 | input as u64)
}

/// Adds the deviates behind all the rates that nobody knows.
pub(super) fn deviates(scenario: &Scenario, stream: &Stream, found: &mut Vec<f64>) {
    let mut add = |rate: &Rate, place: usize, input: Input| {
        if rate.sd() > 0.0 {
            found.push(stream.at(0, Purpose::Rate).normal(key(place, input)));
        }
    };
    for (p, pool) in scenario.pools.iter().enumerate() {
        add(&pool.attrition, p, Input::Attrition);
    }
    for (t, touch) in scenario.touch_models.iter().enumerate() {
        add(&touch.effect, t, Input::Effect);
        add(&touch.handover.penalty, t, Input::Handover);
    }
    for (s, segment) in scenario.segments.iter().enumerate() {
        if let Covered::Speed(speed) = &segment.health.covered {
            add(speed, s, Input::Speed);
        }
        for (rate, input) in [
            (&segment.uplift.list, Input::ListUplift),
            (&segment.uplift.realised, Input::RealisedUplift),
            (&segment.uplift.elasticity, Input::Elasticity),
            (&segment.uplift.escalator, Input::Escalator),
            (&segment.downsell.probability, Input::Downsell),
            (&segment.downsell.depth, Input::Depth),
            (&segment.expansion.rate, Input::Expansion),
            (&segment.expansion.csm_led, Input::CsmLed),
            (&segment.expansion.at_renewal, Input::AtRenewal),
            (&segment.expansion.mean_size, Input::MeanSize),
            (&segment.onboarding.not_onboarded, Input::NotOnboarded),
            (&segment.new_accounts.per_year, Input::NewAccounts),
            (&segment.contraction.hazard, Input::Contraction),
            (&segment.contraction.depth, Input::ContractionDepth),
        ] {
            add(rate, s, input);
        }
    }
    let doubted = |s: &usize| doubt_sd(scenario, &scenario.segments[*s]) > 0.0;
    let doubted: Vec<usize> = (0..scenario.segments.len()).filter(doubted).collect();
    if !doubted.is_empty() {
        let doubt = stream.at(0, Purpose::Doubt);
        found.push(doubt.normal(0));
        found.extend(doubted.iter().map(|&s| doubt.normal(mix(s as u64 + 1))));
    }
}

/// Hazard of leaving of the CSMs of a pool.
pub(crate) fn attrition(scenario: &Scenario, pool: usize, stream: &Stream) -> f64 {
    draw(stream, &scenario.pools[pool].attrition, pool, Input::Attrition)
}

impl SegmentRates {
    /// Whether accounts may expand or contract between renewals.
    pub(crate) fn expands(&self) -> bool {
        self.expansion.p > 0.0 || self.contraction > 0.0
    }

    /// Draws the rates of segment `s`.
    pub(crate) fn draw(scenario: &Scenario, s: usize, calibration: &Calibration, stream: &Stream) -> SegmentRates {
        let segment = &scenario.segments[s];
        let touch = &scenario.touch_models[segment.touch_model];
        let rate = |rate: &Rate, input: Input| draw(stream, rate, s, input);

        let effect = draw(stream, &touch.effect, segment.touch_model, Input::Effect);
        let speed = match &segment.health.covered {
            Covered::Speed(speed) => rate(speed, Input::Speed),
            Covered::Matrix(_) => 0.0,
        };
        let through_health = match segment.health.uncovered {
            Uncovered::FromEffect => touch.through_health,
            Uncovered::Mix(_) | Uncovered::Matrix(_) => 0.0,
        };
        let uplift =
            rate(&segment.uplift.list, Input::ListUplift) * rate(&segment.uplift.realised, Input::RealisedUplift);
        let downsell = scaled(
            segment.health.mix,
            segment.downsell.relative,
            rate(&segment.downsell.probability, Input::Downsell),
            1.0,
        );
        let at_renewal = rate(&segment.expansion.at_renewal, Input::AtRenewal);
        let elasticity = rate(&segment.uplift.elasticity, Input::Elasticity);
        SegmentRates {
            shift: doubt(scenario, segment, s, stream) + elasticity * (uplift - segment.uplift.stated),
            direct_effect: (1.0 - through_health) * effect,
            not_onboarded: rate(&segment.onboarding.not_onboarded, Input::NotOnboarded),
            chain: Chain::new(segment, speed, through_health, effect, calibration.p, calibration.churn),
            downsell,
            downsell_monthly: downsell.map(|q| over(q, 1.0 / 12.0)),
            depth: rate(&segment.downsell.depth, Input::Depth),
            expansion: rate(&segment.expansion.rate, Input::Expansion).into(),
            csm_led: rate(&segment.expansion.csm_led, Input::CsmLed),
            at_renewal,
            at_renewal_monthly: over(at_renewal, 1.0 / 12.0),
            mean_size: rate(&segment.expansion.mean_size, Input::MeanSize),
            uplift,
            escalator: rate(&segment.uplift.escalator, Input::Escalator),
            new_accounts: rate(&segment.new_accounts.per_year, Input::NewAccounts),
            contraction: rate(&segment.contraction.hazard, Input::Contraction),
            contraction_depth: rate(&segment.contraction.depth, Input::ContractionDepth),
            handover: draw(stream, &touch.handover.penalty, segment.touch_model, Input::Handover),
        }
    }
}

/// Common error of the segment's churn in log-odds: half of its variance shared by all segments.
fn doubt(scenario: &Scenario, segment: &Segment, s: usize, stream: &Stream) -> f64 {
    let sd = doubt_sd(scenario, segment);
    if sd == 0.0 {
        return 0.0;
    }
    let doubt = stream.at(0, Purpose::Doubt);
    let (shared, own) = (doubt.normal(0), doubt.normal(mix(s as u64 + 1)));
    sd * std::f64::consts::FRAC_1_SQRT_2 * (shared + own)
}

fn doubt_sd(scenario: &Scenario, segment: &Segment) -> f64 {
    if segment.churn.sd() > 0.0 {
        segment.churn.sd()
    } else {
        scenario.rate_doubt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Contraction, Downsell, Expansion, Family, Handover, HealthRule, NewAccounts, Onboarding, Pool, TouchModel,
        Uplift, sample,
    };

    /// Every rate of the sample but churn, which doubt stands for. A field that is new has to be looked at here.
    fn uncertain(scenario: &mut Scenario) -> Vec<&mut Rate> {
        let Segment {
            name: _,
            touch_model: _,
            accounts: _,
            arr: _,
            terms: _,
            notice_months: _,
            auto_renew: _,
            churn: _,
            risk: _,
            frailty: _,
            uncontrollable: _,
            health:
                HealthRule {
                    mix: _,
                    covered,
                    uncovered: _,
                },
            downsell:
                Downsell {
                    probability,
                    depth,
                    concentration: _,
                    relative: _,
                },
            contraction: Contraction {
                hazard,
                depth: contracted,
            },
            win_back: _,
            expansion:
                Expansion {
                    rate,
                    at_renewal,
                    mean_size,
                    log_sd: _,
                    csm_led,
                    relative: _,
                },
            uplift:
                Uplift {
                    list,
                    realised,
                    stated: _,
                    elasticity,
                    escalator,
                },
            onboarding:
                Onboarding {
                    months: _,
                    unaided: _,
                    not_onboarded,
                },
            new_accounts: NewAccounts { per_year, arrivals: _ },
            max_growth: _,
            loading: _,
            cac: _,
        } = &mut scenario.segments[0];
        let TouchModel {
            name: _,
            hours: _,
            renewal_window: _,
            owns_expansion: _,
            handover:
                Handover {
                    penalty,
                    months: _,
                    hours: _,
                },
            effect,
            through_health: _,
            k: _,
            allocation: _,
            accounts_per_csm: _,
        } = &mut scenario.touch_models[0];
        let Pool {
            place: _,
            csms: _,
            hours: _,
            target_utilisation: _,
            ramp_months: _,
            ramp_productivity: _,
            attrition,
            time_to_hire: _,
            backfill: _,
            hiring: _,
            salary: _,
            loading: _,
            cost_per_hire: _,
        } = &mut scenario.pools[0];
        let Covered::Speed(speed) = covered else {
            panic!("the sample's health moves at a speed");
        };
        vec![
            attrition,
            effect,
            penalty,
            speed,
            list,
            realised,
            elasticity,
            escalator,
            probability,
            depth,
            rate,
            csm_led,
            at_renewal,
            mean_size,
            not_onboarded,
            per_year,
            hazard,
            contracted,
        ]
    }

    /// Widens a rate to a tenth on either side.
    fn widen(rate: &mut Rate) {
        *rate = Rate::range(Family::Positive, 0.9 * rate.median(), 1.1 * rate.median());
    }

    /// Everything that a trial draws for the sample, number by number.
    fn drawn(scenario: &Scenario, calibration: &Calibration, stream: &Stream) -> Vec<f64> {
        let SegmentRates {
            shift,
            direct_effect,
            not_onboarded,
            chain,
            downsell,
            downsell_monthly,
            depth,
            expansion,
            csm_led,
            at_renewal,
            at_renewal_monthly,
            mean_size,
            uplift,
            escalator,
            new_accounts,
            contraction,
            contraction_depth,
            handover,
        } = SegmentRates::draw(scenario, 0, calibration, stream);
        let mut all = vec![
            attrition(scenario, 0, stream),
            shift,
            direct_effect,
            not_onboarded,
            depth,
            expansion.p,
            csm_led,
            at_renewal,
            at_renewal_monthly,
            mean_size,
            uplift,
            escalator,
            new_accounts,
            contraction,
            contraction_depth,
            handover,
        ];
        all.extend(downsell);
        all.extend(downsell_monthly);
        all.extend(chain.covered.as_flattened());
        all.extend(chain.uncovered.as_flattened());
        all
    }

    const TRIALS: u32 = 50;

    /// The deviates and what is drawn, trial by trial.
    fn trials(scenario: &Scenario) -> Vec<(Vec<f64>, Vec<f64>)> {
        let calibration = Calibration::new(&scenario.segments[0], &scenario.book()[0]);
        let trial = |trial| {
            let stream = Stream::new(scenario.seed, trial);
            let mut found = Vec::new();
            deviates(scenario, &stream, &mut found);
            (found, drawn(scenario, &calibration, &stream))
        };
        (0..TRIALS).map(trial).collect()
    }

    /// Of what is drawn, how many numbers follow this deviate, each of which has to rise or fall with it all the way.
    fn following(mut trials: Vec<(f64, Vec<f64>)>) -> usize {
        trials.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let follows = |i: &usize| {
            let steps: Vec<f64> = trials.windows(2).map(|pair| pair[1].1[*i] - pair[0].1[*i]).collect();
            let moves = steps.iter().any(|&step| step != 0.0);
            let one_way = steps.iter().all(|&step| step > 0.0) || steps.iter().all(|&step| step < 0.0);
            assert!(one_way || !moves, "number {i} goes both ways: {steps:?}");
            moves
        };
        (0..trials[0].1.len()).filter(follows).count()
    }

    #[test]
    fn every_uncertain_rate_is_drawn_from_the_one_deviate_that_is_told() {
        let certain = trials(&sample::scenario());
        assert!(certain.iter().all(|(found, _)| found.is_empty()));
        let mut wide = sample::scenario();
        uncertain(&mut wide).into_iter().for_each(widen);
        let wide = trials(&wide);
        let count = uncertain(&mut sample::scenario()).len();
        for i in 0..count {
            let mut scenario = sample::scenario();
            widen(uncertain(&mut scenario)[i]);
            let alone = trials(&scenario);
            // With all of them uncertain each has the deviate it has alone, and no two the same.
            for ((found, _), (all, _)) in alone.iter().zip(&wide) {
                assert_eq!(found.len(), 1, "rate {i}");
                assert_eq!(all.len(), count);
                assert_eq!(
                    all.iter().filter(|&&deviate| deviate == found[0]).count(),
                    1,
                    "rate {i}"
                );
            }
            let moved = following(alone.into_iter().map(|(found, drawn)| (found[0], drawn)).collect());
            assert!(moved > 0, "rate {i} is told and not drawn");
        }
    }

    /// Doubt has a part that all segments share and one of each segment's own; its size is the churn range's where there is
    /// one.
    #[test]
    fn doubt_about_churn_is_the_sum_of_the_two_deviates_that_are_told() {
        let mut doubted = sample::scenario();
        doubted.rate_doubt = 0.3;
        let mut typed = doubted.clone();
        typed.segments[0].churn = Rate::range(Family::Probability, 0.08, 0.12);
        for scenario in [doubted, typed] {
            let segment = &scenario.segments[0];
            let sd = if segment.churn.sd() > 0.0 {
                segment.churn.sd()
            } else {
                0.3
            };
            // 2 × (5% × 60% - 1%): what price adds.
            let price = 0.04;
            for (found, drawn) in trials(&scenario) {
                assert_eq!(found.len(), 2);
                let expected = sd * (found[0] + found[1]) / 2.0_f64.sqrt() + price;
                assert!((drawn[1] - expected).abs() < 1e-12, "{} {expected}", drawn[1]);
            }
            let sums = trials(&scenario)
                .into_iter()
                .map(|(found, drawn)| (found[0] + found[1], drawn));
            assert_eq!(following(sums.collect()), 1);
        }
    }

    /// Two segments under one touch model: what belongs to the touch model is drawn once, the rest for each.
    #[test]
    fn segments_share_the_deviates_of_their_touch_model_and_no_others() {
        let mut scenario = sample::scenario();
        uncertain(&mut scenario).into_iter().for_each(widen);
        scenario.rate_doubt = 0.3;
        scenario.segments.push(scenario.segments[0].clone());
        let calibration = Calibration::new(&scenario.segments[0], &scenario.book()[0]);
        let stream = Stream::new(1, 0);
        let mut found = Vec::new();
        deviates(&scenario, &stream, &mut found);
        // Attrition, effect and handover; fifteen rates and an own doubt for each; the doubt they share.
        assert_eq!(found.len(), 3 + 2 * 16 + 1);
        found.sort_by(f64::total_cmp);
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "no two are the same");
        let [first, second] = [0, 1].map(|s| SegmentRates::draw(&scenario, s, &calibration, &stream));
        assert_eq!(
            (first.handover, first.direct_effect),
            (second.handover, second.direct_effect)
        );
        assert!(first.depth != second.depth && first.shift != second.shift);
    }
}
