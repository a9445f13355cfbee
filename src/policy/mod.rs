//! The platform team's policy files: text in, [`PolicySet`] out. Refuses what is vacuous; judges nothing.
//!
//! Policies are data: no expressions, no network, no recursion. What a file says is read strictly (unknown keys, empty
//! lists and unknown names are refused, each at its line), and everything wrong in all files is said at once.

pub mod builtin;
mod cidr;
mod decode;
mod labels;
mod load;
mod names;
mod problem;
mod scope;
mod security;
mod settings;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use labels::{is_dns_label, is_subdomain};
pub use names::{NamePattern, NamePatternError, Names};
pub use problem::FileProblem;
pub use scope::Applies;
pub use security::*;
pub use settings::HELM_VALUES;
pub use types::*;
