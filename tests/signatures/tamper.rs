//! What a registry, or who writes to it, can change about a signature.

use data_encoding::BASE64;
use serde_json::Value;

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const LOG_ENTRY: &str = "dev.sigstore.cosign/bundle";

/// One layer of a `.sig` or `.att` manifest.
pub(crate) struct LegacyLayer {
    pub(crate) payload: Vec<u8>,
    pub(crate) annotations: Value,
    /// The digest of the image it was found at.
    pub(crate) image: String,
    pub(crate) manifest: Value,
    /// The manifest's config, which a registry wants to have in the same repository.
    pub(crate) config: Vec<u8>,
}

pub(crate) fn blank_at_the_end(layer: &mut LegacyLayer) {
    layer.payload.push(b' ');
}

/// The digest in the payload becomes the one of the image the layer lies at.
pub(crate) fn this_digest(layer: &mut LegacyLayer) {
    let mut payload: Value = serde_json::from_slice(&layer.payload).unwrap();
    payload["critical"]["image"]["docker-manifest-digest"] = layer.image.clone().into();
    layer.payload = payload.to_string().into_bytes();
}

/// One byte of the signature is another.
pub(crate) fn other_signature(layer: &mut LegacyLayer) {
    layer.annotations[SIGNATURE] = flipped(&layer.annotations[SIGNATURE]);
}

pub(crate) fn no_signature(layer: &mut LegacyLayer) {
    layer.annotations.as_object_mut().unwrap().remove(SIGNATURE);
}

pub(crate) fn their_log_entry(layer: &mut LegacyLayer, other: &LegacyLayer) {
    assert!(other.annotations[LOG_ENTRY].is_string());
    layer.annotations[LOG_ENTRY] = other.annotations[LOG_ENTRY].clone();
}

/// The statement in an attestation's envelope gets a blank more.
pub(crate) fn other_legacy_statement(layer: &mut LegacyLayer) {
    let mut envelope: Value = serde_json::from_slice(&layer.payload).unwrap();
    envelope["payload"] = longer(&envelope["payload"]);
    layer.payload = envelope.to_string().into_bytes();
}

pub(crate) fn other_statement(bundle: &mut Value) {
    bundle["dsseEnvelope"]["payload"] = longer(&bundle["dsseEnvelope"]["payload"]);
}

pub(crate) fn other_envelope_signature(bundle: &mut Value) {
    let signature = &mut bundle["dsseEnvelope"]["signatures"][0]["sig"];
    *signature = flipped(signature);
}

pub(crate) fn older(bundle: &mut Value) {
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1".into();
}

pub(crate) fn no_proof(bundle: &mut Value) {
    for entry in bundle["verificationMaterial"]["tlogEntries"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().remove("inclusionProof").unwrap();
    }
}

pub(crate) fn their_log_entries(bundle: &mut Value, other: &Value) {
    take(bundle, other, "tlogEntries");
}

pub(crate) fn their_timestamps(bundle: &mut Value, other: &Value) {
    take(bundle, other, "timestampVerificationData");
}

pub(crate) fn their_certificate(bundle: &mut Value, other: &Value) {
    take(bundle, other, "certificate");
}

pub(crate) fn other_message_signature(bundle: &mut Value) {
    let signature = &mut bundle["messageSignature"]["signature"];
    *signature = flipped(signature);
}

pub(crate) fn other_message_digest(bundle: &mut Value) {
    let digest = &mut bundle["messageSignature"]["messageDigest"]["digest"];
    *digest = flipped(digest);
}

pub(crate) fn no_certificate(bundle: &mut Value) {
    let material = bundle["verificationMaterial"].as_object_mut().unwrap();
    material.remove("certificate").unwrap();
}

fn take(bundle: &mut Value, other: &Value, name: &str) {
    let theirs = other["verificationMaterial"][name].clone();
    assert!(
        !theirs.is_null() && theirs != bundle["verificationMaterial"][name],
        "{name}"
    );
    bundle["verificationMaterial"][name] = theirs;
}

fn flipped(text: &Value) -> Value {
    let mut bytes = BASE64.decode(text.as_str().unwrap().as_bytes()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    BASE64.encode(&bytes).into()
}

fn longer(text: &Value) -> Value {
    let mut bytes = BASE64.decode(text.as_str().unwrap().as_bytes()).unwrap();
    bytes.push(b' ');
    BASE64.encode(&bytes).into()
}
