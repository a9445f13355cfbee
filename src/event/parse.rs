//! One CloudEvent in structured JSON form, with Keptn's extensions at top level.
//!
//! Strict where the original was lenient, because what several readers read differently is a way
//! around a gate; identifiers stay opaque text, only length and characters are bounded. Unknown
//! extensions are kept and mean nothing. Must never panic, whatever the bytes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::{EventError, Seen};
use super::{describe, excerpt, json as strict};

/// Most bytes an event may have: what NATS carries by default.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Most bytes of an attribute such as `id`, `source`, `type` or `shkeptncontext`.
pub const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// What the original shows for an event without `time`.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

const ATTRIBUTES: &[&str] = &[
    "id",
    "source",
    "type",
    "specversion",
    "time",
    "datacontenttype",
    "contenttype",
    "dataschema",
    "subject",
    "data",
    "data_base64",
    "shkeptncontext",
    "shkeptnspecversion",
    "gitcommitid",
    "triggeredid",
];

/// A CloudEvent that was accepted. Serialises as the text it arrived as, so that a run record
/// keeps the exact bytes and reading it back is parsing again.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Event {
    id: String,
    source: String,
    event_type: String,
    spec_version: String,
    time: Option<String>,
    content_type: Option<String>,
    data_schema: Option<String>,
    subject: Option<String>,
    context: Option<String>,
    keptn_spec_version: Option<String>,
    git_commit_id: Option<String>,
    triggered_id: Option<String>,
    extensions: BTreeMap<String, Value>,
    mapped: Value,
    raw: String,
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
        match strict::parse(&raw)? {
            Value::Object(object) => Attributes::new(object).event(raw),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(EventError::NotAnObject {
                    found: describe(&other),
                })
            }
        }
    }

    /// Identifier, unique within its source; opaque text of 1 to [`MAX_ATTRIBUTE_BYTES`] bytes.
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

/// The top level of an event on its way to becoming one.
struct Attributes {
    object: Map<String, Value>,
    seen: Seen,
}

impl Attributes {
    fn new(object: Map<String, Value>) -> Self {
        let usable = |name: &str| {
            let text = object.get(name)?.as_str()?;
            let clean = !text.is_empty() && text.len() <= MAX_ATTRIBUTE_BYTES && !text.chars().any(char::is_control);
            clean.then(|| text.to_owned())
        };
        let seen = Seen {
            id: usable("id"),
            event_type: usable("type"),
        };
        Attributes { object, seen }
    }

    fn event(mut self, raw: String) -> Result<Event, EventError> {
        self.check_spelling()?;
        if self.object.contains_key("data_base64") {
            return Err(EventError::BinaryData { seen: self.seen });
        }
        let id = self.required("id")?;
        let source = self.required("source")?;
        let event_type = self.required("type")?;
        let spec_version = self.required("specversion")?;
        if spec_version != "1.0" {
            return Err(EventError::SpecVersion {
                found: excerpt(&spec_version),
                seen: self.seen,
            });
        }
        let time = self.optional("time")?;
        if let Some(text) = time.as_deref().filter(|text| moment(text).is_none()) {
            return Err(EventError::Time {
                found: excerpt(text),
                seen: self.seen,
            });
        }
        let content_type = match (self.optional("datacontenttype")?, self.optional("contenttype")?) {
            (Some(one), Some(other)) if one != other => return Err(EventError::ContentTypes { seen: self.seen }),
            (one, other) => one.or(other),
        };
        let data_schema = self.optional("dataschema")?;
        let subject = self.optional("subject")?;
        let context = self.optional("shkeptncontext")?;
        let keptn_spec_version = self.optional("shkeptnspecversion")?;
        let git_commit_id = self.optional("gitcommitid")?;
        let triggered_id = self.optional("triggeredid")?;
        let data = self.object.remove("data").unwrap_or(Value::Null);
        let mapped = json!({
            "id": id,
            "shkeptncontext": context.as_deref().unwrap_or_default(),
            "time": time.as_deref().unwrap_or(NO_TIME),
            "source": source,
            "data": data,
            "specversion": spec_version,
            "type": event_type,
            "gitcommitid": git_commit_id.as_deref().unwrap_or_default(),
        });
        let extensions = self.object.into_iter().collect();
        Ok(Event {
            id,
            source,
            event_type,
            spec_version,
            time,
            content_type,
            data_schema,
            subject,
            context,
            keptn_spec_version,
            git_commit_id,
            triggered_id,
            extensions,
            mapped,
            raw,
        })
    }

    /// The original's reader ignored case in attribute names, ours does not: what it would have
    /// taken for an attribute must not pass here as an extension.
    fn check_spelling(&self) -> Result<(), EventError> {
        for key in self.object.keys().filter(|key| !ATTRIBUTES.contains(&key.as_str())) {
            if let Some(expected) = ATTRIBUTES.iter().find(|name| name.eq_ignore_ascii_case(key)) {
                return Err(EventError::Spelling {
                    found: excerpt(key),
                    expected,
                    seen: self.seen.clone(),
                });
            }
        }
        Ok(())
    }

    fn required(&mut self, attribute: &'static str) -> Result<String, EventError> {
        match self.text(attribute)? {
            None => Err(EventError::Missing {
                attribute,
                seen: self.seen.clone(),
            }),
            Some(text) if text.is_empty() => Err(EventError::Empty {
                attribute,
                seen: self.seen.clone(),
            }),
            Some(text) => Ok(text),
        }
    }

    /// Keptn leaves empty attributes out, so an empty one is the same as none. An empty `time` is
    /// no time and stays, to be refused.
    fn optional(&mut self, attribute: &'static str) -> Result<Option<String>, EventError> {
        Ok(self
            .text(attribute)?
            .filter(|text| attribute == "time" || !text.is_empty()))
    }

    fn text(&mut self, attribute: &'static str) -> Result<Option<String>, EventError> {
        let text = match self.object.remove(attribute) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text,
            Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
                return Err(EventError::WrongType {
                    attribute,
                    found: describe(&other),
                    seen: self.seen.clone(),
                });
            }
        };
        if text.len() > MAX_ATTRIBUTE_BYTES {
            let (bytes, limit) = (text.len(), MAX_ATTRIBUTE_BYTES);
            return Err(EventError::TooLong {
                attribute,
                bytes,
                limit,
                seen: self.seen.clone(),
            });
        }
        if let Some((offset, control)) = text.char_indices().find(|(_, character)| character.is_control()) {
            let code = u32::from(control);
            return Err(EventError::ControlCharacter {
                attribute,
                code,
                offset,
                seen: self.seen.clone(),
            });
        }
        Ok(Some(text))
    }
}

/// RFC 3339, section 5.6. jiff reads more (spaces, missing seconds, zone names), hence the shape
/// is checked first.
fn moment(text: &str) -> Option<jiff::Timestamp> {
    let shape: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '0'
            } else {
                c.to_ascii_uppercase()
            }
        })
        .collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00")?;
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches('0');
            if zone.len() == fraction.len() || fraction.len().saturating_sub(zone.len()) > 9 {
                return None;
            }
            zone
        }
    };
    if !matches!(zone, "Z" | "+00:00" | "-00:00") {
        return None;
    }
    text.parse().ok()
}
