//! A transparency log: Rekor v1 with promise, proof and checkpoint, Rekor v2 with proof and checkpoint.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Content, Key, Parts, Signer, pem};

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `hashedrekord` 0.0.1: bytes, Rekor v1.
    HashedRekord,
    /// `dsse` 0.0.1: envelopes, Rekor v1.
    Dsse,
    /// `hashedrekord` 0.0.2: Rekor v2.
    Second,
}

/// An entry with all its proofs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    pub body: Vec<u8>,
    pub integrated: Option<i64>,
    pub index: u64,
    pub log: Vec<u8>,
    pub promise: Option<Vec<u8>>,
    pub proof: Option<Proof>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub index: u64,
    pub root: Vec<u8>,
    pub size: u64,
    pub hashes: Vec<Vec<u8>>,
    pub checkpoint: Option<String>,
}

/// Logs a signature as the second of two leaves.
pub fn entry(log: &Key, parts: &Parts, kind: Kind, second: i64) -> Entry {
    from_body(log, body(parts, kind), kind, second)
}

/// Logs any body.
pub fn from_body(log: &Key, body: Vec<u8>, kind: Kind, second: i64) -> Entry {
    let neighbour = Sha256::digest(b"a neighbour").to_vec();
    let leaf = Sha256::new().chain_update([0]).chain_update(&body).finalize();
    let root = Sha256::new()
        .chain_update([1])
        .chain_update(&neighbour)
        .chain_update(leaf)
        .finalize()
        .to_vec();
    let note = format!("rekor.test\n2\n{}\n", BASE64.encode(&root));
    let mut signature = log.id()[..4].to_vec();
    signature.extend(log.sign(note.as_bytes()));
    let checkpoint = format!("{note}\n\u{2014} rekor.test {}\n", BASE64.encode(&signature));
    let first = kind != Kind::Second;
    let index = if first { 1001 } else { 1 };
    let promised = json!({
        "body": BASE64.encode(&body),
        "integratedTime": second,
        "logID": HEXLOWER.encode(&log.id()),
        "logIndex": index,
    });
    Entry {
        kind,
        integrated: first.then_some(second),
        index,
        log: log.id(),
        // serde_json writes the keys in alphabetical order, as canonical JSON wants them.
        promise: first.then(|| log.sign(promised.to_string().as_bytes())),
        proof: Some(Proof {
            index: 1,
            root,
            size: 2,
            hashes: vec![neighbour],
            checkpoint: Some(checkpoint),
        }),
        body,
    }
}

/// What Rekor would log for this signature.
pub fn body(parts: &Parts, kind: Kind) -> Vec<u8> {
    let verifier = match &parts.signer {
        Signer::Key { spki } => pem("PUBLIC KEY", spki),
        Signer::Certificate { chain } => pem("CERTIFICATE", &chain[0]),
    };
    let verifier = BASE64.encode(verifier.as_bytes());
    let signature = BASE64.encode(&parts.signature);
    let value = match kind {
        Kind::HashedRekord => json!({
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": { "hash": { "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(parts.content.message())) } },
                "signature": { "content": signature, "publicKey": { "content": verifier } },
            },
        }),
        Kind::Dsse => {
            let Content::Envelope { payload, .. } = &parts.content else {
                panic!("dsse entries are of envelopes")
            };
            json!({
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": { "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(b"unread")) },
                    "payloadHash": { "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(payload)) },
                    "signatures": [{ "signature": signature, "verifier": verifier }],
                },
            })
        }
        Kind::Second => {
            let raw = match &parts.signer {
                Signer::Key { spki } => ("publicKey", BASE64.encode(spki)),
                Signer::Certificate { chain } => ("x509Certificate", BASE64.encode(&chain[0])),
            };
            let mut by = json!({ "keyDetails": "PKIX_ECDSA_P256_SHA_256" });
            by[raw.0] = json!({ "rawBytes": raw.1 });
            json!({
                "apiVersion": "0.0.2",
                "kind": "hashedrekord",
                "spec": { "hashedRekordV002": {
                    "data": { "algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(parts.content.message())) },
                    "signature": { "content": signature, "verifier": by },
                } },
            })
        }
    };
    value.to_string().into_bytes()
}

impl Kind {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::HashedRekord => ("hashedrekord", "0.0.1"),
            Self::Dsse => ("dsse", "0.0.1"),
            Self::Second => ("hashedrekord", "0.0.2"),
        }
    }
}

impl Entry {
    /// As bundles carry it.
    pub fn json(&self) -> Value {
        let (kind, version) = self.kind.names();
        let mut entry = json!({
            "logIndex": self.index.to_string(),
            "logId": { "keyId": BASE64.encode(&self.log) },
            "kindVersion": { "kind": kind, "version": version },
            "canonicalizedBody": BASE64.encode(&self.body),
        });
        if let Some(second) = self.integrated {
            entry["integratedTime"] = json!(second.to_string());
        }
        if let Some(promise) = &self.promise {
            entry["inclusionPromise"] = json!({ "signedEntryTimestamp": BASE64.encode(promise) });
        }
        if let Some(proof) = &self.proof {
            let hashes: Vec<String> = proof.hashes.iter().map(|hash| BASE64.encode(hash)).collect();
            entry["inclusionProof"] = json!({
                "logIndex": proof.index.to_string(),
                "rootHash": BASE64.encode(&proof.root),
                "treeSize": proof.size.to_string(),
                "hashes": hashes,
            });
            if let Some(checkpoint) = &proof.checkpoint {
                entry["inclusionProof"]["checkpoint"] = json!({ "envelope": checkpoint });
            }
        }
        entry
    }

    /// As the annotation of a legacy layer carries it.
    pub fn annotation(&self) -> String {
        json!({
            "SignedEntryTimestamp": BASE64.encode(self.promise.as_deref().unwrap_or_default()),
            "Payload": {
                "body": BASE64.encode(&self.body),
                "integratedTime": self.integrated.unwrap_or_default(),
                "logIndex": self.index,
                "logID": HEXLOWER.encode(&self.log),
            },
        })
        .to_string()
    }
}
