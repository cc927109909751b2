use std::collections::BTreeSet;

use jiff::civil::Date;

use super::bands::{Segments, default_bands};
use super::entry::{Contract, Entry};
use super::{FlagKind, Flagged, Health, ImportedAccount, Options, Rejected, SegmentTotal, dates};
use crate::units::{Currency, Money};

/// An account about to be loaded, its subscriptions counted in.
pub(super) struct Draft<'s> {
    pub(super) table: &'s str,
    pub(super) line: u64,
    pub(super) id: &'s str,
    pub(super) name: &'s str,
    pub(super) arr: Money,
    pub(super) segment: Option<&'s str>,
    pub(super) contract: Contract,
    pub(super) first_day: Option<Date>,
    pub(super) health: Option<Health>,
    pub(super) touch_model: Option<&'s str>,
    pub(super) owner: Option<&'s str>,
}

impl<'s> Draft<'s> {
    /// An account as its one row has it.
    pub(super) fn of(entry: &Entry<'s>, as_of: Date) -> Draft<'s> {
        let key = entry.key();
        Draft {
            table: entry.table,
            line: entry.line,
            id: key,
            name: if entry.name.is_empty() { key } else { entry.name },
            arr: entry.arr,
            segment: entry.segment,
            contract: entry.contract(as_of),
            first_day: entry.first_day(),
            health: entry.health,
            touch_model: entry.touch_model,
            owner: entry.owner,
        }
    }
}

/// What has been loaded, what not, and what is worth knowing.
pub(super) struct Ledger {
    pub(super) as_of: Date,
    segments: Segments,
    totals: Vec<(u64, Money)>,
    pub(super) accounts: Vec<ImportedAccount>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) flagged: Vec<Flagged>,
}

impl Ledger {
    pub(super) fn new(options: &Options, currency: Currency) -> Ledger {
        let bands = if options.bands.is_empty() {
            default_bands(currency)
        } else {
            options.bands.clone()
        };
        Ledger {
            as_of: options.as_of,
            segments: Segments::new(bands),
            totals: Vec::new(),
            accounts: Vec::new(),
            rejected: Vec::new(),
            flagged: Vec::new(),
        }
    }

    /// Notes something about an account that is loaded all the same.
    pub(super) fn flag(&mut self, kind: FlagKind, entry: &Entry<'_>, reason: String) {
        self.flagged.push(Flagged {
            kind,
            table: entry.table.to_string(),
            line: Some(entry.line),
            account: Some(entry.key().to_string()),
            reason,
        });
    }

    fn flag_draft(&mut self, kind: FlagKind, draft: &Draft<'_>, reason: String) {
        self.flagged.push(Flagged {
            kind,
            table: draft.table.to_string(),
            line: Some(draft.line),
            account: Some(draft.id.to_string()),
            reason,
        });
    }

    /// Loads an account: its dates become months, its segment is settled.
    pub(super) fn load(&mut self, draft: &Draft<'_>) {
        // fifty years away or more, as in 9999-12-31, is how systems write "no end"
        const NO_END: u32 = 600;
        let end_month = match draft.contract.end {
            Some(end) if end <= self.as_of => {
                let reason = format!("the contract ended on {end}: it comes up for renewal in month 1");
                self.flag_draft(FlagKind::EndedContract, draft, reason);
                Some(1)
            }
            Some(end) => dates::month_of(end, self.as_of).filter(|&month| month < NO_END),
            None => None,
        };
        if draft.arr == Money::ZERO {
            self.flag_draft(FlagKind::NoArr, draft, format!("`{}` has no ARR", draft.id));
        }
        let segment = self.segments.place(draft.segment, draft.arr);
        if self.totals.len() <= segment {
            self.totals.resize(segment + 1, (0, Money::ZERO));
        }
        self.totals[segment].0 += 1;
        self.totals[segment].1 = Money::from_minor(self.totals[segment].1.minor().saturating_add(draft.arr.minor()));
        self.accounts.push(ImportedAccount {
            id: draft.id.to_string(),
            name: draft.name.to_string(),
            segment: self.segments.name(segment).to_string(),
            arr: draft.arr,
            term_months: draft.contract.term,
            end_month,
            health: draft.health,
            touch_model: draft.touch_model.map(ToString::to_string),
            owner: draft.owner.map(ToString::to_string),
            tenure_months: draft.first_day.map(|day| dates::whole_months(day, self.as_of)),
        });
    }

    /// Accounts and ARR of every segment that has an account, bands first.
    pub(super) fn segment_totals(&self) -> Vec<SegmentTotal> {
        let totals = (0..).zip(&self.totals).filter(|(_, (accounts, _))| *accounts > 0);
        totals
            .map(|(position, &(accounts, arr))| SegmentTotal {
                name: self.segments.name(position).to_string(),
                accounts,
                arr,
            })
            .collect()
    }

    /// Notes what the table could have said of every account and did not, and names it gives to several.
    pub(super) fn flag_whole(&mut self, table: &str) {
        let all = self.accounts.len();
        let count = |what: fn(&ImportedAccount) -> bool| self.accounts.iter().filter(|account| what(account)).count();
        let without_health = count(|account| account.health.is_none());
        let without_end = count(|account| account.end_month.is_none());
        // One by one: to collect them is to sort them, by a sort of their own.
        let mut names = BTreeSet::new();
        names.extend(self.accounts.iter().map(|account| account.name.as_str()));
        let more = all - names.len();
        let told = [
            (
                FlagKind::Health,
                without_health,
                format!("health is not given for {without_health} of {all} accounts"),
            ),
            (
                FlagKind::ContractEnd,
                without_end,
                format!("a contract end is not given for {without_end} of {all} accounts"),
            ),
            (
                FlagKind::SharedName,
                more,
                format!(
                    "{all} accounts have {} names: if rows of one name are one account, leave the id column out",
                    names.len()
                ),
            ),
        ];
        for (kind, _, reason) in told.into_iter().filter(|(_, count, _)| *count > 0) {
            self.flagged.push(Flagged {
                kind,
                table: table.to_string(),
                line: None,
                account: None,
                reason,
            });
        }
    }
}
