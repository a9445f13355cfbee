//! The blobs of signatures: each fetched once, compared with digest and size, and put where it belongs. One that is not
//! what its descriptor says is put aside with its reason.

use std::collections::BTreeMap;

use futures::StreamExt as _;

use super::error::RegistryError;
use super::kinds::Content;
use super::limits::{MAX_EVIDENCE_BYTES, PARALLEL};
use super::manifest::Descriptor;
use super::session::Session;
use crate::image::Digest;
use crate::signature::{Blob, BundleFile, Code, Evidence, Layer, Refusal};

/// A blob to be fetched, and where it belongs.
pub(super) struct Piece {
    pub(super) manifest: Digest,
    pub(super) layer: Descriptor,
    pub(super) limit: usize,
    pub(super) place: Place,
}

/// Which list of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Signature,
    Attestation,
    Bundle,
}

impl Session<'_> {
    /// Fetches the blobs, each once, and puts them where they belong.
    pub(super) async fn fetch(&self, pieces: Vec<Piece>, evidence: &mut Evidence) -> Result<(), RegistryError> {
        let mut total = 0_u64;
        let mut wanted: BTreeMap<&Digest, &Piece> = BTreeMap::new();
        for piece in &pieces {
            total = total.saturating_add(piece.layer.size);
            wanted.entry(&piece.layer.digest).or_insert(piece);
        }
        // Sizes are the registry's word, but no blob is read beyond its own.
        if total > MAX_EVIDENCE_BYTES as u64 {
            return Err(RegistryError::TooLarge {
                what: Content::Evidence,
                limit: MAX_EVIDENCE_BYTES,
            });
        }
        let mut blobs: BTreeMap<Digest, Result<Vec<u8>, RegistryError>> = BTreeMap::new();
        // Owned, as in `bundles`.
        let wanted: Vec<(Descriptor, usize)> = wanted
            .into_values()
            .map(|piece| (piece.layer.clone(), piece.limit))
            .collect();
        let mut answers = futures::stream::iter(wanted)
            .map(|(layer, limit)| async move {
                let answer = self.blob(&layer, limit).await;
                (layer.digest, answer)
            })
            .buffered(PARALLEL);
        while let Some((digest, answer)) = answers.next().await {
            let kept = match answer.map_err(Fault::of) {
                Ok(bytes) => Ok(bytes),
                Err(Fault::Here(error)) => Err(error),
                Err(Fault::All(error)) => return Err(error),
            };
            blobs.insert(digest, kept);
        }
        drop(answers);
        for piece in &pieces {
            match blobs.get(&piece.layer.digest) {
                Some(Ok(bytes)) => put(evidence, piece, bytes),
                Some(Err(error)) => evidence.refused.push(refusal(error, &piece.manifest)),
                None => {}
            }
        }
        Ok(())
    }

    async fn blob(&self, layer: &Descriptor, limit: usize) -> Result<Vec<u8>, RegistryError> {
        let limit = announced(layer, limit, Content::Blob)?;
        let url = self.endpoint.blob(&layer.digest);
        let answer = self.get(url, Content::Blob, "*/*", limit).await?;
        if !layer.digest.is_of(&answer.bytes) {
            return Err(RegistryError::DigestMismatch {
                expected: layer.digest.clone(),
            });
        }
        same_size(layer, answer.bytes.len())?;
        Ok(answer.bytes)
    }
}

/// Whether a fault is of one entry or of the registry.
pub(super) enum Fault {
    /// This entry is put aside.
    Here(RegistryError),
    /// Nothing is known.
    All(RegistryError),
}

impl Fault {
    pub(super) fn of(error: RegistryError) -> Self {
        let here = matches!(
            error,
            RegistryError::NotFound
                | RegistryError::TooLarge { .. }
                | RegistryError::TooMany { .. }
                | RegistryError::DigestMismatch { .. }
                | RegistryError::DigestHeader { .. }
                | RegistryError::SizeMismatch { .. }
                | RegistryError::MediaTypeUnknown { .. }
                | RegistryError::MediaTypeMismatch
                | RegistryError::ManifestAndIndex
                | RegistryError::ForeignSubject { .. }
                | RegistryError::Malformed { .. }
        );
        if here { Self::Here(error) } else { Self::All(error) }
    }
}

/// An entry that was put aside, as part of the evidence.
pub(super) fn refusal(error: &RegistryError, manifest: &Digest) -> Refusal {
    let code = if matches!(error, RegistryError::ForeignSubject { .. }) {
        Code::EvidenceOfAnotherImage
    } else if matches!(error, RegistryError::TooLarge { .. }) {
        Code::EvidenceTooLarge
    } else if matches!(error, RegistryError::Malformed { .. }) {
        Code::EvidenceMalformed
    } else {
        Code::EvidenceNotAsListed
    };
    Refusal {
        code,
        message: format!("{error} ({})", error.code()),
        evidence: Some(manifest.clone()),
    }
}

fn put(evidence: &mut Evidence, piece: &Piece, bytes: &[u8]) {
    let layer = || Layer {
        manifest: piece.manifest.clone(),
        payload: Blob(bytes.to_vec()),
        annotations: piece.layer.annotations.0.clone(),
    };
    match piece.place {
        Place::Signature => evidence.signatures.push(layer()),
        Place::Attestation => evidence.attestations.push(layer()),
        Place::Bundle => evidence.bundles.push(BundleFile {
            manifest: piece.manifest.clone(),
            json: Blob(bytes.to_vec()),
        }),
    }
}

/// How many bytes of a descriptor's content are read: what it states, when that is not too much.
pub(super) fn announced(descriptor: &Descriptor, limit: usize, what: Content) -> Result<usize, RegistryError> {
    usize::try_from(descriptor.size)
        .ok()
        .filter(|size| *size <= limit)
        .ok_or(RegistryError::TooLarge { what, limit })
}

/// Whether as many bytes came as a descriptor states.
pub(super) fn same_size(descriptor: &Descriptor, found: usize) -> Result<(), RegistryError> {
    if usize::try_from(descriptor.size).is_ok_and(|stated| stated == found) {
        Ok(())
    } else {
        Err(RegistryError::SizeMismatch {
            stated: descriptor.size,
            found,
        })
    }
}
