//! Results over core NATS: the event's JSON, published to the subject that is its type.
//!
//! A publish of the protocol has no answer, and what is flushed into a broken connection is lost. So an empty message
//! to ourselves follows each event on the same connection: when it comes back and the connection is still the same
//! one, the server has read the event before it. Nothing here returns before that.

use std::time::Duration;

use async_nats::client::PublishErrorKind;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::{HeaderMap, HeaderValue};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;

use super::{OutgoingEvent, Sink, SinkError};
use crate::source::nats::Link;

/// How often a waiting send looks whether its connection still exists.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Sends events over a connection to NATS.
#[derive(Clone, Debug)]
pub struct NatsSink {
    link: Link,
    confirm_within: Duration,
}

impl NatsSink {
    /// How long a confirmation may take; a round trip is under a millisecond on an idle server.
    pub const CONFIRM_WITHIN: Duration = Duration::from_secs(10);

    /// A sink on that connection. The account must be allowed to subscribe to `_INBOX.>`.
    #[must_use]
    pub fn new(link: Link, confirm_within: Duration) -> Self {
        Self { link, confirm_within }
    }

    async fn confirmed(&self, event: &OutgoingEvent) -> Result<(), SinkError> {
        let client = self.link.client();
        let unavailable = |reason: String| SinkError::Unavailable {
            id: event.id.clone(),
            reason,
        };
        let before = self.link.epoch();
        let inbox = client.new_inbox();
        let mut echo = client
            .subscribe(inbox.clone())
            .await
            .map_err(|error| unavailable(error.to_string()))?;

        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, self.header(event)?);
        client
            .publish_with_headers(event.event_type.clone(), headers, Bytes::from(event.body.clone()))
            .await
            .map_err(|error| match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => self.too_large(event),
                PublishErrorKind::InvalidSubject => no_subject(event),
                PublishErrorKind::Send => unavailable("the connection is closed".to_owned()),
            })?;
        client
            .publish(inbox, Bytes::new())
            .await
            .map_err(|error| unavailable(error.to_string()))?;
        client.flush().await.map_err(|error| unavailable(error.to_string()))?;
        let back = loop {
            tokio::select! {
                back = echo.next() => break back,
                // An echo that was lost with its connection never comes: look whether there is a new one.
                () = tokio::time::sleep(LOOK_EVERY) => {
                    if self.link.epoch().connects != before.connects {
                        break None;
                    }
                }
            }
        };
        // Without waiting: whether the server has forgotten the inbox does not concern the event.
        drop(echo);

        match back {
            None => Err(unavailable(
                "the connection was lost while the event was on its way".to_owned(),
            )),
            Some(_) if self.link.epoch().connects != before.connects => Err(unavailable(
                "the connection was replaced while the event was on its way".to_owned(),
            )),
            Some(_) if self.link.epoch().denials != before.denials => Err(unavailable(format!(
                "the NATS account may not publish to `{}`",
                event.event_type
            ))),
            Some(_) => Ok(()),
        }
    }

    /// The id as a header; parsed, because the library panics on a line break that is converted.
    fn header(&self, event: &OutgoingEvent) -> Result<HeaderValue, SinkError> {
        event.id.parse().map_err(|_| SinkError::Refused {
            id: event.id.clone(),
            reason: "an id without line breaks would be accepted".to_owned(),
        })
    }

    fn too_large(&self, event: &OutgoingEvent) -> SinkError {
        SinkError::TooLarge {
            id: event.id.clone(),
            size: wire_size(event),
            limit: self.link.client().max_payload(),
        }
    }
}

#[async_trait]
impl Sink for NatsSink {
    async fn send(&self, event: &OutgoingEvent) -> Result<(), SinkError> {
        let unavailable = |reason: &str| SinkError::Unavailable {
            id: event.id.clone(),
            reason: reason.to_owned(),
        };
        // What is published while there is no connection waits in a queue and may go out twice: refuse it instead.
        if !self.link.health().connected {
            return Err(unavailable("not connected to NATS"));
        }
        if !is_subject(&event.event_type) {
            return Err(no_subject(event));
        }
        if wire_size(event) > self.link.client().max_payload() {
            return Err(self.too_large(event));
        }
        match tokio::time::timeout(self.confirm_within, self.confirmed(event)).await {
            Ok(result) => result,
            Err(_) => Err(unavailable("no confirmation in time")),
        }
    }
}

/// Whether a type can be the subject of one event: no empty part, no wildcard, nothing that ends a protocol line.
fn is_subject(event_type: &str) -> bool {
    let strange = |char: char| char.is_whitespace() || char.is_control() || matches!(char, '*' | '>');
    event_type
        .split('.')
        .all(|part| !part.is_empty() && !part.contains(strange))
}

fn no_subject(event: &OutgoingEvent) -> SinkError {
    let reason = format!("type `{}` is no NATS subject", event.event_type.escape_debug());
    SinkError::Refused {
        id: event.id.clone(),
        reason,
    }
}

/// Bytes that the server counts: the body and the header block with its one header.
fn wire_size(event: &OutgoingEvent) -> usize {
    const BLOCK: usize = "NATS/1.0\r\nNats-Msg-Id: \r\n\r\n".len();
    event.body.len().saturating_add(event.id.len()).saturating_add(BLOCK)
}
