//! What a run record says: in `spec` everything a verdict rests on, in `status` how far the run has come.
//!
//! Claim, ledger and outbox in one: its name is made of the event's identity, so a second record of one event cannot
//! be created; its status knows each Job that may exist and each event that has to go out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outcome::{ActionOutcome, TaskOutcome};
use crate::sink::OutgoingEvent;

/// What a run began with. Never changed; the HMAC says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSpec {
    /// The exact bytes of the event.
    pub event: String,
    /// SHA-256 of those bytes, in hex: the same id with other content is found by it.
    pub event_digest: String,
    /// Identity of the event, in hex.
    pub identity: String,
    /// Type of the event, for people.
    pub event_type: String,
    /// Time of judgement.
    pub at: Timestamp,
    /// When this record was sent to the API server: a copy that is made later is not taken up.
    pub made: Timestamp,
    /// Random text that Jobs of this run carry; nobody can guess it before.
    pub nonce: String,
    /// Name of the content with the config; empty when there is none.
    pub config: String,
    /// Name of the content with the policy files, as JSON by file name.
    pub policies: String,
    /// Name of the content with the settings, as JSON.
    pub settings: String,
    /// Version that the files of the event are read at; empty when unknown.
    pub pin: String,
    /// The facts that the verdict rests on, as JSON.
    pub facts: String,
    /// HMAC-SHA256 over namespace, name and all of the above, in hex.
    #[serde(default)]
    pub hmac: String,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Phase {
    /// The record stands; nothing was started.
    #[default]
    Accepted,
    /// Its actions run, or their answers go out.
    Running,
    /// Every answer is acknowledged.
    Done,
}

/// The changing part of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunStatus {
    /// How far it has come.
    #[serde(default)]
    pub phase: Phase,
    /// `admitted`, `denied` or `undecided`; empty for an event that could not be judged.
    #[serde(default)]
    pub decision: String,
    /// The verdict report, as JSON text, exactly as `job-lint` prints it.
    #[serde(default)]
    pub verdict: String,
    /// When it became Done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// The matched actions in file order.
    #[serde(default)]
    pub actions: Vec<ActionRecord>,
    /// HMAC-SHA256 over the record and all of the above, in hex.
    #[serde(default)]
    pub seal: String,
}

/// One action of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionRecord {
    /// Index in the config.
    pub index: usize,
    /// Name as written.
    pub name: String,
    /// Its started event, when it sends one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Sent>,
    /// When its first task began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Its tasks in file order; none unless it was admitted.
    #[serde(default)]
    pub tasks: Vec<TaskRecord>,
    /// How it ended. Its logs stand in its tasks and in the finished event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ActionOutcome>,
    /// Its finished event, when it sends one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Sent>,
}

/// An event that goes out, and whether it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The event, whole: it is the same on every attempt.
    pub event: OutgoingEvent,
    /// Whether the other side has it.
    pub delivery: Delivered,
}

/// Whether an event arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivered {
    /// Not that we know.
    Pending,
    /// It did.
    Acknowledged,
    /// The other side refused it for good; the text says why.
    Refused(String),
}

/// One task of an admitted action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRecord {
    /// Index in the action.
    pub index: usize,
    /// Name as written.
    pub name: String,
    /// Name of its Job.
    pub job: String,
    /// Namespace of its Job.
    pub namespace: String,
    /// The image by digest.
    pub image: String,
    /// Seconds that its finished Job is kept once everything is acknowledged.
    pub ttl_seconds: u32,
    /// How far it has come.
    pub state: TaskState,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<TaskOutcome>,
}

/// How far a task has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaskState {
    /// It has not begun.
    Pending,
    /// Its Job is about to be posted, or may have been.
    Posting {
        /// Since when.
        since: Timestamp,
    },
    /// Its Job exists, or existed.
    Created {
        /// Its uid.
        uid: String,
    },
    /// It has ended.
    Ended {
        /// The uid of its Job; empty when none was ever created.
        uid: String,
    },
}

/// A record as it stands in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// The uid that the API server gave it.
    pub uid: String,
    /// What it began with.
    pub spec: RunSpec,
    /// How far it has come, if that is [`Standing::Told`].
    pub status: RunStatus,
    /// Whether its status can be believed.
    pub standing: Standing,
}

/// Whether the status of a record can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// None was written yet: nothing was started.
    Fresh,
    /// It carries our seal.
    Told,
    /// Somebody else wrote it, or took it away. It says nothing: Jobs may exist or have existed, and none is created.
    Unknown,
}
