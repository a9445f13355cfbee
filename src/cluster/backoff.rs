//! Growing pauses between attempts, with jitter, so that many callers do not come back at the same moment.

use std::time::Duration;

/// The pauses of one series of attempts.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Pauses from `first` on, doubled each time, never longer than `longest`.
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The next pause: between half of it and all of it, and not shorter than what the server asked for.
    pub(super) fn pause(&mut self, asked: Duration) -> Duration {
        let full = self.next;
        self.next = full.saturating_mul(2).min(self.longest);
        full.mul_f64(rand::random_range(0.5..=1.0)).max(asked)
    }

    /// Begins anew after a success.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1));
        for (least, most) in [(100, 200), (200, 400), (400, 800), (500, 1000), (500, 1000)] {
            let pause = backoff.pause(Duration::ZERO).as_millis();
            assert!((least..=most).contains(&pause), "{pause} not within {least}..={most}");
        }
        backoff.reset();
        assert!(backoff.pause(Duration::ZERO) <= Duration::from_millis(200));
        assert!(backoff.pause(Duration::from_secs(7)) >= Duration::from_secs(7));
    }
}
