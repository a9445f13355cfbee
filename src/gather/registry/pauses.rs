//! Waits that registries asked for (`Retry-After`): until one is over nothing is sent, whoever asks again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::authority::Authority;

/// Hosts that are remembered; more cannot be, and then the shortest waits are forgotten first.
const MAX_HOSTS: usize = 1024;

/// Who was asked to wait: nobody in particular, or the fingerprint of credentials. Registries count each apart.
pub(super) type Identity = Option<[u8; 32]>;

/// Waits by host and identity.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<BTreeMap<(Authority, Identity), Instant>>);

impl Pauses {
    /// How long nothing may be sent to this host from now on.
    pub(super) fn left(&self, host: &Authority, identity: Identity, now: Instant) -> Option<Duration> {
        let mut pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (host.clone(), identity);
        let until = *pauses.get(&key)?;
        let left = until.checked_duration_since(now).filter(|left| !left.is_zero());
        if left.is_none() {
            pauses.remove(&key);
        }
        left
    }

    /// Remembers a wait.
    pub(super) fn begin(&self, host: &Authority, identity: Identity, wait: Duration, now: Instant) {
        let mut pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = now.checked_add(wait) else { return };
        pauses.retain(|_, until| *until > now);
        pauses.insert((host.clone(), identity), until);
        if pauses.len() > MAX_HOSTS {
            let first = pauses
                .iter()
                .min_by_key(|(_, until)| **until)
                .map(|(host, _)| host.clone());
            first.and_then(|key| pauses.remove(&key));
        }
    }
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3); never longer than `longest`.
pub(super) fn retry_after(text: &str, now: jiff::Timestamp, longest: Duration) -> Option<Duration> {
    let text = text.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => Duration::from_secs(u64::from(seconds)),
        // More seconds than fit are still a number; a date that is over means "now".
        Err(_) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => longest,
        Err(_) => {
            let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(date.duration_since(now)).unwrap_or_default()
        }
    };
    Some(wait.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date_and_never_too_long() {
        let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("100000", Some(300)),
            ("99999999999999999999", Some(300)),
            ("Thu, 01 Jan 2026 00:01:00 GMT", Some(60)),
            ("Wed, 31 Dec 2025 23:59:00 GMT", Some(0)),
            ("Fri, 01 Jan 2027 00:00:00 GMT", Some(300)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let wait = retry_after(text, now, Duration::from_secs(300));
            assert_eq!(wait.map(|wait| wait.as_secs()), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_is_sent_before_the_wait_is_over() {
        let (pauses, now) = (Pauses::default(), Instant::now());
        let host = Authority::of_registry("r.example").unwrap();
        let second = Duration::from_secs(1);
        assert_eq!(pauses.left(&host, None, now), None);
        pauses.begin(&host, None, second * 5, now);
        assert_eq!(pauses.left(&host, None, now + second), Some(second * 4));
        let other = Authority::of_registry("r.example:5000").unwrap();
        assert_eq!(pauses.left(&other, None, now), None);
        // Whoever has credentials of their own is counted apart.
        assert_eq!(pauses.left(&host, Some([1; 32]), now), None);
        assert_eq!(pauses.left(&host, None, now + second * 5), None);
    }

    #[test]
    fn the_list_of_waits_does_not_grow_for_ever() {
        let (pauses, now) = (Pauses::default(), Instant::now());
        for number in 0..2 * MAX_HOSTS {
            let host = Authority::of_registry(&format!("r{number}.example")).unwrap();
            pauses.begin(&host, None, Duration::from_secs(60), now);
        }
        assert_eq!(pauses.0.lock().unwrap().len(), MAX_HOSTS);
    }
}
