//! What a registry holds about one digest: bundles that refer to it, and the `.sig` and `.att` manifests beside it.
//!
//! Bytes are only fetched and compared with their digests here; nothing is verified. One entry that is not what it claims
//! to be is put aside with its reason and hides no other; when a registry does not answer, all of it is undecided.

use std::collections::BTreeSet;

use super::Registry;
use super::error::RegistryError;
use super::keyring::Keyring;
use super::pieces::Place;
use super::resolve::fact;
use super::session::Session;
use crate::admission::Fact;
use crate::image::{Digest, Reference};
use crate::signature::{About, Evidence, Format};

/// What is looked for. Only formats that an authority lists are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Where.
    pub formats: BTreeSet<Format>,
    /// Signatures of the image, attestations of some type, or both.
    pub about: BTreeSet<About>,
}

impl Registry {
    /// Fetches what there is about `digest` in the repository `name` (`host/repository`), with these credentials.
    pub async fn evidence_with(
        &self,
        name: &str,
        digest: &Digest,
        wanted: &Wanted,
        keyring: &Keyring,
    ) -> Fact<Evidence> {
        let image = match Reference::parse(&format!("{name}@{digest}")) {
            Ok(image) => image,
            Err(error) => return Fact::Refuted(error.to_string()),
        };
        let found = self
            .in_time(async {
                let endpoint = self.endpoint(&image)?;
                let session = self.session(&image, &endpoint, keyring);
                session.evidence(digest, wanted).await
            })
            .await;
        match found {
            Ok(evidence) if evidence == Evidence::default() && !keyring.unread().is_empty() => {
                fact(&RegistryError::NotFound, image.registry(), keyring)
            }
            Ok(evidence) => Fact::Known(evidence),
            Err(error) => fact(&error, image.registry(), keyring),
        }
    }
}

impl Session<'_> {
    async fn evidence(&self, digest: &Digest, wanted: &Wanted) -> Result<Evidence, RegistryError> {
        let (mut pieces, mut evidence) = (Vec::new(), Evidence::default());
        if wanted.formats.contains(&Format::Bundle) && !wanted.about.is_empty() {
            self.bundles(digest, &mut pieces, &mut evidence.refused).await?;
        }
        if wanted.formats.contains(&Format::Legacy) {
            let attestations = wanted.about.iter().any(|about| matches!(about, About::Attestation(_)));
            if wanted.about.contains(&About::Image) {
                self.legacy(digest, "sig", Place::Signature, &mut pieces).await?;
            }
            if attestations {
                self.legacy(digest, "att", Place::Attestation, &mut pieces).await?;
            }
        }
        self.fetch(pieces, &mut evidence).await?;
        Ok(evidence)
    }
}
