//! Run records: custom resources `Run` in the service's own namespace. Made before anything else is written.
//!
//! A record whose HMAC is wrong, or that was made long after it was judged, is reported and never executed. A status
//! that somebody else wrote is not believed. A finalizer keeps a deleted record until its finished events are
//! acknowledged.
//!
//! What a stranger can do who may write records here: delete them, with their answers. What he cannot do: make a Job.

mod contents;
mod fit;
mod seal;
mod types;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use serde_json::{Value, json};

use super::api::{ApiError, Kind, Objects, text};
use crate::manifest::names;
use crate::retry::{Backoff, Transient as _};
pub use contents::Content;
use seal::{Record, Seal};
pub use types::{ActionRecord, Delivered, Phase, Run, RunSpec, RunStatus, Sent, Standing, TaskRecord, TaskState};

/// Keeps a deleted record until it is done.
const FINALIZER: &str = "job-executor.keptn.sh/outbox";
/// How long saving a status is tried while the API server does not answer.
const SAVE_PATIENCE: Duration = Duration::from_secs(600);
/// Largest record without its status, in bytes: together they fit what etcd takes, 1.5 MiB.
const MAX_SPEC_BYTES: usize = 800_000;
/// Largest status, in bytes.
const MAX_STATUS_BYTES: usize = 650_000;
/// How long after it was sent a record may be created, by a clock that is not ours.
const CREATED_WITHIN: Duration = Duration::from_secs(600);
/// How long a record may be without a status. One is written before the first Job, so a record that has none later
/// has lost it.
const FRESH_FOR: Duration = Duration::from_secs(3600);

/// The records of this installation.
#[derive(Clone)]
pub struct RunRecords {
    runs: Objects,
    contents: Objects,
    seal: Seal,
    stored: Arc<Mutex<HashSet<String>>>,
}

/// What became of an attempt to create a record.
#[derive(Debug)]
pub enum Creation {
    /// The event is ours to run.
    Created(Box<Run>),
    /// There is a record of this event already.
    Exists(Box<Run>),
}

/// Why a record cannot be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The API server.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// An input is too large to be kept.
    #[error("an input of {bytes} bytes cannot be kept with its run; {limit} bytes would be accepted")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// An input has no text.
    #[error("an input of the run cannot be written: {0}")]
    Unwritable(String),
    /// A content is not what its name says.
    #[error("content `{0}` was changed by somebody")]
    Changed(String),
    /// The record was not made, or was changed, by somebody without our key.
    #[error("run `{0}` does not carry our HMAC: it was made or changed by somebody else")]
    Unsealed(String),
    /// The record was created long after it was made: it is a copy of an old one.
    #[error("run `{name}` was created at `{created}`, though it was made at {made}: it is a copy of an old one")]
    Replayed {
        /// Its name.
        name: String,
        /// When it was created; empty when that is unknown.
        created: String,
        /// When it was made.
        made: Timestamp,
    },
    /// The record cannot be read.
    #[error("run `{name}` cannot be read: {why}")]
    Unreadable {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
}

/// The inputs of a run that are kept beside its record.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Text of the config; empty when there is none.
    pub config: &'a Content,
    /// The policy files, as JSON by file name.
    pub policies: &'a Content,
    /// The settings, as JSON.
    pub settings: &'a Content,
}

impl RunRecords {
    /// Records in this namespace, sealed with this key.
    #[must_use]
    pub fn new(client: &Client, namespace: &str, key: &[u8]) -> Self {
        Self {
            runs: Kind::Run.within(client, namespace),
            contents: Kind::ConfigMap.within(client, namespace),
            seal: Seal::new(key, namespace),
            stored: Arc::default(),
        }
    }

    /// Stores those inputs that this process has not stored before.
    ///
    /// # Errors
    /// [`RecordError`].
    pub async fn store(&self, inputs: Inputs<'_>) -> Result<(), RecordError> {
        futures::try_join!(
            self.content(inputs.config),
            self.content(inputs.policies),
            self.content(inputs.settings)
        )?;
        Ok(())
    }

    async fn content(&self, content: &Content) -> Result<(), RecordError> {
        let stored = || self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if content.name().is_empty() || stored().contains(content.name()) {
            return Ok(());
        }
        contents::store(&self.contents, content).await?;
        stored().insert(content.name().to_owned());
        Ok(())
    }

    /// Reads an input back; an empty name is an empty text.
    ///
    /// # Errors
    /// [`RecordError`].
    pub async fn input(&self, name: &str) -> Result<String, RecordError> {
        if name.is_empty() {
            Ok(String::new())
        } else {
            contents::read(&self.contents, name).await
        }
    }

    /// Creates a record under the name that its event's identity gives, or finds the one that is there.
    ///
    /// # Errors
    /// [`RecordError`]. An unanswered request is settled by looking whether the record stands and is this one.
    pub async fn create(&self, name: &str, mut spec: RunSpec) -> Result<Creation, RecordError> {
        let mut pauses = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let begun = tokio::time::Instant::now();
        loop {
            spec.made = Timestamp::now();
            match self.runs.create(&self.sealed(name, &mut spec)?).await {
                Ok(created) => {
                    return Ok(Creation::Created(Box::new(Run {
                        name: name.to_owned(),
                        uid: text(&created, "/metadata/uid").to_owned(),
                        spec,
                        status: RunStatus::default(),
                        standing: Standing::Fresh,
                    })));
                }
                Err(ApiError::Exists(_)) => {
                    let found = self.read(&self.runs.get(name).await?)?;
                    // The nonce tells our own unanswered attempt from an earlier delivery.
                    return Ok(if found.spec.nonce == spec.nonce {
                        Creation::Created(Box::new(found))
                    } else {
                        Creation::Exists(Box::new(found))
                    });
                }
                Err(error) => match error.again().wait() {
                    Some(asked) if begun.elapsed() < SAVE_PATIENCE => tokio::time::sleep(pauses.pause(asked)).await,
                    Some(_) | None => return Err(error.into()),
                },
            }
        }
    }

    /// The object of a record, sealed.
    fn sealed(&self, name: &str, spec: &mut RunSpec) -> Result<Value, RecordError> {
        spec.hmac = self.seal.of_spec(name, spec).ok_or_else(unwritable)?;
        let object = json!({
            "apiVersion": "job-executor.keptn.sh/v1alpha1",
            "kind": "Run",
            "metadata": { "name": name, "labels": { names::PHASE: "open" }, "finalizers": [FINALIZER] },
            "spec": spec,
        });
        let (bytes, limit) = (object.to_string().len(), MAX_SPEC_BYTES);
        if bytes > limit {
            return Err(RecordError::TooLarge { bytes, limit });
        }
        Ok(object)
    }

    /// Records that are not done; those that are not ours are reported and left out.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn open(&self) -> Result<Vec<Run>, ApiError> {
        let objects = self.runs.list(&format!("{}!=done", names::PHASE), "", 0).await?;
        Ok(objects
            .iter()
            .filter_map(|object| {
                self.read(object)
                    .map_err(|error| tracing::error!(%error, "an open run is not taken up"))
                    .ok()
            })
            .collect())
    }

    fn read(&self, object: &Value) -> Result<Run, RecordError> {
        let name = text(object, "/metadata/name").to_owned();
        let unreadable = |why: serde_json::Error| RecordError::Unreadable {
            name: name.clone(),
            why: why.to_string(),
        };
        let spec: RunSpec =
            serde_json::from_value(object.get("spec").cloned().unwrap_or_default()).map_err(unreadable)?;
        if !self.seal.holds_spec(&name, &spec) {
            return Err(RecordError::Unsealed(name));
        }
        let created = text(object, "/metadata/creationTimestamp");
        let created_at: Option<Timestamp> = created.parse().ok();
        if created_at.is_none_or(|created| since(spec.made, created) > CREATED_WITHIN) {
            return Err(RecordError::Replayed {
                name,
                created: created.to_owned(),
                made: spec.made,
            });
        }
        let uid = text(object, "/metadata/uid").to_owned();
        let record = Record {
            name: &name,
            uid: &uid,
            spec_hmac: &spec.hmac,
        };
        let (standing, status) = self.standing(&record, created_at, object.get("status"));
        Ok(Run {
            name,
            uid,
            spec,
            status,
            standing,
        })
    }

    /// Whether a status is ours; nothing is taken from one that is not.
    fn standing(
        &self,
        record: &Record<'_>,
        created: Option<Timestamp>,
        status: Option<&Value>,
    ) -> (Standing, RunStatus) {
        let unknown = (Standing::Unknown, RunStatus::default());
        let Some(status) = status.filter(|status| !status.is_null()) else {
            let young = created.is_some_and(|created| since(created, Timestamp::now()) <= FRESH_FOR);
            return if young {
                (Standing::Fresh, RunStatus::default())
            } else {
                unknown
            };
        };
        match serde_json::from_value::<RunStatus>(status.clone()) {
            Ok(status) if self.seal.holds_status(record, &status) => (Standing::Told, status),
            Ok(_) | Err(_) => unknown,
        }
    }

    /// Saves the status of a record, trying for as long as the API server may be away.
    ///
    /// # Errors
    /// [`ApiError`]: the record is gone, or the API server refuses.
    pub async fn save(&self, run: &Run) -> Result<(), ApiError> {
        let mut status = fit::within(&run.status, MAX_STATUS_BYTES);
        let record = Record {
            name: &run.name,
            uid: &run.uid,
            spec_hmac: &run.spec.hmac,
        };
        let seal = self.seal.of_status(&record, &status);
        status.seal = seal.ok_or_else(|| ApiError::Unreadable("the status has no JSON".to_owned()))?;
        // Of this very record: one that was deleted and made again is not ours to go on with.
        let status = json!({ "metadata": { "uid": run.uid }, "status": status });
        self.patiently(|| self.runs.merge_status(&run.name, &status)).await
    }

    /// Marks a record as done: nothing keeps it from being deleted any more.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn release(&self, run: &Run) -> Result<(), ApiError> {
        let fields = json!({ "metadata": { "labels": { names::PHASE: "done" }, "finalizers": null } });
        self.patiently(|| self.runs.merge(&run.name, &fields)).await
    }

    async fn patiently<F: Future<Output = Result<Value, ApiError>>>(
        &self,
        request: impl Fn() -> F,
    ) -> Result<(), ApiError> {
        let begun = tokio::time::Instant::now();
        let mut pauses = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            // A merge of the same fields may be carried out twice without harm.
            let Err(error) = request().await else { return Ok(()) };
            match error.again().wait() {
                Some(asked) if begun.elapsed() < SAVE_PATIENCE => tokio::time::sleep(pauses.pause(asked)).await,
                Some(_) | None => return Err(error),
            }
        }
    }

    /// Deletes records that were done before this time.
    ///
    /// # Errors
    /// [`ApiError`] of the listing; a record that cannot be read or deleted is tried again the next time.
    pub async fn reap(&self, done_before: Timestamp) -> Result<Reaped, ApiError> {
        let mut reaped = Reaped::default();
        for name in self
            .runs
            .made_before(&format!("{}=done", names::PHASE), done_before)
            .await?
        {
            // The list holds metadata only, as records are large and most of them stay: one that may go is read.
            let Ok(object) = self.runs.get(&name).await else {
                continue;
            };
            let done: Option<Timestamp> = text(&object, "/status/doneAt").parse().ok();
            if done.is_some_and(|done| done < done_before)
                && self.runs.delete(&name, text(&object, "/metadata/uid")).await.is_ok()
            {
                reaped.records += 1;
                reaped.namespaces.extend(namespaces_of(&object));
            }
        }
        Ok(reaped)
    }
}

fn unwritable() -> RecordError {
    RecordError::Unwritable("the record has no JSON".to_owned())
}

/// The time from one moment to a later one; none when it is earlier.
fn since(begin: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(begin)).unwrap_or_default()
}

/// What became of records past their horizon.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// How many were removed.
    pub records: usize,
    /// The namespaces in which their tasks ran.
    pub namespaces: BTreeSet<String>,
}

fn namespaces_of(run: &Value) -> impl Iterator<Item = String> {
    let list = |json: &Value, key: &str| json.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    list(run.get("status").unwrap_or(&Value::Null), "actions")
        .into_iter()
        .flat_map(move |action| list(&action, "tasks"))
        .map(|task| text(&task, "/namespace").to_owned())
        .filter(|namespace| !namespace.is_empty())
}

#[cfg(test)]
mod tests;
