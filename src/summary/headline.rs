use std::collections::BTreeMap;

use crate::summary::Sample;

/// The six numbers at the top, and what else runs are compared by, each over the same trials.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Headline {
    /// GRR of the first contract year.
    pub grr: Sample,
    /// NRR of the first contract year.
    pub nrr: Sample,
    /// Logo retention of the first contract year.
    pub logo_retention: Sample,
    /// ARR at the close of the horizon.
    pub closing_arr: Sample,
    /// CLTV, mean over the opening accounts.
    pub cltv: Sample,
    /// CSMs needed for the mean workload of the first contract year, rounded up per pool.
    pub csms_needed: Sample,
    /// Σ min(ARR at month 0, ARR now) of the opening accounts at the close of the horizon.
    pub kept: Sample,
    /// Expansion over the horizon.
    pub expansion: Sample,
    /// Opening accounts still under contract at the close of the horizon.
    pub accounts: Sample,
    /// Accounts that were red in their renewal window and renewed over the horizon.
    pub claimed: Sample,
}

impl Headline {
    fn append(&mut self, later: &Headline) {
        self.grr.append(&later.grr);
        self.nrr.append(&later.nrr);
        self.logo_retention.append(&later.logo_retention);
        self.closing_arr.append(&later.closing_arr);
        self.cltv.append(&later.cltv);
        self.csms_needed.append(&later.csms_needed);
        self.kept.append(&later.kept);
        self.expansion.append(&later.expansion);
        self.accounts.append(&later.accounts);
        self.claimed.append(&later.claimed);
    }
}

/// The headline of a run, collected batch by batch to compare others with; the outcomes themselves are not kept.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    headline: Headline,
    done: u32,
    /// Batches that came before those in front of them, by first trial, with their number of trials.
    ahead: BTreeMap<u32, (u32, Headline)>,
}

impl Baseline {
    /// What a run from trial 0 on has to say so far.
    pub fn of(headline: Headline, done: u32) -> Baseline {
        Baseline {
            headline,
            done,
            ahead: BTreeMap::new(),
        }
    }

    /// Takes a batch of so many trials from `first` on, in any order; what is there already is left out.
    pub fn add(&mut self, first: u32, count: u32, batch: Headline) {
        self.ahead.insert(first, (count, batch));
        while let Some(next) = self.ahead.first_entry().filter(|next| *next.key() <= self.done) {
            let (first, (count, batch)) = next.remove_entry();
            if first == self.done {
                self.headline.append(&batch);
                self.done += count;
            }
        }
    }

    /// Trials that are in without a gap from the first.
    pub fn done(&self) -> u32 {
        self.done
    }

    /// Over the trials that are in without a gap.
    pub fn headline(&self) -> &Headline {
        &self.headline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(values: &[f64]) -> Headline {
        let sample = Sample::of(values.to_vec());
        Headline {
            grr: sample.clone(),
            nrr: sample.clone(),
            logo_retention: sample.clone(),
            closing_arr: sample.clone(),
            cltv: sample.clone(),
            csms_needed: sample.clone(),
            kept: sample.clone(),
            expansion: sample.clone(),
            accounts: sample.clone(),
            claimed: sample,
        }
    }

    #[test]
    fn batches_in_any_order_give_the_same_headline() {
        let mut baseline = Baseline::of(batch(&[0.0, 1.0]), 2);
        baseline.add(4, 2, batch(&[4.0, 5.0]));
        assert_eq!(baseline.done(), 2);
        baseline.add(0, 2, batch(&[9.0, 9.0]));
        baseline.add(2, 2, batch(&[2.0, 3.0]));
        assert_eq!(baseline.done(), 6);
        assert_eq!(*baseline.headline(), batch(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
    }
}
