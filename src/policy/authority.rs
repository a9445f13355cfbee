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
