//! One list and then one watch of a kind of objects in a namespace, kept up for ever.
//!
//! Written out here, and not left to a library, because two things have to be seen from outside: when the stream last
//! gave a sign of life, and what it fails with. Must never ask in a loop without pauses.

use std::sync::Mutex;
use std::time::Duration;

use futures::{StreamExt as _, pin_mut};
use kube::api::{Api, ListParams, WatchEvent, WatchParams};
use serde_json::Value;
use tokio::time::Instant;

use crate::cluster::api::{self, ApiError, Object, Objects, ask};
use crate::retry::{Backoff, Transient as _};

/// Seconds after which the API server ends a watch; also the longest silence that is normal.
const WATCH_SECONDS: u32 = 50;
/// Silence after which a watch is taken for dead.
const SILENCE: Duration = Duration::from_secs(58);
/// Objects in one page of a list.
const PAGE: u32 = 250;

/// What a feed tells.
#[derive(Debug)]
pub(in crate::cluster) enum News {
    /// A list begins: what is known now and not repeated before [`News::Listed`] is gone.
    Listing,
    /// The object is there, in this state.
    There(Value),
    /// The object was deleted; this is its last state.
    Gone(Value),
    /// The list is complete.
    Listed,
}

/// How a feed is doing.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Pulse(Mutex<State>);

#[derive(Debug, Default, Clone)]
struct State {
    alive: Option<Instant>,
    error: Option<String>,
}

impl Pulse {
    /// When the API server last answered this feed, and what it last failed with since then.
    pub(in crate::cluster) fn read(&self) -> (Option<Instant>, Option<String>) {
        let state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        (state.alive, state.error)
    }

    fn alive(&self) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = State {
            alive: Some(Instant::now()),
            error: None,
        };
    }

    fn failed(&self, error: &ApiError) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.error = Some(error.to_string());
    }
}

/// Lists and watches until it is dropped. `labels` is a selector; empty selects all.
pub(in crate::cluster) async fn follow(
    objects: Objects,
    labels: &'static str,
    pulse: &Pulse,
    mut tell: impl FnMut(News),
) {
    let api = objects.api;
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(30));
    // Where to go on from; none means that a list comes first.
    let mut version: Option<String> = None;
    loop {
        let result = match version.take() {
            None => list(&api, labels, pulse, &mut tell).await,
            Some(from) => watch(&api, labels, from, pulse, &mut tell, &mut backoff).await,
        };
        match result {
            Ok(next) => version = Some(next),
            Err(failure) => {
                pulse.failed(&failure.error);
                let asked = failure.error.again().wait().unwrap_or_default();
                tracing::warn!(url = api.resource_url(), error = %failure.error, "watch interrupted");
                version = failure.resume;
                tokio::time::sleep(backoff.pause(asked)).await;
            }
        }
    }
}

/// Why a list or watch ended, and where to go on from; none means with a list.
struct Failure {
    error: ApiError,
    resume: Option<String>,
}

impl Failure {
    fn of(error: ApiError, version: &str) -> Self {
        let resume = match error {
            // An answer that cannot be read, or history that is gone, is overcome by a fresh list only.
            ApiError::Expired(_) | ApiError::Unreadable(_) => None,
            ApiError::Unanswered(_)
            | ApiError::Overloaded { .. }
            | ApiError::NotFound(_)
            | ApiError::Exists(_)
            | ApiError::Conflict(_)
            | ApiError::Refused { .. } => Some(version.to_owned()),
        };
        Self { error, resume }
    }
}

async fn list(api: &Api<Object>, labels: &str, pulse: &Pulse, tell: &mut impl FnMut(News)) -> Result<String, Failure> {
    let mut params = ListParams::default().labels(labels).limit(PAGE);
    tell(News::Listing);
    loop {
        let page = ask(api.list(&params))
            .await
            .map_err(|error| Failure { error, resume: None })?;
        pulse.alive();
        for object in &page.items {
            tell(News::There(api::to_json(object)));
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params.continue_token = Some(token),
            None => {
                tell(News::Listed);
                return Ok(page.metadata.resource_version.unwrap_or_default());
            }
        }
    }
}

async fn watch(
    api: &Api<Object>,
    labels: &str,
    from: String,
    pulse: &Pulse,
    tell: &mut impl FnMut(News),
    backoff: &mut Backoff,
) -> Result<String, Failure> {
    let mut version = from;
    let params = WatchParams::default().labels(labels).timeout(WATCH_SECONDS);
    let stream = ask(api.watch(&params, &version))
        .await
        .map_err(|error| Failure::of(error, &version))?;
    pulse.alive();
    pin_mut!(stream);
    loop {
        let silence = || ApiError::Unanswered(format!("watch silent for {} s", SILENCE.as_secs()));
        let next = tokio::time::timeout(SILENCE, stream.next())
            .await
            .map_err(|_| Failure::of(silence(), &version))?;
        let Some(event) = next else { break };
        let event = event.map_err(|error| Failure::of(ApiError::from(error), &version))?;
        let (object, gone) = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, false),
            WatchEvent::Deleted(object) => (object, true),
            WatchEvent::Bookmark(mark) => {
                version = mark.metadata.resource_version;
                pulse.alive();
                continue;
            }
            WatchEvent::Error(status) => return Err(Failure::of(api::of_status(&status), &version)),
        };
        pulse.alive();
        backoff.reset();
        version = object.metadata.resource_version.clone().unwrap_or(version);
        let json = api::to_json(&object);
        tell(if gone { News::Gone(json) } else { News::There(json) });
    }
    // The server ends every watch after a while; one that ends at once must not make us spin.
    pulse.alive();
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(version)
}
