//! Signatures made by a public key infrastructure of the tests, right and wrong in every part.

#[path = "../../../tests/support/pki/mod.rs"]
mod pki;

mod accepted;
mod attestations;
mod conformance;
mod forged_certificates;
mod forged_log;
mod forged_shapes;
mod identities;
mod keys;
mod limits;
mod mutated;
mod spliced;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::image::Digest;
use crate::policy::{
    Authority, AuthorityKey, CertificateLog, Keyless, PolicySpan, Signers, TextMatcher, Timestamps, TransparencyLog,
};
use crate::yaml::Span;
use pki::{Content, Key, Kind, Parts, Person, Pki, SIGNED, simple_signing, statement};

const WORKFLOW: &str = "https://github.test/acme/app/.github/workflows/release.yml@refs/tags/v1";
const IMAGE_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";

/// Everything a test needs, made once.
struct World {
    pki: Pki,
    key: Key,
    subject: Subject,
}

impl World {
    fn new() -> Self {
        Self {
            pki: Pki::new(),
            key: Key::p256(),
            subject: subject(b"an image"),
        }
    }

    fn digest(&self) -> String {
        self.subject.digest.to_string()
    }

    fn person(&self) -> Person {
        Person::workload(WORKFLOW).with(12, "https://github.test/acme/app")
    }

    fn payload(&self) -> Content {
        simple_signing("registry.test/acme/app", &self.digest())
    }

    fn image_statement(&self) -> Content {
        statement(&self.digest(), IMAGE_PREDICATE, &json!({}))
    }

    fn trust(&self) -> Arc<TrustRoot> {
        Arc::new(TrustRoot::parse(&self.pki.trusted_root()).unwrap())
    }

    /// Names the key, asks no log, has no roots.
    fn by_key(&self) -> Authority {
        authority(Signers::Keys(vec![listed(&self.key)]))
    }

    fn by_logged_key(&self) -> Authority {
        Authority {
            trust: Some(self.trust()),
            transparency_log: TransparencyLog::Required,
            ..self.by_key()
        }
    }

    /// Names the workflow, asks for log and certificate log.
    fn by_person(&self) -> Authority {
        Authority {
            trust: Some(self.trust()),
            transparency_log: TransparencyLog::Required,
            ..authority(Signers::Keyless(Box::new(Keyless {
                issuer: TextMatcher::exact("https://token.actions.test").unwrap(),
                subject: TextMatcher::exact(WORKFLOW).unwrap(),
                extensions: BTreeMap::new(),
            })))
        }
    }

    fn verify(&self, evidence: &Evidence, authority: &Authority) -> Signed {
        verify(evidence, &self.subject, authority, &About::Image, later())
    }
}

fn subject(bytes: &[u8]) -> Subject {
    Subject {
        name: "registry.test/acme/app".to_owned(),
        digest: Digest::of_bytes(bytes),
    }
}

fn later() -> Timestamp {
    at(SIGNED + 3600)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn authority(signers: Signers) -> Authority {
    Authority {
        name: "acme".to_owned(),
        origin: PolicySpan {
            file: "authorities.yaml".to_owned(),
            span: Span::default(),
        },
        signers,
        formats: vec![Format::Legacy, Format::Bundle],
        trust: None,
        transparency_log: TransparencyLog::Ignored,
        timestamps: Timestamps::Accepted,
        certificate_log: CertificateLog::Required,
        hash: Digest::of_bytes(b"unread"),
    }
}

fn listed(key: &Key) -> AuthorityKey {
    AuthorityKey {
        key: PublicKey::from_pem(&key.pem()).unwrap(),
        not_before: None,
        not_after: None,
    }
}

/// A `.sig` manifest with these layers.
fn signatures(parts: &[Parts]) -> Evidence {
    Evidence {
        signatures: parts.iter().map(layer).collect(),
        ..Evidence::default()
    }
}

/// An `.att` manifest with these layers.
fn attestations(parts: &[Parts]) -> Evidence {
    Evidence {
        attestations: parts.iter().map(layer).collect(),
        ..Evidence::default()
    }
}

fn layer(parts: &Parts) -> Layer {
    let (payload, annotations) = parts.layer();
    Layer {
        manifest: Digest::of_bytes(b"a manifest"),
        payload: payload.into(),
        annotations,
    }
}

fn bundles(parts: &[Parts]) -> Evidence {
    raw_bundles(&parts.iter().map(Parts::bundle).collect::<Vec<_>>())
}

fn raw_bundles(values: &[Value]) -> Evidence {
    let bundle = |value: &Value| BundleFile {
        manifest: Digest::of_bytes(b"a manifest"),
        json: value.to_string().into_bytes().into(),
    };
    Evidence {
        bundles: values.iter().map(bundle).collect(),
        ..Evidence::default()
    }
}

/// The one proof.
#[track_caller]
fn proven(signed: &Signed) -> &Proof {
    assert!(signed.refused.is_empty(), "{:#?}", signed.refused);
    assert_eq!(signed.proofs.len(), 1);
    signed.proofs.first().unwrap()
}

/// The one refusal.
#[track_caller]
fn refused(name: &str, signed: &Signed, code: Code) {
    assert!(signed.proofs.is_empty(), "{name} is accepted");
    let codes: Vec<Code> = signed.refused.iter().map(|refusal| refusal.code).collect();
    assert_eq!(codes, [code], "{name}: {:#?}", signed.refused);
}

/// The value with one place changed.
fn with<'v>(mut value: Value, pointer: &str, change: impl FnOnce(&mut Value) + 'v) -> Value {
    change(value.pointer_mut(pointer).unwrap());
    value
}
