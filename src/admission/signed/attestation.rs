//! What a rule asks of an attestation: its builder and source, its findings, its age.
//!
//! Who built is read from the certificate alone: what provenance says of its own builder, its signer could write as it
//! likes. Of scans only the newest counts, or the one of a better day would be chosen.

use jiff::Timestamp;

use super::within_age;
use super::words::{self, quoted};
use crate::policy::{AttestationRule, TextMatcher};
use crate::signature::{Attestation, Extension, Proof, Signed, SlsaSummary, Summary};

/// The proofs that count, each until then; and why others do not.
pub(super) fn counting<'a>(
    signed: &'a Signed,
    asked: &AttestationRule,
    at: Timestamp,
) -> (Vec<(&'a Proof, Option<Timestamp>)>, Vec<String>) {
    let mut refused = words::refusals(signed);
    let mut candidates = Vec::new();
    for proof in &signed.proofs {
        match fits(proof, asked, at) {
            Ok(until) => candidates.push((proof, until)),
            Err(why) => refused.push(why),
        }
    }
    if let Some(bounds) = &asked.vulnerabilities {
        let newest = candidates.iter().filter_map(|(proof, _)| first_seen(proof)).max();
        // Where nobody vouches for a time, any of them may be the newest.
        candidates.retain(|(proof, _)| first_seen(proof).is_none() || first_seen(proof) == newest);
        let faults: Vec<String> = candidates
            .iter()
            .filter_map(|(proof, _)| beyond(proof, bounds))
            .collect();
        if !faults.is_empty() {
            candidates.clear();
            refused.extend(faults);
        }
    }
    (candidates, refused)
}

fn first_seen(proof: &Proof) -> Option<Timestamp> {
    proof.verified_at.iter().map(|time| time.at).min()
}

fn fits(proof: &Proof, asked: &AttestationRule, at: Timestamp) -> Result<Option<Timestamp>, String> {
    let Some(attestation) = &proof.attestation else {
        return Err("it is a signature and states nothing".to_owned());
    };
    if attestation.predicate_type != asked.predicate_type {
        return Err(format!("it is of the type {}", quoted(&attestation.predicate_type)));
    }
    if let Some(wanted) = &asked.builder {
        let identity = proof.identity.as_ref();
        let by_extension = identity.and_then(|identity| identity.extensions.get(&Extension::BuildSignerUri));
        let builder = by_extension.or(identity.map(|identity| &identity.subject));
        matches("builder", builder.map(String::as_str), wanted)?;
    }
    if let Some(wanted) = &asked.source_repository {
        matches(
            "source repository",
            source(proof, attestation, Extension::SourceRepositoryUri, |slsa| {
                slsa.source.as_ref()
            }),
            wanted,
        )?;
    }
    if let Some(wanted) = &asked.source_ref {
        matches(
            "source ref",
            source(proof, attestation, Extension::SourceRepositoryRef, |slsa| {
                slsa.reference.as_ref()
            }),
            wanted,
        )?;
    }
    let age = asked.max_age.map(|most| within_age(proof, most, at));
    age.transpose()
}

fn matches(what: &str, found: Option<&str>, wanted: &TextMatcher) -> Result<(), String> {
    match found {
        Some(found) if wanted.accepts(found) => Ok(()),
        Some(found) => Err(format!(
            "its {what} is {}; accepted: {}",
            quoted(found),
            wanted.describe()
        )),
        None => Err(format!("it names no {what}; accepted: {}", wanted.describe())),
    }
}

/// What the certificate says of the source; where there is no certificate, what was signed says it.
fn source<'a>(
    proof: &'a Proof,
    attestation: &'a Attestation,
    extension: Extension,
    stated: fn(&SlsaSummary) -> Option<&String>,
) -> Option<&'a str> {
    if let Some(identity) = &proof.identity {
        return identity.extensions.get(&extension).map(String::as_str);
    }
    match &attestation.summary {
        Summary::Slsa(slsa) => stated(slsa).map(String::as_str),
        Summary::Vulnerabilities(_) | Summary::Sbom(_) | Summary::Other => None,
    }
}

/// What a scan found beyond the bounds.
fn beyond(proof: &Proof, bounds: &std::collections::BTreeMap<String, u64>) -> Option<String> {
    let summary = proof.attestation.as_ref().map(|attestation| &attestation.summary);
    let Some(Summary::Vulnerabilities(scan)) = summary else {
        return Some("it does not say what the scan found".to_owned());
    };
    let over: Vec<String> = bounds
        .iter()
        .filter_map(|(severity, most)| {
            let found = scan.found.0.get(severity).copied().unwrap_or_default();
            (found > *most).then(|| format!("{found} {severity} (at most {most})"))
        })
        .collect();
    (!over.is_empty()).then(|| format!("the newest scan found {}", over.join(", ")))
}
