//! Whose signature a log entry is of. An entry proves nothing about a signature unless its body names these very bytes,
//! this very signature and this very key: a log signs whatever anybody submits.
//!
//! The library that verifies bundles compares bodies too; this is the second lock, and the only one that legacy entries
//! have ever had elsewhere.

use data_encoding::{BASE64, HEXLOWER};
use serde::de::DeserializeOwned;
use sigstore::types::{DerCertificate, DerPublicKey, KindVersion, TransparencyLogEntry};

use super::fault::Fault;
use super::json;
use super::log_shapes::{Body, Dsse, Hash, HashedRekord, Second};
use super::material::{Content, Material};
use super::refusal::Code;
use crate::image::Digest;

/// Who signed, as a body has to name it.
#[derive(Clone, Copy)]
pub(super) enum Verifier<'m> {
    Certificate(&'m DerCertificate),
    Key(&'m DerPublicKey),
}

/// What a body names: a hash of the signed bytes, a signature, and DER of a certificate or key.
struct Named {
    hash: Vec<u8>,
    signature: Vec<u8>,
    verifier: Vec<u8>,
}

/// Whether this entry is of this signature, by this signer.
pub(super) fn binds(entry: &TransparencyLogEntry, material: &Material, verifier: Verifier<'_>) -> Result<(), Fault> {
    let named = named(entry, material, verifier)?;
    let hashed = match (&material.content, entry.kind_version) {
        // The kinds for envelopes hash the payload, the kinds for bytes hash what was signed.
        (Content::Envelope { payload, .. }, KindVersion::DsseV001) => Digest::of_bytes(payload),
        (content, _) => content.digest(),
    };
    let signer = match verifier {
        Verifier::Certificate(certificate) => certificate.as_bytes(),
        Verifier::Key(key) => key.as_bytes(),
    };
    for (what, same) in [
        ("of other bytes", HEXLOWER.encode(&named.hash) == hashed.hex()),
        ("of another signature", named.signature == material.signature),
        ("by another key or certificate", named.verifier == signer),
    ] {
        if !same {
            let message = format!("the log entry is {what} than this signature's");
            return Err(Fault::new(Code::LogEntryOfAnotherSignature, message));
        }
    }
    Ok(())
}

fn named(entry: &TransparencyLogEntry, material: &Material, verifier: Verifier<'_>) -> Result<Named, Fault> {
    let bytes = entry.canonicalized_body.as_bytes();
    match (&material.content, entry.kind_version) {
        (Content::Message(_) | Content::Digest(_), KindVersion::HashedRekordV001) => {
            let body: HashedRekord = spec(bytes)?;
            Ok(Named {
                hash: hexadecimal(&body.data.hash)?,
                signature: base64(&body.signature.content)?,
                verifier: pem(&body.signature.public_key.content, verifier)?,
            })
        }
        (Content::Envelope { .. }, KindVersion::DsseV001) => {
            let body: Dsse = spec(bytes)?;
            let [signature] = body.signatures.as_slice() else {
                return Err(unreadable("names another number of signatures than one"));
            };
            Ok(Named {
                hash: hexadecimal(&body.payload_hash)?,
                signature: base64(&signature.signature)?,
                verifier: pem(&signature.verifier, verifier)?,
            })
        }
        (_, KindVersion::HashedRekordV002) => {
            let body = spec::<Second>(bytes)?.hashed_rekord_v002;
            if body.data.algorithm != "SHA2_256" {
                return Err(unreadable("hashes with another algorithm than SHA-256"));
            }
            let by = body.signature.verifier;
            let raw = match (verifier, by.x509_certificate, by.public_key) {
                (Verifier::Certificate(_), Some(raw), None) | (Verifier::Key(_), None, Some(raw)) => raw,
                _ => return Err(unreadable("names a key where a certificate signed, or the reverse")),
            };
            Ok(Named {
                hash: base64(&body.data.value)?,
                signature: base64(&body.signature.content)?,
                verifier: base64(&raw.raw_bytes)?,
            })
        }
        (_, kind) => Err(unreadable(&format!(
            "is of kind `{}` {}; accepted are `hashedrekord` for bytes, `dsse` 0.0.1 and `hashedrekord` 0.0.2 for envelopes",
            kind.kind(),
            kind.version()
        ))),
    }
}

fn spec<S: DeserializeOwned>(bytes: &[u8]) -> Result<S, Fault> {
    let read: Result<Body<S>, _> = json::read(bytes);
    read.map(|body| body.spec)
        .map_err(|error| unreadable(&format!("cannot be read: {error}")))
}

fn hexadecimal(hash: &Hash) -> Result<Vec<u8>, Fault> {
    if hash.algorithm != "sha256" {
        return Err(unreadable("hashes with another algorithm than SHA-256"));
    }
    let decoded = HEXLOWER.decode(hash.value.as_bytes());
    decoded.map_err(|_| unreadable("names a hash that is not hexadecimal"))
}

fn base64(text: &str) -> Result<Vec<u8>, Fault> {
    let decoded = BASE64.decode(text.as_bytes());
    decoded.map_err(|_| unreadable("holds something that is not base64"))
}

/// DER of the PEM text that a body carries in base64.
fn pem(text: &str, verifier: Verifier<'_>) -> Result<Vec<u8>, Fault> {
    let text = String::from_utf8(base64(text)?).map_err(|_| unreadable("names a signer that is not PEM"))?;
    let other = || {
        Fault::new(
            Code::LogEntryOfAnotherSignature,
            "the log entry names a key where a certificate signed, or the reverse",
        )
    };
    match verifier {
        Verifier::Certificate(_) => Ok(DerCertificate::from_pem(&text).map_err(|_| other())?.into_bytes()),
        Verifier::Key(_) => Ok(DerPublicKey::from_pem(&text).map_err(|_| other())?.into_bytes()),
    }
}

fn unreadable(why: &str) -> Fault {
    Fault::new(
        Code::LogEntryNotProven,
        format!("the log entry {}", super::fault::shown(why)),
    )
}
