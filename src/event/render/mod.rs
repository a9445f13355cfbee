//! How a value of an event becomes the text of an environment variable.
//!
//! Exactly as the original rendered it, because scripts in the field parse these texts: Go's JSON,
//! yaml.v2's YAML, Go's default text. One thing is different on purpose: whole numbers are written
//! in full (`1000000`, not `1e+06`). Must never fail: every value has a text.

mod go;
mod natural;
mod number;
mod plain;
mod scalar;
#[cfg(test)]
mod tests;
mod yaml;

use serde_json::Value;

pub(crate) use go::display;

/// What `as` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// Texts as they are, objects as JSON, everything else as Go prints it.
    #[default]
    Plain,
    /// Compact JSON.
    Json,
    /// Block YAML with a final newline.
    Yaml,
}

impl Format {
    /// Reads the value of `as`: `json` and `yaml` in any case; everything else is [`Format::Plain`],
    /// as in the original. [`Format::is_known`] tells whether a lint should speak up.
    pub fn parse(text: &str) -> Format {
        match text.to_ascii_lowercase().as_str() {
            "json" => Format::Json,
            "yaml" => Format::Yaml,
            _ => Format::Plain,
        }
    }

    /// Whether `as` holds a word that means something: `json`, `yaml`, `string` or nothing.
    pub fn is_known(text: &str) -> bool {
        matches!(text.to_ascii_lowercase().as_str(), "" | "json" | "yaml" | "string")
    }
}

/// The text of a value.
pub fn render(value: &Value, format: Format) -> String {
    match (format, value) {
        (Format::Yaml, _) => yaml::document(value),
        (Format::Json, _) | (Format::Plain, Value::Object(_)) => go::json(value),
        (Format::Plain, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            display(value)
        }
    }
}

/// The name of the environment variable for a label: `LABELS_` and the key in upper case, `-` and
/// space as `_`. Other characters stay, whether or not Kubernetes likes them.
pub fn label_variable(key: &str) -> String {
    let upper = |character: char| {
        let mut upper = character.to_uppercase();
        // Go maps one character to one: `ß` has no single upper case and stays.
        match (upper.next(), upper.next()) {
            (Some(single), None) => single,
            _ => character,
        }
    };
    let name = key.chars().map(|character| match character {
        '-' | ' ' => '_',
        other => upper(other),
    });
    "LABELS_".chars().chain(name).collect()
}
