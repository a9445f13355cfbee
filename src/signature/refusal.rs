//! Why a piece of evidence does not count: a stable code for machines, a sentence for people.

use serde::{Deserialize, Serialize};

use crate::image::Digest;

/// One piece of evidence that does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// What kind of fault.
    pub code: Code,
    /// What was found and what would be accepted.
    pub message: String,
    /// The manifest it was found in; absent where the evidence is refused as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Digest>,
}

/// The kinds of faults. Kebab-case in JSON and for people; they never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// More signatures than are looked at: none of them is.
    TooManySignatures,
    /// A bundle, envelope or annotation beyond its size.
    EvidenceTooLarge,
    /// More log entries in one bundle than are looked at.
    TooManyLogEntries,
    /// More timestamps in one bundle than are looked at.
    TooManyTimestamps,
    /// A certificate chain beyond its length.
    ChainTooLong,
    /// Not the JSON it has to be: syntax, duplicate keys, missing or misplaced fields.
    EvidenceMalformed,
    /// Listed as being about this image, and about another one.
    EvidenceOfAnotherImage,
    /// Listed by the registry, and missing or other bytes than its digest, size or type says.
    EvidenceNotAsListed,
    /// A bundle of another version than v0.3.
    BundleVersion,
    /// A layer without the annotation that carries its signature.
    SignatureMissing,
    /// A signature by no key of the authority, or over other bytes.
    SignatureDoesNotMatch,
    /// Another number of signatures in an envelope than one.
    SignatureCount,
    /// A payload that names another digest.
    DigestNotInPayload,
    /// A bundle that signs something else than an in-toto statement.
    ContentKind,
    /// A statement of another predicate type than the one asked for.
    PredicateType,
    /// A predicate that is not what its type says.
    PredicateMalformed,
    /// A key where a certificate is wanted, or the reverse.
    SignerKind,
    /// The authority has no trust root, and certificates or log entries cannot be verified without.
    TrustMissing,
    /// A certificate that cannot be read, or is not made for signing code.
    CertificateUnsuitable,
    /// A certificate that does not chain to the authority's roots, or did not when it signed.
    CertificateUntrusted,
    /// A certificate of another issuer, subject or workload than the authority names.
    CertificateOfAnotherIdentity,
    /// A certificate without a valid proof of the certificate log.
    CertificateNotLogged,
    /// A key used outside its `notBefore` and `notAfter`.
    KeyOutsideValidity,
    /// No log entry, and the authority requires one.
    LogEntryMissing,
    /// A log entry without inclusion proof or checkpoint, or with one that does not verify.
    LogEntryNotProven,
    /// A log entry whose body is another signature's.
    LogEntryOfAnotherSignature,
    /// A timestamp that does not verify.
    TimestampInvalid,
    /// No witness says when it was signed, and the authority needs to know.
    NoVerifiedTime,
    /// A witness names an instant later than the one of the judgement.
    SignedInTheFuture,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::TooManySignatures,
        Self::EvidenceTooLarge,
        Self::TooManyLogEntries,
        Self::TooManyTimestamps,
        Self::ChainTooLong,
        Self::EvidenceMalformed,
        Self::BundleVersion,
        Self::SignatureMissing,
        Self::SignatureDoesNotMatch,
        Self::SignatureCount,
        Self::DigestNotInPayload,
        Self::ContentKind,
        Self::PredicateType,
        Self::PredicateMalformed,
        Self::SignerKind,
        Self::TrustMissing,
        Self::CertificateUnsuitable,
        Self::CertificateUntrusted,
        Self::CertificateOfAnotherIdentity,
        Self::CertificateNotLogged,
        Self::KeyOutsideValidity,
        Self::LogEntryMissing,
        Self::LogEntryNotProven,
        Self::LogEntryOfAnotherSignature,
        Self::TimestampInvalid,
        Self::NoVerifiedTime,
        Self::SignedInTheFuture,
    ];

    /// As written in verdicts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooManySignatures => "too-many-signatures",
            Self::EvidenceTooLarge => "evidence-too-large",
            Self::TooManyLogEntries => "too-many-log-entries",
            Self::TooManyTimestamps => "too-many-timestamps",
            Self::ChainTooLong => "chain-too-long",
            Self::EvidenceMalformed => "evidence-malformed",
            Self::EvidenceOfAnotherImage => "evidence-of-another-image",
            Self::EvidenceNotAsListed => "evidence-not-as-listed",
            Self::BundleVersion => "bundle-version",
            Self::SignatureMissing => "signature-missing",
            Self::SignatureDoesNotMatch => "signature-does-not-match",
            Self::SignatureCount => "signature-count",
            Self::DigestNotInPayload => "digest-not-in-payload",
            Self::ContentKind => "content-kind",
            Self::PredicateType => "predicate-type",
            Self::PredicateMalformed => "predicate-malformed",
            Self::SignerKind => "signer-kind",
            Self::TrustMissing => "trust-missing",
            Self::CertificateUnsuitable => "certificate-unsuitable",
            Self::CertificateUntrusted => "certificate-untrusted",
            Self::CertificateOfAnotherIdentity => "certificate-of-another-identity",
            Self::CertificateNotLogged => "certificate-not-logged",
            Self::KeyOutsideValidity => "key-outside-validity",
            Self::LogEntryMissing => "log-entry-missing",
            Self::LogEntryNotProven => "log-entry-not-proven",
            Self::LogEntryOfAnotherSignature => "log-entry-of-another-signature",
            Self::TimestampInvalid => "timestamp-invalid",
            Self::NoVerifiedTime => "no-verified-time",
            Self::SignedInTheFuture => "signed-in-the-future",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Code;

    #[test]
    fn a_code_has_one_name_for_people_and_for_machines() {
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), serde_json::json!(code.as_str()));
        }
    }
}
