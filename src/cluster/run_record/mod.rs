//! Run records: custom resources `Run` in the service's own namespace. Made before anything else is written.
//!
//! A record whose HMAC is wrong is reported and never executed. A finalizer keeps a deleted record until its finished
//! events are acknowledged.

mod contents;
mod seal;
mod types;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use serde_json::{Value, json};

use super::api::{ApiError, Kind, Objects, Retry, text};
use super::backoff::Backoff;
use crate::manifest::names;
pub use contents::Content;
use seal::Seal;
pub use types::{ActionRecord, Delivered, Phase, Run, RunSpec, RunStatus, Sent, TaskRecord, TaskState};

/// Keeps a deleted record until it is done.
const FINALIZER: &str = "job-executor.keptn.sh/outbox";
/// How long saving a status is tried while the API server does not answer.
const SAVE_PATIENCE: Duration = Duration::from_secs(600);
/// Largest spec, in bytes.
const MAX_SPEC_BYTES: usize = 1_200_000;

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
            seal: Seal::new(key),
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
        spec.hmac = self.seal.of(&spec);
        let object = json!({
            "apiVersion": "job-executor.keptn.sh/v1alpha1",
            "kind": "Run",
            "metadata": { "name": name, "labels": { names::PHASE: "open" }, "finalizers": [FINALIZER] },
            "spec": spec,
        });
        let bytes = object.to_string().len();
        if bytes > MAX_SPEC_BYTES {
            return Err(RecordError::TooLarge {
                bytes,
                limit: MAX_SPEC_BYTES,
            });
        }
        let mut pauses = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let begun = tokio::time::Instant::now();
        loop {
            match self.runs.create(&object).await {
                Ok(_) => {
                    return Ok(Creation::Created(Box::new(Run {
                        name: name.to_owned(),
                        spec,
                        status: RunStatus::default(),
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
                Err(error) => match error.retry() {
                    Retry::After(asked) if begun.elapsed() < SAVE_PATIENCE => {
                        tokio::time::sleep(pauses.pause(asked)).await
                    }
                    Retry::After(_) | Retry::Never => return Err(error.into()),
                },
            }
        }
    }

    /// Records that are not done; those that are not ours are reported and left out.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn open(&self) -> Result<Vec<Run>, ApiError> {
        let objects = self.runs.list(&format!("{}=open", names::PHASE), "", 0).await?;
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
        if !self.seal.holds(&spec) {
            return Err(RecordError::Unsealed(name));
        }
        let status = match object.get("status") {
            None | Some(Value::Null) => RunStatus::default(),
            Some(status) => serde_json::from_value(status.clone()).map_err(unreadable)?,
        };
        Ok(Run { name, spec, status })
    }

    /// Saves the status of a record, trying for as long as the API server may be away.
    ///
    /// # Errors
    /// [`ApiError`]: the record is gone, or the API server refuses.
    pub async fn save(&self, run: &Run) -> Result<(), ApiError> {
        let status = json!({ "status": run.status });
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
            match error.retry() {
                Retry::After(asked) if begun.elapsed() < SAVE_PATIENCE => tokio::time::sleep(pauses.pause(asked)).await,
                Retry::After(_) | Retry::Never => return Err(error),
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
