//! Events over core NATS: one queue subscription per subject.
//!
//! Core NATS repeats nothing: what arrives while nobody is subscribed is gone, and what arrives faster than it is taken
//! is dropped once the buffer is full, which is warned of and counted. All replicas share one queue group, so each
//! event reaches one of them.

mod link;
mod quiet;
mod subjects;

use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::select_all;
use tokio::sync::mpsc;

pub use link::{Epoch, Link, LinkOptions};
pub use subjects::Subjects;

use super::{CancellationToken, Delivery, Health, Source, SourceError};

/// The queue group that the original uses, and so do all our replicas (protocol reference 1.7).
pub const QUEUE_GROUP: &str = "job-executor-service";

/// How long a stopping source waits for events that are already on their way to it.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// A source on a NATS connection.
#[derive(Clone, Debug)]
pub struct NatsSource {
    name: Arc<str>,
    link: Link,
    subjects: Subjects,
    queue_group: String,
}

impl NatsSource {
    /// A source that subscribes to those subjects in the queue group [`QUEUE_GROUP`].
    #[must_use]
    pub fn new(link: Link, subjects: Subjects) -> Self {
        Self {
            name: Arc::from("nats"),
            link,
            subjects,
            queue_group: QUEUE_GROUP.to_owned(),
        }
    }

    async fn subscribe(&self) -> Result<Vec<Subscriber>, SourceError> {
        let mut subscribers = Vec::new();
        for subject in self.subjects.iter() {
            let subscriber = self
                .link
                .client()
                .queue_subscribe(subject.to_owned(), self.queue_group.clone())
                .await
                .map_err(|_| SourceError::Closed)?;
            subscribers.push(subscriber);
        }
        Ok(subscribers)
    }

    fn delivery(&self, message: async_nats::Message) -> Delivery {
        Delivery {
            bytes: message.payload,
            subject: message.subject.to_string(),
            source_name: Arc::clone(&self.name),
        }
    }
}

#[async_trait]
impl Source for NatsSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn health(&self) -> Health {
        self.link.health()
    }

    async fn run(&self, deliveries: mpsc::Sender<Delivery>, stop: CancellationToken) -> Result<(), SourceError> {
        let mut messages = select_all(self.subscribe().await?);
        loop {
            // A place is reserved before a message is taken: that is all the back-pressure there is, and no message is
            // in our hands when we are told to stop.
            let place = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                place = deliveries.reserve() => match place {
                    Ok(place) => place,
                    Err(_) => break,
                },
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = deliveries.closed() => break,
                message = messages.next() => place.send(self.delivery(message.ok_or(SourceError::Closed)?)),
            }
        }
        for subscriber in messages.iter_mut() {
            // An error means that the connection is closed: then nothing is on its way either.
            if subscriber.drain().await.is_err() {
                return Ok(());
            }
        }
        let rest = async {
            while let Some(message) = messages.next().await {
                if deliveries.send(self.delivery(message)).await.is_err() {
                    break;
                }
            }
        };
        if tokio::time::timeout(DRAIN_WITHIN, rest).await.is_err() {
            tracing::warn!(source = %self.name, "stopped before every received event was taken");
        }
        Ok(())
    }
}
