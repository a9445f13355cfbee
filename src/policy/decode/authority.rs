//! `kind: Authority`: keys or identities, the formats that count, and how signatures are witnessed.

use jiff::Timestamp;
use std::sync::Arc;

use super::shared::{filled, is_scalar, unique};
use super::{Context, head, identity};
use crate::policy::attached;
use crate::policy::authority::{Authority, AuthorityKey, CertificateLog, Signers, Timestamps, TransparencyLog};
use crate::signature::{Format, PublicKey, TrustRoot};
use crate::yaml::{Field, Mapping, quoted};

/// Decodes an authority; all of it is asked for, whatever is wrong.
pub(super) fn authority(document: &mut Mapping<'_>, context: Context<'_>) -> Option<Authority> {
    let name = head(document, &[]);
    let (keys, keyless) = (document.field("keys"), document.field("keyless"));
    let trust_root = document.field("trustRoot");
    let trust = trust_root.as_ref().map(|field| trust_root_of(field, context));
    let formats = document.required("formats").and_then(|field| {
        let words = [("legacy", Format::Legacy), ("bundle", Format::Bundle)];
        filled(
            &field,
            unique(|item: &Field<'_>, _: &str| Some(item.choice(&words)?.value)),
        )
    });
    let log_field = document.field("transparencyLog");
    let log = choice(
        log_field.as_ref(),
        TransparencyLog::Required,
        [
            ("required", TransparencyLog::Required),
            ("ignored", TransparencyLog::Ignored),
        ],
    );
    let times_field = document.field("timestamps");
    let timestamps = choice(
        times_field.as_ref(),
        Timestamps::Accepted,
        [("accepted", Timestamps::Accepted), ("required", Timestamps::Required)],
    );
    let certificate_field = document.field("insecureCertificateLog");
    let certificate_log = choice(
        certificate_field.as_ref(),
        CertificateLog::Required,
        [("ignored", CertificateLog::InsecureIgnored); 1],
    );
    let signers = match (keys, keyless) {
        (Some(keys), None) => key_list(&keys, context).map(Signers::Keys),
        (None, Some(keyless)) => identity::keyless(&keyless).map(Box::new).map(Signers::Keyless),
        (None, None) => {
            document.problem("the authority names nobody", "write `keys` or `keyless`");
            None
        }
        (Some(_), Some(keyless)) => {
            keyless.problem(
                "an authority has keys or identities, not both",
                "make an authority of each",
            );
            None
        }
    };
    let (transparency_log, timestamps, certificate_log) = (log?, timestamps?, certificate_log?);
    if matches!(signers, Some(Signers::Keys(_)))
        && let Some(field) = &certificate_field
    {
        field.problem("keys have no certificate log", "remove the key");
    }
    let trust = match trust {
        // A root that cannot be read is a problem already.
        Some(None) => return None,
        Some(Some(trust)) => Some(trust),
        None => None,
    };
    let (name, span) = name?;
    let mut formats = formats?;
    formats.sort();
    let made = Authority::new(
        name,
        context.at(span),
        signers?,
        formats,
        trust,
        (transparency_log, timestamps, certificate_log),
    );
    supported(document, &made).then_some(made)
}

fn choice<T: Copy, const N: usize>(field: Option<&Field<'_>>, absent: T, words: [(&str, T); N]) -> Option<T> {
    match field {
        None => Some(absent),
        Some(field) => Some(field.choice(&words)?.value),
    }
}

/// Whether the trust root has what is asked of it.
fn supported(document: &Mapping<'_>, authority: &Authority) -> bool {
    let (keyless, roots) = (
        matches!(authority.signers, Signers::Keyless(_)),
        authority.trust.as_deref(),
    );
    let has = |count: fn(&TrustRoot) -> usize| roots.is_some_and(|root| count(root) > 0);
    let logged = authority.transparency_log == TransparencyLog::Required;
    let stamped = authority.timestamps == Timestamps::Required;
    let certified = authority.certificate_log == CertificateLog::Required;
    let mut fine = true;
    for (asked, there, what, help) in [
        (
            keyless,
            has(TrustRoot::certificate_authorities),
            "certificates need a certificate authority",
            "name a `trustRoot` that has one",
        ),
        (
            logged,
            has(TrustRoot::logs),
            "transparencyLog is required, which is the default, and no log is trusted",
            "name a `trustRoot` that has one, or write `transparencyLog: ignored`",
        ),
        (
            stamped,
            has(TrustRoot::timestamp_authorities),
            "timestamps are required, and no timestamp authority is trusted",
            "name a `trustRoot` that has one",
        ),
        (
            keyless && certified && has(TrustRoot::certificate_authorities),
            has(TrustRoot::certificate_logs),
            "no certificate log is trusted",
            "name a `trustRoot` that has one, or write `insecureCertificateLog: ignored`",
        ),
        (
            keyless && !logged,
            stamped,
            "without a log nothing says when a certificate signed, and it is valid for minutes",
            "write `timestamps: required`, or `transparencyLog: required`",
        ),
    ] {
        if asked && !there {
            document.problem(what, help);
            fine = false;
        }
    }
    fine
}

fn trust_root_of(field: &Field<'_>, context: Context<'_>) -> Option<Arc<TrustRoot>> {
    let file = field.mapping(|mapping| mapping.required("file"))??;
    let text = attached_text(&file, context)?;
    match TrustRoot::parse(text) {
        Ok(root) => Some(Arc::new(root)),
        Err(error) => {
            file.problem(error.to_string(), "");
            None
        }
    }
}

/// The text of the file that a field names.
fn attached_text<'c>(field: &Field<'_>, context: Context<'c>) -> Option<&'c str> {
    let name = field.filled_text()?.value;
    if !attached::plain(&name) {
        field.problem(
            format!("{} is not the name of a file that policies can name", quoted(&name)),
            "write the plain name of a file beside this one that ends in .pem, .pub or .json",
        );
        return None;
    }
    let found = context.known.attached.get(&name);
    match found {
        None => field.problem(
            format!("the file {} does not lie beside the policy files", quoted(&name)),
            "put it into the same folder",
        ),
        Some(text) if text.len() > attached::LONGEST_ATTACHED => {
            field.problem(format!("the file {} is longer than 1 MiB", quoted(&name)), "");
            return None;
        }
        Some(_) => {}
    }
    found.map(String::as_str)
}

fn key_list(field: &Field<'_>, context: Context<'_>) -> Option<Vec<AuthorityKey>> {
    let mut seen = std::collections::BTreeSet::new();
    let keys = filled(field, |item| {
        if is_scalar(&item) {
            item.problem(
                format!("a key must be a mapping, found {}", item.node().value),
                "write `{ file: NAME.pem }` or `{ pem: \"-----BEGIN PUBLIC KEY-----…\" }`",
            );
            return None;
        }
        let key = item.mapping(|key| one_key(key, context))??;
        if !seen.insert(key.key.fingerprint().clone()) {
            item.problem("the same key is listed twice", "remove one of them");
            return None;
        }
        Some(key)
    })?;
    Some(keys)
}

fn one_key(key: &mut Mapping<'_>, context: Context<'_>) -> Option<AuthorityKey> {
    let (file, pem) = (key.field("file"), key.field("pem"));
    let not_before = key.field("notBefore").map(|field| instant(&field));
    let not_after = key.field("notAfter").map(|field| instant(&field));
    let (field, text) = match (file, pem) {
        (Some(file), None) => {
            let text = attached_text(&file, context)?.to_owned();
            (file, text)
        }
        (None, Some(pem)) => {
            let text = pem.filled_text()?.value;
            (pem, text)
        }
        (None, None) | (Some(_), Some(_)) => {
            key.problem("exactly one of file and pem is accepted", "write one of them");
            return None;
        }
    };
    let public = PublicKey::from_pem(&text)
        .map_err(|error| field.problem(error.to_string(), ""))
        .ok();
    let (not_before, not_after) = (optional(not_before)?, optional(not_after)?);
    if let (Some(from), Some(until)) = (not_before, not_after)
        && until <= from
    {
        key.problem(
            "notAfter is not after notBefore: the key is never valid",
            "correct one of them",
        );
        return None;
    }
    Some(AuthorityKey {
        key: public?,
        not_before,
        not_after,
    })
}

/// A value that may be absent, and nothing where it is there and wrong.
fn optional<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(Some(value)) => Some(Some(value)),
        Some(None) => None,
    }
}

fn instant(field: &Field<'_>) -> Option<Timestamp> {
    let text = field.filled_text()?.value;
    let parsed = text.parse::<Timestamp>();
    if parsed.is_err() {
        field.problem(
            format!("{} is not an instant", quoted(&text)),
            "write date, time and zone, as in 2027-01-31T00:00:00Z",
        );
    }
    parsed.ok()
}
