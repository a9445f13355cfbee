//! The NetworkPolicies of one job namespace: what is stored, what should be, and the hand that puts it right.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::cache::{Shared, lock};
use super::rules;
use crate::cluster::api::{ApiError, Kind, Objects, text};
use crate::cluster::watch::WatchHealth;
use crate::cluster::watch::feed::{self, News};
use crate::manifest::names;
use crate::network::{Fence, base_manifest};

/// How long a caller waits for the first list.
const FIRST_LIST: Duration = Duration::from_secs(10);
/// Least time between two rounds of repairs, so that a quarrel with somebody else stays slow.
const BETWEEN_REPAIRS: Duration = Duration::from_secs(1);
/// Longest wait for fences that are put right again and again: nothing starts behind what does not hold still.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);
/// Attempts at one policy that somebody else changes at the same moment.
const ATTEMPTS: usize = 5;

/// One job namespace.
pub(super) struct Namespace {
    client: Client,
    name: String,
    deployment: Arc<str>,
    shared: Arc<Shared>,
    /// Held while a policy is written: two tasks of one fence do not race each other.
    writing: tokio::sync::Mutex<()>,
    /// How long the enforcer gets for a policy that closes something.
    settle: Duration,
    /// From when on everything that this process closed is closed.
    settled_at: Mutex<Instant>,
    listed: watch::Receiver<Listed>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    NotYet,
    Once,
}

/// A fence in use; the fence is kept right while this lives.
#[derive(Debug)]
pub(in crate::cluster) struct Guard {
    shared: Arc<Shared>,
    name: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut wanted = lock(&self.shared.wanted);
        if let Some((users, _)) = wanted.get_mut(&self.name) {
            *users = users.saturating_sub(1);
            if *users == 0 {
                wanted.remove(&self.name);
            }
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        lock(&self.tasks).iter().for_each(JoinHandle::abort);
    }
}

impl Namespace {
    pub(super) fn start(client: &Client, name: &str, deployment: &Arc<str>, settle: Duration) -> Arc<Self> {
        let shared = Arc::new(Shared::default());
        let (announce, listed) = watch::channel(Listed::NotYet);
        let namespace = Arc::new(Self {
            client: client.clone(),
            name: name.to_owned(),
            deployment: deployment.clone(),
            shared: shared.clone(),
            writing: tokio::sync::Mutex::new(()),
            settle,
            settled_at: Mutex::new(Instant::now()),
            listed,
            tasks: Mutex::default(),
        });
        let objects = namespace.objects();
        let feed = tokio::spawn(async move {
            let tell = |news| {
                if matches!(news, News::Listed) {
                    let _ = announce.send(Listed::Once);
                }
                shared.take(news);
            };
            feed::follow(objects, "", &shared.pulse, tell).await;
        });
        // The repairs hold no strong reference, so that a namespace nobody needs any more can go.
        let weak = Arc::downgrade(&namespace);
        let shared = namespace.shared.clone();
        let repairs = tokio::spawn(async move {
            loop {
                shared.changed.notified().await;
                match weak.upgrade() {
                    Some(namespace) => namespace.repair().await,
                    None => return,
                }
                tokio::time::sleep(BETWEEN_REPAIRS).await;
            }
        });
        lock(&namespace.tasks).extend([feed, repairs]);
        namespace
    }

    fn objects(&self) -> Objects {
        Kind::NetworkPolicy.within(&self.client, &self.name)
    }

    pub(super) fn health(&self) -> WatchHealth {
        WatchHealth::of(&self.name, "networkpolicies", &self.shared.pulse)
    }

    /// The base policy is stored, from now on for as long as this process lives.
    pub(super) async fn base(&self) -> Result<(), ApiError> {
        let manifest = base_manifest(&self.name, &self.deployment);
        lock(&self.shared.wanted)
            .entry(names::BASE_FENCE.to_owned())
            .or_insert_with(|| (1, manifest.clone()));
        self.put(&manifest).await
    }

    /// The fence is stored while the guard lives.
    pub(super) async fn fence(&self, fence: &Fence) -> Result<Guard, ApiError> {
        let manifest = fence.manifest(&self.name, &self.deployment);
        let guard = self.want(&fence.name(), &manifest);
        self.put(&manifest).await?;
        Ok(guard)
    }

    /// Waits until the enforcer has had its time for everything that was closed, by whichever task or repair.
    pub(super) async fn settled(&self) -> Result<(), ApiError> {
        let begun = Instant::now();
        loop {
            let until = *lock(&self.settled_at);
            if Instant::now() >= until {
                return Ok(());
            }
            if begun.elapsed() >= SETTLED_WITHIN {
                return Err(ApiError::Conflict(format!(
                    "the network fences of namespace `{}` are changed again and again by somebody else",
                    self.name
                )));
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// Something is being closed. Said before it is written as well, because the watch may show it to another task
    /// before the writer has its answer.
    fn closes(&self) {
        *lock(&self.settled_at) = Instant::now() + self.settle;
    }

    fn want(&self, name: &str, manifest: &Value) -> Guard {
        lock(&self.shared.wanted)
            .entry(name.to_owned())
            .or_insert_with(|| (0, manifest.clone()))
            .0 += 1;
        Guard {
            shared: self.shared.clone(),
            name: name.to_owned(),
        }
    }

    /// All policies of the namespace.
    pub(super) async fn known(&self) -> Result<Vec<Value>, ApiError> {
        self.wait_listed().await?;
        Ok(self.shared.all())
    }

    async fn wait_listed(&self) -> Result<(), ApiError> {
        let mut listed = self.listed.clone();
        let waiting = listed.wait_for(|listed| *listed == Listed::Once);
        match tokio::time::timeout(FIRST_LIST, waiting).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let (_, error) = self.shared.pulse.read();
                Err(ApiError::Unanswered(
                    error.unwrap_or_else(|| "no list of network policies yet".to_owned()),
                ))
            }
        }
    }

    /// Puts right what somebody else changed or deleted.
    async fn repair(&self) {
        let wanted: Vec<Value> = lock(&self.shared.wanted)
            .values()
            .map(|(_, manifest)| manifest.clone())
            .collect();
        for manifest in wanted {
            if let Err(error) = self.put(&manifest).await {
                let policy = text(&manifest, "/metadata/name");
                tracing::error!(namespace = self.name, policy, %error, "a network fence could not be put right");
            }
        }
    }

    /// Makes the stored policy say what it should.
    async fn put(&self, manifest: &Value) -> Result<(), ApiError> {
        self.wait_listed().await?;
        let name = text(manifest, "/metadata/name");
        if self.shared.stands(name, manifest) {
            return Ok(());
        }
        let _writing = self.writing.lock().await;
        let mut last = ApiError::Conflict(name.to_owned());
        for _ in 0..ATTEMPTS {
            if self.shared.stands(name, manifest) {
                return Ok(());
            }
            let stored = self.shared.stored_as(name);
            // A fence that is new only opens what the base policy closes; one that is put right closes something again.
            let closes = name == names::BASE_FENCE || stored.is_some();
            if closes {
                self.closes();
            }
            let result = match stored {
                None => self.objects().create(manifest).await,
                Some(stored) => {
                    tracing::warn!(
                        namespace = self.name,
                        policy = name,
                        "a network fence was changed; it is put right"
                    );
                    let replacement = over(&stored, manifest);
                    self.objects().replace(name, &replacement).await
                }
            };
            match result {
                Ok(json) => {
                    if closes {
                        self.closes();
                    }
                    self.shared.take(News::There(json));
                    return Ok(());
                }
                // Somebody was faster: what is stored now is read, and judged again.
                Err(error @ (ApiError::Exists(_) | ApiError::Conflict(_) | ApiError::NotFound(_))) => {
                    last = error;
                    match self.objects().get(name).await {
                        Ok(json) => self.shared.take(News::There(json)),
                        Err(ApiError::NotFound(_)) => self.shared.forget(name),
                        Err(error) => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Whether a task is behind one of its fences, a fence stands that is still to be reaped, or something that was
    /// closed may not be closed yet.
    pub(super) fn is_in_use(&self) -> bool {
        let wanted = lock(&self.shared.wanted).keys().any(|name| name != names::BASE_FENCE);
        let settling = Instant::now() < *lock(&self.settled_at);
        wanted || settling || self.shared.all().iter().any(|policy| own_fence(policy).is_some())
    }

    /// Deletes our fences that nobody uses.
    pub(super) async fn reap(&self, older_than: Duration) -> Result<usize, ApiError> {
        let now = Timestamp::now();
        let pods = Kind::Pod.within(&self.client, &self.name);
        let mut reaped = 0;
        for policy in self.known().await? {
            let name = text(&policy, "/metadata/name");
            let Some(hash) = own_fence(&policy) else { continue };
            let young = text(&policy, "/metadata/creationTimestamp")
                .parse::<Timestamp>()
                .is_ok_and(|created| Duration::try_from(now.duration_since(created)).unwrap_or_default() < older_than);
            if young || lock(&self.shared.wanted).contains_key(name) {
                continue;
            }
            if !pods.list(&format!("{}={hash}", names::FENCE), "", 1).await?.is_empty() {
                continue;
            }
            match self.objects().delete(name, text(&policy, "/metadata/uid")).await {
                Ok(()) => reaped += 1,
                Err(ApiError::NotFound(_) | ApiError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reaped)
    }
}

/// The hash that a fence of ours is named after.
fn own_fence(policy: &Value) -> Option<&str> {
    text(policy, "/metadata/name")
        .strip_prefix("fence-")
        .filter(|_| rules::is_ours(policy))
}

/// The manifest in place of a stored object: only of that object, in that version.
fn over(stored: &Value, manifest: &Value) -> Value {
    let mut replacement = manifest.clone();
    if let Some(metadata) = replacement.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["uid", "resourceVersion"] {
            metadata.insert(
                key.to_owned(),
                stored.pointer(&format!("/metadata/{key}")).cloned().unwrap_or_default(),
            );
        }
    }
    replacement
}
