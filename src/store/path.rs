//! Paths of files: below the service's folder in the repository, and later below `/keptn` in the pod.
//!
//! There is one way to a [`FilePath`], and it refuses whatever could lead out of that folder or mean two things to two
//! readers. What an author writes and what a store lists go through the same check.

use thiserror::Error;

/// The longest path, in bytes.
const LONGEST: usize = 1024;

/// A path below the service's folder: one or more names with `/` between them, no `/` at either end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilePath(String);

/// Why a text is no path of a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("file `{path}` cannot be used: {reason}; a path such as `locust/basic.py` would be accepted")]
pub struct PathError {
    path: String,
    reason: &'static str,
}

impl FilePath {
    /// A path as written or listed; one leading `/` does not count (DESIGN 11.13).
    ///
    /// # Errors
    /// See [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let refused = |reason| {
            Err(PathError {
                path: shown(text),
                reason,
            })
        };
        let path = text.strip_prefix('/').unwrap_or(text);
        if path.is_empty() {
            return refused("it is empty");
        }
        if path.len() > LONGEST {
            return refused("it is longer than 1024 bytes");
        }
        if path.chars().any(char::is_control) {
            return refused("it holds control characters");
        }
        if path.contains(['~', '\\']) {
            return refused("it holds `~` or `\\`");
        }
        // The control plane refuses `..` anywhere, also inside a name.
        if path.contains("..") {
            return refused("it holds `..`");
        }
        if path.split('/').any(|name| name.is_empty() || name == ".") {
            return refused("a name between slashes is empty or `.`");
        }
        Ok(Self(path.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FilePath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One entry of a task's `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file, or a folder where there is no such file.
    FileOrFolder(FilePath),
    /// A folder: the entry ends with `/`.
    Folder(FilePath),
}

impl Entry {
    /// An entry as the author wrote it: a leading `/` does not count, one at the end means the folder.
    ///
    /// # Errors
    /// See [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        match text.strip_suffix('/') {
            Some(folder) => FilePath::parse(folder).map(Self::Folder),
            None => FilePath::parse(text).map(Self::FileOrFolder),
        }
        .map_err(|error| PathError {
            path: shown(text),
            ..error
        })
    }

    /// The path that the entry names, as a file or as a folder.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        match self {
            Self::FileOrFolder(path) | Self::Folder(path) => path,
        }
    }
}

/// A refused text as an error shows it: bounded, on one line.
fn shown(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '?' } else { char })
        .take(80)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_could_lead_out_of_the_folder_is_refused() {
        let rows = [
            "",
            "/",
            "//",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "/../a",
            "a..b",
            ".",
            "./a",
            "a/.",
            "a//b",
            "//a",
            "a//",
            "~",
            "~/a",
            "a~",
            "a\\b",
            "..\\a",
            "a\u{0}",
            "a\nb",
            "a\u{7f}b",
            "\u{1b}[31m",
            "/etc/../passwd",
        ];
        for text in rows {
            let entry = Entry::parse(text);
            assert!(entry.is_err(), "{text:?}: {entry:?}");
        }
        assert!(Entry::parse(&"a".repeat(1025)).is_err());
    }

    #[test]
    fn an_entry_is_the_same_with_and_without_a_leading_slash_and_a_folder_with_one_at_the_end() {
        let path = |text| FilePath::parse(text).unwrap();
        let rows = [
            ("helm", Entry::FileOrFolder(path("helm"))),
            ("/helm", Entry::FileOrFolder(path("helm"))),
            ("helm/", Entry::Folder(path("helm"))),
            ("/helm/", Entry::Folder(path("helm"))),
            ("a/b c+d%2F.txt", Entry::FileOrFolder(path("a/b c+d%2F.txt"))),
            ("etc/passwd", Entry::FileOrFolder(path("/etc/passwd"))),
        ];
        for (text, expected) in rows {
            assert_eq!(Entry::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_refusal_shows_what_was_written_on_one_short_line() {
        let long = format!("../\u{1b}\n{}", "x".repeat(500));
        let text = Entry::parse(&long).unwrap_err().to_string();
        assert!(text.starts_with("file `../??xxx"), "{text}");
        assert!(!text.contains('\n') && text.len() < 300, "{text}");
    }
}
