//! Requests and their failures, sorted by what a caller may do next. Objects are raw JSON: what a newer API server
//! adds to a Job must reach the comparison instead of being dropped by a typed struct.
//!
//! The only file of the code base that writes to Kubernetes.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this is the one place that writes"
)]

use std::time::Duration;

use jiff::Timestamp;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams,
    Preconditions,
};
use kube::{Client, Error};
use serde_json::Value;

use crate::retry::{Again, Transient};

/// Objects in one page of metadata.
const PAGE: u32 = 500;
/// Longest time that one request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The kinds of objects that this module touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Job,
    Pod,
    Event,
    ConfigMap,
    NetworkPolicy,
    Run,
    Secret,
    ServiceAccount,
}

impl Kind {
    fn resource(self) -> ApiResource {
        let (group, version, kind, plural) = match self {
            Self::Job => ("batch", "v1", "Job", "jobs"),
            Self::Pod => ("", "v1", "Pod", "pods"),
            Self::Event => ("", "v1", "Event", "events"),
            Self::ConfigMap => ("", "v1", "ConfigMap", "configmaps"),
            Self::NetworkPolicy => ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
            Self::Secret => ("", "v1", "Secret", "secrets"),
            Self::ServiceAccount => ("", "v1", "ServiceAccount", "serviceaccounts"),
            Self::Run => ("job-executor.keptn.sh", "v1alpha1", "Run", "runs"),
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }

    /// The objects of this kind in a namespace.
    pub(super) fn within(self, client: &Client, namespace: &str) -> Objects {
        Objects {
            api: Api::namespaced_with(client.clone(), namespace, &self.resource()),
        }
    }
}

/// An object whose metadata is typed and whose rest is as the API server sent it.
pub(super) type Object = DynamicObject;

/// The objects of one kind in one namespace, as JSON.
#[derive(Debug, Clone)]
pub(super) struct Objects {
    pub(super) api: Api<Object>,
}

impl Objects {
    /// Reads one.
    pub(super) async fn get(&self, name: &str) -> Result<Value, ApiError> {
        ask(self.api.get(name)).await.map(|object| to_json(&object))
    }

    /// Reads those that selectors match, up to `limit`.
    pub(super) async fn list(&self, labels: &str, fields: &str, limit: u32) -> Result<Vec<Value>, ApiError> {
        let params = ListParams::default().labels(labels).fields(fields).limit(limit);
        ask(self.api.list(&params))
            .await
            .map(|list| list.items.iter().map(to_json).collect())
    }

    /// Names of those that a selector matches and that were created before this time. Reads metadata only, in pages.
    pub(super) async fn made_before(&self, labels: &str, time: Timestamp) -> Result<Vec<String>, ApiError> {
        let mut params = ListParams::default().labels(labels).limit(PAGE);
        let mut names = Vec::new();
        loop {
            let page = ask(self.api.list_metadata(&params)).await?;
            let old = |created: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Time| created.0 < time;
            names.extend(
                page.items
                    .into_iter()
                    .filter(|item| item.metadata.creation_timestamp.as_ref().is_some_and(old))
                    .filter_map(|item| item.metadata.name),
            );
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(names),
            }
        }
    }

    /// Creates one; never asked twice.
    pub(super) async fn create(&self, object: &Value) -> Result<Value, ApiError> {
        let object = from_json(object)?;
        ask(self.api.create(&PostParams::default(), &object))
            .await
            .map(|object| to_json(&object))
    }

    /// Replaces one; its `resourceVersion` says what is replaced.
    pub(super) async fn replace(&self, name: &str, object: &Value) -> Result<Value, ApiError> {
        let object = from_json(object)?;
        ask(self.api.replace(name, &PostParams::default(), &object))
            .await
            .map(|object| to_json(&object))
    }

    /// Merges fields into one.
    pub(super) async fn merge(&self, name: &str, fields: &Value) -> Result<Value, ApiError> {
        ask(self.api.patch(name, &PatchParams::default(), &Patch::Merge(fields)))
            .await
            .map(|object| to_json(&object))
    }

    /// Merges fields into the status of one.
    pub(super) async fn merge_status(&self, name: &str, fields: &Value) -> Result<Value, ApiError> {
        ask(self
            .api
            .patch_status(name, &PatchParams::default(), &Patch::Merge(fields)))
        .await
        .map(|object| to_json(&object))
    }

    /// Deletes one, if it still is the one of this uid.
    pub(super) async fn delete(&self, name: &str, uid: &str) -> Result<(), ApiError> {
        let uid = Preconditions {
            uid: Some(uid.to_owned()),
            resource_version: None,
        };
        let params = DeleteParams {
            preconditions: Some(uid),
            ..DeleteParams::default()
        };
        ask(self.api.delete(name, &params)).await.map(drop)
    }
}

/// Why a request to the API server has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// It may have been carried out all the same.
    #[error("no answer from the API server: {0}")]
    Unanswered(String),
    /// It was not carried out; asking again later may help.
    #[error("the API server is overloaded: {message}")]
    Overloaded {
        /// What it said.
        message: String,
        /// What it asked us to wait, in seconds; 0 when it did not say.
        retry_after: u32,
    },
    /// The object does not exist.
    #[error("not found: {0}")]
    NotFound(String),
    /// An object of that name exists.
    #[error("already exists: {0}")]
    Exists(String),
    /// Somebody else changed the object in between.
    #[error("changed by somebody else meanwhile: {0}")]
    Conflict(String),
    /// The resource version is too old to continue from.
    #[error("history is gone: {0}")]
    Expired(String),
    /// It was refused; asking again gives the same answer.
    #[error("{message} ({code})")]
    Refused {
        /// HTTP status.
        code: u16,
        /// What it said.
        message: String,
    },
    /// The answer could not be read.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
}

impl Transient for ApiError {
    fn again(&self) -> Again {
        match self {
            Self::Unanswered(_) => Again::Soon,
            Self::Overloaded { retry_after: 0, .. } => Again::Soon,
            Self::Overloaded { retry_after, .. } => Again::After(Duration::from_secs(u64::from(*retry_after).min(60))),
            Self::NotFound(_)
            | Self::Exists(_)
            | Self::Conflict(_)
            | Self::Expired(_)
            | Self::Refused { .. }
            | Self::Unreadable(_) => Again::Never,
        }
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else goes wrong on the way, an answer is missing"
)]
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(status) => of_status(&status),
            Error::SerdeError(error) => Self::Unreadable(error.to_string()),
            Error::FromUtf8(error) => Self::Unreadable(error.to_string()),
            Error::BuildRequest(error) => Self::Refused {
                code: 0,
                message: error.to_string(),
            },
            other => Self::Unanswered(causes(&other)),
        }
    }
}

/// Sorts an error status of the API server.
pub(super) fn of_status(status: &kube::core::Status) -> ApiError {
    let message = status.message.clone();
    let retry_after = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    match status.code {
        404 => ApiError::NotFound(message),
        409 if status.is_already_exists() => ApiError::Exists(message),
        409 => ApiError::Conflict(message),
        410 => ApiError::Expired(message),
        429 => ApiError::Overloaded { message, retry_after },
        // A gateway's or server's time-out says nothing about whether the request was carried out.
        408 | 500..=599 => ApiError::Unanswered(format!("{message} ({})", status.code)),
        code => ApiError::Refused { code, message },
    }
}

/// An error with the errors below it, which often hold the only useful words.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

/// Waits for a request, but not longer than [`PATIENCE`].
pub(super) async fn ask<T>(request: impl Future<Output = Result<T, Error>>) -> Result<T, ApiError> {
    match tokio::time::timeout(PATIENCE, request).await {
        Ok(result) => result.map_err(ApiError::from),
        Err(_) => Err(ApiError::Unanswered(format!("nothing within {} s", PATIENCE.as_secs()))),
    }
}

/// An object as plain JSON, without the bookkeeping of field managers.
pub(super) fn to_json(object: &Object) -> Value {
    let mut json = serde_json::to_value(object).unwrap_or_default();
    if let Some(metadata) = json.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    json
}

/// Plain JSON as an object that can be sent.
fn from_json(json: &Value) -> Result<Object, ApiError> {
    serde_json::from_value(json.clone()).map_err(|error| ApiError::Unreadable(error.to_string()))
}

/// A text of an object by JSON pointer; empty when there is none.
pub(super) fn text<'a>(json: &'a Value, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
