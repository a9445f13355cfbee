//! What a rule asks of a signature beside its signer: its age, the name that was signed, the version.

use jiff::Timestamp;

use super::{Judging, within_age};
use crate::admission::signed::words::quoted;
use crate::image::Reference;
use crate::policy::{SignedIdentity, Version};
use crate::signature::{Extension, Proof};

/// Until when a signature counts for the rule, or why it does not.
pub(super) fn fits(proof: &Proof, judging: &Judging<'_>) -> Result<Option<Timestamp>, String> {
    if let Some(wanted) = &judging.rule.signed_identity {
        names(proof, wanted, &judging.plan.image)?;
    }
    if let Some(least) = &judging.rule.minimum_version {
        is_new_enough(proof, least, &judging.plan.image)?;
    }
    let age = judging
        .rule
        .max_age
        .map(|most| within_age(proof, most, judging.request.at));
    age.transpose()
}

/// Whether the name that was signed is the one that is used.
fn names(proof: &Proof, wanted: &SignedIdentity, used: &Reference) -> Result<(), String> {
    let Some(text) = &proof.reference else {
        return Err("it carries no name to compare".to_owned());
    };
    let signed = Reference::parse(text).map_err(|_| format!("it was made for {}, which is no image", quoted(text)))?;
    let same = match wanted {
        SignedIdentity::Repository => signed.name() == used.name(),
        // What the signer left open is not the same: a name without a tag names every version.
        SignedIdentity::Exact => {
            signed.name() == used.name()
                && (used.tag().is_some() || used.digest().is_some())
                && used
                    .tag()
                    .is_none_or(|tag| !signed.is_tag_implicit() && signed.tag() == Some(tag))
                && signed
                    .digest()
                    .is_none_or(|digest| used.digest().is_none_or(|used| used == digest))
        }
        SignedIdentity::Remap { prefix, signed_prefix } => {
            let below = |name: &str, prefix: &str| {
                let rest = name.strip_prefix(prefix)?;
                rest.starts_with('/').then(|| rest.to_owned())
            };
            let rest = below(&used.name(), prefix);
            rest.is_some() && rest == below(&signed.name(), signed_prefix)
        }
    };
    if same {
        Ok(())
    } else {
        Err(format!("it was made for {}", quoted(text)))
    }
}

/// Whether every version that was signed, and the one that is asked for, is new enough. A tag alone says nothing: who
/// moves it back moves the bytes, so that at least one version has to be signed.
fn is_new_enough(proof: &Proof, least: &Version, used: &Reference) -> Result<(), String> {
    let of_name = proof
        .reference
        .as_deref()
        .and_then(|text| Reference::parse(text).ok())
        .and_then(|signed| Version::parse(signed.tag()?.as_str()));
    let of_source = proof
        .identity
        .as_ref()
        .and_then(|identity| identity.extensions.get(&Extension::SourceRepositoryRef))
        .and_then(|reference| Version::parse(reference.strip_prefix("refs/tags/")?));
    let signed = [of_name, of_source];
    if signed.iter().all(Option::is_none) {
        return Err(format!(
            "it carries no version, and at least {} is asked for",
            quoted(&least.to_string())
        ));
    }
    let tag = used.tag().and_then(|tag| Version::parse(tag.as_str()));
    match signed
        .into_iter()
        .chain([tag])
        .flatten()
        .find(|version| version < least)
    {
        Some(version) => Err(format!(
            "it is of version {}, and at least {} is asked for",
            quoted(&version.to_string()),
            quoted(&least.to_string())
        )),
        None => Ok(()),
    }
}
