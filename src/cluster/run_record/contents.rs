//! Large inputs of runs, beside the records: ConfigMaps named by the hash of what they hold, made once for many runs.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::api::{ApiError, Objects};
use super::RecordError;
use crate::manifest::names;

/// Largest content, in bytes: what a ConfigMap holds, less its own metadata.
const MAX_BYTES: usize = 1_000_000;
/// Key of the text in its ConfigMap.
const KEY: &str = "content";

/// An input of runs, under the name that it gives itself. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    name: Arc<str>,
    text: Arc<str>,
}

impl Content {
    /// A text with its name. The empty text has the empty name, and is not stored.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let name = if text.is_empty() { String::new() } else { name(text) };
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name of the object that holds it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Name of a content.
fn name(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hash: String = data_encoding::BASE32_NOPAD
        .encode(&digest)
        .to_ascii_lowercase()
        .chars()
        .take(26)
        .collect();
    format!("content-{hash}")
}

/// Stores a content; one that is there already costs one request.
pub(super) async fn store(objects: &Objects, content: &Content) -> Result<(), RecordError> {
    let Content { name, text } = content;
    if text.len() > MAX_BYTES {
        return Err(RecordError::TooLarge {
            bytes: text.len(),
            limit: MAX_BYTES,
        });
    }
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "immutable": true,
        "metadata": { "name": &**name, "labels": { names::CONTENT: "run" } },
        "data": { KEY: &**text },
    });
    match objects.create(&object).await {
        // Whoever made it: a content is believed for what it hashes to, when it is read.
        Ok(_) | Err(ApiError::Exists(_)) => Ok(()),
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
