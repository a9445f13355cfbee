//! What a registry holds about one digest, as the bytes it sent. Nothing in here is believed yet.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::refusal::Refusal;
use crate::image::Digest;

/// All signatures and attestations that a registry shows for one digest. Serialisable, so that `job-lint` can verify
/// the same bytes again without a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evidence {
    /// Layers of the `sha256-<hex>.sig` manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<Layer>,
    /// Layers of the `sha256-<hex>.att` manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Layer>,
    /// Sigstore bundles of the digest's referrers (signatures and attestations alike).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<BundleFile>,
    /// What the registry lists and could not be taken as evidence: it is about something else, or not what it is called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
}

/// One layer of a `.sig` or `.att` manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layer {
    /// The manifest that lists the layer.
    pub manifest: Digest,
    /// The layer's bytes; whoever fetched them has compared them with the layer's digest.
    pub payload: Blob,
    /// The layer's annotations, where signature, certificate, chain and log entry stand.
    pub annotations: BTreeMap<String, String>,
}

/// One Sigstore bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleFile {
    /// The manifest that lists the bundle as its layer.
    pub manifest: Digest,
    /// The JSON document.
    pub json: Blob,
}

/// Bytes; base64 in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes());
        Ok(Self(bytes.map_err(|_| {
            serde::de::Error::custom("bytes are not base64; write the standard alphabet with padding")
        })?))
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}
