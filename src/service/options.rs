//! What the process is told: addresses, files and keys. What can change a verdict is in the settings instead.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Parser;

use crate::settings::environment::Environment;

/// Runs Kubernetes Jobs for CloudEvents, behind a mandatory admission gate.
#[derive(Debug, Clone, Parser)]
#[command(name = "job-executor-service", version, about)]
pub struct Options {
    /// Folder with job-defaultSecurityContext.json, job-podSecurityContext.json and job-labels.yaml.
    #[arg(long, env = "CONFIG_DIR", default_value = "/config")]
    pub config_dir: PathBuf,
    /// Document with network destinations, registry mirrors and pull secrets.
    #[arg(long, env = "INSTALLATION_FILE", default_value = "/config/installation.yaml")]
    pub installation_file: PathBuf,
    /// Folders with policy files, separated by commas.
    #[arg(long, env = "POLICY_DIR", default_value = "/policies", value_delimiter = ',')]
    pub policy_dir: Vec<PathBuf>,
    /// File with the key that run records are authenticated with, at least 32 bytes.
    #[arg(long, env = "RUN_RECORD_KEY_FILE", default_value = "/keys/run-record")]
    pub run_record_key_file: PathBuf,
    /// PEM file of the authority behind the file endpoint's certificate.
    #[arg(long, env = "FILES_CA_FILE", default_value = "/tls/ca.crt")]
    pub files_ca_file: PathBuf,
    /// PEM file of the file endpoint's certificate.
    #[arg(long, env = "FILES_TLS_CERT_FILE", default_value = "/tls/tls.crt")]
    pub files_tls_cert_file: PathBuf,
    /// PEM file of its key.
    #[arg(long, env = "FILES_TLS_KEY_FILE", default_value = "/tls/tls.key")]
    pub files_tls_key_file: PathBuf,
    /// Address that the file endpoint listens on.
    #[arg(long, env = "FILES_LISTEN", default_value = "0.0.0.0:8443")]
    pub files_listen: SocketAddr,
    /// Port of health, readiness and metrics.
    #[arg(long, env = "HEALTH_ENDPOINT_PORT", default_value_t = 8080)]
    pub health_port: u16,
    /// NATS servers, separated by commas.
    #[arg(long, env = "EVENTBROKER", default_value = "nats://keptn-nats")]
    pub eventbroker: String,
    /// Event types to subscribe to, separated by commas; empty means all of Keptn's.
    #[arg(long, env = "PUBSUB_TOPIC", default_value = "", hide_default_value = true)]
    pub pubsub_topic: String,
    /// Base URL of Keptn's resource service.
    #[arg(long, env = "RESOURCE_SERVICE_URL", default_value = "http://resource-service:8080")]
    pub resource_service_url: String,
    /// Base URL of Keptn's shipyard controller, which takes error logs.
    #[arg(
        long,
        env = "SHIPYARD_CONTROLLER_URL",
        default_value = "http://shipyard-controller:8080"
    )]
    pub shipyard_controller_url: String,
    /// Seconds for which an undecided action is judged again.
    #[arg(long, env = "ADMISSION_DEADLINE_SECONDS", default_value_t = 60)]
    pub admission_deadline_seconds: u64,
    /// Runs in flight; when there are as many, no event is taken.
    #[arg(long, env = "MAX_RUNS_IN_FLIGHT", default_value_t = 200)]
    pub max_runs_in_flight: usize,
    /// Events that are taken in a second from one source, a burst of ten seconds aside; the others wait.
    #[arg(long, env = "MAX_EVENTS_PER_SECOND", default_value_t = NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN))]
    pub max_events_per_second: NonZeroU32,
    /// Seconds for which the record of a run is kept after its last answer was acknowledged.
    #[arg(long, env = "RUN_RECORD_HORIZON_SECONDS", default_value_t = 86_400)]
    pub run_record_horizon_seconds: u64,
    /// Seconds between two rounds of removing what nobody needs any more; a fence that is younger stays.
    #[arg(long, env = "REAP_INTERVAL_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    pub reap_interval_seconds: u64,
    /// Filter of log lines, as in `RUST_LOG`.
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: String,
    /// Log lines for people rather than JSON.
    #[arg(long, env = "LOG_HUMAN")]
    pub log_human: bool,
    /// Print the settings as job-lint takes them, and end.
    #[arg(long)]
    pub print_settings: bool,
    /// Step after which the process kills itself: for fault tests, in builds with debug assertions only.
    #[arg(long, env = "CRASH_AFTER_STEP", hide = true)]
    pub crash_after_step: Option<String>,
}

impl Options {
    /// Subjects to subscribe to.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        let named: Vec<String> = self
            .pubsub_topic
            .split(',')
            .map(str::trim)
            .filter(|subject| !subject.is_empty())
            .map(str::to_owned)
            .collect();
        if named.is_empty() {
            vec!["sh.keptn.>".to_owned()]
        } else {
            named
        }
    }

    /// Reads what the settings are made of.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn environment(&self) -> anyhow::Result<Environment> {
        use anyhow::Context as _;
        let read = |path: PathBuf| {
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        Ok(Environment {
            variables: std::env::vars().collect::<BTreeMap<_, _>>(),
            container_security: read(self.config_dir.join("job-defaultSecurityContext.json"))?,
            pod_security: read(self.config_dir.join("job-podSecurityContext.json"))?,
            job_labels: read(self.config_dir.join("job-labels.yaml"))?,
            files_ca: read(self.files_ca_file.clone())?,
            installation: read(self.installation_file.clone())?,
        })
    }
}
