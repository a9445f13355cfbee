//! A public key infrastructure for tests, made new in every process: certificate authority, certificate log, transparency
//! log (Rekor v1 and v2), timestamp authority, and the signatures, bundles and layers that cosign would write with them.
//! Included by path from unit tests and from integration tests; it knows nothing of the product.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::string_slice,
    reason = "test support: every test uses a part of it, and fails by panicking"
)]

mod certificates;
mod der;
mod log;
mod parts;
mod timestamp;

pub use certificates::{Faults, Leaf, Person, Proof as CertificateProof, Subject};
pub use log::{Entry, Kind, from_body};
pub use parts::{Content, Parts, Signer, simple_signing, statement};

use data_encoding::BASE64;
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// When everything was signed, unless a test says otherwise: 2024-06-01T12:00:00Z.
pub const SIGNED: i64 = 1_717_243_200;
/// How long a leaf is valid for, before and after.
pub const MINUTES: i64 = 600;

/// A signing key.
pub struct Key(pub KeyPair);

impl Key {
    pub fn p256() -> Self {
        Self(KeyPair::generate().unwrap())
    }

    pub fn of(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        Self(KeyPair::generate_for(algorithm).unwrap())
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).unwrap()
    }

    pub fn spki(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki())
    }

    /// A log's id: the hash of its key.
    pub fn id(&self) -> Vec<u8> {
        Sha256::digest(self.spki()).to_vec()
    }
}

/// All authorities together.
pub struct Pki {
    pub authority: certificates::Authority,
    pub certificate_log: Key,
    pub log: Key,
    pub timestamps: timestamp::Authority,
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}

impl Pki {
    pub fn new() -> Self {
        Self {
            authority: certificates::Authority::new("fulcio", rcgen::ExtendedKeyUsagePurpose::CodeSigning),
            certificate_log: Key::p256(),
            log: Key::p256(),
            timestamps: timestamp::Authority::new("timestamps"),
        }
    }

    /// A leaf for this person, valid around [`SIGNED`], with a proof of the certificate log.
    pub fn leaf(&self, person: &Person) -> Leaf {
        self.faulty_leaf(person, &Faults::default())
    }

    pub fn faulty_leaf(&self, person: &Person, faults: &Faults) -> Leaf {
        certificates::leaf(&self.authority, &self.certificate_log, person, faults)
    }

    /// `trusted_root.json` with everything in it.
    pub fn trusted_root(&self) -> String {
        self.trusted_root_value().to_string()
    }

    pub fn trusted_root_value(&self) -> Value {
        let period = json!({ "start": "2020-01-01T00:00:00Z" });
        let log = |name: &str, key: &Key| {
            json!({
                "baseUrl": format!("https://{name}.test"),
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": BASE64.encode(&key.spki()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": period,
                },
                "logId": { "keyId": BASE64.encode(&key.id()) },
            })
        };
        let chain = |name: &str, certificates: &[Vec<u8>]| {
            let list: Vec<Value> = certificates
                .iter()
                .map(|der| json!({ "rawBytes": BASE64.encode(der) }))
                .collect();
            json!({
                "subject": { "organization": "test", "commonName": name },
                "uri": format!("https://{name}.test"),
                "certChain": { "certificates": list },
                "validFor": period,
            })
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("rekor", &self.log)],
            "certificateAuthorities": [chain("fulcio", &self.authority.chain())],
            "ctlogs": [log("ct", &self.certificate_log)],
            "timestampAuthorities": [chain("timestamps", &self.timestamps.chain())],
        })
    }

    /// A signature by this key.
    pub fn by_key(&self, key: &Key, content: Content) -> Parts {
        Parts::signed(content, Signer::Key { spki: key.spki() }, key)
    }

    /// A signature by this person, with a certificate of its own.
    pub fn by_person(&self, person: &Person, content: Content) -> Parts {
        self.by_leaf(self.leaf(person), content)
    }

    pub fn by_leaf(&self, leaf: Leaf, content: Content) -> Parts {
        let chain = [vec![leaf.der], self.authority.chain()].concat();
        Parts::signed(content, Signer::Certificate { chain }, &leaf.key)
    }

    /// The same with an entry in the log.
    pub fn logged(&self, parts: Parts, kind: Kind) -> Parts {
        self.logged_at(parts, kind, SIGNED)
    }

    pub fn logged_at(&self, mut parts: Parts, kind: Kind, second: i64) -> Parts {
        parts.entries = vec![log::entry(&self.log, &parts, kind, second)];
        parts
    }

    /// The same with a timestamp over the signature.
    pub fn stamped(&self, parts: Parts) -> Parts {
        self.stamped_at(parts, SIGNED)
    }

    pub fn stamped_at(&self, mut parts: Parts, second: i64) -> Parts {
        parts.timestamps = vec![self.timestamps.stamp(&parts.signature, second)];
        parts
    }
}

/// A PEM block.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A SubjectPublicKeyInfo of an RSA key with 1024 bits.
pub fn small_rsa() -> Vec<u8> {
    let key = der::sequence(&[
        der::tlv(0x02, &[vec![0], vec![0xc5; 128]].concat()),
        der::tlv(0x02, &[1, 0, 1]),
    ]);
    let algorithm = der::sequence(&[der::oid(&[1, 2, 840, 113549, 1, 1, 1]), der::tlv(0x05, &[])]);
    der::sequence(&[algorithm, der::tlv(0x03, &[vec![0], key].concat())])
}
