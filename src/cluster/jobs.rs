//! Creating, adopting, ending and releasing a Job. Must never create a Job twice, nor take a stranger's for ours.

use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::api::{ApiError, Kind, text};
use super::clock::server_now;
use super::compare::compare_job;
use crate::manifest::names;
use crate::outcome::{Cause, Change};

/// A Job that stands in the cluster and is the admitted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The uid that the API server gave it.
    pub uid: String,
    /// When the API server created it, by its clock.
    pub created_at: Timestamp,
    /// Whether this call created it.
    pub how: How,
    /// As stored.
    pub(super) stored: Value,
    /// Its age at the moment of `seen`, by the API server's clock.
    age: Duration,
    seen: Instant,
}

/// Whether a Job was created just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By this call.
    Posted,
    /// Earlier, by this run.
    Adopted,
}

impl Created {
    /// How old it is now, by the API server's clock at first and by a monotonic clock since then.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.age.saturating_add(self.seen.elapsed())
    }
}

/// Why there is no Job that this run may wait for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LaunchError {
    /// A Job of that name exists and is not of this run.
    #[error("{0}")]
    Stranger(String),
    /// Somebody changed it on its way in; it exists.
    #[error("the stored job is not the admitted one")]
    Altered {
        /// Its uid.
        uid: String,
        /// At least one.
        changes: Vec<Change>,
    },
    /// The API server refused it.
    #[error("{0}")]
    Refused(String),
    /// It does not exist, or not yet, or it could not be found out: try again.
    #[error("{0}")]
    NotNow(ApiError),
}

/// Creates the stamped Job, or adopts it when this run created it before.
///
/// A POST that got no answer may have landed, so it is never repeated blindly: the Job is looked for first.
///
/// # Errors
/// [`LaunchError`].
pub(super) async fn launch(client: &Client, stamped: &Value) -> Result<Created, LaunchError> {
    let jobs = Kind::Job.within(client, text(stamped, "/metadata/namespace"));
    match jobs.create(stamped).await {
        Ok(stored) => unchanged(stored, stamped, How::Posted, None),
        Err(ApiError::Exists(_)) => find(client, stamped).await,
        Err(unanswered @ ApiError::Unanswered(_)) => match find(client, stamped).await {
            Err(LaunchError::NotNow(ApiError::NotFound(_))) => Err(LaunchError::NotNow(unanswered)),
            found => found,
        },
        Err(later @ ApiError::Overloaded { .. }) => Err(LaunchError::NotNow(later)),
        Err(
            refused @ (ApiError::NotFound(_)
            | ApiError::Conflict(_)
            | ApiError::Expired(_)
            | ApiError::Refused { .. }
            | ApiError::Unreadable(_)),
        ) => Err(LaunchError::Refused(refused.to_string())),
    }
}

/// Looks for the Job that this run created before.
///
/// # Errors
/// [`LaunchError`]; [`ApiError::NotFound`] inside [`LaunchError::NotNow`] when there is none.
pub(super) async fn find(client: &Client, stamped: &Value) -> Result<Created, LaunchError> {
    let jobs = Kind::Job.within(client, text(stamped, "/metadata/namespace"));
    let stored = match jobs.get(text(stamped, "/metadata/name")).await {
        Ok(stored) => stored,
        Err(refused @ ApiError::Refused { .. }) => return Err(LaunchError::Refused(refused.to_string())),
        Err(error) => return Err(LaunchError::NotNow(error)),
    };
    if let Some(why) = is_stranger(&stored, stamped) {
        return Err(LaunchError::Stranger(why));
    }
    unchanged(stored, stamped, How::Adopted, Some(server_now(client).await))
}

/// What tells a stranger's Job from ours. The nonce itself is never said: whoever knows it could pass for us.
fn is_stranger(stored: &Value, stamped: &Value) -> Option<String> {
    let annotation = |job: &Value, key: &str| -> Option<String> {
        job.pointer("/metadata/annotations")?
            .get(key)?
            .as_str()
            .map(str::to_owned)
    };
    let run = |job: &Value| -> Option<String> {
        job.pointer("/metadata/labels")?
            .get(names::RUN)?
            .as_str()
            .map(str::to_owned)
    };
    if run(stored) != run(stamped) {
        return Some(match run(stored) {
            Some(other) => format!("it belongs to run {other}"),
            None => "it belongs to no run".to_owned(),
        });
    }
    if annotation(stored, names::IDENTITY) != annotation(stamped, names::IDENTITY) {
        return Some("it names another event".to_owned());
    }
    if annotation(stored, names::NONCE) != annotation(stamped, names::NONCE) {
        return Some("it does not carry the nonce of this run".to_owned());
    }
    None
}

fn unchanged(stored: Value, stamped: &Value, how: How, now: Option<Timestamp>) -> Result<Created, LaunchError> {
    let uid = text(&stored, "/metadata/uid").to_owned();
    let changes = compare_job(&stored, stamped);
    if !changes.is_empty() {
        return Err(LaunchError::Altered { uid, changes });
    }
    let created: Result<Timestamp, _> = text(&stored, "/metadata/creationTimestamp").parse();
    let Ok(created_at) = created else {
        let unreadable = "the stored job has no creation time".to_owned();
        return Err(LaunchError::NotNow(ApiError::Unreadable(unreadable)));
    };
    let age = now.map_or(Duration::ZERO, |now| {
        Duration::try_from(now.duration_since(created_at)).unwrap_or_default()
    });
    Ok(Created {
        namespace: text(&stored, "/metadata/namespace").to_owned(),
        name: text(&stored, "/metadata/name").to_owned(),
        uid,
        created_at,
        how,
        stored,
        age,
        seen: Instant::now(),
    })
}

/// Ends a Job that would run on: its pod is stopped, the object stays and says why (DESIGN 11.8).
///
/// # Errors
/// [`ApiError`]; a Job that is gone or is another one by now needs no ending and is no error.
pub(super) async fn end(
    client: &Client,
    namespace: &str,
    name: &str,
    uid: &str,
    cause: &Cause,
) -> Result<(), ApiError> {
    let why = serde_json::to_string(cause).unwrap_or_default();
    let patch = json!({
        "metadata": { "uid": uid, "annotations": { names::ENDED: why } },
        "spec": { "activeDeadlineSeconds": 1 },
    });
    patch_this(client, namespace, name, uid, &patch).await
}

/// Lowers a Job's time to live to the planned one, after its outcome was acknowledged. Never raises it.
///
/// # Errors
/// [`ApiError`]; a Job that is gone or is another one by now is no error.
pub(super) async fn release(
    client: &Client,
    namespace: &str,
    name: &str,
    uid: &str,
    ttl_seconds: u32,
) -> Result<(), ApiError> {
    let patch = json!({ "metadata": { "uid": uid }, "spec": { "ttlSecondsAfterFinished": ttl_seconds } });
    patch_this(client, namespace, name, uid, &patch).await
}

/// Patches the Job of this uid only: the uid in the patch makes the API server refuse it for any other. It says so
/// with different codes, so after a refusal the Job is looked at.
async fn patch_this(client: &Client, namespace: &str, name: &str, uid: &str, patch: &Value) -> Result<(), ApiError> {
    let jobs = Kind::Job.within(client, namespace);
    match jobs.merge(name, patch).await {
        Ok(_) | Err(ApiError::NotFound(_) | ApiError::Conflict(_)) => Ok(()),
        Err(refused @ ApiError::Refused { code: 422, .. }) => match jobs.get(name).await {
            Ok(job) if text(&job, "/metadata/uid") == uid => Err(refused),
            Ok(_) | Err(ApiError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
