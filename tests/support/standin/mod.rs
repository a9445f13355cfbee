//! A stand-in for the Keptn control plane: resource service, error log, list of integrations, and a listener that
//! records events from NATS.
//!
//! It speaks the protocol as the servers speak it, quirks included (protocol reference 1.2, 1.10, 2): URIs are decoded
//! as gin and nginx decode them, listings ignore the commit, the newest version of a folder is a 500. It knows nothing
//! of our code, so that a misunderstanding in one is not repeated in the other. Used from integration tests as a
//! module and from scripts as a process (`cargo run --example keptn-standin`).

#![allow(dead_code, reason = "each test that includes this module uses a part of it")]

mod events;
mod faults;
mod http;
mod repository;
mod uri;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) use events::Pair;
pub(crate) use faults::Fault;
pub(crate) use repository::ListingStyle;

/// A running stand-in; it stops when it is dropped.
pub(crate) struct Standin {
    address: SocketAddr,
    shared: Shared,
    tasks: Vec<JoinHandle<()>>,
}

/// What the handlers share.
pub(super) type Shared = Arc<State>;

/// Everything the stand-in knows.
#[derive(Default)]
pub(super) struct State {
    repositories: Mutex<repository::Repositories>,
    faults: Mutex<faults::Faults>,
    events: Mutex<events::Events>,
    logs: Mutex<Vec<Value>>,
    integrations: Mutex<Vec<Value>>,
    requests: Mutex<Vec<Seen>>,
    token: Mutex<Option<String>>,
    nats: Mutex<Option<async_nats::Client>>,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query, still encoded.
    pub(crate) target: String,
    /// The `x-token` header.
    pub(crate) token: Option<String>,
}

impl Standin {
    /// Starts on a free port of loopback.
    pub(crate) async fn start() -> std::io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts at that address.
    pub(crate) async fn start_at(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Shared::default();
        let router = http::router(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It serves until the task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            shared,
            tasks: vec![server],
        })
    }

    /// The address that stands for each service inside the cluster.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that stands for the API gateway (`KEPTN_API_ENDPOINT`).
    pub(crate) fn gateway(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// Records what is published below `sh.keptn.` on that NATS server, from now on.
    pub(crate) async fn listen_to(&mut self, nats_url: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let (client, task) = events::listen(nats_url, Arc::clone(&self.shared)).await?;
        *locked(&self.shared.nats) = Some(client);
        self.tasks.push(task);
        Ok(())
    }

    /// Commits files at `project`, `project/stage` or `project/stage/service` and returns the commit's id.
    pub(crate) fn put(&self, place: &str, files: &[(&str, &[u8])]) -> String {
        locked(&self.shared.repositories).put(place, files)
    }

    /// Deletes a file at such a place and returns the commit's id.
    pub(crate) fn delete(&self, place: &str, path: &str) -> String {
        locked(&self.shared.repositories).delete(place, path)
    }

    /// How listings look from now on.
    pub(crate) fn list_as(&self, style: ListingStyle) {
        locked(&self.shared.repositories).style = style;
    }

    /// Makes matching requests fail from now on.
    pub(crate) fn fail(&self, fault: Fault) {
        locked(&self.shared.faults).add(fault);
    }

    /// Refuses requests without that token from now on.
    pub(crate) fn require_token(&self, token: &str) {
        *locked(&self.shared.token) = Some(token.to_owned());
    }

    /// Adds an integration to the list that the control plane keeps.
    pub(crate) fn integrate(&self, id: &str, name: &str) {
        locked(&self.shared.integrations).push(serde_json::json!({"id": id, "name": name}));
    }

    /// Entries of the error log so far.
    pub(crate) fn logs(&self) -> Vec<Value> {
        locked(&self.shared.logs).clone()
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        locked(&self.shared.requests).clone()
    }

    /// Events recorded so far, of one context or of all.
    pub(crate) fn events(&self, context: Option<&str>) -> Vec<Value> {
        locked(&self.shared.events).of(context)
    }

    /// How started and finished events pair up, for each triggered event.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        locked(&self.shared.events).pairs()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A lock that a panicking test elsewhere does not take away from the others.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
