//! Evidence about an image, verified: who signed these bytes, and what did they state about them?
//!
//! A registry says what it likes. This module takes the bytes it sent ([`Evidence`]), the image they are said to be about
//! ([`Subject`]) and whom the platform team trusts ([`crate::policy::Authority`]), and hands back proofs and refusals
//! ([`Signed`]). Every proof rests on keys and roots of the authority alone; every refusal has a code and a sentence.
//!
//! It decides nothing about tasks: whether a proof is enough is the gate's to say. It must never use a clock, a file or
//! the network, never panic, and never let the order of the evidence change the answer. A format that the authority
//! does not list is not looked at, whatever it holds.

mod annotations;
mod artifact;
mod bundle;
mod certificate;
mod evidence;
mod fault;
mod fulcio;
mod identity;
mod json;
mod key;
mod legacy;
mod library;
mod limits;
mod log;
mod log_body;
mod log_shapes;
mod material;
mod payload;
mod predicate;
mod refusal;
mod signed;
mod statement;
mod summary;
mod timestamps;
mod trust;
mod verify;
mod witness;

pub use artifact::{Artifact, verify_artifact};
pub use evidence::{Blob, BundleFile, Evidence, Layer};
pub use fulcio::Extension;
pub use identity::{Identity, SubjectKind};
pub use key::{KeyError, KeyKind, PublicKey};
pub use limits::{MAX_ATTESTATION_BYTES, MAX_BUNDLE_BYTES, MAX_CHAIN, MAX_LOG_ENTRIES, MAX_SIGNATURES, MAX_TIMESTAMPS};
pub use refusal::{Code, Refusal};
pub use signed::{
    About, Attestation, Format, LogEntry, LogUse, Proof, Signed, Signer, Subject, TimeSource, VerifiedTime,
};
pub use summary::{SbomFormat, Severities, SlsaSummary, SlsaVersion, Summary, VulnerabilitySummary};
pub use trust::{TrustError, TrustRoot};
pub use verify::verify;

/// Raised with every change that can turn a refusal into a proof or back. Part of the key of every cached verdict.
pub const VERIFIER_VERSION: u32 = 1;

#[cfg(test)]
mod tests;
