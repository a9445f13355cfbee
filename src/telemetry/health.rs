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
    warnings: Mutex<BTreeMap<Component, Vec<String>>>,
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
            warnings: Mutex::default(),
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

    /// What works and may surprise, in the place of what was said before.
    pub fn warn(&self, component: Component, warnings: Vec<String>) {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(component, warnings);
    }

    /// What works and may surprise, a line each.
    fn warnings(&self) -> String {
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(component, text): (&Component, &String)| format!("{component:?}: warning: {text}\n");
        warnings
            .iter()
            .flat_map(|(component, texts)| texts.iter().map(move |text| (component, text)))
            .map(line)
            .collect()
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
        return format!("ready\n{}", shared.health.warnings()).into_response();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn warnings_are_read_beside_ready_and_keep_nothing_from_being_ready() {
        let health = Arc::new(Health::default());
        for component in [
            Component::Policies,
            Component::Cluster,
            Component::Source,
            Component::Resume,
        ] {
            assert_eq!(answer(&health).await.0, StatusCode::SERVICE_UNAVAILABLE);
            health.set(component, State::Ready);
        }
        assert_eq!(answer(&health).await, (StatusCode::OK, "ready\n".to_owned()));
        health.warn(Component::Policies, vec!["p.yaml:1:1: adds nothing".to_owned()]);
        let expected = "ready\nPolicies: warning: p.yaml:1:1: adds nothing\n".to_owned();
        assert_eq!(answer(&health).await, (StatusCode::OK, expected));
    }

    async fn answer(health: &Arc<Health>) -> (StatusCode, String) {
        let shared = Shared {
            health: Arc::clone(health),
            metrics: Arc::new(Metrics::default()),
        };
        let response = ready(AxumState(shared)).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}
