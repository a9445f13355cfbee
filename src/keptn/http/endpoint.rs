//! Where the parts of the control plane are (protocol reference 1.2).
//!
//! Only addresses; nothing here opens a connection. An address never carries a user or a password.

use reqwest::Url;
use thiserror::Error;

/// The addresses of the control plane's parts, without `/` at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    resource_service: String,
    shipyard_controller: String,
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("keptn endpoint cannot be used: {reason}; `http://HOST/api` or `https://HOST/api` would be accepted")]
pub struct EndpointError {
    reason: String,
}

impl Endpoint {
    /// A control plane behind its API gateway: `base` is `KEPTN_API_ENDPOINT`. The parts' suffixes are added unless the
    /// base already ends with them, and a path in front of them survives.
    ///
    /// # Errors
    /// What is no absolute http or https URL, or carries a user, a query or a fragment.
    pub fn gateway(base: &str) -> Result<Self, EndpointError> {
        let base = checked(base)?;
        let part = |name: &str| {
            if base.ends_with(&format!("/{name}")) {
                base.clone()
            } else {
                format!("{base}/{name}")
            }
        };
        Ok(Self {
            resource_service: part("resource-service"),
            shipyard_controller: part("controlPlane"),
        })
    }

    /// A control plane in the same cluster and namespace, called without a gateway.
    #[must_use]
    pub fn in_cluster() -> Self {
        Self {
            resource_service: "http://resource-service:8080".to_owned(),
            shipyard_controller: "http://shipyard-controller:8080".to_owned(),
        }
    }

    /// Each part at an address of its own.
    ///
    /// # Errors
    /// As for [`Endpoint::gateway`].
    pub fn parts(resource_service: &str, shipyard_controller: &str) -> Result<Self, EndpointError> {
        Ok(Self {
            resource_service: checked(resource_service)?,
            shipyard_controller: checked(shipyard_controller)?,
        })
    }

    /// The URL of a path below the resource service; the path is already encoded and starts with `/`.
    ///
    /// # Errors
    /// A path that makes no URL.
    pub fn resource_service(&self, path: &str) -> Result<Url, EndpointError> {
        url(&self.resource_service, path)
    }

    /// The URL of a path below the shipyard controller; the path is already encoded and starts with `/`.
    ///
    /// # Errors
    /// A path that makes no URL.
    pub fn shipyard_controller(&self, path: &str) -> Result<Url, EndpointError> {
        url(&self.shipyard_controller, path)
    }
}

fn url(base: &str, path: &str) -> Result<Url, EndpointError> {
    Url::parse(&format!("{base}{path}")).map_err(|error| EndpointError {
        reason: error.to_string(),
    })
}

/// An address in its one form, without `/` at the end.
fn checked(base: &str) -> Result<String, EndpointError> {
    let refused = |reason: &str| {
        Err(EndpointError {
            reason: reason.to_owned(),
        })
    };
    // The address itself is not repeated in errors: it is refused, among other things, for holding a password.
    let url = Url::parse(base).map_err(|error| EndpointError {
        reason: error.to_string(),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return refused("its scheme is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("it carries a user or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("it carries a query or fragment");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
