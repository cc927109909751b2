use std::collections::BTreeMap;

use super::columns::Field;
use super::entry::{self, Entry};
use super::ledger::{Draft, Ledger};
use super::reading::Reading;
use super::sheet::short;
use super::{FlagKind, Rejected};
use crate::units::Money;

/// Loads a table that has one row an account, with its ARR.
pub(super) fn load(reading: &Reading<'_>, ledger: &mut Ledger) {
    let mut lines = BTreeMap::new();
    for row in &reading.sheet.rows {
        let entry = match entry::read(reading, row, true) {
            Ok(entry) => entry,
            Err(faults) => {
                ledger.rejected.extend(faults);
                continue;
            }
        };
        let kept_out = lost(reading, &entry).or_else(|| repeated(reading, &entry, &mut lines));
        if let Some(rejected) = kept_out {
            ledger.rejected.push(rejected);
            continue;
        }
        if entry.trial {
            ledger.flag(
                FlagKind::Trial,
                &entry,
                format!("`{}` is on trial: its ARR counts as 0", entry.key()),
            );
        }
        // a start may be that of a term already signed, so the account stays
        if let Some(start) = entry.starts_after(ledger.as_of) {
            let reason = format!("the contract starts on {start}, after {}", ledger.as_of);
            ledger.flag(FlagKind::FutureStart, &entry, reason);
        }
        ledger.load(&Draft::of(&entry, ledger.as_of));
    }
}

/// A second row of an account; the first one stays.
pub(super) fn repeated<'s>(
    reading: &Reading<'s>,
    entry: &Entry<'s>,
    lines: &mut BTreeMap<&'s str, u64>,
) -> Option<Rejected> {
    let first = *lines.entry(entry.key()).or_insert(entry.line);
    let field = if entry.id.is_empty() { Field::Name } else { Field::Id };
    (first != entry.line).then(|| Rejected {
        table: entry.table.to_string(),
        line: entry.line,
        column: Some(reading.header(field).to_string()),
        value: short(entry.key()),
        reason: format!("`{}` repeats line {first}", short(entry.key())),
    })
}

/// An account that its own row says is lost, there being no subscription to say otherwise.
fn lost(reading: &Reading<'_>, entry: &Entry<'_>) -> Option<Rejected> {
    entry.churned.then(|| Rejected {
        table: entry.table.to_string(),
        line: entry.line,
        column: Some(reading.header(Field::Churned).to_string()),
        value: short(entry.key()),
        reason: format!("`{}` is marked as churned", short(entry.key())),
    })
}

/// Whether the accounts together are worth more than can be counted exactly.
pub(super) fn total(ledger: &Ledger) -> Option<Money> {
    let minor: i128 = ledger
        .accounts
        .iter()
        .map(|account| i128::from(account.arr.minor()))
        .sum();
    i64::try_from(minor)
        .ok()
        .map(Money::from_minor)
        .filter(|&total| total <= Money::MAX)
}
