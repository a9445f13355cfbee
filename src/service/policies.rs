//! Policy files as mounted: read, loaded, and every problem said with its place.

use std::path::PathBuf;

use crate::policy::PolicySet;
use crate::settings::Settings;
use crate::store::read_policy_files;

/// Loads all `*.yaml` and `*.yml` files of these folders.
///
/// # Errors
/// Every problem of every file, as `file:line:col: message`.
pub(super) fn load(folders: &[PathBuf], settings: &Settings) -> Result<PolicySet, Vec<String>> {
    let files = read_policy_files(folders)?;
    PolicySet::load(&files.texts)
        .and_then(|set| set.with_settings(settings))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}
