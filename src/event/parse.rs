//! One CloudEvent in structured JSON form, with Keptn's extensions at top level.
//!
//! Strict where the original was lenient, because what several readers read differently is a way
//! around a gate; identifiers stay opaque text, only length and characters are bounded. Unknown
//! extensions are kept and mean nothing. Must never panic, whatever the bytes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attributes::{Attributes, moment};
use super::error::EventError;
use super::{describe, json};

/// Most bytes an event may have: what NATS carries by default.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// A CloudEvent that was accepted. Serialises as the text it arrived as, so that a run record
/// keeps the exact bytes and reading it back is parsing again.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Event {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) event_type: String,
    pub(super) spec_version: String,
    pub(super) time: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) data_schema: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) context: Option<String>,
    pub(super) keptn_spec_version: Option<String>,
    pub(super) git_commit_id: Option<String>,
    pub(super) triggered_id: Option<String>,
    pub(super) extensions: BTreeMap<String, Value>,
    pub(super) mapped: Value,
    pub(super) raw: String,
}

impl Event {
    /// Reads one event. The order of the checks is: size, UTF-8, JSON (syntax, repeated keys,
    /// depth, number of values), object, attributes.
    ///
    /// # Errors
    /// [`EventError`] names the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Event, EventError> {
        if bytes.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge {
                bytes: bytes.len(),
                limit: MAX_EVENT_BYTES,
            });
        }
        let raw = std::str::from_utf8(bytes)
            .map_err(|error| EventError::NotUtf8 {
                offset: error.valid_up_to(),
            })?
            .to_owned();
        match json::parse(&raw)? {
            Value::Object(object) => Attributes::new(object).event(raw),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(EventError::NotAnObject {
                    found: describe(&other),
                })
            }
        }
    }

    /// Identifier, unique within its source; opaque text of 1 to [`super::MAX_ATTRIBUTE_BYTES`] bytes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who sent it; opaque text (Keptn sends `shipyard-controller`, no URI).
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The type, such as `sh.keptn.event.test.triggered`.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The version of CloudEvents, always `1.0`.
    pub fn spec_version(&self) -> &str {
        &self.spec_version
    }

    /// When it happened, in RFC 3339, exactly as it was written.
    pub fn time(&self) -> Option<&str> {
        self.time.as_deref()
    }

    /// [`Event::time`] as a moment.
    pub fn timestamp(&self) -> Option<jiff::Timestamp> {
        self.time.as_deref().and_then(moment)
    }

    /// `datacontenttype`, or `contenttype` as Keptn's own client writes it.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// `dataschema`.
    pub fn data_schema(&self) -> Option<&str> {
        self.data_schema.as_deref()
    }

    /// `subject`.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `shkeptncontext`: opaque text that ties the events of a sequence together.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// `shkeptnspecversion`.
    pub fn keptn_spec_version(&self) -> Option<&str> {
        self.keptn_spec_version.as_deref()
    }

    /// `gitcommitid`: the commit of the stage that this event belongs to.
    pub fn git_commit_id(&self) -> Option<&str> {
        self.git_commit_id.as_deref()
    }

    /// `triggeredid`: the event this one answers.
    pub fn triggered_id(&self) -> Option<&str> {
        self.triggered_id.as_deref()
    }

    /// Every top-level key that is no attribute above, by name.
    pub fn extensions(&self) -> &BTreeMap<String, Value> {
        &self.extensions
    }

    /// The payload; null when the event has none.
    pub fn data(&self) -> &Value {
        self.mapped.get("data").unwrap_or(&Value::Null)
    }

    /// What a jsonpath sees: `id`, `shkeptncontext`, `time`, `source`, `data`, `specversion`,
    /// `type`, `gitcommitid`. All but `data` are texts, the absent ones empty (`time`: the year 1),
    /// as in the original; `type` and `source` are plain texts, which they were not there.
    pub fn mapped(&self) -> &Value {
        &self.mapped
    }

    /// The exact text that arrived.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

/// Shows what a log line may show: payloads can hold anything, also secrets.
impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("id", &self.id)
            .field("source", &self.source)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

impl TryFrom<String> for Event {
    type Error = EventError;

    fn try_from(raw: String) -> Result<Self, EventError> {
        Event::parse(raw.as_bytes())
    }
}

impl From<Event> for String {
    fn from(event: Event) -> String {
        event.raw
    }
}
