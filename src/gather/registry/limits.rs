//! How much a registry may send, and how long it may take. Every limit has a code of its own in `error.rs`.

use std::time::Duration;

/// Largest manifest, index or page of referrers, in bytes: what registries themselves accept.
pub const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;
/// Largest answer of a token service, in bytes.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;
/// Redirects that are followed.
pub const MAX_REDIRECTS: usize = 3;
/// Entries of an index, and of an index below it none: indexes in indexes are named, not opened.
pub const MAX_CHILDREN: usize = 128;
/// Pages of a list of referrers.
pub const MAX_PAGES: usize = 64;
/// Entries of one page of referrers.
pub const MAX_PAGE_ENTRIES: usize = 1024;
/// Bundles that refer to one image.
pub const MAX_REFERRERS: usize = 100;
/// Layers of one `.sig` or `.att` manifest.
pub const MAX_SIGNATURES: usize = 100;
/// Largest manifest of a referrer, in bytes.
pub const MAX_REFERRER_BYTES: usize = 256 * 1024;
/// Largest payload of a legacy signature, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 1024 * 1024;
/// Largest bundle or attestation, in bytes.
pub const MAX_ATTESTATION_BYTES: usize = 10 * 1024 * 1024;
/// Most bytes of evidence about one image, all of it together.
pub const MAX_EVIDENCE_BYTES: usize = 12 * 1024 * 1024;
/// Requests of one question that are under way at once.
pub const PARALLEL: usize = 4;
/// Credentials that are tried one after the other.
pub const MAX_CREDENTIALS: usize = 3;

/// Times of a request.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// To connect, with looking the name up and TLS.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// For all requests that one question takes: a server that drips does not live longer.
    pub question: Duration,
    /// Longest wait that a registry may ask for.
    pub longest_pause: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(8),
            question: Duration::from_secs(15),
            longest_pause: Duration::from_secs(300),
        }
    }
}
