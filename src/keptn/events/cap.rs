//! The largest size of an outgoing event, and how an event is made to fit.
//!
//! An event that the broker refuses is a sequence that hangs (protocol reference 3.6), so an event is made smaller
//! rather than given up: first its message, then its labels. What was left out is always said in the message.

use serde::Serialize;

use super::envelope::TaskData;
use super::message::{json_len, shorten};
use super::{CommonFields, EventError};

/// The largest size of a whole event in bytes of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeCap(usize);

impl SizeCap {
    /// 512 KiB: half of what a NATS server accepts by default.
    pub const DEFAULT: Self = Self(512 * 1024);

    /// A cap of that many bytes.
    #[must_use]
    pub const fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// The cap in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.0
    }

    /// The smallest change that makes `data` fit: a shorter message, then also no labels.
    pub(super) fn fit<D: Shrink>(
        self,
        data: D,
        write: impl Fn(&D) -> Result<String, EventError>,
    ) -> Result<String, EventError> {
        let whole = write(&data)?;
        if whole.len() <= self.0 {
            return Ok(whole);
        }
        let mut smallest = whole.len();
        for candidate in [Some(data.clone()), data.without_labels()].into_iter().flatten() {
            let bare = write(&candidate.with_message(String::new()))?;
            smallest = smallest.min(bare.len());
            let Some(shorter) = self.shortened(&candidate, bare.len()) else {
                continue;
            };
            let body = write(&candidate.with_message(shorter))?;
            if body.len() <= self.0 {
                return Ok(body);
            }
        }
        Err(EventError::TooLarge {
            size: smallest,
            cap: self.0,
        })
    }

    /// The candidate's message cut to what is left beside the rest of the event.
    fn shortened<D: Shrink>(self, candidate: &D, bare: usize) -> Option<String> {
        // An empty message is left out of the event, so the key itself is counted here.
        let budget = self.0.checked_sub(bare)?.checked_sub(r#""message":"","#.len())?;
        shorten(candidate.message(), budget)
    }
}

impl Default for SizeCap {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Event data that can be made smaller.
pub(super) trait Shrink: Clone + Serialize {
    /// The text that may be cut.
    fn message(&self) -> &str;
    /// The same data with another message.
    fn with_message(&self, message: String) -> Self;
    /// The same data without labels and with a message that says so; `None` when there are none.
    fn without_labels(&self) -> Option<Self>;
}

impl Shrink for TaskData {
    fn message(&self) -> &str {
        &self.common.message
    }

    fn with_message(&self, message: String) -> Self {
        Self {
            common: CommonFields {
                message,
                ..self.common.clone()
            },
            test: self.test.clone(),
        }
    }

    fn without_labels(&self) -> Option<Self> {
        if self.common.labels.is_empty() {
            return None;
        }
        let bytes: usize = self
            .common
            .labels
            .iter()
            .map(|(key, value)| json_len(key) + json_len(value))
            .sum();
        let message = format!("[labels of {bytes} bytes left out]\n{}", self.common.message);
        let common = CommonFields {
            message,
            labels: Default::default(),
            ..self.common.clone()
        };
        Some(Self {
            common,
            test: self.test.clone(),
        })
    }
}
