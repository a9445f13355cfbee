//! The format between endpoint and init container: for each file one line of JSON, then its bytes; at last a line
//! that says how many there were. Made for streaming: no archive, no names to unpack that were not checked.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Longest header line.
const MAX_HEADER: usize = 16 * 1024;

/// One line before a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Path below the folder.
    pub path: String,
    /// Bytes that follow.
    pub size: u64,
    /// SHA-256 of those bytes, in hex.
    pub sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    files: usize,
}

/// What is wrong with a transfer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A header is not one.
    #[error("the transfer is damaged: {0}")]
    Header(String),
    /// The bytes are not those that were announced.
    #[error("file `{0}` arrived damaged: its SHA-256 differs")]
    Digest(String),
    /// The connection ended early.
    #[error("the transfer ended early, after {files} file(s)")]
    Truncated {
        /// Files that arrived whole.
        files: usize,
    },
    /// Something follows the end.
    #[error("the transfer goes on after its end")]
    Trailing,
}

/// A piece of a transfer, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A file begins.
    Begin(Header),
    /// Bytes of the current file.
    Bytes(Vec<u8>),
    /// The current file is whole and its digest is right.
    Whole,
}

/// The header line of a file.
#[must_use]
pub fn encode_header(header: &Header) -> Vec<u8> {
    let mut line = serde_json::to_vec(header).unwrap_or_default();
    line.push(b'\n');
    line
}

/// The last line.
#[must_use]
pub fn encode_end(files: usize) -> Vec<u8> {
    let mut line = serde_json::to_vec(&End { files }).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Reads a transfer as it arrives.
#[derive(Debug, Default)]
pub struct Frames {
    line: Vec<u8>,
    current: Option<(Header, u64, Sha256)>,
    files: usize,
    ended: bool,
}

impl Frames {
    /// Takes the next bytes and returns what they complete.
    ///
    /// # Errors
    /// [`FrameError`] as soon as the transfer cannot be right any more.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Piece>, FrameError> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            if self.ended {
                return Err(FrameError::Trailing);
            }
            bytes = match self.current.take() {
                Some(current) => self.content(current, bytes, &mut pieces)?,
                None => self.header(bytes, &mut pieces)?,
            };
        }
        Ok(pieces)
    }

    fn content<'a>(
        &mut self,
        (header, left, mut hash): (Header, u64, Sha256),
        bytes: &'a [u8],
        pieces: &mut Vec<Piece>,
    ) -> Result<&'a [u8], FrameError> {
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (content, rest) = bytes.split_at_checked(take).unwrap_or((bytes, &[]));
        hash.update(content);
        if !content.is_empty() {
            pieces.push(Piece::Bytes(content.to_vec()));
        }
        let left = left.saturating_sub(content.len() as u64);
        if left > 0 {
            self.current = Some((header, left, hash));
            return Ok(rest);
        }
        if data_encoding::HEXLOWER.encode(&hash.finalize()) != header.sha256 {
            return Err(FrameError::Digest(header.path));
        }
        self.files += 1;
        pieces.push(Piece::Whole);
        Ok(rest)
    }

    fn header<'a>(&mut self, bytes: &'a [u8], pieces: &mut Vec<Piece>) -> Result<&'a [u8], FrameError> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (part, rest) = match end.and_then(|end| bytes.split_at_checked(end)) {
            Some((part, rest)) => (part, rest.get(1..)),
            None => (bytes, None),
        };
        if self.line.len().saturating_add(part.len()) > MAX_HEADER {
            return Err(FrameError::Header(format!(
                "a header is longer than {MAX_HEADER} bytes"
            )));
        }
        self.line.extend_from_slice(part);
        let Some(rest) = rest else { return Ok(&[]) };
        let line = std::mem::take(&mut self.line);
        if let Ok(end) = serde_json::from_slice::<End>(&line) {
            if end.files != self.files {
                return Err(FrameError::Header(format!(
                    "{} files were announced, {} came",
                    end.files, self.files
                )));
            }
            self.ended = true;
            return Ok(rest);
        }
        let header: Header = serde_json::from_slice(&line).map_err(|error| FrameError::Header(error.to_string()))?;
        pieces.push(Piece::Begin(header.clone()));
        let size = header.size;
        let current = (header, size, Sha256::new());
        // An empty file is whole as soon as it begins.
        if size == 0 {
            self.content(current, &[], pieces).map(|_| rest)
        } else {
            self.current = Some(current);
            Ok(rest)
        }
    }

    /// Says whether the transfer is complete.
    ///
    /// # Errors
    /// [`FrameError::Truncated`] when its last line never came.
    pub fn finish(&self) -> Result<(), FrameError> {
        if self.ended {
            Ok(())
        } else {
            Err(FrameError::Truncated { files: self.files })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (path, content) in files {
            let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(content));
            bytes.extend(encode_header(&Header {
                path: (*path).to_owned(),
                size: content.len() as u64,
                sha256,
            }));
            bytes.extend_from_slice(content);
        }
        bytes.extend(encode_end(files.len()));
        bytes
    }

    #[test]
    fn any_chunking_gives_the_same_files() {
        let bytes = transfer(&[("a", b"one\ntwo"), ("empty", b""), ("b/c", &[0, 10, 255])]);
        for chunk in [1, 2, 3, 7, bytes.len()] {
            let mut frames = Frames::default();
            let pieces: Vec<Piece> = bytes
                .chunks(chunk)
                .flat_map(|part| frames.feed(part).unwrap())
                .collect();
            frames.finish().unwrap();
            let content: Vec<u8> = pieces
                .iter()
                .filter_map(|p| if let Piece::Bytes(b) = p { Some(b.clone()) } else { None })
                .flatten()
                .collect();
            assert_eq!(content, b"one\ntwo\x00\x0a\xff");
            assert_eq!(pieces.iter().filter(|piece| **piece == Piece::Whole).count(), 3);
        }
    }

    #[test]
    fn a_damaged_transfer_is_refused() {
        let mut flipped = transfer(&[("a", b"content")]);
        let at = flipped.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        flipped[at] ^= 1;
        assert_eq!(Frames::default().feed(&flipped), Err(FrameError::Digest("a".into())));
        let whole = transfer(&[("a", b"content")]);
        let mut frames = Frames::default();
        frames.feed(&whole[..whole.len() - 5]).unwrap();
        assert_eq!(frames.finish(), Err(FrameError::Truncated { files: 1 }));
        let mut longer = whole.clone();
        longer.push(b'x');
        assert_eq!(Frames::default().feed(&longer), Err(FrameError::Trailing));
        assert!(matches!(
            Frames::default().feed(b"{\"files\":1}\n"),
            Err(FrameError::Header(_))
        ));
        assert!(matches!(
            Frames::default().feed(&vec![b'x'; 20_000]),
            Err(FrameError::Header(_))
        ));
    }
}
