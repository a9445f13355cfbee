//! Trust roots: one `trusted_root.json` in, certificate authorities, logs and timestamp authorities out, each with the
//! time it may be trusted for. Read once, when policies load. Trust comes from files only; nothing here asks a network.

use sigstore::Verifier;
use sigstore::crypto::VerificationKey;
use sigstore::trust_root::TrustedRoot;
use sigstore::types::{LogKeyId, TsaAuthority};

use super::json;
use crate::image::Digest;

/// Longest trusted root. The public good instance's has 7 KiB.
const LONGEST: usize = 1 << 20;

const MEDIA_TYPES: [&str; 3] = [
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
];

/// The roots that an authority trusts.
pub struct TrustRoot {
    root: TrustedRoot,
    verifier: Verifier,
    witnesses: Vec<TsaAuthority>,
    digest: Digest,
}

/// Why a text is not a trusted root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Longer than any.
    #[error("the trusted root has {0} bytes, at most {LONGEST} are accepted")]
    TooLarge(usize),
    /// Not the JSON it has to be.
    #[error("{0}; write a `trusted_root.json` as the sigstore tools do")]
    Malformed(String),
    /// Another document.
    #[error("the media type {0} is not a trusted root's; accepted is `{first}`", first = MEDIA_TYPES.first().copied().unwrap_or_default())]
    MediaType(String),
    /// A key, certificate or period that cannot be used.
    #[error("the trusted root cannot be used: {0}")]
    Unusable(String),
    /// Nothing in it vouches for anything.
    #[error("the trusted root is empty: it names no certificate authority, no log and no timestamp authority")]
    Empty,
}

impl TrustRoot {
    /// Reads a trusted root.
    ///
    /// # Errors
    /// [`TrustError`] says what cannot be used.
    pub fn parse(text: &str) -> Result<Self, TrustError> {
        if text.len() > LONGEST {
            return Err(TrustError::TooLarge(text.len()));
        }
        let malformed =
            |error: &dyn std::fmt::Display| TrustError::Malformed(crate::event::excerpt(&error.to_string()));
        json::check(text.as_bytes()).map_err(|error| malformed(&error))?;
        let root = TrustedRoot::from_json(text).map_err(|error| malformed(&error))?;
        if !MEDIA_TYPES.contains(&root.media_type.as_str()) {
            return Err(TrustError::MediaType(crate::event::excerpt(&root.media_type)));
        }
        if root.certificate_authorities.is_empty() && root.tlogs.is_empty() && root.timestamp_authorities.is_empty() {
            return Err(TrustError::Empty);
        }
        let verifier =
            Verifier::new(&root).map_err(|error| TrustError::Unusable(crate::event::excerpt(&error.to_string())))?;
        Ok(Self {
            witnesses: witnesses(&root),
            root,
            verifier,
            digest: Digest::of_bytes(text.as_bytes()),
        })
    }

    /// SHA-256 of the file.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// How many certificate authorities it names.
    #[must_use]
    pub fn certificate_authorities(&self) -> usize {
        self.root.certificate_authorities.len()
    }

    /// How many transparency logs it names.
    #[must_use]
    pub fn logs(&self) -> usize {
        self.root.tlogs.len()
    }

    /// How many certificate transparency logs it names.
    #[must_use]
    pub fn certificate_logs(&self) -> usize {
        self.root.ctlogs.len()
    }

    /// How many timestamp authorities it names.
    #[must_use]
    pub fn timestamp_authorities(&self) -> usize {
        self.root.timestamp_authorities.len()
    }

    /// The timestamp authorities, each with its own chain and period.
    pub(super) fn witnesses(&self) -> &[TsaAuthority] {
        &self.witnesses
    }

    /// The key of the transparency log with this id.
    pub(super) fn log_key(&self, id: &LogKeyId) -> Option<VerificationKey> {
        let log = self.root.tlogs.iter().find(|log| log.log_id.key_id == *id)?;
        VerificationKey::from_spki(&log.public_key.raw_bytes).ok()
    }

    /// The library's verifier over these roots.
    pub(super) fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

/// Leaf first, root last, as the file lists them. The library's own list depends on a clock.
fn witnesses(root: &TrustedRoot) -> Vec<TsaAuthority> {
    let mut witnesses = Vec::new();
    for authority in &root.timestamp_authorities {
        let chain: Vec<_> = authority
            .cert_chain
            .certificates
            .iter()
            .map(|entry| entry.raw_bytes.clone())
            .collect();
        let (leaf, between, last) = match chain.as_slice() {
            [] => continue,
            [only] => (only, &[][..], only),
            [leaf, between @ .., last] => (leaf, between, last),
        };
        witnesses.push(TsaAuthority::new(
            leaf.clone(),
            between.to_vec(),
            last.clone(),
            authority.valid_for,
        ));
    }
    witnesses
}

impl std::fmt::Debug for TrustRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrustRoot({})", self.digest)
    }
}
