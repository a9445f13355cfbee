//! What an authority that requires a transparency log asks of every entry, before and beside what the library verifies:
//! that it is there, carries the proof its format has, names a log of the trust root, and is of this signature.

use data_encoding::HEXLOWER;
use sigstore::types::{Checkpoint, KindVersion, TransparencyLogEntry};

use super::fault::Fault;
use super::log_body::{self, Verifier};
use super::material::Material;
use super::refusal::Code;
use super::signed::{Format, LogEntry, LogUse, TimeSource, VerifiedTime};
use super::trust::TrustRoot;

/// Whether every entry is complete and of this signature. The log's own signatures are the library's to verify.
pub(super) fn complete(material: &Material, verifier: Verifier<'_>, trust: &TrustRoot) -> Result<(), Fault> {
    if material.entries.is_empty() {
        let message = "the signature has no entry of a transparency log, and the authority requires one";
        return Err(Fault::new(Code::LogEntryMissing, message));
    }
    for entry in &material.entries {
        log_body::binds(entry, material, verifier)?;
        match material.format {
            Format::Legacy => promised(entry)?,
            Format::Bundle => proven(entry, trust)?,
        }
    }
    Ok(())
}

/// Legacy entries carry the log's signed promise and nothing else.
fn promised(entry: &TransparencyLogEntry) -> Result<(), Fault> {
    if entry.inclusion_promise.is_none() || entry.integrated_time.is_none() {
        return Err(unproven("carries no signed entry timestamp"));
    }
    Ok(())
}

/// Entries of bundles carry a proof and a checkpoint by the log they name. A promise may stand beside, never instead.
fn proven(entry: &TransparencyLogEntry, trust: &TrustRoot) -> Result<(), Fault> {
    let Some(proof) = &entry.inclusion_proof else {
        return Err(unproven("carries no inclusion proof"));
    };
    if proof.checkpoint.is_empty() {
        return Err(unproven("carries no checkpoint"));
    }
    let Some(key) = trust.log_key(&entry.log_id.key_id) else {
        return Err(unproven("is of a log that the trust root does not name"));
    };
    let checkpoint = Checkpoint::from_text(proof.checkpoint.envelope());
    let checkpoint = checkpoint.map_err(|error| unproven(&format!("has a checkpoint that cannot be read: {error}")))?;
    // A checkpoint of another trusted log would prove inclusion there, while the entry claims to stand here.
    let signed = checkpoint
        .signatures()
        .iter()
        .any(|signature| key.verify(checkpoint.signed_data(), &signature.signature).is_ok());
    if !signed {
        return Err(unproven("has a checkpoint that its log has not signed"));
    }
    Ok(())
}

/// The entries, once verified.
pub(super) fn entries(material: &Material) -> LogUse {
    let mut entries: Vec<LogEntry> = material
        .entries
        .iter()
        .map(|entry| LogEntry {
            log: HEXLOWER.encode(entry.log_id.key_id.as_bytes()),
            // Without a promise the index that a proof is for is the one that was verified.
            index: match (&entry.inclusion_promise, &entry.inclusion_proof) {
                (None, Some(proof)) if entry.kind_version != KindVersion::HashedRekordV002 => proof.log_index.get(),
                _ => entry.log_index.get(),
            },
        })
        .collect();
    entries.sort();
    entries.dedup();
    LogUse::Verified(entries)
}

/// The instants that logs vouch for, once verified: only a promise of Rekor v1 covers the time beside it.
pub(super) fn times(material: &Material) -> Vec<VerifiedTime> {
    let vouched = |entry: &&TransparencyLogEntry| {
        entry.inclusion_promise.is_some() && entry.kind_version != KindVersion::HashedRekordV002
    };
    let times = material
        .entries
        .iter()
        .filter(vouched)
        .filter_map(|entry| entry.integrated_time);
    times
        .map(|at| VerifiedTime {
            at,
            source: TimeSource::Log,
        })
        .collect()
}

fn unproven(why: &str) -> Fault {
    Fault::new(
        Code::LogEntryNotProven,
        format!("a log entry {}", super::fault::shown(why)),
    )
}
