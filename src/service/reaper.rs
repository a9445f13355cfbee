//! Cleaning up behind runs: records past their horizon, fences that nobody uses, watches that nobody waits for.
//!
//! Must never touch what a run still needs: a record is removed only when it is done, a fence only when no pod is
//! behind it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Options, Service};
use crate::source::CancellationToken;

/// How often and how late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// Between two rounds; a fence that is younger than this stays.
    every: Duration,
    /// For which a record is kept once it is done.
    horizon: Duration,
}

impl Times {
    pub(super) fn of(options: &Options) -> Self {
        Self {
            every: Duration::from_secs(options.reap_interval_seconds),
            horizon: Duration::from_secs(options.run_record_horizon_seconds),
        }
    }

    /// Records that were done before this time go.
    fn done_before(self, now: Timestamp) -> Timestamp {
        let horizon = SignedDuration::try_from(self.horizon).unwrap_or(SignedDuration::MAX);
        now.checked_sub(horizon).unwrap_or(Timestamp::MIN)
    }
}

/// Cleans up again and again until told to stop. What cannot be removed now is tried again the next time.
pub(super) async fn reap(service: Arc<Service>, times: Times, stop: CancellationToken) {
    loop {
        tokio::select! { () = tokio::time::sleep(times.every) => {}, () = stop.cancelled() => return }
        service.reap_once(times).await;
    }
}

impl Service {
    async fn reap_once(&self, times: Times) {
        let mut namespaces: BTreeSet<String> = self.cluster.fences().namespaces().into_iter().collect();
        match self.records.reap(times.done_before(Timestamp::now())).await {
            Ok(reaped) => {
                if reaped.records > 0 {
                    tracing::info!(records = reaped.records, "records past their horizon removed");
                }
                // A process that was started since has no other way to know where fences of earlier runs stand.
                namespaces.extend(reaped.namespaces);
            }
            Err(error) => tracing::warn!(%error, "records past their horizon cannot be removed now"),
        }
        for namespace in &namespaces {
            match self.cluster.fences().reap_unused(namespace, times.every).await {
                Ok(0) => {}
                Ok(fences) => tracing::info!(namespace, fences, "fences that nobody uses removed"),
                Err(error) => tracing::warn!(namespace, %error, "fences that nobody uses cannot be removed now"),
            }
        }
        // Authors name namespaces; their watches must not add up for ever.
        let own = &self.settings.job_namespace;
        self.cluster.fences().let_go(own);
        self.cluster.watches().let_go(own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_horizon_of_any_length_gives_a_time() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (seconds, before) in [
            (0, "2026-11-21T10:00:00Z".parse().unwrap()),
            (86_400, "2026-11-20T10:00:00Z".parse().unwrap()),
            (u64::MAX, Timestamp::MIN),
        ] {
            let times = Times {
                every: Duration::from_secs(1),
                horizon: Duration::from_secs(seconds),
            };
            assert_eq!(times.done_before(now), before, "{seconds}");
        }
    }
}
