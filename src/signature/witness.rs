//! Everything about one signature, in one order: who signed, which log has it, when it was, and whether all of that is
//! what the authority asks for.

use jiff::Timestamp;

use super::certificate;
use super::fault::Fault;
use super::identity::{self, Identity};
use super::library;
use super::log;
use super::log_body::Verifier;
use super::material::Material;
use super::refusal::Code;
use super::signed::{LogUse, Proof, Signer, Subject, TimeSource, VerifiedTime};
use super::timestamps;
use super::trust::TrustRoot;
use crate::image::Digest;
use crate::policy::{Authority, AuthorityKey, Keyless, Signers, Timestamps, TransparencyLog};

/// What the judgement is about.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) subject: &'a Subject,
    pub(super) authority: &'a Authority,
    pub(super) at: Timestamp,
}

/// Verifies one signature from end to end.
pub(super) fn proof(case: Case<'_>, material: Material, evidence: &Digest) -> Result<Proof, Fault> {
    let (signer, identity, verified_at) = match &case.authority.signers {
        Signers::Keys(keys) => by_key(case, &material, keys)?,
        Signers::Keyless(keyless) => by_certificate(case, &material, keyless)?,
    };
    Ok(Proof {
        format: material.format,
        signer,
        verified_at,
        log: match case.authority.transparency_log {
            TransparencyLog::Required => log::entries(&material),
            TransparencyLog::Ignored => LogUse::Ignored,
        },
        identity,
        reference: material.reference,
        attestation: material.attestation,
        evidence: evidence.clone(),
    })
}

type Known = (Signer, Option<Identity>, Vec<VerifiedTime>);

fn by_key(case: Case<'_>, material: &Material, keys: &[AuthorityKey]) -> Result<Known, Fault> {
    // Whoever reads the certificate beside a key's signature would believe another signer.
    if !material.chain.is_empty() {
        let message = format!("it comes with a certificate; `{}` names keys", case.authority.name);
        return Err(Fault::new(Code::SignerKind, message));
    }
    let by = |key: &&AuthorityKey| material.content.signed_by(&key.key, &material.signature);
    let signed = keys.iter().filter(by);
    let signed: Vec<&AuthorityKey> = signed.collect();
    let Some(key) = signed.first().map(|first| &first.key) else {
        let message = format!("it is by none of the {} keys of `{}`", keys.len(), case.authority.name);
        return Err(Fault::new(Code::SignatureDoesNotMatch, message));
    };
    if case.authority.transparency_log == TransparencyLog::Required {
        let trust = trust(case)?;
        log::complete(material, Verifier::Key(key.der()), trust)?;
        not_later(case, &log::times(material))?;
        library::key(material, case.subject, key, trust)?;
    }
    let times = times(case, material)?;
    // The same key may be listed for several periods; one of them has to cover every witness.
    let mut refused = None;
    for key in signed {
        match within(key, &times) {
            Ok(()) => {
                let fingerprint = key.key.fingerprint().clone();
                return Ok((Signer::Key { fingerprint }, None, times));
            }
            Err(fault) => refused = refused.or(Some(fault)),
        }
    }
    Err(refused.unwrap_or_else(|| Fault::new(Code::SignatureDoesNotMatch, "it is by no key of the authority")))
}

/// Whether a key was valid whenever a witness saw the signature.
fn within(key: &AuthorityKey, times: &[VerifiedTime]) -> Result<(), Fault> {
    if key.not_before.is_none() && key.not_after.is_none() {
        return Ok(());
    }
    if times.is_empty() {
        let message = "the key is valid for a time only, and no trusted witness says when it signed";
        return Err(Fault::new(Code::NoVerifiedTime, message));
    }
    for time in times {
        let early = key.not_before.is_some_and(|first| time.at < first);
        let late = key.not_after.is_some_and(|last| time.at > last);
        if early || late {
            let side = if early {
                "before its `notBefore`"
            } else {
                "after its `notAfter`"
            };
            let message = format!("the key signed at {}, {side}", time.at);
            return Err(Fault::new(Code::KeyOutsideValidity, message));
        }
    }
    Ok(())
}

fn by_certificate(case: Case<'_>, material: &Material, keyless: &Keyless) -> Result<Known, Fault> {
    let authority = case.authority;
    let Some(der) = material.chain.first() else {
        let message = format!("it is by a key; `{}` names a certificate's identity", authority.name);
        return Err(Fault::new(Code::SignerKind, message));
    };
    let trust = trust(case)?;
    let leaf = certificate::read(der)?;
    if !material.content.signed_by(&leaf.key, &material.signature) {
        return Err(Fault::new(
            Code::SignatureDoesNotMatch,
            "it is not by the key of its certificate",
        ));
    }
    if authority.transparency_log == TransparencyLog::Required {
        log::complete(material, Verifier::Certificate(der), trust)?;
        not_later(case, &log::times(material))?;
    }
    let times = times(case, material)?;
    if times.is_empty() {
        let message = "no trusted witness says when it was signed, and certificates are valid for minutes";
        return Err(Fault::new(Code::NoVerifiedTime, message));
    }
    library::certificate(
        material,
        case.subject,
        trust,
        authority.transparency_log,
        authority.certificate_log,
    )?;
    for time in &times {
        let second = u64::try_from(time.at.as_second()).unwrap_or_default();
        if !leaf.valid.contains(&second) {
            let message = format!("the certificate was not valid at {}, when it signed", time.at);
            return Err(Fault::new(Code::CertificateUntrusted, message));
        }
    }
    identity::matches(&leaf.identity, keyless)?;
    let signer = Signer::Certificate {
        issuer: leaf.identity.issuer.clone(),
        subject: leaf.identity.subject.clone(),
    };
    Ok((signer, Some(leaf.identity), times))
}

/// Every verified time. Those of logs count only where the log was verified.
fn times(case: Case<'_>, material: &Material) -> Result<Vec<VerifiedTime>, Fault> {
    let authority = case.authority;
    let stamped = timestamps::verified(material, authority.trust.as_deref())?;
    if stamped.is_empty() && authority.timestamps == Timestamps::Required {
        let message = "the signature has no timestamp of an authority of the trust root, and one is required";
        return Err(Fault::new(Code::NoVerifiedTime, message));
    }
    let mut times: Vec<VerifiedTime> = stamped
        .into_iter()
        .map(|at| VerifiedTime {
            at,
            source: TimeSource::TimestampAuthority,
        })
        .collect();
    if authority.transparency_log == TransparencyLog::Required {
        times.extend(log::times(material));
    }
    times.sort();
    times.dedup();
    not_later(case, &times)?;
    Ok(times)
}

/// Nothing is believed of the future: an answer would depend on the clock of whoever reads it.
fn not_later(case: Case<'_>, times: &[VerifiedTime]) -> Result<(), Fault> {
    match times.iter().map(|time| time.at).max() {
        Some(last) if last > case.at => {
            let message = format!("it says it was signed at {last}, it is judged at {}", case.at);
            let mut fault = Fault::new(Code::SignedInTheFuture, message);
            fault.until = Some(last);
            Err(fault)
        }
        _ => Ok(()),
    }
}

fn trust(case: Case<'_>) -> Result<&TrustRoot, Fault> {
    let missing = || {
        let message = format!("`{}` has no trust root that could verify it", case.authority.name);
        Fault::new(Code::TrustMissing, message)
    };
    case.authority.trust.as_deref().ok_or_else(missing)
}
