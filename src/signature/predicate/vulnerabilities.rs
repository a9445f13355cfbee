//! cosign's vulnerability predicate: a scanner's report in an envelope. The reports of Trivy (`Results`) and Grype
//! (`matches`) are read; a report of another shape is refused, because a report that cannot be counted is not an empty one.

use jiff::Timestamp;
use serde::Deserialize;

use crate::signature::fault::Fault;
use crate::signature::refusal::Code;
use crate::signature::{Severities, VulnerabilitySummary};

const UNRATED: &str = "unknown";

/// `https://cosign.sigstore.dev/attestation/vuln/v1`
#[derive(Deserialize)]
pub(super) struct Predicate {
    scanner: Scanner,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Scanner {
    #[serde(default)]
    uri: Option<String>,
    result: Report,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    scan_finished_on: Timestamp,
}

#[derive(Deserialize)]
struct Report {
    #[serde(default, rename = "Results")]
    trivy: Option<Vec<TrivyTarget>>,
    #[serde(default, rename = "matches")]
    grype: Option<Vec<GrypeMatch>>,
}

#[derive(Deserialize)]
struct TrivyTarget {
    #[serde(default, rename = "Vulnerabilities")]
    found: Option<Vec<TrivyFinding>>,
}

#[derive(Deserialize)]
struct TrivyFinding {
    #[serde(default, rename = "Severity")]
    severity: Option<String>,
}

#[derive(Deserialize)]
struct GrypeMatch {
    vulnerability: GrypeFinding,
}

#[derive(Deserialize)]
struct GrypeFinding {
    #[serde(default)]
    severity: Option<String>,
}

/// How much was found, and when.
pub(super) fn summary(predicate: Predicate) -> Result<VulnerabilitySummary, Fault> {
    let ratings: Vec<Option<String>> = match (predicate.scanner.result.trivy, predicate.scanner.result.grype) {
        (Some(targets), None) => {
            let findings = targets.into_iter().flat_map(|target| target.found.unwrap_or_default());
            findings.map(|finding| finding.severity).collect()
        }
        (None, Some(matches)) => matches.into_iter().map(|found| found.vulnerability.severity).collect(),
        (None, None) | (Some(_), Some(_)) => {
            let message = "the scanner's report is neither Trivy's (`Results`) nor Grype's (`matches`)";
            return Err(Fault::new(Code::PredicateMalformed, message));
        }
    };
    let mut found = Severities::default();
    for rating in ratings {
        let rating = rating.map_or_else(String::new, |rating| rating.trim().to_ascii_lowercase());
        let rating = if rating.is_empty() { UNRATED.to_owned() } else { rating };
        let count = found.0.entry(rating).or_default();
        *count = count.saturating_add(1);
    }
    Ok(VulnerabilitySummary {
        scanner: predicate.scanner.uri,
        scanned_at: Some(predicate.metadata.scan_finished_on),
        found,
    })
}
