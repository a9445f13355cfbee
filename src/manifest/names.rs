//! Every name, label and annotation that is ours, in one place: chart, fences, checks and cluster use these.

/// Prefix of our labels and annotations; no author may set a key below it.
pub const PREFIX: &str = "job-executor.keptn.sh/";
/// Label: which fence holds a pod.
pub const FENCE: &str = "job-executor.keptn.sh/fence";
/// Label: the run a Job and its pod belong to.
pub const RUN: &str = "job-executor.keptn.sh/run";
/// Annotation: the full identity (SHA-256 over source and id of the event).
pub const IDENTITY: &str = "job-executor.keptn.sh/identity";
/// Annotation: action and task as written.
pub const TASK: &str = "job-executor.keptn.sh/task";
/// Annotation: set when a Job is created, from the run record; nobody else knows it.
pub const NONCE: &str = "job-executor.keptn.sh/nonce";
/// Annotation: why we ended a Job.
pub const ENDED: &str = "job-executor.keptn.sh/ended";
/// Label of the original, kept: who manages a Job and its pods.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Name of the permanent policy that denies everything to our task pods.
pub const BASE_FENCE: &str = "job-executor-service-base";
/// Name of the volume of files.
pub const FILES_VOLUME: &str = "job-volume";
/// Where files are mounted.
pub const FILES_PATH: &str = "/keptn";
/// Name of the volume with the init container's token.
pub const TOKEN_VOLUME: &str = "files-token";
/// Where the token is mounted, in the init container only.
pub const TOKEN_PATH: &str = "/var/run/secrets/job-executor.keptn.sh";
/// Label of a run record: `open` or `done`.
pub const PHASE: &str = "job-executor.keptn.sh/phase";
/// Label of a content that run records refer to.
pub const CONTENT: &str = "job-executor.keptn.sh/content";
