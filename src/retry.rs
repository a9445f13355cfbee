//! Trying a call again: whether that helps, when, and how often.
//!
//! Only for calls that may be repeated without harm. [`Retry`] makes a bounded number of attempts, and a wait never
//! exceeds [`Retry::longest`], whatever a server asks for; [`Backoff`] gives the pauses to who counts for himself.
//! Failures that another attempt cannot cure are returned at once.

use std::time::Duration;

/// Whether another attempt could end differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It could not.
    Never,
    /// It could, after the usual wait.
    Soon,
    /// It could, and the server named a wait.
    After(Duration),
}

impl Again {
    /// What the server asks to wait at least, where another attempt could help at all.
    #[must_use]
    pub fn wait(self) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::Soon => Some(Duration::ZERO),
            Self::After(asked) => Some(asked),
        }
    }
}

/// An error that knows whether another attempt could end differently.
pub trait Transient {
    /// Whether and when to try again.
    fn again(&self) -> Again;
}

/// How often and how patiently a call is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many attempts at most; 0 counts as 1.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each one. The real wait is a random part of it, at least half.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Retry {
    /// One attempt only.
    pub const ONCE: Self = Self {
        attempts: 1,
        first: Duration::ZERO,
        longest: Duration::ZERO,
    };

    /// Three attempts within about a second: enough for a restarting pod's neighbour, short enough for an event.
    pub const SHORT: Self = Self {
        attempts: 3,
        first: Duration::from_millis(250),
        longest: Duration::from_secs(5),
    };

    /// Calls `attempt` until it succeeds, fails for good, or has been called often enough.
    ///
    /// # Errors
    /// The last attempt's error.
    pub async fn run<T, E, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, E>
    where
        E: Transient,
        F: Future<Output = Result<T, E>>,
    {
        let mut failures: u32 = 0;
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            failures = failures.saturating_add(1);
            if failures >= self.attempts {
                return Err(error);
            }
            let wait = match error.again() {
                Again::Never => return Err(error),
                Again::Soon => spread(self.backoff(failures)),
                Again::After(asked) => asked.max(spread(self.backoff(failures))).min(self.longest),
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// The longest wait after that many failures.
    #[must_use]
    pub fn backoff(&self, failures: u32) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// Between half of the wait and all of it, so that many clients do not return at the same instant.
#[must_use]
pub fn spread(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

/// The pauses of one series of attempts.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Pauses from `first` on, doubled each time, never longer than `longest`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The next pause: between half of it and all of it, and not shorter than what the server asked for.
    pub fn pause(&mut self, asked: Duration) -> Duration {
        let full = self.next;
        self.next = full.saturating_mul(2).min(self.longest);
        spread(full).max(asked)
    }

    /// Begins anew after a success.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Failure(Again);

    impl Transient for Failure {
        fn again(&self) -> Again {
            self.0
        }
    }

    const QUICK: Retry = Retry {
        attempts: 3,
        first: Duration::from_millis(1),
        longest: Duration::from_millis(3),
    };

    #[tokio::test]
    async fn a_final_failure_is_not_repeated_and_a_passing_one_only_so_often() {
        let rows = [
            (Again::Never, 1),
            (Again::Soon, 3),
            (Again::After(Duration::from_secs(3600)), 3),
        ];
        for (again, expected) in rows {
            let calls = Cell::new(0);
            let result: Result<(), Failure> = QUICK
                .run(|| {
                    calls.set(calls.get() + 1);
                    async move { Err(Failure(again)) }
                })
                .await;
            assert!(result.is_err());
            assert_eq!(calls.get(), expected, "{again:?}");
        }
    }

    #[tokio::test]
    async fn a_success_ends_the_attempts() {
        let calls = Cell::new(0);
        let result: Result<u32, Failure> = QUICK
            .run(|| {
                calls.set(calls.get() + 1);
                let call = calls.get();
                async move { if call < 2 { Err(Failure(Again::Soon)) } else { Ok(call) } }
            })
            .await;
        assert_eq!(result.ok(), Some(2));
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread_below_it() {
        let waits: Vec<u128> = (1..=6)
            .map(|failures| Retry::SHORT.backoff(failures).as_millis())
            .collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 5000]);
        for _ in 0..100 {
            let wait = spread(Duration::from_millis(100));
            assert!(
                wait >= Duration::from_millis(50) && wait <= Duration::from_millis(100),
                "{wait:?}"
            );
        }
    }

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
