//! What an opening account is worth, by named conventions.

use super::{Reporter, estimate, point};
use crate::summary::{self, OpeningBook};
use crate::wire::answer::words::percent;
use crate::wire::result::{PerpetuityResult, ValueResult};

impl Reporter<'_> {
    pub(super) fn value(&self, segment: Option<usize>) -> ValueResult {
        let m = &self.metrics;
        let book = OpeningBook {
            accounts: &self.accounts,
            arr: &self.arr,
        };
        let net = m.cltv_net(&self.accounts, segment);
        ValueResult {
            cltv_annual: estimate(m.cltv_annual(&self.accounts, segment)),
            cltv_annual_without_first: estimate(m.cltv_annual_without_first(book, segment)),
            cltv_annual_year_later: estimate(m.cltv_annual_year_later(&self.accounts, segment)),
            cost_to_serve: estimate(m.cost_to_serve(&self.accounts, segment)),
            perpetuity: self.perpetuity(&m.perpetuity(book, segment)),
            cac: self.scenario.cac_of_account(segment),
            ltv_cac: estimate(m.to_cac(&m.cltv(&self.accounts, segment), book, segment)),
            ltv_cac_net: estimate(m.to_cac(&net, book, segment)),
            cltv_net: estimate(net),
            payback_months: self.scenario.cac_payback(segment),
        }
    }

    fn perpetuity(&self, of: &summary::Perpetuity) -> PerpetuityResult {
        let most = 1.0 + self.scenario.economics.discount;
        let refused = of.nrr.filter(|_| of.value.is_none()).map(|nrr| {
            format!(
                "NRR of months {}–{} is {}: a perpetuity has an end only where the NRR of every segment is clearly below \
                 1 + discount, {}.",
                of.from,
                of.to,
                percent(nrr.value, nrr.se),
                percent(most, 0.0)
            )
        });
        PerpetuityResult {
            from: of.from as u32,
            to: of.to as u32,
            nrr: of.nrr.map(point),
            value: of.value.map(point),
            share: of.share.map(point),
            refused,
        }
    }
}
