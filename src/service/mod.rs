//! The service: wiring of source, store, gate, cluster and sink. Decides nothing about what may run.

mod answering;
mod answers;
mod configs;
mod crash;
mod file_endpoint;
mod files;
mod held;
mod identity;
mod intake;
mod options;
mod outbox;
mod pace;
mod policies;
mod reaper;
mod record;
mod resume;
mod run;
mod start;
mod tls;

use std::sync::Arc;

use crate::cluster::Cluster;
use crate::cluster::run_record::Content;
use crate::gather::{Registry, Verified};
use crate::keptn::events::SizeCap;
use crate::keptn::log::ErrorLog;
use crate::policy::PolicySet;
use crate::settings::Settings;
use crate::sink::Sink;
use crate::store::Store;
use crate::telemetry::{Health, Metrics, State};

/// Longest time for which a watch may be silent before the service says that it is not ready.
const STALLED: std::time::Duration = std::time::Duration::from_secs(60);

pub use file_endpoint::{Identify, IdentifyError, OfferedFile, Offers, PodIdentity};
pub use options::Options;
pub use start::run;

/// What every run of this process rests on, as it is kept with the records: written out once.
struct Fixed {
    policies: Content,
    settings: Content,
}

impl Fixed {
    fn of(policies: &PolicySet, settings: &Settings) -> serde_json::Result<Self> {
        Ok(Self {
            policies: Content::of(&serde_json::to_string(&policies.sources)?),
            settings: Content::of(&serde_json::to_string(settings)?),
        })
    }
}

/// Everything that handling an event needs. Shared by all tasks of the process.
pub struct Service {
    settings: Arc<Settings>,
    policies: Arc<PolicySet>,
    fixed: Fixed,
    cluster: Cluster,
    records: crate::cluster::RunRecords,
    registry: Arc<Registry>,
    verified: Verified,
    store: Arc<dyn Store>,
    configs: configs::Configs,
    sink: Arc<dyn Sink>,
    error_log: ErrorLog,
    held: held::Held,
    offers: Arc<Offers>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    hook: crate::cluster::Hook,
    admission_deadline: std::time::Duration,
    event_cap: SizeCap,
    /// Runs that may be in flight, those that are taken up after a restart among them.
    slots: Arc<tokio::sync::Semaphore>,
    /// Events that were taken and have no record yet.
    in_hand: std::sync::atomic::AtomicUsize,
}

impl Service {
    /// Starts watches and base policy of the namespace that jobs run in, so that the first task need not wait.
    async fn prepare(&self) {
        let namespace = &self.settings.job_namespace;
        self.cluster.watches().start(namespace);
        if let Err(error) = self.cluster.fences().prepare(namespace).await {
            tracing::warn!(namespace, %error, "the base policy is not in place yet; the first task waits for it");
        }
    }

    /// Waits until no event is in hand without a record, but not longer than this.
    async fn await_records(&self, within: std::time::Duration) {
        let begun = std::time::Instant::now();
        while self.in_hand.load(std::sync::atomic::Ordering::SeqCst) > 0 && begun.elapsed() < within {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Whether the watches of the cluster are alive. Only the installation's own namespace of jobs counts: any author
    /// can name another one, in which we have no rights or which is gone, and that is the matter of that task alone.
    fn cluster_state(&self) -> State {
        let mut health = self.cluster.watches().health();
        health.extend(self.cluster.fences().health());
        let stalled: Vec<String> = health
            .iter()
            .filter(|watch| watch.namespace == self.settings.job_namespace)
            .filter(|watch| watch.silent_for.is_none_or(|silent| silent > STALLED))
            .map(|watch| {
                let why = watch.error.as_deref().unwrap_or("no answer yet");
                format!("{} in {}: {why}", watch.what, watch.namespace)
            })
            .collect();
        if stalled.is_empty() {
            State::Ready
        } else {
            State::NotReady(stalled.join("; "))
        }
    }
}
