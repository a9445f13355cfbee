//! What a job configuration says, with the place of every value.
//!
//! Nothing here has a default: `None` means that the key is absent (or has no value).

use super::ConfigDigest;
use crate::yaml::{Located, Problem, Span};

/// A whole `job/config.yaml`.
#[derive(Debug, Clone, PartialEq)]
pub struct JobConfig {
    /// What may be started, in the order of the file. May be empty.
    pub actions: Vec<Action>,
    /// Digest of the raw bytes.
    pub digest: ConfigDigest,
    /// What was accepted and may surprise, by position.
    pub warnings: Vec<Problem>,
}

/// A group of tasks that starts on certain events.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Position in the file, from 0.
    pub index: usize,
    /// Its name; may be empty.
    pub name: Located<String>,
    /// Whether no started and finished events are sent; false without a place when absent.
    pub silent: Located<bool>,
    /// The action starts when one of these matches. Empty: never.
    pub events: Vec<EventRule>,
    /// What runs, one after the other.
    pub tasks: Vec<Task>,
    /// Where it stands.
    pub span: Span,
}

/// When an action starts.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRule {
    /// Pattern of the event type (protocol reference 6.2); the empty one matches every event.
    pub name: Located<String>,
    /// What must be found in the event as well.
    pub jsonpath: Option<JsonPathRule>,
}

/// A value that the event must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPathRule {
    /// Path of the value; when empty the name alone decides.
    pub property: Located<String>,
    /// `match`: the text that must stand there.
    pub match_value: Located<String>,
}

/// One container to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Position in its action, from 0.
    pub index: usize,
    /// Its name; may be empty.
    pub name: Located<String>,
    /// Where it stands.
    pub span: Span,
    /// Files and folders to mount, as written; [`super::FileEntry`] reads one.
    pub files: Vec<Located<String>>,
    /// Image reference, as written.
    pub image: Option<Located<String>>,
    /// `imagePullPolicy`, as written.
    pub image_pull_policy: Option<Located<String>>,
    /// The command; empty: the image's own entrypoint.
    pub cmd: Vec<Located<String>>,
    /// Arguments of the command.
    pub args: Vec<Located<String>>,
    /// Environment variables, in the order of the file.
    pub env: Vec<EnvEntry>,
    /// Present, even as `{}`, it replaces all default resources.
    pub resources: Option<Resources>,
    /// `workingDir`.
    pub working_dir: Option<Located<String>>,
    /// `maxPollDuration` in seconds; may be negative.
    pub max_poll_duration: Option<Located<i64>>,
    /// Namespace of the Job.
    pub namespace: Option<Located<String>>,
    /// `ttlSecondsAfterFinished` in seconds; may be negative.
    pub ttl_seconds_after_finished: Option<Located<i32>>,
    /// `serviceAccount`; present, even as `""`, it replaces the default.
    pub service_account: Option<Located<String>>,
    /// Annotations of the Job, in the order of the file, keys unique.
    pub annotations: Vec<(Located<String>, Located<String>)>,
    /// Fields that replace those of the default security context.
    pub security_context: Option<SecurityContext>,
}

/// One entry of `env`. An entry of a secret stands for all its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvEntry {
    /// Name of the variable, or of the Secret.
    pub name: Located<String>,
    /// The text, or the path of a value of the event.
    pub value: Option<Located<String>>,
    /// `valueFrom`: where the value comes from. At the entry's place when absent.
    pub value_from: Located<EnvSource>,
    /// `as`: how a value of the event is written.
    pub as_format: Option<Located<EnvFormat>>,
    /// Where the entry stands.
    pub span: Span,
}

/// Where the value of a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvSource {
    /// `event`: `value` is a path into the event.
    Event,
    /// `secret`: all keys of the Secret `name`.
    Secret,
    /// `string`: `value` itself.
    Literal,
    /// Anything else, also nothing: such a task cannot be planned.
    Unknown(String),
}

/// How a value of the event becomes text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvFormat {
    /// `json` in any letter case.
    Json,
    /// `yaml` in any letter case.
    Yaml,
    /// Anything else counts as absent.
    Other(String),
}

/// What a container may use and gets for sure.
#[derive(Debug, Clone, PartialEq)]
pub struct Resources {
    /// Upper limits.
    pub limits: Quantities,
    /// Reserved amounts.
    pub requests: Quantities,
    /// Where it stands.
    pub span: Span,
}

/// Kubernetes quantities, as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quantities {
    /// Processor time.
    pub cpu: Option<Located<String>>,
    /// Memory.
    pub memory: Option<Located<String>>,
}

/// Security settings of the container; each field present replaces the default's.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityContext {
    /// Linux capabilities; replaces the default's `add` and `drop` together.
    pub capabilities: Option<Capabilities>,
    /// `privileged`.
    pub privileged: Option<Located<bool>>,
    /// `runAsUser`.
    pub run_as_user: Option<Located<i64>>,
    /// `runAsGroup`.
    pub run_as_group: Option<Located<i64>>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<Located<bool>>,
    /// `readOnlyRootFilesystem`.
    pub read_only_root_filesystem: Option<Located<bool>>,
    /// `allowPrivilegeEscalation`.
    pub allow_privilege_escalation: Option<Located<bool>>,
    /// `procMount`.
    pub proc_mount: Option<Located<String>>,
    /// `seccompProfile`; replaces the default's as a whole.
    pub seccomp_profile: Option<SeccompProfile>,
    /// Where it stands.
    pub span: Span,
}

/// Linux capabilities, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Capabilities {
    /// Capabilities to add.
    pub add: Vec<Located<String>>,
    /// Capabilities to drop.
    pub drop: Vec<Located<String>>,
    /// Where it stands.
    pub span: Span,
}

/// A seccomp profile.
#[derive(Debug, Clone, PartialEq)]
pub struct SeccompProfile {
    /// `type`, as written, not empty.
    pub profile_type: Located<String>,
    /// `localhostProfile`.
    pub localhost_profile: Option<Located<String>>,
    /// Where it stands.
    pub span: Span,
}
