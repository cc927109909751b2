use std::collections::BTreeMap;

use super::Problem;
use super::columns::{Field, numbers_subscriptions};
use super::sheet::Sheet;

/// What each table is for, by position.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Layout {
    /// The table with one row an account; `None` when every table has several.
    pub(super) accounts: Option<usize>,
    /// The tables whose amounts make the ARR of the accounts.
    pub(super) subscriptions: Vec<usize>,
    /// Tables without a single amount.
    pub(super) unused: Vec<usize>,
}

impl Layout {
    /// Tells accounts from subscriptions by what the tables hold, so that the order of the files matters little.
    ///
    /// The accounts are the first table that has one row an account and their names, else the first with one row an
    /// account. Every other table with amounts is subscriptions.
    ///
    /// # Errors
    /// Every column that is missing.
    pub(super) fn of(sheets: &[Sheet<'_>]) -> Result<Layout, Vec<Problem>> {
        let one_row_each: Vec<usize> = (0..sheets.len())
            .filter(|&table| !has_several_rows_an_account(&sheets[table]))
            .collect();
        let named = one_row_each.iter().find(|&&table| sheets[table].has(Field::Name));
        let accounts = named.or(one_row_each.first()).copied();
        let (subscriptions, unused): (Vec<usize>, Vec<usize>) = (0..sheets.len())
            .filter(|&table| Some(table) != accounts)
            .partition(|&table| has_amount(&sheets[table]));

        let mut problems = Vec::new();
        if subscriptions.is_empty() && !accounts.is_some_and(|table| has_amount(&sheets[table])) {
            problems.extend(sheets.iter().map(|sheet| missing(sheet, &[Field::Arr, Field::Mrr])));
        }
        for table in accounts.iter().chain(&subscriptions) {
            if !has_key(&sheets[*table]) {
                problems.push(missing(&sheets[*table], &[Field::Id, Field::Name]));
            }
        }
        if let Some(accounts) = accounts {
            for &table in &subscriptions {
                let shared = |field| sheets[accounts].has(field) && sheets[table].has(field);
                if has_key(&sheets[accounts]) && has_key(&sheets[table]) && !shared(Field::Id) && !shared(Field::Name) {
                    problems.push(Problem::NotJoined {
                        table: sheets[table].name.to_string(),
                        accounts: sheets[accounts].name.to_string(),
                    });
                }
            }
        }
        if problems.is_empty() {
            Ok(Layout {
                accounts,
                subscriptions,
                unused,
            })
        } else {
            Err(problems)
        }
    }
}

fn has_amount(sheet: &Sheet<'_>) -> bool {
    sheet.has(Field::Arr) || sheet.has(Field::Mrr)
}

fn has_key(sheet: &Sheet<'_>) -> bool {
    sheet.has(Field::Id) || sheet.has(Field::Name)
}

fn missing(sheet: &Sheet<'_>, wanted: &[Field]) -> Problem {
    Problem::NoColumn {
        table: sheet.name.to_string(),
        wanted: wanted.to_vec(),
        headers: sheet.headers.clone(),
    }
}

/// Whether rows are subscriptions: they repeat accounts, and are numbered themselves or differ in their dates.
///
/// An account listed twice with the same dates is a slip, and so is one row in ten or fewer with other dates.
fn has_several_rows_an_account(sheet: &Sheet<'_>) -> bool {
    const DATES: [Field; 3] = [Field::RenewalDate, Field::StartDate, Field::EndDate];
    let numbered = sheet.headers.iter().any(|header| numbers_subscriptions(header));
    if !has_amount(sheet) || !(numbered || DATES.iter().any(|&field| sheet.has(field))) {
        return false;
    }
    let mut first = BTreeMap::new();
    let (mut repeats, mut differing) = (0_usize, 0_usize);
    for row in &sheet.rows {
        let Some(key) = sheet.cell(row, Field::Id).or_else(|| sheet.cell(row, Field::Name)) else {
            continue;
        };
        let dates = DATES.map(|field| sheet.cell(row, field));
        match first.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(dates);
            }
            std::collections::btree_map::Entry::Occupied(entry) => {
                repeats += 1;
                differing += usize::from(*entry.get() != dates);
            }
        }
    }
    numbered && repeats > 0 || differing * 10 > sheet.rows.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Table;

    fn layout(texts: &[&str]) -> Result<Layout, Vec<Problem>> {
        let sheets: Vec<_> = texts
            .iter()
            .map(|text| Sheet::open(&Table { name: "t.csv", text }, &BTreeMap::new()).unwrap())
            .collect();
        Layout::of(&sheets)
    }

    const ACCOUNTS: &str = "account_id,account_name\nA,Acme\nB,Bolt\n";
    const SUBSCRIPTIONS: &str =
        "subscription_id,account_id,start_date,arr\n1,A,2024-01-01,5\n2,A,2024-02-01,5\n3,B,2024-02-01,5\n";

    #[test]
    fn the_order_of_the_files_does_not_matter() {
        let expected = Layout {
            accounts: Some(0),
            subscriptions: vec![1],
            unused: vec![],
        };
        assert_eq!(layout(&[ACCOUNTS, SUBSCRIPTIONS]), Ok(expected));
        let expected = Layout {
            accounts: Some(1),
            subscriptions: vec![0],
            unused: vec![],
        };
        assert_eq!(layout(&[SUBSCRIPTIONS, ACCOUNTS]), Ok(expected));
    }

    #[test]
    fn subscriptions_alone_will_do() {
        let expected = Layout {
            accounts: None,
            subscriptions: vec![0],
            unused: vec![],
        };
        assert_eq!(layout(&[SUBSCRIPTIONS]), Ok(expected));
    }

    #[test]
    fn a_table_without_amounts_is_left_aside() {
        let events = "event_id,account_id,churn_date\n1,A,2024-01-01\n2,A,2024-05-01\n";
        let expected = Layout {
            accounts: Some(1),
            subscriptions: vec![2],
            unused: vec![0],
        };
        assert_eq!(layout(&[events, ACCOUNTS, SUBSCRIPTIONS]), Ok(expected));
    }

    #[test]
    fn an_account_listed_twice_does_not_make_subscriptions() {
        let twice = "id,arr,start date\nA,1,2024-01-01\nA,1,2024-01-01\nB,1,2024-01-01\n";
        assert_eq!(layout(&[twice]).unwrap().accounts, Some(0));
        let other_dates = twice.replacen("A,1,2024-01-01", "A,1,2023-01-01", 1);
        assert_eq!(layout(&[&other_dates]).unwrap().accounts, None);
    }

    #[test]
    fn missing_columns_are_all_told() {
        let told = layout(&["Label,Colour\na,b\n"]).unwrap_err();
        assert_eq!(told.len(), 2);
        let told = layout(&["Name\nAcme\n", "account_id,arr\nA,5\n"]).unwrap_err();
        assert!(matches!(told[..], [Problem::NotJoined { .. }]));
    }
}
