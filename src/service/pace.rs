//! How fast events are taken from a source: a steady rate with room for a burst. What is too fast waits, and is not
//! dropped here.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// Seconds of events that may come at once.
const BURST_SECONDS: u32 = 10;
/// Least time between two log lines about a source that is too fast.
const QUIET: Duration = Duration::from_secs(10);

/// The paces of all sources.
#[derive(Debug)]
pub(super) struct Pace {
    /// Time from one event to the next at the steady rate.
    apart: Duration,
    sources: HashMap<Arc<str>, Source>,
}

#[derive(Debug)]
struct Source {
    /// When the next event would be due if all had come at the steady rate.
    due: Instant,
    said: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self {
            apart: Duration::from_secs(1).checked_div(per_second.get()).unwrap_or_default(),
            sources: HashMap::new(),
        }
    }

    /// Waits until an event of this source may be taken.
    pub(super) async fn turn(&mut self, name: &Arc<str>) {
        let now = Instant::now();
        let burst = Duration::from_secs(u64::from(BURST_SECONDS));
        let source = self
            .sources
            .entry(Arc::clone(name))
            .or_insert(Source { due: now, said: None });
        source.due = source.due.max(now) + self.apart;
        let Some(at) = source.due.checked_sub(burst).filter(|at| *at > now) else {
            return;
        };
        if source.said.is_none_or(|said| now.duration_since(said) >= QUIET) {
            source.said = Some(now);
            tracing::warn!(source = %name, "events come faster than they may be taken from one source; they wait");
        }
        tokio::time::sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_what_is_faster_for_long_waits() {
        let mut pace = Pace::new(NonZeroU32::new(10).unwrap());
        let (one, other): (Arc<str>, Arc<str>) = ("one".into(), "other".into());
        let begun = Instant::now();
        for _ in 0..100 {
            pace.turn(&one).await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "ten seconds at once");
        for _ in 0..50 {
            pace.turn(&one).await;
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(5), "then ten in a second");
        let before = Instant::now();
        pace.turn(&other).await;
        assert_eq!(before.elapsed(), Duration::ZERO, "another source has a pace of its own");
        tokio::time::sleep(Duration::from_secs(60)).await;
        let rested = Instant::now();
        for _ in 0..100 {
            pace.turn(&one).await;
        }
        assert_eq!(rested.elapsed(), Duration::ZERO, "and no more than ten seconds add up");
        pace.turn(&one).await;
        assert!(rested.elapsed() > Duration::ZERO);
    }
}
