//! CloudEvents in: parsing, identity, the data Keptn agrees on, jsonpath and rendering over them.
//!
//! Bytes from anywhere become an [`Event`] or an [`EventError`], never a panic: a wrong event
//! hurts itself only. Nothing here may know who brought an event, what a config wants from it or
//! which time it is; Keptn's answers (started, finished) live in `keptn`.
//!
//! | question | answer |
//! |---|---|
//! | what arrived? | [`Event::parse`], strict (see `parse`) |
//! | is it the same as before? | [`Event::identity`], [`Event::digest`] |
//! | whose is it? | [`Event::common`] |
//! | does it start a task? | [`Event::kind`], [`Event::is_task_event`] |
//! | what stands at this path? | [`jsonpath::JsonPath`] over [`Event::mapped`] |
//! | how does a value become text? | [`render::render`] |

mod attributes;
mod common;
mod error;
mod identity;
mod json;
pub mod jsonpath;
mod kind;
mod parse;
mod placeholder;
pub mod render;
#[cfg(test)]
mod tests;

pub use attributes::MAX_ATTRIBUTE_BYTES;
pub use common::{Common, CommonError, NotText};
pub use error::{EventError, Seen};
pub use identity::Identity;
pub use json::{MAX_DEPTH, MAX_VALUES};
pub use kind::Kind;
pub use parse::{Event, MAX_EVENT_BYTES};

use serde_json::Value;

/// The kind of a JSON value with its article, as error texts name it.
pub(crate) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// At most 80 characters of foreign text, escaped, so that an error can neither flood nor forge a
/// log line.
pub(crate) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut shown: String = text.chars().take(LIMIT).flat_map(char::escape_debug).collect();
    if text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}
