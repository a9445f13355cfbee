//! One admitted task from its fence to its outcome: fence, Job, watch, limit, logs, end.
//!
//! Takes a [`Bundle`] and nothing less: there is no other way to a Job.

mod finish;

use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use serde_json::Value;
use tokio::time::Instant;

use super::api::{ApiError, text};
use super::fences::{Fences, Guard};
use super::jobs::{self, Created, How, LaunchError};
use super::steps::{Hook, Step, no_hook};
use super::watch::{About, Ticket, Watches};
use super::{clock, logs};
use crate::admission::{Fact, widened};
use crate::manifest::Bundle;
use crate::outcome::Cause;
use crate::retry::{Backoff, Transient as _};

/// How long a task is tried to be started while the cluster does not answer.
const START_PATIENCE: Duration = Duration::from_secs(600);

/// The cluster, as far as tasks need it.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    watches: Watches,
    fences: Fences,
    bounds: logs::LogBounds,
    hook: Hook,
}

/// A Job that stands, with all that is needed to wait for its end.
#[derive(Debug)]
#[must_use = "a launched task that nobody finishes has no outcome"]
pub struct Launched {
    /// The Job.
    pub job: Created,
    stamped: Value,
    ticket: Ticket,
    _fence: Guard,
}

/// Whether a task was tried before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Never.
    First,
    /// The record says that its Job was about to be posted at this time.
    Again {
        /// When the record began to say so.
        since: Timestamp,
    },
    /// The record knows that its Job was created.
    Created,
}

impl Cluster {
    /// `deployment` is the value of the `app.kubernetes.io/managed-by` label.
    #[must_use]
    pub fn new(client: Client, deployment: &str) -> Self {
        let (watches, fences) = (Watches::new(client.clone()), Fences::new(client.clone(), deployment));
        Self {
            client,
            watches,
            fences,
            bounds: logs::LogBounds::default(),
            hook: no_hook,
        }
    }

    /// The same, calling this hook after each step.
    #[must_use]
    pub fn with_hook(mut self, hook: Hook) -> Self {
        self.hook = hook;
        self
    }

    /// The client, for reading.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The fences.
    #[must_use]
    pub fn fences(&self) -> &Fences {
        &self.fences
    }

    /// The watches.
    #[must_use]
    pub fn watches(&self) -> &Watches {
        &self.watches
    }

    /// Starts a task, or takes it up again: fence, then Job.
    ///
    /// # Errors
    /// Why nothing runs. When the stored Job was changed on its way in, it has been ended.
    pub async fn start(&self, bundle: &Bundle, nonce: &str, attempt: Attempt) -> Result<Launched, Cause> {
        let namespace = &bundle.plan().namespace;
        let stamped = bundle.stamped_job(nonce);
        let begun = Instant::now();
        let mut pauses = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        let fence = loop {
            match self.fences.ensure(namespace, bundle.fence()).await {
                Ok(guard) => break guard,
                Err(error) => match error.again().wait() {
                    Some(asked) if begun.elapsed() < START_PATIENCE => {
                        tokio::time::sleep(pauses.pause(asked)).await;
                    }
                    Some(_) | None => {
                        return Err(Cause::NoFence {
                            message: error.to_string(),
                        });
                    }
                },
            }
        };
        (self.hook)(Step::FenceEnsured);
        let ticket = self.watches.ticket(namespace, &bundle.plan().job_name);
        pauses.reset();
        let job = loop {
            match self.post(bundle, &stamped, attempt).await {
                Ok(job) => break job,
                Err(Post::Final(cause)) => return Err(cause),
                Err(Post::Later(error)) if begun.elapsed() >= START_PATIENCE => {
                    return Err(Cause::Unreachable {
                        message: error.to_string(),
                    });
                }
                Err(Post::Later(error)) => {
                    let asked = error.again().wait().unwrap_or_default();
                    tokio::time::sleep(pauses.pause(asked)).await;
                }
            }
        };
        (self.hook)(Step::JobPosted);
        ticket.add(About::Jobs, job.stored.clone());
        let launched = Launched {
            job,
            stamped,
            ticket,
            _fence: fence,
        };
        if launched.job.how == How::Adopted {
            // Its watch events may have passed before anybody listened.
            self.refresh(&launched).await;
        }
        Ok(launched)
    }

    /// Posts the Job, or finds it where it must exist or may exist already.
    async fn post(&self, bundle: &Bundle, stamped: &Value, attempt: Attempt) -> Result<Created, Post> {
        let missing = |error: &LaunchError| matches!(error, LaunchError::NotNow(ApiError::NotFound(_)));
        let result = match attempt {
            Attempt::First => self.launch(bundle, stamped).await?,
            Attempt::Created => match jobs::find(&self.client, stamped).await {
                Err(error) if missing(&error) => return Err(Post::Final(Cause::JobGone)),
                found => found,
            },
            Attempt::Again { since } => match jobs::find(&self.client, stamped).await {
                Err(error) if missing(&error) => {
                    self.may_be_posted_again(stamped, since).await?;
                    self.launch(bundle, stamped).await?
                }
                found => found,
            },
        };
        match result {
            Ok(job) => Ok(job),
            Err(LaunchError::NotNow(error)) => Err(Post::Later(error)),
            Err(LaunchError::Stranger(message)) => Err(Post::Final(Cause::Stranger { message })),
            Err(LaunchError::Refused(message)) => Err(Post::Final(Cause::Refused { message })),
            Err(LaunchError::Altered { uid, changes }) => {
                let cause = Cause::Altered { changes };
                let (namespace, name) = (text(stamped, "/metadata/namespace"), text(stamped, "/metadata/name"));
                self.end(namespace, name, &uid, &cause).await;
                Err(Post::Final(cause))
            }
        }
    }

    /// Creates the Job, if nobody has opened its fence since it was judged. The shared watch knows: this costs no call.
    async fn launch(&self, bundle: &Bundle, stamped: &Value) -> Result<Result<Created, LaunchError>, Post> {
        let found = match self.fences.foreign(&bundle.plan().namespace).await {
            Fact::Known(policies) => widened(bundle.job(), bundle.fence(), &policies),
            Fact::Refuted(why) | Fact::Unavailable(why) => return Err(Post::Later(ApiError::Unanswered(why))),
        };
        if found.is_empty() {
            return Ok(jobs::launch(&self.client, stamped).await);
        }
        let cause = Cause::FenceWidened {
            message: found.join("; "),
        };
        // An attempt before this one may have landed without an answer.
        if let Ok(created) = jobs::find(&self.client, stamped).await {
            self.end(&created.namespace, &created.name, &created.uid, &cause).await;
        }
        Err(Post::Final(cause))
    }

    /// A Job that is not there was never created, unless so much time has passed that it may have run, ended and been
    /// removed since.
    async fn may_be_posted_again(&self, stamped: &Value, since: Timestamp) -> Result<(), Post> {
        let kept = stamped
            .pointer("/spec/ttlSecondsAfterFinished")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let passed = clock::server_now(&self.client).await.duration_since(since).as_secs();
        if passed < kept {
            return Ok(());
        }
        let message = format!("it was about to be created {passed} s ago, and a finished job is kept for {kept} s");
        Err(Post::Final(Cause::Unknown { message }))
    }

    /// Lowers a Job's time to live to the planned one, after its action's finished event was acknowledged.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn release(&self, namespace: &str, job: &str, uid: &str, ttl_seconds: u32) -> Result<(), ApiError> {
        jobs::release(&self.client, namespace, job, uid, ttl_seconds).await?;
        (self.hook)(Step::JobReleased);
        Ok(())
    }
}

/// Why a POST has no Job yet.
enum Post {
    Later(ApiError),
    Final(Cause),
}
