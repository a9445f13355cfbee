//! The registry client against a registry that misbehaves: one code for each way, never a digest that was not hashed from
//! the bytes, nothing of a secret and nothing of a registry's text in any answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

#[path = "../support/hostile_registry/mod.rs"]
mod hostile_registry;

mod alone;
mod credentials;
mod evidence;
mod resolve;
mod world;
