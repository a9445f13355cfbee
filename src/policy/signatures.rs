//! `signatures:` of a policy: which images must be signed by whom, and what must be attested about them. Plain data.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use jiff::SignedDuration;

use super::matcher::TextMatcher;
use super::types::PolicySpan;
use super::version::Version;
use crate::image::Pattern;

/// One entry of `signatures:`.
#[derive(Debug, Clone)]
pub struct SignatureRule {
    /// The images it covers; never empty.
    pub images: Vec<Pattern>,
    /// Whose signatures are needed.
    pub require: Quorum,
    /// What the signed name has to be; only where every authority's formats carry one.
    pub signed_identity: Option<SignedIdentity>,
    /// Statements that have to be there, each by authorities of its own or those of `require`.
    pub attestations: Vec<AttestationRule>,
    /// Oldest verified time.
    pub max_age: Option<SignedDuration>,
    /// Lowest version, judged on what was signed: what was signed long ago must not come back under a new tag.
    pub minimum_version: Option<Version>,
    /// Where it stands.
    pub origin: PolicySpan,
}

/// `require`: how many of which authorities. Counted are distinct signers: one signer never satisfies two authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quorum {
    /// One of these; never empty.
    Any(Vec<String>),
    /// Every one of these; never empty.
    All(Vec<String>),
    /// `atLeast` of `of`, among them all of `with`.
    AtLeast {
        /// How many.
        count: NonZeroUsize,
        /// Of these; at least `count` names.
        of: Vec<String>,
        /// These in any case; a part of `of`, may be empty.
        with: Vec<String>,
    },
}

impl Quorum {
    /// Every authority that is named, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        match self {
            Self::Any(names) | Self::All(names) | Self::AtLeast { of: names, .. } => names.iter(),
        }
    }
}

/// `signedIdentity`: how the name that was signed (`docker-reference`) relates to the name that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIdentity {
    /// The same repository and tag.
    Exact,
    /// The same repository.
    Repository,
    /// The repository with `prefix` replaced by `signed_prefix`: a mirror.
    Remap {
        /// Begin of the name that is used.
        prefix: String,
        /// What stands there in the signed name.
        signed_prefix: String,
    },
}

/// One entry of `attestations:`.
#[derive(Debug, Clone)]
pub struct AttestationRule {
    /// `predicateType`, exactly.
    pub predicate_type: String,
    /// Whose statement; absent means those of the signature rule.
    pub require: Option<Quorum>,
    /// The builder, judged on the certificate's `buildSignerUri` or subject.
    pub builder: Option<TextMatcher>,
    /// The source repository, judged on the certificate where it names one.
    pub source_repository: Option<TextMatcher>,
    /// The source reference, judged on the certificate where it names one.
    pub source_ref: Option<TextMatcher>,
    /// Oldest verified time.
    pub max_age: Option<SignedDuration>,
    /// Most findings of each severity; a severity that is not named is not bounded.
    pub vulnerabilities: Option<BTreeMap<String, u64>>,
    /// Where it stands.
    pub origin: PolicySpan,
}
