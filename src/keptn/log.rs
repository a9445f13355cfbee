//! The error log of the Keptn bridge: what went wrong where no finished event can say it (protocol reference 1.10).
//!
//! Best effort: entries are sent a bounded number of times and then given up; a caller goes on whatever happens. No
//! event waits for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::events::{SOURCE, Trigger, message::shorten, task_name};
use super::http::{Api, CallError, EndpointError};
use crate::retry::Retry;

/// What is read of an answer: `{}` for an entry, the list of integrations before that.
const ANSWER: usize = 4 * 1024 * 1024;

/// The longest message of an entry, in bytes of JSON.
const MESSAGE: usize = 16 * 1024;

/// The most integrations an entry is sent for: installations that share our name.
const INTEGRATIONS: usize = 32;

/// One line of the error log. All fields are always sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// Id of the integration that the entry belongs to; may be empty.
    pub integrationid: String,
    /// Text for people.
    pub message: String,
    /// When it happened, RFC 3339; the zero time makes the server fill in its own.
    pub time: String,
    /// The event's context.
    pub shkeptncontext: String,
    /// Task name, or the whole type where it is no task event type.
    pub task: String,
    /// Id of the triggered event.
    pub triggeredid: String,
    /// Commit of the event; may be empty.
    pub gitcommitid: String,
}

impl LogEntry {
    /// The time that makes the server fill in its own.
    pub const SERVER_TIME: &'static str = "0001-01-01T00:00:00Z";

    /// An entry about the handling of one event. A message over 16 KiB is shortened, and says so.
    #[must_use]
    pub fn about(trigger: &Trigger, message: &str, time: Option<Timestamp>) -> Self {
        let event_type = trigger.event_type.as_str();
        Self {
            integrationid: String::new(),
            message: shorten(message, MESSAGE).unwrap_or_default(),
            time: time.map_or_else(|| Self::SERVER_TIME.to_owned(), |time| time.to_string()),
            shkeptncontext: trigger.context.clone(),
            task: task_name(event_type).unwrap_or(event_type).to_owned(),
            triggeredid: trigger.id.clone(),
            gitcommitid: trigger.git_commit_id.clone().unwrap_or_default(),
        }
    }
}

/// The body of the call.
#[derive(Serialize)]
struct Entries<'a> {
    logs: &'a [LogEntry],
}

/// Why an entry did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// The control plane did not take it.
    #[error("error log entry was not taken: {0}")]
    Call(#[from] CallError),
    /// The address cannot be used.
    #[error("error log entry has no address: {0}")]
    Address(#[from] EndpointError),
    /// The entry could not be written as JSON, or an answer not be read as such.
    #[error("error log entry cannot be exchanged as JSON: {reason}")]
    Json {
        /// What the encoder or decoder said.
        reason: String,
    },
}

/// Writes to the error log.
#[derive(Clone, Debug)]
pub struct ErrorLog {
    api: Api,
    retry: Retry,
}

impl ErrorLog {
    /// A writer that tries each call as often as `retry` says.
    #[must_use]
    pub fn new(api: Api, retry: Retry) -> Self {
        Self { api, retry }
    }

    /// Sends entries as they are.
    ///
    /// # Errors
    /// See [`LogError`].
    pub async fn send(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let url = self.api.endpoint().shipyard_controller("/v1/log")?;
        let body = serde_json::to_string(&Entries { logs: entries }).map_err(json)?;
        self.retry.run(|| self.api.post(&url, body.clone(), ANSWER)).await?;
        Ok(())
    }

    /// Sends one entry for every integration of our name, so that it shows up under each installation in the bridge;
    /// for none of them when the list cannot be had or holds none, so that it shows up at all.
    ///
    /// # Errors
    /// See [`LogError`]; the entry may have arrived for some integrations then.
    pub async fn report(&self, entry: LogEntry) -> Result<(), LogError> {
        let mut ids = self.integrations().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "list of integrations not read; the error log entry names none");
            Vec::new()
        });
        if ids.is_empty() {
            ids.push(String::new());
        }
        let entries: Vec<LogEntry> = ids
            .into_iter()
            .map(|id| LogEntry {
                integrationid: id,
                ..entry.clone()
            })
            .collect();
        // One call each, as the original makes them: the server stores a call's entries all or none.
        for entry in entries {
            self.send(&[entry]).await?;
        }
        Ok(())
    }

    /// Ids of the integrations that bear our name.
    async fn integrations(&self) -> Result<Vec<String>, LogError> {
        let url = self.api.endpoint().shipyard_controller("/v1/uniform/registration")?;
        let body = self.retry.run(|| self.api.get(&url, ANSWER)).await?;
        let all: Vec<Integration> = serde_json::from_slice(&body).map_err(json)?;
        Ok(all
            .into_iter()
            .filter(|one| one.name == SOURCE)
            .map(|one| one.id)
            .take(INTEGRATIONS)
            .collect())
    }
}

/// What we read of an integration.
#[derive(Deserialize)]
struct Integration {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
}

fn json(error: serde_json::Error) -> LogError {
    LogError::Json {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keptn::events::CommonFields;

    fn trigger(event_type: &str) -> Trigger {
        Trigger {
            id: "triggered-1".to_owned(),
            event_type: event_type.to_owned(),
            context: "context-1".to_owned(),
            git_commit_id: None,
            common: CommonFields::default(),
        }
    }

    #[test]
    fn an_entry_is_written_with_all_fields_in_order() {
        let entry = LogEntry::about(&trigger("sh.keptn.event.test.triggered"), "it \"broke\"", None);
        let body = serde_json::to_string(&Entries { logs: &[entry] }).unwrap();
        assert_eq!(
            body,
            r#"{"logs":[{"integrationid":"","message":"it \"broke\"","time":"0001-01-01T00:00:00Z","shkeptncontext":"context-1","task":"test","triggeredid":"triggered-1","gitcommitid":""}]}"#
        );
    }

    #[test]
    fn an_entry_about_another_type_names_the_whole_type_and_a_given_time() {
        let time: Timestamp = "2024-05-06T07:08:09.5Z".parse().unwrap();
        let entry = LogEntry::about(&trigger("sh.keptn.events.problem"), "x", Some(time));
        assert_eq!(entry.task, "sh.keptn.events.problem");
        assert_eq!(entry.time, "2024-05-06T07:08:09.5Z");
    }

    #[test]
    fn a_long_message_is_shortened_and_says_so() {
        let entry = LogEntry::about(&trigger("a.b.c.d.e"), &"x".repeat(1 << 20), None);
        assert!(entry.message.len() <= MESSAGE, "{}", entry.message.len());
        assert!(entry.message.contains("bytes cut"), "{}", entry.message);
    }
}
