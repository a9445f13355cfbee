//! The shared watches: one on pods and one on Jobs in each job namespace, however many tasks run there.
//!
//! Only tasks that somebody waits for are remembered, so a namespace full of finished Jobs costs no memory.

pub(super) mod feed;
mod sight;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::Client;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::api::{Kind, text};
use feed::{News, Pulse};
pub(super) use sight::{About, Presence, Seen, Sight, owner};

/// Selects what is ours; the value of the label is the run.
const OURS: &str = crate::manifest::names::RUN;

/// All watches of this process.
#[derive(Clone)]
pub struct Watches {
    client: Client,
    namespaces: Arc<Mutex<HashMap<String, Namespace>>>,
}

/// How the watches are doing: for the health endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchHealth {
    /// The namespace.
    pub namespace: String,
    /// `jobs`, `pods` or `networkpolicies`.
    pub what: &'static str,
    /// Time since the API server last answered it; none when it never has.
    pub silent_for: Option<Duration>,
    /// What it last failed with, if it has not answered since.
    pub error: Option<String>,
}

impl WatchHealth {
    /// From the pulse of a feed.
    pub(super) fn of(namespace: &str, what: &'static str, pulse: &Pulse) -> Self {
        let (alive, error) = pulse.read();
        Self {
            namespace: namespace.to_owned(),
            what,
            silent_for: alive.map(|alive| alive.elapsed()),
            error,
        }
    }
}

#[derive(Debug)]
struct Namespace {
    slots: Arc<Slots>,
    jobs: Arc<Pulse>,
    pods: Arc<Pulse>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The tasks that somebody waits for, by name of their Job.
#[derive(Debug, Default)]
pub(super) struct Slots(Mutex<HashMap<String, watch::Sender<Sight>>>);

/// Somebody's interest in one Job. Taken before the Job is posted, so that nothing can be missed.
#[derive(Debug)]
pub(super) struct Ticket {
    slots: Arc<Slots>,
    job: String,
    seen: watch::Receiver<Sight>,
}

impl Watches {
    /// No watch yet; the first task of a namespace starts its watches.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            namespaces: Arc::default(),
        }
    }

    /// Starts the watches of a namespace, unless they are running. Called at start for the namespaces that settings and policies name.
    pub fn start(&self, namespace: &str) {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        self.in_map(&mut namespaces, namespace);
    }

    /// How each watch is doing.
    #[must_use]
    pub fn health(&self) -> Vec<WatchHealth> {
        let namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut health: Vec<WatchHealth> = namespaces
            .iter()
            .flat_map(|(name, namespace)| {
                [
                    WatchHealth::of(name, "jobs", &namespace.jobs),
                    WatchHealth::of(name, "pods", &namespace.pods),
                ]
            })
            .collect();
        health.sort_by(|a, b| (&a.namespace, a.what).cmp(&(&b.namespace, b.what)));
        health
    }

    /// Begins to remember what happens to the Job of this name.
    pub(super) fn ticket(&self, namespace: &str, job: &str) -> Ticket {
        // The map stays locked until the ticket is in its slot, or the namespace could be let go of in between.
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = self.in_map(&mut namespaces, namespace).slots.clone();
        let seen = {
            let mut map = slots.lock();
            map.entry(job.to_owned())
                .or_insert_with(|| watch::Sender::new(Sight::default()))
                .subscribe()
        };
        Ticket {
            slots,
            job: job.to_owned(),
            seen,
        }
    }

    /// Ends the watches of namespaces in which nobody waits for a Job, but for one.
    pub fn let_go(&self, but_for: &str) {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        namespaces.retain(|name, namespace| name == but_for || !namespace.slots.lock().is_empty());
    }

    fn in_map<'a>(&self, namespaces: &'a mut HashMap<String, Namespace>, name: &str) -> &'a Namespace {
        namespaces
            .entry(name.to_owned())
            .or_insert_with(|| Namespace::start(&self.client, name))
    }
}

impl Namespace {
    fn start(client: &Client, name: &str) -> Self {
        let slots = Arc::new(Slots::default());
        let (jobs, pods) = (Arc::new(Pulse::default()), Arc::new(Pulse::default()));
        let run = |kind: Kind, about: About, pulse: &Arc<Pulse>| {
            let (objects, slots, pulse) = (kind.within(client, name), slots.clone(), pulse.clone());
            tokio::spawn(async move { feed::follow(objects, OURS, &pulse, |news| slots.tell(about, news)).await })
        };
        let tasks = [run(Kind::Job, About::Jobs, &jobs), run(Kind::Pod, About::Pods, &pods)];
        Self {
            slots,
            jobs,
            pods,
            tasks,
        }
    }
}

impl Slots {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, watch::Sender<Sight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes news on to whoever waits for it.
    fn tell(&self, about: About, news: News) {
        let map = self.lock();
        match news {
            News::Listing => map.values().for_each(|slot| {
                // Nobody has to wake up for this: nothing is known to have changed yet.
                slot.send_if_modified(|sight| {
                    sight.listing(about);
                    false
                });
            }),
            News::Listed => map.values().for_each(|slot| {
                slot.send_if_modified(|sight| sight.listed(about) == sight::Changed::Yes);
            }),
            News::There(json) => {
                if let Some(slot) = map.get(job_name(about, &json)) {
                    slot.send_modify(|sight| sight.there(about, json));
                }
            }
            News::Gone(json) => {
                if let Some(slot) = map.get(job_name(about, &json)) {
                    slot.send_modify(|sight| sight.gone(about, json));
                }
            }
        }
    }
}

fn job_name(about: About, json: &Value) -> &str {
    match about {
        About::Jobs => text(json, "/metadata/name"),
        About::Pods => owner(json).0,
    }
}

impl Ticket {
    /// What is known now.
    pub(super) fn sight(&mut self) -> Sight {
        self.seen.borrow_and_update().clone()
    }

    /// Waits until more is known.
    pub(super) async fn changed(&mut self) {
        // The sender lives in the slots that this ticket keeps; were it gone all the same, waiting is the safe answer.
        if self.seen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Adds what was read in a single request.
    pub(super) fn add(&self, about: About, json: Value) {
        if let Some(slot) = self.slots.lock().get(&self.job) {
            slot.send_modify(|sight| sight.there(about, json));
        }
    }

    /// The Job of this uid was looked for and is not there.
    pub(super) fn lost_job(&self, uid: &str) {
        if let Some(slot) = self.slots.lock().get(&self.job) {
            slot.send_modify(|sight| sight.lost(About::Jobs, uid));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut map = self.slots.lock();
        // This ticket's own receiver is still counted here.
        if map.get(&self.job).is_some_and(|slot| slot.receiver_count() <= 1) {
            map.remove(&self.job);
        }
    }
}
