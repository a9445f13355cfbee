//! `jobConfig.allowedImageList`, the original's allowlist, with its meaning kept where that is safe.
//!
//! Split at every comma, nothing trimmed; an item `*` admits everything; any other is a glob over the whole normalised
//! reference with its tag and digest, in which `*` crosses `/`. Changed is what it is compared with: the original took
//! the author's raw text, so that `alpine:*` refused `alpine` and `*alpine*` admitted `evil.example/alpine`. Here a
//! pattern is normalised as a reference is, and the registry is matched apart from the path.
//!
//! It only ever narrows: what an empty list means is for the caller to decide.

use std::fmt;

use globset::GlobMatcher;

use super::charset::{Piece, quoted};
use super::gobwas::{self, GlobError, Sign};
use super::host::{self, DOCKER_HUB};
use super::reference::Reference;

/// The parsed value of `jobConfig.allowedImageList`.
#[derive(Debug, Clone)]
pub struct LegacyAllowList {
    patterns: Vec<LegacyPattern>,
    allows_all: bool,
}

impl LegacyAllowList {
    /// Reads the comma-separated list. As in the original an item `*` ends it: what follows is not read.
    ///
    /// # Errors
    /// [`LegacyAllowListError`] names the item that is no glob.
    pub fn parse(text: &str) -> Result<Self, LegacyAllowListError> {
        let mut patterns = Vec::new();
        for item in text.split(',').filter(|item| !item.is_empty()) {
            if item == "*" {
                return Ok(Self {
                    patterns,
                    allows_all: true,
                });
            }
            patterns.push(LegacyPattern::parse(item)?);
        }
        Ok(Self {
            patterns,
            allows_all: false,
        })
    }

    /// Whether an item is exactly `*`: every image is admitted, which deserves a warning.
    pub fn allows_all(&self) -> bool {
        self.allows_all
    }

    /// Whether no item was written. Such a list matches nothing; the original took it for "allow all".
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && !self.allows_all
    }

    /// The patterns, in the order they were written, up to an item `*`.
    pub fn patterns(&self) -> &[LegacyPattern] {
        &self.patterns
    }

    /// Whether an item admits the reference. An empty list admits none.
    pub fn matches(&self, reference: &Reference) -> bool {
        self.allows_all || self.patterns.iter().any(|pattern| pattern.matches(reference))
    }
}

/// One item of the list.
#[derive(Debug, Clone)]
pub struct LegacyPattern {
    written: String,
    normalized: String,
    registry: GlobMatcher,
    path: GlobMatcher,
    /// Under `docker.io/` a wildcard may stand for a short name too: `docker.io/alpine*` means `alpine`.
    tries_short_name: bool,
}

impl LegacyPattern {
    fn parse(item: &str) -> Result<Self, LegacyAllowListError> {
        let error = |reason: GlobError| LegacyAllowListError::Glob {
            item: quoted(item),
            reason: reason.to_string(),
        };
        let signs = gobwas::parse(item).map_err(error)?;
        let (registry, mut path, names_registry) = split(&signs);
        let is_hub = registry == literals(DOCKER_HUB);
        let is_one_name = !path.contains(&Sign::Literal('/'));
        let tries_short_name = is_hub && names_registry && is_one_name && path.contains(&Sign::Run);
        if is_hub && is_one_name && !tries_short_name {
            path = literals("library/").into_iter().chain(path).collect();
        }
        if !has_tag(&path) && path.last() != Some(&Sign::Run) {
            path.extend(literals(":latest"));
        }
        let normalized = format!("{}/{}", gobwas::render(&registry), gobwas::render(&path));
        match (gobwas::compile(&registry), gobwas::compile(&path)) {
            (Some(registry), Some(path)) => Ok(Self {
                written: item.to_owned(),
                normalized,
                registry,
                path,
                tries_short_name,
            }),
            _ => Err(LegacyAllowListError::TooLarge { item: quoted(item) }),
        }
    }

    /// Whether the pattern matches the whole normalised reference, tag and digest included.
    pub fn matches(&self, reference: &Reference) -> bool {
        let mut text = reference.repository().to_owned();
        if let Some(tag) = reference.tag() {
            text.push(':');
            text.push_str(tag.as_str());
        }
        if let Some(digest) = reference.digest() {
            text.push('@');
            text.push_str(&digest.to_string());
        }
        let short = text.strip_prefix("library/").filter(|_| self.tries_short_name);
        self.registry.is_match(reference.registry())
            && (self.path.is_match(&text) || short.is_some_and(|text| self.path.is_match(text)))
    }

    /// The item as it was written; [`fmt::Display`] gives the form that is compared.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl fmt::Display for LegacyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.normalized)
    }
}

/// Parts registry and path, and says whether a registry was written. A wildcard alone before the first slash is none:
/// it stands for names of Docker Hub.
fn split(signs: &[Sign]) -> (Vec<Sign>, Vec<Sign>, bool) {
    let slash = signs.iter().position(|sign| *sign == Sign::Literal('/'));
    if let Some((head, rest)) = slash.and_then(|at| signs.split_at_checked(at))
        && is_host(head)
    {
        return (normalize_host(head), rest.iter().skip(1).cloned().collect(), true);
    }
    (literals(DOCKER_HUB), signs.to_vec(), false)
}

fn is_host(head: &[Sign]) -> bool {
    let has = |wanted: char| head.contains(&Sign::Literal(wanted));
    has('.') || has(':') || head == literals("localhost")
}

/// A literal registry gets the spelling that references have; one with wildcards at least their case. One that no
/// reference can have stays as it is and matches nothing, as in the original.
fn normalize_host(head: &[Sign]) -> Vec<Sign> {
    let lower = head.iter().map(|sign| match sign {
        Sign::Literal(c) => Sign::Literal(c.to_ascii_lowercase()),
        Sign::One | Sign::Run | Sign::In(_) | Sign::NotIn(_) => sign.clone(),
    });
    let literal: Option<String> = lower
        .clone()
        .map(|sign| if let Sign::Literal(c) = sign { Some(c) } else { None })
        .collect();
    match literal.and_then(|text| host::normalize(Piece { text: &text, at: 0 }).ok()) {
        Some(host) => literals(&host),
        None => lower.collect(),
    }
}

fn has_tag(path: &[Sign]) -> bool {
    path.iter()
        .rev()
        .take_while(|sign| **sign != Sign::Literal('/'))
        .any(|sign| matches!(sign, Sign::Literal(':' | '@')))
}

fn literals(text: &str) -> Vec<Sign> {
    text.chars().map(Sign::Literal).collect()
}

/// Why a value is no list of globs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LegacyAllowListError {
    /// An item the original's glob library refuses too.
    #[error("allowedImageList item {item} is no glob: {reason}")]
    Glob {
        /// The item, safe to print.
        item: String,
        /// What is wrong with it and what to write.
        reason: String,
    },
    /// An item beyond every sensible size.
    #[error("allowedImageList item {item} is too large to be compiled; write several shorter ones")]
    TooLarge {
        /// The item, safe to print.
        item: String,
    },
}
