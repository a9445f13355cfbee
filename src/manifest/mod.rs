//! An admitted task in, its [`Bundle`] of fence and Job out. The only module that builds a Job.

mod bundle;
mod draft;
pub mod names;

pub use bundle::Bundle;
pub use draft::Draft;
pub(crate) use draft::{RunIdentity, TokenMount};

/// Name of the run record of an event: `run-` and 26 characters of its identity.
#[must_use]
pub fn run_name(identity: &crate::event::Identity) -> String {
    format!("run-{}", identity.base32(26))
}
