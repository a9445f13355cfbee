//! The second half of a task: wait for its end, read its logs, end what would run on.

use std::time::Duration;

use tokio::time::Instant;

use super::{Cluster, Launched};
use crate::cluster::api::{ApiError, Kind, text};
use crate::cluster::compare::remarks_on_pod;
use crate::cluster::jobs::{self, Created};
use crate::cluster::steps::Step;
use crate::cluster::vigil::{End, Look, Task, Vigil};
use crate::cluster::watch::{About, Presence};
use crate::cluster::{events, logs};
use crate::manifest::Bundle;
use crate::outcome::{Cause, TaskOutcome};
use crate::plan::Limit;
use crate::retry::{Backoff, Transient as _};

/// How long a Job is tried to be ended; its own deadline ends it should that fail.
const END_PATIENCE: Duration = Duration::from_secs(60);
/// Pods of one Job read at most.
const MOST_PODS: u32 = 20;

impl Cluster {
    /// Waits for the end of a launched task, whatever that is, and reads its logs.
    pub async fn finish(&self, bundle: &Bundle, mut launched: Launched) -> TaskOutcome {
        let limit = Duration::from_secs(u64::from(bundle.plan().limit_seconds));
        let which = bundle.plan().limit;
        let look = self.wait(&mut launched, limit, which).await;
        remark(&mut launched);
        match look {
            Look::Ended(End::Succeeded) => {
                (self.hook)(Step::TaskEnded);
                let logs = self.logs(&mut launched).await;
                (self.hook)(Step::LogsRead);
                TaskOutcome::Succeeded { logs }
            }
            Look::Ended(End::Failed(cause)) => {
                (self.hook)(Step::TaskEnded);
                let logs = self.logs_or_warnings(&mut launched).await;
                (self.hook)(Step::LogsRead);
                TaskOutcome::Failed { cause, logs }
            }
            Look::GiveUp(cause) => {
                (self.hook)(Step::TaskEnded);
                let Created {
                    namespace, name, uid, ..
                } = launched.job.clone();
                // Ending takes the pod and its logs away, so they are read first; what somebody else put into the
                // pod must not run on for so long.
                let altered = matches!(cause, Cause::Altered { .. });
                if altered {
                    self.end(&namespace, &name, &uid, &cause).await;
                }
                let logs = self.logs_or_warnings(&mut launched).await;
                (self.hook)(Step::LogsRead);
                if !altered {
                    self.end(&namespace, &name, &uid, &cause).await;
                }
                (self.hook)(Step::JobEnded);
                TaskOutcome::Failed { cause, logs }
            }
            // `wait` returns ends only; were it not so, the outcome is the honest one.
            Look::Wait(_) | Look::AskEvents => TaskOutcome::Failed {
                cause: Cause::Unknown {
                    message: "its end was not seen".to_owned(),
                },
                logs: String::new(),
            },
        }
    }

    async fn wait(&self, launched: &mut Launched, limit: Duration, which: Limit) -> Look {
        let (stamped, uid) = (launched.stamped.clone(), launched.job.uid.clone());
        let task = Task {
            admitted: &stamped,
            uid: &uid,
            limit,
            which,
        };
        let mut vigil = Vigil::default();
        let mut looked_at_limit = false;
        loop {
            let sight = launched.ticket.sight();
            let age = launched.job.age();
            match vigil.look(&task, &sight, age) {
                end @ Look::Ended(_) => return end,
                // The watch may be behind: before a task is said to be too slow, it is looked for directly.
                Look::GiveUp(Cause::PollTimeout { .. } | Cause::Deadline) if !looked_at_limit => {
                    looked_at_limit = true;
                    self.refresh(launched).await;
                }
                end @ Look::GiveUp(_) => return end,
                Look::AskEvents => match events::why_no_pod(&self.client, &launched.job.namespace, &uid).await {
                    Some(cause) => return Look::GiveUp(cause),
                    None => vigil.asked_in_vain(age),
                },
                Look::Wait(until) => {
                    tokio::select! {
                        () = launched.ticket.changed() => {}
                        () = tokio::time::sleep(until.saturating_sub(age)) => {}
                    }
                }
            }
        }
    }

    /// Reads Job and pods once. What cannot be read is left to the watch.
    pub(super) async fn refresh(&self, launched: &Launched) {
        let Created {
            namespace, name, uid, ..
        } = &launched.job;
        match Kind::Job.within(&self.client, namespace).get(name).await {
            Ok(job) if text(&job, "/metadata/uid") == uid => launched.ticket.add(About::Jobs, job),
            Ok(_) | Err(ApiError::NotFound(_)) => launched.ticket.lost_job(uid),
            Err(error) => tracing::warn!(namespace, job = name, %error, "a job could not be looked at"),
        }
        let pods = Kind::Pod
            .within(&self.client, namespace)
            .list(&format!("job-name={name}"), "", MOST_PODS)
            .await;
        match pods {
            Ok(pods) => pods.into_iter().for_each(|pod| launched.ticket.add(About::Pods, pod)),
            Err(error) => tracing::warn!(namespace, job = name, %error, "the pods of a job could not be looked at"),
        }
    }

    /// The logs of the pods that are there.
    async fn logs(&self, launched: &mut Launched) -> String {
        let sight = launched.ticket.sight();
        let mut all = String::new();
        for pod in sight
            .pods(&launched.job.uid)
            .into_iter()
            .filter(|pod| pod.presence != Presence::Gone)
        {
            all.push_str(&logs::read(&self.client, &pod.json, self.bounds).await);
        }
        crate::outcome::keep_end(&all, self.bounds.total)
    }

    /// The logs, or where nothing was written what Kubernetes warned of.
    async fn logs_or_warnings(&self, launched: &mut Launched) -> String {
        let logs = self.logs(launched).await;
        if !logs.is_empty() {
            return logs;
        }
        let sight = launched.ticket.sight();
        let Created { namespace, uid, .. } = &launched.job;
        let pods = sight.pods(uid);
        let uids = pods
            .iter()
            .map(|pod| text(&pod.json, "/metadata/uid"))
            .chain([uid.as_str()]);
        let mut all = String::new();
        for uid in uids {
            all.push_str(&events::warnings(&self.client, namespace, uid).await);
        }
        crate::outcome::keep_end(&all, self.bounds.container)
    }

    /// Ends a Job; if that cannot be done in time, its own deadline will.
    pub(super) async fn end(&self, namespace: &str, name: &str, uid: &str, cause: &Cause) {
        let begun = Instant::now();
        let mut pauses = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            let Err(error) = jobs::end(&self.client, namespace, name, uid, cause).await else {
                return;
            };
            match error.again().wait() {
                Some(asked) if begun.elapsed() < END_PATIENCE => {
                    tokio::time::sleep(pauses.pause(asked)).await;
                }
                Some(_) | None => {
                    tracing::error!(namespace, job = name, %error, "a job could not be ended; its deadline will end it");
                    return;
                }
            }
        }
    }
}

/// Says what the cluster did to a task's pods by rules of its own.
fn remark(launched: &mut Launched) {
    let sight = launched.ticket.sight();
    for pod in sight.pods(&launched.job.uid) {
        for remark in remarks_on_pod(&pod.json, &launched.stamped) {
            let (job, path, what) = (&launched.job.name, &remark.path, &remark.what);
            tracing::info!(
                job,
                path,
                what,
                "the cluster has a rule of its own for pods; nothing of what runs is changed by it"
            );
        }
    }
}
