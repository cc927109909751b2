use super::Health;

/// Whether a cell says nothing, in one of the ways exports say it.
pub(super) fn is_blank(cell: &str) -> bool {
    const WORDS: [&str; 11] = [
        "-",
        "--",
        "–",
        "—",
        "n/a",
        "#n/a",
        "na",
        "null",
        "none",
        "(blank)",
        "0000-00-00",
    ];
    cell.is_empty() || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A health cell, and the score it was given as, if it was one.
///
/// Scores of 70 and more are green, of 40 and more yellow, lower ones red: the cut-offs customer-success tools ship.
/// Grades A and B are green, C yellow, D to F red. `Ok(None)` when the cell says that nobody knows.
pub(super) fn health(cell: &str) -> Result<Option<(Health, Option<u32>)>, String> {
    let word = cell.to_ascii_lowercase();
    let colour = match word.as_str() {
        "green" | "g" | "good" | "healthy" | "high" | "strong" | "excellent" | "great" | "low risk" | "a" | "a+"
        | "a-" | "b" | "b+" | "b-" | "🟢" => Some(Health::Green),
        "yellow" | "y" | "amber" | "orange" | "fair" | "medium" | "moderate" | "average" | "ok" | "okay"
        | "neutral" | "concerned" | "needs attention" | "medium risk" | "c" | "c+" | "c-" | "🟡" | "🟠" => {
            Some(Health::Yellow)
        }
        "red" | "r" | "poor" | "bad" | "low" | "weak" | "at risk" | "at-risk" | "critical" | "unhealthy"
        | "high risk" | "d" | "d+" | "d-" | "e" | "f" | "🔴" => Some(Health::Red),
        "unknown" | "not set" | "not scored" | "no score" | "grey" | "gray" | "unscored" => {
            return Ok(None);
        }
        _ => None,
    };
    if let Some(colour) = colour {
        return Ok(Some((colour, None)));
    }
    let (whole, rest) = number(&word).ok_or_else(|| format!("`{cell}` is not a health"))?;
    if !matches!(rest, Rest::Nothing | Rest::Word("%")) {
        return Err(format!("`{cell}` is not a health"));
    }
    let score = match whole {
        (score @ 0..100, _) | (score @ 100, 0) => score,
        _ => return Err(format!("`{cell}` is not a score from 0 to 100")),
    };
    let colour = match score {
        70.. => Health::Green,
        40..70 => Health::Yellow,
        _ => Health::Red,
    };
    Ok(Some((colour, Some(score))))
}

/// Length of a contract in months, from 1 to 120; a bare number counts years where the header says years.
pub(super) fn term(cell: &str, header_in_years: bool) -> Result<u32, String> {
    let wrong = || format!("`{cell}` is not a term");
    let word = cell.to_ascii_lowercase();
    let months = match word.as_str() {
        "annual" | "annually" | "yearly" | "one year" => 12,
        "monthly" | "month-to-month" | "month to month" | "mtm" => 1,
        "quarterly" => 3,
        "semi-annual" | "semiannual" | "semi-annually" | "half-yearly" | "half yearly" | "biannual" => 6,
        "biennial" | "two years" | "two-year" => 24,
        "triennial" | "three years" | "three-year" => 36,
        _ => {
            let ((whole, hundredths), rest) = number(&word).ok_or_else(wrong)?;
            let unit = match rest {
                Rest::Nothing => {
                    if header_in_years {
                        12
                    } else {
                        1
                    }
                }
                Rest::Word("month" | "months" | "mo" | "mos" | "mth" | "mths" | "m") => 1,
                Rest::Word("year" | "years" | "yr" | "yrs" | "y" | "annual") => 12,
                Rest::Word("quarter" | "quarters") => 3,
                Rest::Word(_) => return Err(wrong()),
            };
            let hundredths = (whole.min(10_000) * 100 + hundredths) * unit;
            if !hundredths.is_multiple_of(100) {
                return Err(format!("`{cell}` is not a whole number of months"));
            }
            hundredths / 100
        }
    };
    if (1..=120).contains(&months) {
        Ok(months)
    } else {
        Err(format!("`{cell}` is not a term from 1 to 120 months"))
    }
}

/// What a cell of a yes-or-no or status column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    No,
    Yes,
    /// A status that says the account or subscription is on trial.
    OnTrial,
    /// Anything else; it is taken as no.
    Unknown,
}

/// Reads a yes-or-no or status cell.
pub(super) fn flag(cell: &str) -> Flag {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "x" | "✓" | "churned" | "churn" | "cancelled" | "canceled" | "inactive"
        | "lost" | "former" | "former customer" | "expired" | "terminated" | "closed" => Flag::Yes,
        "trial" | "trialing" | "trialling" | "in trial" | "on trial" => Flag::OnTrial,
        "false" | "f" | "no" | "n" | "0" | "active" | "customer" | "live" | "current" | "open" | "renewed" => Flag::No,
        cell if is_blank(cell) => Flag::No,
        _ => Flag::Unknown,
    }
}

enum Rest<'a> {
    Nothing,
    Word(&'a str),
}

/// A decimal number as whole and hundredths, and the word after it.
fn number(text: &str) -> Option<((u32, u32), Rest<'_>)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, mut rest) = text.split_at(digits(text));
    let whole = whole.parse().ok()?;
    let mut hundredths = 0;
    if let Some(tail) = rest.strip_prefix('.') {
        let (decimals, tail) = tail.split_at(digits(tail));
        if decimals.is_empty() {
            return None;
        }
        let padded = [decimals, "00"].concat();
        hundredths = padded[..2].parse().ok()?;
        rest = tail;
    }
    let word = rest.trim_start_matches([' ', '-']).trim_end_matches('.');
    Some((
        (whole, hundredths),
        if word.is_empty() {
            Rest::Nothing
        } else {
            Rest::Word(word)
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_words_grades_and_scores_are_health() {
        for (cell, colour) in [
            ("Green", Health::Green),
            ("g", Health::Green),
            ("Amber", Health::Yellow),
            ("At Risk", Health::Red),
            ("B", Health::Green),
            ("F", Health::Red),
            ("100", Health::Green),
            ("70", Health::Green),
            ("69.9", Health::Yellow),
            ("40%", Health::Yellow),
            ("39.99", Health::Red),
            ("0", Health::Red),
        ] {
            assert_eq!(health(cell).unwrap().unwrap().0, colour, "{cell}");
        }
        assert_eq!(health("85.5").unwrap().unwrap().1, Some(85));
        assert_eq!(health("red").unwrap().unwrap().1, None);
        assert_eq!(health("Unknown"), Ok(None));
        assert_eq!(health("purple"), Err("`purple` is not a health".into()));
        assert_eq!(health("101"), Err("`101` is not a score from 0 to 100".into()));
        assert_eq!(health("100.5"), Err("`100.5` is not a score from 0 to 100".into()));
        assert!(health("-5").is_err());
        assert!(health("99999999999999999999").is_err());
    }

    #[test]
    fn terms_are_months_unless_they_say_years() {
        for (cell, months) in [
            ("12", 12),
            ("12.0", 12),
            ("12 months", 12),
            ("24-month", 24),
            ("6 mo.", 6),
            ("1 year", 12),
            ("3yrs", 36),
            ("1.5 years", 18),
            ("Annual", 12),
            ("monthly", 1),
            ("Quarterly", 3),
            ("120", 120),
        ] {
            assert_eq!(term(cell, false), Ok(months), "{cell}");
        }
        assert_eq!(term("2", true), Ok(24));
        assert_eq!(term("18 months", true), Ok(18));
        for cell in ["0", "121", "multi-year", "-12", "1.", "12 weeks", "4294967295", "1.55"] {
            assert!(term(cell, false).is_err(), "{cell}");
        }
    }

    #[test]
    fn flags_are_read_in_the_words_of_exports() {
        for cell in ["TRUE", "yes", "1", "Churned", "Canceled"] {
            assert_eq!(flag(cell), Flag::Yes, "{cell}");
        }
        for cell in ["FALSE", "no", "", "Active", "n/a"] {
            assert_eq!(flag(cell), Flag::No, "{cell}");
        }
        assert_eq!(flag("trialing"), Flag::OnTrial);
        assert_eq!(flag("Onboarding"), Flag::Unknown);
    }

    #[test]
    fn blanks_are_many() {
        assert!(["", "-", "N/A", "null"].into_iter().all(is_blank));
        assert!(!is_blank("0"));
    }
}
