//! When two deliveries are the same event, and when they only claim to be.
//!
//! Must never depend on anything but the event: the identity names Jobs and run records, so the
//! same event must get the same names from every replica, today and after an upgrade.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Event;

/// SHA-256 over `source` and `id`, each preceded by its length in bytes as a big-endian 64 bit
/// number, so that no two pairs share a text. CloudEvents 1.0: producers keep (source, id) unique.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity([u8; 32]);

impl Identity {
    /// The identity of the event that `source` calls `id`.
    pub fn of(source: &str, id: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [source, id] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Identity(hash.finalize().into())
    }

    /// All 64 hexadecimal digits, lower-case.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The first `length` characters (at most 52) in lower-case base32 of RFC 4648, section 6,
    /// without padding: fit for Kubernetes names. 16 characters are 80 bits.
    pub fn base32(&self, length: usize) -> String {
        BASE32_NOPAD
            .encode(&self.0)
            .to_ascii_lowercase()
            .chars()
            .take(length)
            .collect()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.hex())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identity({})", self.hex())
    }
}

impl Event {
    /// Which event this is, whatever it says.
    pub fn identity(&self) -> Identity {
        Identity::of(self.source(), self.id())
    }

    /// SHA-256 of the exact bytes, 64 hexadecimal digits: the same identity with another digest
    /// is another content under a used id, to be reported and never silently dropped.
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.raw().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_never_changes_between_versions() {
        // Worked out with `printf '\0\0\0\0\0\0\0\1s\0\0\0\0\0\0\0\1i' | sha256sum`.
        let identity = Identity::of("s", "i");
        assert_eq!(
            identity.hex(),
            "4f741521377b2f64ad7b85c492f4e442308c8b6c25990dfe0bf2a42f4e8b874c"
        );
        assert_eq!(identity.to_string(), identity.hex());
        assert_eq!(identity.base32(16), "j52bkijxpmxwjll3");
        assert_eq!(identity.base32(0), "");
        assert_eq!(identity.base32(1000).len(), 52);
    }

    #[test]
    fn source_and_id_cannot_be_shifted_into_each_other() {
        let pairs = [
            ("ab", "c"),
            ("a", "bc"),
            ("abc", ""),
            ("", "abc"),
            ("c", "ab"),
            ("a\0b", "c"),
            ("a", "b\0c"),
        ];
        let mut all: Vec<Identity> = pairs.iter().map(|(source, id)| Identity::of(source, id)).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), pairs.len());
    }
}
