//! Why a text is no image reference. Every message names the part, the character or text in it, and what to write.

use std::fmt;

use super::digest::DigestError;

/// The part of a reference that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The whole text.
    Reference,
    /// The registry's host, with its port.
    Registry,
    /// The path below the registry.
    Repository,
    /// One part of the path between slashes.
    Component,
    /// The tag.
    Tag,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "image reference",
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Component => "path component",
            Self::Tag => "tag",
        })
    }
}

/// Why a text is no image reference that every parser reads alike. Columns count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing was written.
    #[error("image reference is empty; write `registry/repository:tag`, as in `docker.io/library/alpine:3.20`")]
    Empty,
    /// A part is longer than the grammar allows.
    #[error("{part} has {length} characters; at most {limit} are allowed")]
    TooLong {
        /// Which part.
        part: Part,
        /// Its length, normalised.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A character that must not stand where it stands.
    #[error("character {character} at column {column} is not allowed in the {part}; {hint}")]
    Character {
        /// The character, safe to print.
        character: String,
        /// Where it stands.
        column: usize,
        /// In which part.
        part: Part,
        /// What is allowed.
        hint: &'static str,
    },
    /// Two slashes in a row, or one at either end.
    #[error("path component at column {column} is empty; write one `/` between two names and none at either end")]
    EmptyComponent {
        /// Where a name should begin.
        column: usize,
    },
    /// Dots, dashes or underscores where a letter or digit must stand.
    #[error(
        "separator `{separator}` at column {column} is not allowed there; a name begins and ends with a letter or digit, \
         and between two of them stands one `.`, one or two `_`, or any number of `-`"
    )]
    Separator {
        /// The run of separators.
        separator: String,
        /// Where it begins.
        column: usize,
    },
    /// `https://` and its like.
    #[error("image reference begins with a scheme `{scheme}://`; write it without")]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// A colon with nothing behind it.
    #[error("tag is empty; write one after the `:` or leave the `:` out")]
    EmptyTag,
    /// A tag that begins with a dot or a dash.
    #[error("tag begins with {character}; it must begin with a letter, a digit or `_`")]
    TagStart {
        /// The first character.
        character: String,
    },
    /// What stands after the `@` is no digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// 64 hexadecimal digits: an image id to some, a repository to others.
    #[error(
        "64 hexadecimal digits are read as an image id by one parser and as a repository by another; write \
         `docker.io/library/{written}` or `repository@sha256:{written}`"
    )]
    ImageId {
        /// The digits.
        written: String,
    },
    /// A digest without a repository: an image id to some, a repository `sha256` with a tag to others.
    #[error("{written} is a digest without a repository; write `repository@sha256:...`")]
    DigestAlone {
        /// The digest, safe to print.
        written: String,
    },
    /// `localhost/x`: a registry to some, a Docker Hub user to others.
    #[error(
        "`localhost` without a port is read as a registry by one parser and as a Docker Hub name by another; write \
         its port, as in `localhost:5000/{rest}`, or `docker.io/localhost/{rest}`"
    )]
    Localhost {
        /// What follows the slash.
        rest: String,
    },
    /// `Foo/bar`: a registry to some, an error to others.
    #[error(
        "{written} has upper-case letters and neither a dot nor a port: one parser reads a registry, another refuses \
         it; write a repository in lower case, or a registry with its domain or port"
    )]
    UpperCaseHead {
        /// What stands before the first slash, safe to print.
        written: String,
    },
    /// A label of the registry's name is empty.
    #[error(
        "registry {written} has an empty label at column {column}; write single dots between names and none at \
         either end"
    )]
    EmptyLabel {
        /// The host, safe to print.
        written: String,
        /// Where the label should begin.
        column: usize,
    },
    /// A label of the registry's name begins or ends with a dash.
    #[error(
        "registry label {label} at column {column} begins or ends with `-`; it must begin and end with a letter or \
         digit"
    )]
    Label {
        /// The label, safe to print.
        label: String,
        /// Where it begins.
        column: usize,
    },
    /// Ends in a number, yet is no IPv4 address in four parts: resolvers disagree on what it is.
    #[error(
        "registry {written} ends in a number and is no IPv4 address; write four numbers from 0 to 255 without \
         leading zeros, or a name"
    )]
    Ipv4 {
        /// The host, safe to print.
        written: String,
    },
    /// What stands in the brackets is no IPv6 address.
    #[error("registry {written} is no IPv6 address; write it as in `[2001:db8::1]:5000`")]
    Ipv6 {
        /// The text, safe to print.
        written: String,
    },
    /// An IPv4 address in IPv6 clothes would be a second name for one registry.
    #[error("registry {written} is an IPv4 address in IPv6 form; write it as `{address}`")]
    Ipv4InIpv6 {
        /// The text, safe to print.
        written: String,
        /// The same address as IPv4.
        address: String,
    },
    /// A colon, and no port from 1 to 65535 behind it.
    #[error(
        "registry port {written} is no number from 1 to 65535 without leading zeros; an IPv6 address stands in \
         brackets, as in `[::1]:5000/app`"
    )]
    Port {
        /// What stands behind the colon, safe to print.
        written: String,
    },
}
