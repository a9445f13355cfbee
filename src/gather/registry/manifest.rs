//! What a manifest or an index says, once its bytes are known: one document of one known type, which every reader reads
//! alike (CVE-2021-41190). Digests come from the bytes; what a registry states about them is only compared.

use serde::Deserialize;

use super::bounded::{Annotations, Few, Keys, More};
use super::error::RegistryError;
use super::http::{Answer, Stated};
use super::kinds::{Content, Countable};
use super::limits::MAX_CHILDREN;
use crate::image::Digest;

/// Media types that an image may have: an index or a manifest, of OCI or Docker.
pub(super) const IMAGES: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];
pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// Keys that mean something to one reader or another.
const KNOWN_KEYS: [&str; 8] = [
    "artifactType",
    "config",
    "fsLayers",
    "layers",
    "manifests",
    "mediaType",
    "schemaVersion",
    "subject",
];

/// A document whose bytes were hashed here.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The digest of the bytes.
    pub(super) digest: Digest,
    /// Its media type, one of [`IMAGES`].
    pub(super) media_type: String,
    /// What it says.
    pub(super) document: Document,
}

/// The fields that mean something to us. All others stay what they are: bytes under the digest.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    media_type: Option<String>,
    /// What kind of artefact a manifest is.
    #[serde(default)]
    pub(super) artifact_type: Option<String>,
    /// Of a manifest.
    #[serde(default)]
    pub(super) layers: Option<Few<Descriptor, MAX_CHILDREN>>,
    /// Of an index.
    #[serde(default)]
    pub(super) manifests: Option<Few<Descriptor, MAX_CHILDREN>>,
    /// What a manifest is about.
    #[serde(default)]
    pub(super) subject: Option<Descriptor>,
}

/// Something named by its digest. Its `urls` are not read: nobody is asked but registries.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) digest: Digest,
    #[serde(default)]
    pub(super) media_type: String,
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) artifact_type: Option<String>,
    #[serde(default)]
    pub(super) platform: Option<Platform>,
    #[serde(default)]
    pub(super) annotations: Annotations,
}

/// What an image is for, as an index states it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Platform {
    #[serde(default)]
    pub(super) os: String,
    #[serde(default)]
    pub(super) architecture: String,
    #[serde(default)]
    pub(super) variant: Option<String>,
}

impl Manifest {
    /// Reads an answer to a request by tag.
    pub(super) fn of_tag(answer: &Answer) -> Result<Self, RegistryError> {
        Self::read(answer, Digest::of_bytes(&answer.bytes))
    }

    /// Reads an answer to a request by digest.
    pub(super) fn of_digest(answer: &Answer, expected: &Digest) -> Result<Self, RegistryError> {
        if !expected.is_of(&answer.bytes) {
            return Err(RegistryError::DigestMismatch {
                expected: expected.clone(),
            });
        }
        Self::read(answer, expected.clone())
    }

    fn read(answer: &Answer, digest: Digest) -> Result<Self, RegistryError> {
        let agrees = match &answer.stated_digest {
            None => true,
            Some(Stated::Once(text)) => Digest::parse(text).is_ok_and(|stated| stated.is_of(&answer.bytes)),
            Some(Stated::Unreadable) => false,
        };
        if !agrees {
            return Err(RegistryError::DigestHeader { computed: digest });
        }
        let media_type = image_type(answer.content_type.as_deref())?;
        let document = Document::parse(&answer.bytes)?;
        match &document.media_type {
            Some(stated) if stated != media_type => return Err(RegistryError::MediaTypeMismatch),
            Some(_) => {}
            // Docker's documents name their type; an OCI document may leave it to the header.
            None if matches!(media_type, OCI_INDEX | OCI_MANIFEST) => {}
            None => return Err(RegistryError::MediaTypeMismatch),
        }
        let is_index = is_index(media_type);
        match (&document.layers, &document.manifests) {
            (Some(_), Some(_)) => return Err(RegistryError::ManifestAndIndex),
            (Some(_), None) if !is_index => {}
            (None, Some(_)) if is_index => {}
            _ => {
                return Err(RegistryError::Malformed {
                    what: Content::Manifest,
                    why: "a manifest has `layers`, an index has `manifests`, as its media type says",
                });
            }
        }
        if document.manifests.as_ref().is_some_and(|list| list.more == More::Yes) {
            return Err(RegistryError::TooMany {
                what: Countable::Children,
                limit: MAX_CHILDREN,
            });
        }
        Ok(Self {
            digest,
            media_type: media_type.to_owned(),
            document,
        })
    }
}

impl Document {
    fn parse(bytes: &[u8]) -> Result<Self, RegistryError> {
        let malformed = |why| RegistryError::Malformed {
            what: Content::Manifest,
            why,
        };
        let Keys(keys) = serde_json::from_slice(bytes).map_err(|_| malformed("it is no JSON object of a few keys"))?;
        let mut folded: Vec<String> = keys.iter().map(|key| key.to_lowercase()).collect();
        folded.sort_unstable();
        let twice = folded.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        // Go's JSON reader takes `Layers` for `layers`: what we overlook the kubelet would run.
        let odd = keys.iter().any(|key| {
            KNOWN_KEYS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(key) && known != key)
        });
        if twice || odd {
            return Err(malformed("its keys are read differently by different readers"));
        }
        if keys.iter().any(|key| key == "fsLayers") {
            return Err(malformed("it is of the schema of 2015, which has no digest of its own"));
        }
        serde_json::from_slice(bytes).map_err(|_| malformed("its fields are not those of a manifest or an index"))
    }
}

/// Whether a media type is that of an index.
pub(super) fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_LIST)
}

/// The one of [`IMAGES`] that a `Content-Type` names; parameters do not count.
fn image_type(content_type: Option<&str>) -> Result<&'static str, RegistryError> {
    let stated = content_type.is_some();
    let plain = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    IMAGES
        .into_iter()
        .find(|known| plain.is_some_and(|plain| plain.eq_ignore_ascii_case(known)))
        .ok_or(RegistryError::MediaTypeUnknown {
            what: Content::Manifest,
            stated,
        })
}

#[cfg(test)]
mod tests;
