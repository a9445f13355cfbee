//! One signature in its parts, so that tests can take it apart, and its rendering as bundle and as legacy layer.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{Entry, Key, pem};

pub const IN_TOTO: &str = "application/vnd.in-toto+json";
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Message(Vec<u8>),
    Envelope { payload_type: String, payload: Vec<u8> },
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    Key { spki: Vec<u8> },
    Certificate { chain: Vec<Vec<u8>> },
}

/// A signature and everything beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub content: Content,
    pub signature: Vec<u8>,
    pub signer: Signer,
    pub entries: Vec<Entry>,
    pub timestamps: Vec<Vec<u8>>,
}

impl Content {
    /// The bytes under the signature.
    pub fn message(&self) -> Vec<u8> {
        match self {
            Self::Message(bytes) => bytes.clone(),
            Self::Envelope { payload_type, payload } => {
                let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
                out.extend(payload);
                out
            }
        }
    }

    pub fn envelope(payload: &Value) -> Self {
        Self::Envelope {
            payload_type: IN_TOTO.to_owned(),
            payload: payload.to_string().into_bytes(),
        }
    }
}

/// What cosign 1 and 2 sign for an image.
pub fn simple_signing(reference: &str, digest: &str) -> Content {
    let value = json!({
        "critical": {
            "identity": { "docker-reference": reference },
            "image": { "docker-manifest-digest": digest },
            "type": "cosign container image signature",
        },
        "optional": null,
    });
    Content::Message(value.to_string().into_bytes())
}

/// An in-toto statement about `sha256:<hex>`.
pub fn statement(digest: &str, predicate_type: &str, predicate: &Value) -> Content {
    let hex = digest.strip_prefix("sha256:").unwrap();
    Content::envelope(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": hex } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    }))
}

impl Parts {
    pub fn signed(content: Content, signer: Signer, key: &Key) -> Self {
        Self {
            signature: key.sign(&content.message()),
            content,
            signer,
            entries: Vec::new(),
            timestamps: Vec::new(),
        }
    }

    /// The DSSE envelope.
    pub fn envelope(&self) -> Value {
        let Content::Envelope { payload_type, payload } = &self.content else {
            panic!("only statements have envelopes")
        };
        json!({
            "payloadType": payload_type,
            "payload": BASE64.encode(payload),
            "signatures": [{ "sig": BASE64.encode(&self.signature) }],
        })
    }

    /// As cosign 3 writes it.
    pub fn bundle(&self) -> Value {
        let signer = match &self.signer {
            Signer::Key { .. } => ("publicKey", json!({ "hint": "a key" })),
            Signer::Certificate { chain } => ("certificate", json!({ "rawBytes": BASE64.encode(&chain[0]) })),
        };
        let entries: Vec<Value> = self.entries.iter().map(Entry::json).collect();
        let stamps: Vec<Value> = self
            .timestamps
            .iter()
            .map(|token| json!({ "signedTimestamp": BASE64.encode(token) }))
            .collect();
        json!({
            "mediaType": BUNDLE,
            "verificationMaterial": {
                signer.0: signer.1,
                "tlogEntries": entries,
                "timestampVerificationData": { "rfc3161Timestamps": stamps },
            },
            "dsseEnvelope": self.envelope(),
        })
    }

    /// As cosign 1 and 2 write it: a layer's bytes and annotations.
    pub fn layer(&self) -> (Vec<u8>, BTreeMap<String, String>) {
        let mut annotations = BTreeMap::new();
        let bytes = match &self.content {
            Content::Message(bytes) => {
                annotations.insert(
                    "dev.cosignproject.cosign/signature".to_owned(),
                    BASE64.encode(&self.signature),
                );
                bytes.clone()
            }
            Content::Envelope { .. } => {
                annotations.insert("dev.cosignproject.cosign/signature".to_owned(), String::new());
                self.envelope().to_string().into_bytes()
            }
        };
        if let Signer::Certificate { chain } = &self.signer {
            let blocks: Vec<String> = chain.iter().map(|der| pem("CERTIFICATE", der)).collect();
            annotations.insert("dev.sigstore.cosign/certificate".to_owned(), blocks[0].clone());
            annotations.insert("dev.sigstore.cosign/chain".to_owned(), blocks[1..].concat());
        }
        if let Some(entry) = self.entries.first() {
            annotations.insert("dev.sigstore.cosign/bundle".to_owned(), entry.annotation());
        }
        if let Some(token) = self.timestamps.first() {
            let value = json!({ "SignedRFC3161Timestamp": BASE64.encode(token) });
            annotations.insert("dev.sigstore.cosign/rfc3161timestamp".to_owned(), value.to_string());
        }
        (bytes, annotations)
    }
}
