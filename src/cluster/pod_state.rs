//! What a pod's status says, in the few words that matter to a task. Pure, on raw JSON, total: a pod without any
//! status is a pod that is still on its way.

use std::time::Duration;

use serde_json::Value;

use super::api::text;

/// What a pod is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodState {
    /// On its way, or running.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended with an error.
    Failed {
        /// Kubernetes' word.
        reason: String,
        /// What more is known.
        message: String,
    },
    /// It will never start.
    CannotStart {
        /// Kubernetes' word.
        reason: String,
        /// What more is known.
        message: String,
    },
    /// It does not start; it may heal within the patience of its trouble.
    Waiting {
        /// What kind of trouble.
        trouble: Trouble,
        /// Kubernetes' word.
        reason: String,
        /// What more is known.
        message: String,
    },
    /// Somebody deletes it before its end.
    Leaving {
        /// Why, as far as its conditions say.
        message: String,
    },
}

/// Why a pod does not start, by how long that may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The image cannot be pulled: a registry may come back.
    Pull,
    /// The container cannot be made: a Secret may appear.
    Container,
    /// No node takes it: another pod may end.
    Schedule,
}

impl Trouble {
    /// How long it may last before the task is given up.
    #[must_use]
    pub fn patience(self) -> Duration {
        match self {
            Self::Pull => Duration::from_secs(30),
            Self::Container => Duration::from_secs(5),
            Self::Schedule => Duration::from_secs(60),
        }
    }
}

/// Reads the state of a pod.
#[must_use]
pub(super) fn classify(pod: &Value) -> PodState {
    match text(pod, "/status/phase") {
        "Succeeded" => PodState::Succeeded,
        "Failed" => failed(pod),
        _ if is_leaving(pod) => PodState::Leaving {
            message: who_deletes(pod),
        },
        _ => unhappy_container(pod)
            .or_else(|| unscheduled(pod))
            .unwrap_or(PodState::Running),
    }
}

/// Whether somebody deletes the pod.
#[must_use]
pub(super) fn is_leaving(pod: &Value) -> bool {
    pod.pointer("/metadata/deletionTimestamp")
        .is_some_and(|time| !time.is_null())
}

/// Whether the pod's end is its own: nothing can change any more.
#[must_use]
pub(super) fn is_terminal(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Why a pod is taken away, from its disruption condition.
#[must_use]
pub(super) fn who_deletes(pod: &Value) -> String {
    match condition(pod, "DisruptionTarget").filter(|condition| text(condition, "/status") == "True") {
        Some(condition) => join(text(condition, "/reason"), text(condition, "/message")),
        None => format!("somebody deleted pod {}", text(pod, "/metadata/name")),
    }
}

/// The statuses of all containers: init first, then main.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .filter_map(|list| pod.pointer(list).and_then(Value::as_array))
        .flatten()
}

fn condition<'a>(pod: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().find(|condition| text(condition, "/type") == kind)
}

/// The pod's own reason (such as an eviction) says more than the exit codes that follow from it.
fn failed(pod: &Value) -> PodState {
    let reason = text(pod, "/status/reason");
    if !reason.is_empty() {
        let message = or(text(pod, "/status/message"), "the pod was ended");
        return PodState::Failed {
            reason: reason.to_owned(),
            message,
        };
    }
    if let Some(condition) = condition(pod, "DisruptionTarget").filter(|found| text(found, "/status") == "True") {
        let reason = or(text(condition, "/reason"), "DisruptionTarget");
        return PodState::Failed {
            reason,
            message: or(text(condition, "/message"), "the pod was taken away"),
        };
    }
    let broken = containers(pod).find(|status| exit_code(status).is_some_and(|code| code != 0));
    match broken {
        Some(status) => PodState::Failed {
            reason: or(text(status, "/state/terminated/reason"), "Error"),
            message: how_it_ended(status),
        },
        None => {
            let message = or(text(pod, "/status/message"), "the pod failed and no container says why");
            PodState::Failed {
                reason: "Error".to_owned(),
                message,
            }
        }
    }
}

fn exit_code(status: &Value) -> Option<i64> {
    status.pointer("/state/terminated/exitCode").and_then(Value::as_i64)
}

fn how_it_ended(status: &Value) -> String {
    let name = text(status, "/name");
    let code = exit_code(status).unwrap_or_default();
    let what = match text(status, "/state/terminated/reason") {
        "OOMKilled" => format!("container `{name}` used more memory than its limit and was killed, exit code {code}"),
        _ => format!("container `{name}` ended with exit code {code}"),
    };
    join(&what, text(status, "/state/terminated/message").trim())
}

fn unhappy_container(pod: &Value) -> Option<PodState> {
    containers(pod).find_map(|status| {
        let reason = text(status, "/state/waiting/reason");
        let detail = text(status, "/state/waiting/message");
        let message = join(
            &format!("container `{}` has {reason}", text(status, "/name")),
            detail.trim(),
        );
        let reason = reason.to_owned();
        match reason.as_str() {
            "InvalidImageName" | "ErrImageNeverPull" => Some(PodState::CannotStart { reason, message }),
            "ErrImagePull"
            | "ImagePullBackOff"
            | "ImageInspectError"
            | "RegistryUnavailable"
            | "SignatureValidationFailed" => Some(PodState::Waiting {
                trouble: Trouble::Pull,
                reason,
                message,
            }),
            "CreateContainerConfigError"
            | "CreateContainerError"
            | "RunContainerError"
            | "PreCreateHookError"
            | "PreStartHookError"
            | "PostStartHookError"
            | "StartError"
            | "CrashLoopBackOff" => Some(PodState::Waiting {
                trouble: Trouble::Container,
                reason,
                message,
            }),
            // `ContainerCreating`, `PodInitializing`, and what a later kubelet may say on its way.
            _ => None,
        }
    })
}

fn unscheduled(pod: &Value) -> Option<PodState> {
    let condition = condition(pod, "PodScheduled").filter(|condition| text(condition, "/status") == "False")?;
    let reason = or(text(condition, "/reason"), "Unschedulable");
    let message = or(text(condition, "/message"), "no node takes the pod");
    Some(PodState::Waiting {
        trouble: Trouble::Schedule,
        reason,
        message,
    })
}

fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text.to_owned()
    }
}

fn join(what: &str, detail: &str) -> String {
    match (what, detail) {
        (what, "") => what.to_owned(),
        ("", detail) => detail.to_owned(),
        (what, detail) => format!("{what}: {detail}"),
    }
}

#[cfg(test)]
mod tests;
