//! The service on a real Kubernetes: see `make test`. Without the rig these tests fail; they are never skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "../support/cases.rs"]
mod examples;
#[path = "../support/standin/mod.rs"]
mod standin;
mod world;

mod agree;
mod altered;
mod cases;
mod crash_inputs;
mod denied;
mod fence;
mod forged;
mod intake;
mod kill;
mod outside;
mod reaper;
mod refusals;
mod task;
mod thread;
mod troubles;
