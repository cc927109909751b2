//! Starting points people can open, the demo book first.

use serde::{Deserialize, Serialize};

/// The demo book: four segments, four touch models.
pub const DEMO: &str = include_str!("examples/demo.json");

const ALL: [(&str, &str, &str); 6] = [
    ("demo", "Demo book: four segments, four touch models", DEMO),
    (
        "enterprise",
        "Enterprise: 15 accounts, one CSM",
        include_str!("examples/enterprise.json"),
    ),
    (
        "mid-market",
        "Mid-market: 65 accounts on one CSM",
        include_str!("examples/mid-market.json"),
    ),
    (
        "tech-touch",
        "Tech-touch: 8,000 accounts, four CSMs",
        include_str!("examples/tech-touch.json"),
    ),
    (
        "first-csm",
        "First CSM hire: 30 accounts, no CSM yet",
        include_str!("examples/first-csm.json"),
    ),
    (
        "india-saas",
        "India SaaS: a rupee book",
        include_str!("examples/india-saas.json"),
    ),
];

/// A starting point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Example {
    /// Name to ask for it by.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// The scenario document.
    pub text: String,
}

/// Every starting point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Examples(pub Vec<Example>);

/// Every starting point, the demo book first.
pub fn list() -> Examples {
    let example = |(name, title, text): (&str, &str, &str)| Example {
        name: name.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
    };
    Examples(ALL.into_iter().map(example).collect())
}

/// The document of the starting point of this name.
pub fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(other, ..)| *other == name).map(|(.., text)| *text)
}
