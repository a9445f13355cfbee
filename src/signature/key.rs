//! Public keys: PEM in, one of four kinds out. The key alone decides the signature scheme; nothing that came with a
//! signature ever does.

use data_encoding::HEXLOWER;
use sigstore::crypto::{KeyAlgorithm, SigningScheme, VerificationKey, verify_signature, verify_signature_prehashed};
use sigstore::types::{DerPublicKey, SignatureBytes};

use crate::image::Digest;

const LABEL: &str = "PUBLIC KEY";
/// Longest PEM text; an RSA key of 8192 bits has about 1500 characters.
const LONGEST: usize = 8192;

/// A public key that signatures are verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    der: DerPublicKey,
    kind: KeyKind,
    fingerprint: Digest,
}

/// The kinds of keys that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// ECDSA over NIST P-256.
    EcdsaP256,
    /// ECDSA over NIST P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
    /// RSA of 2048 to 8192 bits, PKCS#1 v1.5.
    Rsa,
}

/// Why a text is not a public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not one PEM block.
    #[error("{0}; write one PEM block `-----BEGIN PUBLIC KEY-----`")]
    NotPem(String),
    /// A PEM block of something else.
    #[error("the PEM block holds a {0}; write the public key as `-----BEGIN PUBLIC KEY-----` (SubjectPublicKeyInfo)")]
    Label(String),
    /// A key that is not accepted.
    #[error("{0}; accepted are ECDSA P-256, ECDSA P-384, Ed25519 and RSA of 2048 to 8192 bits")]
    Kind(String),
}

impl KeyKind {
    /// The schemes a key of this kind signs with. cosign 1 and 2 hash with SHA-256 for P-384 keys too.
    fn schemes(self) -> &'static [SigningScheme] {
        match self {
            Self::EcdsaP256 => &[SigningScheme::EcdsaP256Sha256],
            Self::EcdsaP384 => &[SigningScheme::EcdsaP384Sha384, SigningScheme::EcdsaP384Sha256],
            Self::Ed25519 => &[SigningScheme::Ed25519],
            Self::Rsa => &[SigningScheme::RsaPkcs1Sha256],
        }
    }
}

impl PublicKey {
    /// Reads one PEM block that holds a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`KeyError`] says what was found and what is accepted.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.len() > LONGEST {
            return Err(KeyError::NotPem(format!("the text is longer than {LONGEST} bytes")));
        }
        let text = text.trim();
        let mut labels = text.lines().filter_map(|line| {
            let label = line.trim().strip_prefix("-----BEGIN ")?;
            label.strip_suffix("-----")
        });
        match (labels.next(), labels.next()) {
            (None, _) => return Err(KeyError::NotPem("the text has no PEM block".to_owned())),
            (_, Some(_)) => return Err(KeyError::NotPem("the text has several PEM blocks".to_owned())),
            (Some(LABEL), None) => {}
            (Some(other), None) => return Err(KeyError::Label(crate::event::excerpt(&other.to_lowercase()))),
        }
        if !text.starts_with("-----BEGIN ") || !text.ends_with("-----END PUBLIC KEY-----") {
            let message = "the text has something before or behind its PEM block";
            return Err(KeyError::NotPem(message.to_owned()));
        }
        let der = DerPublicKey::from_pem(text)
            .map_err(|error| KeyError::NotPem(crate::event::excerpt(&error.to_string())))?;
        Self::from_der(der)
    }

    /// Takes a DER SubjectPublicKeyInfo, as certificates carry it.
    pub(super) fn from_der(der: DerPublicKey) -> Result<Self, KeyError> {
        let refused = |error: sigstore::crypto::Error| KeyError::Kind(crate::event::excerpt(&error.to_string()));
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the library's enum grows; what is new is refused"
        )]
        let kind = match KeyAlgorithm::from_spki(&der).map_err(refused)? {
            KeyAlgorithm::EcdsaP256 => KeyKind::EcdsaP256,
            KeyAlgorithm::EcdsaP384 => KeyKind::EcdsaP384,
            KeyAlgorithm::Ed25519 => KeyKind::Ed25519,
            KeyAlgorithm::Rsa => KeyKind::Rsa,
            other => return Err(KeyError::Kind(format!("a key of kind {other:?} is not accepted"))),
        };
        let [scheme, ..] = kind.schemes() else {
            return Err(KeyError::Kind(
                "a key without a signature scheme is not accepted".to_owned(),
            ));
        };
        let raw = VerificationKey::from_spki_with_scheme(&der, *scheme).map_err(refused)?;
        sigstore::crypto::validate_raw_public_key(*scheme, raw.as_bytes()).map_err(refused)?;
        Ok(Self {
            kind,
            fingerprint: Digest::of_bytes(der.as_bytes()),
            der,
        })
    }

    /// Which kind of key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// SHA-256 of the DER SubjectPublicKeyInfo: the key's name in verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// Whether this key signed exactly these bytes.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = SignatureBytes::new(signature.to_vec());
        self.kind
            .schemes()
            .iter()
            .any(|scheme| verify_signature(&self.der, message, &signature, *scheme).is_ok())
    }

    /// Whether this key signed bytes with this SHA-256. Only where the scheme hashes with SHA-256 can that be known.
    pub(super) fn signed_digest(&self, digest: &Digest, signature: &[u8]) -> bool {
        let Ok(hash) = HEXLOWER.decode(digest.hex().as_bytes()) else {
            return false;
        };
        let signature = SignatureBytes::new(signature.to_vec());
        self.kind
            .schemes()
            .iter()
            .any(|scheme| verify_signature_prehashed(&self.der, &hash, &signature, *scheme).is_ok())
    }

    /// The key as the verifier of bundles takes it.
    pub(super) fn der(&self) -> &DerPublicKey {
        &self.der
    }
}
