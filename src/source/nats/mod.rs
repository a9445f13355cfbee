//! Events over core NATS: one queue subscription per subject.
//!
//! Core NATS repeats nothing: what arrives while nobody is subscribed is gone, and what arrives faster than it is taken
//! waits in a bounded buffer and is dropped when that is full, which is warned of and counted. All replicas share one
//! queue group, so each event reaches one of them.

mod buffer;
mod link;
mod news;
mod quiet;
mod servers;
mod subjects;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{SelectAll, select_all};
use tokio::sync::mpsc;

pub use buffer::Waiting;
pub use link::{Epoch, LIBRARY_LOG, Link, LinkOptions};
pub use subjects::Subjects;

use super::{CancellationToken, Delivery, Health, Source, SourceError};
use buffer::Buffer;
use quiet::Quiet;

/// The queue group that the original uses, and so do all our replicas (protocol reference 1.7).
pub const QUEUE_GROUP: &str = "job-executor-service";

/// How long a stopping source waits for what it has received to be taken.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// A source on a NATS connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NatsSource {
    name: Arc<str>,
    link: Link,
    subjects: Subjects,
    waiting: Waiting,
    lost: Arc<Lost>,
    /// The server has our subscriptions: events are not lost to us any more.
    subscribed: Arc<AtomicBool>,
}

/// Events that did not fit the buffer.
#[derive(Debug)]
struct Lost {
    count: AtomicU64,
    warning: Quiet,
}

impl NatsSource {
    /// A source that subscribes to those subjects in the queue group [`QUEUE_GROUP`] and lets
    /// [`Waiting::DEFAULT`] wait.
    #[must_use]
    pub fn new(link: Link, subjects: Subjects) -> Self {
        let lost = Lost {
            count: AtomicU64::new(0),
            warning: Quiet::new(news::ONE_LINE_EVERY),
        };
        Self {
            name: Arc::from("nats"),
            link,
            subjects,
            waiting: Waiting::DEFAULT,
            lost: Arc::new(lost),
            subscribed: Arc::default(),
        }
    }

    /// The same source, letting that much wait.
    #[must_use]
    pub fn with_waiting(self, waiting: Waiting) -> Self {
        Self { waiting, ..self }
    }

    async fn subscribe(&self) -> Result<SelectAll<Subscriber>, SourceError> {
        let mut subscribers = Vec::new();
        for subject in self.subjects.iter() {
            let subscriber = self
                .link
                .client()
                .queue_subscribe(subject.to_owned(), QUEUE_GROUP.to_owned())
                .await
                .map_err(|_| SourceError::Closed)?;
            subscribers.push(subscriber);
        }
        Ok(select_all(subscribers))
    }

    /// Puts a message into the buffer, or says that it is lost.
    fn keep(&self, buffer: &mut Buffer, message: async_nats::Message) {
        let delivery = Delivery {
            bytes: message.payload,
            subject: message.subject.to_string(),
            source_name: Arc::clone(&self.name),
        };
        if buffer.push(delivery).is_err() {
            self.lost.count.fetch_add(1, Ordering::Relaxed);
            if let Some(left_out) = self.lost.warning.speak(Instant::now()) {
                tracing::warn!(
                    left_out,
                    bytes = self.waiting.bytes,
                    events = self.waiting.events,
                    "events arrive faster than they are taken and the buffer is full: an event is lost"
                );
            }
        }
    }

    /// Ends the subscriptions and hands on what has been received.
    async fn drain(
        &self,
        mut messages: SelectAll<Subscriber>,
        mut buffer: Buffer,
        deliveries: &mpsc::Sender<Delivery>,
    ) {
        for subscriber in messages.iter_mut() {
            // An error means that the connection is closed: then nothing is on its way to us.
            let _ = subscriber.drain().await;
        }
        while let Some(message) = messages.next().await {
            self.keep(&mut buffer, message);
        }
        while let Some(delivery) = buffer.pop() {
            if deliveries.send(delivery).await.is_err() {
                return;
            }
        }
    }
}

#[async_trait]
impl Source for NatsSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn health(&self) -> Health {
        let health = self.link.health();
        Health {
            connected: health.connected && self.subscribed.load(Ordering::Relaxed),
            losses: health.losses.saturating_add(self.lost.count.load(Ordering::Relaxed)),
        }
    }

    async fn run(&self, deliveries: mpsc::Sender<Delivery>, stop: CancellationToken) -> Result<(), SourceError> {
        let mut messages = self.subscribe().await?;
        tokio::select! {
            // While the server is away there is nothing to receive either.
            _ = self.link.client().flush() => self.subscribed.store(true, Ordering::Relaxed),
            () = stop.cancelled() => return Ok(()),
        }
        let mut buffer = Buffer::new(self.waiting);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = deliveries.closed() => break,
                // A place is reserved before an event is taken out, so none is in our hands when we are told to stop.
                place = deliveries.reserve(), if !buffer.is_empty() => {
                    if let (Ok(place), Some(delivery)) = (place, buffer.pop()) {
                        place.send(delivery);
                    }
                }
                message = messages.next() => match message {
                    Some(message) => self.keep(&mut buffer, message),
                    None => return Err(SourceError::Closed),
                },
            }
        }
        if tokio::time::timeout(DRAIN_WITHIN, self.drain(messages, buffer, &deliveries))
            .await
            .is_err()
        {
            tracing::warn!(source = %self.name, "stopped before every received event was taken");
        }
        Ok(())
    }
}
