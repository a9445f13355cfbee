//! A proof in words. Says what was verified and nothing else: what a signer states about itself is no line here.

use crate::report::escape_line;
use crate::signature::{LogUse, Proof, Signer, TimeSource};

/// A proof in words, one line for each thing that was verified.
pub(super) fn told(proof: &Proof) -> String {
    let mut text = match &proof.signer {
        Signer::Key { fingerprint } => format!("  signed by the key {fingerprint}\n"),
        Signer::Certificate { issuer, subject } => {
            let (issuer, subject) = (escape_line(issuer), escape_line(subject));
            format!("  signed by {subject}\n  as {issuer} says\n")
        }
    };
    for time in &proof.verified_at {
        let witness = match time.source {
            TimeSource::Log => "the transparency log",
            TimeSource::TimestampAuthority => "a timestamp authority",
        };
        text.push_str(&format!("  at {}, as {witness} says\n", time.at));
    }
    match &proof.log {
        LogUse::Ignored => text.push_str("  no transparency log was asked\n"),
        LogUse::Verified(entries) => {
            for entry in entries {
                text.push_str(&format!("  entry {} of the log {}\n", entry.index, entry.log));
            }
        }
    }
    if let Some(reference) = &proof.reference {
        text.push_str(&format!("  as {}\n", escape_line(reference)));
    }
    if let Some(attestation) = &proof.attestation {
        text.push_str(&format!("  states {}\n", escape_line(&attestation.predicate_type)));
    }
    text
}
