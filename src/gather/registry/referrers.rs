//! What refers to an image: the referrers API page by page, and the tag that stands in for it where a registry answers
//! 404 - and only then: every other status means that it could not be found out.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;
use serde::Deserialize;

use super::bounded::{Few, More};
use super::error::RegistryError;
use super::http::Answer;
use super::kinds::{Content, Countable};
use super::limits::{MAX_MANIFEST_BYTES, MAX_PAGE_ENTRIES, MAX_PAGES, MAX_REFERRERS};
use super::manifest::{Descriptor, OCI_INDEX};
use super::session::Session;
use crate::image::{Algorithm, Digest};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    media_type: Option<String>,
    manifests: Few<Descriptor, MAX_PAGE_ENTRIES>,
}

impl Session<'_> {
    /// The manifests of this kind of artefact that are listed for `subject`, by digest. Whether they really are about it
    /// their own bytes have to say.
    pub(super) async fn referrers(
        &self,
        subject: &Digest,
        artifact_type: &str,
    ) -> Result<BTreeMap<Digest, Descriptor>, RegistryError> {
        let mut found = BTreeMap::new();
        let mut url = self.endpoint.referrers(subject, artifact_type);
        let mut seen = BTreeSet::new();
        for number in 0..MAX_PAGES {
            let answer = match self
                .get(url.clone(), Content::Referrers, OCI_INDEX, MAX_MANIFEST_BYTES)
                .await
            {
                Err(RegistryError::NotFound) if number == 0 => return self.fallback(subject, artifact_type).await,
                other => other?,
            };
            keep(&mut found, page(&answer)?, artifact_type)?;
            seen.insert(url.clone());
            match self.next(&url, &answer)? {
                None => return Ok(found),
                Some(next) if seen.contains(&next) => return Err(too_many_pages()),
                Some(next) => url = next,
            }
        }
        Err(too_many_pages())
    }

    /// The index under the tag `sha256-<hex>` (distribution specification 1.1, "Referrers Tag Schema").
    async fn fallback(
        &self,
        subject: &Digest,
        artifact_type: &str,
    ) -> Result<BTreeMap<Digest, Descriptor>, RegistryError> {
        let mut found = BTreeMap::new();
        let Some(tag) = tag_of(subject) else { return Ok(found) };
        let url = self.endpoint.manifest(&tag);
        match self.get(url, Content::Referrers, OCI_INDEX, MAX_MANIFEST_BYTES).await {
            Ok(answer) => keep(&mut found, page(&answer)?, artifact_type)?,
            Err(RegistryError::NotFound) => {}
            Err(error) => return Err(error),
        }
        Ok(found)
    }

    fn next(&self, url: &Url, answer: &Answer) -> Result<Option<Url>, RegistryError> {
        let Some(link) = answer.link.as_deref() else {
            return Ok(None);
        };
        let malformed = RegistryError::Malformed {
            what: Content::Referrers,
            why: "its `Link` names no further page of the same list",
        };
        let target = next_of(link).ok_or(malformed.clone())?;
        self.endpoint.next_page(url, target).map(Some).ok_or(malformed)
    }
}

/// The tag under which something about a digest is kept; longer digests than SHA-256 do not fit into one.
pub(super) fn tag_of(digest: &Digest) -> Option<String> {
    match digest.algorithm() {
        Algorithm::Sha256 => Some(format!("sha256-{}", digest.hex())),
        Algorithm::Sha512 => None,
    }
}

fn too_many_pages() -> RegistryError {
    RegistryError::TooMany {
        what: Countable::Pages,
        limit: MAX_PAGES,
    }
}

fn page(answer: &Answer) -> Result<Vec<Descriptor>, RegistryError> {
    let what = Content::Referrers;
    let plain = answer.content_type.as_deref().and_then(|text| text.split(';').next());
    if !plain.is_some_and(|plain| plain.trim().eq_ignore_ascii_case(OCI_INDEX)) {
        return Err(RegistryError::MediaTypeUnknown {
            what,
            stated: plain.is_some(),
        });
    }
    let page: Page = serde_json::from_slice(&answer.bytes).map_err(|_| RegistryError::Malformed {
        what,
        why: "it is no index of manifests",
    })?;
    if page.media_type.is_some_and(|stated| stated != OCI_INDEX) {
        return Err(RegistryError::MediaTypeMismatch);
    }
    if page.manifests.more == More::Yes {
        return Err(RegistryError::TooMany {
            what: Countable::Referrers,
            limit: MAX_PAGE_ENTRIES,
        });
    }
    Ok(page.manifests.entries)
}

/// The media type of an artefact's config that is none. cosign 2 writes it where a list names the artefact's own kind.
const NO_CONFIG: &str = "application/vnd.oci.empty.v1+json";

/// The kind of artefact that a list states for an entry; none where its manifest alone can tell.
pub(super) fn stated_kind(entry: &Descriptor) -> Option<&str> {
    let kind = entry.artifact_type.as_deref()?;
    (!kind.is_empty() && kind != NO_CONFIG).then_some(kind)
}

/// Keeps the entries of the wanted kind, and those whose kind the list does not say: their manifests will.
fn keep(
    found: &mut BTreeMap<Digest, Descriptor>,
    entries: Vec<Descriptor>,
    artifact_type: &str,
) -> Result<(), RegistryError> {
    for entry in entries {
        if stated_kind(&entry).is_none_or(|kind| kind == artifact_type) {
            found.entry(entry.digest.clone()).or_insert(entry);
        }
        if found.len() > MAX_REFERRERS {
            return Err(RegistryError::TooMany {
                what: Countable::Referrers,
                limit: MAX_REFERRERS,
            });
        }
    }
    Ok(())
}

/// The target of `<…>; rel="next"` (RFC 8288); other relations are none of ours.
fn next_of(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split(';').any(|parameter| {
        let parameter = parameter.trim();
        parameter
            .strip_prefix("rel=")
            .is_some_and(|rel| rel.trim_matches('"') == "next")
    });
    is_next.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_another_kind_are_left_out_and_those_of_no_stated_kind_are_not() {
        let wanted = "application/vnd.dev.sigstore.bundle.v0.3+json";
        for (kind, kept) in [
            (Some(wanted), true),
            (None, true),
            (Some(""), true),
            (Some(NO_CONFIG), true),
            (Some("application/spdx+json"), false),
            (Some("application/vnd.oci.image.config.v1+json"), false),
        ] {
            let digest = Digest::of_bytes(b"referrer");
            let entry = serde_json::json!({ "mediaType": "m", "digest": digest, "size": 1, "artifactType": kind });
            let entry: Descriptor = serde_json::from_value(entry).unwrap();
            let mut found = BTreeMap::new();
            keep(&mut found, vec![entry], wanted).unwrap();
            assert_eq!(found.contains_key(&digest), kept, "{kind:?}");
        }
    }

    #[test]
    fn the_next_page_is_the_one_that_says_so() {
        for (link, expected) in [
            (r#"</v2/a/referrers/x?n=1>; rel="next""#, Some("/v2/a/referrers/x?n=1")),
            ("<x>; rel=next", Some("x")),
            (r#"<x>; title="t"; rel="next""#, Some("x")),
            (r#"<x>; rel="prev""#, None),
            ("<x>", None),
            ("x; rel=next", None),
            ("<x; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_of(link), expected, "{link}");
        }
    }
}
