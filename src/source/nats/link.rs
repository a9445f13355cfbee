//! One connection to NATS, shared by source and sink: it reconnects for ever and says how it is.
//!
//! The library's events become warnings, each kind at most once a minute, and counters. No address is ever logged: it
//! may hold a password. (The library itself logs addresses at level debug: keep `async_nats` at `warn`.)

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::{Client, ClientError, ConnectOptions, Event, ServerAddr, ServerError};

use super::super::{Health, SourceError};
use super::quiet::Quiet;
use crate::keptn::retry::{Retry, spread};

/// One line of each kind in this interval: five kinds make at most five lines a minute.
const ONE_LINE_EVERY: Duration = Duration::from_secs(60);

/// How reconnecting waits.
const RECONNECT: Retry = Retry {
    attempts: u32::MAX,
    first: Duration::from_millis(100),
    longest: Duration::from_secs(8),
};

/// How to connect.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// Name of the connection, shown by the server.
    pub name: String,
    /// PEM files of further CAs to trust, beside the system's. Naming one requires TLS.
    pub root_certificates: Vec<PathBuf>,
    /// How many messages of one subscription wait here for being taken, before further ones are lost. Together with
    /// the server's limit of a message this bounds our memory.
    pub waiting: usize,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            name: "job-executor-service".to_owned(),
            root_certificates: Vec::new(),
            waiting: 1024,
        }
    }
}

/// A point in the life of a connection: what differs between two of them happened in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// How many connections were established so far.
    pub connects: u64,
    /// How often the server denied a publish so far.
    pub denials: u64,
}

/// A connection to NATS. Cheap to clone.
#[derive(Clone)]
pub struct Link {
    client: Client,
    news: Arc<News>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Link")
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Begins to connect to one or more servers (comma-separated addresses, as in `EVENTBROKER`) and returns at once;
    /// a server that is away is tried again for ever.
    ///
    /// # Errors
    /// An address or a certificate file that cannot be used.
    pub async fn open(servers: &str, options: &LinkOptions) -> Result<Self, SourceError> {
        let address = |reason: String| SourceError::Address { reason };
        let mut addresses = Vec::new();
        for server in servers.split(',').map(str::trim).filter(|server| !server.is_empty()) {
            addresses.push(
                server
                    .parse::<ServerAddr>()
                    .map_err(|error| address(error.to_string()))?,
            );
        }
        if addresses.is_empty() {
            return Err(address("it is empty".to_owned()));
        }
        let news = Arc::new(News::default());
        let heard = Arc::clone(&news);
        let mut connect = ConnectOptions::new()
            .name(&options.name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| match attempts {
                0 | 1 => Duration::ZERO,
                _ => spread(RECONNECT.backoff(u32::try_from(attempts).unwrap_or(u32::MAX))),
            })
            .subscription_capacity(options.waiting.max(1))
            .event_callback(move |event| {
                heard.hear(&event);
                async {}
            });
        for path in &options.root_certificates {
            connect = connect.add_root_certificates(path.clone());
        }
        let client = connect
            .connect(addresses)
            .await
            .map_err(|error| address(error.kind().to_string()))?;
        Ok(Self { client, news })
    }

    /// The library's client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How the connection is.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            connected: self.client.connection_state() == State::Connected,
            losses: self.news.losses.load(Ordering::Relaxed),
        }
    }

    /// Where in its life the connection is.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch {
            connects: self.client.statistics().connects.load(Ordering::Relaxed),
            denials: self.news.denials.load(Ordering::Relaxed),
        }
    }
}

/// What the library told us: counters, and a quiet log line for each kind.
#[derive(Debug)]
struct News {
    losses: AtomicU64,
    denials: AtomicU64,
    connected: Quiet,
    disconnected: Quiet,
    slow: Quiet,
    server: Quiet,
    client: Quiet,
}

impl Default for News {
    fn default() -> Self {
        let quiet = || Quiet::new(ONE_LINE_EVERY);
        Self {
            losses: AtomicU64::new(0),
            denials: AtomicU64::new(0),
            connected: quiet(),
            disconnected: quiet(),
            slow: quiet(),
            server: quiet(),
            client: quiet(),
        }
    }
}

impl News {
    fn hear(&self, event: &Event) {
        let now = Instant::now();
        match event {
            Event::Connected => {
                if let Some(left_out) = self.connected.speak(now) {
                    tracing::info!(left_out, "connected to NATS");
                }
            }
            Event::Disconnected | Event::Closed | Event::LameDuckMode | Event::Draining => {
                if let Some(left_out) = self.disconnected.speak(now) {
                    tracing::warn!(left_out, "connection to NATS: {event}");
                }
            }
            Event::SlowConsumer(_) | Event::ServerError(ServerError::SlowConsumer(_)) => {
                self.losses.fetch_add(1, Ordering::Relaxed);
                if let Some(left_out) = self.slow.speak(now) {
                    tracing::warn!(left_out, "events arrive faster than they are taken: some are lost");
                }
            }
            Event::ServerError(error @ (ServerError::AuthorizationViolation | ServerError::Other(_))) => {
                if error
                    .to_string()
                    .to_ascii_lowercase()
                    .contains("permissions violation for publish")
                {
                    self.denials.fetch_add(1, Ordering::Relaxed);
                }
                if let Some(left_out) = self.server.speak(now) {
                    tracing::warn!(left_out, "NATS server reports: {error}");
                }
            }
            Event::ClientError(
                error @ (ClientError::Other(_) | ClientError::MaxReconnects | ClientError::ServerNotInPool),
            ) => {
                if let Some(left_out) = self.client.speak(now) {
                    tracing::warn!(left_out, "no connection to NATS: {error}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_denied_publishes_are_counted_and_nothing_else_is() {
        let other = |text: &str| Event::ServerError(ServerError::Other(text.to_owned()));
        let rows = [
            (Event::Connected, 0, 0),
            (Event::Disconnected, 0, 0),
            (Event::SlowConsumer(1), 1, 0),
            (Event::ServerError(ServerError::SlowConsumer(1)), 1, 0),
            (other("Permissions Violation for Publish to \"a.b\""), 0, 1),
            (other("Permissions Violation for Subscription to \"a.b\""), 0, 0),
            (Event::ServerError(ServerError::AuthorizationViolation), 0, 0),
            (Event::ClientError(ClientError::MaxReconnects), 0, 0),
        ];
        for (event, losses, denials) in rows {
            let news = News::default();
            news.hear(&event);
            assert_eq!(news.losses.load(Ordering::Relaxed), losses, "{event}");
            assert_eq!(news.denials.load(Ordering::Relaxed), denials, "{event}");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_without_repeating_it() {
        for servers in ["", " , ", "http://user:secret@host", "nats://user:secret@host:port"] {
            let error = Link::open(servers, &LinkOptions::default()).await.unwrap_err();
            assert!(matches!(error, SourceError::Address { .. }), "{servers}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_no_error_but_no_connection_either() {
        // Port 9 of loopback: nobody listens there.
        let link = Link::open("nats://127.0.0.1:9", &LinkOptions::default()).await.unwrap();
        assert_eq!(
            link.health(),
            Health {
                connected: false,
                losses: 0
            }
        );
    }
}
