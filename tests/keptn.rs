//! Our Keptn side against the stand-in of the control plane and a NATS server that fails on demand, over loopback.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first thing that is not as it should be"
)]

#[path = "keptn/broker.rs"]
mod broker;
#[path = "keptn/config.rs"]
mod config;
#[path = "keptn/files.rs"]
mod files;
#[path = "keptn/http.rs"]
mod http;
#[path = "keptn/log.rs"]
mod log;
#[path = "keptn/nats.rs"]
mod nats;
#[path = "keptn/protocol.rs"]
mod protocol;
#[path = "support/standin/mod.rs"]
mod standin;

use std::time::Duration;

use job_executor_service::keptn::http::{Api, ApiToken, Endpoint, HttpOptions, ProxyUse};
use job_executor_service::retry::Retry;
use job_executor_service::store::keptn_resources::ResourceService;
use job_executor_service::store::{Limits, Scope};

use standin::Standin;

/// Retries as the service makes them, without the waiting.
const RETRY: Retry = Retry {
    attempts: 3,
    first: Duration::from_millis(1),
    longest: Duration::from_millis(2),
};

fn options() -> HttpOptions {
    HttpOptions {
        timeout: Duration::from_secs(5),
        proxy: ProxyUse::Direct,
        ..HttpOptions::default()
    }
}

/// A client that calls the stand-in as the services inside the cluster.
fn api(standin: &Standin) -> Api {
    let endpoint = Endpoint::parts(&standin.url(), &standin.url()).unwrap();
    Api::new(endpoint, None, &options()).unwrap()
}

/// A client that calls the stand-in as the API gateway.
fn gateway_api(standin: &Standin, token: &str) -> Api {
    let endpoint = Endpoint::gateway(&standin.gateway()).unwrap();
    Api::new(endpoint, ApiToken::new(token).unwrap(), &options()).unwrap()
}

fn store(standin: &Standin) -> ResourceService {
    ResourceService::new(api(standin), Limits::DEFAULT, RETRY)
}

/// `sockshop/dev/carts` at that commit, or the newest.
fn carts(commit: &str) -> Scope {
    Scope::new("sockshop", "dev", "carts", commit).unwrap()
}

const PROJECT: &str = "sockshop";
const STAGE: &str = "sockshop/dev";
const SERVICE: &str = "sockshop/dev/carts";
const CONFIG: &str = "job/config.yaml";
