//! Large inputs of runs, beside the records: ConfigMaps named by the hash of what they hold, made once for many runs.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::api::{ApiError, Objects};
use super::RecordError;
use crate::manifest::names;

/// Largest content, in bytes: what a ConfigMap holds, less its own metadata.
const MAX_BYTES: usize = 1_000_000;
/// Key of the text in its ConfigMap.
const KEY: &str = "content";

/// Name of a content.
pub(super) fn name(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hash: String = data_encoding::BASE32_NOPAD
        .encode(&digest)
        .to_ascii_lowercase()
        .chars()
        .take(26)
        .collect();
    format!("content-{hash}")
}

/// Stores a text and returns its name; a text that is there already costs one request.
pub(super) async fn store(objects: &Objects, text: &str) -> Result<String, RecordError> {
    if text.len() > MAX_BYTES {
        return Err(RecordError::TooLarge {
            bytes: text.len(),
            limit: MAX_BYTES,
        });
    }
    let name = name(text);
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "immutable": true,
        "metadata": { "name": name, "labels": { names::CONTENT: "run" } },
        "data": { KEY: text },
    });
    match objects.create(&object).await {
        Ok(_) => Ok(name),
        // Whoever made it: a content is believed for what it hashes to, when it is read.
        Err(ApiError::Exists(_)) => Ok(name),
        Err(error) => Err(error.into()),
    }
}

/// Reads a text back; one that was changed is no content any more.
pub(super) async fn read(objects: &Objects, wanted: &str) -> Result<String, RecordError> {
    let object = objects.get(wanted).await?;
    let text = object
        .pointer(&format!("/data/{KEY}"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    if name(text) == wanted {
        Ok(text.to_owned())
    } else {
        Err(RecordError::Changed(wanted.to_owned()))
    }
}
