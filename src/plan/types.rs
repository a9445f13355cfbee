//! A task with every default resolved. No `Option` here means "default".

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::Quantity;
use crate::image::Reference;
use crate::yaml::Span;

/// One task of one matched action, ready to be judged.
#[derive(Debug, Clone)]
pub struct TaskPlan {
    /// Which task of the event this is.
    pub key: TaskKey,
    /// Where its fields were written in `job/config.yaml`.
    pub origin: Origin,
    /// Name of the Job and of its main container, at most 58 characters.
    pub job_name: String,
    /// Namespace of the Job.
    pub namespace: String,
    /// Service account of the pod.
    pub service_account: String,
    /// The image as the author wrote it, for messages.
    pub image_text: String,
    /// The image, normalised.
    pub image: Reference,
    /// When the node pulls; always rendered.
    pub pull_policy: PullPolicy,
    /// Entrypoint; empty means the image's own.
    pub command: Vec<String>,
    /// Arguments; empty means the image's own.
    pub args: Vec<String>,
    /// Working directory; empty means the image's own.
    pub working_dir: String,
    /// Environment by value, in the order in which it is rendered.
    pub env: Vec<EnvVar>,
    /// Secrets whose keys become variables, in the order of the config.
    pub secrets: Vec<SecretEnv>,
    /// Resources of the task's container.
    pub resources: Resources,
    /// Security context of the task's container.
    pub security: ContainerSecurity,
    /// Security context of the pod.
    pub pod_security: PodSecurity,
    /// Files of the repository below `/keptn`, normalised; a folder ends in `/`.
    pub files: Vec<String>,
    /// Size limit of the volume that holds them.
    pub files_volume: Quantity,
    /// Seconds that the finished Job is kept.
    pub ttl_seconds: u32,
    /// Seconds from the Job's creation until it is ended: the smaller of poll duration and deadline.
    pub limit_seconds: u32,
    /// Which of the two limits `limit_seconds` is.
    pub limit: Limit,
    /// Labels of the Job.
    pub labels: BTreeMap<String, String>,
    /// Annotations that the author asked for: on the Job and on its pod.
    pub annotations: BTreeMap<String, String>,
}

/// Which task of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskKey {
    /// Index of the action in the config, from 0.
    pub action_index: usize,
    /// Index of the task in its action, from 0.
    pub task_index: usize,
    /// Name of the action, as written.
    pub action: String,
    /// Name of the task, as written.
    pub task: String,
}

/// Where the fields of a task stand: by field path below the task, such as `securityContext.privileged`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Position of the task itself.
    pub task: Span,
    /// Positions of its fields.
    pub fields: BTreeMap<String, Span>,
}

impl Origin {
    /// Position of a field, or of the nearest parent that was written, or of the task.
    #[must_use]
    pub fn span(&self, field: &str) -> Span {
        let mut path = field;
        loop {
            if let Some(span) = self.fields.get(path) {
                return *span;
            }
            match path.rfind(['.', '[']).and_then(|end| path.get(..end)) {
                Some(parent) => path = parent,
                None => return self.task,
            }
        }
    }
}

/// When the node pulls an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PullPolicy {
    /// `Always`
    Always,
    /// `IfNotPresent`
    IfNotPresent,
    /// `Never`
    Never,
}

impl PullPolicy {
    /// Kubernetes' spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

/// One variable by value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value, with `$` already escaped where it came from an event.
    pub value: String,
}

/// A Secret whose keys become variables by reference: this service never reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretEnv {
    /// Name of the Secret in the task's namespace.
    pub name: String,
    /// Index of the `env` entry that asked for it.
    pub index: usize,
}

/// Limits and requests; an absent entry is absent in the Job as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resources {
    /// Upper bounds.
    #[serde(default)]
    pub limits: Amounts,
    /// What the scheduler reserves.
    #[serde(default)]
    pub requests: Amounts,
}

/// CPU and memory; absent means that nothing is stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
}

/// Which limit ends a task that runs too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `maxPollDuration`.
    MaxPollDuration,
    /// The installation's task deadline.
    TaskDeadline,
}

/// A container's security context. Every field is rendered, so that nothing is left to a default of the cluster;
/// `None` stands for "as the image or the runtime says", which has no value of its own in Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerSecurity {
    /// Capabilities added and dropped.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Root on the node.
    #[serde(default)]
    pub privileged: Option<bool>,
    /// Numeric user.
    #[serde(default)]
    pub run_as_user: Option<i64>,
    /// Numeric group.
    #[serde(default)]
    pub run_as_group: Option<i64>,
    /// Refuse to start as user 0.
    #[serde(default)]
    pub run_as_non_root: Option<bool>,
    /// Read-only root file system.
    #[serde(default)]
    pub read_only_root_filesystem: Option<bool>,
    /// May gain more rights than its parent.
    #[serde(default)]
    pub allow_privilege_escalation: Option<bool>,
    /// `Default` or `Unmasked`.
    #[serde(default)]
    pub proc_mount: Option<String>,
    /// System call filter.
    #[serde(default)]
    pub seccomp_profile: Option<SeccompProfile>,
}

/// Capabilities, upper case, without `CAP_`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// Added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<String>,
    /// Dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
}

/// A seccomp profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeccompProfile {
    /// `RuntimeDefault`, `Localhost` or `Unconfined`.
    #[serde(rename = "type")]
    pub kind: String,
    /// File on the node, for `Localhost` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub localhost_profile: Option<String>,
}

/// The pod's security context: an installation's setting that tasks cannot change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSecurity {
    /// Numeric user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_user: Option<i64>,
    /// Numeric group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_group: Option<i64>,
    /// Refuse to start as user 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_non_root: Option<bool>,
    /// Group that owns the volumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fs_group: Option<i64>,
    /// Further groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supplemental_groups: Vec<i64>,
    /// System call filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seccomp_profile: Option<SeccompProfile>,
}
