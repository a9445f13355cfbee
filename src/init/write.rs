//! Writing received files, below one folder and nowhere else.

use std::path::{Component, Path, PathBuf};

use tokio::io::AsyncWriteExt as _;

use super::frame::Piece;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Its path leaves the folder.
    #[error("file `{0}` is not a plain path below the folder")]
    Path(String),
    /// The file system refused.
    #[error("file `{path}` could not be written: {source}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Bytes without a file.
    #[error("bytes arrived outside of any file")]
    Order,
}

/// Writes pieces into a folder. Folders get mode 0755 and files 0644: the task may run as another user.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    current: Option<(String, tokio::fs::File)>,
    written: usize,
}

impl Writer {
    /// Writes below this folder, which exists already.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            current: None,
            written: 0,
        }
    }

    /// Files that are whole.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`WriteError`] when the path is no plain path or the file system refuses.
    pub async fn accept(&mut self, piece: Piece) -> Result<(), WriteError> {
        match piece {
            Piece::Begin(header) => {
                let target = self.folder.join(plain(&header.path)?);
                let failed = |source| WriteError::Io {
                    path: header.path.clone(),
                    source,
                };
                if let Some(parent) = target.parent() {
                    tokio::fs::create_dir_all(parent).await.map_err(failed)?;
                }
                // create_new never follows a link that stands at the last component.
                let file = tokio::fs::File::options()
                    .write(true)
                    .create_new(true)
                    .open(&target)
                    .await
                    .map_err(failed)?;
                self.current = Some((header.path, file));
            }
            Piece::Bytes(bytes) => {
                let (path, file) = self.current.as_mut().ok_or(WriteError::Order)?;
                file.write_all(&bytes).await.map_err(|source| WriteError::Io {
                    path: path.clone(),
                    source,
                })?;
            }
            Piece::Whole => {
                let (path, mut file) = self.current.take().ok_or(WriteError::Order)?;
                file.flush().await.map_err(|source| WriteError::Io {
                    path: path.clone(),
                    source,
                })?;
                self.written += 1;
            }
        }
        Ok(())
    }
}

/// The path, when every component of it is a plain name.
fn plain(path: &str) -> Result<&Path, WriteError> {
    let refused = || WriteError::Path(path.to_owned());
    let parsed = Path::new(path);
    let all_plain = parsed
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    if path.is_empty() || path.contains(['\0', '\\']) || path.contains("//") || path.ends_with('/') || !all_plain {
        return Err(refused());
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_written() {
        for path in ["a", "a/b.py", "helm/values.yaml", ".hidden/x", "spaced name"] {
            assert!(plain(path).is_ok(), "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "a/",
            "a\0b",
            "a\\..\\b",
            "./a/..",
        ] {
            assert!(plain(path).is_err(), "{path}");
        }
    }
}
