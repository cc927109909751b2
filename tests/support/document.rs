//! Edits of the demo document, at the paths that faults name.

use retaincast::wire::examples::DEMO;
use serde_json::Value;

/// The demo document.
pub fn demo() -> Value {
    serde_json::from_str(DEMO).expect("the demo is JSON")
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|step| !step.is_empty())
}

/// What stands at a path such as `segments[2].churn`; a field that is missing is made.
pub fn at<'a>(document: &'a mut Value, path: &str) -> &'a mut Value {
    steps(path).fold(document, |value, step| match step.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[step],
    })
}

/// Writes a value at a path, or removes the field there when there is no value.
pub fn edit(document: &mut Value, path: &str, value: Option<Value>) {
    match (value, path.rsplit_once('.')) {
        (Some(value), _) => *at(document, path) = value,
        (None, Some((parent, field))) => {
            let fields = at(document, parent)
                .as_object_mut()
                .expect("a field has an object around it");
            fields.remove(field).expect("there is a field to remove");
        }
        (None, None) => {
            let fields = document.as_object_mut().expect("a scenario is an object");
            fields.remove(path).expect("there is a field to remove");
        }
    }
}
