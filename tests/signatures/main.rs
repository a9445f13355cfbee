//! Signatures on real registries by real cosign, and what we make of them. Needs the rig's registries, but no node:
//! `tests/cluster/rig signing`. Without them these tests fail; they are never skipped.
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

#[path = "../support/signing/mod.rs"]
mod signing;

mod bundles;
mod command;
mod differential;
mod oracle;
mod ours;
mod retrieval;
mod rows;
mod stage;
mod steps;
mod tamper;
