use std::collections::BTreeMap;

use super::columns::squash;
use crate::units::{Currency, Money};

/// Where accounts without a segment go: the one with the largest `from` that is no more than their ARR.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Name of the segment.
    pub segment: String,
    /// The touch model usual for a segment of this name, where none has been decided.
    pub touch_model: Option<String>,
    /// The least ARR of the band, in minor units.
    pub from: Money,
}

/// The four segments of the demo book: from 100k, 20k, 5k and 0, eighty times that in rupees.
pub fn default_bands(currency: Currency) -> Vec<Band> {
    let unit = match currency {
        Currency::Usd | Currency::Eur | Currency::Gbp => 1,
        Currency::Inr => 80,
    };
    [
        ("Enterprise", "high", 100_000),
        ("Mid-market", "mid", 20_000),
        ("SMB", "low", 5_000),
        ("Long tail", "tech", 0),
    ]
    .into_iter()
    .map(|(segment, touch_model, from)| Band {
        segment: segment.to_string(),
        touch_model: Some(touch_model.to_string()),
        from: Money::from_minor(from * unit * Currency::MINOR),
    })
    .collect()
}

/// The segments of an import: one spelling each, in the order of the bands, then of the rows.
pub(super) struct Segments {
    bands: Vec<Band>,
    others: Vec<String>,
    /// Squashed name to position, bands first.
    known: BTreeMap<String, usize>,
}

impl Segments {
    pub(super) fn new(bands: Vec<Band>) -> Segments {
        let mut known = BTreeMap::new();
        for (position, band) in (0..).zip(&bands) {
            known.entry(squash(&band.segment)).or_insert(position);
        }
        Segments {
            bands,
            others: Vec::new(),
            known,
        }
    }

    /// The position of the segment an account is in: the one it names, else its band.
    pub(super) fn place(&mut self, named: Option<&str>, arr: Money) -> usize {
        let word = named.map(squash).filter(|word| !word.is_empty());
        if let (Some(word), Some(name)) = (word, named) {
            let next = self.bands.len() + self.others.len();
            let position = *self.known.entry(word).or_insert(next);
            if position == next {
                self.others.push(name.to_string());
            }
            return position;
        }
        let positions = || (0..).zip(&self.bands);
        let below = positions()
            .filter(|(_, band)| band.from <= arr)
            .max_by_key(|(_, band)| band.from);
        // no band reaches down to it: the lowest one is nearest
        let found = below.or_else(|| positions().min_by_key(|(_, band)| band.from));
        found.map_or(0, |(position, _)| position)
    }

    /// The name of the segment at a position.
    pub(super) fn name(&self, position: usize) -> &str {
        match position.checked_sub(self.bands.len()) {
            None => &self.bands[position].segment,
            Some(other) => self.others.get(other).map_or("", String::as_str),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn major(amount: i64) -> Money {
        Money::from_minor(amount * Currency::MINOR)
    }

    fn placed(segments: &mut Segments, named: Option<&str>, arr: Money) -> String {
        let position = segments.place(named, arr);
        segments.name(position).to_string()
    }

    #[test]
    fn accounts_without_a_segment_fall_into_bands() {
        let mut segments = Segments::new(default_bands(Currency::Usd));
        for (arr, segment) in [
            (major(100_000), "Enterprise"),
            (Money::from_minor(9_999_999), "Mid-market"),
            (major(20_000), "Mid-market"),
            (major(5_000), "SMB"),
            (major(4_999), "Long tail"),
            (Money::ZERO, "Long tail"),
        ] {
            assert_eq!(placed(&mut segments, None, arr), segment);
            assert_eq!(placed(&mut segments, Some(" - "), arr), segment);
        }
        let mut rupees = Segments::new(default_bands(Currency::Inr));
        assert_eq!(placed(&mut rupees, None, major(8_000_000)), "Enterprise");
        assert_eq!(placed(&mut rupees, None, major(7_999_999)), "Mid-market");
    }

    #[test]
    fn a_segment_has_one_spelling() {
        let mut segments = Segments::new(default_bands(Currency::Usd));
        assert_eq!(placed(&mut segments, Some("MID MARKET"), Money::ZERO), "Mid-market");
        assert_eq!(placed(&mut segments, Some("Strategic"), Money::ZERO), "Strategic");
        assert_eq!(placed(&mut segments, Some("strategic "), Money::ZERO), "Strategic");
        assert_eq!(segments.place(Some("Public"), Money::ZERO), 5);
    }

    #[test]
    fn an_account_below_every_band_goes_to_the_lowest() {
        let bands = vec![
            Band {
                segment: "Low".into(),
                touch_model: None,
                from: major(10),
            },
            Band {
                segment: "High".into(),
                touch_model: None,
                from: major(100),
            },
        ];
        assert_eq!(placed(&mut Segments::new(bands), None, major(9)), "Low");
    }
}
