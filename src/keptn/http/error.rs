//! What can go wrong with a call, and how it is told: bounded, on one line, without user, query or token.
//!
//! Nothing here decides what to do about it, beyond whether another attempt could help.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use thiserror::Error;

use crate::retry::{Again, Transient};

/// How long a message from the other side may be in our errors, in characters.
pub(super) const ERROR_MESSAGE: usize = 300;

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

/// A failed call without an answer.
pub(super) fn no_answer(url: &Url, error: reqwest::Error) -> CallError {
    CallError::NoAnswer {
        url: shown(url),
        reason: causes(&error.without_url()),
    }
}

/// An error with its causes on one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
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
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!(
        "{}://{}{port}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

/// `Retry-After` in seconds; its date form is rare and counts as absent.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
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
pub(super) fn error_message(status: StatusCode, body: &[u8]) -> String {
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
