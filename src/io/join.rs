use std::collections::BTreeMap;

use jiff::civil::Date;

use super::columns::Field;
use super::entry::{self, Contract, Entry};
use super::ledger::{Draft, Ledger};
use super::reading::Reading;
use super::sheet::short;
use super::{FlagKind, Flagged, Rejected, accounts};
use crate::units::Money;

/// Where a subscription leads by the account it names.
#[derive(Debug, Clone, Copy)]
enum Owner {
    /// The account at a position.
    Account(usize),
    /// An account that was itself rejected, on this line.
    Rejected(u64),
    /// A name that two accounts share.
    Shared,
}

/// An account and the rows that are its subscriptions.
struct Joined<'s> {
    /// Its own row; `None` when only its subscriptions are known.
    own: Option<Entry<'s>>,
    subscriptions: Vec<Entry<'s>>,
}

/// Loads accounts whose ARR is the sum of their open subscriptions.
///
/// `accounts` is the table with a row for each; without one, subscriptions make the accounts they name.
pub(super) fn load(accounts: Option<&Reading<'_>>, subscriptions: &[&Reading<'_>], ledger: &mut Ledger) {
    let mut joined: Vec<Joined<'_>> = Vec::new();
    let mut by_id = BTreeMap::new();
    let mut by_name = BTreeMap::new();
    if let Some(reading) = accounts {
        read_accounts(reading, ledger, &mut joined, &mut by_id, &mut by_name);
    }
    for reading in subscriptions {
        let on_id = accounts.is_none_or(|accounts| joins_on_id(accounts, reading, &by_id, &by_name));
        for row in &reading.sheet.rows {
            let subscription = match entry::read(reading, row, true) {
                Ok(subscription) => subscription,
                Err(faults) => {
                    ledger.rejected.extend(faults);
                    continue;
                }
            };
            let key = match (accounts, on_id) {
                (None, _) => subscription.key(),
                (Some(_), true) => subscription.id,
                (Some(_), false) => subscription.name,
            };
            let owner = match accounts {
                None => Some(*by_id.entry(key).or_insert_with(|| {
                    joined.push(Joined {
                        own: None,
                        subscriptions: Vec::new(),
                    });
                    Owner::Account(joined.len() - 1)
                })),
                Some(_) if on_id => by_id.get(key).copied(),
                Some(_) => by_name.get(key).copied(),
            };
            let reason = match owner {
                Some(Owner::Account(position)) => {
                    if subscription.is_cancelled_without_end() {
                        let reason = "the subscription is marked as cancelled and has no end: it does not count";
                        ledger.flag(FlagKind::Churned, &subscription, reason.to_string());
                    }
                    joined[position].subscriptions.push(subscription);
                    continue;
                }
                Some(Owner::Rejected(line)) => {
                    format!("the account `{}` was rejected on line {line}", short(key))
                }
                Some(Owner::Shared) => format!("`{}` is the name of two accounts", short(key)),
                None if key.is_empty() => {
                    format!("{} is empty", if on_id { Field::Id.key() } else { Field::Name.key() })
                }
                None => {
                    let table = accounts.map_or("", |accounts| accounts.sheet.name);
                    format!("`{}` is not an account of {table}", short(key))
                }
            };
            ledger.rejected.push(Rejected {
                table: subscription.table.to_string(),
                line: subscription.line,
                column: Some(reading.header(if on_id { Field::Id } else { Field::Name }).to_string()),
                value: short(key),
                reason,
            });
        }
    }
    if accounts.is_none() {
        flag_summed(subscriptions, joined.len(), ledger);
    }
    for account in joined {
        settle(&account, ledger);
    }
}

/// Whether subscriptions name their accounts by id: a bare `id` may number the subscriptions themselves, so that
/// where names could join too, the column that finds more accounts does.
fn joins_on_id(
    accounts: &Reading<'_>,
    reading: &Reading<'_>,
    by_id: &BTreeMap<&str, Owner>,
    by_name: &BTreeMap<&str, Owner>,
) -> bool {
    let shared = |field| accounts.sheet.has(field) && reading.sheet.has(field);
    let found = |field, keys: &BTreeMap<&str, Owner>| {
        let cells = reading
            .sheet
            .rows
            .iter()
            .filter_map(|row| reading.sheet.cell(row, field));
        cells.filter(|cell| keys.contains_key(cell)).count()
    };
    shared(Field::Id) && (!shared(Field::Name) || found(Field::Id, by_id) >= found(Field::Name, by_name))
}

fn read_accounts<'s>(
    reading: &Reading<'s>,
    ledger: &mut Ledger,
    joined: &mut Vec<Joined<'s>>,
    by_id: &mut BTreeMap<&'s str, Owner>,
    by_name: &mut BTreeMap<&'s str, Owner>,
) {
    let mut lines = BTreeMap::new();
    for row in &reading.sheet.rows {
        match entry::read(reading, row, false) {
            Ok(entry) => {
                if let Some(rejected) = accounts::repeated(reading, &entry, &mut lines) {
                    ledger.rejected.push(rejected);
                    continue;
                }
                let owner = Owner::Account(joined.len());
                by_id.insert(entry.key(), owner);
                if !entry.name.is_empty() {
                    by_name
                        .entry(entry.name)
                        .and_modify(|seen| {
                            *seen = match seen {
                                Owner::Rejected(_) => owner,
                                Owner::Account(_) | Owner::Shared => Owner::Shared,
                            };
                        })
                        .or_insert(owner);
                }
                joined.push(Joined {
                    own: Some(entry),
                    subscriptions: Vec::new(),
                });
            }
            Err(faults) => {
                for (field, names) in [(Field::Id, &mut *by_id), (Field::Name, &mut *by_name)] {
                    if let Some(key) = reading.sheet.cell(row, field) {
                        names.entry(key).or_insert(Owner::Rejected(row.line));
                    }
                }
                ledger.rejected.extend(faults);
            }
        }
    }
}

fn flag_summed(subscriptions: &[&Reading<'_>], accounts: usize, ledger: &mut Ledger) {
    for reading in subscriptions {
        let rows = reading.sheet.rows.len();
        ledger.flagged.push(Flagged {
            kind: FlagKind::Subscriptions,
            table: reading.sheet.name.to_string(),
            line: None,
            account: None,
            reason: format!("{rows} rows of {accounts} accounts were added up as their subscriptions"),
        });
    }
}

/// Turns an account and its subscriptions into one contract, and loads it.
fn settle(account: &Joined<'_>, ledger: &mut Ledger) {
    let as_of = ledger.as_of;
    let Some(shown) = account.own.as_ref().or(account.subscriptions.first()) else {
        return;
    };
    let open: Vec<&Entry<'_>> = account
        .subscriptions
        .iter()
        .filter(|entry| entry.is_open(as_of))
        .collect();
    let mut reject = |reason: String| {
        ledger.rejected.push(Rejected {
            table: shown.table.to_string(),
            line: shown.line,
            column: None,
            value: short(shown.key()),
            reason,
        });
    };
    if open.is_empty() {
        return reject(format!("`{}` has no open subscription on {as_of}", short(shown.key())));
    }
    let sum: i128 = open.iter().map(|entry| i128::from(entry.arr.minor())).sum();
    let Some(arr) = i64::try_from(sum)
        .ok()
        .map(Money::from_minor)
        .filter(|&sum| sum <= Money::MAX)
    else {
        return reject(format!(
            "the subscriptions of `{}` add up to more than the largest amount",
            short(shown.key())
        ));
    };

    let mut draft = Draft::of(shown, as_of);
    draft.arr = arr;
    let theirs = contract(&open, as_of);
    draft.contract = match account.own {
        Some(_) => {
            let own = draft.contract;
            // a renewal date gone by is older news than an open subscription
            let coming = own.end.filter(|&end| end > as_of);
            Contract {
                end: coming.or(theirs.end).or(own.end),
                term: own.term.or(theirs.term),
            }
        }
        None => theirs,
    };
    let first_of = |entries: &[Entry<'_>]| entries.iter().filter_map(Entry::first_day).min();
    let own_first_day = account.own.as_ref().and_then(Entry::first_day);
    draft.first_day = own_first_day.or_else(|| first_of(&account.subscriptions));
    let own = account.own.as_ref();
    draft.segment = first(own, &open, |entry| entry.segment);
    draft.health = first(own, &open, |entry| entry.health);
    draft.touch_model = first(own, &open, |entry| entry.touch_model);
    draft.owner = first(own, &open, |entry| entry.owner);
    if let Some(name) = first(own, &open, |entry| Some(entry.name).filter(|name| !name.is_empty())) {
        draft.name = name;
    }

    if let Some(own) = own.filter(|own| own.churned) {
        let count = open.len();
        let plural = if count == 1 { "" } else { "s" };
        let reason = format!(
            "`{}` is marked as churned but has {count} open subscription{plural}",
            own.key()
        );
        ledger.flag(FlagKind::Churned, own, reason);
    }
    if let Some(own) = own.filter(|own| own.trial && arr > Money::ZERO) {
        ledger.flag(
            FlagKind::Trial,
            own,
            format!("`{}` is marked as a trial but pays for subscriptions", own.key()),
        );
    }
    ledger.load(&draft);
}

/// What an account says itself, else the first of its open subscriptions that says it.
fn first<'s, T>(own: Option<&Entry<'s>>, open: &[&Entry<'s>], what: impl Fn(&Entry<'s>) -> Option<T>) -> Option<T> {
    own.and_then(&what)
        .or_else(|| open.iter().find_map(|entry| what(entry)))
}

/// The one contract that stands for several: it ends when the largest part of the ARR does.
///
/// A small add-on that ends earlier must not put the whole account up for renewal, nor one that ends later put it off.
/// Subscriptions without an end count as a part of their own; where they are the largest the end stays unknown. Equal
/// parts: the earliest end. The term is that of the largest subscription of the part.
fn contract(open: &[&Entry<'_>], as_of: Date) -> Contract {
    let mut parts: BTreeMap<Option<Date>, (i128, Money, Option<u32>)> = BTreeMap::new();
    for entry in open {
        let found = entry.contract(as_of);
        let part = parts.entry(found.end).or_insert((0, entry.arr, found.term));
        part.0 += i128::from(entry.arr.minor());
        if entry.arr > part.1 {
            (part.1, part.2) = (entry.arr, found.term);
        }
    }
    let dated = parts.iter().filter(|(end, _)| end.is_some());
    let undated = parts.iter().filter(|(end, _)| end.is_none());
    let largest = dated
        .chain(undated)
        .reduce(|best, part| if part.1.0 > best.1.0 { part } else { best });
    largest.map_or(Contract::default(), |(&end, part)| Contract { end, term: part.2 })
}
