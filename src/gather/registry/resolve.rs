//! Which bytes a tag names right now: one GET, hashed here. A HEAD proves nothing, as a registry may answer it otherwise.

use super::clients::Route;
use super::endpoint::Endpoint;
use super::error::{Certainty, RegistryError};
use super::keyring::Keyring;
use super::kinds::Content;
use super::limits::{MAX_CREDENTIALS, MAX_MANIFEST_BYTES};
use super::manifest::{Descriptor, IMAGES, Manifest};
use super::session::Session;
use super::{Registry, manifest};
use crate::admission::{ChildImage, Fact, ResolvedImage};
use crate::image::Reference;

/// Said where the addresses of a registry were not checked here.
const PROXIED: &str = "asked through a proxy: only the registry's name was checked, not its address";
/// Annotation of what BuildKit puts beside an image, and the platform that it states.
const ATTESTATION: (&str, &str) = ("vnd.docker.reference.type", "attestation-manifest");
const NO_PLATFORM: &str = "unknown";

impl Registry {
    /// Reads what a tag names right now, as nobody in particular.
    pub async fn resolve(&self, reference: &str) -> Fact<ResolvedImage> {
        self.resolve_with(reference, &Keyring::default()).await
    }

    /// The same as somebody who has these credentials.
    pub async fn resolve_with(&self, reference: &str, keyring: &Keyring) -> Fact<ResolvedImage> {
        let parsed = match Reference::parse(reference) {
            Ok(parsed) => parsed,
            Err(error) => return Fact::Refuted(error.to_string()),
        };
        let Some(tag) = parsed.tag() else {
            return Fact::Refuted(format!("`{reference}` has no tag to look up"));
        };
        let found = self
            .in_time(async {
                let endpoint = self.endpoint(&parsed)?;
                let session = self.session(&parsed, &endpoint, keyring);
                let url = endpoint.manifest(tag.as_str());
                let answer = session
                    .get(url, Content::Manifest, &IMAGES.join(", "), MAX_MANIFEST_BYTES)
                    .await?;
                Ok((Manifest::of_tag(&answer)?, answer.route))
            })
            .await;
        match found {
            Ok((manifest, route)) => Fact::Known(resolved(&manifest, route, keyring)),
            Err(error) => fact(&error, parsed.registry(), keyring),
        }
    }

    /// Ends when the time of a question is over, however slowly bytes drip.
    pub(super) async fn in_time<T>(
        &self,
        question: impl Future<Output = Result<T, RegistryError>>,
    ) -> Result<T, RegistryError> {
        let limit = self.http.times.question;
        tokio::time::timeout(limit, question)
            .await
            .unwrap_or(Err(RegistryError::Timeout { limit }))
    }

    pub(super) fn endpoint(&self, image: &Reference) -> Result<Endpoint, RegistryError> {
        Endpoint::of(image.registry(), image.repository(), &self.mirrors)
            .ok_or(RegistryError::RedirectMalformed { status: 0 })
    }

    pub(super) fn session<'a>(
        &'a self,
        image: &Reference,
        endpoint: &'a Endpoint,
        keyring: &'a Keyring,
    ) -> Session<'a> {
        // A mirror is a host of its own: it never gets what is for the registry that it stands for.
        let written = if self.mirrors.contains_key(image.registry()) {
            ""
        } else {
            image.registry()
        };
        let mut credentials = keyring.credentials_for(&endpoint.authority, written, &endpoint.repository);
        credentials.truncate(MAX_CREDENTIALS);
        Session {
            http: &self.http,
            tokens: &self.tokens,
            endpoint,
            credentials,
        }
    }
}

/// An error as an answer. Where a Secret could not be read, "there is none" may only mean "not for you".
pub(super) fn fact<T>(error: &RegistryError, registry: &str, keyring: &Keyring) -> Fact<T> {
    let text = format!("registry {registry}: {error} ({})", error.code());
    let hidden = matches!(error, RegistryError::NotFound | RegistryError::AccessDenied { .. });
    match error.certainty() {
        _ if hidden && !keyring.unread().is_empty() => {
            Fact::Unavailable(format!("{text}; {}", keyring.unread().join("; ")))
        }
        Certainty::Certain => Fact::Refuted(text),
        Certainty::Unknown => Fact::Unavailable(text),
    }
}

fn resolved(manifest: &Manifest, route: Route, keyring: &Keyring) -> ResolvedImage {
    let proxied = (route == Route::Proxied).then(|| PROXIED.to_owned());
    let children = manifest.document.manifests.as_ref();
    ResolvedImage {
        digest: manifest.digest.clone(),
        media_type: manifest.media_type.clone(),
        children: children
            .map(|children| children.entries.iter().map(child).collect())
            .unwrap_or_default(),
        remarks: keyring.unread().iter().cloned().chain(proxied).collect(),
    }
}

/// An entry of an index: an image for a platform, what somebody says about one, or another index (which is not opened).
fn child(entry: &Descriptor) -> ChildImage {
    let digest = entry.digest.clone();
    let platform = entry.platform.as_ref();
    let annotated = entry
        .annotations
        .0
        .get(ATTESTATION.0)
        .is_some_and(|kind| kind == ATTESTATION.1);
    let unknown = platform.is_some_and(|platform| platform.os == NO_PLATFORM && platform.architecture == NO_PLATFORM);
    if manifest::is_index(&entry.media_type) {
        return ChildImage::Index { digest };
    }
    if annotated || unknown {
        return ChildImage::Attestation { digest };
    }
    ChildImage::Image {
        digest,
        platform: platform.map(|platform| {
            let variant = platform.variant.as_ref().map(|variant| format!("/{variant}"));
            bounded(&format!(
                "{}/{}{}",
                platform.os,
                platform.architecture,
                variant.unwrap_or_default()
            ))
        }),
    }
}

/// A registry's own word, which ends up in records: short, and of plain characters.
fn bounded(platform: &str) -> String {
    platform
        .chars()
        .take(64)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "/._-".contains(c) {
                c
            } else {
                '?'
            }
        })
        .collect()
}
