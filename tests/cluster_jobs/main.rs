//! `cluster` on a real Kubernetes, under the Roles that the chart ships: one task at a time, without the service around it.
//! See `make test`. Without the rig these tests fail; they are never skipped.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else than expected has failed"
)]

#[path = "../support/hostile_registry/mod.rs"]
mod hostile_registry;

mod ends;
mod fences;
mod launches;
mod pull_secrets;
mod rights;
mod world;
