use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount in minor units (cents, pence, paise) of the scenario's currency.
///
/// An integer from end to end, so that the ARR bridge balances exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);
    /// The largest amount the product takes: it stays exact as an f64 and leaves room for sums.
    pub const MAX: Money = Money(1 << 50);

    /// An amount of so many minor units.
    pub const fn from_minor(minor: i64) -> Money {
        Money(minor)
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The amount times a factor, rounded half away from zero to a whole minor unit.
    pub fn scaled(self, factor: f64) -> Money {
        Money(rounded(self.0 as f64 * factor))
    }
}

/// Nearest whole number to one from -½ to 2³², halves to the even one.
///
/// From 2⁵² to 2⁵³ all numbers are whole: a sum there is rounded, and ends in the digits of what was added. It takes fewer
/// steps than a conversion that minds what fits.
#[inline(always)]
pub(crate) fn whole(x: f64) -> u32 {
    const ALL_WHOLE: f64 = 6_755_399_441_055_744.0;
    (x + ALL_WHOLE).to_bits() as u32
}

/// Nearest whole number, halves away from zero: `f64::round` without the call that costs more than the rest of an event.
#[inline]
pub fn rounded(x: f64) -> i64 {
    let whole = x as i64;
    let rest = x - whole as f64;
    whole + i64::from(rest >= 0.5) - i64::from(rest <= -0.5)
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

/// The currency of a scenario; every one offered has a hundred minor units to the major one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Currency {
    /// United States dollar.
    #[default]
    Usd,
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
    /// Indian rupee, written in lakh and crore.
    Inr,
}

impl Currency {
    /// Minor units in one major unit.
    pub const MINOR: i64 = 100;

    /// Every currency offered.
    pub const ALL: [Currency; 4] = [Currency::Usd, Currency::Eur, Currency::Gbp, Currency::Inr];

    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Currency::Usd => "USD",
            Currency::Eur => "EUR",
            Currency::Gbp => "GBP",
            Currency::Inr => "INR",
        }
    }

    /// The sign written before an amount.
    pub const fn symbol(self) -> &'static str {
        match self {
            Currency::Usd => "$",
            Currency::Eur => "€",
            Currency::Gbp => "£",
            Currency::Inr => "₹",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_rounded_half_away_from_zero() {
        assert_eq!(Money::from_minor(25).scaled(0.5), Money::from_minor(13));
        assert_eq!(Money::from_minor(-25).scaled(0.5), Money::from_minor(-13));
        assert_eq!(Money::from_minor(24).scaled(0.5), Money::from_minor(12));
        for x in [
            0.499_999_999_999_999_94,
            -0.5,
            2.5,
            1e15 + 0.5,
            -1e15 - 0.375,
            4e15 + 1.0,
        ] {
            assert_eq!(rounded(x), x.round() as i64, "{x}");
        }
    }
}
