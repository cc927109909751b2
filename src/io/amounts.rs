use crate::units::{Currency, Money};

/// Why a cell is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Anything that is not a number with a currency and a k, M, lakh or crore.
    NotAnAmount,
    /// A currency other than those offered.
    OtherCurrency,
    /// `1.234` where the other cells make decimals of what no money has.
    EitherWay,
    /// More than [`Money::MAX`].
    TooLarge,
}

impl Fault {
    /// The sentence for a person.
    pub(super) fn reason(self, cell: &str) -> String {
        match self {
            Fault::NotAnAmount => format!("`{cell}` is not an amount"),
            Fault::OtherCurrency => format!("`{cell}` is not an amount in USD, EUR, GBP or INR"),
            Fault::EitherWay => {
                format!("`{cell}` can be read two ways, as thousands and as three decimals")
            }
            Fault::TooLarge => format!(
                "`{cell}` is more than {}, the largest amount",
                Money::MAX.minor() / Currency::MINOR
            ),
        }
    }
}

/// The mark before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Point,
    Comma,
}

impl Mark {
    const fn other(self) -> Mark {
        match self {
            Mark::Point => Mark::Comma,
            Mark::Comma => Mark::Point,
        }
    }

    const fn char(self) -> char {
        match self {
            Mark::Point => '.',
            Mark::Comma => ',',
        }
    }
}

/// How sure the digits alone make the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// No mark at all.
    Whole,
    /// `1.234,50`, `1,234,567`: this one is the decimal mark.
    Certain(Mark),
    /// `12,50`: this one, as three digits do not follow it.
    Likely(Mark),
    /// `1.234`: this one, or it groups thousands.
    Open(Mark),
}

/// An amount as a cell writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Written<'a> {
    digits: &'a str,
    shape: Shape,
    negative: bool,
    /// The currency its sign or code names.
    pub(super) currency: Option<Currency>,
    /// The factor of its k, M, lakh or crore.
    scale: Option<u64>,
    /// Counted the Indian way: lakh, crore or 1,23,456.
    indian: bool,
}

impl Written<'_> {
    /// Reads a cell that is not blank.
    pub(super) fn read(cell: &str) -> Result<Written<'_>, Fault> {
        let first = cell.find(|c: char| c.is_ascii_digit()).ok_or(Fault::NotAnAmount)?;
        let last = cell.rfind(|c: char| c.is_ascii_digit()).ok_or(Fault::NotAnAmount)?;
        // ".5" starts at its point; the point of "Rs.5" belongs to the sign
        let before: Vec<char> = cell[..first].chars().rev().take(2).collect();
        let leads = matches!(before.first(), Some('.' | ',')) && !before.get(1).is_some_and(|c| c.is_alphabetic());
        let start = first - usize::from(leads);
        let mut around = Around::default();
        around.read(&cell[..start], false)?;
        around.read(&cell[last + 1..], true)?;
        if around.open != around.close {
            return Err(Fault::NotAnAmount);
        }
        let digits = &cell[start..=last];
        let (shape, grouped) = shape(digits).ok_or(Fault::NotAnAmount)?;
        Ok(Written {
            digits,
            shape,
            negative: around.minus || around.open,
            currency: around.currency,
            scale: around.scale,
            indian: around.indian || grouped,
        })
    }

    /// The amount times `times` in minor units, exact but for one rounding, half away from zero.
    pub(super) fn money(self, style: &Style, times: u64) -> Result<Money, Fault> {
        let mark = style.mark(self.shape)?;
        let scaled = self.scale.or(style.scale).is_some();
        // "120,000" beside "9.500,00" may be thousands all the same: no money has three decimals.
        if matches!(self.shape, Shape::Open(own) if mark == Some(own)) && style.tells() && !scaled {
            return Err(Fault::EitherWay);
        }
        let (whole, decimals) = match mark.and_then(|mark| self.digits.split_once(mark.char())) {
            Some((whole, decimals)) => (whole, decimals),
            None => (self.digits, ""),
        };
        const PLACES: usize = 12;
        // ten times the largest amount: times the decimals, the factor and twelve it still fits
        const LARGEST: u128 = 100_000_000_000_000;
        let mut number: u128 = 0;
        for digit in whole.bytes().filter(u8::is_ascii_digit) {
            number = number * 10 + u128::from(digit - b'0');
            if number > LARGEST {
                return Err(Fault::TooLarge);
            }
        }
        let mut one: u128 = 1;
        // a decimal beyond the twelfth is a float's noise, not money
        for digit in decimals.bytes().take(PLACES) {
            number = number * 10 + u128::from(digit - b'0');
            one *= 10;
        }
        let scale = self.scale.or(style.scale).unwrap_or(1);
        let minor = number * u128::from(scale) * u128::from(times) * Currency::MINOR as u128;
        let rounded = (minor + one / 2) / one;
        match i64::try_from(rounded) {
            Ok(minor) if minor <= Money::MAX.minor() => {
                Ok(Money::from_minor(if self.negative { -minor } else { minor }))
            }
            _ => Err(Fault::TooLarge),
        }
    }
}

/// What stands before and after the digits.
#[derive(Debug, Default)]
struct Around {
    currency: Option<Currency>,
    scale: Option<u64>,
    indian: bool,
    minus: bool,
    open: bool,
    close: bool,
}

impl Around {
    fn read(&mut self, text: &str, after: bool) -> Result<(), Fault> {
        let mut rest = text.trim_matches(is_space);
        while let Some(next) = rest.chars().next() {
            let word = rest.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
            if word > 0 {
                let (name, tail) = rest.split_at(word);
                rest = self.word(name, tail, after)?;
            } else {
                match next {
                    '-' | '−' | '–' if !self.minus => self.minus = true,
                    '+' if !after => {}
                    '(' if !after && !self.open => self.open = true,
                    ')' if after && !self.close => self.close = true,
                    '\'' | '`' if !after && text.len() == 1 => {}
                    sign => {
                        self.money(currency_of_sign(sign).ok_or(if "¥₩₽₺₪฿₫₱₦₴₸".contains(sign) {
                            Fault::OtherCurrency
                        } else {
                            Fault::NotAnAmount
                        })?)?
                    }
                }
                rest = &rest[next.len_utf8()..];
            }
            rest = rest.trim_start_matches(is_space);
        }
        Ok(())
    }

    fn word<'a>(&mut self, name: &str, tail: &'a str, after: bool) -> Result<&'a str, Fault> {
        let name = name.to_ascii_lowercase();
        if let Some(tail) = tail.strip_prefix('$') {
            // US$ is the dollar; A$, CA$, S$ are others
            self.money(if name == "us" {
                Currency::Usd
            } else {
                return Err(Fault::OtherCurrency);
            })?;
            return Ok(tail);
        }
        if let Some(currency) = currency_of_word(&name) {
            self.money(currency)?;
        } else if let Some((scale, indian)) = scale_of_word(&name).filter(|_| after && self.scale.is_none()) {
            self.scale = Some(scale);
            self.indian |= indian;
        } else if OTHER_CODES.contains(&name.as_str()) {
            return Err(Fault::OtherCurrency);
        } else {
            return Err(Fault::NotAnAmount);
        }
        Ok(tail.strip_prefix('.').unwrap_or(tail))
    }

    fn money(&mut self, currency: Currency) -> Result<(), Fault> {
        if self.currency.is_some_and(|have| have != currency) {
            return Err(Fault::NotAnAmount);
        }
        self.currency = Some(currency);
        Ok(())
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn currency_of_sign(sign: char) -> Option<Currency> {
    Currency::ALL
        .into_iter()
        .find(|currency| currency.symbol().chars().eq([sign]))
}

fn currency_of_word(word: &str) -> Option<Currency> {
    match word {
        "euro" | "euros" => Some(Currency::Eur),
        "dollar" | "dollars" => Some(Currency::Usd),
        "rs" | "rupee" | "rupees" => Some(Currency::Inr),
        _ => Currency::ALL
            .into_iter()
            .find(|currency| currency.code().eq_ignore_ascii_case(word)),
    }
}

/// Codes seen in exports that the product does not offer; any other word makes a cell no amount at all.
const OTHER_CODES: [&str; 22] = [
    "aud", "brl", "cad", "chf", "cny", "czk", "dkk", "hkd", "huf", "idr", "ils", "jpy", "krw", "mxn", "myr", "nok",
    "nzd", "pln", "sek", "sgd", "try", "zar",
];

/// The factor of a word after a number, and whether it is counted in India alone.
fn scale_of_word(word: &str) -> Option<(u64, bool)> {
    match word {
        "k" | "thousand" | "thousands" => Some((1_000, false)),
        "m" | "mn" | "mm" | "mio" | "mil" | "million" | "millions" => Some((1_000_000, false)),
        "b" | "bn" | "billion" | "billions" => Some((1_000_000_000, false)),
        "l" | "lac" | "lacs" | "lakh" | "lakhs" => Some((100_000, true)),
        "cr" | "crore" | "crores" => Some((10_000_000, true)),
        _ => None,
    }
}

/// The shape of the digits, and whether they are grouped the Indian way; `None` when they are no number.
fn shape(digits: &str) -> Option<(Shape, bool)> {
    let mut last = None;
    let (mut points, mut commas) = (0_u32, 0_u32);
    for c in digits.chars() {
        match c {
            '0'..='9' => {}
            '.' => (points, last) = (points + 1, Some(Mark::Point)),
            ',' => (commas, last) = (commas + 1, Some(Mark::Comma)),
            '\'' | '’' => {}
            space if is_space(space) => {}
            _ => return None,
        }
    }
    let Some(last) = last else {
        return grouped(digits).map(|indian| (Shape::Whole, indian));
    };
    let (count, others) = match last {
        Mark::Point => (points, commas),
        Mark::Comma => (commas, points),
    };
    if count > 1 {
        let indian = grouped(digits).filter(|_| others == 0)?;
        return Some((Shape::Certain(last.other()), indian));
    }
    let (whole, decimals) = digits.rsplit_once(last.char())?;
    if !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let indian = if whole.is_empty() { false } else { grouped(whole)? };
    let plain = whole.bytes().all(|b| b.is_ascii_digit());
    let shape = if others > 0 || !plain {
        Shape::Certain(last)
    } else if decimals.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') {
        Shape::Open(last)
    } else {
        Shape::Likely(last)
    };
    Some((shape, indian))
}

/// Whether digits are grouped the Indian way, 12,34,567; `None` when they are grouped in no known way.
fn grouped(whole: &str) -> Option<bool> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return Some(false);
    };
    let mut groups: Vec<&str> = whole.split(mark).collect();
    if !groups
        .iter()
        .all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let lengths = |of: &[&str], length: usize| of.iter().all(|group| group.len() == length);
    let first = groups.remove(0).len();
    let last = groups.pop()?.len();
    if last != 3 {
        None
    } else if first <= 3 && lengths(&groups, 3) {
        Some(false)
    } else if mark == ',' && first <= 2 && lengths(&groups, 2) {
        Some(true)
    } else {
        None
    }
}

/// How a column writes its amounts.
#[derive(Debug, Clone, Default)]
pub(super) struct Style {
    points: u32,
    commas: u32,
    /// Semicolons between fields: a spreadsheet writes them where the comma is the decimal mark, so that neither
    /// `1.234` nor `1,234` has three decimals.
    pub(super) semicolons: bool,
    /// The factor a header states, as in `ARR (k)`.
    pub(super) scale: Option<u64>,
    /// The currency a header states, as in `ARR (USD)`.
    pub(super) currency: Option<Currency>,
    /// Counted in lakh or crore, in the header or in a cell.
    pub(super) indian: bool,
    /// The first cell that could be read either way.
    pub(super) open: Option<String>,
}

impl Style {
    /// What the header says of the amounts below it.
    pub(super) fn of_header(header: &str) -> Style {
        let mut style = Style::default();
        let (mut inside, mut after_in) = (false, false);
        for part in header.split_inclusive(['(', '[', ' ', '_', '/', ',', ')', ']']) {
            let word: String = part
                .chars()
                .filter(|c| c.is_alphanumeric())
                .map(|c| c.to_ascii_lowercase())
                .collect();
            style.currency = style.currency.or(part.chars().find_map(currency_of_sign));
            style.currency = style.currency.or(currency_of_word(&word));
            if inside || after_in {
                let scale = match word.as_str() {
                    "000" | "000s" => Some((1_000, false)),
                    _ => scale_of_word(&word),
                };
                if let Some((scale, indian)) = scale.filter(|_| style.scale.is_none()) {
                    style.scale = Some(scale);
                    style.indian |= indian;
                }
            }
            after_in = word == "in" || after_in && word.is_empty();
            inside = part.ends_with(['(', '[']) || inside && !part.ends_with([')', ']']);
        }
        style
    }

    /// Takes a value of the column as evidence of its decimal mark.
    pub(super) fn count(&mut self, cell: &str, written: Written<'_>) {
        self.indian |= written.indian;
        match written.shape {
            Shape::Certain(Mark::Point) | Shape::Likely(Mark::Point) => self.points += 1,
            Shape::Certain(Mark::Comma) | Shape::Likely(Mark::Comma) => self.commas += 1,
            Shape::Open(_) if self.open.is_none() => self.open = Some(cell.to_string()),
            Shape::Open(_) | Shape::Whole => {}
        }
    }

    /// Whether cells such as `1.234` are read by rule, nothing in the column telling.
    pub(super) const fn guesses(&self) -> bool {
        self.open.is_some() && self.points == 0 && self.commas == 0
    }

    /// Whether other cells show the column's decimal mark.
    const fn tells(&self) -> bool {
        self.points > 0 || self.commas > 0
    }

    /// The decimal mark of a value in this column, if it has one.
    ///
    /// `1,234` and `1.234` follow the rest of the column. Where nothing tells, `1,234` is a thousand and more and
    /// `1.234` a little over one, except between semicolons, where both are thousands.
    fn mark(&self, shape: Shape) -> Result<Option<Mark>, Fault> {
        let usual = match self.points.cmp(&self.commas) {
            std::cmp::Ordering::Greater => Some(Mark::Point),
            std::cmp::Ordering::Less => Some(Mark::Comma),
            std::cmp::Ordering::Equal => None,
        };
        match (shape, usual) {
            (Shape::Whole, _) => Ok(None),
            (Shape::Certain(mark), _) => Ok(Some(mark)),
            // "12,50" between "1,250.00" and "8,400.00" is a slip of the hand
            (Shape::Likely(mark), Some(usual)) if mark != usual => Err(Fault::NotAnAmount),
            (Shape::Likely(mark), _) => Ok(Some(mark)),
            (Shape::Open(_), Some(usual)) => Ok(Some(usual)),
            (Shape::Open(_), None) if self.points > 0 => Err(Fault::EitherWay),
            (Shape::Open(_), None) if self.semicolons => Ok(None),
            (Shape::Open(_), None) => Ok(Some(Mark::Point)),
        }
    }
}

/// The currency a cell of a currency column names: `EUR`, `€`, `EUR - Euro`.
pub(super) fn currency_named(cell: &str) -> Option<Currency> {
    let word: String = cell
        .chars()
        .take_while(|c| c.is_alphabetic())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if word == "us" {
        return Some(Currency::Usd);
    }
    currency_of_word(&word).or_else(|| cell.chars().next().and_then(currency_of_sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(cell: &str) -> Result<i64, Fault> {
        Written::read(cell)?.money(&Style::default(), 1).map(Money::minor)
    }

    fn column(cells: &[&str], semicolons: bool) -> Vec<Result<i64, Fault>> {
        let mut style = Style {
            semicolons,
            ..Style::default()
        };
        for cell in cells {
            if let Ok(written) = Written::read(cell) {
                style.count(cell, written);
            }
        }
        cells
            .iter()
            .map(|cell| Written::read(cell)?.money(&style, 1).map(Money::minor))
            .collect()
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (cell, expected) in [
            ("0", 0),
            ("7", 700),
            ("1200.5", 120_050),
            ("$1,234.50", 123_450),
            ("€ 1.234,50", 123_450),
            ("1.234,50 €", 123_450),
            ("1 234,50", 123_450),
            ("1\u{202f}234\u{202f}567,8", 123_456_780),
            ("1'234.50", 123_450),
            ("180k", 18_000_000),
            ("180 K", 18_000_000),
            ("$1.2M", 120_000_000),
            ("1.2m USD", 120_000_000),
            ("₹1.2 cr", 1_200_000_000),
            ("12 lakh", 120_000_000),
            ("12L", 120_000_000),
            ("Rs. 500", 50_000),
            ("Rs.500", 50_000),
            ("1,23,456", 12_345_600),
            ("₹12,34,567.89", 123_456_789),
            ("(1,000)", -100_000),
            ("($1,000.00)", -100_000),
            ("-5", -500),
            ("−5", -500),
            ("$-5", -500),
            ("5-", -500),
            ("USD 1200", 120_000),
            ("US$1200", 120_000),
            ("1,234,567", 123_456_700),
            (".5", 50),
            ("0.125", 13),
            ("0.29", 29),
            ("1.15", 115),
            ("33333.333333333336", 3_333_333),
            ("1,234", 123_400),
            ("1.234", 123),
            ("1234.567", 123_457),
        ] {
            assert_eq!(minor(cell), Ok(expected), "{cell}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for cell in [
            "abc",
            "12,,0",
            "1,2,3",
            "12,34,56",
            "1.2.3",
            "1,234.5.6",
            "1e5",
            "12%",
            "12 apples",
            "k",
            "$",
            "5)",
            "(5",
            "$5€",
            "12kk",
            "1-2",
            "１２",
            "2024-12-31",
            "k5",
            "#REF!1",
            "1, 234",
            "5--",
        ] {
            assert_eq!(minor(cell), Err(Fault::NotAnAmount), "{cell}");
        }
        for cell in ["¥500", "CAD 5", "A$5", "5 CHF"] {
            assert_eq!(minor(cell), Err(Fault::OtherCurrency), "{cell}");
        }
    }

    #[test]
    fn the_largest_amount_is_taken_and_one_more_is_not() {
        assert_eq!(minor("11258999068426.24"), Ok(Money::MAX.minor()));
        assert_eq!(minor("11258999068426.25"), Err(Fault::TooLarge));
        assert_eq!(
            minor("99999999999999999999999999999999999999999999999999"),
            Err(Fault::TooLarge)
        );
        assert_eq!(minor("1000000000000000000b"), Err(Fault::TooLarge));
    }

    #[test]
    fn three_digits_after_a_mark_follow_the_column() {
        assert_eq!(column(&["1.234", "1.234,50"], false), [Ok(123_400), Ok(123_450)]);
        assert_eq!(column(&["1,234", "12,5"], false), [Err(Fault::EitherWay), Ok(1250)]);
        assert_eq!(column(&["1,234k", "12,5k"], false), [Ok(123_400), Ok(1_250_000)]);
        assert_eq!(
            column(&["$120,000", "9.500,00"], false),
            [Err(Fault::EitherWay), Ok(950_000)]
        );
        assert_eq!(column(&["1.234", "1,234"], false), [Ok(123), Ok(123_400)]);
        assert_eq!(column(&["1.234", "1,234"], true), [Ok(123_400), Ok(123_400)]);
        assert_eq!(
            column(&["1.234", "1.234,50", "1,234.50"], false),
            [Err(Fault::EitherWay), Ok(123_450), Ok(123_450)]
        );
    }

    #[test]
    fn a_slip_of_the_hand_does_not_turn_the_column() {
        assert_eq!(
            column(&["1,2345", "1,250.00", "8,400.00", "9,100"], false),
            [Err(Fault::NotAnAmount), Ok(125_000), Ok(840_000), Ok(910_000)]
        );
    }

    #[test]
    fn twelve_months_are_rounded_once() {
        let month = Written::read("833.3333").unwrap();
        assert_eq!(month.money(&Style::default(), 12), Ok(Money::from_minor(1_000_000)));
    }

    #[test]
    fn a_header_may_state_currency_and_thousands() {
        let style = |header| {
            let style = Style::of_header(header);
            (style.currency, style.scale)
        };
        assert_eq!(style("ARR"), (None, None));
        assert_eq!(style("ARR (USD)"), (Some(Currency::Usd), None));
        assert_eq!(style("arr_eur"), (Some(Currency::Eur), None));
        assert_eq!(style("ARR ($k)"), (Some(Currency::Usd), Some(1_000)));
        assert_eq!(style("ARR [₹ lakh]"), (Some(Currency::Inr), Some(100_000)));
        assert_eq!(style("ARR in thousands"), (None, Some(1_000)));
        assert_eq!(style("MRR (in 000s)"), (None, Some(1_000)));
        assert_eq!(style("K M ARR"), (None, None));
        let written = Written::read("180").unwrap();
        assert_eq!(
            written.money(&Style::of_header("ARR (k)"), 1),
            Ok(Money::from_minor(18_000_000))
        );
    }

    #[test]
    fn currencies_are_named_by_code_and_sign() {
        assert_eq!(currency_named("EUR - Euro"), Some(Currency::Eur));
        assert_eq!(currency_named("$"), Some(Currency::Usd));
        assert_eq!(currency_named("US Dollar"), Some(Currency::Usd));
        assert_eq!(currency_named("inr"), Some(Currency::Inr));
        assert_eq!(currency_named("CAD"), None);
    }

    #[test]
    fn lakh_and_crore_are_signs_of_rupees() {
        for (cell, indian) in [
            ("12 lakh", true),
            ("1,23,456", true),
            ("1,234,567", false),
            ("12k", false),
        ] {
            assert_eq!(Written::read(cell).map(|written| written.indian), Ok(indian), "{cell}");
        }
    }
}
