//! What the library tells about a connection, as counters and as few log lines.
//!
//! No address is written: what the library says of an error names none at this level.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::{ClientError, Event, ServerError};

use super::quiet::Quiet;

/// One line of each kind in this interval: five kinds make at most five lines a minute.
pub(super) const ONE_LINE_EVERY: Duration = Duration::from_secs(60);

/// What the library told us: counters, and a quiet log line for each kind.
#[derive(Debug)]
pub(super) struct News {
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
    /// How often events are known to have been lost.
    pub(super) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    /// How often the server denied a publish.
    pub(super) fn denials(&self) -> u64 {
        self.denials.load(Ordering::Relaxed)
    }

    /// Counts an event of the library and perhaps writes a line about it.
    pub(super) fn hear(&self, event: &Event) {
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
            assert_eq!(news.losses(), losses, "{event}");
            assert_eq!(news.denials(), denials, "{event}");
        }
    }
}
