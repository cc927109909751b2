//! How the book's ARR is spread, and what of it deserves a warning.

use super::{Reporter, estimate};
use crate::kernel::{Concentration, Growth};
use crate::summary;
use crate::wire::answer::words::percent;
use crate::wire::result::{BridgeResult, Estimate, Point, RiskResult, Spread, SpreadEstimate, Variance, VariancePart};

impl Reporter<'_> {
    /// With where the variance of the first year's GRR comes from, once that is known.
    pub(super) fn risk(&self, variance: Option<&Variance>) -> RiskResult {
        let m = &self.metrics;
        let close = |what| estimate(m.concentration(what));
        let growth = |what| estimate(m.share_of_growth(what, 0));
        let grr = estimate(m.grr(None, 0));
        let quantile = |q| m.grr(None, 0).quantile(q);
        // Ranks so far apart hardly move together.
        let band = quantile(0.05).zip(quantile(0.95)).map(|(low, high)| Point {
            value: high.value - low.value,
            se: (low.se * low.se + high.se * high.se).sqrt(),
        });
        let grr_less_logos = estimate(m.grr_less_logos(0));
        let gap = quantile(0.5)
            .zip(self.scenario.targets.grr)
            .map(|(median, target)| Point {
                value: (median.value - target).abs(),
                se: median.se,
            });
        let (from, to) = m.months(0);
        let window = format!("months {from}–{to}");
        let parted = grr_less_logos.and_then(|e| parting(&window, &e, &self.bridge((from, to))));
        let wide = grr
            .zip(band.zip(gap))
            .and_then(|(e, (band, gap))| wide_band(&window, &e, band, gap));
        let spread = summary::Spread::of(self.plan.opening_amounts());
        let parts = band.zip(variance).map(|(band, variance)| Parts::of(band, variance));
        let why = parts
            .as_ref()
            .zip(spread.as_ref())
            .map(|(parts, spread)| parts.why(&window, 1.0 / spread.hhi));
        RiskResult {
            now: spread.map(|spread| Spread {
                hhi: spread.hhi,
                effective_accounts: 1.0 / spread.hhi,
                top1: spread.top[0],
                top3: spread.top[1],
                top5: spread.top[2],
                top10: spread.top[3],
            }),
            close: SpreadEstimate {
                hhi: close(Concentration::Hhi),
                effective_accounts: estimate(m.effective_accounts()),
                top1: close(Concentration::Top1),
                top3: close(Concentration::Top3),
                top5: close(Concentration::Top5),
                top10: close(Concentration::Top10),
            },
            growth_top1: growth(Growth::Top1),
            growth_top3: growth(Growth::Top3),
            growth_top5: growth(Growth::Top5),
            grr_less_logos,
            grr_band: band,
            grr_gap: gap,
            grr_band_by_luck: parts.as_ref().map(|parts| parts.luck),
            grr_band_by_luck_and_shock: parts.as_ref().map(|parts| parts.luck_and_shock),
            grr_band_why: why,
            grr_tail: m.grr(None, 0).map(|x| -x).shortfall(0.95).map(|worst| Point {
                value: -worst.mean,
                se: worst.se,
            }),
            warnings: [parted, wide].into_iter().flatten().collect(),
        }
    }
}

/// Money and logos part when the band of their difference, trial by trial, leaves zero out.
fn parting(window: &str, difference: &Estimate, bridge: &BridgeResult) -> Option<String> {
    let (side, why) = if difference.p95 < 0.0 {
        let given_up = (bridge.downsell.value + bridge.contraction.value) / bridge.opening.value;
        let why = format!(
            "larger accounts are lost more often than small ones, or accounts that stay give up ARR (downsell and \
             contraction come to {} of the opening ARR)",
            percent(given_up, difference.se)
        );
        ("below", why)
    } else if difference.p5 > 0.0 {
        let why = "small accounts leave more often than large ones";
        ("above", why.to_owned())
    } else {
        return None;
    };
    Some(format!(
        "GRR of {window} lies {side} logo retention by {} points on average: {why}. Told because the band of their \
         difference, P5 to P95 future by future, leaves zero out.",
        points(difference.mean.abs(), difference.se)
    ))
}

/// A gap is below what one year can show when the band is wider.
fn wide_band(window: &str, grr: &Estimate, band: Point, gap: Point) -> Option<String> {
    (band.value > gap.value).then(|| {
        format!(
            "The band of GRR for {window}, {} to {}, is {} points wide; its median and the target are {} points apart. \
             One year's result cannot settle a gap that small. Told because P95 − P5 is wider than the gap.",
            percent(grr.p5, grr.se),
            percent(grr.p95, grr.se),
            points(band.value, band.se),
            points(gap.value, gap.se)
        )
    })
}

/// What the layers of uncertainty make of the band of GRR, one after the other.
struct Parts {
    luck: Point,
    luck_and_shock: Point,
    whole: Point,
    has_shock: bool,
    has_rates: bool,
}

impl Parts {
    /// Widths of distributions of one shape are as the roots of their variances.
    fn of(whole: Point, variance: &Variance) -> Parts {
        let width = |share: f64, se: f64| {
            let root = share.clamp(0.0, 1.0).sqrt();
            let of_share = if root > 0.0 {
                whole.value * se / (2.0 * root)
            } else {
                0.0
            };
            Point {
                value: whole.value * root,
                se: (of_share * of_share + whole.se * whole.se * root * root).sqrt(),
            }
        };
        let is_seen = |part: &VariancePart| part.share > 2.0 * part.se && part.share > 0.0;
        Parts {
            luck: width(variance.luck.share, variance.luck.se),
            // Shares add up to 1, so the two are as sure as what they leave.
            luck_and_shock: width(1.0 - variance.rates.share, variance.rates.se),
            whole,
            has_shock: is_seen(&variance.shock),
            has_rates: is_seen(&variance.rates),
        }
    }

    fn why(&self, window: &str, equal_accounts: f64) -> String {
        let told = |part: &Point| points(part.value, part.se);
        let mut text = format!(
            "By luck alone GRR of {window} would spread over about {} points from P5 to P95: ARR is spread as over \
             {equal_accounts:.0} equal accounts, each kept or lost on its own.",
            told(&self.luck)
        );
        text += &if self.has_shock {
            format!(
                " The year that everyone shares, good or bad, makes that about {}.",
                told(&self.luck_and_shock)
            )
        } else {
            " A year that everyone shares adds nothing that shows.".to_owned()
        };
        text += &if self.has_rates {
            format!(" Not knowing the true rates makes it {}.", told(&self.whole))
        } else {
            " Rates nobody knows add nothing that shows.".to_owned()
        };
        text + " A larger book has less luck, and as much of the other two."
    }
}

/// A difference of shares in points, with the digits its error allows.
fn points(x: f64, se: f64) -> String {
    percent(x, se).replace('%', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::result::Sure;

    fn estimate(mean: f64, p5: f64, p95: f64) -> Estimate {
        Estimate {
            mean,
            se: 0.0004,
            p5,
            p25: p5,
            p50: mean,
            p75: p95,
            p95,
            sure: Sure::default(),
            trials: 100,
        }
    }

    const fn exactly(value: f64) -> Point {
        Point { value, se: 0.0 }
    }

    const BRIDGE: BridgeResult = BridgeResult {
        from: 1,
        to: 12,
        opening: exactly(200.0),
        new: exactly(0.0),
        expansion_csm_led: exactly(0.0),
        expansion_product_led: exactly(0.0),
        expansion_at_renewal: exactly(0.0),
        uplift: exactly(0.0),
        win_back: exactly(0.0),
        downsell: exactly(3.0),
        contraction: exactly(1.0),
        churn: exactly(0.0),
        uncontrollable: exactly(0.0),
        closing: exactly(196.0),
    };

    #[test]
    fn money_and_logos_part_when_their_band_leaves_zero_out() {
        let told = |difference| parting("months 1–12", &difference, &BRIDGE);
        assert_eq!(
            told(estimate(-0.032, -0.05, -0.01)).unwrap(),
            "GRR of months 1–12 lies below logo retention by 3.2 points on average: larger accounts are lost more often \
             than small ones, or accounts that stay give up ARR (downsell and contraction come to 2.0% of the opening \
             ARR). Told because the band of their difference, P5 to P95 future by future, leaves zero out."
        );
        assert!(
            told(estimate(0.032, 0.01, 0.05))
                .unwrap()
                .contains("above logo retention")
        );
        assert_eq!(told(estimate(-0.032, -0.05, 0.0)), None);
        assert_eq!(told(estimate(0.032, -0.01, 0.05)), None);
    }

    #[test]
    fn a_band_is_explained_layer_by_layer() {
        let part = |share, se| VariancePart { share, se };
        let mut variance = Variance {
            sd: 0.032,
            rates: part(0.19, 0.03),
            shock: part(0.72, 0.03),
            luck: part(0.09, 0.006),
            trials: 1000,
        };
        let band = Point { value: 0.10, se: 0.001 };
        let why = |variance: &Variance| Parts::of(band, variance).why("months 1–12", 609.3);
        assert_eq!(
            why(&variance),
            "By luck alone GRR of months 1–12 would spread over about 3.0 points from P5 to P95: ARR is spread as over \
             609 equal accounts, each kept or lost on its own. The year that everyone shares, good or bad, makes that \
             about 9.0. Not knowing the true rates makes it 10.0. A larger book has less luck, and as much of the other \
             two."
        );
        (variance.shock.share, variance.luck.share) = (0.0, 0.81);
        assert!(why(&variance).contains("A year that everyone shares adds nothing that shows."));
        // By chance a share may come out below 0.
        (variance.rates.share, variance.luck.share) = (-0.01, 1.01);
        assert!(why(&variance).contains("Rates nobody knows add nothing that shows."));
    }

    #[test]
    fn a_band_wider_than_the_gap_is_told() {
        let grr = estimate(0.88, 0.85, 0.91);
        let point = |value, se| Point { value, se };
        let band = point(0.06, 0.0004);
        let told = wide_band("months 1–12", &grr, band, point(0.021, 0.004)).unwrap();
        assert!(
            told.starts_with("The band of GRR for months 1–12, 85.0% to 91.0%, is 6.0 points wide;"),
            "{told}"
        );
        assert!(told.contains("are 2 points apart"), "{told}");
        assert_eq!(wide_band("months 1–12", &grr, band, point(0.07, 0.0)), None);
    }
}
