//! The service on a real Kubernetes: see `make test`. Without the rig these tests fail; they are never skipped.

#[path = "../support/standin/mod.rs"]
mod standin;
mod world;

mod cases;
mod denied;
mod thread;
