use crate::kernel::{Concentration, Growth, Year};
use crate::summary::{Metrics, Sample};

/// How a book's ARR is spread over its accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Σ of squared shares: the Herfindahl–Hirschman index.
    pub hhi: f64,
    /// Shares of the 1, 3, 5 and 10 largest accounts.
    pub top: [f64; 4],
}

impl Spread {
    /// Of these amounts; `None` where there is no ARR.
    pub fn of(mut arr: Vec<i64>) -> Option<Spread> {
        let whole = arr.iter().sum::<i64>() as f64;
        if whole <= 0.0 {
            return None;
        }
        let share = |x: &i64| *x as f64 / whole;
        let hhi = arr.iter().map(|x| share(x) * share(x)).sum();
        arr.sort_unstable();
        Some(Spread {
            hhi,
            top: [1, 3, 5, 10].map(|n| arr.iter().rev().take(n).map(share).sum()),
        })
    }
}

impl Metrics<'_> {
    /// A measure of concentration at the close of the horizon; does not exist where no ARR is left.
    pub fn concentration(&self, what: Concentration) -> Sample {
        let there: Vec<f64> = self.hhi().iter().map(|&hhi| f64::from(u8::from(hhi > 0.0))).collect();
        Sample::ratio(&self.outcomes.column(self.layout().concentration(what)), &there)
    }

    /// 1 / HHI: so many accounts of equal size would be as concentrated (Hannah and Kay 1977).
    pub fn effective_accounts(&self) -> Sample {
        let hhi = self.hhi();
        Sample::ratio(&vec![1.0; hhi.len()], &hhi)
    }

    fn hhi(&self) -> Vec<f64> {
        self.outcomes.column(self.layout().concentration(Concentration::Hhi))
    }

    /// Share of a year's growth, Σ max(0, close - opening), that the accounts which grew most have.
    pub fn share_of_growth(&self, what: Growth, year: usize) -> Sample {
        let grown = self.outcomes.column(self.layout().growth(what, year));
        let mut whole = self.year(Year::CohortArr, None, year);
        for (whole, kept) in whole.iter_mut().zip(self.year(Year::Kept, None, year)) {
            *whole -= kept;
        }
        Sample::ratio(&grown, &whole)
    }

    /// GRR less logo retention, trial by trial.
    pub fn grr_less_logos(&self, year: usize) -> Sample {
        let column = |what| self.year(what, None, year);
        let (kept, opening) = (column(Year::Kept), column(Year::OpeningArr));
        let (left, accounts) = (column(Year::KeptAccounts), column(Year::OpeningAccounts));
        let trials = 0..kept.len();
        let above: Vec<f64> = trials
            .clone()
            .map(|t| kept[t] * accounts[t] - left[t] * opening[t])
            .collect();
        let below: Vec<f64> = trials.map(|t| opening[t] * accounts[t]).collect();
        Sample::ratio(&above, &below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Layout;
    use crate::model::sample;
    use crate::summary::Outcomes;

    #[test]
    fn a_spread_is_that_of_its_shares() {
        // Shares of a half, a quarter and two eighths.
        let spread = Spread::of(vec![25, 100, 25, 50]).unwrap();
        assert_eq!(spread.hhi, 0.25 + 0.0625 + 2.0 / 64.0);
        assert_eq!(spread.top, [0.5, 0.875, 1.0, 1.0]);
        // One of many is twice as large as each other.
        let many = (0..127).map(|i| 1 + i64::from(i == 70)).collect();
        assert_eq!(Spread::of(many).unwrap().top, [2.0, 4.0, 6.0, 11.0].map(|n| n / 128.0));
        assert_eq!(Spread::of(vec![0, 0]), None);
    }

    #[test]
    fn concentration_exists_where_something_is_left() {
        let scenario = sample::scenario();
        let layout = Layout::of(&scenario);
        let spread = |what, x| (layout.concentration(what), x);
        let year = |what, x| (layout.year(what, 0, 0), x);
        let outcomes = Outcomes::of(
            layout,
            &[
                vec![
                    spread(Concentration::Hhi, 0.04),
                    spread(Concentration::Top3, 0.3),
                    year(Year::OpeningArr, 40_000.0),
                    year(Year::Kept, 28_000.0),
                    year(Year::CohortArr, 30_000.0),
                    year(Year::OpeningAccounts, 4.0),
                    year(Year::KeptAccounts, 3.0),
                    (layout.growth(Growth::Top3, 0), 500.0),
                ],
                vec![],
            ],
        );
        let metrics = Metrics::new(&outcomes, &scenario);
        let of = |sample: Sample| (sample.values().to_vec(), sample.trials());
        assert_eq!(of(metrics.concentration(Concentration::Top3)), (vec![0.3], 2));
        assert_eq!(of(metrics.concentration(Concentration::Hhi)), (vec![0.04], 2));
        assert_eq!(of(metrics.effective_accounts()), (vec![25.0], 2));
        assert_eq!(of(metrics.share_of_growth(Growth::Top3, 0)), (vec![0.25], 2));
        let (apart, trials) = of(metrics.grr_less_logos(0));
        // 28 of 40 less 3 of 4.
        assert!(
            (apart[0] + 0.05).abs() < 1e-12 && (apart.len(), trials) == (1, 2),
            "{apart:?}"
        );
    }
}
