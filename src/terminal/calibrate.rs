use clap::Args;
use retaincast::analysis::{OwnChurn, fit_own_churn};

use super::{Stop, print, table};

#[derive(Args)]
pub(super) struct Calibrate {
    /// Accounts of one cohort at its start and after each yearly decision, such as 1000 869 743 653
    #[arg(required = true, num_args = 3.., value_name = "ACCOUNTS")]
    survivors: Vec<f64>,
    /// Discount a year
    #[arg(long, default_value_t = 0.1, value_parser = discount)]
    discount: f64,
}

fn discount(text: &str) -> Result<f64, String> {
    let share = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    // Without discount a lifetime may have no end.
    if share > 0.0 && share <= 1.0 {
        Ok(share)
    } else {
        Err(format!("{share} is not above 0 and at most 1"))
    }
}

impl Calibrate {
    pub(super) fn run(&self) -> Result<(), Stop> {
        let Some(fit) = fit_own_churn(&self.survivors) else {
            let why = "they have to fall, some must stay, and the share that leaves has to fall as well";
            return Err(Stop::fault([format!("these survivors fix no law of churn: {why}")]));
        };
        print(&format!(
            "churn {:.1}%, dispersion {:.3}, churn_of new (log-likelihood {:.1})\n\n{}\n\
             A new account pays for {:.1} years, discounted at {:.1}% a year; one about to decide for the last time \
             above, {:.1} more.\n",
            100.0 * fit.law.mean(),
            fit.law.dispersion(),
            fit.log_likelihood,
            table::align(&self.years(&fit.law)),
            fit.law.lifetime(self.discount),
            100.0 * self.discount,
            fit.law
                .after(self.decisions() - 1.0, 1.0)
                .residual_lifetime(self.discount),
        ))
    }

    fn decisions(&self) -> f64 {
        self.survivors.len() as f64 - 1.0
    }

    /// What the law makes of every year, beside what was typed.
    fn years(&self, law: &OwnChurn) -> Vec<Vec<String>> {
        let head = ["decisions survived", "accounts", "by the law", "churn at the next"];
        let start = self.survivors[0];
        let years = self.survivors.iter().enumerate().map(|(t, accounts)| {
            let t = t as f64;
            vec![
                format!("{t}"),
                format!("{accounts}"),
                format!("{:.1}", start * law.survival(t, 1.0)),
                format!("{:.1}%", 100.0 * law.after(t, 1.0).mean()),
            ]
        });
        std::iter::once(head.map(str::to_owned).to_vec()).chain(years).collect()
    }
}
