//! The platform team's policy files: text in, [`PolicySet`] out. Refuses what is vacuous; judges nothing.
//!
//! Policies are data: no expressions, no network, no recursion. What a file says is read strictly (unknown keys, empty
//! lists and unknown names are refused, each at its line), and everything wrong in all files is said at once.

mod attached;
mod authority;
pub mod builtin;
mod decode;
mod labels;
mod load;
mod matcher;
mod names;
mod problem;
mod scope;
mod security;
mod settings;
mod signatures;
mod types;
mod unused;
mod version;

#[cfg(test)]
mod tests;

pub use attached::{LONGEST_ATTACHED, attached_files, is_attached};
pub use authority::{Authority, AuthorityKey, CertificateLog, Keyless, Signers, Timestamps, TransparencyLog};
pub(crate) use labels::{is_dns_label, is_subdomain};
pub use matcher::{MatcherError, TextMatcher};
pub use names::{NamePattern, NamePatternError, Names};
pub use problem::FileProblem;
pub use scope::Applies;
pub use security::*;
pub use settings::HELM_VALUES;
pub use signatures::{AttestationRule, Quorum, SignatureRule, SignedIdentity};
pub use types::*;
pub use version::Version;
