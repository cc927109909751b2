//! Imports as a person meets them: whole files in, books, questions and lists of faults out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::{Date, date};
use retaincast::io::{
    self, Band, Field, FlagKind, Health, Import, ImportedAccount, MAX_BYTES, Options, Problem, Table, default_bands,
};
use retaincast::units::{Currency, Money};

const NEW_YEARS_EVE: Date = date(2024, 12, 31);

fn options() -> Options {
    Options::new(NEW_YEARS_EVE)
}

fn table(text: &str) -> Table<'_> {
    Table { name: "book.csv", text }
}

fn import(text: &str) -> Import {
    io::import(&[table(text)], &options()).unwrap()
}

fn problems(texts: &[(&str, &str)], options: &Options) -> Vec<Problem> {
    let tables: Vec<_> = texts.iter().map(|&(name, text)| Table { name, text }).collect();
    io::import(&tables, options).unwrap_err()
}

fn sentences(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn rejected(import: &Import) -> Vec<String> {
    import.rejected.iter().map(ToString::to_string).collect()
}

fn flags(import: &Import, kind: FlagKind) -> Vec<String> {
    import
        .flagged
        .iter()
        .filter(|flag| flag.kind == kind)
        .map(ToString::to_string)
        .collect()
}

fn account<'i>(import: &'i Import, id: &str) -> &'i ImportedAccount {
    import.accounts.iter().find(|account| account.id == id).unwrap()
}

fn arrs(import: &Import) -> Vec<i64> {
    import.accounts.iter().map(|account| account.arr.minor()).collect()
}

fn ravenstack(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/ravenstack")
        .join(file);
    fs::read_to_string(path).unwrap()
}

/// The rows of a file without a quote in it, cut the simplest way.
fn cut(text: &str) -> Vec<Vec<&str>> {
    assert!(!text.contains('"'));
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

/// DD-MM-YYYY turned round, so that days compare as text.
fn turned(day: &str) -> String {
    day.split('-').rev().collect()
}

#[test]
fn ravenstack_comes_to_what_its_rows_add_up_to() {
    let (accounts, subscriptions) = (ravenstack("accounts.csv"), ravenstack("subscriptions.csv"));
    let mut expected: BTreeMap<&str, i64> = BTreeMap::new();
    for row in cut(&subscriptions) {
        let open = row[3].is_empty() || turned(row[3]).as_str() > "20241231";
        if turned(row[2]).as_str() <= "20241231" && open {
            let dollars: i64 = if row[8] == "TRUE" { 0 } else { row[7].parse().unwrap() };
            *expected.entry(row[1]).or_default() += dollars * 100;
        }
    }
    let churned = cut(&accounts).iter().filter(|row| row[9] == "TRUE").count();

    let tables = [
        Table {
            name: "accounts.csv",
            text: &accounts,
        },
        Table {
            name: "subscriptions.csv",
            text: &subscriptions,
        },
    ];
    let import = io::import(&tables, &options()).unwrap();
    let found: BTreeMap<&str, i64> = import
        .accounts
        .iter()
        .map(|account| (account.id.as_str(), account.arr.minor()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(import.totals.accounts, 500);
    assert_eq!(import.totals.arr, Money::from_minor(12_191_529_600));
    assert_eq!(import.totals.rows, 5_500);
    assert_eq!((import.totals.rejected, import.rejected.len()), (0, 0));
    assert_eq!(import.currency, Currency::Usd);

    let marked = flags(&import, FlagKind::Churned);
    assert_eq!(marked.len(), churned);
    assert!(marked.iter().all(|flag| flag.contains("is marked as churned but has")));

    // the plan tier is no segment unless somebody says so
    let names: Vec<_> = import
        .totals
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| ["Enterprise", "Mid-market", "SMB", "Long tail"].contains(name))
    );
    let (mut count, mut arr) = (0, Money::ZERO);
    for segment in &import.totals.segments {
        count += segment.accounts;
        arr += segment.arr;
    }
    assert_eq!((count, arr), (500, import.totals.arr));

    let first = account(&import, "A-2e4581");
    assert_eq!((first.name.as_str(), first.tenure_months), ("Company_0", Some(2)));
    assert!(
        import
            .accounts
            .iter()
            .all(|account| account.end_month.is_none() && account.term_months.is_none())
    );
}

#[test]
fn ravenstack_is_the_same_book_whichever_file_comes_first() {
    let (accounts, subscriptions, events) = (
        ravenstack("accounts.csv"),
        ravenstack("subscriptions.csv"),
        "churn_event_id,account_id,churn_date,refund_amount_usd\nC-1,A-2e4581,01-02-2024,0\n",
    );
    let tables = [
        Table {
            name: "churn_events.csv",
            text: events,
        },
        Table {
            name: "subscriptions.csv",
            text: &subscriptions,
        },
        Table {
            name: "accounts.csv",
            text: &accounts,
        },
    ];
    let import = io::import(&tables, &options()).unwrap();
    assert_eq!(import.totals.arr, Money::from_minor(12_191_529_600));
    assert_eq!(
        flags(&import, FlagKind::Unused),
        ["churn_events.csv: the table has no ARR or MRR and was not used"]
    );
    let mut mapped = options();
    mapped.mapping.insert(Field::Segment, "plan_tier".into());
    let import = io::import(&tables, &mapped).unwrap();
    assert!(
        import
            .accounts
            .iter()
            .all(|a| ["Basic", "Pro", "Enterprise"].contains(&a.segment.as_str()))
    );
}

#[test]
fn a_subscription_list_alone_is_added_up() {
    let subscriptions = ravenstack("subscriptions.csv");
    let import = io::import(&[table(&subscriptions)], &options()).unwrap();
    assert_eq!(
        (import.totals.accounts, import.totals.arr.minor()),
        (500, 12_191_529_600)
    );
    assert_eq!(
        flags(&import, FlagKind::Subscriptions),
        ["book.csv: 5000 rows of 500 accounts were added up as their subscriptions"]
    );
}

#[test]
fn a_salesforce_export_loads() {
    let import = import(
        "Account ID,Account Name,\"Annual Recurring Revenue\",Type,Segment__c,Contract Start Date,\
         Renewal_Date__c,Contract Term (Months),Health_Score__c,Account Owner\r\n\
         001A,\"Acme, Inc.\",\"$120,000.00\",Customer,Enterprise,7/1/2023,6/30/2025,24,85,Ann\r\n\
         001B,Bolt,\"$9,500.50\",Customer,smb,1/15/2024,1/15/2025,,42,Bob\r\n",
    );
    assert!(import.rejected.is_empty());
    assert_eq!(import.currency, Currency::Usd);
    assert_eq!(
        import.accounts[0],
        ImportedAccount {
            id: "001A".into(),
            name: "Acme, Inc.".into(),
            segment: "Enterprise".into(),
            arr: Money::from_minor(12_000_000),
            term_months: Some(24),
            end_month: Some(6),
            health: Some(Health::Green),
            touch_model: None,
            owner: Some("Ann".into()),
            tenure_months: Some(17),
        }
    );
    let bolt = &import.accounts[1];
    assert_eq!((bolt.segment.as_str(), bolt.arr.minor()), ("SMB", 950_050));
    assert_eq!(
        (bolt.term_months, bolt.end_month, bolt.health),
        (Some(12), Some(1), Some(Health::Yellow))
    );
    assert_eq!(
        flags(&import, FlagKind::Health),
        [
            "book.csv: `Health_Score__c` has scores from 42 to 85: 70 and more is green, 40 to 69 yellow, less than 40 red"
        ]
    );
    let header = &import.columns[0].columns[3];
    assert_eq!(
        (header.header.as_str(), header.field, header.example.as_deref()),
        ("Type", None, Some("Customer"))
    );
}

#[test]
fn a_european_file_with_semicolons_loads() {
    let import = import(
        "\u{feff}Company name;ARR (EUR);Renewal date;Company owner\n\
         Brot;1.234,50;31.03.2025;Eva\nKäse;12.000;01.02.2025;Uli\nWurst;€ 7,5k;1.1.2026;\n",
    );
    assert_eq!(import.currency, Currency::Eur);
    assert_eq!(arrs(&import), [123_450, 1_200_000, 750_000]);
    let ends: Vec<_> = import.accounts.iter().map(|account| account.end_month).collect();
    assert_eq!(ends, [Some(3), Some(2), Some(13)]);
    assert_eq!(import.accounts[1].name, "Käse");
}

#[test]
fn an_indian_file_in_lakh_and_crore_loads() {
    let import =
        import("Customer,ARR\nTata,₹1.2 cr\nInfo,12 lakh\nWip,\"1,23,456\"\nHcl,\"Rs. 12,34,567.50\"\nZo,50L\n");
    assert_eq!(import.currency, Currency::Inr);
    assert_eq!(
        arrs(&import),
        [1_200_000_000, 120_000_000, 12_345_600, 123_456_750, 500_000_000]
    );
    let segments: Vec<_> = import.accounts.iter().map(|account| account.segment.as_str()).collect();
    assert_eq!(segments, ["Enterprise", "SMB", "Long tail", "SMB", "Mid-market"]);
    assert_eq!(crate::import("Name,ARR\nWip,\"1,23,456\"\n").currency, Currency::Inr);
}

#[test]
fn ambiguous_dates_are_asked_and_the_answer_is_taken() {
    let text = "Name,ARR,Renewal Date\nAcme,1,03/04/2025\nBolt,1,05/05/2025\n";
    let asked = problems(&[("book.csv", text)], &options());
    assert_eq!(
        asked,
        [Problem::AmbiguousDates {
            table: "book.csv".into(),
            column: "Renewal Date".into(),
            example: "03/04/2025".into(),
            day_first: date(2025, 4, 3),
            month_first: date(2025, 3, 4),
        }]
    );
    assert_eq!(
        sentences(&asked),
        [
            "`03/04/2025` in the column `Renewal Date` of book.csv is 2025-04-03 with the day first and 2025-03-04 with \
          the month first: say which"
        ]
    );
    for (day_first, month) in [(true, 4), (false, 3)] {
        let answered = Options {
            day_first: Some(day_first),
            ..options()
        };
        let import = io::import(&[table(text)], &answered).unwrap();
        assert_eq!(
            import.accounts[0].end_month,
            Some(month + u32::from(month == 4 && !day_first))
        );
    }
}

#[test]
fn dates_that_read_one_way_are_not_asked() {
    let same = import("Name,ARR,Renewal Date\nAcme,1,05/05/2025\n");
    assert_eq!(same.accounts[0].end_month, Some(5));
    // another column with the same separator tells, and so does a day past the twelfth
    let neighbour = import("Name,ARR,Renewal Date,Start Date\nAcme,1,03/04/2025,01/31/2024\n");
    assert_eq!(neighbour.accounts[0].end_month, Some(3));
    // a column that tells does not wait for an answer
    let told = Options {
        day_first: Some(true),
        ..options()
    };
    let text = "Name,ARR,Renewal Date\nAcme,1,03/04/2025\nBolt,1,03/25/2025\n";
    let import = io::import(&[table(text)], &told).unwrap();
    assert_eq!(
        (import.accounts[0].end_month, import.accounts[1].end_month),
        (Some(3), Some(3))
    );
}

#[test]
fn dates_written_both_ways_reject_the_fewer() {
    let import = import("Name,ARR,Renewal Date\nA,1,25/03/2025\nB,1,26/03/2025\nC,1,03/27/2025\nD,1,02/03/2025\n");
    assert_eq!(
        rejected(&import),
        ["book.csv line 4, `Renewal Date`: `03/27/2025` is not a date with the day first, as the column has it"]
    );
    assert_eq!(account(&import, "D").end_month, Some(3));
    assert_eq!(flags(&import, FlagKind::Dates).len(), 1);
}

#[test]
fn bad_rows_are_listed_and_good_rows_load() {
    let import = import(
        "Account ID,Account Name,ARR,Renewal Date,Term,Health\n\
         1,Acme,100,2025-06-30,12,green\n\
         2,Bolt,\"12,,0\",2025-06-30,12,green\n\
         3,Coil,,2025-06-30,12,green\n\
         4,Dyne,-5,someday,12,purple\n\
         1,Acme,100,2025-06-30,12,green\n\
         6,Flux,100,2025-06-30,12\n\
         ,,100,2025-06-30,12,green\n\
         8,Host,100,2025-02-30,999,green\n\
         ,Grand Total,1200,,,\n\
         ,,,,,\n\
         10,Jolt,CHF 5,,,\n\
         11,Kilo,100,,,\n",
    );
    let ids: Vec<_> = import.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["1", "11"]);
    assert_eq!(
        rejected(&import),
        [
            "book.csv line 3, `ARR`: `12,,0` is not an amount",
            "book.csv line 4, `ARR`: arr is empty",
            "book.csv line 5, `ARR`: `-5` is negative",
            "book.csv line 5, `Renewal Date`: `someday` is not a date",
            "book.csv line 5, `Health`: `purple` is not a health",
            "book.csv line 6, `Account ID`: `1` repeats line 2",
            "book.csv line 7: the line has 5 fields, the header has 6",
            "book.csv line 8, `Account ID`: id is empty",
            "book.csv line 9, `Renewal Date`: `2025-02-30` is not a date",
            "book.csv line 9, `Term`: `999` is not a term from 1 to 120 months",
            "book.csv line 10, `Account Name`: `Grand Total` is a total, not an account",
            "book.csv line 12, `ARR`: `CHF 5` is not an amount in USD, EUR, GBP or INR",
        ]
    );
    assert_eq!(
        (import.totals.rows, import.totals.accounts, import.totals.rejected),
        (11, 2, 9)
    );
    assert_eq!(import.rejected[0].value, "12,,0");
}

#[test]
fn every_problem_is_told_at_once() {
    let mut options = options();
    options.mapping = BTreeMap::from([
        (Field::Owner, "Boss".to_string()),
        (Field::Health, "Mood".to_string()),
        (Field::Segment, "mood".to_string()),
    ]);
    let found = problems(
        &[("book.csv", "Name,Mood,Renewal Date,Value\nAcme,fine,03/04/2025,$5\n")],
        &options,
    );
    assert_eq!(
        sentences(&found),
        [
            "the column `mood` is mapped to segment and health: it can be one of them",
            "owner is mapped to the column `Boss`, which is not there; the headers are `Name`, `Mood`, `Renewal Date`, `Value`",
            "book.csv has no column that is known as ARR or MRR: map one of its headers, as in arr=\"Header\"; they are `Name`, `Mood`, `Renewal Date`, `Value`",
            "`03/04/2025` in the column `Renewal Date` of book.csv is 2025-04-03 with the day first and 2025-03-04 with the month first: say which",
        ]
    );
    let found = problems(
        &[
            ("a.csv", ""),
            ("b.csv", "Name,ARR\n"),
            ("c.csv", "Name,ARR\nA,$1\nB,€1\n"),
        ],
        &options,
    );
    assert_eq!(
        sentences(&found)[..2],
        ["a.csv is empty", "b.csv has a header and no rows"]
    );
    assert_eq!(
        sentences(&found).last().unwrap(),
        "amounts are in USD (c.csv line 2) and EUR (c.csv line 3): a book has one currency"
    );
}

#[test]
fn headers_can_be_mapped() {
    let mut options = options();
    options.mapping = BTreeMap::from([
        ("arr".parse().unwrap(), "annual value".to_string()),
        (Field::Name, "Label".to_string()),
        (Field::Churned, String::new()),
    ]);
    let text = "Label,Annual value,ARR,Status\nAcme,120,999,Lost\n";
    let import = io::import(&[table(text)], &options).unwrap();
    assert_eq!(
        (import.accounts[0].name.as_str(), import.accounts[0].arr.minor()),
        ("Acme", 12_000)
    );
    let fields: Vec<_> = import.columns[0].columns.iter().map(|column| column.field).collect();
    assert_eq!(fields, [Some(Field::Name), Some(Field::Arr), None, None]);
    assert_eq!(io::recognise(&[table(text)], &options.mapping), import.columns);
    let unread = io::recognise(&[table("Label,Value\n")], &BTreeMap::new());
    assert_eq!(unread[0].columns.len(), 2);
}

#[test]
fn no_arr_loads_and_is_flagged_and_negative_arr_does_not_load() {
    let import = import("Name,ARR\nNil,0\nMinus,(500)\nPlus,5\n");
    assert_eq!(arrs(&import), [0, 500]);
    assert_eq!(flags(&import, FlagKind::NoArr), ["book.csv line 2: `Nil` has no ARR"]);
    assert_eq!(rejected(&import), ["book.csv line 3, `ARR`: `(500)` is negative"]);
}

#[test]
fn mrr_makes_the_arr_where_that_is_blank() {
    let import = import("Name,ARR,MRR\nBoth,1000,5\nMonthly,,833.3333\nNeither,,\n");
    assert_eq!(arrs(&import), [100_000, 1_000_000]);
    assert_eq!(rejected(&import), ["book.csv line 4, `ARR`: arr and mrr are empty"]);
}

#[test]
fn a_word_in_the_place_of_an_amount_is_named() {
    let import = import("Name,ARR,MRR\nA,n/a,\nB,,-\nC,null,N/A\nD,--,5\n");
    assert_eq!(arrs(&import), [6_000]);
    assert_eq!(
        rejected(&import),
        [
            "book.csv line 2, `ARR`: `n/a` is not an amount",
            "book.csv line 3, `MRR`: `-` is not an amount",
            "book.csv line 4, `ARR`: `null` is not an amount",
            "book.csv line 4, `MRR`: `N/A` is not an amount",
        ]
    );
    assert_eq!(import.rejected[0].value, "n/a");
}

#[test]
fn nothing_to_read_is_said_in_one_sentence() {
    assert_eq!(sentences(&problems(&[], &options())), ["no table was given"]);
    assert_eq!(
        sentences(&problems(&[("book.csv", "")], &options())),
        ["book.csv is empty"]
    );
    assert_eq!(
        sentences(&problems(&[("book.csv", "\u{feff}\r\n")], &options())),
        ["book.csv is empty"]
    );
    assert_eq!(
        sentences(&problems(&[("book.csv", "Name,ARR\n")], &options())),
        ["book.csv has a header and no rows"]
    );
    assert_eq!(
        sentences(&problems(&[("book.csv", "Name,ARR\nAcme,none\nBolt,x\n")], &options())),
        [
            "no account could be loaded from 2 rows, the first reason being book.csv line 2, `ARR`: `none` is not an amount"
        ]
    );
}

#[test]
fn a_table_past_the_limit_is_refused() {
    let text = "x".repeat(MAX_BYTES as usize + 1);
    assert_eq!(
        sentences(&problems(&[("big.csv", &text)], &options())),
        ["big.csv has 65 MB, more than the 64 MB that can be read"]
    );
}

#[test]
fn one_book_has_one_currency() {
    let import = import("Name,ARR,Currency\nAcme,5,EUR\nBolt,€6,EUR - Euro\nCoil,7,CAD\n");
    assert_eq!(import.currency, Currency::Eur);
    assert_eq!(
        rejected(&import),
        ["book.csv line 4, `Currency`: `CAD` is not USD, EUR, GBP or INR"]
    );
    let pounds = Options {
        currency: Some(Currency::Gbp),
        ..options()
    };
    assert_eq!(
        sentences(&problems(&[("book.csv", "Name,ARR\nAcme,$5\n")], &pounds)),
        ["amounts are in USD (book.csv line 2), the book is to be in GBP"]
    );
    let plain = io::import(&[table("Name,ARR\nAcme,5\n")], &pounds).unwrap();
    assert_eq!(plain.currency, Currency::Gbp);
}

#[test]
fn contracts_end_when_dates_or_terms_say() {
    let import = import(
        "Name,ARR,Start Date,End Date,Term,Customer Since\n\
         Past,1,2023-01-01,2024-12-31,,\n\
         Next,1,2024-01-01,2025-01-01,,2020-06-15\n\
         Anniversary,1,2023-03-10,,24,\n\
         Open,1,2024-01-01,,,\n\
         Never,1,2024-01-01,9999-12-31,,\n\
         Old,1,2015-03-01,2025-03-01,,\n\
         Future,1,2025-02-01,,1 year,\n",
    );
    let contracts: Vec<_> = import
        .accounts
        .iter()
        .map(|account| {
            (
                account.name.as_str(),
                account.end_month,
                account.term_months,
                account.tenure_months,
            )
        })
        .collect();
    assert_eq!(
        contracts,
        [
            ("Past", Some(1), Some(24), Some(23)),
            ("Next", Some(1), Some(12), Some(54)),
            ("Anniversary", Some(3), Some(24), Some(21)),
            ("Open", None, None, Some(11)),
            ("Never", None, None, Some(11)),
            ("Old", Some(3), None, Some(117)),
            ("Future", Some(14), Some(12), Some(0)),
        ]
    );
    assert_eq!(
        flags(&import, FlagKind::EndedContract),
        ["book.csv line 2: the contract ended on 2024-12-31: it comes up for renewal in month 1"]
    );
    assert_eq!(
        flags(&import, FlagKind::FutureStart),
        ["book.csv line 8: the contract starts on 2025-02-01, after 2024-12-31"]
    );
    assert_eq!(
        flags(&import, FlagKind::ContractEnd),
        ["book.csv: a contract end is not given for 2 of 7 accounts"]
    );
}

const ACCOUNTS: &str = "Account ID,Account Name,Churned,Owner\nA,Acme,yes,Ann\nB,Bolt,no,\nC,Coil,no,Cyd\nD,Dyne,no,\n";

fn joined(subscriptions: &str) -> Import {
    let tables = [
        Table {
            name: "accounts.csv",
            text: ACCOUNTS,
        },
        Table {
            name: "subscriptions.csv",
            text: subscriptions,
        },
    ];
    io::import(&tables, &options()).unwrap()
}

#[test]
fn subscriptions_are_joined_by_account() {
    let import = joined(
        "id,account_id,start_date,end_date,mrr,arr,is_trial,status,csm\n\
         1,A,2024-01-01,2025-12-31,,1000,no,active,\n\
         2,A,2024-06-01,2025-03-31,10,,no,active,\n\
         3,A,2024-01-01,2024-12-31,,5000,no,active,\n\
         4,A,2025-01-01,,,5000,no,active,\n\
         5,B,2024-12-31,,,700,no,active,Bea\n\
         6,B,2023-05-31,2025-01-01,,300,yes,active,\n\
         7,C,2023-01-01,2023-12-31,,5000,no,active,\n\
         8,D,2023-01-01,,,5000,no,canceled,\n\
         9,D,2023-01-01,,,,no,trialing,\n\
         10,E,2023-01-01,,,5000,no,active,\n\
         11,A,2023-01-01,,,many,no,active,\n",
    );
    let found: Vec<_> = import
        .accounts
        .iter()
        .map(|a| {
            (
                a.id.as_str(),
                a.name.as_str(),
                a.arr.minor(),
                a.owner.as_deref(),
                a.end_month,
                a.tenure_months,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("A", "Acme", 112_000, Some("Ann"), Some(12), Some(11)),
            ("B", "Bolt", 70_000, Some("Bea"), None, Some(19)),
            ("D", "Dyne", 0, None, None, Some(23)),
        ]
    );
    assert_eq!(account(&import, "A").term_months, Some(24));
    assert_eq!(
        rejected(&import),
        [
            "accounts.csv line 4: `C` has no open subscription on 2024-12-31",
            "subscriptions.csv line 11, `account_id`: `E` is not an account of accounts.csv",
            "subscriptions.csv line 12, `arr`: `many` is not an amount",
        ]
    );
    assert_eq!(
        flags(&import, FlagKind::Churned),
        [
            "subscriptions.csv line 9: the subscription is marked as cancelled and has no end: it does not count",
            "accounts.csv line 2: `A` is marked as churned but has 2 open subscriptions",
        ]
    );
}

#[test]
fn subscriptions_of_a_rejected_account_say_so() {
    let accounts = "Account ID,Account Name,Health\nA,Acme,mauve\nB,Bolt,\n";
    let import = io::import(
        &[
            Table {
                name: "a.csv",
                text: accounts,
            },
            Table {
                name: "s.csv",
                text: "Account ID,ARR\nA,5\nB,6\n",
            },
        ],
        &options(),
    )
    .unwrap();
    assert_eq!(
        rejected(&import),
        [
            "a.csv line 2, `Health`: `mauve` is not a health",
            "s.csv line 2, `Account ID`: the account `A` was rejected on line 2",
        ]
    );
}

#[test]
fn subscriptions_without_ids_are_joined_by_name() {
    let accounts = "Account Name,Segment\nAcme,Big\nBolt,Small\n";
    let import = io::import(
        &[
            Table {
                name: "a.csv",
                text: accounts,
            },
            Table {
                name: "s.csv",
                text: "Company;MRR\nBolt;1\nAcme;2\nAcme;3\n",
            },
        ],
        &options(),
    )
    .unwrap();
    let found: Vec<_> = import
        .accounts
        .iter()
        .map(|a| (a.segment.as_str(), a.arr.minor()))
        .collect();
    assert_eq!(found, [("Big", 6_000), ("Small", 1_200)]);
}

#[test]
fn a_number_of_the_subscription_is_not_taken_for_the_account() {
    let import = joined("id,Account Name,arr\n1,Acme,1\n2,Acme,2\n3,Bolt,3\n");
    assert_eq!(arrs(&import), [300, 300]);
    let alone =
        "id,Account Name,arr,start date,end date\n1,Acme,1,2023-01-01,2024-01-01\n2,Acme,2,2024-01-01,2025-01-01\n";
    assert_eq!(
        flags(&crate::import(alone), FlagKind::SharedName),
        ["book.csv: 2 accounts have 1 names: if rows of one name are one account, leave the id column out"]
    );
    let mut options = options();
    options.mapping.insert(Field::Id, String::new());
    let import = io::import(&[table(alone)], &options).unwrap();
    assert_eq!(arrs(&import), [200]);
}

#[test]
fn a_billing_frequency_is_no_term() {
    let import = joined("account_id,arr,billing_frequency\nA,1,monthly\nB,1,annual\nC,1,\nD,1,\n");
    assert!(import.accounts.iter().all(|account| account.term_months.is_none()));
}

#[test]
fn churned_accounts_without_subscriptions_do_not_load() {
    let import = import("Name,ARR,Stage\nAcme,1,Adopted\nBolt,1,Churned\nCoil,1,Trial\n");
    assert_eq!(arrs(&import), [100, 0]);
    assert_eq!(
        rejected(&import),
        ["book.csv line 3, `Stage`: `Bolt` is marked as churned"]
    );
    assert_eq!(
        flags(&import, FlagKind::Trial),
        ["book.csv line 4: `Coil` is on trial: its ARR counts as 0"]
    );
    assert_eq!(
        flags(&import, FlagKind::Status),
        ["book.csv: `Stage` has values that do not say whether an account is lost, taken as no: `Adopted`"]
    );
}

#[test]
fn what_was_decided_for_a_column_is_told() {
    let import = import("Name,ARR,Contract Term\nAcme,1.234,3\nBolt,2.500,1\n");
    assert_eq!(
        flags(&import, FlagKind::Amounts),
        ["book.csv: `1.234` in `ARR` can be read two ways and was read as 1.23"]
    );
    assert_eq!(
        flags(&import, FlagKind::Terms),
        ["book.csv: `Contract Term` has numbers from 1 to 5 only: read as months, not years"]
    );
    assert_eq!(
        flags(&import, FlagKind::Health),
        ["book.csv: health is not given for 2 of 2 accounts"]
    );
}

#[test]
fn bands_can_be_moved() {
    let mut options = options();
    options.bands = vec![
        Band {
            segment: "Big".into(),
            touch_model: None,
            from: Money::from_minor(1_000),
        },
        Band {
            segment: "Small".into(),
            touch_model: Some("pooled".into()),
            from: Money::ZERO,
        },
    ];
    let import = io::import(
        &[table("Name,ARR,Segment\nA,10,\nB,9.99,\nC,5,big\nD,5,Other\n")],
        &options,
    )
    .unwrap();
    let found: Vec<_> = import.accounts.iter().map(|a| a.segment.as_str()).collect();
    assert_eq!(found, ["Big", "Small", "Big", "Other"]);
    let totals: Vec<_> = import
        .totals
        .segments
        .iter()
        .map(|s| (s.name.as_str(), s.accounts, s.arr.minor()))
        .collect();
    assert_eq!(totals, [("Big", 2, 1_500), ("Small", 1, 999), ("Other", 1, 500)]);
    assert_eq!(default_bands(Currency::Usd).len(), 4);
}

#[test]
fn sums_past_the_largest_amount_are_refused_and_do_not_overflow() {
    let rows = |count: usize| {
        format!(
            "Name,ARR\n{}",
            (0..count).map(|i| format!("n{i},11000b\n")).collect::<String>()
        )
    };
    assert_eq!(
        sentences(&problems(&[("book.csv", &rows(9_000))], &options())),
        ["the accounts add up to more than 11258999068426, the largest amount"]
    );
    let subscriptions = "account_id,start_date,arr\nA,2024-01-01,11000b\nA,2024-01-02,11000b\nB,2024-01-02,1\n";
    let import = joined(subscriptions);
    assert_eq!(
        rejected(&import)[0],
        "accounts.csv line 2: the subscriptions of `A` add up to more than the largest amount"
    );
}

#[test]
fn no_text_makes_it_panic() {
    // every cut of a file, in the middle of quotes, numbers and dates
    let text = "\u{feff}Name;ARR (₹ lakh);Renewal Date;Health;Term;Trial\n\"A;\"\"é\";₹1.2 cr;31/12/2025;🟢;1 year;x\n\
                B;(1.234,5-);3/4/25 0:00;101;;\nC;9,99,999;Dec 31, 2024;c;3;no\r\n";
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for &at in &ends {
        let (before, after) = (table(&text[..at]), table(&text[at..]));
        for tables in [&[before] as &[_], &[after], &[before, after]] {
            let _ = io::import(tables, &options());
        }
    }
}

#[test]
fn a_large_book_is_read_in_one_go() {
    let rows = 50_000;
    let mut text = String::from("Account ID,Account Name,ARR,Renewal Date,Health\n");
    for row in 0..rows {
        text += &format!(
            "{row},\"Name, {row}\",\"$1,{:03}.50\",{}/{}/2025,{}\n",
            row % 1000,
            row % 12 + 1,
            row % 28 + 1,
            row % 101
        );
    }
    let import = io::import(&[table(&text)], &options()).unwrap();
    assert_eq!((import.totals.accounts, import.totals.rejected), (rows, 0));
    assert_eq!(
        import.totals.arr.minor(),
        (0..rows as i64).map(|row| 100_050 + row % 1000 * 100).sum::<i64>()
    );
}
