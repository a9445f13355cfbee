//! Where results go: the port, and its form over NATS.
//!
//! A sink sends one event and says whether it arrived. It never changes an event, never invents an id, and never says
//! "sent" for what it only queued. When to try again, and for how long, is the outbox's business, not a sink's.

pub mod nats;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::retry::{Again, Transient};

/// An event as it is sent, whole and unchangeable: the outbox keeps it in this form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingEvent {
    /// The event's id, the same on every attempt.
    pub id: String,
    /// The event's type.
    pub event_type: String,
    /// The event's context: a sink that gives its own ids finds the event again by context, type and
    /// [`Self::triggered_id`] (DESIGN 11.25).
    pub context: String,
    /// Id of the event that this one answers.
    pub triggered_id: String,
    /// The whole event as JSON text.
    pub body: String,
}

/// Why an event was not sent, as far as the sink knows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SinkError {
    /// The event is larger than the other side takes. Sending it again cannot help; a smaller one could.
    #[error("event `{id}` is {size} bytes; {limit} bytes would be accepted")]
    TooLarge {
        /// Id of the event.
        id: String,
        /// Bytes of the event, headers included.
        size: usize,
        /// The other side's limit in bytes.
        limit: usize,
    },
    /// No confirmation came: the event may have arrived or not. The same event is sent again.
    #[error("event `{id}` is not confirmed: {reason}")]
    Unavailable {
        /// Id of the event.
        id: String,
        /// What went wrong.
        reason: String,
    },
    /// The other side does not take this event, now or later.
    #[error("event `{id}` is refused: {reason}")]
    Refused {
        /// Id of the event.
        id: String,
        /// What the other side said.
        reason: String,
    },
}

impl Transient for SinkError {
    fn again(&self) -> Again {
        match self {
            Self::Unavailable { .. } => Again::Soon,
            Self::TooLarge { .. } | Self::Refused { .. } => Again::Never,
        }
    }
}

/// Where results go.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Sends one event and returns when it has arrived. Calling it again with the same event is always allowed and
    /// keeps the event's id, so that a side that keeps ids sees one event.
    ///
    /// # Errors
    /// See [`SinkError`].
    async fn send(&self, event: &OutgoingEvent) -> Result<(), SinkError>;
}
