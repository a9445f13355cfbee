//! Where `job/config.yaml` and the files of a task come from: the port, and its form over Keptn's resource service.
//!
//! A store reads and never decides: what a text means and whether a file may be mounted is judged elsewhere. Two rules
//! hold for every store. Only "it is not there" leads on to a broader level; an outage, a refusal or a broken answer is
//! an error, or an outage would choose the configuration. And what is read for one event is read from one version.

mod error;
pub mod keptn_resources;
mod policy_files;
mod scope;
mod together;

use async_trait::async_trait;

use crate::config::FilePath;

pub use error::StoreError;
pub use policy_files::{PolicyFiles, read_policy_files};
pub use scope::{CommitId, Scope, ScopeError};
pub use together::Together;

/// Path of the configuration in every level.
pub const CONFIG_PATH: &str = "job/config.yaml";

/// The level of a repository at which a configuration was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The event's service in the event's stage.
    Service,
    /// The event's stage.
    Stage,
    /// The event's project.
    Project,
}

impl std::fmt::Display for Level {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Service => "service",
            Self::Stage => "stage",
            Self::Project => "project",
        })
    }
}

/// A configuration as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundConfig {
    /// Where it was found.
    pub level: Level,
    /// The text, unread.
    pub text: String,
    /// The version the store names for this text.
    pub version: Option<CommitId>,
    /// The version that everything else of this event is read at: the event's own commit, or else the version of the
    /// stage's branch that the first answer named. `None` when neither is known, as after a find at project level,
    /// whose version belongs to another branch (DESIGN 11.3).
    pub pin: Option<CommitId>,
}

/// One file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Path below the service's folder, and later below `/keptn`.
    pub path: FilePath,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Which version the listings of folders were of; a store's listing may ignore the version asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// No folder was listed.
    NotNeeded,
    /// Every listing named the version that the files were read at.
    SameVersion,
    /// Some listing named another version or none: a file of the pinned version may be missing from the result.
    OtherVersion {
        /// The version it named.
        listed: Option<CommitId>,
    },
}

/// The files of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFiles {
    /// Every file once, in the order of the entries; those of a folder sorted by path.
    pub files: Vec<StoredFile>,
    /// The version that all of them were read at, once it is known.
    pub pin: Option<CommitId>,
    /// How far the listings of folders can be trusted.
    pub listing: Listing,
}

/// How much is read at most. What exceeds a limit is an error of its own, never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a configuration.
    pub config_bytes: usize,
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Bytes of all files of one task.
    pub total_bytes: usize,
    /// Files of one task.
    pub files: usize,
    /// Entries that a listing of a service's files may have.
    pub listed: usize,
}

impl Limits {
    /// 1 MiB of configuration; 20 MiB of files, the default size of their volume, in at most 1,000 files.
    pub const DEFAULT: Self = Self {
        config_bytes: 1024 * 1024,
        file_bytes: 20 * 1024 * 1024,
        total_bytes: 20 * 1024 * 1024,
        files: 1000,
        listed: 10_000,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Where configurations and files come from.
#[async_trait]
pub trait Store: Send + Sync {
    /// The configuration that applies to the scope: service level, then stage level, both at the event's commit, then
    /// project level at its newest version (DESIGN 11.3).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when no level has one; anything else means that it is not known whether one has.
    async fn config(&self, scope: &Scope) -> Result<FoundConfig, StoreError>;

    /// The files that the entries name, read at service level and at `pin`; without a pin, at the version that the
    /// first answer names. An entry is a file if there is one of that name, a folder otherwise.
    ///
    /// # Errors
    /// [`StoreError::NoSuchEntry`] names the entry that is neither; an entry that leaves the service's folder is refused
    /// before anything is read.
    async fn files(&self, scope: &Scope, pin: Option<&CommitId>, entries: &[String]) -> Result<FoundFiles, StoreError>;
}
