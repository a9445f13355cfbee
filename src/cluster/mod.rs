//! The only module that calls the Kubernetes API: fences, Jobs, watches, logs, run records.
//!
//! It decides nothing about what may run: what comes in is a [`Bundle`](crate::manifest::Bundle), which only an
//! admitted task gives. What goes out is a [`TaskOutcome`](crate::outcome::TaskOutcome).

mod api;
mod clock;
mod compare;
mod connect;
mod drive;
mod events;
mod fences;
mod job_state;
mod jobs;
mod logs;
mod pod_state;
pub mod run_record;
mod secrets;
mod steps;
#[cfg(test)]
mod testing;
mod tokens;
mod vigil;
mod watch;

pub use api::ApiError;
pub use compare::{compare_job, compare_pod, remarks_on_pod};
pub use connect::{ConnectError, connect};
pub use drive::{Attempt, Cluster, Launched};
pub use fences::{Fences, foreign_policies};
pub use jobs::{Created, How};
pub use logs::LogBounds;
pub use pod_state::{PodState, Trouble};
pub use run_record::{Creation, RecordError, RunRecords};
pub use secrets::{RegistrySecret, account_pull_secrets, registry_secret};
pub use steps::{Hook, Step, no_hook};
pub use tokens::{PodOfJob, TokenError, review_pod_token};
pub use watch::{WatchHealth, Watches};
