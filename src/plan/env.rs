//! The environment of a task: what the author lists, then `KEPTN_*`, then one `LABELS_*` for each label of the event.

use std::collections::BTreeMap;

use super::{EnvVar, SecretEnv, Values};
use crate::admission::Raw;
use crate::config::{EnvEntry, EnvFormat, EnvSource, Task};
use crate::event::jsonpath::{JsonPath, MAX_STEPS};
use crate::event::{Common, render};
use crate::yaml::quoted;

/// Most bytes of a variable with its name, `=` and the zero at its end: Linux starts no process with a longer one.
const LONGEST_VARIABLE: usize = 128 * 1024;
/// What a variable costs beside its name and value, roughly.
const AROUND: usize = 64;

/// What the variables of all tasks of an event may cost together. Without it a short event and a short config could
/// fill the memory: each task may ask for the whole event.
#[derive(Debug)]
pub(super) struct Room {
    bytes: usize,
    steps: u64,
}

impl Room {
    /// 4 MiB, and a few evaluations of the dearest kind.
    pub(super) const OF_AN_EVENT: Self = Self {
        bytes: 4 * 1024 * 1024,
        steps: 4 * MAX_STEPS,
    };

    /// Takes the place of a variable; nothing is left when it does not fit.
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let length = name.len().saturating_add(value.len()).saturating_add(2);
        if length > LONGEST_VARIABLE {
            return Err(format!("it has {length} bytes; accepted: up to {LONGEST_VARIABLE}"));
        }
        let cost = length.saturating_add(AROUND);
        match self.bytes.checked_sub(cost) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => {
                self.bytes = 0;
                let most = Self::OF_AN_EVENT.bytes;
                Err(format!(
                    "the variables of all tasks of this event have more than {most} bytes"
                ))
            }
        }
    }
}

/// The variables of a task and the Secrets that become variables.
pub(super) struct Environment {
    pub(super) vars: Vec<EnvVar>,
    pub(super) secrets: Vec<SecretEnv>,
}

/// Resolves the `env` entries of a task. `mapped` is the event as jsonpath sees it.
pub(super) fn environment(
    task: &Task,
    mapped: &serde_json::Value,
    common: &Common,
    values: Values,
    room: &mut Room,
    reasons: &mut Vec<Raw>,
) -> Environment {
    let mut vars = Vec::new();
    let mut put =
        |field: &str, name: &str, value: &str, room: &mut Room, reasons: &mut Vec<Raw>| match room.take(name, value) {
            Ok(()) => vars.push(EnvVar {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            Err(why) => reasons.push(Raw::denied(field, format!("variable {}: {why}", quoted(name)))),
        };
    let mut secrets = Vec::new();
    for (index, entry) in task.env.iter().enumerate() {
        let text = entry
            .value
            .as_ref()
            .map(|value| value.value.as_str())
            .unwrap_or_default();
        let field = format!("env[{index}].value");
        match &entry.value_from.value {
            EnvSource::Event => match from_event(entry, text, mapped, values, room) {
                Ok(value) => put(&field, &entry.name.value, &escape(&value), room, reasons),
                Err(why) => reasons.push(Raw::denied(
                    field,
                    format!("variable `{}`: `{text}` of the event: {why}", entry.name.value),
                )),
            },
            EnvSource::Secret => secrets.push(SecretEnv {
                name: entry.name.value.clone(),
                index,
            }),
            EnvSource::Literal => put(&field, &entry.name.value, text, room, reasons),
            EnvSource::Unknown(other) => reasons.push(Raw::denied(
                format!("env[{index}].valueFrom"),
                format!(
                    "variable `{}` has valueFrom `{other}`; use `event`, `secret` or `string`",
                    entry.name.value
                ),
            )),
        }
    }
    for (name, value) in keptn(common) {
        put("env", &name, &escape(value), room, reasons);
        if room.bytes == 0 {
            // One reason for all that follow.
            break;
        }
    }
    Environment { vars, secrets }
}

fn from_event(
    entry: &EnvEntry,
    text: &str,
    mapped: &serde_json::Value,
    values: Values,
    room: &mut Room,
) -> Result<String, String> {
    let path = JsonPath::parse(text).map_err(|error| error.to_string())?;
    if values == Values::Placeholders {
        return Ok(format!("<{text}>"));
    }
    let value = path
        .evaluate_within(mapped, &mut room.steps)
        .map_err(|error| error.to_string())?;
    // Every value takes two characters or more: what has too many is not even written out.
    let values = count(&value);
    if values > LONGEST_VARIABLE / 2 {
        return Err(format!("it has {values} values, which fit no variable"));
    }
    Ok(render::render(&value, format(entry)))
}

fn format(entry: &EnvEntry) -> render::Format {
    match entry.as_format.as_ref().map(|format| &format.value) {
        Some(EnvFormat::Json) => render::Format::Json,
        Some(EnvFormat::Yaml) => render::Format::Yaml,
        Some(EnvFormat::Other(_)) | None => render::Format::Plain,
    }
}

/// Values of a document, itself included. As deep as the event, which parsing has bounded.
fn count(value: &serde_json::Value) -> usize {
    let parts: usize = match value {
        serde_json::Value::Array(list) => list.iter().map(count).sum(),
        serde_json::Value::Object(object) => object.values().map(count).sum(),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => 0,
    };
    parts.saturating_add(1)
}

/// The variables that every task gets. Kubernetes lets the last of equal names win, so authors cannot override them.
fn keptn(common: &Common) -> impl Iterator<Item = (String, &String)> {
    // Two labels may become one name; the map makes the order, and so the winner, the same every time.
    let labels: BTreeMap<String, &String> = common
        .labels
        .iter()
        .map(|(key, value)| (render::label_variable(key), value))
        .collect();
    [
        ("KEPTN_PROJECT", &common.project),
        ("KEPTN_STAGE", &common.stage),
        ("KEPTN_SERVICE", &common.service),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .chain(labels)
}

/// The kubelet expands `$(NAME)` in values: text from an event must not copy a secret variable into another.
fn escape(value: &str) -> String {
    if value.contains("$(") || value.contains("$$") {
        value.replace('$', "$$")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_from_events_is_never_expanded_by_the_kubelet() {
        for (value, escaped) in [
            ("plain", "plain"),
            ("a$b", "a$b"),
            ("$(TOKEN)", "$$(TOKEN)"),
            ("$$(TOKEN)", "$$$$(TOKEN)"),
            ("", ""),
            ("$$", "$$$$"),
        ] {
            assert_eq!(escape(value), escaped);
        }
    }
}
