//! What the gate asks, and what the rim answers. "Could not ask" is never "yes".

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::image::Digest;
use crate::signature::{About, Signed, Subject};

mod entries;

/// A question of the gate. It is asked only where a policy already admits that it be asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Query {
    /// Which digest does this normalised reference name right now?
    ResolveImage {
        /// `host/repository:tag`.
        reference: String,
        /// Whose credentials may be used.
        pull_as: PullAs,
    },
    /// What do this authority's keys and roots make of what a registry holds about these bytes?
    Signatures(SignatureQuery),
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

/// One question about signatures or attestations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignatureQuery {
    /// Name and digest of what would run.
    pub subject: Subject,
    /// The authority's name, as the policies in force define it.
    pub authority: String,
    /// A signature of the image, or an attestation about it.
    pub about: About,
    /// Whose credentials may be used.
    pub pull_as: PullAs,
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
    /// By normalised reference, and by who asked.
    #[serde(default, with = "entries::images", skip_serializing_if = "BTreeMap::is_empty")]
    images: BTreeMap<ImageKey, Fact<ResolvedImage>>,
    /// By the whole question.
    #[serde(default, with = "entries::signatures", skip_serializing_if = "BTreeMap::is_empty")]
    signatures: BTreeMap<SignatureKey, Fact<Signed>>,
    /// By namespace.
    #[serde(default)]
    pub foreign_policies: BTreeMap<String, Fact<Vec<ForeignPolicy>>>,
    /// By the list of entries, joined by line breaks (no entry can hold one).
    #[serde(default)]
    pub files: BTreeMap<String, Fact<TaskFiles>>,
}

/// What the `files` entries of a task stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskFiles {
    /// Every file once, by path.
    pub files: Vec<FileFact>,
    /// Which version the lists of folders were of.
    #[serde(default, skip_serializing_if = "FolderListing::is_of_their_version")]
    pub listing: FolderListing,
}

/// Which version the lists of folders were of; a control plane may list the newest one only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum FolderListing {
    /// The one that the files are read at; also where no folder had to be listed.
    #[default]
    OfTheirVersion,
    /// Another one: a file of the version that is read may be missing.
    OfAnother {
        /// The version that the files are read at; empty when it has no name.
        read: String,
        /// The version of a list; empty when it named none.
        listed: String,
    },
}

impl FolderListing {
    fn is_of_their_version(&self) -> bool {
        *self == Self::OfTheirVersion
    }
}

impl From<Vec<FileFact>> for TaskFiles {
    /// Files whose folders, if any, were listed at their own version.
    fn from(files: Vec<FileFact>) -> Self {
        Self {
            files,
            listing: FolderListing::OfTheirVersion,
        }
    }
}

/// A reference, and for whom it was resolved; nobody in particular where a person wrote the facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ImageKey {
    reference: String,
    pull_as: Option<PullAs>,
}

/// A question about signatures, and for whom it was answered, as in [`ImageKey`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SignatureKey {
    subject: Subject,
    authority: String,
    about: About,
    pull_as: Option<PullAs>,
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
    /// Records what a reference names, whoever asks.
    pub fn image(&mut self, reference: &str, fact: Fact<ResolvedImage>) {
        self.put_image(reference, None, fact);
    }

    /// Records an answer to [`Query::ResolveImage`]; it holds for who asked and nobody else.
    pub fn image_as(&mut self, reference: &str, pull_as: &PullAs, fact: Fact<ResolvedImage>) {
        self.put_image(reference, Some(pull_as.clone()), fact);
    }

    fn put_image(&mut self, reference: &str, pull_as: Option<PullAs>, fact: Fact<ResolvedImage>) {
        let reference = reference.to_owned();
        self.images.insert(ImageKey { reference, pull_as }, fact);
    }

    /// What a reference names, for who asks.
    #[must_use]
    pub fn image_of(&self, reference: &str, pull_as: &PullAs) -> Option<&Fact<ResolvedImage>> {
        let of = |pull_as| {
            let reference = reference.to_owned();
            self.images.get(&ImageKey { reference, pull_as })
        };
        of(Some(pull_as.clone())).or_else(|| of(None))
    }

    /// Records an answer to [`Query::Signatures`]; it holds for who asked and nobody else.
    pub fn signed(&mut self, query: &SignatureQuery, fact: Fact<Signed>) {
        self.signatures
            .insert(SignatureKey::of(query, Some(query.pull_as.clone())), fact);
    }

    /// What an authority signed, for who asks.
    #[must_use]
    pub fn signed_of(&self, query: &SignatureQuery) -> Option<&Fact<Signed>> {
        let of = |pull_as| self.signatures.get(&SignatureKey::of(query, pull_as));
        of(Some(query.pull_as.clone())).or_else(|| of(None))
    }

    /// Every answer about signatures: whose, of what, about what.
    pub fn signature_answers(&self) -> impl Iterator<Item = (&Subject, &str, &About, &Fact<Signed>)> {
        let told = |(key, fact)| {
            let key: &SignatureKey = key;
            (&key.subject, key.authority.as_str(), &key.about, fact)
        };
        self.signatures.iter().map(told)
    }

    /// Records an answer to [`Query::ForeignPolicies`].
    pub fn foreign(&mut self, namespace: &str, fact: Fact<Vec<ForeignPolicy>>) {
        self.foreign_policies.insert(namespace.to_owned(), fact);
    }

    /// Records an answer to [`Query::Files`].
    pub fn file_list(&mut self, entries: &[String], fact: Fact<TaskFiles>) {
        self.files.insert(entries.join("\n"), fact);
    }

    /// What the entries of a task stand for.
    #[must_use]
    pub fn files_of(&self, entries: &[String]) -> Option<&Fact<TaskFiles>> {
        self.files.get(&entries.join("\n"))
    }

    /// Without the answers that could not be found out, so that the gate asks for them again.
    #[must_use]
    pub fn without_unavailable(mut self) -> Self {
        self.images.retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self.signatures.retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self.foreign_policies
            .retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self.files.retain(|_, fact| !matches!(fact, Fact::Unavailable(_)));
        self
    }
}

impl SignatureKey {
    fn of(query: &SignatureQuery, pull_as: Option<PullAs>) -> Self {
        Self {
            subject: query.subject.clone(),
            authority: query.authority.clone(),
            about: query.about.clone(),
            pull_as,
        }
    }
}
