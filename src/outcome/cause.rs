//! Why a task failed, with the text that its author reads in the finished event.
//!
//! Where the original had a text for the same thing, ours is that text; the rest follows its manner.

use serde::{Deserialize, Serialize};

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "cause",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Cause {
    /// A container ended with an error, or Kubernetes gave the Job up.
    Failed {
        /// Kubernetes' word, such as `Error`, `OOMKilled`, `Evicted`.
        reason: String,
        /// What more is known.
        message: String,
    },
    /// The pod can never start; it was ended instead of being waited for.
    CannotStart {
        /// Kubernetes' word, such as `ErrImagePull`, `InvalidImageName`, `Unschedulable`.
        reason: String,
        /// What more is known.
        message: String,
    },
    /// The installation's task deadline passed.
    Deadline,
    /// The task's `maxPollDuration` passed.
    PollTimeout {
        /// The limit in seconds.
        after: u32,
    },
    /// Somebody suspended the Job.
    Suspended {
        /// As its condition says.
        reason: String,
        /// As its condition says.
        message: String,
    },
    /// Somebody deleted the Job, or it was gone before its end was seen.
    JobGone,
    /// Somebody deleted the pod, or its node was lost.
    PodGone {
        /// What took it away.
        message: String,
    },
    /// The stored Job or its pod is not the admitted one.
    Altered {
        /// At least one difference.
        changes: Vec<Change>,
    },
    /// A Job of that name exists that this run did not make.
    Stranger {
        /// What tells it apart.
        message: String,
    },
    /// The API server refused the Job.
    Refused {
        /// What it said.
        message: String,
    },
    /// The fence could not be put in place, so no pod was started.
    NoFence {
        /// What stood in the way.
        message: String,
    },
    /// Since its admission another NetworkPolicy opens its fence, so no pod was started.
    FenceWidened {
        /// The finding.
        message: String,
    },
    /// The files it was admitted with could not be had, so no pod was started.
    NoFiles {
        /// What stood in the way.
        message: String,
    },
    /// The API server could not be asked in time.
    Unreachable {
        /// What the last attempt ran into.
        message: String,
    },
    /// It cannot be told whether the task ran; it is not run a second time.
    Unknown {
        /// Why it cannot be told.
        message: String,
    },
    /// The run was aborted before the task had ended.
    Aborted,
}

/// One way in which a stored object differs from the admitted one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// Where, such as `spec.template.spec.containers`.
    pub path: String,
    /// What differs, in a phrase; never a value that could be a secret.
    pub what: String,
}

impl Cause {
    /// The text for the finished event. `job` is the name of the Job.
    #[must_use]
    pub fn text(&self, job: &str) -> String {
        match self {
            Self::Failed { reason, message } => format!("job {job} failed. Reason: {reason}, Message: {message}"),
            Self::CannotStart { reason, message } => {
                format!("job {job} failed. Reason: {reason}, Message: its pod cannot start: {message}")
            }
            Self::Deadline => format!("job {job} failed: job deadline exceeded"),
            Self::PollTimeout { after } => {
                let limit = go_duration(*after);
                format!("polling for job {job} timing out after {limit}: max poll count reached for job")
            }
            Self::Suspended { reason, message } => {
                format!("job {job} was suspended. Reason: {reason}, Message: {message}")
            }
            Self::JobGone => format!("job {job} was deleted before its end was seen"),
            Self::PodGone { message } => format!("job {job} failed. Reason: PodGone, Message: {message}"),
            Self::Altered { changes } => {
                let list: Vec<String> = changes
                    .iter()
                    .map(|change| format!("{}: {}", change.path, change.what))
                    .collect();
                format!(
                    "job {job} is not what was admitted and has been ended: {}",
                    list.join("; ")
                )
            }
            Self::Stranger { message } => format!("a job {job} exists that this run did not make: {message}"),
            Self::Refused { message } => format!("the cluster refused job {job}: {message}"),
            Self::NoFence { message } => {
                format!("job {job} was not started, its network fence is not in place: {message}")
            }
            Self::FenceWidened { message } => format!("job {job} was not started: {message}"),
            Self::NoFiles { message } => format!("job {job} was not started, its files could not be had: {message}"),
            Self::Unreachable { message } => format!("job {job}: the cluster could not be asked: {message}"),
            Self::Unknown { message } => format!("job {job}: it cannot be told whether it ran: {message}"),
            Self::Aborted => format!("job {job} was aborted"),
        }
    }

    /// A word for metrics, one for each variant.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "failed",
            Self::CannotStart { .. } => "cannot-start",
            Self::Deadline => "deadline",
            Self::PollTimeout { .. } => "poll-timeout",
            Self::Suspended { .. } => "suspended",
            Self::JobGone => "job-gone",
            Self::PodGone { .. } => "pod-gone",
            Self::Altered { .. } => "altered",
            Self::Stranger { .. } => "stranger",
            Self::Refused { .. } => "refused",
            Self::NoFence { .. } => "no-fence",
            Self::FenceWidened { .. } => "fence-widened",
            Self::NoFiles { .. } => "no-files",
            Self::Unreachable { .. } => "unreachable",
            Self::Unknown { .. } => "unknown",
            Self::Aborted => "aborted",
        }
    }
}

/// Seconds in the notation of the original's texts: `5m0s`, `1h0m0s`, `45s`.
fn go_duration(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}
