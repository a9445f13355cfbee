//! Watching over one launched task: what is seen of its Job and pods in, whether it has ended out.
//!
//! Pure: time is a duration since the Job's creation. Kubernetes is asked by the caller, never here.

use std::time::Duration;

use serde_json::Value;

use super::compare::{compare_job, compare_pod};
use super::job_state::{self, JobState};
use super::pod_state::{self, PodState, Trouble};
use super::watch::{Presence, Seen, Sight};
use crate::outcome::Cause;
use crate::plan::Limit;

/// How long a Job may have no pod before its events are asked for the reason.
const NO_POD: Duration = Duration::from_secs(30);
/// How long a pod may take to leave beyond its own grace period before its node is taken for lost.
const LEAVING: Duration = Duration::from_secs(45);
/// How long the Job may take to say why its pod was taken away.
const EXPLAIN: Duration = Duration::from_secs(3);

/// What has to be known of a task to watch over it.
#[derive(Debug)]
pub(super) struct Task<'a> {
    /// The Job as admitted and stamped.
    pub(super) admitted: &'a Value,
    /// The uid it was created under.
    pub(super) uid: &'a str,
    /// How long it may take, counted from its creation.
    pub(super) limit: Duration,
    /// Which limit that is.
    pub(super) which: Limit,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// The task has ended by itself.
    Ended(End),
    /// The task has to be ended, for this reason.
    GiveUp(Cause),
    /// Nothing yet: look again when something changes, and at this age of the Job at the latest.
    Wait(Duration),
    /// There is no pod for long: ask the Job's events why, then look again.
    AskEvents,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Well.
    Succeeded,
    /// Not well.
    Failed(Cause),
}

/// What is remembered between two looks: when a trouble was first seen.
#[derive(Debug, Default)]
pub(super) struct Vigil {
    trouble: Option<(Trouble, Duration)>,
    leaving: Option<Duration>,
    unexplained: Option<Duration>,
    asked: Option<Duration>,
}

impl Vigil {
    /// Looks at a task at an age of its Job.
    pub(super) fn look(&mut self, task: &Task<'_>, sight: &Sight, age: Duration) -> Look {
        let job = sight.job(task.uid);
        let pods = sight.pods(task.uid);
        if let Some(cause) = altered(task, job, &pods) {
            return Look::GiveUp(cause);
        }
        if let Some(cause) = job.and_then(|job| job_state::ended_by_us(&job.json)) {
            // Ending is safe to repeat; the annotation alone does not stop a pod.
            return Look::GiveUp(cause);
        }
        let look = self.pods(job, &pods, age).unwrap_or_else(|| self.without_pod(job, age));
        match look {
            Look::Wait(_) | Look::AskEvents if age >= task.limit => Look::GiveUp(limit_cause(task)),
            Look::Wait(until) => Look::Wait(until.min(task.limit)),
            Look::Ended(_) | Look::GiveUp(_) | Look::AskEvents => look,
        }
    }

    /// The events were asked at this age and explain nothing.
    pub(super) fn asked_in_vain(&mut self, age: Duration) {
        self.asked = Some(age);
    }

    /// What the pods say; nothing when there is none.
    fn pods(&mut self, job: Option<&Seen>, pods: &[&Seen], age: Duration) -> Option<Look> {
        if pods
            .iter()
            .any(|pod| pod_state::classify(&pod.json) == PodState::Succeeded)
        {
            return Some(Look::Ended(End::Succeeded));
        }
        // The youngest speaks: an older one was replaced by it.
        let pod = pods.last()?;
        let state = pod_state::classify(&pod.json);
        if pod.presence == Presence::Gone && !pod_state::is_terminal(&pod.json) {
            return Some(self.taken_away(job, &pod.json, age));
        }
        Some(match state {
            PodState::Succeeded => Look::Ended(End::Succeeded),
            PodState::Failed { .. } if pod_state::is_leaving(&pod.json) => self.taken_away(job, &pod.json, age),
            PodState::Failed { reason, message } => Look::Ended(End::Failed(Cause::Failed { reason, message })),
            PodState::CannotStart { reason, message } => Look::GiveUp(Cause::CannotStart { reason, message }),
            PodState::Waiting {
                trouble,
                reason,
                message,
            } => {
                let since = self.since(trouble, age);
                let until = since.saturating_add(trouble.patience());
                if age >= until {
                    Look::GiveUp(Cause::CannotStart { reason, message })
                } else {
                    Look::Wait(until)
                }
            }
            PodState::Leaving { message } => self.leaving(job, &pod.json, message, age),
            PodState::Running => {
                self.trouble = None;
                suspended(job).unwrap_or(Look::Wait(Duration::MAX))
            }
        })
    }

    /// When this trouble was first seen; a pull that fails and backs off in turns is one trouble.
    fn since(&mut self, trouble: Trouble, age: Duration) -> Duration {
        match self.trouble {
            Some((known, since)) if known == trouble => since,
            _ => {
                self.trouble = Some((trouble, age));
                age
            }
        }
    }

    /// A pod that is being deleted while it runs: its end will come, unless its node is lost.
    fn leaving(&mut self, job: Option<&Seen>, pod: &Value, message: String, age: Duration) -> Look {
        if let Some(look) = explained(job) {
            return look;
        }
        let grace = pod
            .pointer("/metadata/deletionGracePeriodSeconds")
            .and_then(Value::as_u64)
            .unwrap_or(30);
        let since = *self.leaving.get_or_insert(age);
        let until = since
            .saturating_add(LEAVING)
            .saturating_add(Duration::from_secs(grace.min(600)));
        if age >= until {
            let message = format!("{message}; its node has not confirmed the end");
            return Look::GiveUp(Cause::PodGone { message });
        }
        Look::Wait(until)
    }

    /// A pod that somebody took away: the Job knows best why, if it says so soon.
    fn taken_away(&mut self, job: Option<&Seen>, pod: &Value, age: Duration) -> Look {
        if let Some(look) = explained(job) {
            return look;
        }
        let until = self.unexplained.get_or_insert(age).saturating_add(EXPLAIN);
        if age < until {
            return Look::Wait(until);
        }
        Look::Ended(End::Failed(Cause::PodGone {
            message: pod_state::who_deletes(pod),
        }))
    }

    fn without_pod(&mut self, job: Option<&Seen>, age: Duration) -> Look {
        if let Some(look) = suspended(job) {
            return look;
        }
        if let Some(job) = job {
            match job_state::classify(&job.json) {
                // Its pod was removed after its end, while nobody looked.
                JobState::Complete => return Look::Ended(End::Succeeded),
                JobState::Failed { reason, message } => return Look::Ended(End::Failed(given_up(reason, message))),
                JobState::Open | JobState::Suspended { .. } => {}
            }
            if job.presence == Presence::Gone {
                return Look::Ended(End::Failed(Cause::JobGone));
            }
        }
        let next = self.asked.map_or(NO_POD, |asked| asked.saturating_mul(2));
        if age >= next { Look::AskEvents } else { Look::Wait(next) }
    }
}

/// What anybody changed in the stored Job or in its pods.
fn altered(task: &Task<'_>, job: Option<&Seen>, pods: &[&Seen]) -> Option<Cause> {
    let mut changes = job.map(|job| compare_job(&job.json, task.admitted)).unwrap_or_default();
    for pod in pods {
        changes.extend(compare_pod(&pod.json, task.admitted).into_iter().map(|mut change| {
            change.path = format!("pod.{}", change.path);
            change
        }));
    }
    if changes.is_empty() {
        None
    } else {
        Some(Cause::Altered { changes })
    }
}

/// Why the Job's pod was taken away, if the Job says so.
fn explained(job: Option<&Seen>) -> Option<Look> {
    let job = job?;
    if let Some(look) = suspended(Some(job)) {
        return Some(look);
    }
    match job_state::classify(&job.json) {
        JobState::Failed { reason, message } if reason == "DeadlineExceeded" => {
            Some(Look::Ended(End::Failed(given_up(reason, message))))
        }
        JobState::Open | JobState::Complete | JobState::Failed { .. } | JobState::Suspended { .. } => {
            let gone = job.presence == Presence::Gone || pod_state::is_leaving(&job.json);
            gone.then_some(Look::Ended(End::Failed(Cause::JobGone)))
        }
    }
}

fn suspended(job: Option<&Seen>) -> Option<Look> {
    match job_state::classify(&job?.json) {
        JobState::Suspended { reason, message } => Some(Look::GiveUp(Cause::Suspended { reason, message })),
        JobState::Open | JobState::Complete | JobState::Failed { .. } => None,
    }
}

fn given_up(reason: String, message: String) -> Cause {
    if reason == "DeadlineExceeded" {
        Cause::Deadline
    } else {
        Cause::Failed { reason, message }
    }
}

fn limit_cause(task: &Task<'_>) -> Cause {
    match task.which {
        Limit::TaskDeadline => Cause::Deadline,
        Limit::MaxPollDuration => Cause::PollTimeout {
            after: u32::try_from(task.limit.as_secs()).unwrap_or(u32::MAX),
        },
    }
}

#[cfg(test)]
mod tests;
