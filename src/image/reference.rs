//! One image reference, parsed and normalised. The only way to it is [`Reference::parse`]; serialised it is the
//! author's own text, so that reading it back is parsing it again.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::charset::{self, Piece, quoted};
use super::digest::Digest;
use super::error::{Part, ReferenceError};
use super::host::{self, DOCKER_HUB};
use super::path::{self, REPOSITORY_LIMIT};
use super::tag::Tag;

/// Longer than every valid reference; keeps hostile input from being walked and quoted.
const REFERENCE_LIMIT: usize = 1024;

/// An image by name: registry, repository, and a tag, a digest or both. Two references are equal when they name the
/// same image, however they were written.
#[derive(Debug, Clone)]
pub struct Reference {
    written: String,
    registry: String,
    repository: String,
    tag: Option<Tag>,
    tag_is_implicit: bool,
    digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference by the grammar of distribution/reference and normalises it: no registry means `docker.io`, one
    /// name there `library/`, neither tag nor digest `latest`.
    ///
    /// # Errors
    /// [`ReferenceError`] for what the grammar refuses, and for what another common parser reads as another image.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.len() > REFERENCE_LIMIT {
            return Err(ReferenceError::TooLong {
                part: Part::Reference,
                length: text.len(),
                limit: REFERENCE_LIMIT,
            });
        }
        charset::check(text)?;
        refuse_what_is_no_name(text)?;

        let (name_and_tag, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(Digest::parse(digest)?)),
            None => (text, None),
        };
        let (name, written_tag) = split_tag(name_and_tag)?;
        let (registry, repository) = parse_name(name)?;
        let tag_is_implicit = written_tag.is_none() && digest.is_none();
        let tag = if tag_is_implicit {
            Some(Tag::latest())
        } else {
            written_tag
        };
        Ok(Self {
            written: text.to_owned(),
            registry,
            repository,
            tag,
            tag_is_implicit,
            digest,
        })
    }

    /// The registry's host in lower case, with its port where it has one: `docker.io`, `localhost:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path below the registry: `library/alpine`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, `latest` where neither tag nor digest was written, none where only a digest was.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// Whether the tag `latest` was meant rather than written.
    pub fn is_tag_implicit(&self) -> bool {
        self.tag_is_implicit
    }

    /// The digest, where the author wrote one.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Registry and repository: what patterns are compared with.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The name with this digest and no tag: what a Job carries.
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{}/{}@{digest}", self.registry, self.repository)
    }

    /// The text as the author wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }

    fn identity(&self) -> (&str, &str, Option<&Tag>, Option<&Digest>) {
        (
            &self.registry,
            &self.repository,
            self.tag.as_ref(),
            self.digest.as_ref(),
        )
    }
}

/// Whole texts that some tools take for an image id, and addresses pasted from a browser.
fn refuse_what_is_no_name(text: &str) -> Result<(), ReferenceError> {
    if let Some((scheme, _)) = text.split_once("://")
        && !scheme.is_empty()
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Err(ReferenceError::Scheme {
            scheme: scheme.to_owned(),
        });
    }
    if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(ReferenceError::ImageId {
            written: text.to_owned(),
        });
    }
    if text.starts_with('@') || Digest::parse(text).is_ok() {
        return Err(ReferenceError::DigestAlone { written: quoted(text) });
    }
    Ok(())
}

/// Parts the tag from the name: a colon behind the last slash. One before it belongs to the registry's port.
fn split_tag(text: &str) -> Result<(&str, Option<Tag>), ReferenceError> {
    let last = text.rsplit('/').next().unwrap_or(text);
    let Some((_, tag)) = last.split_once(':') else {
        return Ok((text, None));
    };
    let at = text.len().saturating_sub(tag.len());
    let name = text
        .strip_suffix(tag)
        .and_then(|rest| rest.strip_suffix(':'))
        .unwrap_or(text);
    if last.starts_with('[') {
        // An IPv6 address and no path: say that, and not that its second half is an odd tag.
        path::check_component(Piece {
            text: last,
            at: text.len().saturating_sub(last.len()),
        })?;
    }
    Ok((name, Some(Tag::parse_piece(Piece { text: tag, at })?)))
}

fn parse_name(name: &str) -> Result<(String, String), ReferenceError> {
    let (registry, path) = match name.split_once('/') {
        Some((head, rest)) if host::is_host(head) => {
            let registry = host::normalize(Piece { text: head, at: 0 })?;
            (
                registry,
                Piece {
                    text: rest,
                    at: head.len().saturating_add(1),
                },
            )
        }
        Some((head, rest)) => {
            refuse_ambiguous_head(head, rest)?;
            (DOCKER_HUB.to_owned(), Piece { text: name, at: 0 })
        }
        None => (DOCKER_HUB.to_owned(), Piece { text: name, at: 0 }),
    };
    path::check(path)?;
    let repository = if registry == DOCKER_HUB && !path.text.contains('/') {
        format!("library/{}", path.text)
    } else {
        path.text.to_owned()
    };
    if repository.len() > REPOSITORY_LIMIT {
        return Err(ReferenceError::TooLong {
            part: Part::Repository,
            length: repository.len(),
            limit: REPOSITORY_LIMIT,
        });
    }
    Ok((registry, repository))
}

/// First names that are a registry to one parser and something else to another.
pub(super) fn refuse_ambiguous_head(head: &str, rest: &str) -> Result<(), ReferenceError> {
    if head == "localhost" {
        return Err(ReferenceError::Localhost { rest: rest.to_owned() });
    }
    if head.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ReferenceError::UpperCaseHead { written: quoted(head) });
    }
    Ok(())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Self::parse(text)
    }
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Reference {}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reference {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl Hash for Reference {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
