//! The environment of a task: what the author lists, then `KEPTN_*`, then one `LABELS_*` for each label of the event.

use std::collections::BTreeMap;

use super::{EnvVar, SecretEnv, Values};
use crate::admission::Raw;
use crate::config::{EnvEntry, EnvFormat, EnvSource, Task};
use crate::event::{Common, jsonpath::JsonPath, render};

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
    reasons: &mut Vec<Raw>,
) -> Environment {
    let mut vars = Vec::new();
    let mut secrets = Vec::new();
    for (index, entry) in task.env.iter().enumerate() {
        let text = entry
            .value
            .as_ref()
            .map(|value| value.value.as_str())
            .unwrap_or_default();
        match &entry.value_from.value {
            EnvSource::Event => match from_event(entry, text, mapped, values) {
                Ok(value) => vars.push(EnvVar {
                    name: entry.name.value.clone(),
                    value: escape(&value),
                }),
                Err(why) => reasons.push(Raw::denied(
                    format!("env[{index}].value"),
                    format!("variable `{}`: `{text}` of the event: {why}", entry.name.value),
                )),
            },
            EnvSource::Secret => secrets.push(SecretEnv {
                name: entry.name.value.clone(),
                index,
            }),
            EnvSource::Literal => vars.push(EnvVar {
                name: entry.name.value.clone(),
                value: text.to_owned(),
            }),
            EnvSource::Unknown(other) => reasons.push(Raw::denied(
                format!("env[{index}].valueFrom"),
                format!(
                    "variable `{}` has valueFrom `{other}`; use `event`, `secret` or `string`",
                    entry.name.value
                ),
            )),
        }
    }
    vars.extend(keptn(common));
    Environment { vars, secrets }
}

fn from_event(entry: &EnvEntry, text: &str, mapped: &serde_json::Value, values: Values) -> Result<String, String> {
    let path = JsonPath::parse(text).map_err(|error| error.to_string())?;
    if values == Values::Placeholders {
        return Ok(format!("<{text}>"));
    }
    let value = path.evaluate(mapped).map_err(|error| error.to_string())?;
    Ok(render::render(&value, format(entry)))
}

fn format(entry: &EnvEntry) -> render::Format {
    match entry.as_format.as_ref().map(|format| &format.value) {
        Some(EnvFormat::Json) => render::Format::Json,
        Some(EnvFormat::Yaml) => render::Format::Yaml,
        Some(EnvFormat::Other(_)) | None => render::Format::Plain,
    }
}

/// The variables that every task gets. Kubernetes lets the last of equal names win, so authors cannot override them.
fn keptn(common: &Common) -> Vec<EnvVar> {
    let mut vars: Vec<EnvVar> = [
        ("KEPTN_PROJECT", &common.project),
        ("KEPTN_STAGE", &common.stage),
        ("KEPTN_SERVICE", &common.service),
    ]
    .into_iter()
    .map(|(name, value)| EnvVar {
        name: name.to_owned(),
        value: escape(value),
    })
    .collect();
    // Two labels may become one name; the map makes the order, and so the winner, the same every time.
    let labels: BTreeMap<String, &String> = common
        .labels
        .iter()
        .map(|(key, value)| (render::label_variable(key), value))
        .collect();
    vars.extend(labels.into_iter().map(|(name, value)| EnvVar {
        name,
        value: escape(value),
    }));
    vars
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
