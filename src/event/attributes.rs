//! The attributes of an event: which there are, what each may hold, in which order they are checked.
//!
//! CloudEvents 1.0, section "Context Attributes", and Keptn's extensions. Must never let one
//! attribute be read in two ways.

use serde_json::{Map, Value, json};

use super::error::{EventError, Seen};
use super::{Event, describe, excerpt};

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

/// The top level of an event on its way to becoming one.
pub(super) struct Attributes {
    object: Map<String, Value>,
    seen: Seen,
}

impl Attributes {
    pub(super) fn new(object: Map<String, Value>) -> Self {
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

    /// Takes the attributes one by one; what is left is extensions.
    pub(super) fn event(mut self, raw: String) -> Result<Event, EventError> {
        self.check_spelling()?;
        if self.object.contains_key("data_base64") {
            return Err(EventError::BinaryData { seen: self.seen });
        }
        let id = self.required("id")?;
        let source = self.required("source")?;
        let event_type = self.required("type")?;
        // A desk's placeholder is of every project; whoever could send one would choose the policies that judge it.
        if event_type == super::placeholder::TYPE {
            return Err(EventError::Reserved { seen: self.seen });
        }
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
pub(super) fn moment(text: &str) -> Option<jiff::Timestamp> {
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
