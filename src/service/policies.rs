//! Policy files as mounted: read, loaded, and every problem said with its place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::policy::PolicySet;
use crate::settings::Settings;

/// Loads all `*.yaml` and `*.yml` files of these folders.
///
/// # Errors
/// Every problem of every file, as `file:line:col: message`.
pub(super) fn load(folders: &[PathBuf], settings: &Settings) -> Result<PolicySet, Vec<String>> {
    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    for folder in folders {
        if let Err(error) = read(folder, &mut files) {
            problems.push(format!("{}: {error}", folder.display()));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    PolicySet::load(&files)
        .and_then(|set| set.with_settings(settings))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn read(folder: &Path, files: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file()
            && path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            let name = path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            );
            // Two folders may hold files of one name; both count.
            let name = if files.contains_key(&name) {
                path.display().to_string()
            } else {
                name
            };
            files.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
