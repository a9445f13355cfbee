//! Policy files where they lie: in folders that are mounted or checked out. One reading for the service and for
//! `job-lint`, because a file's name is part of every verdict.
//!
//! It reads bytes and names them; what they say is read by [`crate::policy::PolicySet::load`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Policy files by the names that verdicts use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyFiles {
    /// Texts by name: the file's own name, with that of its folder before it where an earlier folder has the same one.
    pub texts: BTreeMap<String, String>,
    /// Where each file lies, for people.
    pub places: BTreeMap<String, PathBuf>,
}

/// Reads all `*.yaml` and `*.yml` files of the folders, and the files that are named themselves.
///
/// # Errors
/// Everything that could not be read, one text each.
pub fn read_policy_files(paths: &[PathBuf]) -> Result<PolicyFiles, Vec<String>> {
    let mut files = PolicyFiles::default();
    let mut problems = Vec::new();
    for path in paths {
        let found = if path.is_dir() {
            list(path)
        } else {
            Ok(vec![path.clone()])
        };
        let result = found.and_then(|found| found.iter().try_for_each(|file| files.add(file)));
        if let Err(problem) = result {
            problems.push(problem);
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| cannot_read(folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        // Mounted ConfigMaps are links to files beside links to folders.
        if is_yaml && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}

impl PolicyFiles {
    fn add(&mut self, path: &Path) -> Result<(), String> {
        let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
        let name = self.name(path);
        self.texts.insert(name.clone(), text);
        self.places.insert(name, path.to_path_buf());
        Ok(())
    }

    /// A name that no file read before has; it does not depend on where on the machine the folders lie.
    fn name(&self, path: &Path) -> String {
        let last = |path: Option<&Path>| {
            path.and_then(Path::file_name)
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let own = last(Some(path));
        let with_folder = format!("{}/{own}", last(path.parent()));
        let numbered = (2_u32..).map(|number| format!("{with_folder}#{number}"));
        [own, with_folder.clone()]
            .into_iter()
            .chain(numbered)
            .find(|name| !self.texts.contains_key(name))
            .unwrap_or(with_folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_the_same_wherever_their_folders_lie() {
        let names: Vec<Vec<String>> = (0..2)
            .map(|_| {
                let root = tempfile::tempdir().unwrap();
                for (path, text) in [
                    ("a/x.yaml", "1"),
                    ("a/readme.md", "no policy"),
                    ("b/x.yaml", "2"),
                    ("b/y.yml", "3"),
                    ("c/b/x.yaml", "4"),
                ] {
                    let path = root.path().join(path);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, text).unwrap();
                }
                let paths = ["a", "b", "c/b"].map(|folder| root.path().join(folder));
                let files = read_policy_files(&paths).unwrap();
                assert_eq!(
                    files.places.keys().collect::<Vec<_>>(),
                    files.texts.keys().collect::<Vec<_>>()
                );
                files
                    .texts
                    .into_iter()
                    .map(|(name, text)| format!("{name}={text}"))
                    .collect()
            })
            .collect();
        assert_eq!(names[0], ["b/x.yaml=2", "b/x.yaml#2=4", "x.yaml=1", "y.yml=3"]);
        assert_eq!(names[0], names[1]);
    }

    #[test]
    fn everything_that_cannot_be_read_is_said() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("x.yaml"), [0xff]).unwrap();
        let problems = read_policy_files(&[root.path().join("none"), root.path().to_path_buf()]).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("none cannot be read") && problems[1].contains("x.yaml cannot be read"));
    }
}
