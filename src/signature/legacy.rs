//! The legacy formats: layers of `.sig` (simple signing payloads) and `.att` (DSSE envelopes).

use data_encoding::BASE64;
use serde::Deserialize;

use super::annotations;
use super::evidence::Layer;
use super::fault::Fault;
use super::json;
use super::limits::{MAX_ATTESTATION_BYTES, MAX_BUNDLE_BYTES};
use super::material::{Content, Material, Timestamped};
use super::payload;
use super::refusal::Code;
use super::signed::{About, Format, Subject};
use super::statement;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    #[serde(rename = "keyid", default)]
    _key_id: Option<String>,
    sig: String,
}

/// A layer of a `.sig` manifest.
pub(super) fn signature(layer: &Layer, subject: &Subject) -> Result<Material, Fault> {
    let bytes = bounded(layer, MAX_BUNDLE_BYTES)?;
    let reference = payload::read(bytes, subject)?;
    Material {
        format: Format::Legacy,
        content: Content::Message(bytes.to_vec()),
        signature: annotations::signature(layer)?,
        chain: annotations::certificates(layer)?,
        entries: annotations::entries(layer)?,
        timestamps: annotations::timestamps(layer)?,
        timestamped: Timestamped::Signature,
        reference,
        attestation: None,
    }
    .within_limits()
}

/// A layer of an `.att` manifest. Its predicate-type annotation is nobody's word and is not read.
pub(super) fn attestation(layer: &Layer, subject: &Subject, about: &About) -> Result<Material, Fault> {
    let bytes = bounded(layer, MAX_ATTESTATION_BYTES)?;
    let envelope: Envelope = json::read(bytes).map_err(|error| {
        Fault::of(
            error.code(Code::EvidenceMalformed),
            "the layer is not a DSSE envelope",
            &error,
        )
    })?;
    let [signature] = envelope.signatures.as_slice() else {
        let message = format!(
            "the envelope has {} signatures; exactly one is accepted",
            envelope.signatures.len()
        );
        return Err(Fault::new(Code::SignatureCount, message));
    };
    let decoded = |text: &str| {
        let message = "the envelope holds something that is not base64";
        let decoded = BASE64.decode(text.as_bytes());
        decoded.map_err(|_| Fault::new(Code::EvidenceMalformed, message))
    };
    let payload = decoded(&envelope.payload)?;
    let timestamps = annotations::timestamps(layer)?;
    let attestation = statement::read(&envelope.payload_type, &payload, subject, about)?;
    Material {
        format: Format::Legacy,
        content: Content::Envelope {
            payload_type: envelope.payload_type,
            payload,
        },
        signature: decoded(&signature.sig)?,
        chain: annotations::certificates(layer)?,
        entries: annotations::entries(layer)?,
        timestamped: Timestamped::Bytes(if timestamps.is_empty() {
            Vec::new()
        } else {
            bytes.to_vec()
        }),
        timestamps,
        reference: None,
        attestation,
    }
    .within_limits()
}

fn bounded(layer: &Layer, limit: usize) -> Result<&[u8], Fault> {
    let found = layer.payload.0.len();
    if found > limit {
        let message = format!("the layer has {found} bytes, at most {limit} are read");
        return Err(Fault::new(Code::EvidenceTooLarge, message));
    }
    Ok(&layer.payload.0)
}
