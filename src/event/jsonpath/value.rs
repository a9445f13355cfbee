//! What the original makes of values: parts in order, numbers from texts, truth.

use serde_json::{Number, Value};

use super::JsonPathError;
use crate::event::describe;

/// Elements in order, or the values of an object by sorted key: the original's order was random.
pub(super) fn children(node: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match node {
        Value::Array(list) => Box::new(list.iter()),
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Box::new(entries.into_iter().map(|(_, value)| value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Box::new(std::iter::empty()),
    }
}

/// A number, or a text that is one; no number needs more than 400 characters.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.len() <= 400 => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number| number.is_finite())
}

/// What a filter keeps: true, its texts, and numbers other than zero.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::String(text) if matches!(text.as_str(), "true" | "TRUE") => true,
        Value::Number(_) | Value::String(_) => number_of(value).is_some_and(|number| number != 0.0),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// The number below zero that is as far from it.
pub(super) fn negated(value: &Value) -> Result<Value, JsonPathError> {
    let whole = value.as_i64().and_then(i64::checked_neg);
    if let Some(whole) = whole.filter(|whole| *whole != 0) {
        return Ok(Value::Number(whole.into()));
    }
    let negative = number_of(value).and_then(|number| Number::from_f64(-number));
    negative
        .map(Value::Number)
        .ok_or(JsonPathError::NotANumber { found: describe(value) })
}

/// A number cut to a whole one.
pub(super) fn whole(number: &Number) -> i64 {
    number
        .as_i64()
        .or_else(|| number.as_f64().map(|n| n as i64))
        .unwrap_or_default()
}
