//! Events that have arrived and not been taken yet: bounded in bytes and in number, first in, first out.
//!
//! Core NATS has no way to say "later", so what does not fit is lost; that is said, never hidden.

use std::collections::VecDeque;

use super::super::Delivery;

/// What an event costs beside its bytes, roughly.
const AROUND: usize = 256;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Bytes of all waiting events.
    pub bytes: usize,
    /// Number of waiting events.
    pub events: usize,
}

impl Waiting {
    /// 16 MiB and 10,000 events: a burst of ordinary events, within a small container.
    pub const DEFAULT: Self = Self {
        bytes: 16 * 1024 * 1024,
        events: 10_000,
    };
}

impl Default for Waiting {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The waiting events.
#[derive(Debug)]
pub(super) struct Buffer {
    queue: VecDeque<Delivery>,
    bytes: usize,
    limit: Waiting,
}

/// An event did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Buffer {
    /// An empty buffer.
    pub(super) fn new(limit: Waiting) -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
            limit,
        }
    }

    /// Adds an event at the end.
    pub(super) fn push(&mut self, delivery: Delivery) -> Result<(), Full> {
        let bytes = self.bytes.saturating_add(cost(&delivery));
        if self.queue.len() >= self.limit.events || bytes > self.limit.bytes {
            return Err(Full);
        }
        self.bytes = bytes;
        self.queue.push_back(delivery);
        Ok(())
    }

    /// Takes the event that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Delivery> {
        let delivery = self.queue.pop_front()?;
        self.bytes = self.bytes.saturating_sub(cost(&delivery));
        Some(delivery)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

fn cost(delivery: &Delivery) -> usize {
    delivery
        .bytes
        .len()
        .saturating_add(delivery.subject.len())
        .saturating_add(AROUND)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;

    fn event(number: u8, size: usize) -> Delivery {
        Delivery {
            bytes: Bytes::from(vec![number; size]),
            subject: "a.b".to_owned(),
            source_name: Arc::from("test"),
        }
    }

    #[test]
    fn a_full_buffer_takes_nothing_until_something_is_taken_out() {
        let room_for_two = 2 * cost(&event(0, 100));
        for limit in [
            Waiting {
                bytes: room_for_two,
                events: 10,
            },
            Waiting {
                bytes: usize::MAX,
                events: 2,
            },
        ] {
            let mut buffer = Buffer::new(limit);
            for round in 0..3 {
                assert!(buffer.is_empty());
                assert_eq!(buffer.push(event(1, 100)), Ok(()), "{limit:?}, round {round}");
                assert_eq!(buffer.push(event(2, 100)), Ok(()), "{limit:?}, round {round}");
                assert_eq!(buffer.push(event(3, 100)), Err(Full), "{limit:?}, round {round}");
                assert_eq!(buffer.pop(), Some(event(1, 100)));
                assert_eq!(buffer.pop(), Some(event(2, 100)));
                assert_eq!(buffer.pop(), None);
            }
        }
    }

    #[test]
    fn a_buffer_without_room_takes_nothing() {
        for limit in [
            Waiting { bytes: 0, events: 10 },
            Waiting {
                bytes: usize::MAX,
                events: 0,
            },
        ] {
            assert_eq!(Buffer::new(limit).push(event(1, 0)), Err(Full), "{limit:?}");
        }
    }
}
