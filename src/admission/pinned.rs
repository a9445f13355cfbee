//! The witness that a task's image is known by digest. A leaf file: nothing else can name the private field.

use crate::admission::{Fact, ResolvedImage};
use crate::image::{Digest, Reference};

/// `host/repository@sha256:…`, from a digest that the author wrote or that was computed from bytes we read.
#[derive(Debug)]
pub struct PinnedImage {
    pinned: String,
    digest: Digest,
}

/// Why an image could not be pinned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotPinned {
    /// The registry says that it does not exist.
    #[error("{0}")]
    Refuted(String),
    /// The registry could not be asked.
    #[error("{0}")]
    Unavailable(String),
    /// Tag and digest were both written and name different bytes.
    #[error("the tag names {found} now, the digest written beside it is {written}")]
    TagMoved {
        /// What the tag resolves to.
        found: Digest,
        /// What the author wrote.
        written: Digest,
    },
    /// Nobody has asked yet.
    #[error("the tag has not been resolved")]
    Unasked,
}

impl PinnedImage {
    /// Pins a reference, by its own digest or by the registry's answer for its tag.
    pub(super) fn from_fact(reference: &Reference, fact: Option<&Fact<ResolvedImage>>) -> Result<Self, NotPinned> {
        let digest = match (reference.digest(), reference.tag(), fact) {
            (Some(written), None, _) => written.clone(),
            (_, _, None) => return Err(NotPinned::Unasked),
            (_, _, Some(Fact::Refuted(why))) => return Err(NotPinned::Refuted(why.clone())),
            (_, _, Some(Fact::Unavailable(why))) => return Err(NotPinned::Unavailable(why.clone())),
            (Some(written), Some(_), Some(Fact::Known(found))) if *written != found.digest => {
                return Err(NotPinned::TagMoved {
                    found: found.digest.clone(),
                    written: written.clone(),
                });
            }
            (_, _, Some(Fact::Known(found))) => found.digest.clone(),
        };
        Ok(Self {
            pinned: reference.pinned(&digest),
            digest,
        })
    }

    /// The string that the Job carries.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.pinned
    }

    /// The digest alone.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}
