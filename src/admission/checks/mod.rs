//! Every check of the gate, one file each, and the one list of them.
//!
//! A file is named after its check, holds the check's page as a doc comment, its function, and its table of tests.
//! To add a check: copy a file, name it after what is refused, list it in [`ALL`], run the tests: they name whatever
//! is missing. `UPDATE=1 cargo test` writes `policies/CHECKS.md` anew.
//!
//! A check must never apply a mode, a date or an exception: it says what it finds, the gate decides what that means.

pub(super) mod image_denied;
pub(super) mod image_digest;
pub(super) mod image_not_allowed;
pub(super) mod image_tag;
pub(super) mod image_unresolved;
pub(super) mod invalid_task;
pub(super) mod namespace;
pub(super) mod policy_missing;
pub(super) mod policy_not_enforced;
pub(super) mod policy_silent;
pub(super) mod privileged;
mod support;
pub(super) mod token_mount;

use super::Check;

/// All checks, sorted by id.
pub static ALL: &[&Check] = &[
    &image_denied::CHECK,
    &image_digest::CHECK,
    &image_not_allowed::CHECK,
    &image_tag::CHECK,
    &image_unresolved::CHECK,
    &invalid_task::CHECK,
    &namespace::CHECK,
    &policy_missing::CHECK,
    &policy_not_enforced::CHECK,
    &policy_silent::CHECK,
    &privileged::CHECK,
    &token_mount::CHECK,
];

const _: () = assert!(!ALL.is_empty());
