//! The answer of the verifier: proofs, refusals, and until when both hold. Plain data, ordered, serialisable.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::refusal::Refusal;
use super::summary::Summary;
use crate::image::Digest;

/// What the evidence is said to be about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subject {
    /// `host/repository`, normalised. Evidence is never believed for being found there; it is for messages.
    pub name: String,
    /// The digest that would run.
    pub digest: Digest,
}

/// Which kind of statement is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum About {
    /// A signature of the image itself.
    Image,
    /// An in-toto statement of this predicate type.
    Attestation(String),
}

/// Where signatures are kept. Never guessed: an authority lists the ones that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `.sig` and `.att` tags, as cosign 1 and 2 write them.
    Legacy,
    /// Sigstore bundles v0.3 in the digest's referrers, as cosign 3 writes them.
    Bundle,
}

/// What one authority's keys and roots make of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signed {
    /// Sorted, without repetition. Empty: the authority has not signed this.
    pub proofs: Vec<Proof>,
    /// What was looked at and does not count, sorted, without repetition.
    pub refused: Vec<Refusal>,
    /// From this instant on the same evidence can give another answer. Absent: time alone changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// One signature that holds, and everything that was verified about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    /// Where it was found.
    pub format: Format,
    /// Who signed. Two proofs of one signer count once.
    pub signer: Signer,
    /// When, by the witnesses that were verified; sorted. Empty where none is required and none was there.
    pub verified_at: Vec<VerifiedTime>,
    /// What a transparency log says of it.
    pub log: LogUse,
    /// The certificate's identity; absent for keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The `docker-reference` of a legacy signature: the name the signer signed. Other formats carry none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The statement; absent for a signature of the image itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
    /// The manifest it was found in.
    pub evidence: Digest,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Signer {
    /// A key of the authority.
    Key {
        /// SHA-256 of its DER SubjectPublicKeyInfo.
        fingerprint: Digest,
    },
    /// A certificate that chains to the authority's roots.
    Certificate {
        /// The identity provider.
        issuer: String,
        /// The subject alternative name.
        subject: String,
    },
}

/// An instant at which a trusted witness saw the signature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifiedTime {
    /// When.
    pub at: Timestamp,
    /// Who says so.
    pub source: TimeSource,
}

/// Who vouches for an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TimeSource {
    /// A transparency log, by its signed entry timestamp.
    Log,
    /// A timestamp authority (RFC 3161).
    TimestampAuthority,
}

/// What a transparency log says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LogUse {
    /// The authority says `transparencyLog: ignored`, and nothing was asked of a log.
    Ignored,
    /// These entries are of this very signature and were verified; sorted, never empty.
    Verified(Vec<LogEntry>),
}

/// An entry of a transparency log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogEntry {
    /// The log's key id, in hexadecimal digits: two entries of one log are one witness.
    pub log: String,
    /// The entry's index in that log.
    pub index: u64,
}

/// A verified in-toto statement about the subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attestation {
    /// The predicate's type, as signed.
    pub predicate_type: String,
    /// What policies can ask about.
    pub summary: Summary,
}
