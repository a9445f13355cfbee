//! Block YAML as yaml.v2 2.4.0 writes it: keys in its order, two spaces, lists under a key not
//! indented, a final newline.

use serde_json::{Map, Value};

use super::natural;
use super::number;
use super::scalar::{Role, Writer, needs_question_mark};

/// A whole document.
pub(super) fn document(value: &Value) -> String {
    let mut out = Writer::default();
    match value {
        Value::Object(object) if !object.is_empty() => mapping(&mut out, object, 0, First::OnNewLine),
        Value::Array(list) if !list.is_empty() => sequence(&mut out, list, 0, First::OnNewLine),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            scalar(&mut out, value, 2)
        }
    }
    out.finish()
}

/// Where the first entry of a block stands.
#[derive(Clone, Copy)]
enum First {
    OnNewLine,
    /// Behind `-` or `:`, on the same line.
    OnSameLine,
}

fn begin(out: &mut Writer, indent: usize, first: First) {
    match first {
        First::OnNewLine => out.line(indent),
        First::OnSameLine => out.pad(indent),
    }
}

fn mapping(out: &mut Writer, object: &Map<String, Value>, indent: usize, mut first: First) {
    let deeper = indent.saturating_add(2);
    for (key, value) in natural::sorted(object) {
        begin(out, indent, first);
        first = First::OnNewLine;
        let complex = needs_question_mark(key);
        if complex {
            out.put("? ");
            out.string(key, Role::Value { indent: deeper });
            out.line(indent);
        } else {
            out.string(key, Role::Key);
        }
        out.put(":");
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                mapping(
                    out,
                    inner,
                    deeper,
                    if complex { First::OnSameLine } else { First::OnNewLine },
                );
            }
            Value::Array(inner) if !inner.is_empty() && complex => sequence(out, inner, deeper, First::OnSameLine),
            Value::Array(inner) if !inner.is_empty() => sequence(out, inner, indent, First::OnNewLine),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                out.put(" ");
                scalar(out, value, deeper);
            }
        }
    }
}

fn sequence(out: &mut Writer, list: &[Value], indent: usize, mut first: First) {
    let deeper = indent.saturating_add(2);
    for value in list {
        begin(out, indent, first);
        first = First::OnNewLine;
        out.put("-");
        match value {
            Value::Object(inner) if !inner.is_empty() => mapping(out, inner, deeper, First::OnSameLine),
            Value::Array(inner) if !inner.is_empty() => sequence(out, inner, deeper, First::OnSameLine),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                out.put(" ");
                scalar(out, value, deeper);
            }
        }
    }
}

/// Everything that is no block: lists and objects come here only when they are empty.
fn scalar(out: &mut Writer, value: &Value, indent: usize) {
    match value {
        Value::Null => out.put("null"),
        Value::Bool(truth) => out.put(if *truth { "true" } else { "false" }),
        Value::Number(value) => out.put(&number::plain(value)),
        Value::String(text) => out.string(text, Role::Value { indent }),
        Value::Array(_) => out.put("[]"),
        Value::Object(_) => out.put("{}"),
    }
}
