//! How we reach the API server. Must never make a client that repeats a request on its own.

use std::time::Duration;

use kube::{Client, Config};

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Neither a kubeconfig nor a service account was found.
    #[error("no way to a cluster was found, neither in KUBECONFIG nor as a service account: {0}")]
    NoConfig(String),
    /// The configuration cannot be used.
    #[error("the cluster's configuration cannot be used: {0}")]
    Unusable(String),
}

/// A client from `KUBECONFIG`, or from the pod's service account.
///
/// The library's own retry is off: it does not tell methods apart, so that one POST behind a slow proxy would become
/// many. Every caller here decides for itself what may be asked again.
///
/// # Errors
/// [`ConnectError`] when there is no configuration or it is not usable.
pub async fn connect() -> Result<Client, ConnectError> {
    let mut config = Config::infer()
        .await
        .map_err(|error| ConnectError::NoConfig(error.to_string()))?;
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(5));
    // Longer than the 50 s after which the server ends a watch, so that only a dead connection runs into it.
    config.read_timeout = Some(Duration::from_secs(65));
    config.reset_reader_on_write = true;
    config.write_timeout = Some(Duration::from_secs(15));
    Client::try_from(config).map_err(|error| ConnectError::Unusable(error.to_string()))
}
