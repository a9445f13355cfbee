//! A policy's image pattern: which repositories it names.
//!
//! Registry and path are matched apart, each wholly. In the path `*` stands for characters of one name and `**` for
//! whole names; the registry is literal, or `*.example.com` for exactly one label below a domain. `**` alone is any
//! image. Compared is the normalised name, so that a short name and its full form are one. Tags and digests have
//! their own keys in a policy and are refused here.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::charset::{Piece, quoted, shown};
use super::cover;
use super::error::ReferenceError;
use super::host::{self, DOCKER_HUB, DOCKER_HUB_ENDPOINT};
use super::path;
use super::pattern_error::PatternError;
use super::reference::{Reference, refuse_ambiguous_head};

const PATTERN_LIMIT: usize = 512;

/// A pattern over image names. Equal patterns have the same normalised form.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    normalized: String,
    names: Names,
}

#[derive(Debug, Clone)]
enum Names {
    Any,
    Of { registry: Registry, path: GlobMatcher },
}

#[derive(Debug, Clone)]
enum Registry {
    Exactly(String),
    /// One label below this domain, which is kept with its leading dot.
    OneLabelBelow(String),
}

impl Pattern {
    /// Reads a pattern and normalises it as a reference: without a registry it means `docker.io`, one name there
    /// `library/`.
    ///
    /// # Errors
    /// [`PatternError`] for whatever could be read in two ways, or could never match.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > PATTERN_LIMIT {
            return Err(PatternError::TooLong {
                length: text.len(),
                limit: PATTERN_LIMIT,
            });
        }
        if text == "**" {
            return Ok(Self {
                written: text.to_owned(),
                normalized: text.to_owned(),
                names: Names::Any,
            });
        }
        check_characters(text)?;
        let (registry, path) = split(text)?;
        check_path(path)?;
        let is_hub = matches!(&registry, Registry::Exactly(host) if host == DOCKER_HUB);
        let prefix = if is_hub && !path.text.contains('/') && path.text != "**" {
            "library/"
        } else {
            ""
        };
        let path = format!("{prefix}{}", path.text);
        let normalized = format!("{registry}/{path}");
        let glob = GlobBuilder::new(&path)
            .literal_separator(true)
            .backslash_escape(false)
            .build();
        let Ok(glob) = glob else {
            return Err(PatternError::TooLong {
                length: text.len(),
                limit: PATTERN_LIMIT,
            });
        };
        let names = Names::Of {
            registry,
            path: glob.compile_matcher(),
        };
        Ok(Self {
            written: text.to_owned(),
            normalized,
            names,
        })
    }

    /// Whether the reference's normalised name is one of those the pattern names.
    pub fn matches(&self, reference: &Reference) -> bool {
        self.names(reference.registry(), reference.repository())
    }

    /// The same for a pattern that denies: also what Docker Hub serves under its machine's name counts as Docker
    /// Hub's, or the pattern is passed by writing `registry-1.docker.io`.
    pub fn forbids(&self, reference: &Reference) -> bool {
        self.matches(reference)
            || reference.registry() == DOCKER_HUB_ENDPOINT && self.names(DOCKER_HUB, reference.repository())
    }

    /// Whether this pattern names every image that the other names. It may say no where it could say yes.
    pub fn covers(&self, other: &Self) -> bool {
        match (&self.names, &other.names) {
            (Names::Any, _) => true,
            (_, Names::Any) => false,
            (Names::Of { registry: wide, .. }, Names::Of { registry: narrow, .. }) => {
                wide.covers(narrow) && cover::path_covers(self.path(), other.path())
            }
        }
    }

    /// The same for a pattern that denies, as [`Pattern::forbids`].
    pub fn forbids_all(&self, other: &Self) -> bool {
        let other_is_the_machine =
            matches!(&other.names, Names::Of { registry: Registry::Exactly(host), .. } if host == DOCKER_HUB_ENDPOINT);
        self.covers(other)
            || self.is_of(DOCKER_HUB) && other_is_the_machine && cover::path_covers(self.path(), other.path())
    }

    /// Whether a pattern that denies reaches some image that the other names.
    pub fn forbids_some(&self, other: &Self) -> bool {
        self.meets(other)
            || self.is_of(DOCKER_HUB)
                && other.is_of(DOCKER_HUB_ENDPOINT)
                && cover::paths_meet(self.path(), other.path())
    }

    /// Whether some image is named by both.
    pub fn meets(&self, other: &Self) -> bool {
        match (&self.names, &other.names) {
            (Names::Any, _) | (_, Names::Any) => true,
            (Names::Of { registry: one, .. }, Names::Of { registry: another, .. }) => {
                (one.covers(another) || another.covers(one)) && cover::paths_meet(self.path(), other.path())
            }
        }
    }

    fn is_of(&self, registry: &str) -> bool {
        matches!(&self.names, Names::Of { registry: own, .. } if own.is(registry))
    }

    /// The normalised path; no registry has a slash.
    fn path(&self) -> &str {
        self.normalized.split_once('/').map_or("", |(_, path)| path)
    }

    /// Whether this is `**`, any image whatever.
    pub fn is_any(&self) -> bool {
        matches!(self.names, Names::Any)
    }

    /// The pattern as the policy's author wrote it; [`fmt::Display`] gives the normalised form.
    pub fn written(&self) -> &str {
        &self.written
    }

    fn names(&self, registry: &str, repository: &str) -> bool {
        match &self.names {
            Names::Any => true,
            Names::Of { registry: wanted, path } => wanted.is(registry) && path.is_match(repository),
        }
    }
}

impl Registry {
    fn covers(&self, other: &Self) -> bool {
        match other {
            Self::Exactly(host) => self.is(host),
            Self::OneLabelBelow(domain) => matches!(self, Self::OneLabelBelow(own) if own == domain),
        }
    }

    fn is(&self, registry: &str) -> bool {
        match self {
            Self::Exactly(host) => host == registry,
            // No registry begins with a dot, so that the label is never empty.
            Self::OneLabelBelow(domain) => registry.strip_suffix(domain).is_some_and(|label| !label.contains('.')),
        }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(host) => f.write_str(host),
            Self::OneLabelBelow(domain) => write!(f, "*{domain}"),
        }
    }
}

fn check_characters(text: &str) -> Result<(), PatternError> {
    let known = |c: char| c.is_ascii_alphanumeric() || ".-_/:@[]*".contains(c);
    match text.chars().enumerate().find(|(_, c)| !known(*c)) {
        Some((offset, character)) => Err(PatternError::Character {
            character: shown(character),
            column: offset.saturating_add(1),
        }),
        None => Ok(()),
    }
}

/// Parts registry and path, and refuses whatever is not plainly one or the other.
fn split(text: &str) -> Result<(Registry, Piece<'_>), PatternError> {
    if text.contains('@') {
        return Err(PatternError::Digest { written: quoted(text) });
    }
    let last = text.rsplit('/').next().unwrap_or(text);
    if last.contains(':') && !last.starts_with('[') {
        return Err(PatternError::Tag { written: quoted(text) });
    }
    let hub = || Registry::Exactly(DOCKER_HUB.to_owned());
    let Some((head, rest)) = text.split_once('/') else {
        if host::is_host(text) || text == "localhost" {
            return Err(PatternError::RegistryAlone {
                written: quoted(text),
                name: text.to_owned(),
            });
        }
        if text == "*" {
            return Err(PatternError::LoneStar);
        }
        return Ok((hub(), Piece { text, at: 0 }));
    };
    if host::is_host(head) {
        return Ok((
            registry(head)?,
            Piece {
                text: rest,
                at: head.len().saturating_add(1),
            },
        ));
    }
    if head.contains('*') {
        return Err(PatternError::WildcardHead {
            written: quoted(text),
            name: text.to_owned(),
        });
    }
    refuse_ambiguous_head(head, rest)?;
    Ok((hub(), Piece { text, at: 0 }))
}

fn registry(head: &str) -> Result<Registry, PatternError> {
    let Some(domain) = head.strip_prefix("*.") else {
        if head.contains('*') {
            return Err(PatternError::RegistryWildcard { written: quoted(head) });
        }
        return Ok(Registry::Exactly(host::normalize(Piece { text: head, at: 0 })?));
    };
    // A whole top-level domain is everybody; a wildcard in an address names nothing.
    let is_domain = domain.contains('.') && !domain.contains('*') && !domain.starts_with('[');
    if !is_domain {
        return Err(PatternError::RegistryWildcard { written: quoted(head) });
    }
    // Normalised as the hosts it stands for are, by reading one of them: the same folding of case and port.
    let example = match host::normalize(Piece {
        text: &format!("a.{domain}"),
        at: 0,
    }) {
        Err(ReferenceError::Ipv4 { .. }) => return Err(PatternError::RegistryWildcard { written: quoted(head) }),
        example => example?,
    };
    let folded = example.strip_prefix('a').unwrap_or(&example);
    Ok(Registry::OneLabelBelow(folded.to_owned()))
}

/// Each name of the path must be one that some repository can have: with the wildcards put as letters it parses.
fn check_path(path: Piece<'_>) -> Result<(), PatternError> {
    let mut at = path.at;
    for text in path.text.split('/') {
        if text != "**" {
            if text.contains("**") {
                return Err(PatternError::DoubleStar { written: quoted(text) });
            }
            path::check_component(Piece {
                text: &text.replace('*', "a"),
                at,
            })?;
        }
        at = at.saturating_add(text.len()).saturating_add(1);
    }
    Ok(())
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.normalized)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.normalized == other.normalized
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.normalized.cmp(&other.normalized)
    }
}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalized.hash(state);
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
