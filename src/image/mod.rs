//! Image identity: what an image is called, which patterns name it, and which bytes it is.
//!
//! An author writes `alpine`; a registry, a policy and the kubelet must all mean the same thing by it. This module
//! turns the text into one normalised [`Reference`], judges it against a [`Pattern`], a [`TagPattern`] or the
//! original's [`LegacyAllowList`], and names bytes by their [`Digest`].
//!
//! Two parsers read image references in this world: distribution/reference (kubelet, containerd) and
//! go-containerregistry (cosign, policy engines). The grammar here is the first one's; what the second one reads as
//! another image is refused with a hint, so that nobody decides anew what we have judged.
//!
//! It must never touch a network, a clock or the environment, and never guess: what it cannot read is an error.

mod allow_list;
mod charset;
mod cover;
mod describe;
mod digest;
mod error;
mod gobwas;
mod host;
mod path;
mod pattern;
mod pattern_error;
mod reference;
mod remark;
mod tag;
mod tag_pattern;

pub use allow_list::{LegacyAllowList, LegacyAllowListError, LegacyPattern};
pub use describe::{Description, PatternAnswer, describe};
pub use digest::{Algorithm, Digest, DigestError};
pub use error::{Part, ReferenceError};
pub use pattern::Pattern;
pub use pattern_error::PatternError;
pub use reference::Reference;
pub use remark::Remark;
pub use tag::Tag;
pub use tag_pattern::{TagPattern, TagPatternError};

#[cfg(test)]
mod tests;
