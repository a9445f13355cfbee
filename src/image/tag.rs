//! Tags. A tag is a name that moves: it is judged as the author wrote it, and never run.

use std::fmt;

use super::charset::{Piece, shown};
use super::error::{Part, ReferenceError};

/// Most characters of a tag.
pub(super) const TAG_LIMIT: usize = 128;

/// A tag by the grammar of distribution/reference: a letter, digit or `_`, then up to 127 of these, `.` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// Reads a tag.
    ///
    /// # Errors
    /// [`ReferenceError`] names the character that must not be there.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::parse_piece(Piece { text, at: 0 })
    }

    pub(super) fn parse_piece(tag: Piece<'_>) -> Result<Self, ReferenceError> {
        let Some(first) = tag.text.chars().next() else {
            return Err(ReferenceError::EmptyTag);
        };
        if let Some((offset, character)) = tag.text.chars().enumerate().find(|(_, c)| !is_tag_character(*c)) {
            return Err(ReferenceError::Character {
                character: shown(character),
                column: tag.column(offset),
                part: Part::Tag,
                hint: "letters, digits, `_`, `.` and `-` are",
            });
        }
        if matches!(first, '.' | '-') {
            return Err(ReferenceError::TagStart {
                character: shown(first),
            });
        }
        if tag.text.len() > TAG_LIMIT {
            return Err(ReferenceError::TooLong {
                part: Part::Tag,
                length: tag.text.len(),
                limit: TAG_LIMIT,
            });
        }
        Ok(Self(tag.text.to_owned()))
    }

    /// The tag that a reference without tag and digest means.
    pub(super) fn latest() -> Self {
        Self(String::from("latest"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a tag may hold this character.
pub(super) fn is_tag_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}
