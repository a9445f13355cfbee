//! What policies can ask about an attestation, typed. Everything here was read from signed bytes; what a signer states
//! about itself (its builder, say) is marked as stated, because only a certificate proves it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The typed content of a predicate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Summary {
    /// SLSA provenance.
    Slsa(SlsaSummary),
    /// cosign's vulnerability predicate.
    Vulnerabilities(VulnerabilitySummary),
    /// A bill of materials; its presence is all that policies ask for.
    Sbom(SbomFormat),
    /// Any other predicate.
    Other,
}

/// What SLSA provenance says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SlsaSummary {
    /// Which predicate.
    pub version: SlsaVersion,
    /// The builder that the signer says it is. Forgeable by whoever can sign: judge builders by the proof's identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder_id_stated: Option<String>,
    /// `buildType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_type: Option<String>,
    /// The source repository as stated: a URL without `git+` and without `@ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The reference as stated, such as `refs/tags/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The commit as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// The provenance predicates that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SlsaVersion {
    /// `https://slsa.dev/provenance/v0.2`
    V0_2,
    /// `https://slsa.dev/provenance/v1`
    V1,
}

/// What a vulnerability scan found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VulnerabilitySummary {
    /// The scanner's URI, as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<String>,
    /// `scanFinishedOn`, as stated. Policies measure age by the proof's verified times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned_at: Option<Timestamp>,
    /// How many findings of each severity.
    pub found: Severities,
}

/// Findings by severity, in lower case as the scanner writes it; what a scanner leaves unrated is `unknown`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Severities(pub BTreeMap<String, u64>);

/// Formats of bills of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SbomFormat {
    /// `https://spdx.dev/Document`
    Spdx,
    /// `https://cyclonedx.org/bom`
    CycloneDx,
}
