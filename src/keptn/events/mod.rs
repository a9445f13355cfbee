//! The events this service sends to Keptn: `started` and `finished`, as exact JSON.
//!
//! Pure: ids and times are passed in, so the same run gives the same bytes each time it is resumed. The order of the
//! fields is the order the original writes them in (protocol reference 1.8); what differs from the original on purpose
//! is listed in protocol reference 9: labels and `gitcommitid` are on every event, and no event exceeds a size.
//! Nothing here ever sends anything.

mod cap;
mod envelope;
pub mod message;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use cap::SizeCap;

use crate::sink::OutgoingEvent;
use envelope::{Envelope, TaskData, TestSpan};

/// The `source` attribute of every event this service sends (protocol reference 3.1; a constant, not a URI).
pub const SOURCE: &str = "job-executor-service";

/// The `shkeptnspecversion` attribute of every event this service sends (protocol reference 3.1).
pub const SPEC_VERSION: &str = "0.2.4";

/// The one triggered type whose finished event carries a `test` block (protocol reference 3.4).
const TEST_TRIGGERED: &str = "sh.keptn.event.test.triggered";

/// The fields that every Keptn task event may carry in `data` (protocol reference 3.2); empty ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommonFields {
    /// Project of the event.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// Stage of the event.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stage: String,
    /// Service of the event.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Labels, text to text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// `succeeded`, `errored`, `unknown` or `aborted`; inherited from earlier tasks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// `pass`, `warning` or `fail`; inherited from earlier tasks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub result: String,
    /// Text for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// What the answering events take over from the event that triggered them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The event's `id`; becomes `triggeredid`.
    pub id: String,
    /// The event's `type`, for example `sh.keptn.event.deployment.triggered`.
    pub event_type: String,
    /// The event's `shkeptncontext`, opaque text (DESIGN 11.14), never empty.
    pub context: String,
    /// The event's `gitcommitid`, copied when there is one.
    pub git_commit_id: Option<String>,
    /// The event's common data fields.
    pub common: CommonFields,
}

/// Identity and time of one outgoing event. The caller gives the same stamp each time it sends the same event again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// A UUID as text, stable for this event.
    pub id: String,
    /// The event's `time`, written as RFC 3339 in UTC.
    pub time: Timestamp,
}

/// How an action ended, as Keptn is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish<'a> {
    /// Every task completed: `succeeded` and `pass`.
    Passed {
        /// What the tasks wrote; empty for an action without tasks.
        message: &'a str,
        /// When the action began; told only to the test task.
        began: Timestamp,
        /// When the action ended; told only to the test task.
        ended: Timestamp,
    },
    /// Anything else: `errored` and `fail`, always together (protocol reference 3.4).
    Errored {
        /// The cause, for the person who reads it in the Keptn bridge.
        message: &'a str,
    },
}

/// Why an event cannot be built. None of these goes away by trying again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventError {
    /// Keptn cannot correlate an event without a context, and the original creates none (protocol reference 3.1).
    #[error("`shkeptncontext` of event `{id}` is empty; an answer needs the context of the event it answers")]
    NoContext {
        /// Id of the triggering event.
        id: String,
    },
    /// Started and finished answer `.triggered` events only.
    #[error("type `{event_type}` cannot be answered; a type that ends in `.triggered` would be accepted")]
    NotTriggered {
        /// The type found.
        event_type: String,
    },
    /// Even without labels and message the event is larger than the cap.
    #[error("event is {size} bytes without message and labels; at most {cap} bytes would be accepted")]
    TooLarge {
        /// Bytes of the smallest form of the event.
        size: usize,
        /// The cap in bytes.
        cap: usize,
    },
    /// The event could not be written as JSON.
    #[error("event cannot be written as JSON: {reason}")]
    Json {
        /// What the encoder said.
        reason: String,
    },
}

/// The `started` event of one action (protocol reference 3.3): the common fields as they came, inherited ones included.
///
/// # Errors
/// See [`EventError`].
pub fn started(trigger: &Trigger, stamp: &Stamp, cap: SizeCap) -> Result<OutgoingEvent, EventError> {
    let data = TaskData {
        common: trigger.common.clone(),
        test: None,
    };
    fit(trigger, stamp, answer_type(trigger, "started")?, data, cap)
}

/// The `finished` event of one action (protocol reference 3.4, with labels on both outcomes).
///
/// # Errors
/// See [`EventError`].
pub fn finished(
    trigger: &Trigger,
    stamp: &Stamp,
    finish: &Finish<'_>,
    cap: SizeCap,
) -> Result<OutgoingEvent, EventError> {
    let (status, result, message, test) = match finish {
        Finish::Passed { message, began, ended } => {
            let test = (trigger.event_type == TEST_TRIGGERED).then(|| TestSpan::new(*began, *ended));
            ("succeeded", "pass", *message, test)
        }
        Finish::Errored { message } => ("errored", "fail", *message, None),
    };
    let common = CommonFields {
        status: status.to_owned(),
        result: result.to_owned(),
        message: message.to_owned(),
        ..trigger.common.clone()
    };
    fit(
        trigger,
        stamp,
        answer_type(trigger, "finished")?,
        TaskData { common, test },
        cap,
    )
}

/// The task name of a task event type: the fourth of exactly five dot-separated, non-empty parts
/// (protocol reference 1.9, 1.10); `None` for every other type.
#[must_use]
pub fn task_name(event_type: &str) -> Option<&str> {
    let parts: Vec<&str> = event_type.split('.').collect();
    match parts.as_slice() {
        [_, _, _, task, _] if parts.iter().all(|part| !part.is_empty()) => Some(task),
        _ => None,
    }
}

/// The type of an answer: the trigger's with its last part replaced.
fn answer_type(trigger: &Trigger, kind: &str) -> Result<String, EventError> {
    match trigger.event_type.strip_suffix(".triggered") {
        Some(stem) if !stem.is_empty() => Ok(format!("{stem}.{kind}")),
        _ => Err(EventError::NotTriggered {
            event_type: trigger.event_type.clone(),
        }),
    }
}

/// Puts the data into its envelope and makes it fit the cap.
fn fit<D: cap::Shrink>(
    trigger: &Trigger,
    stamp: &Stamp,
    event_type: String,
    data: D,
    cap: SizeCap,
) -> Result<OutgoingEvent, EventError> {
    if trigger.context.is_empty() {
        return Err(EventError::NoContext { id: trigger.id.clone() });
    }
    let body = cap.fit(data, |data| Envelope::write(trigger, stamp, &event_type, data))?;
    Ok(OutgoingEvent {
        id: stamp.id.clone(),
        event_type,
        context: trigger.context.clone(),
        triggered_id: trigger.id.clone(),
        body,
    })
}

#[cfg(test)]
mod tests;
