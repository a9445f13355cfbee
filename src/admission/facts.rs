//! What the gate asks, and what the rim answers. "Could not ask" is never "yes".

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::image::Digest;

/// A question of the gate. It is asked only where a policy already admits that it be asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Query {
    /// Which digest does this normalised reference name right now?
    ResolveImage {
        /// `host/repository:tag`.
        reference: String,
    },
    /// Which NetworkPolicies of others stand in this namespace?
    ForeignPolicies {
        /// The namespace.
        namespace: String,
    },
    /// What do these `files` entries stand for at the version of the config?
    Files {
        /// As planned: normalised, a folder ends in `/`.
        entries: Vec<String>,
    },
}

/// The identity whose pull secrets may be used: that of the pod that would run the image. Nobody learns about images
/// that their own pods could not pull.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PullAs {
    /// Namespace of the pod.
    pub namespace: String,
    /// Its service account.
    pub service_account: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fact<T> {
    /// It is so.
    Known(T),
    /// It is certainly not so: the image does not exist.
    Refuted(String),
    /// It could not be found out.
    Unavailable(String),
}

/// All answers so far. Kept with the run, so that it can be judged again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Facts {
    /// By normalised reference.
    #[serde(default)]
    pub images: BTreeMap<String, Fact<ResolvedImage>>,
    /// By namespace.
    #[serde(default)]
    pub foreign_policies: BTreeMap<String, Fact<Vec<ForeignPolicy>>>,
    /// By the list of entries, joined by line breaks (no entry can hold one).
    #[serde(default)]
    pub files: BTreeMap<String, Fact<Vec<FileFact>>>,
}

/// One file that a task gets; the init container receives exactly these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileFact {
    /// Path below `/keptn`, without a leading `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub digest: Digest,
}

/// What a registry answered for a tag; the digest is computed from the bytes that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResolvedImage {
    /// Digest of the manifest or index.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// The entries of an index, as it lists them; empty for a manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildImage>,
    /// What has to be known about how this was found out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// An entry of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ChildImage {
    /// An image.
    Image {
        /// Its digest.
        digest: Digest,
        /// `os/architecture[/variant]`, where the index states it.
        platform: Option<String>,
    },
    /// What somebody says about an image of the index; a manifest of no platform that nothing runs.
    Attestation {
        /// Its digest.
        digest: Digest,
    },
    /// An index in the index; it was not opened.
    Index {
        /// Its digest.
        digest: Digest,
    },
}

impl ResolvedImage {
    /// An image of one platform, found without anything to remark.
    #[must_use]
    pub fn plain(digest: Digest, media_type: &str) -> Self {
        Self {
            digest,
            media_type: media_type.to_owned(),
            children: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

/// A NetworkPolicy that is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForeignPolicy {
    /// Its name.
    pub name: String,
    /// Its `spec`, as stored.
    pub spec: serde_json::Value,
}

impl Facts {
    /// Records an answer to [`Query::ResolveImage`].
    pub fn image(&mut self, reference: &str, fact: Fact<ResolvedImage>) {
        self.images.insert(reference.to_owned(), fact);
    }

    /// Records an answer to [`Query::ForeignPolicies`].
    pub fn foreign(&mut self, namespace: &str, fact: Fact<Vec<ForeignPolicy>>) {
        self.foreign_policies.insert(namespace.to_owned(), fact);
    }

    /// Records an answer to [`Query::Files`].
    pub fn file_list(&mut self, entries: &[String], fact: Fact<Vec<FileFact>>) {
        self.files.insert(entries.join("\n"), fact);
    }

    /// What the entries of a task stand for.
    #[must_use]
    pub fn files_of(&self, entries: &[String]) -> Option<&Fact<Vec<FileFact>>> {
        self.files.get(&entries.join("\n"))
    }

    /// Without the answers that could not be found out, so that the gate asks for them again.
    #[must_use]
    pub fn without_unavailable(mut self) -> Self {
        self.images.retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self.foreign_policies
            .retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self.files.retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self
    }
}
