//! `job-lint` as its users meet it: run as a process, in a folder of its own, without a cluster and without a network.
//!
//! The important outputs are snapshots in `tests/lint/snapshots`; `INSTA_UPDATE=always cargo test --test lint` writes them
//! anew. They are read by people: look at them before you accept them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "lint/check.rs"]
mod check;
#[path = "lint/desk.rs"]
mod desk;
#[path = "lint/explain.rs"]
mod explain;
#[path = "lint/hostile.rs"]
mod hostile;
#[path = "lint/image.rs"]
mod image;
#[path = "lint/legacy.rs"]
mod legacy;
#[path = "lint/plan.rs"]
mod plan;
#[path = "lint/usage.rs"]
mod usage;
#[path = "lint/verify.rs"]
mod verify;
