//! Why an event is refused, each reason with the numbers and names a log line needs.
//!
//! Must never echo more than a bounded, escaped excerpt of what arrived.

use thiserror::Error;

use super::json::{JsonProblem, MAX_DEPTH, MAX_VALUES};

/// What could be read of an event that is refused all the same, so that its log line can name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The `id`, when it is usable text.
    pub id: Option<String>,
    /// The `type`, when it is usable text.
    pub event_type: Option<String>,
}

/// Why bytes are not an event we accept. Attributes are those of CloudEvents 1.0, section
/// "Context Attributes", and Keptn's extensions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    /// More bytes than an event may have.
    #[error("event has {bytes} bytes, at most {limit} are accepted")]
    TooLarge {
        /// Bytes that arrived.
        bytes: usize,
        /// Bytes that are accepted.
        limit: usize,
    },
    /// The bytes are no UTF-8 text.
    #[error("event is not valid UTF-8 at byte {offset}")]
    NotUtf8 {
        /// Offset of the first wrong byte, from 0.
        offset: usize,
    },
    /// The text is no JSON.
    #[error("event is not JSON: {message} at line {line} column {column}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader says.
        message: String,
    },
    /// An object holds the same key twice; readers disagree which one counts.
    #[error("event repeats the key `{key}` at line {line} column {column}, each key may stand once")]
    DuplicateKey {
        /// Excerpt of the key.
        key: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Objects and lists nest deeper than [`super::MAX_DEPTH`].
    #[error("event nests deeper than {limit} levels at line {line} column {column}")]
    TooDeep {
        /// Levels that are accepted.
        limit: usize,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// More values than [`super::MAX_VALUES`].
    #[error("event holds more than {limit} values")]
    TooManyValues {
        /// Values that are accepted.
        limit: usize,
    },
    /// JSON, but no object (batches are lists and not supported).
    #[error("event is {found}, expected an object with one CloudEvent")]
    NotAnObject {
        /// What it is instead.
        found: &'static str,
    },
    /// A mandatory attribute is absent or null.
    #[error("event attribute `{attribute}` is missing")]
    Missing {
        /// Name of the attribute.
        attribute: &'static str,
        /// What could be read.
        seen: Seen,
    },
    /// A mandatory attribute is the empty text.
    #[error("event attribute `{attribute}` is empty")]
    Empty {
        /// Name of the attribute.
        attribute: &'static str,
        /// What could be read.
        seen: Seen,
    },
    /// An attribute that must be text is something else.
    #[error("event attribute `{attribute}` is {found}, expected a string")]
    WrongType {
        /// Name of the attribute.
        attribute: &'static str,
        /// What it is instead.
        found: &'static str,
        /// What could be read.
        seen: Seen,
    },
    /// An attribute is longer than [`super::MAX_ATTRIBUTE_BYTES`].
    #[error("event attribute `{attribute}` has {bytes} bytes, at most {limit} are accepted")]
    TooLong {
        /// Name of the attribute.
        attribute: &'static str,
        /// Its bytes.
        bytes: usize,
        /// Bytes that are accepted.
        limit: usize,
        /// What could be read.
        seen: Seen,
    },
    /// An attribute holds a control character (NUL, newline, escape, …).
    #[error("event attribute `{attribute}` holds the control character U+{code:04X} at byte {offset}")]
    ControlCharacter {
        /// Name of the attribute.
        attribute: &'static str,
        /// Code point of the character.
        code: u32,
        /// Offset in bytes, from 0.
        offset: usize,
        /// What could be read.
        seen: Seen,
    },
    /// The type that stands for any event at a desk; no event that arrives may have it.
    #[error(
        "event attribute `type` is `job-lint.placeholder`, which no event may have; send one of a type of your own"
    )]
    Reserved {
        /// What could be read.
        seen: Seen,
    },
    /// Another version of CloudEvents.
    #[error("event attribute `specversion` is `{found}`, only `1.0` is accepted")]
    SpecVersion {
        /// Excerpt of what it is.
        found: String,
        /// What could be read.
        seen: Seen,
    },
    /// `time` is no RFC 3339 timestamp.
    #[error("event attribute `time` is `{found}`, expected RFC 3339 such as `2024-01-31T10:00:00Z`")]
    Time {
        /// Excerpt of what it is.
        found: String,
        /// What could be read.
        seen: Seen,
    },
    /// Both spellings of the content type are given and differ.
    #[error("event attributes `datacontenttype` and `contenttype` differ, give one of them")]
    ContentTypes {
        /// What could be read.
        seen: Seen,
    },
    /// A known attribute in another spelling; readers that ignore case would take it.
    #[error("event attribute `{found}` must be written `{expected}`")]
    Spelling {
        /// Excerpt of the key as it arrived.
        found: String,
        /// The right spelling.
        expected: &'static str,
        /// What could be read.
        seen: Seen,
    },
    /// Binary data, which nothing in this service reads.
    #[error("event carries `data_base64`, only JSON in `data` is accepted")]
    BinaryData {
        /// What could be read.
        seen: Seen,
    },
}

impl EventError {
    /// What could be read of the event, where reading came far enough.
    pub fn seen(&self) -> Option<&Seen> {
        match self {
            EventError::TooLarge { .. }
            | EventError::NotUtf8 { .. }
            | EventError::NotJson { .. }
            | EventError::DuplicateKey { .. }
            | EventError::TooDeep { .. }
            | EventError::TooManyValues { .. }
            | EventError::NotAnObject { .. } => None,
            EventError::Missing { seen, .. }
            | EventError::Empty { seen, .. }
            | EventError::WrongType { seen, .. }
            | EventError::TooLong { seen, .. }
            | EventError::ControlCharacter { seen, .. }
            | EventError::Reserved { seen }
            | EventError::SpecVersion { seen, .. }
            | EventError::Time { seen, .. }
            | EventError::ContentTypes { seen }
            | EventError::Spelling { seen, .. }
            | EventError::BinaryData { seen } => Some(seen),
        }
    }
}

impl From<JsonProblem> for EventError {
    fn from(problem: JsonProblem) -> Self {
        match problem {
            JsonProblem::Syntax { line, column, message } => EventError::NotJson {
                line,
                column,
                message: super::excerpt(&message),
            },
            JsonProblem::DuplicateKey { key, line, column } => EventError::DuplicateKey {
                key: super::excerpt(&key),
                line,
                column,
            },
            JsonProblem::TooDeep { line, column } => EventError::TooDeep {
                limit: MAX_DEPTH,
                line,
                column,
            },
            JsonProblem::TooMany => EventError::TooManyValues { limit: MAX_VALUES },
        }
    }
}
