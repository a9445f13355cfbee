//! One signature with everything that came beside it, in the same shape for every format. Nothing in it is verified;
//! what is known is only that it says it is about the right digest.

use sigstore::types::{DerCertificate, TimestampToken, TransparencyLogEntry, pae};

use super::fault::Fault;
use super::key::PublicKey;
use super::limits::{MAX_CHAIN, MAX_LOG_ENTRIES, MAX_TIMESTAMPS};
use super::refusal::Code;
use super::signed::{Attestation, Format};
use crate::image::Digest;

/// A signature and its witnesses.
#[derive(Debug, Clone)]
pub(super) struct Material {
    pub(super) format: Format,
    pub(super) content: Content,
    pub(super) signature: Vec<u8>,
    /// The leaf first; empty for a signature by a key.
    pub(super) chain: Vec<DerCertificate>,
    pub(super) entries: Vec<TransparencyLogEntry>,
    pub(super) timestamps: Vec<TimestampToken>,
    /// What the timestamps are of: in a legacy attestation not the signature but the envelope.
    pub(super) timestamped: Timestamped,
    pub(super) reference: Option<String>,
    pub(super) attestation: Option<Attestation>,
}

/// What was signed.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// These bytes.
    Message(Vec<u8>),
    /// Bytes with this SHA-256, which nobody has shown.
    Digest(Digest),
    /// A DSSE envelope: type and payload, signed in their pre-authentication encoding.
    Envelope { payload_type: String, payload: Vec<u8> },
}

/// What a timestamp authority saw.
#[derive(Debug, Clone)]
pub(super) enum Timestamped {
    Signature,
    Bytes(Vec<u8>),
}

impl Content {
    /// Whether this key signed it.
    pub(super) fn signed_by(&self, key: &PublicKey, signature: &[u8]) -> bool {
        match self {
            Self::Message(bytes) => key.signed(bytes, signature),
            Self::Digest(digest) => key.signed_digest(digest, signature),
            Self::Envelope { payload_type, payload } => key.signed(&pae(payload_type, payload), signature),
        }
    }

    /// SHA-256 of the bytes under the signature.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Message(bytes) => Digest::of_bytes(bytes),
            Self::Digest(digest) => digest.clone(),
            Self::Envelope { payload_type, payload } => Digest::of_bytes(&pae(payload_type, payload)),
        }
    }
}

impl Material {
    /// Refuses what has more parts than are looked at.
    pub(super) fn within_limits(self) -> Result<Self, Fault> {
        for (code, what, found, limit) in [
            (
                Code::TooManyLogEntries,
                "log entries",
                self.entries.len(),
                MAX_LOG_ENTRIES,
            ),
            (
                Code::TooManyTimestamps,
                "timestamps",
                self.timestamps.len(),
                MAX_TIMESTAMPS,
            ),
            (Code::ChainTooLong, "certificates", self.chain.len(), MAX_CHAIN),
        ] {
            if found > limit {
                let message = format!("the signature comes with {found} {what}, at most {limit} are looked at");
                return Err(Fault::new(code, message));
            }
        }
        Ok(self)
    }

    pub(super) fn timestamped(&self) -> &[u8] {
        match &self.timestamped {
            Timestamped::Signature => &self.signature,
            Timestamped::Bytes(bytes) => bytes,
        }
    }
}
