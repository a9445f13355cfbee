//! Where events come from: the port, and its form over NATS.
//!
//! A source hands on bytes as they came and never looks into them: what they mean, and whether they are refused, is
//! decided once, for all sources, after it. It waits when nobody takes its deliveries; it holds no more than it was
//! told to.

pub mod nats;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;
pub use tokio_util::sync::CancellationToken;

/// One event as it arrived, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The bytes of the event; nobody has looked at them.
    pub bytes: Bytes,
    /// The subject it was published to; what the sender claims, like everything in the event.
    pub subject: String,
    /// Name of the source that delivered it.
    pub source_name: Arc<str>,
}

/// What a source can say about itself at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// It can receive events right now. A service that is not connected is not ready.
    pub connected: bool,
    /// How often it is known to have lost events since it began, because they came faster than they were taken.
    /// One may stand for many.
    pub losses: u64,
}

/// Why a source cannot run; all of these are configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    /// The address of the server cannot be used. It is not repeated here: it may hold a password.
    #[error("address of the NATS server cannot be used: {reason}; `nats://HOST:4222` would be accepted")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// A subscription to nothing would wait for ever.
    #[error("no subject to subscribe to; a list with at least one, such as `sh.keptn.>`, would be accepted")]
    NoSubjects,
    /// A subject that is no NATS subject.
    #[error("subject `{subject}` cannot be subscribed to: {reason}")]
    Subject {
        /// The subject as configured.
        subject: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The connection was closed for good, by somebody else than [`Source::run`]'s `stop`.
    #[error("connection to NATS is closed")]
    Closed,
}

/// Where events come from.
#[async_trait]
pub trait Source: Send + Sync {
    /// Name of this source in logs, metrics and deliveries.
    fn name(&self) -> &str;

    /// How it is doing.
    fn health(&self) -> Health;

    /// Delivers events until `stop` is cancelled or nobody takes deliveries any more. When it is cancelled the source
    /// stops asking for events, hands on what it has already received, and returns.
    ///
    /// # Errors
    /// See [`SourceError`]. A lost connection is none: a source reconnects for as long as it runs.
    async fn run(&self, deliveries: mpsc::Sender<Delivery>, stop: CancellationToken) -> Result<(), SourceError>;
}
