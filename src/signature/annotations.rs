//! The annotations of a legacy layer, where cosign 1 and 2 keep signature, certificate, chain, log entry and timestamp.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use serde::Deserialize;
use sigstore::types::{
    CanonicalizedBody, DerCertificate, InclusionPromise, KindVersion, LogId, LogIndex, LogKeyId, SignedTimestamp,
    TimestampToken, TransparencyLogEntry,
};

use super::evidence::Layer;
use super::fault::Fault;
use super::json;
use super::limits::{MAX_BUNDLE_BYTES, MAX_CHAIN};
use super::refusal::Code;

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const CHAIN: &str = "dev.sigstore.cosign/chain";
const ENTRY: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(rename = "SignedEntryTimestamp")]
    promise: String,
    #[serde(rename = "Payload")]
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Payload {
    body: String,
    integrated_time: i64,
    log_index: u64,
    #[serde(rename = "logID")]
    log_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rfc3161 {
    #[serde(rename = "SignedRFC3161Timestamp")]
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyKind {
    kind: String,
    api_version: String,
}

/// An annotation's text, where it is there and not empty.
fn text<'l>(layer: &'l Layer, key: &'static str) -> Result<Option<&'l str>, Fault> {
    match layer.annotations.get(key).filter(|text| !text.is_empty()) {
        Some(text) if text.len() > MAX_BUNDLE_BYTES => {
            let message = format!(
                "the annotation `{key}` has {} bytes, at most {MAX_BUNDLE_BYTES} are read",
                text.len()
            );
            Err(Fault::new(Code::EvidenceTooLarge, message))
        }
        found => Ok(found.map(String::as_str)),
    }
}

/// The signature over the layer's bytes.
pub(super) fn signature(layer: &Layer) -> Result<Vec<u8>, Fault> {
    let Some(text) = text(layer, SIGNATURE)? else {
        let message = format!("the layer has no annotation `{SIGNATURE}`");
        return Err(Fault::new(Code::SignatureMissing, message));
    };
    base64(text, SIGNATURE)
}

/// Leaf and chain. Empty where there is no certificate.
pub(super) fn certificates(layer: &Layer) -> Result<Vec<DerCertificate>, Fault> {
    let leaf = text(layer, CERTIFICATE)?
        .map(|pem| pem_blocks(pem, CERTIFICATE))
        .transpose()?;
    let chain = text(layer, CHAIN)?.map(|pem| pem_blocks(pem, CHAIN)).transpose()?;
    match (leaf, chain) {
        (None, None) => Ok(Vec::new()),
        (None, Some(_)) => Err(malformed(CHAIN, "stands there without a certificate")),
        (Some(mut leaf), chain) => {
            if leaf.len() != 1 {
                return Err(malformed(CERTIFICATE, "holds another number of certificates than one"));
            }
            leaf.extend(chain.unwrap_or_default());
            Ok(leaf)
        }
    }
}

/// The log entry, as the log's signed entry timestamp covers it.
pub(super) fn entries(layer: &Layer) -> Result<Vec<TransparencyLogEntry>, Fault> {
    let Some(text) = text(layer, ENTRY)? else {
        return Ok(Vec::new());
    };
    let entry: Entry = json::read(text.as_bytes()).map_err(|error| malformed(ENTRY, &error.to_string()))?;
    let payload = entry.payload;
    let body = base64(&payload.body, ENTRY)?;
    let kind: BodyKind = json::read(&body).map_err(|error| malformed(ENTRY, &error.to_string()))?;
    let kind_version: KindVersion =
        serde_json::from_value(serde_json::json!({ "kind": kind.kind, "version": kind.api_version }))
            .map_err(|error| malformed(ENTRY, &error.to_string()))?;
    let log = HEXLOWER.decode(payload.log_id.as_bytes());
    let log = log.map_err(|_| {
        malformed(
            ENTRY,
            "names a log by something else than lower-case hexadecimal digits",
        )
    })?;
    let index = LogIndex::new(payload.log_index).map_err(|error| malformed(ENTRY, &error.to_string()))?;
    let time = Timestamp::from_second(payload.integrated_time).map_err(|error| malformed(ENTRY, &error.to_string()))?;
    let promise = InclusionPromise::new(SignedTimestamp::new(base64(&entry.promise, ENTRY)?));
    let log = LogId::new(LogKeyId::new(log));
    Ok(vec![
        TransparencyLogEntry::new(index, log, kind_version, CanonicalizedBody::new(body))
            .with_integrated_time(time)
            .with_inclusion_promise(promise),
    ])
}

/// The RFC 3161 timestamp.
pub(super) fn timestamps(layer: &Layer) -> Result<Vec<TimestampToken>, Fault> {
    let Some(text) = text(layer, TIMESTAMP)? else {
        return Ok(Vec::new());
    };
    let read: Rfc3161 = json::read(text.as_bytes()).map_err(|error| malformed(TIMESTAMP, &error.to_string()))?;
    Ok(vec![TimestampToken::new(base64(&read.token, TIMESTAMP)?)])
}

fn pem_blocks(text: &str, key: &'static str) -> Result<Vec<DerCertificate>, Fault> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let block = rest.strip_prefix(BEGIN).and_then(|inside| inside.split_once(END));
        let Some((inside, after)) = block else {
            return Err(malformed(key, "holds something else than PEM certificates"));
        };
        if found.len() >= MAX_CHAIN {
            let message = format!("the annotation `{key}` holds more than {MAX_CHAIN} certificates");
            return Err(Fault::new(Code::ChainTooLong, message));
        }
        let joined: String = inside.split_ascii_whitespace().collect();
        found.push(DerCertificate::new(base64(&joined, key)?));
        rest = after.trim_start();
    }
    Ok(found)
}

fn base64(text: &str, key: &'static str) -> Result<Vec<u8>, Fault> {
    let decoded = BASE64.decode(text.as_bytes());
    decoded.map_err(|_| malformed(key, "holds something that is not base64"))
}

fn malformed(key: &'static str, why: &str) -> Fault {
    let message = format!("the annotation `{key}` {}", super::fault::shown(why));
    Fault::new(Code::EvidenceMalformed, message)
}
