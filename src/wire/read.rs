use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire::Fault;
use crate::wire::place::{self, Step};
use crate::wire::scenario::{HireInput, ScenarioInput, VERSION};

/// After so many faults of shape a document is not a scenario with mistakes but something else.
const MOST_FAULTS: usize = 50;

/// Reads a scenario document and reports every fault of shape at once: missing, unknown and mistyped fields.
///
/// # Errors
/// All faults, in the order of the document.
pub fn read(text: &str) -> Result<ScenarioInput, Vec<Fault>> {
    match read_on(text) {
        Reading {
            faults,
            input: Some(input),
            ..
        } if faults.is_empty() => Ok(input),
        reading => Err(reading.faults),
    }
}

/// What could be read of a document.
pub(super) struct Reading {
    /// Every fault of shape.
    pub(super) faults: Vec<Fault>,
    /// The document with its faults patched; none when nothing more could be read.
    pub(super) input: Option<ScenarioInput>,
    /// Whether only plain values were patched, so that the rest still means what was typed.
    pub(super) plain: bool,
}

impl Reading {
    fn stopped(fault: Fault) -> Reading {
        Reading {
            faults: vec![fault],
            input: None,
            plain: false,
        }
    }
}

/// Reads a document past its faults: the reader stops at the first, so each one found is patched from the demo scenario
/// and the document is read again, until nothing is left.
pub(super) fn read_on(text: &str) -> Reading {
    let mut document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(e) => return Reading::stopped(Fault::new("", format!("not JSON: {e}"))),
    };
    if !document.is_object() {
        return Reading::stopped(Fault::new("", "a scenario is a JSON object"));
    }
    if let Some(version) = document.get("version").and_then(Value::as_u64)
        && version > u64::from(VERSION)
    {
        let rule =
            format!("is {version}, newer than the {VERSION} this program reads; open it with a newer Retaincast");
        return Reading::stopped(Fault::new("version", rule));
    }
    let (mut faults, mut plain) = (Vec::new(), true);
    loop {
        match place::read::<ScenarioInput>(&document) {
            Ok(input) => {
                return Reading {
                    faults,
                    input: Some(input),
                    plain,
                };
            }
            Err(stopped) => {
                let (mut path, mut message) = stopped.into_parts();
                if let Some((tail, inner)) = inside_hiring(&document, &path) {
                    path.extend(tail);
                    message = inner;
                }
                let fault = describe(&document, &path, &message);
                plain &= matches!(fault.mend, Mend::Remove) || is_plain(&fault.at);
                let patched = faults.len() < MOST_FAULTS && patch(&mut document, &fault);
                faults.push(fault.report);
                if !patched {
                    return Reading {
                        faults,
                        input: None,
                        plain: false,
                    };
                }
            }
        }
    }
}

/// Whether a number, a choice or a truth belongs there: nothing else in a document refers to it.
fn is_plain(at: &[Step]) -> bool {
    let names = ["name", "touch_model", "segment"];
    let name = matches!(at.last(), Some(Step::Key(key)) if names.contains(&key.as_str()));
    let value = sound_value(at);
    !name && value.is_some_and(|value| !value.is_object() && !value.is_array())
}

struct Found {
    report: Fault,
    at: Vec<Step>,
    mend: Mend,
}

enum Mend {
    Remove,
    Replace,
}

/// Where the fault in a hiring policy lies: the reader buffers tagged objects and forgets the way into them.
fn inside_hiring(document: &Value, path: &[Step]) -> Option<(Vec<Step>, String)> {
    #[derive(Deserialize)]
    struct Fields {
        #[serde(rename = "hires")]
        _hires: Option<Vec<HireInput>>,
        #[serde(rename = "most")]
        _most: Option<f64>,
    }
    if path.last() != Some(&Step::Key("hiring".to_owned())) {
        return None;
    }
    let (tail, message) = place::read::<Fields>(find(document, path)?).err()?.into_parts();
    (!tail.is_empty()).then_some((tail, message))
}

/// Turns the reader's message into place, rule and mend.
fn describe(document: &Value, path: &[Step], message: &str) -> Found {
    let field = |prefix: &str| {
        message
            .strip_prefix(prefix)
            .and_then(|rest| rest.split('`').next())
            .map(str::to_owned)
    };
    let mut at = path.to_vec();
    if let Some(name) = field("missing field `") {
        at.push(Step::Key(name));
        let report = Fault::new(show(&at), "is missing");
        let mend = Mend::Replace;
        return Found { report, at, mend };
    }
    if let Some(name) = field("unknown field `") {
        if at.last() != Some(&Step::Key(name.clone())) {
            at.push(Step::Key(name));
        }
        let report = Fault::new(show(&at), "is not a field of a scenario");
        let mend = Mend::Remove;
        return Found { report, at, mend };
    }
    // A tag inside an enum is part of the message, not of the document: step back to what is there.
    while find(document, &at).is_none() && at.pop().is_some() {}
    let value = find(document, &at).map_or_else(String::new, brief);
    let rule = message
        .rsplit_once("expected ")
        .map_or_else(|| message.to_owned(), |(_, wanted)| format!("not {}", in_words(wanted)));
    let report = Fault::new(show(&at), format!("is {value}, {rule}"));
    let mend = Mend::Replace;
    Found { report, at, mend }
}

/// The reader's name of a type, as people say it.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "u32" | "u64" => "a whole number, 0 or more",
        "i64" => "a whole number",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a string" | "variant identifier" => "a text",
        "fewer elements in array" => "a shorter list",
        "string or map" | "map with a single key" => "an object with one field",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 {
        text
    } else {
        text.chars().take(39).chain(['…']).collect()
    }
}

fn show(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

fn find<'a>(document: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Mends a fault so that reading can go on; false when nothing more can be read.
fn patch(document: &mut Value, fault: &Found) -> bool {
    if let Mend::Remove = fault.mend {
        return mend(document, &fault.at, &fault.mend);
    }
    // What the demo scenario lacks goes as a whole: half of it would be a fault that nobody typed.
    let book = matches!(&fault.at[..], [Step::Key(first), _, ..] if first == "book");
    let lacking = (1 + usize::from(book)..=fault.at.len()).find(|&n| sound_value(&fault.at[..n]).is_none());
    let mut at = &fault.at[..lacking.unwrap_or(fault.at.len())];
    // The fields beside a tag belong to it.
    if at.last() == Some(&Step::Key("policy".to_owned())) {
        at = &at[..at.len() - 1];
    }
    while !at.is_empty() {
        if mend(document, at, &fault.mend) {
            return true;
        }
        at = &at[..at.len() - 1];
    }
    false
}

fn mend(document: &mut Value, at: &[Step], mend: &Mend) -> bool {
    let Some((last, parents)) = at.split_last() else {
        return false;
    };
    let sound = sound_value(at);
    let parent = parents.iter().try_fold(&mut *document, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    });
    match (parent, last, mend) {
        (Some(Value::Object(fields)), Step::Key(key), Mend::Remove) => fields.remove(key).is_some(),
        (Some(Value::Object(fields)), Step::Key(key), Mend::Replace) => put(fields, key, sound),
        (Some(Value::Array(items)), Step::Index(index), _) => match sound {
            Some(sound) if *index < items.len() => {
                let changed = items[*index] != sound;
                items[*index] = sound;
                changed
            }
            _ => false,
        },
        _ => false,
    }
}

fn put(fields: &mut Map<String, Value>, key: &str, sound: Option<Value>) -> bool {
    match sound {
        Some(sound) => {
            let changed = fields.get(key) != Some(&sound);
            fields.insert(key.to_owned(), sound);
            changed
        }
        // Optional fields are not in the demo scenario: without them the document reads on.
        None => fields.remove(key).is_some(),
    }
}

/// What stands at this path in a scenario without faults: lists are as good as their first entry.
fn sound_value(path: &[Step]) -> Option<Value> {
    let demo: Value = serde_json::from_str(super::examples::DEMO).ok()?;
    let first: Vec<Step> = path
        .iter()
        .enumerate()
        .map(|(i, step)| match step {
            Step::Index(index) if i > 0 => {
                let same = find(&demo, &path[..=i]).is_some();
                Step::Index(if same { *index } else { 0 })
            }
            step => step.clone(),
        })
        .collect();
    if let [Step::Key(book), Step::Key(accounts), Step::Index(_), rest @ ..] = path
        && book == "book"
        && accounts == "accounts"
    {
        let account = serde_json::json!({ "name": "", "segment": "", "arr": 0 });
        return find(&account, rest).cloned();
    }
    if let [Step::Key(book), Step::Key(field)] = path
        && book == "book"
    {
        return Some(if field == "accounts" {
            Value::Array(Vec::new())
        } else {
            "".into()
        });
    }
    find(&demo, &first).cloned()
}
