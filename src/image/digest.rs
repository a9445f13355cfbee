//! A digest names bytes by their hash. Only the two algorithms below, only lower-case hex, only their exact length:
//! a digest ends up in URLs and in the Job, so that nothing else may ever pass as one.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256, Sha512};

use super::charset::quoted;

/// The hash function of a [`Digest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256, which every registry knows.
    Sha256,
    /// SHA-512, registered by the OCI image specification; understood here, whether it is admitted is policy.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits a digest of this algorithm has.
    pub fn hex_digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    fn hash(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => HEXLOWER.encode(&Sha256::digest(bytes)),
            Self::Sha512 => HEXLOWER.encode(&Sha512::digest(bytes)),
        }
    }
}

/// `sha256:` and 64 lower-case hexadecimal digits (or `sha512:` and 128), as the OCI image specification writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    hex: String,
}

impl Digest {
    /// Reads a digest.
    ///
    /// # Errors
    /// [`DigestError`] says which part is not as it must be.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let Some((name, hex)) = text.split_once(':') else {
            return Err(DigestError::NoAlgorithm { written: quoted(text) });
        };
        let algorithm = match name {
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            other => return Err(DigestError::Algorithm { written: quoted(other) }),
        };
        if hex.len() != algorithm.hex_digits() {
            return Err(DigestError::Length {
                algorithm: algorithm.name(),
                digits: hex.len(),
                expected: algorithm.hex_digits(),
            });
        }
        if hex.bytes().any(|b| b.is_ascii_uppercase()) && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(DigestError::UpperCase);
        }
        match hex.chars().find(|c| !matches!(c, '0'..='9' | 'a'..='f')) {
            Some(character) => Err(DigestError::Character {
                character: super::charset::shown(character),
            }),
            None => Ok(Self {
                algorithm,
                hex: hex.to_owned(),
            }),
        }
    }

    /// The SHA-256 digest of these bytes, computed here and nowhere else: a registry's word is never taken for it.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            hex: Algorithm::Sha256.hash(bytes),
        }
    }

    /// Whether these bytes are the ones this digest names, hashed with the digest's own algorithm.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.algorithm.hash(bytes) == self.hex
    }

    /// The hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hexadecimal digits after the colon, lower case.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        Self::parse(text)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// No colon.
    #[error("digest {written} names no algorithm; write `sha256:` and 64 hexadecimal digits")]
    NoAlgorithm {
        /// The text, safe to print.
        written: String,
    },
    /// Another algorithm than ours.
    #[error("digest algorithm {written} is not supported; write `sha256` or `sha512` in lower case")]
    Algorithm {
        /// The name before the colon, safe to print.
        written: String,
    },
    /// Too few or too many digits.
    #[error("digest has {digits} characters after `{algorithm}:`; exactly {expected} hexadecimal digits are needed")]
    Length {
        /// The algorithm's name.
        algorithm: &'static str,
        /// How many bytes follow the colon.
        digits: usize,
        /// How many must.
        expected: usize,
    },
    /// A to F in upper case: the same bytes would have two names.
    #[error("digest has upper-case hexadecimal digits; write them in lower case")]
    UpperCase,
    /// Something that is no hexadecimal digit.
    #[error("character {character} is not allowed in a digest; only `0` to `9` and `a` to `f` are")]
    Character {
        /// The character, safe to print.
        character: String,
    },
}
