//! Where signatures are listed: manifests that refer to a digest (cosign 3), and those under a tag made of it (cosign 1
//! and 2). What they list is fetched by `pieces.rs`.

use futures::StreamExt as _;

use super::bounded::More;
use super::error::RegistryError;
use super::kinds::{Content, Countable};
use super::limits::{
    MAX_ATTESTATION_BYTES, MAX_MANIFEST_BYTES, MAX_PAYLOAD_BYTES, MAX_REFERRER_BYTES, MAX_SIGNATURES, PARALLEL,
};
use super::manifest::{Descriptor, IMAGES, Manifest, OCI_MANIFEST};
use super::pieces::{Fault, Piece, Place, announced, refusal, same_size};
use super::referrers::{stated_kind, tag_of};
use super::session::Session;
use crate::image::Digest;
use crate::signature::Refusal;

/// Sigstore bundles as cosign 3 attaches them.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Payloads of `.sig` manifests.
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Envelopes of `.att` manifests.
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

impl Session<'_> {
    /// The bundles among the referrers, each with the manifest that says what it is about.
    pub(super) async fn bundles(
        &self,
        subject: &Digest,
        pieces: &mut Vec<Piece>,
        refused: &mut Vec<Refusal>,
    ) -> Result<(), RegistryError> {
        let listed: Vec<Descriptor> = self.referrers(subject, BUNDLE).await?.into_values().collect();
        // Owned: a closure that takes references makes the whole question one that no task can be spawned with.
        let mut answers = futures::stream::iter(listed)
            .map(|entry| async move {
                let answer = self.referrer(&entry, subject).await;
                (entry, answer)
            })
            .buffered(PARALLEL);
        while let Some((entry, answer)) = answers.next().await {
            match answer.map_err(Fault::of) {
                Ok(layers) => pieces.extend(layers.into_iter().map(|layer| Piece {
                    manifest: entry.digest.clone(),
                    layer,
                    limit: MAX_ATTESTATION_BYTES,
                    place: Place::Bundle,
                })),
                Err(Fault::Here(error)) => refused.push(refusal(&error, &entry.digest)),
                Err(Fault::All(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// The layer of one referrer; none where it turns out to be another kind of artefact.
    async fn referrer(&self, entry: &Descriptor, subject: &Digest) -> Result<Vec<Descriptor>, RegistryError> {
        let limit = announced(entry, MAX_REFERRER_BYTES, Content::Manifest)?;
        let url = self.endpoint.manifest(&entry.digest.to_string());
        let answer = self.get(url, Content::Manifest, OCI_MANIFEST, limit).await?;
        let manifest = Manifest::of_digest(&answer, &entry.digest)?;
        same_size(entry, answer.bytes.len())?;
        let document = manifest.document;
        let kind = document.artifact_type.as_deref().unwrap_or_default();
        if kind != BUNDLE && stated_kind(entry).is_none() {
            return Ok(Vec::new());
        }
        if document.subject.is_none_or(|found| found.digest != *subject) {
            return Err(RegistryError::ForeignSubject {
                referrer: entry.digest.clone(),
            });
        }
        let layers = document.layers.map(|layers| layers.entries).unwrap_or_default();
        if kind != BUNDLE || !matches!(layers.as_slice(), [layer] if layer.media_type == BUNDLE) {
            return Err(RegistryError::Malformed {
                what: Content::Manifest,
                why: "a bundle's manifest has its `artifactType` and one layer of that type",
            });
        }
        Ok(layers)
    }

    /// The layers of the manifest that cosign 1 and 2 keep under a tag made of the digest.
    pub(super) async fn legacy(
        &self,
        digest: &Digest,
        suffix: &str,
        place: Place,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), RegistryError> {
        let Some(tag) = tag_of(digest) else { return Ok(()) };
        let url = self.endpoint.manifest(&format!("{tag}.{suffix}"));
        let answer = match self
            .get(url, Content::Manifest, &IMAGES.join(", "), MAX_MANIFEST_BYTES)
            .await
        {
            Ok(answer) => answer,
            Err(RegistryError::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        let manifest = Manifest::of_tag(&answer)?;
        let (media_type, limit) = match place {
            Place::Signature => (SIMPLE_SIGNING, MAX_PAYLOAD_BYTES),
            Place::Attestation | Place::Bundle => (ENVELOPE, MAX_ATTESTATION_BYTES),
        };
        let layers = manifest.document.layers.ok_or(RegistryError::Malformed {
            what: Content::Manifest,
            why: "signatures are kept in a manifest, not in an index",
        })?;
        if layers.more == More::Yes || layers.entries.len() > MAX_SIGNATURES {
            return Err(RegistryError::TooMany {
                what: Countable::Signatures,
                limit: MAX_SIGNATURES,
            });
        }
        let of_kind = layers
            .entries
            .into_iter()
            .filter(|layer| layer.media_type == media_type);
        pieces.extend(of_kind.map(|layer| Piece {
            manifest: manifest.digest.clone(),
            layer,
            limit,
            place,
        }));
        Ok(())
    }
}
