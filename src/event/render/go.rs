//! Go's compact JSON and Go's default text, which the original used for environment variables.

use serde_json::{Map, Value};

use super::number;

/// Compact JSON with sorted keys; `<`, `>`, `&` and the two line separators are escaped, so that
/// the text can stand in HTML. Other characters stay.
pub(super) fn json(value: &Value) -> String {
    let mut text = String::new();
    write_json(&mut text, value);
    text
}

fn write_json(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(value) => out.push_str(&number::json(value)),
        Value::String(text) => write_text(out, text),
        Value::Array(list) => {
            let mut before = '[';
            for value in list {
                out.push(before);
                write_json(out, value);
                before = ',';
            }
            out.push_str(if list.is_empty() { "[]" } else { "]" });
        }
        Value::Object(object) => {
            let mut before = '{';
            for (key, value) in sorted(object) {
                out.push(before);
                write_text(out, key);
                out.push(':');
                write_json(out, value);
                before = ',';
            }
            out.push_str(if object.is_empty() { "{}" } else { "}" });
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Go's default text of a value: `[x y]`, `map[k:1]`, `<nil>`, texts as they are.
pub(crate) fn display(value: &Value) -> String {
    let mut text = String::new();
    write_display(&mut text, value);
    text
}

fn write_display(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(value) => out.push_str(&number::plain(value)),
        Value::String(text) => out.push_str(text),
        Value::Array(list) => {
            out.push('[');
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    out.push(' ');
                }
                write_display(out, value);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push_str("map[");
            for (number, (key, value)) in sorted(object).into_iter().enumerate() {
                if number > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write_display(out, value);
            }
            out.push(']');
        }
    }
}

/// Entries by key in byte order. The map sorts already unless some crate of the build asks it to
/// keep the order of insertion; the texts must not depend on that.
pub(super) fn sorted(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}
