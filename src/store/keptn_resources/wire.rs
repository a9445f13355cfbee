//! The resource service's answers, decoded.
//!
//! Nothing is guessed: an answer that is not of this form is an error that says what is wrong with it.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::super::{CommitId, StoreError};

/// One resource.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) bytes: Vec<u8>,
    pub(super) version: Option<CommitId>,
}

/// One page of a listing.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    /// Key of the next page, if there is one.
    pub(super) next: Option<String>,
}

/// One entry of a listing: the path as the server writes it, and the version it names.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) uri: String,
    pub(super) version: Option<CommitId>,
}

#[derive(Deserialize)]
struct ResourceBody<'a> {
    #[serde(borrow, rename = "resourceURI")]
    uri: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "resourceContent")]
    content: Option<Cow<'a, str>>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct PageBody {
    resources: Option<Vec<ItemBody>>,
    #[serde(rename = "nextPageKey", default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct ItemBody {
    #[serde(rename = "resourceURI")]
    uri: String,
    metadata: Option<Metadata>,
}

impl Resource {
    /// Decodes the answer to a single GET.
    pub(super) fn decode(body: &[u8], what: &str) -> Result<Self, StoreError> {
        let malformed = |reason: String| StoreError::Malformed {
            what: what.to_owned(),
            reason,
        };
        let body: ResourceBody<'_> =
            serde_json::from_slice(body).map_err(|error| malformed(format!("it is no resource: {error}")))?;
        let content = match (&body.content, &body.uri) {
            (Some(content), _) => content.as_ref(),
            // An encoder that leaves out what is empty leaves this of an empty file.
            (None, Some(_)) => "",
            (None, None) => {
                return Err(malformed(
                    "it has neither `resourceContent` nor `resourceURI`".to_owned(),
                ));
            }
        };
        let bytes = STANDARD
            .decode(content)
            .map_err(|error| malformed(format!("`resourceContent` is no base64: {error}")))?;
        Ok(Self {
            bytes,
            version: version(body.metadata).map_err(malformed)?,
        })
    }
}

impl Page {
    /// Decodes one page of a listing.
    pub(super) fn decode(body: &[u8], what: &str) -> Result<Self, StoreError> {
        let malformed = |reason: String| StoreError::Malformed {
            what: what.to_owned(),
            reason,
        };
        let body: PageBody =
            serde_json::from_slice(body).map_err(|error| malformed(format!("it is no listing: {error}")))?;
        let mut items = Vec::new();
        for item in body
            .resources
            .ok_or_else(|| malformed("it has no `resources`".to_owned()))?
        {
            items.push(Item {
                uri: item.uri,
                version: version(item.metadata).map_err(malformed)?,
            });
        }
        let next = body.next.filter(|key| !key.is_empty() && key != "0");
        Ok(Self { items, next })
    }
}

/// The version of a metadata block; absent and empty both mean that none is named.
fn version(metadata: Option<Metadata>) -> Result<Option<CommitId>, String> {
    match metadata {
        Some(metadata) => CommitId::parse(&metadata.version).map_err(|_| "its version is no commit id".to_owned()),
        None => Ok(None),
    }
}
