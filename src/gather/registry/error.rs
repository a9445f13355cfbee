//! Why a registry gave no answer, each reason with a code that never changes.
//!
//! No text of a registry is ever in here: only statuses, counts, hosts and digests, all parsed and bounded before.

use std::net::IpAddr;
use std::time::Duration;

use super::authority::Authority;
use super::kinds::{Breakage, Content, Countable, Tried};
use crate::image::Digest;

/// What stood in the way of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// 404: the one status that says "there is none".
    #[error("it does not exist there")]
    NotFound,
    /// 401 or 403 in spite of what was shown.
    #[error("access is denied (status {status}){}", shown(*.tried))]
    AccessDenied {
        /// 401 or 403.
        status: u16,
        /// With what.
        tried: Tried,
    },
    /// 429, or a wait that an earlier 429 or 503 asked for is not over.
    #[error("it takes no more requests now{}", after(*.retry_after))]
    RateLimited {
        /// How long to wait, where the registry said so.
        retry_after: Option<Duration>,
    },
    /// 500 and above.
    #[error("it failed with status {status}{}", after(*.retry_after))]
    ServerError {
        /// The status.
        status: u16,
        /// How long to wait, where the registry said so.
        retry_after: Option<Duration>,
    },
    /// A status that no request of ours should lead to.
    #[error("it answered with status {status}; 200 was expected")]
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// No answer, or not all of it, in time.
    #[error("no complete answer within {} ms", .limit.as_millis())]
    Timeout {
        /// The time that was given.
        limit: Duration,
    },
    /// No connection, or one that broke.
    #[error("it cannot be reached: {what}")]
    Unreachable {
        /// In our words.
        what: Breakage,
    },
    /// Nothing to verify certificates with.
    #[error(
        "no certificate authority is trusted: this image holds no bundle of them, and the settings name none in `registries.ca`"
    )]
    NoTrustedRoots,
    /// A name that is inside a cluster or a machine.
    #[error("host `{host}` is {why}; `registries.hosts` of the settings may list it")]
    HostRefused {
        /// Whom we were to ask.
        host: Authority,
        /// What the name is.
        why: &'static str,
    },
    /// An address that is inside a cluster, a machine or a private network.
    #[error("host `{host}` has the address {address}, which is {why}; `registries` of the settings may list it")]
    AddressRefused {
        /// Whom we were to ask.
        host: Authority,
        /// The address.
        address: IpAddr,
        /// What the address is.
        why: &'static str,
    },
    /// Plain text where none was allowed.
    #[error("host `{host}` would be asked in plain text; only a mirror with `transport: http` may be")]
    PlainText {
        /// Whom we were to ask.
        host: Authority,
    },
    /// Credentials would be sent in plain text.
    #[error("it asks for credentials over plain text; they are sent over https only")]
    CredentialsOverPlainText,
    /// More redirects than are followed.
    #[error("it redirects more than {limit} times")]
    TooManyRedirects {
        /// How many are followed.
        limit: usize,
    },
    /// A redirect without a usable address.
    #[error("it redirects to nowhere: status {status} without a usable address")]
    RedirectMalformed {
        /// The status.
        status: u16,
    },
    /// A redirect of what must come from the registry itself.
    #[error("it redirects to another host, `{to}`; `redirectHosts` of the settings may list it")]
    RedirectRefused {
        /// Where to.
        to: Authority,
    },
    /// A challenge that cannot be read in one way only.
    #[error("its `WWW-Authenticate` cannot be read: {why}")]
    ChallengeMalformed {
        /// In our words.
        why: &'static str,
    },
    /// Tokens from a host that has nothing to do with the registry.
    #[error("it wants credentials to be sent to another host, `{realm}`; `tokenHosts` of the settings may list it")]
    RealmRefused {
        /// Where to.
        realm: Authority,
    },
    /// The token service answered with something else.
    #[error("its token service answered with something that is no token")]
    TokenMalformed,
    /// An answer that is packed: it could be of any size.
    #[error("it sent packed content, though none was asked for")]
    ContentEncoded,
    /// More bytes than are read.
    #[error("it sent a {what} of more than {limit} bytes")]
    TooLarge {
        /// Of what.
        what: Content,
        /// How many are read.
        limit: usize,
    },
    /// More of something than is looked at.
    #[error("it lists more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: Countable,
        /// How many are looked at.
        limit: usize,
    },
    /// Bytes that are not what their digest names.
    #[error("it sent other bytes than {expected} names")]
    DigestMismatch {
        /// What was asked for.
        expected: Digest,
    },
    /// A stated digest that the bytes do not have.
    #[error("its `Docker-Content-Digest` is not the digest of the bytes it sent, {computed}")]
    DigestHeader {
        /// What the bytes are.
        computed: Digest,
    },
    /// Other bytes than the descriptor says.
    #[error("it sent {found} bytes where its descriptor says {stated}")]
    SizeMismatch {
        /// What was said.
        stated: u64,
        /// What came.
        found: usize,
    },
    /// No `Content-Type`, or one of something else.
    #[error("it sent something that is no {what}: its `Content-Type` is {}", if *.stated { "another" } else { "missing" })]
    MediaTypeUnknown {
        /// What was wanted.
        what: Content,
        /// Whether there was one.
        stated: bool,
    },
    /// `mediaType` and `Content-Type` differ (CVE-2021-41190).
    #[error("`mediaType` in the document is not its `Content-Type`")]
    MediaTypeMismatch,
    /// A document with both `layers` and `manifests`: two readers would run different things.
    #[error("it sent a document that is manifest and index at once")]
    ManifestAndIndex,
    /// A referrer that says it is about something else.
    #[error("it lists {referrer} as a referrer, which is about another image")]
    ForeignSubject {
        /// The referrer.
        referrer: Digest,
    },
    /// A document that is not what its media type says.
    #[error("it sent a {what} that cannot be read: {why}")]
    Malformed {
        /// Of what.
        what: Content,
        /// In our words.
        why: &'static str,
    },
}

/// Whether an answer says something for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Asking again would give the same: the image is refused.
    Certain,
    /// It could not be found out: undecided.
    Unknown,
}

impl RegistryError {
    /// The code, kebab-case, for tests and machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::AccessDenied { .. } => "access-denied",
            Self::RateLimited { .. } => "rate-limited",
            Self::ServerError { .. } => "server-error",
            Self::UnexpectedStatus { .. } => "unexpected-status",
            Self::Timeout { .. } => "timeout",
            Self::Unreachable { .. } => "unreachable",
            Self::NoTrustedRoots => "no-trusted-roots",
            Self::HostRefused { .. } => "host-refused",
            Self::AddressRefused { .. } => "address-refused",
            Self::PlainText { .. } => "plain-text",
            Self::CredentialsOverPlainText => "credentials-over-plain-text",
            Self::TooManyRedirects { .. } => "too-many-redirects",
            Self::RedirectMalformed { .. } => "redirect-malformed",
            Self::RedirectRefused { .. } => "redirect-refused",
            Self::ChallengeMalformed { .. } => "challenge-malformed",
            Self::RealmRefused { .. } => "realm-refused",
            Self::TokenMalformed => "token-malformed",
            Self::ContentEncoded => "content-encoded",
            Self::TooLarge { what, .. } => match what {
                Content::Manifest => "manifest-too-large",
                Content::Blob => "blob-too-large",
                Content::Referrers => "referrers-too-large",
                Content::Token => "token-too-large",
                Content::Evidence => "evidence-too-large",
            },
            Self::TooMany { what, .. } => match what {
                Countable::Pages => "too-many-pages",
                Countable::Referrers => "too-many-referrers",
                Countable::Signatures => "too-many-signatures",
                Countable::Children => "too-many-children",
            },
            Self::DigestMismatch { .. } => "digest-mismatch",
            Self::DigestHeader { .. } => "digest-header",
            Self::SizeMismatch { .. } => "size-mismatch",
            Self::MediaTypeUnknown { .. } => "media-type-unknown",
            Self::MediaTypeMismatch => "media-type-mismatch",
            Self::ManifestAndIndex => "manifest-and-index",
            Self::ForeignSubject { .. } => "foreign-subject",
            Self::Malformed { .. } => "malformed",
        }
    }

    /// Whether the image is refused for it, rather than left undecided.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::NotFound
            | Self::HostRefused { .. }
            | Self::AddressRefused { .. }
            | Self::PlainText { .. }
            | Self::RealmRefused { .. }
            | Self::RedirectRefused { .. }
            | Self::CredentialsOverPlainText
            | Self::MediaTypeMismatch
            | Self::ManifestAndIndex
            | Self::DigestMismatch { .. }
            | Self::DigestHeader { .. }
            | Self::SizeMismatch { .. }
            | Self::ForeignSubject { .. } => Certainty::Certain,
            Self::AccessDenied { .. }
            | Self::RateLimited { .. }
            | Self::ServerError { .. }
            | Self::UnexpectedStatus { .. }
            | Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::NoTrustedRoots
            | Self::TooManyRedirects { .. }
            | Self::RedirectMalformed { .. }
            | Self::ChallengeMalformed { .. }
            | Self::TokenMalformed
            | Self::ContentEncoded
            | Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::MediaTypeUnknown { .. }
            | Self::Malformed { .. } => Certainty::Unknown,
        }
    }
}

fn after(wait: Option<Duration>) -> String {
    wait.map(|wait| format!("; retry after {} s", wait.as_secs()))
        .unwrap_or_default()
}

fn shown(tried: Tried) -> &'static str {
    match tried {
        Tried::Anonymous => "; no credentials are known for it",
        Tried::Credentials => " with the credentials that are known for it",
    }
}
