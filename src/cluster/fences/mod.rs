//! The fences of all job namespaces: in place before a pod starts, put right while it runs, reaped when unused.
//!
//! One watch on NetworkPolicies for each namespace answers everything else, so that a fence that stands costs no call.

mod cache;
mod namespace;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::Client;

use super::api::{ApiError, Kind};
use super::watch::WatchHealth;
use crate::admission::{Fact, ForeignPolicy};
use crate::network::Fence;
pub(super) use namespace::Guard;
use namespace::Namespace;

/// How long a policy that closes something gets to reach the enforcer before a pod may rely on it.
const SETTLE: Duration = Duration::from_secs(1);

/// The fences of this process.
#[derive(Clone)]
pub struct Fences {
    client: Client,
    deployment: Arc<str>,
    settle: Duration,
    namespaces: Arc<Mutex<HashMap<String, Arc<Namespace>>>>,
}

impl Fences {
    /// `deployment` is the value of the `app.kubernetes.io/managed-by` label.
    #[must_use]
    pub fn new(client: Client, deployment: &str) -> Self {
        Self {
            client,
            deployment: deployment.into(),
            settle: SETTLE,
            namespaces: Arc::default(),
        }
    }

    /// The same with another time for policies to reach the enforcer.
    #[must_use]
    pub fn settling_within(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Stores the base policy of a namespace. Called at start, so that the first task need not wait for it; a task that
    /// comes sooner than the enforcer waits for that.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn prepare(&self, namespace: &str) -> Result<(), ApiError> {
        self.namespace(namespace).base().await
    }

    /// Puts base policy and fence in place and keeps them so until the guard is dropped.
    ///
    /// # Errors
    /// [`ApiError`]: nothing may be started then.
    pub(super) async fn ensure(&self, namespace: &str, fence: &Fence) -> Result<Guard, ApiError> {
        let namespace = self.namespace(namespace);
        namespace.base().await?;
        let guard = namespace.fence(fence).await?;
        namespace.settled().await?;
        Ok(guard)
    }

    /// The policies of others in a namespace.
    pub async fn foreign(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        match self.namespace(namespace).known().await {
            Ok(policies) => Fact::Known(rules::foreign(policies.iter())),
            // What the watch could not list is said as a single request says it, so that a desk gives the same verdict.
            Err(ApiError::Unanswered(why)) => Fact::Unavailable(why),
            Err(error) => Fact::Unavailable(error.to_string()),
        }
    }

    /// Deletes the fences of a namespace that no task of this process and no pod uses and that are older than
    /// `older_than`; answers how many.
    ///
    /// # Errors
    /// [`ApiError`] of the first that could not be looked at or deleted.
    pub async fn reap_unused(&self, namespace: &str, older_than: Duration) -> Result<usize, ApiError> {
        self.namespace(namespace).reap(older_than).await
    }

    /// The namespaces in which fences were needed or looked at.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        namespaces.keys().cloned().collect()
    }

    /// Ends the watches of namespaces that no task uses and that hold no fence of ours any more, but for one.
    pub fn let_go(&self, but_for: &str) {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever is about to use one holds it besides this map, which nobody can do while it is locked.
        namespaces
            .retain(|name, namespace| name == but_for || Arc::strong_count(namespace) > 1 || namespace.is_in_use());
    }

    /// How each watch is doing.
    #[must_use]
    pub fn health(&self) -> Vec<WatchHealth> {
        let namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut health: Vec<WatchHealth> = namespaces.values().map(|namespace| namespace.health()).collect();
        health.sort_by(|a, b| a.namespace.cmp(&b.namespace));
        health
    }

    fn namespace(&self, name: &str) -> Arc<Namespace> {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || Namespace::start(&self.client, name, &self.deployment, self.settle);
        namespaces.entry(name.to_owned()).or_insert_with(start).clone()
    }
}

/// The policies of others in a namespace by a single request, for `job-lint` at a desk.
pub async fn foreign_policies(client: &Client, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
    match Kind::NetworkPolicy.within(client, namespace).list("", "", 0).await {
        Ok(policies) => Fact::Known(rules::foreign(policies.iter())),
        Err(error) => Fact::Unavailable(error.to_string()),
    }
}
