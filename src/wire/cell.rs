use serde::{Deserialize, Serialize};

use crate::units::{Currency, rounded};
use crate::wire::scenario::RateInput;

/// What a cell of an input table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// A share or probability, typed as a percentage.
    Percent,
    /// Any number.
    Number,
    /// An amount, in major units on the screen and in minor units in the document.
    Money,
    /// A whole number, 0 or more.
    Count,
}

/// What was read from a cell: a value, or the sentence that says why not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct CellRead {
    /// The value for the document.
    pub value: Option<RateInput>,
    /// Why the text is none.
    pub fault: Option<String>,
}

/// Reads what a person typed into a cell: `8%`, `8% to 12%`, `180K`, `₹1.2Cr`.
///
/// In a percentage cell a bare number of 1 and more is a percentage and a smaller one a share, as in a spreadsheet.
pub fn read_cell(kind: CellKind, text: &str, currency: Currency) -> CellRead {
    match read_value(kind, text.trim(), currency) {
        Ok(value) => CellRead {
            value: Some(value),
            fault: None,
        },
        Err(fault) => CellRead {
            value: None,
            fault: Some(fault),
        },
    }
}

fn read_value(kind: CellKind, text: &str, currency: Currency) -> Result<RateInput, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if matches!(kind, CellKind::Percent | CellKind::Number)
        && let Some((low, high)) = split_range(text)
    {
        // `8 to 12%` states its unit once.
        let shared = if high.trim_end().ends_with('%') && !low.contains('%') {
            "%"
        } else {
            ""
        };
        let p5 = read_number(kind, &format!("{}{shared}", low.trim()), currency)?;
        let p95 = read_number(kind, high.trim(), currency)?;
        return Ok(RateInput::Range { p5, p95 });
    }
    read_number(kind, text, currency).map(RateInput::Point)
}

/// The two ends of `8% to 12%`, `8%–12%`, `8%..12%` or `8%-12%`.
fn split_range(text: &str) -> Option<(&str, &str)> {
    [" to ", "…", "..", "–", " - "]
        .iter()
        .find_map(|separator| text.split_once(separator))
        .or_else(|| {
            // A hyphen after a number is no sign.
            let ends = |(i, _): &(usize, &str)| text[..*i].ends_with(|c: char| c.is_ascii_digit() || c == '%');
            let (i, _) = text.match_indices('-').find(ends)?;
            Some((&text[..i], &text[i + 1..]))
        })
        .filter(|(low, high)| !low.trim().is_empty() && !high.trim().is_empty())
}

fn read_number(kind: CellKind, text: &str, currency: Currency) -> Result<f64, String> {
    let refuse = || format!("{text:?} is not {}", wanted(kind));
    let lower = text.to_ascii_lowercase().replace('−', "-");
    let mut rest = lower.trim();
    let mut scale = 1.0;
    if kind == CellKind::Money {
        for sign in ["$", "€", "£", "₹", "rs.", "rs", "usd", "eur", "gbp", "inr"] {
            if let Some(other) = Currency::ALL.iter().find(|c| is_sign_of(**c, sign))
                && rest.starts_with(sign)
                && *other != currency
            {
                return Err(format!("{text:?} is in {other}, the scenario in {currency}"));
            }
            rest = rest.strip_prefix(sign).unwrap_or(rest).trim_start();
        }
    }
    if kind != CellKind::Percent {
        for (suffix, times) in [
            ("crores", 1e7),
            ("crore", 1e7),
            ("cr", 1e7),
            ("lakhs", 1e5),
            ("lakh", 1e5),
            ("lac", 1e5),
            ("l", 1e5),
            ("t", 1e12),
            ("bn", 1e9),
            ("b", 1e9),
            ("m", 1e6),
            ("k", 1e3),
        ] {
            if let Some(number) = rest.strip_suffix(suffix) {
                (rest, scale) = (number.trim_end(), times);
                break;
            }
        }
    }
    let percent = rest.ends_with('%');
    let digits = rest.trim_end_matches('%').trim().replace([',', ' ', '\u{a0}', '_'], "");
    let plain = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let number: f64 = digits
        .parse()
        .ok()
        .filter(|x: &f64| plain && x.is_finite())
        .ok_or_else(refuse)?;
    match kind {
        CellKind::Percent if percent || number.abs() >= 1.0 => Ok(hundredth(number)),
        CellKind::Percent | CellKind::Number if !percent => Ok(number * scale),
        CellKind::Number => Ok(hundredth(number)),
        CellKind::Money if !percent => Ok(rounded(number * scale * Currency::MINOR as f64) as f64),
        CellKind::Count if !percent => {
            let count = number * scale;
            if count >= 0.0 && count == count.trunc() {
                Ok(count)
            } else {
                Err(refuse())
            }
        }
        _ => Err(refuse()),
    }
}

/// A hundredth, as the shortest decimal says it: 7% is 0.07, not 0.07000000000000001.
fn hundredth(x: f64) -> f64 {
    rounded(x * 1e10) as f64 / 1e12
}

fn is_sign_of(currency: Currency, sign: &str) -> bool {
    currency.symbol() == sign
        || currency.code().eq_ignore_ascii_case(sign)
        || (currency == Currency::Inr && sign.starts_with("rs"))
}

fn wanted(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Percent => "a percentage such as 8% or 8% to 12%",
        CellKind::Number => "a number such as 0.3 or 0.1 to 0.5",
        CellKind::Money => "an amount such as 180K",
        CellKind::Count => "a whole number",
    }
}

/// The text of a cell that holds this value; reading it gives the value back.
pub fn show_cell(kind: CellKind, value: RateInput, currency: Currency) -> String {
    match value {
        RateInput::Point(x) => show_number(kind, x, currency),
        RateInput::Range { p5, p95 } => {
            format!(
                "{} to {}",
                show_number(kind, p5, currency),
                show_number(kind, p95, currency)
            )
        }
    }
}

fn show_number(kind: CellKind, x: f64, currency: Currency) -> String {
    match kind {
        CellKind::Percent => format!("{}%", rounded(x * 1e10) as f64 / 1e8),
        CellKind::Number | CellKind::Count => x.to_string(),
        CellKind::Money => show_money(x, currency, 15),
    }
}

/// An amount of minor units in the scale people say it, to so many significant digits: `$50.1M`, `₹1.2Cr`.
/// The page shortens what it shows in the same way.
pub fn show_money(minor: f64, currency: Currency, digits: usize) -> String {
    let major = minor / Currency::MINOR as f64;
    let scales: &[(f64, &str)] = match currency {
        Currency::Inr => &[(1e7, "Cr"), (1e5, "L"), (1.0, "")],
        _ => &[(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"), (1.0, "")],
    };
    let (scale, suffix) = *scales
        .iter()
        .find(|(scale, _)| major.abs() >= *scale)
        .unwrap_or(&(1.0, ""));
    let scaled = major / scale;
    let whole = scaled.abs().max(1.0).trunc().to_string().len();
    let text = format!("{:.*}", digits.saturating_sub(whole).min(10), scaled.abs());
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    let sign = if minor < 0.0 { "-" } else { "" };
    format!("{sign}{}{text}{suffix}", currency.symbol())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(kind: CellKind, text: &str) -> Option<f64> {
        match read_cell(kind, text, Currency::Usd).value {
            Some(RateInput::Point(x)) => Some(x),
            _ => None,
        }
    }

    #[test]
    fn an_amount_has_one_spelling() {
        for (minor, currency, text) in [
            (18_050_000.0, Currency::Usd, "$180.5K"),
            (5_010_000_000.0, Currency::Gbp, "£50.1M"),
            (120_000_000_000_000.0, Currency::Eur, "€1.2T"),
            (1_200_000_000.0, Currency::Inr, "₹1.2Cr"),
            (120_000_000.0, Currency::Inr, "₹12L"),
        ] {
            assert_eq!(show_money(minor, currency, 4), text);
            assert_eq!(
                read_cell(CellKind::Money, text, currency).value,
                Some(RateInput::Point(minor))
            );
        }
    }

    #[test]
    fn percentages_are_read_as_a_spreadsheet_reads_them() {
        for (text, x) in [
            ("8%", 0.08),
            ("8", 0.08),
            ("0.08", 0.08),
            ("7 %", 0.07),
            ("-3%", -0.03),
            ("120%", 1.2),
            ("0.5%", 0.005),
        ] {
            assert_eq!(point(CellKind::Percent, text), Some(x), "{text}");
        }
    }

    #[test]
    fn ranges_may_state_their_unit_once() {
        for text in [
            "8% to 12%",
            "8 to 12%",
            "8%–12%",
            "8% - 12%",
            "8-12%",
            "8%-12%",
            "0.08..0.12",
        ] {
            let read = read_cell(CellKind::Percent, text, Currency::Usd).value;
            assert_eq!(read, Some(RateInput::Range { p5: 0.08, p95: 0.12 }), "{text}");
        }
    }

    #[test]
    fn a_range_may_begin_below_zero() {
        let read = read_cell(CellKind::Number, "-0.11-0.71", Currency::Usd).value;
        assert_eq!(read, Some(RateInput::Range { p5: -0.11, p95: 0.71 }));
        assert_eq!(point(CellKind::Number, "-0.11"), Some(-0.11));
    }

    #[test]
    fn amounts_are_read_in_the_scales_people_use() {
        for (text, minor) in [
            ("180k", 18_000_000.0),
            ("$1.5M", 150_000_000.0),
            ("42,000", 4_200_000.0),
            ("0.29", 29.0),
        ] {
            assert_eq!(point(CellKind::Money, text), Some(minor), "{text}");
        }
        let rupees = |text| read_cell(CellKind::Money, text, Currency::Inr).value;
        assert_eq!(rupees("₹1.2 cr"), Some(RateInput::Point(1_200_000_000.0)));
        assert_eq!(rupees("12 lakh"), Some(RateInput::Point(120_000_000.0)));
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_a_sentence() {
        for (kind, text) in [
            (CellKind::Percent, "lots"),
            (CellKind::Percent, "8% to"),
            (CellKind::Count, "2.5"),
            (CellKind::Count, "-1"),
            (CellKind::Money, "€5"),
            (CellKind::Number, "nan"),
            (CellKind::Number, "1e5"),
            (CellKind::Money, ""),
        ] {
            let read = read_cell(kind, text, Currency::Usd);
            assert!(read.value.is_none() && read.fault.is_some(), "{text}");
        }
    }

    #[test]
    fn a_shown_cell_reads_back_as_what_it_shows() {
        for kind in [CellKind::Percent, CellKind::Number] {
            for x in [0.07, 0.191, 0.305, 1.2, -0.1112, 0.0] {
                let value = RateInput::Point(x);
                let text = show_cell(kind, value, Currency::Usd);
                assert_eq!(read_cell(kind, &text, Currency::Usd).value, Some(value), "{text}");
            }
        }
        for currency in Currency::ALL {
            for minor in [0.0, 29.0, 18_000_000.0, 123_456_789.0, 5e12] {
                let text = show_cell(CellKind::Money, RateInput::Point(minor), currency);
                let read = read_cell(CellKind::Money, &text, currency).value;
                assert_eq!(read, Some(RateInput::Point(minor)), "{text}");
            }
        }
    }
}
