//! One entry of a task's `files`, brought into one form.
//!
//! A path that could leave the folder it is put in never becomes a [`FileEntry`]. Whether the file
//! exists is not known here.

use std::fmt;

use crate::yaml::quoted;

/// The longest path, in bytes.
const LONGEST_PATH: usize = 1024;
/// The longest name of a file on Linux, in bytes.
const LONGEST_NAME: usize = 255;

/// A file or folder of the repository, relative to its root: `locust/basic.py`. A leading `/` means
/// the same as none, a trailing one means the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileEntry {
    path: String,
    kind: FileKind,
}

/// What an entry asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// The file of that path if there is one, otherwise everything in the folder of that path.
    FileOrFolder,
    /// Everything in the folder: the entry was written with a trailing `/`.
    Folder,
}

/// Why an entry of `files` names nothing that can be mounted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileEntryError {
    /// No path at all, or only slashes.
    #[error("files entry {written} names no file; write a path such as \"locust/basic.py\"")]
    Empty {
        /// The entry as written, quoted.
        written: String,
    },
    /// A segment `.` or `..`, or none between two slashes.
    #[error("files entry {written} has the path segment {segment:?}; write the path from the root of the repository")]
    Segment {
        /// The entry as written, quoted.
        written: String,
        /// The segment.
        segment: String,
    },
    /// A character that no path should have.
    #[error(
        "files entry {written} holds the character U+{code:04X}; use names without control characters and backslashes"
    )]
    Character {
        /// The entry as written, quoted.
        written: String,
        /// Its Unicode code point.
        code: u32,
    },
    /// Longer than any file system takes.
    #[error("files entry {written} is too long; a path may have 1024 bytes, each name in it 255")]
    TooLong {
        /// The entry as written, quoted and shortened.
        written: String,
    },
}

impl FileEntry {
    /// Reads one entry as written.
    ///
    /// # Errors
    /// When it is empty, is too long, or could name something outside of the repository.
    pub fn parse(text: &str) -> Result<Self, FileEntryError> {
        let written = || quoted(text);
        if text.len() > LONGEST_PATH {
            return Err(FileEntryError::TooLong { written: written() });
        }
        let odd = |character: &char| character.is_control() || *character == '\\';
        if let Some(character) = text.chars().find(odd) {
            return Err(FileEntryError::Character {
                written: written(),
                code: u32::from(character),
            });
        }
        let path = text.strip_prefix('/').unwrap_or(text);
        let (path, kind) = match path.strip_suffix('/') {
            Some(folder) => (folder, FileKind::Folder),
            None => (path, FileKind::FileOrFolder),
        };
        if path.is_empty() {
            return Err(FileEntryError::Empty { written: written() });
        }
        for segment in path.split('/') {
            if matches!(segment, "" | "." | "..") {
                return Err(FileEntryError::Segment {
                    written: written(),
                    segment: segment.to_owned(),
                });
            }
            if segment.len() > LONGEST_NAME {
                return Err(FileEntryError::TooLong { written: written() });
            }
        }
        Ok(Self {
            path: path.to_owned(),
            kind,
        })
    }

    /// The path from the root of the repository, without slashes at its ends.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether a folder is meant for certain.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Whether the file at `path` (relative, no slashes at its ends) is one this entry may bring:
    /// the file itself, or one below the folder.
    pub fn covers(&self, path: &str) -> bool {
        let below = path.strip_prefix(&self.path).and_then(|rest| rest.strip_prefix('/'));
        below.is_some_and(|rest| !rest.is_empty()) || (self.kind == FileKind::FileOrFolder && path == self.path)
    }
}

impl fmt::Display for FileEntry {
    /// The one form: no leading slash, a trailing one for a folder.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.path)?;
        match self.kind {
            FileKind::FileOrFolder => Ok(()),
            FileKind::Folder => formatter.write_str("/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_could_leave_the_repository_is_refused() {
        for (text, expected) in [
            (
                "",
                "files entry \"\" names no file; write a path such as \"locust/basic.py\"",
            ),
            (
                "/",
                "files entry \"/\" names no file; write a path such as \"locust/basic.py\"",
            ),
            (
                "..",
                "files entry \"..\" has the path segment \"..\"; write the path from the root of the repository",
            ),
            (
                "a/../../b",
                "files entry \"a/../../b\" has the path segment \"..\"; write the path from the root of the repository",
            ),
            (
                "/../a",
                "files entry \"/../a\" has the path segment \"..\"; write the path from the root of the repository",
            ),
            (
                "a/../",
                "files entry \"a/../\" has the path segment \"..\"; write the path from the root of the repository",
            ),
            (
                "./a",
                "files entry \"./a\" has the path segment \".\"; write the path from the root of the repository",
            ),
            (
                "a//b",
                "files entry \"a//b\" has the path segment \"\"; write the path from the root of the repository",
            ),
            (
                "//a",
                "files entry \"//a\" has the path segment \"\"; write the path from the root of the repository",
            ),
            (
                "a//",
                "files entry \"a//\" has the path segment \"\"; write the path from the root of the repository",
            ),
            (
                "///",
                "files entry \"///\" has the path segment \"\"; write the path from the root of the repository",
            ),
            (
                "a\0b",
                "files entry \"a\\0b\" holds the character U+0000; use names without control characters and backslashes",
            ),
            (
                "a\nb",
                "files entry \"a\\nb\" holds the character U+000A; use names without control characters and backslashes",
            ),
            (
                "a\\..\\b",
                "files entry \"a\\\\..\\\\b\" holds the character U+005C; use names without control characters and backslashes",
            ),
        ] {
            let error = FileEntry::parse(text).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text:?}");
        }
        for long in ["a".repeat(256), "a/".repeat(513), "é".repeat(128)] {
            assert!(
                matches!(FileEntry::parse(&long), Err(FileEntryError::TooLong { .. })),
                "{long}"
            );
        }
        assert!(FileEntry::parse(&"a".repeat(255)).is_ok());
    }

    #[test]
    fn slashes_at_the_ends_do_not_change_the_path() {
        for (text, path, kind, shown) in [
            (
                "locust/basic.py",
                "locust/basic.py",
                FileKind::FileOrFolder,
                "locust/basic.py",
            ),
            (
                "/locust/basic.py",
                "locust/basic.py",
                FileKind::FileOrFolder,
                "locust/basic.py",
            ),
            ("helm", "helm", FileKind::FileOrFolder, "helm"),
            ("/helm", "helm", FileKind::FileOrFolder, "helm"),
            ("helm/", "helm", FileKind::Folder, "helm/"),
            ("/helm/", "helm", FileKind::Folder, "helm/"),
            (
                "a b/ü..x/.hidden",
                "a b/ü..x/.hidden",
                FileKind::FileOrFolder,
                "a b/ü..x/.hidden",
            ),
        ] {
            let entry = FileEntry::parse(text).unwrap();
            assert_eq!(
                (entry.path(), entry.kind(), entry.to_string().as_str()),
                (path, kind, shown),
                "{text}"
            );
        }
    }

    #[test]
    fn an_entry_covers_its_file_and_what_lies_below_its_folder() {
        for (entry, path, covered) in [
            ("helm", "helm", true),
            ("helm/", "helm", false),
            ("helm", "helm/values.yaml", true),
            ("/helm/", "helm/a/b", true),
            ("helm", "helm-abc", false),
            ("helm", "helmDEFG/x", false),
            ("helm", "a/helm", false),
            ("helm", "helm/", false),
        ] {
            assert_eq!(FileEntry::parse(entry).unwrap().covers(path), covered, "{entry} {path}");
        }
    }
}
