//! The JSON shapes of outgoing events, field by field in the original's order (protocol reference 1.8).
//!
//! Only shapes: what goes into them is decided in the parent module.

use jiff::Timestamp;
use serde::Serialize;

use super::{CommonFields, EventError, SOURCE, SPEC_VERSION, Stamp, Trigger};

/// The attributes around `data`. It is `contenttype`, not `datacontenttype`: Keptn reads the former.
#[derive(Serialize)]
pub(super) struct Envelope<'a, D> {
    contenttype: &'static str,
    data: &'a D,
    id: &'a str,
    shkeptncontext: &'a str,
    shkeptnspecversion: &'static str,
    source: &'static str,
    specversion: &'static str,
    time: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    triggeredid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    gitcommitid: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
}

impl<'a, D: Serialize> Envelope<'a, D> {
    /// The whole event as JSON text.
    pub(super) fn write(
        trigger: &'a Trigger,
        stamp: &'a Stamp,
        event_type: &'a str,
        data: &'a D,
    ) -> Result<String, EventError> {
        let envelope = Envelope {
            contenttype: "application/json",
            data,
            id: &stamp.id,
            shkeptncontext: &trigger.context,
            shkeptnspecversion: SPEC_VERSION,
            source: SOURCE,
            specversion: "1.0",
            time: stamp.time.to_string(),
            triggeredid: &trigger.id,
            gitcommitid: trigger.git_commit_id.as_deref().unwrap_or_default(),
            event_type,
        };
        serde_json::to_string(&envelope).map_err(|error| EventError::Json {
            reason: error.to_string(),
        })
    }
}

/// `data` of started and finished events.
#[derive(Clone, Serialize)]
pub(super) struct TaskData {
    #[serde(flatten)]
    pub(super) common: CommonFields,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) test: Option<TestSpan>,
}

/// The `test` block: when the action began and ended, RFC 3339 with whole seconds, in UTC.
#[derive(Clone, Serialize)]
pub(super) struct TestSpan {
    start: String,
    end: String,
}

impl TestSpan {
    /// A span; fractions of a second are dropped, not rounded.
    pub(super) fn new(began: Timestamp, ended: Timestamp) -> Self {
        Self {
            start: format!("{began:.0}"),
            end: format!("{ended:.0}"),
        }
    }
}
