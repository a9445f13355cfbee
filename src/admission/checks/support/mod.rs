//! What checks share: reading raw JSON without skipping what is malformed, and asking the policies that bite.
//!
//! Must never decide anything: a question stands in the file of its check.

mod found;
mod labels;
mod node;
mod policies;
mod uses;
mod visit;
mod words;

#[cfg(test)]
pub(super) mod testing;

pub(super) use found::Found;
pub(super) use labels::Labels;
pub(super) use node::{Malformed, Node};
pub(super) use policies::{all_agree, granting};
pub(super) use uses::{account, secrets};
pub(super) use visit::{Platform, each_container, over_pod, platform};
pub(super) use words::{all_of, any_of, quoted};
