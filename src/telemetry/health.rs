//! Health and readiness over HTTP: `/health` as the original had it, `/healthz`, `/readyz` and `/metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State as AxumState;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Metrics;

/// A part of the service that has to work before events are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// Policies are loaded and valid.
    Policies,
    /// The Kubernetes API answers and its watches are alive.
    Cluster,
    /// The source of events is connected.
    Source,
    /// Open runs of an earlier process were taken up.
    Resume,
}

/// How a component is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It works.
    Ready,
    /// It does not yet, or not any more; the text says why.
    NotReady(String),
}

/// The state of all components; everything is not ready until it says otherwise.
#[derive(Debug)]
pub struct Health {
    states: Mutex<BTreeMap<Component, State>>,
}

impl Default for Health {
    fn default() -> Self {
        let waiting = || State::NotReady("not started".to_owned());
        let all = [
            Component::Policies,
            Component::Cluster,
            Component::Source,
            Component::Resume,
        ];
        Self {
            states: Mutex::new(all.into_iter().map(|component| (component, waiting())).collect()),
        }
    }
}

impl Health {
    /// Says how a component is.
    pub fn set(&self, component: Component, state: State) {
        self.states
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(component, state);
    }

    /// What is not ready, by component.
    #[must_use]
    pub fn missing(&self) -> Vec<(Component, String)> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states
            .iter()
            .filter_map(|(component, state)| match state {
                State::Ready => None,
                State::NotReady(why) => Some((*component, why.clone())),
            })
            .collect()
    }
}

#[derive(Clone)]
struct Shared {
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

/// The routes.
pub fn router(health: Arc<Health>, metrics: Arc<Metrics>) -> axum::Router {
    axum::Router::new()
        .route("/health", get(original))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(Shared { health, metrics })
}

/// The original answered 412 until it was registered.
async fn original(AxumState(shared): AxumState<Shared>) -> Response {
    if shared.health.missing().is_empty() {
        axum::Json(serde_json::json!({ "status": "OK" })).into_response()
    } else {
        StatusCode::PRECONDITION_FAILED.into_response()
    }
}

async fn ready(AxumState(shared): AxumState<Shared>) -> Response {
    let missing = shared.health.missing();
    if missing.is_empty() {
        return "ready\n".into_response();
    }
    let text: String = missing
        .iter()
        .map(|(component, why)| format!("{component:?}: {why}\n"))
        .collect();
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

async fn scrape(AxumState(shared): AxumState<Shared>) -> Response {
    (
        [(
            "content-type",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        shared.metrics.text(),
    )
        .into_response()
}
