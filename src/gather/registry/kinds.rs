//! The words that errors are made of: what was read, what was counted, what broke.

use std::fmt;

/// What was shown to a registry that denied access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Nothing.
    Anonymous,
    /// Credentials of a Secret.
    Credentials,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// The name has no address.
    NoAddress,
    /// Nobody listens, or nothing comes back.
    Connect,
    /// The certificate is not one that is trusted, or TLS failed otherwise.
    Tls,
    /// The connection ended before the answer did.
    Cut,
    /// What came is no HTTP.
    Protocol,
}

/// Kinds of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A manifest or an index.
    Manifest,
    /// A blob.
    Blob,
    /// A list of referrers.
    Referrers,
    /// A token.
    Token,
    /// All that a registry shows about one image.
    Evidence,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Countable {
    /// Pages of referrers.
    Pages,
    /// Referrers of one image.
    Referrers,
    /// Signatures of one manifest.
    Signatures,
    /// Entries of an index.
    Children,
}

impl fmt::Display for Breakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAddress => "its name has no address",
            Self::Connect => "no connection",
            Self::Tls => "its certificate is not trusted, or it does not speak TLS",
            Self::Cut => "the connection broke",
            Self::Protocol => "it does not speak HTTP as it should",
        })
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manifest => "manifest",
            Self::Blob => "blob",
            Self::Referrers => "list of referrers",
            Self::Token => "token",
            Self::Evidence => "body of evidence",
        })
    }
}

impl fmt::Display for Countable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pages => "pages of referrers",
            Self::Referrers => "referrers",
            Self::Signatures => "signatures",
            Self::Children => "children",
        })
    }
}
