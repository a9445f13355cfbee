//! One connection to NATS, shared by source and sink: it reconnects for ever and says how it is.
//!
//! The library's events become warnings, each kind at most once a minute, and counters; the library's own lines are
//! not limited in number and are to be switched off ([`LIBRARY_LOG`]).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions};

use super::super::{Health, SourceError};
use super::news::News;
use super::servers::{Credentials, Servers};
use crate::retry::{Retry, spread};

/// Filter directive that keeps the library's own lines out of the log: it writes one for every failed attempt, and all
/// that matters of them is in ours.
pub const LIBRARY_LOG: &str = "async_nats=off";

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
    /// How many messages of one subscription the library keeps until a reader gets to run; a reader that is running
    /// takes them at once, into a buffer that is bounded in bytes ([`super::Waiting`]).
    pub unread: usize,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            name: "job-executor-service".to_owned(),
            root_certificates: Vec::new(),
            unread: 1024,
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
        let Servers { addresses, credentials } = Servers::parse(servers)?;
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
            .subscription_capacity(options.unread.max(1))
            .event_callback(move |event| {
                heard.hear(&event);
                async {}
            });
        for path in &options.root_certificates {
            connect = connect.add_root_certificates(path.clone());
        }
        connect = match credentials {
            Credentials::None => connect,
            Credentials::Token(token) => connect.token(token),
            Credentials::User { name, password } => connect.user_and_password(name, password),
        };
        let client = connect.connect(addresses).await.map_err(|error| SourceError::Address {
            reason: error.kind().to_string(),
        })?;
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
            losses: self.news.losses(),
        }
    }

    /// Where in its life the connection is.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch {
            connects: self
                .client
                .statistics()
                .connects
                .load(std::sync::atomic::Ordering::Relaxed),
            denials: self.news.denials(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
