//! The HTTP side of the control plane: one client, one set of rules for every call.
//!
//! TLS is always verified; a custom CA is configuration. Every call has a timeout and a bound on what is read of its
//! answer. The token goes to the configured host only: redirects elsewhere are not followed. Nothing here knows what
//! a body means.

mod endpoint;

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, Response, StatusCode, Url};
use serde::Deserialize;
use thiserror::Error;

pub use endpoint::{Endpoint, EndpointError};

use super::retry::{Again, Transient};

/// Redirects followed on one host before we give up.
const MAX_REDIRECTS: usize = 5;

/// How much of an error's body is read.
const ERROR_BODY: usize = 16 * 1024;

/// How long a message from the other side may be in our errors, in characters.
const ERROR_MESSAGE: usize = 300;

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

/// Why no client can be made; all of these are configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClientError {
    /// The token holds characters that no HTTP header can hold.
    #[error("api token cannot be sent as a header; visible ASCII without a newline at the end would be accepted")]
    Token,
    /// A CA bundle cannot be read.
    #[error("CA bundle {index} cannot be read: {reason}; PEM certificates would be accepted")]
    Ca {
        /// Position in the configured list, from 0.
        index: usize,
        /// What the parser said.
        reason: String,
    },
    /// The client could not be set up.
    #[error("http client cannot be set up: {reason}")]
    Setup {
        /// What the library said.
        reason: String,
    },
}

/// Why a call gave no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// No whole answer arrived: refused, reset, timed out, not trusted.
    #[error("no answer from {url}: {reason}")]
    NoAnswer {
        /// What was called.
        url: String,
        /// What went wrong, outermost first.
        reason: String,
    },
    /// An answer with a status that is no success.
    #[error("{url} answered {status}: {message}")]
    Status {
        /// What was called.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The `message` of the control plane's error body, or what stands for it.
        message: String,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The answer is larger than it may be.
    #[error("{url} answered with more than {limit} bytes")]
    TooLarge {
        /// What was called.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl Transient for CallError {
    fn again(&self) -> Again {
        match self {
            Self::NoAnswer { .. } => Again::Soon,
            Self::Status {
                status, retry_after, ..
            } => match (status, retry_after) {
                (408 | 429 | 500..=599, Some(wait)) => Again::After(*wait),
                (408 | 429 | 500..=599, None) => Again::Soon,
                _ => Again::Never,
            },
            Self::TooLarge { .. } => Again::Never,
        }
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

fn no_answer(url: &Url, error: reqwest::Error) -> CallError {
    CallError::NoAnswer {
        url: shown(url),
        reason: causes(&error.without_url()),
    }
}

/// An error with its causes on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// What an error shows of a URL: no user, no query.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!(
        "{}://{}{port}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

/// `Retry-After` in seconds; its date form is rare and counts as absent.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The control plane's error body (protocol reference 2.3).
#[derive(Deserialize)]
struct ErrorBody {
    message: String,
}

/// The message of an error body, on one line and bounded; for a body of another shape, the words of the status.
fn error_message(status: StatusCode, body: &[u8]) -> String {
    let message = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) if !body.message.is_empty() => body.message,
        Ok(_) | Err(_) => status.canonical_reason().unwrap_or("no reason given").to_lowercase(),
    };
    message
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .take(ERROR_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests;
