//! Every default of environment and chart as one value that can be hashed and written down.
//!
//! The service and `job-lint` judge with the same settings (`--settings FILE`); without them the two would differ.
//! Nothing here reads the environment itself: [`environment`] maps names to values that the caller hands in.

mod defaults;
pub mod environment;
mod label;
mod registries;
mod warnings;

pub use registries::{Addresses, Registries, RegistryHost};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

use crate::network::{EgressRule, Peer, Port};
use crate::plan::{ContainerSecurity, PodSecurity, Quantity, Resources};

/// All settings that can change a plan, a verdict or a Job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Value of the `app.kubernetes.io/managed-by` label (`FULL_DEPLOYMENT_NAME`).
    pub deployment: String,
    /// Namespace of this service: records live here, jobs only where a policy says so.
    pub service_namespace: String,
    /// Service account of this service; no task ever runs under it.
    pub service_account: String,
    /// Names of Secrets and ConfigMaps of this service that no task may read, beside those with our prefix.
    pub own_secrets: Vec<String>,
    /// Namespace of Jobs whose task names none (`JOB_NAMESPACE`).
    pub job_namespace: String,
    /// Service account of tasks that name none (`DEFAULT_JOB_SERVICE_ACCOUNT`).
    pub default_service_account: String,
    /// Resources of tasks that state none, and of the init container.
    pub default_resources: Resources,
    /// Security context of every pod.
    pub pod_security: PodSecurity,
    /// Security context that a task's own is laid over.
    pub container_security: ContainerSecurity,
    /// Labels added to every Job.
    pub job_labels: BTreeMap<String, String>,
    /// Seconds after which any task is ended; 0 means that only `maxPollDuration` ends it (`TASK_DEADLINE_SECONDS`).
    pub task_deadline_seconds: u32,
    /// Size of the volume of files.
    pub files_volume: Quantity,
    /// Seconds that a finished Job is kept at least while its finished event is not acknowledged.
    pub outbox_ttl_seconds: u32,
    /// The init container and the endpoint it fetches files from.
    pub files: FileEndpoint,
    /// What generated NetworkPolicies and our own have to let through.
    pub network: Network,
    /// Where images of a registry are fetched from instead, by registry host.
    pub mirrors: BTreeMap<String, Mirror>,
    /// Which registries may be reached how, beyond what holds for all.
    #[serde(default, skip_serializing_if = "Registries::is_default")]
    pub registries: Registries,
    /// Names of Secrets with registry credentials that every task's pod gets.
    pub pull_secrets: Vec<String>,
    /// The original's Helm value `jobConfig.allowedImageList`; empty when unset.
    pub allowed_image_list: String,
    /// The original's Helm value `jobConfig.allowPrivilegedJobs`.
    pub privileged_jobs: PrivilegedJobs,
    /// Whether events without any `job/config.yaml` are answered (`ALWAYS_SEND_FINISHED_EVENT`).
    pub missing_config: MissingConfig,
}

/// Where task files come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileEndpoint {
    /// Image of the init container, by digest: `host/repository@sha256:…`.
    pub init_image: String,
    /// URL of our file endpoint as pods see it, `https://host:port`.
    pub url: String,
    /// PEM of the certificate authority that the init container trusts for it, and nothing else.
    pub ca: String,
    /// Audience of the projected token that the init container shows.
    pub audience: String,
}

/// Destinations that are named once and used by chart, plain manifests and generated fences alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// The class `dns`: peers and ports after translation.
    pub dns: Vec<EgressRule>,
    /// Who answers at the file endpoint.
    pub file_endpoint: EndpointPeers,
}

/// Peers and port of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointPeers {
    /// Never empty.
    pub to: Vec<Peer>,
    /// The port after translation.
    pub ports: Vec<Port>,
}

/// A registry that answers for another one. Its host may have any address but link-local ones, as it is named here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mirror {
    /// Host and port to ask.
    pub host: String,
    /// How to ask it.
    #[serde(default)]
    pub transport: Transport,
    /// Path in front of every repository there: with `hub`, `library/alpine` is asked for as `hub/library/alpine`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// PEM of the authorities that are trusted for this mirror, instead of all others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ca: String,
}

/// How a registry is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TLS, always verified.
    #[default]
    Https,
    /// Plain text, for registries on the node itself.
    Http,
}

/// Whether privileged containers may be admitted at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivilegedJobs {
    /// Refused whatever a policy says.
    #[default]
    Refused,
    /// Left to the policies.
    Policy,
}

/// What happens to an event for which no config exists at any level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingConfig {
    /// An error log entry and no event: other services' events pass here too.
    #[default]
    Silent,
    /// A started and an errored finished event.
    Answered,
}

impl Settings {
    /// `sha256:` and the digest of the canonical JSON of these settings.
    #[must_use]
    pub fn hash(&self) -> String {
        let text = crate::canonical::text(self);
        format!(
            "sha256:{}",
            data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
        )
    }
}
