//! Is the stored Job, or its pod, still the admitted one? Pure, on raw JSON, so that a field that this version has
//! never heard of is seen as well.
//!
//! Every field that we set has to be there and equal. Every field that we did not set has to be on the list of what
//! API server and controllers add by themselves ([`added`]). Nothing here may ever excuse a container, an image, an
//! account, a volume or a privilege.

mod added;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::outcome::Change;
use crate::plan::Quantity;
use added::{Scope, is_harmless, is_pulled_anew};

/// Lists whose elements are found by name.
const NAMED: [&str; 4] = ["containers", "initContainers", "ephemeralContainers", "volumes"];
/// Fields that may only have become smaller: we lower them ourselves when a Job is ended or released.
const LOWERED: [&str; 2] = ["spec.activeDeadlineSeconds", "spec.ttlSecondsAfterFinished"];

/// What differs between a stored Job and the admitted one; empty when it is the same.
#[must_use]
pub fn compare_job(stored: &Value, admitted: &Value) -> Vec<Change> {
    let mut walk = Walk::new(Scope::job(admitted));
    for field in ["name", "namespace", "labels", "annotations"] {
        walk.field(
            "metadata",
            field,
            admitted.pointer("/metadata"),
            stored.pointer("/metadata"),
        );
    }
    walk.field("", "spec", Some(admitted), Some(stored));
    walk.changes
}

/// What differs between a pod and the template of the admitted Job; empty when it is the same.
#[must_use]
pub fn compare_pod(pod: &Value, admitted_job: &Value) -> Vec<Change> {
    walk_pod(pod, admitted_job).changes
}

/// What the cluster changed in a pod by a rule of its own that changes nothing of what was admitted.
#[must_use]
pub fn remarks_on_pod(pod: &Value, admitted_job: &Value) -> Vec<Change> {
    walk_pod(pod, admitted_job).remarks
}

fn walk_pod(pod: &Value, admitted_job: &Value) -> Walk {
    let template = admitted_job.pointer("/spec/template").unwrap_or(&Value::Null);
    let mut walk = Walk::new(Scope::pod(admitted_job));
    for field in ["labels", "annotations"] {
        walk.field(
            "metadata",
            field,
            template.pointer("/metadata"),
            pod.pointer("/metadata"),
        );
    }
    walk.field("", "spec", Some(template), Some(pod));
    walk
}

/// One comparison. Two paths run along: the one shown, with names and indices, and the one that rules are found by.
struct Walk {
    scope: Scope,
    changes: Vec<Change>,
    remarks: Vec<Change>,
}

impl Walk {
    fn new(scope: Scope) -> Self {
        Self {
            scope,
            changes: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn say(&mut self, path: &str, what: impl Into<String>) {
        self.changes.push(Change {
            path: path.to_owned(),
            what: what.into(),
        });
    }

    /// Compares one field of two objects that may not be there.
    fn field(&mut self, parent: &str, key: &str, admitted: Option<&Value>, stored: Option<&Value>) {
        let path = join(parent, key);
        let admitted = admitted.and_then(|object| object.get(key)).unwrap_or(&Value::Null);
        let stored = stored.and_then(|object| object.get(key)).unwrap_or(&Value::Null);
        self.value(&path, &path, admitted, stored);
    }

    fn value(&mut self, path: &str, rule: &str, admitted: &Value, stored: &Value) {
        if admitted == stored || (is_empty(admitted) && is_empty(stored)) {
            return;
        }
        match (admitted, stored) {
            // What is absent on one side is an empty object on the other, so that each of its fields is asked for.
            (Value::Object(admitted), Value::Object(stored)) => self.objects(path, rule, admitted, stored),
            (Value::Null, Value::Object(stored)) => self.objects(path, rule, &Map::new(), stored),
            (Value::Array(admitted), Value::Array(stored)) => self.arrays(path, rule, admitted, stored),
            (Value::Null, Value::Array(stored)) => self.arrays(path, rule, &[], stored),
            (Value::Null, _) => {
                if !is_harmless(&self.scope, rule, stored) {
                    self.say(path, format!("added{}", shown(" as", rule, stored)));
                }
            }
            (_, Value::Null) => self.say(path, "removed"),
            (_, _) if same_amount(rule, admitted, stored) || lowered(rule, admitted, stored) => {}
            (_, _) if is_pulled_anew(&self.scope, rule, stored) => self.remarks.push(Change {
                path: path.to_owned(),
                what: format!("changed{}", shown(" to", rule, stored)),
            }),
            (_, _) => self.say(path, format!("changed{}", shown(" to", rule, stored))),
        }
    }

    fn objects(&mut self, path: &str, rule: &str, admitted: &Map<String, Value>, stored: &Map<String, Value>) {
        for (key, value) in admitted {
            self.value(
                &join(path, key),
                &join(rule, key),
                value,
                stored.get(key).unwrap_or(&Value::Null),
            );
        }
        for (key, value) in stored.iter().filter(|(key, _)| !admitted.contains_key(*key)) {
            let (path, rule) = (join(path, key), join(rule, key));
            if !is_harmless(&self.scope, &rule, value) {
                self.value(&path, &rule, &Value::Null, value);
            }
        }
    }

    fn arrays(&mut self, path: &str, rule: &str, admitted: &[Value], stored: &[Value]) {
        let element = format!("{rule}[]");
        if NAMED.iter().any(|list| rule.ends_with(list)) {
            return self.named(path, &element, admitted, stored);
        }
        let stored: Vec<&Value> = stored
            .iter()
            .filter(|value| admitted.contains(value) || !is_harmless(&self.scope, &element, value))
            .collect();
        for index in 0..admitted.len().max(stored.len()) {
            let here = format!("{path}[{index}]");
            match (admitted.get(index), stored.get(index)) {
                (Some(admitted), Some(stored)) => self.value(&here, &element, admitted, stored),
                (Some(_), None) => self.say(&here, "removed"),
                (None, Some(stored)) => self.say(&here, format!("added{}", shown(" as", &element, stored))),
                (None, None) => {}
            }
        }
    }

    fn named(&mut self, path: &str, element: &str, admitted: &[Value], stored: &[Value]) {
        for value in admitted {
            let name = name_of(value);
            match stored.iter().find(|other| name_of(other) == name) {
                Some(other) => self.value(&format!("{path}[{name}]"), element, value, other),
                None => self.say(&format!("{path}[{name}]"), "removed"),
            }
        }
        let known = |value: &&Value| admitted.iter().any(|other| name_of(other) == name_of(value));
        for value in stored.iter().filter(|value| !known(value)) {
            if !is_harmless(&self.scope, element, value) {
                self.say(&format!("{path}[{}]", name_of(value)), "added");
            }
        }
        let order: Vec<&str> = stored.iter().filter(known).map(name_of).collect();
        let wanted: Vec<&str> = admitted.iter().map(name_of).collect();
        if order.len() == wanted.len() && order != wanted {
            self.say(path, "in another order");
        }
    }
}

fn name_of(value: &Value) -> &str {
    value.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// What an API server drops when it stores an object.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `1000m` is stored as `1`.
fn same_amount(rule: &str, admitted: &Value, stored: &Value) -> bool {
    let is_amount = rule.contains(".resources.limits.")
        || rule.contains(".resources.requests.")
        || rule.ends_with(".emptyDir.sizeLimit");
    let amount = |value: &Value| value.as_str().and_then(|text| Quantity::parse(text).ok());
    is_amount && amount(admitted).is_some_and(|admitted| amount(stored) == Some(admitted))
}

fn lowered(rule: &str, admitted: &Value, stored: &Value) -> bool {
    LOWERED.contains(&rule)
        && admitted
            .as_u64()
            .zip(stored.as_u64())
            .is_some_and(|(admitted, stored)| stored <= admitted)
}

/// A short value in quotes; nothing for what could be a secret or is no single value.
fn shown(word: &str, rule: &str, value: &Value) -> String {
    if rule.contains(".env[]") || rule.contains("annotations") {
        return String::new();
    }
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        Value::String(text) => format!("{word} `{}`", text.chars().take(120).collect::<String>()),
        Value::Bool(_) | Value::Number(_) => format!("{word} `{value}`"),
    }
}
