//! Paths of files: below the service's folder in the repository, and later below `/keptn` in the pod.
//!
//! There is one way to a [`FilePath`], and it refuses whatever could lead out of that folder, mean two things to two
//! readers, or is refused by the control plane anyway. What an author writes, what a store lists and what a checkout
//! holds go through the same check. Whether such a file exists is not known here.

use std::fmt;

use crate::yaml::quoted;

/// The longest path, in bytes.
const LONGEST_PATH: usize = 1024;
/// The longest name of a file on Linux, in bytes.
const LONGEST_NAME: usize = 255;

/// A path below the service's folder: one or more names with `/` between them, no `/` at either end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

/// Why a text is no path of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No path at all, or only a slash.
    #[error("path {written} names no file; write one such as \"locust/basic.py\"")]
    Empty {
        /// The text, quoted and shortened.
        written: String,
    },
    /// A part `.` or `..`, or none between two slashes.
    #[error("path {written} has the part {part:?} between slashes; write the path from the root of the repository")]
    Part {
        /// The text, quoted and shortened.
        written: String,
        /// The part.
        part: String,
    },
    /// What the control plane refuses in any path (protocol reference 2.2).
    #[error("path {written} holds `{sign}`, which the control plane refuses; rename the file")]
    Refused {
        /// The text, quoted and shortened.
        written: String,
        /// The sign.
        sign: &'static str,
    },
    /// A character that no path should have.
    #[error("path {written} holds the character U+{code:04X}; use names without control characters and backslashes")]
    Character {
        /// The text, quoted and shortened.
        written: String,
        /// Its Unicode code point.
        code: u32,
    },
    /// Longer than any file system takes.
    #[error("path {written} is too long; it may have 1024 bytes, each name in it 255")]
    TooLong {
        /// The text, quoted and shortened.
        written: String,
    },
}

impl FilePath {
    /// A path as written or listed; one leading `/` does not count (DESIGN 11.13).
    ///
    /// # Errors
    /// See [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let written = || quoted(text);
        let path = text.strip_prefix('/').unwrap_or(text);
        if path.is_empty() {
            return Err(PathError::Empty { written: written() });
        }
        if path.len() > LONGEST_PATH || path.split('/').any(|name| name.len() > LONGEST_NAME) {
            return Err(PathError::TooLong { written: written() });
        }
        let odd = |character: &char| character.is_control() || *character == '\\';
        if let Some(character) = path.chars().find(odd) {
            return Err(PathError::Character {
                written: written(),
                code: u32::from(character),
            });
        }
        if let Some(part) = path.split('/').find(|part| matches!(*part, "" | "." | "..")) {
            return Err(PathError::Part {
                written: written(),
                part: part.to_owned(),
            });
        }
        match ["~", ".."].into_iter().find(|sign| path.contains(sign)) {
            Some(sign) => Err(PathError::Refused {
                written: written(),
                sign,
            }),
            None => Ok(Self(path.to_owned())),
        }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
