//! The HTTP side of the control plane: one client, one set of rules for every call.
//!
//! TLS is always verified; a custom CA is configuration. Every call has a timeout and a bound on what is read of its
//! answer. The token goes to the configured host only: redirects elsewhere are not followed. Nothing here knows what
//! a body means.

mod endpoint;
mod error;

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, Response, Url};

pub use endpoint::{Endpoint, EndpointError};
pub use error::{CallError, ClientError};

use error::{causes, error_message, no_answer, retry_after, shown};

/// Redirects followed on one host before we give up.
const MAX_REDIRECTS: usize = 5;

/// How much of an error's body is read.
const ERROR_BODY: usize = 16 * 1024;

/// How calls are made.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Limit of a whole call, answer included.
    pub timeout: Duration,
    /// Limit of establishing a connection.
    pub connect_timeout: Duration,
    /// PEM bundles of further CAs to trust, beside the system's.
    pub extra_roots: Vec<Vec<u8>>,
    /// Whether `HTTP_PROXY` and its relatives are used.
    pub proxy: ProxyUse,
}

/// Whether calls go through the proxy that the environment names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyUse {
    /// As `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say.
    Environment,
    /// Never.
    Direct,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            extra_roots: Vec::new(),
            proxy: ProxyUse::Environment,
        }
    }
}

/// A value for the `x-token` header. It is shown nowhere.
#[derive(Clone)]
pub struct ApiToken(HeaderValue);

impl ApiToken {
    /// A token; `None` for an empty one, which is never sent (protocol reference 1.3).
    ///
    /// # Errors
    /// A token that cannot be a header, most often because of a newline at its end.
    pub fn new(token: &str) -> Result<Option<Self>, ClientError> {
        if token.is_empty() {
            return Ok(None);
        }
        let mut value = HeaderValue::from_str(token).map_err(|_| ClientError::Token)?;
        value.set_sensitive(true);
        Ok(Some(Self(value)))
    }
}

impl std::fmt::Debug for ApiToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ApiToken(not shown)")
    }
}

/// The client that all parts of this module call the control plane with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    endpoint: Endpoint,
    token: Option<ApiToken>,
}

impl Api {
    /// A client for one control plane.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn new(endpoint: Endpoint, token: Option<ApiToken>, options: &HttpOptions) -> Result<Self, ClientError> {
        let setup = |error: reqwest::Error| ClientError::Setup { reason: causes(&error) };
        let mut roots = Vec::new();
        for (index, pem) in options.extra_roots.iter().enumerate() {
            let bundle = Certificate::from_pem_bundle(pem).map_err(|error| ClientError::Ca {
                index,
                reason: causes(&error),
            })?;
            if bundle.is_empty() {
                return Err(ClientError::Ca {
                    index,
                    reason: "it holds no certificate".to_owned(),
                });
            }
            roots.extend(bundle);
        }
        let mut builder = Client::builder()
            .timeout(options.timeout)
            .connect_timeout(options.connect_timeout)
            .redirect(Policy::custom(same_host))
            .referer(false)
            .user_agent("job-executor-service");
        if !roots.is_empty() {
            builder = builder.tls_certs_merge(roots);
        }
        if options.proxy == ProxyUse::Direct {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build().map_err(setup)?,
            endpoint,
            token,
        })
    }

    /// Where the control plane's parts are.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The body of `GET url`, at most `limit` bytes.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, CallError> {
        let request = self.client.get(url.clone()).header(ACCEPT, "application/json");
        self.call(url, request, limit).await
    }

    /// Sends `POST url` with a JSON body and reads at most `limit` bytes of the answer.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(&self, url: &Url, body: String, limit: usize) -> Result<Vec<u8>, CallError> {
        self.call(url, self.client.post(url.clone()).body(body), limit).await
    }

    async fn call(&self, url: &Url, mut request: reqwest::RequestBuilder, limit: usize) -> Result<Vec<u8>, CallError> {
        request = request.header(CONTENT_TYPE, "application/json");
        if let Some(ApiToken(token)) = &self.token {
            request = request.header("x-token", token.clone());
        }
        let response = request.send().await.map_err(|error| no_answer(url, error))?;
        let status = response.status();
        if status.is_success() {
            return read(url, response, limit).await;
        }
        let retry_after = retry_after(&response);
        let message = match response.headers().get("location") {
            Some(_) if status.is_redirection() => "a redirect to another host, which is not followed".to_owned(),
            _ => error_message(
                status,
                read(url, response, ERROR_BODY).await.unwrap_or_default().as_slice(),
            ),
        };
        Err(CallError::Status {
            url: shown(url),
            status: status.as_u16(),
            message,
            retry_after,
        })
    }
}

/// Follows redirects on the same host only, up to TLS but never down from it, so that the token stays where it belongs.
fn same_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let follow = match attempt.previous().first() {
        Some(first) => {
            let next = attempt.url();
            let upgrade = first.scheme() == "http" && first.port().is_none() && next.as_str().starts_with("https://");
            let same_port = first.port_or_known_default() == next.port_or_known_default();
            first.host_str() == next.host_str()
                && ((first.scheme() == next.scheme() && same_port) || (upgrade && next.port().is_none()))
                && attempt.previous().len() <= MAX_REDIRECTS
        }
        None => false,
    };
    if follow { attempt.follow() } else { attempt.stop() }
}

/// Reads a body piece by piece and stops at the limit: what a server claims or sends never decides what we hold.
async fn read(url: &Url, mut response: Response, limit: usize) -> Result<Vec<u8>, CallError> {
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| no_answer(url, error))? {
        if body.len().saturating_add(piece.len()) > limit {
            return Err(CallError::TooLarge { url: shown(url), limit });
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.to_vec())
}

#[cfg(test)]
mod tests;
