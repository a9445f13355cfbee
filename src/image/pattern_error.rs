//! Why a text is no image pattern. A policy with such a pattern does not load, so each message says what to write.

use super::error::ReferenceError;

/// Why a text is no image pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing was written.
    #[error("image pattern is empty; write `registry/path`, as in `ghcr.io/acme/**`")]
    Empty,
    /// Longer than any pattern needs to be.
    #[error("image pattern has {length} characters; at most {limit} are allowed")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A character without a meaning here.
    #[error(
        "character {character} at column {column} is not allowed in an image pattern; the only wildcards are `*` \
         inside one name and `**` for whole names, everything else is written out"
    )]
    Character {
        /// The character, safe to print.
        character: String,
        /// Where it stands, from 1.
        column: usize,
    },
    /// A tag, which has a key of its own.
    #[error(
        "image pattern {written} has a tag (or is a registry with a port and no path); write tags as `tags: [...]` \
         beside the image, and a whole registry as `host:port/**`"
    )]
    Tag {
        /// The pattern, safe to print.
        written: String,
    },
    /// A digest, which no pattern can stand for.
    #[error("image pattern {written} has a digest; name the repository, and let `requireDigest` ask for digests")]
    Digest {
        /// The pattern, safe to print.
        written: String,
    },
    /// `*` alone, which many tools take for everything.
    #[error(
        "image pattern `*` is too little; write `**` for any image, `docker.io/library/*` for the official images of \
         Docker Hub"
    )]
    LoneStar,
    /// A registry without a path, which is a Docker Hub image to the grammar.
    #[error(
        "image pattern {written} is a registry without a path; write `{name}/**` for all it holds, \
         `docker.io/library/{name}` for the Docker Hub image of that name"
    )]
    RegistryAlone {
        /// The pattern, safe to print.
        written: String,
        /// The same, bare.
        name: String,
    },
    /// `*/app`: any registry, or any user of Docker Hub?
    #[error(
        "image pattern {written} begins with a wildcard; name the registry, as in `docker.io/{name}`, or write `**` \
         for any image"
    )]
    WildcardHead {
        /// The pattern, safe to print.
        written: String,
        /// The same, bare.
        name: String,
    },
    /// A wildcard in the registry other than one label below a domain.
    #[error(
        "registry {written} has a wildcard; the only one allowed is one label below a domain of two or more labels, \
         as in `*.example.com`"
    )]
    RegistryWildcard {
        /// The registry part, safe to print.
        written: String,
    },
    /// `foo**`.
    #[error(
        "{written} has `**` inside a name; `**` stands between slashes for whole names, `*` for characters of one name"
    )]
    DoubleStar {
        /// The name, safe to print.
        written: String,
    },
    /// The literal part is no name.
    #[error(transparent)]
    Name(#[from] ReferenceError),
}
