//! Which pod a token belongs to, and which Job owns that pod. The token itself is never logged or kept.
#![allow(
    clippy::disallowed_methods,
    reason = "a TokenReview is a question that is asked by POST"
)]

use kube::Client;
use kube::api::PostParams;
use serde_json::{Value, json};

use super::api::{ApiError, Kind, ask, text};
use super::watch::owner;

/// A pod, and the Job that owns it by uid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodOfJob {
    /// Namespace of both.
    pub namespace: String,
    /// The pod's uid.
    pub uid: String,
    /// The Job's name.
    pub job: String,
    /// The Job's uid, as the pod names it.
    pub job_uid: String,
}

/// Why a token names no pod of a Job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not good, or not for us, or of no pod of a Job.
    #[error("the token is refused: {0}")]
    Refused(String),
    /// The cluster could not be asked.
    #[error("the token could not be looked at: {0}")]
    Unavailable(String),
}

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// Asks the API server about a token that was projected into a pod for this audience.
///
/// # Errors
/// [`TokenError`].
pub async fn review_pod_token(client: &Client, token: &str, audience: &str) -> Result<PodOfJob, TokenError> {
    if token.is_empty() || token.len() > LONGEST {
        return Err(refused("it has not the length of a token"));
    }
    let status = review(client, token, audience).await?;
    let claimed = claimed_pod(&status, audience)?;
    let pod = match Kind::Pod.within(client, claimed.namespace).get(claimed.name).await {
        Ok(pod) => pod,
        Err(ApiError::NotFound(_)) => return Err(refused("its pod is gone")),
        Err(error) => return Err(TokenError::Unavailable(error.to_string())),
    };
    if text(&pod, "/metadata/uid") != claimed.uid {
        return Err(refused("its pod was replaced by another of that name"));
    }
    let (job, job_uid) = owner(&pod);
    if job.is_empty() || job_uid.is_empty() {
        return Err(refused("its pod is owned by no job"));
    }
    Ok(PodOfJob {
        namespace: claimed.namespace.to_owned(),
        uid: claimed.uid.to_owned(),
        job: job.to_owned(),
        job_uid: job_uid.to_owned(),
    })
}

async fn review(client: &Client, token: &str, audience: &str) -> Result<Value, TokenError> {
    let unavailable = |error: String| TokenError::Unavailable(error);
    let question = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": { "token": token, "audiences": [audience] },
    });
    let body = serde_json::to_vec(&question).map_err(|error| unavailable(error.to_string()))?;
    let request = kube::core::Request::new("/apis/authentication.k8s.io/v1/tokenreviews")
        .create(&PostParams::default(), body)
        .map_err(|error| unavailable(error.to_string()))?;
    let mut answer: Value = ask(client.request(request))
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    Ok(answer.get_mut("status").map(Value::take).unwrap_or_default())
}

/// What a good token says about its pod.
struct Claimed<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
}

fn claimed_pod<'a>(status: &'a Value, audience: &str) -> Result<Claimed<'a>, TokenError> {
    if status.get("authenticated") != Some(&Value::Bool(true)) {
        return Err(refused(match text(status, "/error") {
            "" => "it is not good",
            why => why,
        }));
    }
    // An API server that knows nothing of audiences answers without any, and would take every token for ours.
    let audiences = status.get("audiences").and_then(Value::as_array);
    if !audiences.is_some_and(|audiences| audiences.iter().any(|one| one.as_str() == Some(audience))) {
        return Err(refused("it was made for another audience"));
    }
    let extra = |key: &str| {
        let values = status
            .pointer("/user/extra")
            .and_then(|extra| extra.get(key))
            .and_then(Value::as_array);
        values
            .and_then(|values| values.first())
            .and_then(Value::as_str)
            .filter(|value| !value.is_empty())
    };
    let account = text(status, "/user/username").strip_prefix("system:serviceaccount:");
    let namespace = account
        .and_then(|account| account.split_once(':'))
        .map(|(namespace, _)| namespace);
    let (name, uid) = (
        extra("authentication.kubernetes.io/pod-name"),
        extra("authentication.kubernetes.io/pod-uid"),
    );
    match (namespace, name, uid) {
        (Some(namespace), Some(name), Some(uid)) => Ok(Claimed { namespace, name, uid }),
        _ => Err(refused("it belongs to no pod")),
    }
}

fn refused(why: &str) -> TokenError {
    TokenError::Refused(why.to_owned())
}

#[cfg(test)]
mod tests;
