//! `kind: Authority`: whom the platform team trusts to sign, and how a signature of theirs is to be witnessed. Plain
//! data, compiled when policies load; `crate::signature` verifies with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::matcher::TextMatcher;
use super::types::PolicySpan;
use crate::image::Digest;
use crate::signature::{Extension, Format, PublicKey, TrustRoot};

/// One `kind: Authority` document, global to the policy set.
#[derive(Debug, Clone)]
pub struct Authority {
    /// `metadata.name`.
    pub name: String,
    /// Where its name stands.
    pub origin: PolicySpan,
    /// Who signs.
    pub signers: Signers,
    /// The formats that count, sorted; never empty. Others are not looked at.
    pub formats: Vec<Format>,
    /// Certificate authorities, logs and timestamp authorities. Always there where certificates, logs or timestamps
    /// are asked for.
    pub trust: Option<Arc<TrustRoot>>,
    /// `transparencyLog`.
    pub transparency_log: TransparencyLog,
    /// `timestamps`.
    pub timestamps: Timestamps,
    /// `insecureCertificateLog`.
    pub certificate_log: CertificateLog,
    /// Digest of everything above but `name` and `origin`, keys and roots included: part of the key of cached verdicts.
    pub hash: Digest,
}

impl Authority {
    /// An authority; its hash is made here.
    pub(super) fn new(
        name: String,
        origin: PolicySpan,
        signers: Signers,
        formats: Vec<Format>,
        trust: Option<Arc<TrustRoot>>,
        witnesses: (TransparencyLog, Timestamps, CertificateLog),
    ) -> Self {
        let (transparency_log, timestamps, certificate_log) = witnesses;
        let mut made = Self {
            name,
            origin,
            signers,
            formats,
            trust,
            transparency_log,
            timestamps,
            certificate_log,
            hash: Digest::of_bytes(b""),
        };
        made.hash = made.compute_hash();
        made
    }

    /// What weakens this authority, for every verdict that rests on it.
    pub fn weaknesses(&self) -> impl Iterator<Item = &'static str> {
        let log = (self.transparency_log == TransparencyLog::Ignored).then_some("transparencyLog: ignored");
        let certificates =
            (self.certificate_log == CertificateLog::InsecureIgnored).then_some("insecureCertificateLog: ignored");
        log.into_iter().chain(certificates)
    }

    /// Whether a verified time can exist for its signatures.
    #[must_use]
    pub fn has_times(&self) -> bool {
        let stamps = self.trust.as_ref().is_some_and(|root| root.timestamp_authorities() > 0);
        self.transparency_log == TransparencyLog::Required || stamps
    }

    /// Each part behind its length, so that no two authorities share a text.
    fn compute_hash(&self) -> Digest {
        let mut parts: Vec<String> = Vec::new();
        match &self.signers {
            Signers::Keys(keys) => {
                parts.push("keys".to_owned());
                for key in keys {
                    parts.push(key.key.fingerprint().to_string());
                    parts.push(format!("{:?}", key.not_before));
                    parts.push(format!("{:?}", key.not_after));
                }
            }
            Signers::Keyless(keyless) => {
                parts.push("keyless".to_owned());
                let names = keyless.extensions.iter().map(|(name, matcher)| (name.name(), matcher));
                for (name, matcher) in [("issuer", &keyless.issuer), ("subject", &keyless.subject)]
                    .into_iter()
                    .chain(names)
                {
                    parts.push(name.to_owned());
                    match matcher.texts() {
                        Some(texts) => {
                            parts.push(texts.len().to_string());
                            parts.extend(texts.iter().cloned());
                        }
                        None => parts.push(matcher.describe().to_owned()),
                    }
                }
            }
        }
        parts.push(format!("{:?}", self.formats));
        parts.push(format!(
            "{:?}",
            self.trust.as_ref().map(|root| root.digest().to_string())
        ));
        parts.push(format!(
            "{:?} {:?} {:?}",
            self.transparency_log, self.timestamps, self.certificate_log
        ));
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend(part.into_bytes());
        }
        Digest::of_bytes(&bytes)
    }
}

/// Who signs for an authority.
#[derive(Debug, Clone)]
pub enum Signers {
    /// Any one of these keys; never empty.
    Keys(Vec<AuthorityKey>),
    /// Whoever gets a certificate of the trust root with such an identity.
    Keyless(Box<Keyless>),
}

/// A key and the time it may sign in.
#[derive(Debug, Clone)]
pub struct AuthorityKey {
    /// The key.
    pub key: PublicKey,
    /// Signatures before this instant do not count.
    pub not_before: Option<Timestamp>,
    /// Signatures after this instant do not count.
    pub not_after: Option<Timestamp>,
}

/// The identity a certificate has to carry.
#[derive(Debug, Clone)]
pub struct Keyless {
    /// The identity provider.
    pub issuer: TextMatcher,
    /// The subject alternative name.
    pub subject: TextMatcher,
    /// Extensions that have to be there and match.
    pub extensions: BTreeMap<Extension, TextMatcher>,
}

/// `transparencyLog`: what an authority asks of Rekor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransparencyLog {
    /// Every signature has an entry of its own in a log of the trust root, with proof.
    Required,
    /// No log is asked; every verdict says so.
    Ignored,
}

/// `timestamps`: what an authority asks of timestamp authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// A timestamp that is there has to verify; where a time is needed, the log's is enough.
    Accepted,
    /// Every signature has a timestamp of an authority of the trust root.
    Required,
}

/// What an authority asks of the certificate log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateLog {
    /// Every certificate carries a proof of a certificate log of the trust root.
    Required,
    /// `insecureCertificateLog: ignored`, for a private certificate authority without one; every verdict says so.
    InsecureIgnored,
}
