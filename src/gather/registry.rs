//! Resolving a tag: the manifest is read by GET and hashed here; no digest is taken from a registry's word.

use oci_distribution::client::{Client, ClientConfig, ClientProtocol};
use oci_distribution::errors::{OciDistributionError, OciErrorCode};
use oci_distribution::secrets::RegistryAuth;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::admission::{Fact, ResolvedImage};
use crate::image::{Digest, Reference};
use crate::settings::{Mirror, Transport};

/// Media types that an image may have: an index or a manifest, of OCI or Docker.
const ACCEPTED: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
/// Largest manifest, in bytes.
const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;
/// Where Docker Hub's references are served.
const DOCKER_HUB: (&str, &str) = ("docker.io", "index.docker.io");

/// A client for all registries.
pub struct Registry {
    client: Client,
    mirrors: BTreeMap<String, Mirror>,
}

/// Why no client could be built.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The TLS set-up was refused.
    #[error("the registry client could not be set up: {0}")]
    Setup(String),
}

impl Registry {
    /// A client that uses these mirrors. Plain text is used for mirrors that say so, and nowhere else.
    ///
    /// # Errors
    /// [`RegistryError`] when the HTTP client refuses its configuration.
    pub fn new(mirrors: &BTreeMap<String, Mirror>) -> Result<Self, RegistryError> {
        let plain: Vec<String> = mirrors
            .values()
            .filter(|mirror| mirror.transport == Transport::Http)
            .map(|mirror| mirror.host.clone())
            .collect();
        let config = ClientConfig {
            protocol: ClientProtocol::HttpsExcept(plain),
            read_timeout: Some(Duration::from_secs(10)),
            connect_timeout: Some(Duration::from_secs(5)),
            ..ClientConfig::default()
        };
        let client = Client::try_from(config).map_err(|error| RegistryError::Setup(error.to_string()))?;
        Ok(Self {
            client,
            mirrors: mirrors.clone(),
        })
    }

    /// Reads what a tag names right now.
    pub async fn resolve(&self, reference: &str) -> Fact<ResolvedImage> {
        let parsed = match Reference::parse(reference) {
            Ok(parsed) => parsed,
            Err(error) => return Fact::Refuted(error.to_string()),
        };
        let Some(tag) = parsed.tag() else {
            return Fact::Refuted(format!("`{reference}` has no tag to look up"));
        };
        let host = self.mirrors.get(parsed.registry()).map_or_else(
            || {
                if parsed.registry() == DOCKER_HUB.0 {
                    DOCKER_HUB.1
                } else {
                    parsed.registry()
                }
            },
            |mirror| mirror.host.as_str(),
        );
        let target = oci_distribution::Reference::with_tag(
            host.to_owned(),
            parsed.repository().to_owned(),
            tag.as_str().to_owned(),
        );
        match self
            .client
            .pull_manifest_raw(&target, &RegistryAuth::Anonymous, &ACCEPTED)
            .await
        {
            Ok((bytes, _)) if bytes.len() > MAX_MANIFEST_BYTES => Fact::Unavailable(format!(
                "registry {host} sent a manifest of {} bytes; {MAX_MANIFEST_BYTES} are read at most",
                bytes.len()
            )),
            Ok((bytes, _)) => identify(&bytes, host),
            Err(error) => refusal(&error, host),
        }
    }
}

/// The digest of the bytes, provided that they are one document of a known type.
fn identify(bytes: &[u8], host: &str) -> Fact<ResolvedImage> {
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return Fact::Unavailable(format!("registry {host} sent something that is not a manifest"));
    };
    let (layers, manifests) = (document.get("layers").is_some(), document.get("manifests").is_some());
    let media_type = match (
        layers,
        manifests,
        document.get("mediaType").and_then(serde_json::Value::as_str),
    ) {
        (true, true, _) => {
            return Fact::Refuted(format!(
                "registry {host} sent a document that is manifest and index at once"
            ));
        }
        (false, false, _) => return Fact::Refuted(format!("registry {host} sent neither a manifest nor an index")),
        (_, _, Some(stated)) if ACCEPTED.contains(&stated) => stated.to_owned(),
        (_, _, Some(stated)) => return Fact::Refuted(format!("media type `{stated}` is not an image")),
        (true, false, None) => ACCEPTED[1].to_owned(),
        (false, true, None) => ACCEPTED[0].to_owned(),
    };
    Fact::Known(ResolvedImage {
        digest: Digest::of_bytes(bytes),
        media_type,
    })
}

/// "Does not exist" is an answer; everything else is not.
fn refusal(error: &OciDistributionError, host: &str) -> Fact<ResolvedImage> {
    let absent = if let OciDistributionError::ServerError { code, .. } = error {
        *code == 404
    } else if let OciDistributionError::RegistryError { envelope, .. } = error {
        let unknown = |code: &OciErrorCode| {
            matches!(
                code,
                OciErrorCode::ManifestUnknown | OciErrorCode::NameUnknown | OciErrorCode::NotFound
            )
        };
        !envelope.errors.is_empty() && envelope.errors.iter().all(|error| unknown(&error.code))
    } else {
        matches!(error, OciDistributionError::ImageManifestNotFoundError(_))
    };
    if absent {
        Fact::Refuted(format!("it does not exist in registry {host}"))
    } else {
        Fact::Unavailable(format!("registry {host} could not be asked: {error}"))
    }
}
