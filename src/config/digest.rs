//! The identity of a configuration: a digest of its bytes.

use std::fmt;

use sha3::{Digest, Sha3_224};

/// SHA3-224 of the raw bytes of `job/config.yaml`, in lower-case hexadecimal: the value of the label
/// `keptn.sh/jes-job-confighash` (protocol reference 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct ConfigDigest(String);

impl ConfigDigest {
    /// The digest of the bytes as they were read, a byte order mark included.
    pub fn of(bytes: &[u8]) -> Self {
        Self(data_encoding::HEXLOWER.encode(&Sha3_224::digest(bytes)))
    }

    /// The 56 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConfigDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha3_224_of_the_raw_bytes() {
        // Test vectors of FIPS 202.
        for (bytes, digest) in [
            ("", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"),
            ("abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
        ] {
            assert_eq!(ConfigDigest::of(bytes.as_bytes()).to_string(), digest, "{bytes:?}");
        }
    }
}
