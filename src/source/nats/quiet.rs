//! Warnings that cannot flood a log: of each kind one line per interval, which then says how many were left out.
//!
//! A broker that is down for ten minutes is one piece of news, not a thousand.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Lets one line through per interval.
#[derive(Debug)]
pub(super) struct Quiet {
    every: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    left_out: u64,
}

impl Quiet {
    /// At most one line in that interval.
    pub(super) const fn new(every: Duration) -> Self {
        Self {
            every,
            state: Mutex::new(State {
                last: None,
                left_out: 0,
            }),
        }
    }

    /// Whether to write a line now; if so, how many were left out since the last one.
    pub(super) fn speak(&self, now: Instant) -> Option<u64> {
        // A thread that panicked while it held the lock left a counter behind, nothing that could be broken.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = state
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= self.every);
        if !due {
            state.left_out = state.left_out.saturating_add(1);
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_an_interval_and_the_next_one_counts_what_was_left_out() {
        let quiet = Quiet::new(Duration::from_secs(60));
        let start = Instant::now();
        let at = |seconds| quiet.speak(start + Duration::from_secs(seconds));
        assert_eq!(at(0), Some(0));
        assert_eq!(at(1), None);
        assert_eq!(at(59), None);
        assert_eq!(at(60), Some(2));
        assert_eq!(at(61), None);
        assert_eq!(at(200), Some(1));
    }
}
