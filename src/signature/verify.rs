//! All evidence about one digest, for one authority. Total: every input has an answer, and the order of the evidence is
//! none of its inputs.

use jiff::Timestamp;

use super::bundle;
use super::evidence::{BundleFile, Evidence, Layer};
use super::fault::Fault;
use super::legacy;
use super::limits::MAX_SIGNATURES;
use super::refusal::{Code, Refusal};
use super::signed::{About, Format, Proof, Signed, Subject};
use super::witness::{self, Case};
use crate::image::Digest;
use crate::policy::Authority;

/// Verifies what a registry holds about `subject` with the keys and roots of `authority`, as of the instant `at`.
///
/// Only the formats that the authority lists are looked at. `at` is the instant of the judgement: what a witness dates
/// later is refused, so that the same inputs give the same answer whenever they are verified. It must not lie in the
/// future of the machine. More than [`super::MAX_SIGNATURES`] pieces of evidence are refused as a whole: which of them
/// to look at would be the registry's choice.
#[must_use]
pub fn verify(evidence: &Evidence, subject: &Subject, authority: &Authority, about: &About, at: Timestamp) -> Signed {
    let pieces = pieces(evidence, authority, about);
    if pieces.len() > MAX_SIGNATURES {
        let message = format!(
            "there are {} signatures, at most {MAX_SIGNATURES} are looked at",
            pieces.len()
        );
        let refused = Refusal {
            code: Code::TooManySignatures,
            message,
            evidence: None,
        };
        return Signed {
            refused: vec![refused],
            ..Signed::default()
        };
    }
    let case = Case { subject, authority, at };
    let mut signed = Signed {
        refused: evidence.refused.clone(),
        ..Signed::default()
    };
    for piece in pieces {
        match judge(case, piece, about) {
            Ok(proof) => signed.proofs.push(proof),
            Err(fault) => {
                signed.valid_until = [signed.valid_until, fault.until].into_iter().flatten().min();
                signed.refused.push(fault.at(piece.manifest()));
            }
        }
    }
    signed.proofs.sort();
    signed.proofs.dedup();
    signed.refused.sort();
    signed.refused.dedup();
    signed
}

/// One thing to look at.
#[derive(Clone, Copy)]
enum Piece<'e> {
    Signature(&'e Layer),
    Attestation(&'e Layer),
    Bundle(&'e BundleFile),
}

impl<'e> Piece<'e> {
    fn manifest(self) -> &'e Digest {
        match self {
            Self::Signature(layer) | Self::Attestation(layer) => &layer.manifest,
            Self::Bundle(file) => &file.manifest,
        }
    }
}

fn pieces<'e>(evidence: &'e Evidence, authority: &Authority, about: &About) -> Vec<Piece<'e>> {
    let mut pieces = Vec::new();
    if authority.formats.contains(&Format::Legacy) {
        match about {
            About::Image => pieces.extend(evidence.signatures.iter().map(Piece::Signature)),
            About::Attestation(_) => pieces.extend(evidence.attestations.iter().map(Piece::Attestation)),
        }
    }
    if authority.formats.contains(&Format::Bundle) {
        pieces.extend(evidence.bundles.iter().map(Piece::Bundle));
    }
    pieces
}

fn judge(case: Case<'_>, piece: Piece<'_>, about: &About) -> Result<Proof, Fault> {
    let material = match piece {
        Piece::Signature(layer) => legacy::signature(layer, case.subject)?,
        Piece::Attestation(layer) => legacy::attestation(layer, case.subject, about)?,
        Piece::Bundle(file) => bundle::read(file, case.subject, about)?,
    };
    witness::proof(case, material, piece.manifest())
}
