//! What a policy file says, as types without holes: every list here is non-empty, every pattern is compiled.
//!
//! A topic (`images`, `secrets`, …) that a policy leaves out is `None`: that policy rules nothing about it.
//! The gate refuses a task that uses a topic which no matching policy rules, so leaving out is never a yes.

use std::collections::BTreeMap;

use super::authority::Authority;
use super::names::Names;
use super::problem::FileProblem;
use super::security::Security;
use super::signatures::SignatureRule;
use crate::image::{Digest, LegacyAllowList, Pattern, TagPattern};
use crate::plan::{PullPolicy, Quantity};
use crate::yaml::Span;

/// Where a policy or one of its rules stands, for findings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PolicySpan {
    /// File name as loaded.
    pub file: String,
    /// Position in that file.
    pub span: Span,
}

/// All policies in force, with what they refer to.
#[derive(Debug, Clone)]
pub struct PolicySet {
    /// Sorted by name; never empty.
    pub policies: Vec<Policy>,
    /// Network classes by name; `dns` is built in and comes from the settings.
    pub classes: BTreeMap<String, NetworkClass>,
    /// Authorities by name.
    pub authorities: BTreeMap<String, Authority>,
    /// `sha256:` of the content of all files, by name order. Part of every verdict.
    pub hash: String,
    /// The files as loaded, by name: kept with a run so that it can be judged again.
    pub sources: BTreeMap<String, String>,
    /// What was accepted and may surprise, by file and position. No verdict depends on it.
    pub warnings: Vec<FileProblem>,
}

/// One `kind: Policy` document.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `metadata.name`.
    pub name: String,
    /// Where its name stands.
    pub origin: PolicySpan,
    /// Who wrote it, which decides whether it may grant anything.
    pub layer: Layer,
    /// Which tasks it judges.
    pub scope: Scope,
    /// Whether its findings refuse.
    pub mode: Mode,
    /// Which images may run.
    pub images: Option<Ruled<Images>>,
    /// Which images must be signed by whom; never empty.
    pub signatures: Option<Ruled<Vec<SignatureRule>>>,
    /// Images that may run without a signature.
    pub unsigned: Option<Ruled<Unsigned>>,
    /// Service accounts.
    pub service_accounts: Option<Ruled<ServiceAccounts>>,
    /// Namespaces.
    pub namespaces: Option<Ruled<Names>>,
    /// Free commands or plugins only.
    pub commands: Option<Ruled<Commands>>,
    /// Files of the repository that a task may mount.
    pub files: Option<Ruled<Files>>,
    /// Pod and container security.
    pub security: Option<Ruled<Security>>,
    /// Required and largest resources.
    pub resources: Option<Ruled<Resources>>,
    /// Secrets a task may read as environment.
    pub secrets: Option<Ruled<Names>>,
    /// Annotation keys a task may set.
    pub annotations: Option<Ruled<Names>>,
    /// Longest run times.
    pub deadlines: Option<Ruled<Deadlines>>,
    /// Network classes a task may reach.
    pub egress: Option<Ruled<Egress>>,
}

/// Who wrote a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The platform team, in a policy file.
    Files,
    /// The installation's settings (Helm values of the original). Such a policy only narrows: its findings refuse,
    /// but it never counts as the policy that rules a topic or enforces a task.
    Settings,
}

/// A rule and the place it stands at.
#[derive(Debug, Clone)]
pub struct Ruled<T> {
    /// The rule.
    pub rule: T,
    /// Where it stands.
    pub origin: PolicySpan,
}

/// Whether findings of a policy refuse, warn, or are only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A finding refuses.
    Enforce,
    /// A finding is shown to the author and does not refuse.
    Warn,
    /// A finding is recorded and does not refuse.
    Audit,
}

/// Which tasks a policy judges. An absent key matches all; an attribute that the event lacks matches every key.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Keptn projects.
    pub projects: Option<Names>,
    /// Stages.
    pub stages: Option<Names>,
    /// Services.
    pub services: Option<Names>,
    /// Event types.
    pub events: Option<Names>,
    /// Action names.
    pub actions: Option<Names>,
    /// Task names.
    pub tasks: Option<Names>,
}

/// `images`: allow entries, deny patterns (deny wins), forbidden tags and pull policies.
#[derive(Debug, Clone)]
pub struct Images {
    /// Never empty in a policy of the files. Empty beside `legacy`, which takes its place.
    pub allow: Vec<ImageEntry>,
    /// Patterns that always refuse.
    pub deny: Vec<Ruled<Pattern>>,
    /// Tags (as written, or the implicit `latest`) that are refused.
    pub forbid_tags: Vec<TagPattern>,
    /// Accepted pull policies; empty in the file means the key is absent, which accepts all.
    pub pull_policies: Vec<PullPolicy>,
    /// The allowlist of the original's Helm value, matched on the whole normalised reference. Only in a policy of
    /// the settings.
    pub legacy: Option<LegacyAllowList>,
}

/// One entry of `images.allow`.
#[derive(Debug, Clone)]
pub struct ImageEntry {
    /// Registry and repository.
    pub pattern: Pattern,
    /// Tags accepted; empty means that the key is absent, which accepts all.
    pub tags: Vec<TagPattern>,
    /// Digests accepted; empty means that the key is absent, which accepts all. Judged is the digest that would run.
    pub digests: Vec<Digest>,
    /// Whether the author has to write a digest.
    pub digest: DigestRule,
    /// Why; always there where the pattern is `**`, and then part of every verdict.
    pub reason: Option<String>,
    /// Where it stands.
    pub origin: PolicySpan,
}

/// Whether an author has to write a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestRule {
    /// `requireDigest: true`.
    Required,
    /// A tag is enough: the gate pins it.
    Optional,
}

/// `unsigned`: what happens to images that no signature rule covers.
#[derive(Debug, Clone)]
pub enum Unsigned {
    /// `unsigned: deny`.
    Deny,
    /// `unsigned: { allow: [...], reason: "…" }`; the reason is part of every verdict that used it.
    Allow {
        /// Never empty.
        patterns: Vec<Pattern>,
        /// Why.
        reason: String,
    },
}

/// `serviceAccounts`.
#[derive(Debug, Clone)]
pub struct ServiceAccounts {
    /// Accounts a task may run under.
    pub allow: Names,
    /// Accounts whose token may be mounted; absent means none.
    pub mount_token: Option<Names>,
}

/// `files`.
#[derive(Debug, Clone)]
pub struct Files {
    /// Files a task may mount.
    pub allow: Names,
    /// Which lists of folders are good enough.
    pub folders: Folders,
}

/// `files.folders`: which version a folder may have been listed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folders {
    /// The one that its files are read at. Holds where the key is absent.
    Pinned,
    /// Any; what a verdict accepts this way is said in it.
    Newest,
}

/// `commands`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commands {
    /// Tasks may name an image and a command.
    Any,
    /// Only `plugin:` tasks.
    PluginsOnly,
}

/// `resources`. Without any bound it stands for `resources: any`.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// What every task has to state, such as `limits.cpu`.
    pub require: Vec<ResourceField>,
    /// Largest limit for CPU.
    pub max_cpu: Option<Quantity>,
    /// Largest limit for memory.
    pub max_memory: Option<Quantity>,
    /// Largest size of the files volume.
    pub max_files_volume: Option<Quantity>,
}

/// One of the four resource fields of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceField {
    /// `limits.cpu`
    LimitsCpu,
    /// `limits.memory`
    LimitsMemory,
    /// `requests.cpu`
    RequestsCpu,
    /// `requests.memory`
    RequestsMemory,
}

/// `deadlines`, in seconds. Without any bound it stands for `deadlines: any`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deadlines {
    /// Longest `maxPollDuration`.
    pub max_poll_duration: Option<u32>,
    /// Longest `ttlSecondsAfterFinished`.
    pub max_ttl: Option<u32>,
}

/// `egress`: the network classes a task may reach, beside our own file endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Egress {
    /// `egress: none`.
    Nothing,
    /// Names of classes, sorted; never empty.
    Classes(Vec<String>),
}

/// One `kind: NetworkClass` document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkClass {
    /// `metadata.name`.
    pub name: String,
    /// Never empty.
    pub rules: Vec<crate::network::EgressRule>,
    /// Where it stands.
    pub origin: PolicySpan,
}
