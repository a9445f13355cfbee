//! Globs over tags, for the `tags` of a policy. They judge the tag as the author wrote it, never where it leads.

use std::fmt;
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::charset::{quoted, shown};
use super::cover::glob_covers;
use super::reference::Reference;
use super::tag::{TAG_LIMIT, Tag, is_tag_character};

/// A glob over a tag: `*` any run of characters, `?` one, the whole tag. `3.*`, `v?`, `latest`.
#[derive(Debug, Clone)]
pub struct TagPattern {
    written: String,
    matcher: GlobMatcher,
}

impl TagPattern {
    /// Reads a glob over tags.
    ///
    /// # Errors
    /// [`TagPatternError`] where it could match no tag, or holds a character without a meaning.
    pub fn parse(text: &str) -> Result<Self, TagPatternError> {
        let Some(first) = text.chars().next() else {
            return Err(TagPatternError::Empty);
        };
        if let Some(character) = text.chars().find(|c| !is_tag_character(*c) && !matches!(c, '*' | '?')) {
            return Err(TagPatternError::Character {
                character: shown(character),
                written: quoted(text),
            });
        }
        if matches!(first, '.' | '-') {
            return Err(TagPatternError::Start { written: quoted(text) });
        }
        if text.contains("**") {
            return Err(TagPatternError::DoubleStar { written: quoted(text) });
        }
        if text.chars().filter(|c| *c != '*').count() > TAG_LIMIT {
            return Err(TagPatternError::TooLong { limit: TAG_LIMIT });
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .backslash_escape(false)
            .build();
        match glob {
            Ok(glob) => Ok(Self {
                written: text.to_owned(),
                matcher: glob.compile_matcher(),
            }),
            Err(_) => Err(TagPatternError::TooLong { limit: TAG_LIMIT }),
        }
    }

    /// Whether the reference's tag, as written or the implicit `latest`, fits. A reference by digest alone has no tag
    /// and fits no glob: what its bytes were once called is not known.
    pub fn matches(&self, reference: &Reference) -> bool {
        reference.tag().is_some_and(|tag| self.matches_tag(tag))
    }

    /// Whether this tag fits.
    pub fn matches_tag(&self, tag: &Tag) -> bool {
        self.matcher.is_match(tag.as_str())
    }

    /// Whether every tag that fits the other fits this one. It may say no where it could say yes.
    pub fn covers(&self, other: &Self) -> bool {
        glob_covers(&self.written, &other.written)
    }

    /// The glob as the policy's author wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl PartialEq for TagPattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for TagPattern {}

impl fmt::Display for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for TagPattern {
    type Err = TagPatternError;

    fn from_str(text: &str) -> Result<Self, TagPatternError> {
        Self::parse(text)
    }
}

impl Serialize for TagPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for TagPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Why a text is no glob over tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagPatternError {
    /// Nothing was written.
    #[error("tag pattern is empty; write a tag or a glob, as in `3.*`")]
    Empty,
    /// A character that no tag has and that is no wildcard.
    #[error(
        "character {character} is not allowed in the tag pattern {written}; letters, digits, `_`, `.`, `-` and the \
         wildcards `*` and `?` are"
    )]
    Character {
        /// The character, safe to print.
        character: String,
        /// The pattern, safe to print.
        written: String,
    },
    /// Begins as no tag does.
    #[error("tag pattern {written} matches no tag: a tag begins with a letter, a digit or `_`")]
    Start {
        /// The pattern, safe to print.
        written: String,
    },
    /// `**`.
    #[error("tag pattern {written} has `**`; one `*` is enough, a tag has no parts")]
    DoubleStar {
        /// The pattern, safe to print.
        written: String,
    },
    /// Longer than any tag.
    #[error("tag pattern matches no tag: more than {limit} characters besides `*`")]
    TooLong {
        /// The limit.
        limit: usize,
    },
}
