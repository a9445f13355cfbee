//! Whom a certificate names: issuer, subject, and what Fulcio recorded of the workload; and whether that is whom an
//! authority names. Facts of a verified certificate only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, shown};
use super::fulcio::Extension;
use super::refusal::Code;
use crate::policy::Keyless;

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

/// Whether an identity is the one that is asked for.
pub(super) fn matches(identity: &Identity, keyless: &Keyless) -> Result<(), Fault> {
    let another = |what: &str, found: &str, wanted: &str| {
        let message = format!("the certificate's {what} is `{}`; accepted is {wanted}", shown(found));
        Fault::new(Code::CertificateOfAnotherIdentity, message)
    };
    if !keyless.issuer.accepts(&identity.issuer) {
        return Err(another("issuer", &identity.issuer, keyless.issuer.describe()));
    }
    if !keyless.subject.accepts(&identity.subject) {
        return Err(another("subject", &identity.subject, keyless.subject.describe()));
    }
    for (extension, wanted) in &keyless.extensions {
        match identity.extensions.get(extension) {
            Some(found) if wanted.accepts(found) => {}
            Some(found) => return Err(another(extension.name(), found, wanted.describe())),
            None => {
                let message = format!(
                    "the certificate has no {}; accepted is {}",
                    extension.name(),
                    wanted.describe()
                );
                return Err(Fault::new(Code::CertificateOfAnotherIdentity, message));
            }
        }
    }
    Ok(())
}
