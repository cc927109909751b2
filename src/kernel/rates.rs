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
    pub(crate) expansion: f64,
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
            expansion: rate(&segment.expansion.rate, Input::Expansion),
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
