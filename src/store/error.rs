//! Why nothing could be read from a store, in words that name what was asked for.
//!
//! "Not there" and "not known" are different variants, and no caller can take one for the other.

use std::time::Duration;

use thiserror::Error;

use super::{CommitId, ScopeError};
use crate::config::PathError;
use crate::retry::{Again, Transient};

/// Why a store did not answer with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// It is not there, and the store said so.
    #[error("could not find {what}")]
    NotFound {
        /// What was asked for, and where.
        what: String,
    },
    /// An entry of a task's `files` is neither a file nor a folder.
    #[error("could not find file or directory `{entry}` at {place}")]
    NoSuchEntry {
        /// The entry: a folder ends in `/`.
        entry: String,
        /// Where it was looked for, and in which version.
        place: String,
    },
    /// One file of a task is larger than it may be.
    #[error("file `{path}` is larger than {limit} bytes, the most that would be accepted")]
    FileTooLarge {
        /// The file.
        path: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// Our credentials are not accepted.
    #[error("not allowed to read {what}: {reason}; check the api token")]
    Unauthorized {
        /// What was asked for.
        what: String,
        /// What the store said.
        reason: String,
    },
    /// The store is away or in trouble; the same question may be answered later.
    #[error("could not read {what}: {reason}")]
    Unavailable {
        /// What was asked for.
        what: String,
        /// What went wrong.
        reason: String,
        /// How long the store asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The store understood and does not answer this question.
    #[error("reading {what} was refused: {reason}")]
    Refused {
        /// What was asked for.
        what: String,
        /// What the store said.
        reason: String,
    },
    /// One text is larger than it may be.
    #[error("{what} is larger than {limit} bytes, the most that would be accepted")]
    TooLarge {
        /// What was asked for.
        what: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The files of a task together are larger than they may be.
    #[error("files of the task are larger than {limit} bytes together, the most that would be accepted (at `{path}`)")]
    TooLargeTogether {
        /// The file that went over the limit.
        path: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The files of all tasks of an event are larger than they may be.
    #[error("files of all tasks of the event are larger than {limit} bytes together, the most that would be accepted")]
    EventTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// All tasks of an event have more files than we read.
    #[error("all tasks of the event have more than {limit} files together, the most that would be accepted")]
    EventTooMany {
        /// The limit.
        limit: usize,
    },
    /// A task has more files, or a service more entries, than we read.
    #[error("{what} has more than {limit} files, the most that would be accepted")]
    TooMany {
        /// What was counted.
        what: String,
        /// The limit.
        limit: usize,
    },
    /// The answer is not of the form that the store's protocol has.
    #[error("answer for {what} cannot be understood: {reason}")]
    Malformed {
        /// What was asked for.
        what: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The answer is of another version than the one asked for.
    #[error("asked for {what} at version {asked}, got version {got}")]
    VersionDiffers {
        /// What was asked for.
        what: String,
        /// The version asked for.
        asked: CommitId,
        /// The version the answer names.
        got: CommitId,
    },
    /// An entry of `files` is no path below the service's folder.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The event names no place where a configuration can be.
    #[error(transparent)]
    Scope(#[from] ScopeError),
}

impl StoreError {
    /// Whether the store said that it is not there: the one answer that leads on to a broader level.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Why the files of a task can never be had, if so: what the gate is told. It names neither place nor version, so
    /// that a verdict reads the same wherever the files were looked for; the error itself names both, for the log.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::NoSuchEntry { entry, .. } => Some(format!("could not find file or directory `{entry}`")),
            Self::FileTooLarge { .. }
            | Self::TooLargeTogether { .. }
            | Self::TooMany { .. }
            | Self::EventTooLarge { .. }
            | Self::EventTooMany { .. }
            | Self::Path(_)
            | Self::Scope(_) => Some(self.to_string()),
            Self::NotFound { .. }
            | Self::Unauthorized { .. }
            | Self::Unavailable { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::Malformed { .. }
            | Self::VersionDiffers { .. } => None,
        }
    }
}

impl Transient for StoreError {
    fn again(&self) -> Again {
        match self {
            Self::Unavailable {
                retry_after: Some(wait),
                ..
            } => Again::After(*wait),
            Self::Unavailable { retry_after: None, .. } => Again::Soon,
            Self::NotFound { .. }
            | Self::NoSuchEntry { .. }
            | Self::FileTooLarge { .. }
            | Self::Unauthorized { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::TooLargeTogether { .. }
            | Self::TooMany { .. }
            | Self::EventTooLarge { .. }
            | Self::EventTooMany { .. }
            | Self::Malformed { .. }
            | Self::VersionDiffers { .. }
            | Self::Path(_)
            | Self::Scope(_) => Again::Never,
        }
    }
}
