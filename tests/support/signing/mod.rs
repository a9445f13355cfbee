//! Signing for real: cosign 2 and 3 of the rig, its registries, and a Sigstore in memory. Nothing here verifies with our
//! own code; what this makes is what our code is tried on.
#![allow(dead_code, reason = "each test target uses its part")]

pub(crate) mod cosign;
pub(crate) mod keys;
pub(crate) mod registry;
pub(crate) mod sigstore;

use std::path::PathBuf;

/// What `rig env` says once `rig signing` has run.
pub(crate) struct Rig {
    /// The registry without a referrers API, plain http.
    pub(crate) plain: String,
    /// The registry with one, TLS.
    pub(crate) referrers: String,
    /// Who signed the certificates of the rig's registries.
    pub(crate) ca: PathBuf,
    /// cosign 2.
    pub(crate) cosign2: PathBuf,
    /// cosign 3.
    pub(crate) cosign3: PathBuf,
    /// The Sigstore in memory.
    pub(crate) sigstore: PathBuf,
}

impl Rig {
    /// Panics with what is missing: these tests are never skipped.
    pub(crate) fn from_env() -> Self {
        let variable = |name: &str| match std::env::var(name) {
            Ok(value) if !value.is_empty() => value,
            _ => panic!(
                "{name} is not set: run `make test`, or after `make up` `tests/cluster/rig signing` and \
                 `eval \"$(tests/cluster/rig env)\"`"
            ),
        };
        Self {
            plain: variable("RIG_REGISTRY"),
            referrers: variable("RIG_REFERRERS"),
            ca: variable("RIG_CA").into(),
            cosign2: variable("RIG_COSIGN2").into(),
            cosign3: variable("RIG_COSIGN3").into(),
            sigstore: variable("RIG_SIGSTORE").into(),
        }
    }
}
