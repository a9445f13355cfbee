//! The one file that calls the library which verifies bundles: certificate chain at every verified time, certificate
//! log, log promises, inclusion proofs and checkpoints, signature. What it leaves open is closed by its callers.
//!
//! The library compares log times with the machine's clock. Callers refuse what is later than the instant of the
//! judgement first; since that instant is never in the machine's future, its clock decides nothing that they have not.

use sigstore::error::{CertificateError, TimestampError, TransparencyLogError};
use sigstore::types::{
    Artifact, Bundle, CertificateContent, DigestBytes, DsseEnvelope, DsseSignature, HashAlgorithm, KeyId, MediaType,
    MessageDigest, MessageSignature, PayloadBytes, PublicKeyIdentifier, Rfc3161Timestamp, Sha256Hash, SignatureBytes,
    SignatureContent, TimestampVerificationData, VerificationMaterial, VerificationMaterialContent, X509Certificate,
};
use sigstore::{Error, PublicKeyVerificationPolicy, VerificationPolicy};

use super::fault::Fault;
use super::key::PublicKey;
use super::material::{Content, Material, Timestamped};
use super::refusal::Code;
use super::signed::{Format, Subject};
use super::trust::TrustRoot;
use crate::policy::{CertificateLog, TransparencyLog};

/// Verifies the log entries of a signature by a key.
pub(super) fn key(material: &Material, subject: &Subject, key: &PublicKey, trust: &TrustRoot) -> Result<(), Fault> {
    let bundle = bundle(material, trust, TransparencyLog::Required, Chain::Left)?;
    let policy = PublicKeyVerificationPolicy::new(key.der().clone());
    let verified = trust.verifier().verify(artifact(material, subject)?, &bundle, &policy);
    let verified = verified.map_err(|error| fault(&error))?;
    if !verified.tlog_verified() {
        return Err(unasserted("the log entry"));
    }
    Ok(())
}

/// Verifies the certificate of a signature, and its log entries where a log is required.
pub(super) fn certificate(
    material: &Material,
    subject: &Subject,
    trust: &TrustRoot,
    log: TransparencyLog,
    certificate_log: CertificateLog,
) -> Result<(), Fault> {
    let bundle = bundle(material, trust, log, Chain::Carried)?;
    let mut policy = VerificationPolicy::any_identity();
    if log == TransparencyLog::Ignored {
        policy = policy.skip_tlog_unsafe();
    }
    if certificate_log == CertificateLog::InsecureIgnored {
        policy = policy.skip_sct();
    }
    let verified = trust.verifier().verify(artifact(material, subject)?, &bundle, &policy);
    let verified = verified.map_err(|error| fault(&error))?;
    if !verified.certificate_verified() {
        return Err(unasserted("the certificate"));
    }
    if certificate_log == CertificateLog::Required && !verified.sct_verified() {
        return Err(unasserted("the certificate's log"));
    }
    if log == TransparencyLog::Required && !verified.tlog_verified() {
        return Err(unasserted("the log entry"));
    }
    Ok(())
}

/// Whether the certificates go along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chain {
    Carried,
    Left,
}

/// The material as a bundle. Legacy material takes the shape of an old bundle, in which a log's promise needs no proof.
fn bundle(material: &Material, trust: &TrustRoot, log: TransparencyLog, chain: Chain) -> Result<Bundle, Fault> {
    let media_type = match (material.format, log) {
        (Format::Bundle, _) => MediaType::Bundle0_3,
        (Format::Legacy, TransparencyLog::Required) => MediaType::Bundle0_1,
        (Format::Legacy, TransparencyLog::Ignored) => MediaType::Bundle0_2,
    };
    let signer = match (chain, material.format, material.chain.as_slice()) {
        (Chain::Left, _, _) | (_, _, []) => VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new("")),
        (_, Format::Bundle, [leaf, ..]) => {
            VerificationMaterialContent::Certificate(CertificateContent::new(leaf.clone()))
        }
        (_, Format::Legacy, certificates) => VerificationMaterialContent::X509CertificateChain {
            certificates: certificates.iter().cloned().map(X509Certificate::new).collect(),
        },
    };
    let entries = match log {
        TransparencyLog::Required => material.entries.clone(),
        TransparencyLog::Ignored => Vec::new(),
    };
    // Timestamps of an envelope are none of its signature; they are verified beside the library.
    let timestamps = match material.timestamped {
        // Where the trust root names no timestamp authority, nobody's timestamps are looked at.
        Timestamped::Signature if !trust.witnesses().is_empty() => {
            material.timestamps.iter().cloned().map(Rfc3161Timestamp::new).collect()
        }
        Timestamped::Signature | Timestamped::Bytes(_) => Vec::new(),
    };
    let verification = VerificationMaterial::new(signer)
        .with_tlog_entries(entries)
        .with_timestamp_verification_data(TimestampVerificationData::new(timestamps));
    let signature = SignatureBytes::from_bytes(&material.signature);
    let content = match &material.content {
        content @ (Content::Message(_) | Content::Digest(_)) => {
            let hash = content.digest();
            let hash = DigestBytes::from_hex(hash.hex()).map_err(|error| fault(&Error::from(error)))?;
            let digest = MessageDigest::new(HashAlgorithm::Sha2256, hash);
            SignatureContent::MessageSignature(MessageSignature::new(signature).with_message_digest(digest))
        }
        Content::Envelope { payload_type, payload } => SignatureContent::DsseEnvelope(DsseEnvelope::new(
            payload_type.clone(),
            PayloadBytes::from_bytes(payload),
            DsseSignature::new(signature, KeyId::default()),
        )),
    };
    Ok(Bundle::new(media_type, verification, content))
}

/// What the signature is of: the bytes themselves, or the digest that a statement has to list.
fn artifact<'m>(material: &'m Material, subject: &Subject) -> Result<Artifact<'m>, Fault> {
    match &material.content {
        Content::Message(bytes) => Ok(Artifact::from_blob(bytes)),
        Content::Digest(_) | Content::Envelope { .. } => {
            let hash = Sha256Hash::from_hex(subject.digest.hex()).map_err(|error| fault(&Error::from(error)))?;
            Ok(Artifact::from_digest(hash))
        }
    }
}

fn unasserted(what: &str) -> Fault {
    let message = format!("{what} was not verified, though nothing said why");
    Fault::new(Code::LogEntryNotProven, message)
}

/// The library's errors in our words.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's enums grow; what is new is malformed to us"
)]
fn fault(error: &Error) -> Fault {
    let (code, what) = match error {
        Error::SignatureInvalid(_) => (Code::SignatureDoesNotMatch, "the signature does not match"),
        Error::ArtifactMismatch(_) => (Code::DigestNotInPayload, "the signature is of something else"),
        Error::Certificate(CertificateError::Sct(_)) => {
            (Code::CertificateNotLogged, "the certificate's log entry does not hold")
        }
        Error::Certificate(CertificateError::Malformed(_)) => {
            (Code::CertificateUnsuitable, "the certificate cannot be read")
        }
        Error::Certificate(_) => (Code::CertificateUntrusted, "the certificate is not trusted"),
        Error::TransparencyLog(TransparencyLogError::EntryMismatch(_)) => {
            (Code::LogEntryOfAnotherSignature, "a log entry is of another signature")
        }
        Error::TransparencyLog(_) => (Code::LogEntryNotProven, "a log entry does not hold"),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => {
            (Code::NoVerifiedTime, "no trusted witness says when it was signed")
        }
        Error::Timestamp(_) => (Code::TimestampInvalid, "a timestamp does not hold"),
        Error::InvalidTrustRoot(_) => (Code::CertificateNotLogged, "the trust root cannot verify it"),
        _ => (Code::EvidenceMalformed, "the signature cannot be verified"),
    };
    Fault::of(code, what, error)
}
