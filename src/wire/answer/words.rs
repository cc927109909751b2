use crate::wire::result::Chance;

/// Decimals at which the last digit is worth at least half a standard error, both in the unit shown.
pub fn decimals(se: f64, most: i32) -> usize {
    let wanted = if se > 0.0 {
        libm::log10(2.0 / se).floor() as i32
    } else {
        most
    };
    wanted.clamp(0, most) as usize
}

/// A share as a percentage, with the digits its error allows.
pub fn percent(x: f64, se: f64) -> String {
    let digits = decimals(100.0 * se, 1);
    let text = format!("{:.digits$}", 100.0 * x);
    format!("{}%", text.strip_suffix(".0").filter(|_| se == 0.0).unwrap_or(&text))
}

/// A share of futures in whole percent; never a bare 0% or 100%, which no number of trials can show.
pub fn share(chance: &Chance) -> String {
    if chance.p == 0.0 {
        format!("fewer than {}%", (100.0 * chance.high).ceil().max(1.0))
    } else if chance.p == 1.0 {
        format!("more than {}%", (100.0 * chance.low).floor().min(99.0))
    } else {
        format!("{}%", libm::round(100.0 * chance.p).clamp(1.0, 99.0))
    }
}

/// People of a kind, as one or many.
pub fn csms(n: f64) -> String {
    format!("{n} {}", if n == 1.0 { "CSM" } else { "CSMs" })
}

/// Parts as people list them: `a, b and c`.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_error() {
        assert_eq!(percent(0.8623, 0.0004), "86.2%");
        assert_eq!(percent(0.8623, 0.004), "86%");
        assert_eq!(percent(0.9, 0.0), "90%");
        assert_eq!(percent(0.905, 0.0), "90.5%");
        assert_eq!([decimals(0.05, 2), decimals(0.3, 2), decimals(30.0, 2)], [1, 0, 0]);
    }

    #[test]
    fn no_share_of_futures_is_said_to_be_none_or_all() {
        let chance = |p, low, high| share(&Chance { p, low, high });
        assert_eq!(chance(0.0, 0.0, 0.0038), "fewer than 1%");
        assert_eq!(chance(1.0, 0.981, 1.0), "more than 98%");
        assert_eq!(chance(0.999, 0.99, 0.9999), "99%");
        assert_eq!(chance(0.834, 0.82, 0.85), "83%");
    }
}
