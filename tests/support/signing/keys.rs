//! Key pairs as cosign keeps them: made by cosign, or made here and imported.

use std::path::{Path, PathBuf};

use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, SigningKey as _};

use super::cosign::Cosign;

/// A key pair in a folder: `NAME.key`, encrypted with no password, and `NAME.pub`.
#[derive(Clone)]
pub(crate) struct KeyFiles {
    pub(crate) private: PathBuf,
    pub(crate) public: PathBuf,
}

/// Kinds of keys that cosign does not make but imports.
#[derive(Clone, Copy)]
pub(crate) enum Imported {
    EcdsaP384,
    Rsa,
}

impl KeyFiles {
    fn named(folder: &Path, name: &str) -> Self {
        Self {
            private: folder.join(format!("{name}.key")),
            public: folder.join(format!("{name}.pub")),
        }
    }

    /// ECDSA over P-256, as cosign makes it.
    pub(crate) fn made(cosign: &Cosign, folder: &Path, name: &str) -> Self {
        let prefix = folder.join(name);
        cosign
            .run(&["generate-key-pair", "--output-key-prefix", prefix.to_str().unwrap()])
            .unwrap();
        Self::named(folder, name)
    }

    /// A key of another kind, imported.
    pub(crate) fn imported(cosign: &Cosign, folder: &Path, name: &str, kind: Imported) -> Self {
        let pair = match kind {
            Imported::EcdsaP384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Imported::Rsa => KeyPair::generate_for(&PKCS_RSA_SHA256),
        };
        let pem = folder.join(format!("{name}.pem"));
        std::fs::write(&pem, pair.unwrap().serialize_pem()).unwrap();
        let (pem, prefix) = (pem.to_str().unwrap(), folder.join(name));
        cosign
            .run(&[
                "import-key-pair",
                "-y",
                "--key",
                pem,
                "--output-key-prefix",
                prefix.to_str().unwrap(),
            ])
            .unwrap();
        Self::named(folder, name)
    }
}

/// An Ed25519 key outside cosign, whose import signs in another way than its own `verify` reads.
pub(crate) struct Ed25519 {
    pair: KeyPair,
    pub(crate) public: PathBuf,
}

impl Ed25519 {
    /// Makes one, and writes its public half.
    pub(crate) fn new(folder: &Path) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let public = folder.join("ed25519.pub");
        std::fs::write(&public, pair.public_key_pem()).unwrap();
        Self { pair, public }
    }

    /// Signs plainly (RFC 8032, without prehash).
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).unwrap()
    }
}
