//! The policy files that are shipped, as they stand in `policies/`.

use std::collections::BTreeMap;

/// `policies/strict.yaml`: default-deny, what the chart installs and what `job-lint check` uses without `--policy`.
pub const STRICT: &str = include_str!("../../policies/strict.yaml");

/// `policies/compatible.yaml`: behaves as the original did by default.
pub const COMPATIBLE: &str = include_str!("../../policies/compatible.yaml");

/// [`STRICT`] as files for [`super::PolicySet::load`].
#[must_use]
pub fn strict() -> BTreeMap<String, String> {
    BTreeMap::from([("strict.yaml".to_owned(), STRICT.to_owned())])
}

/// [`COMPATIBLE`] as files for [`super::PolicySet::load`].
#[must_use]
pub fn compatible() -> BTreeMap<String, String> {
    BTreeMap::from([("compatible.yaml".to_owned(), COMPATIBLE.to_owned())])
}
