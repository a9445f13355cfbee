//! What happened to a task and to an action, as one enum each: every event, log line and metric derives from it.
//!
//! Pure: no clock, no cluster. It is kept in the run record, so its JSON is read back by later versions.

mod action;
mod cause;
#[cfg(test)]
mod tests;

pub use action::{ActionOutcome, Conclusion, TaskReport};
pub use cause::{Cause, Change};

use serde::{Deserialize, Serialize};

/// What happened to one task. Exactly one of these is true of every task that was admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "camelCase", deny_unknown_fields)]
pub enum TaskOutcome {
    /// Its pod ended well.
    Succeeded {
        /// What its containers wrote, bounded.
        logs: String,
    },
    /// It did not run, or did not end well.
    Failed {
        /// Why.
        cause: Cause,
        /// What its containers wrote, bounded; empty when none had started.
        logs: String,
    },
}

impl TaskOutcome {
    /// What the containers wrote.
    #[must_use]
    pub fn logs(&self) -> &str {
        match self {
            Self::Succeeded { logs } | Self::Failed { logs, .. } => logs,
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Succeeded { .. } => None,
            Self::Failed { cause, .. } => Some(cause),
        }
    }

    /// A word for metrics: `succeeded`, or the label of the cause. Few values, none of them from outside.
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.cause().map_or("succeeded", Cause::label)
    }

    /// The same outcome with at most `bytes` bytes of logs: the end is kept, and what was cut is said.
    #[must_use]
    pub fn with_logs_within(mut self, bytes: usize) -> Self {
        match &mut self {
            Self::Succeeded { logs } | Self::Failed { logs, .. } => *logs = keep_end(logs, bytes),
        }
        self
    }
}

/// The last `bytes` bytes of a text at a character boundary, headed by a line that says how much is missing.
#[must_use]
pub fn keep_end(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start = start.saturating_add(1);
    }
    let kept = text.get(start..).unwrap_or_default();
    format!("{}{kept}", cut_line(start))
}

/// The line that stands where bytes were cut.
#[must_use]
pub fn cut_line(bytes: usize) -> String {
    format!("… {bytes} bytes cut …\n")
}
