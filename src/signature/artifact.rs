//! One bundle about one file, whatever the file is. Signer and witnesses are judged exactly as for images; what differs
//! is what a bundle may be about: plain bytes too, and a statement of any type. Never asked by the gate.

use jiff::Timestamp;

use super::bundle;
use super::refusal::Refusal;
use super::signed::{Proof, Subject};
use super::witness::{self, Case};
use crate::image::Digest;
use crate::policy::Authority;

/// What a bundle is said to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Artifact {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Bytes of which only the digest is known. Ed25519 and P-384 sign in ways that a SHA-256 does not verify.
    Digest(Digest),
}

impl Artifact {
    /// SHA-256 of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::Bytes(bytes) => Digest::of_bytes(bytes),
            Self::Digest(digest) => digest.clone(),
        }
    }
}

/// Verifies a bundle v0.3 about an artifact with the keys and roots of `authority`, as of the instant `at`, which must
/// not lie in the future of the machine.
///
/// # Errors
/// The [`Refusal`] says what was found and what would be accepted; its evidence is the bundle's own digest.
pub fn verify_artifact(
    bundle: &[u8],
    artifact: &Artifact,
    authority: &Authority,
    at: Timestamp,
) -> Result<Proof, Refusal> {
    let evidence = Digest::of_bytes(bundle);
    let subject = Subject {
        name: String::new(),
        digest: artifact.digest(),
    };
    let case = Case {
        subject: &subject,
        authority,
        at,
    };
    bundle::about_artifact(bundle, artifact, &subject)
        .and_then(|material| witness::proof(case, material, &evidence))
        .map_err(|fault| fault.at(&evidence))
}
