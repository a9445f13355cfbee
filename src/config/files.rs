//! One entry of a task's `files`, brought into one form. The plan, the stores and a checkout read entries by this type
//! alone, so that the desk and the service say the same of each.

use std::fmt;

use super::path::{FilePath, PathError};

/// A file or folder of the repository, relative to its root: `locust/basic.py`. A leading `/` means
/// the same as none, a trailing one means the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileEntry {
    path: FilePath,
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

impl FileEntry {
    /// Reads one entry as written.
    ///
    /// # Errors
    /// When it is empty, is too long, or could name something outside of the repository.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        match text.strip_suffix('/') {
            // `//` and `a//` name no folder: an empty name stands between the slashes.
            Some(folder) if folder.ends_with('/') => Err(PathError::Part {
                written: crate::yaml::quoted(text),
                part: String::new(),
            }),
            Some(folder) => FilePath::parse(folder).map(|path| Self {
                path,
                kind: FileKind::Folder,
            }),
            None => FilePath::parse(text).map(|path| Self {
                path,
                kind: FileKind::FileOrFolder,
            }),
        }
    }

    /// The path from the root of the repository.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        &self.path
    }

    /// Whether a folder is meant for certain.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }
}

impl fmt::Display for FileEntry {
    /// The one form: no leading slash, a trailing one for a folder.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.path)?;
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
    fn whatever_could_lead_out_of_the_folder_is_refused() {
        let empty = "names no file; write one such as \"locust/basic.py\"";
        let part = |part: &str| {
            format!("has the part {part:?} between slashes; write the path from the root of the repository")
        };
        let sign = |sign: &str| format!("holds `{sign}`, which the control plane refuses; rename the file");
        let code =
            |code: &str| format!("holds the character {code}; use names without control characters and backslashes");
        for (text, expected) in [
            ("", empty.to_owned()),
            ("/", empty.to_owned()),
            ("..", part("..")),
            ("../a", part("..")),
            ("a/../../b", part("..")),
            ("/../a", part("..")),
            ("a/../", part("..")),
            ("/etc/../passwd", part("..")),
            (".", part(".")),
            ("./a", part(".")),
            ("a/.", part(".")),
            ("a//b", part("")),
            ("//", part("")),
            ("//a", part("")),
            ("a//", part("")),
            ("///", part("")),
            ("~", sign("~")),
            ("~/a", sign("~")),
            ("a~", sign("~")),
            ("a..b", sign("..")),
            ("a/b..", sign("..")),
            ("a\0b", code("U+0000")),
            ("a\nb", code("U+000A")),
            ("a\u{7f}b", code("U+007F")),
            ("\u{1b}[31m", code("U+001B")),
            ("a\\..\\b", code("U+005C")),
        ] {
            let error = FileEntry::parse(text).unwrap_err().to_string();
            assert!(error.ends_with(&expected), "{text:?}: {error}");
            assert!(
                error.starts_with("path \"") && !error.contains('\n'),
                "{text:?}: {error}"
            );
        }
        for long in ["a".repeat(256), "a/".repeat(513), "é".repeat(128), "x".repeat(5000)] {
            let error = FileEntry::parse(&long).unwrap_err();
            assert!(matches!(error, PathError::TooLong { .. }), "{error}");
            assert!(error.to_string().len() < 300, "{error}");
        }
        assert!(FileEntry::parse(&"a".repeat(255)).is_ok());
    }

    #[test]
    fn slashes_at_the_ends_do_not_change_the_path() {
        use FileKind::{FileOrFolder, Folder};
        for (text, path, kind, shown) in [
            ("locust/basic.py", "locust/basic.py", FileOrFolder, "locust/basic.py"),
            ("/locust/basic.py", "locust/basic.py", FileOrFolder, "locust/basic.py"),
            ("helm", "helm", FileOrFolder, "helm"),
            ("/helm", "helm", FileOrFolder, "helm"),
            ("helm/", "helm", Folder, "helm/"),
            ("/helm/", "helm", Folder, "helm/"),
            ("a b/ü.x/.hidden", "a b/ü.x/.hidden", FileOrFolder, "a b/ü.x/.hidden"),
            ("a/b c+d%2F.txt", "a/b c+d%2F.txt", FileOrFolder, "a/b c+d%2F.txt"),
        ] {
            let entry = FileEntry::parse(text).unwrap();
            let found = (entry.path().as_str(), entry.kind(), entry.to_string());
            assert_eq!(found, (path, kind, shown.to_owned()), "{text}");
            // The form that a plan keeps means the same when it is read again.
            assert_eq!(FileEntry::parse(shown), Ok(entry), "{text}");
        }
    }
}
