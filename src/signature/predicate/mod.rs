//! What a predicate says, as far as policies ask. One kind, one file; a predicate that is not what its type says is
//! refused, never read as saying nothing.

mod slsa;
mod vulnerabilities;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fault::Fault;
use super::json;
use super::refusal::Code;
use super::summary::{SbomFormat, SlsaVersion, Summary};

const SLSA_V0_2: &str = "https://slsa.dev/provenance/v0.2";
const SLSA_V1: &str = "https://slsa.dev/provenance/v1";
const VULNERABILITIES: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";

#[derive(Deserialize)]
struct Holder<P> {
    predicate: P,
}

/// What this statement's predicate says.
pub(super) fn summary(predicate_type: &str, payload: &[u8]) -> Result<Summary, Fault> {
    Ok(match predicate_type {
        SLSA_V0_2 => Summary::Slsa(slsa::v0_2(of(payload)?)),
        SLSA_V1 => Summary::Slsa(slsa::v1(of(payload)?)),
        VULNERABILITIES => Summary::Vulnerabilities(vulnerabilities::summary(of(payload)?)?),
        _ if versioned(predicate_type, SPDX) => Summary::Sbom(SbomFormat::Spdx),
        _ if versioned(predicate_type, CYCLONEDX) => Summary::Sbom(SbomFormat::CycloneDx),
        _ => Summary::Other,
    })
}

/// The type itself, or the type with a version behind a slash.
fn versioned(predicate_type: &str, base: &str) -> bool {
    predicate_type
        .strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn of<P: DeserializeOwned>(payload: &[u8]) -> Result<P, Fault> {
    let read: Result<Holder<P>, _> = json::read(payload);
    read.map(|holder| holder.predicate).map_err(|error| {
        Fault::of(
            error.code(Code::PredicateMalformed),
            "the predicate is not what its type says",
            &error,
        )
    })
}

#[cfg(test)]
mod tests;
