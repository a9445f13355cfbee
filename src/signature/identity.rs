//! Whom a certificate names: issuer, subject, and what Fulcio recorded of the workload. Facts of a verified certificate;
//! whether they are the wanted ones is the authority's matchers' to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fulcio::Extension;

/// The identity of a signing certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// The identity provider (OID .8, or .1 where .8 is absent).
    pub issuer: String,
    /// The one subject alternative name.
    pub subject: String,
    /// Which kind of name that is.
    pub subject_kind: SubjectKind,
    /// Every extension the certificate carries, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<Extension, String>,
}

/// The kinds of subject alternative names that Fulcio writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SubjectKind {
    /// An e-mail address.
    Email,
    /// A URI: a workload.
    Uri,
    /// Fulcio's `otherName` (OID .7): a user name.
    UserName,
}
