//! Policy files where they lie: in folders that are mounted or checked out. One reading for the service and for
//! `job-lint`, because a file's name is part of every verdict.
//!
//! It reads bytes and names them; what they say is read by [`crate::policy::PolicySet::load`]. Files that policies name
//! (keys, trusted roots) are read from the folder of the policy file that names them, and no other file is opened.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::policy::{LONGEST_ATTACHED, attached_files, is_attached};

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
            list(path, &mut problems)
        } else {
            vec![path.clone()]
        };
        problems.extend(found.iter().filter_map(|file| files.add(file).err()));
    }
    problems.extend(files.attach());
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

/// The policy files of a folder, sorted. What is named like one and is none is a problem, never passed over: a policy that
/// is silently not there would judge nothing.
fn list(folder: &Path, problems: &mut Vec<String>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(cannot_read(folder, &error));
            return found;
        }
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                problems.push(format!("an entry of {}", cannot_read(folder, &error)));
                continue;
            }
        };
        let named = |word: &str| {
            path.extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case(word))
        };
        // `..data` and its like, which a mounted ConfigMap brings, have no such name.
        if named("yaml") || named("yml") {
            match kind(&path) {
                Ok(()) => found.push(path),
                Err(problem) => problems.push(problem),
            }
        }
    }
    found.sort();
    found
}

/// Whether a path that is named like a policy file is one, or a link to one: mounted ConfigMaps are made of links.
fn kind(path: &Path) -> Result<(), String> {
    let metadata = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
    let place = path.display();
    if metadata.is_dir() {
        return Err(format!("{place} is a folder with the name of a policy file; rename it"));
    }
    if !metadata.is_file() {
        return Err(format!("{place} is neither a file nor a link to one; remove it"));
    }
    let is_lower = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_lower {
        Ok(())
    } else {
        Err(format!(
            "{place} would not be read under this name; let it end in `.yaml` or `.yml`"
        ))
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}

/// Reads a file up to one byte more than is accepted, so that its length is judged where the set loads.
fn read_small(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| cannot_read(path, &error);
    let mut text = String::new();
    let most = u64::try_from(LONGEST_ATTACHED).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path)
        .map_err(failed)?
        .take(most)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(text)
}

impl PolicyFiles {
    fn add(&mut self, path: &Path) -> Result<(), String> {
        if path.to_str().is_some_and(is_attached) {
            return Err(format!(
                "{} is no policy file by its name: keys and roots are named by policies",
                path.display()
            ));
        }
        let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
        let name = self.name(path);
        self.texts.insert(name.clone(), text);
        self.places.insert(name, path.to_path_buf());
        Ok(())
    }

    /// Reads the files that the policies name. One that is not there is the policy's problem, at the line that names it.
    fn attach(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        let wanted: Vec<(PathBuf, String)> = self
            .texts
            .iter()
            .filter_map(|(name, text)| Some((self.places.get(name)?.parent()?, text)))
            .flat_map(|(folder, text)| attached_files(text).into_iter().map(|name| (folder.join(&name), name)))
            .collect();
        for (path, name) in wanted {
            if !path.is_file() {
                continue;
            }
            match read_small(&path) {
                Ok(text) if self.texts.get(&name).is_some_and(|known| *known != text) => problems.push(format!(
                    "{} is another file than {}, and policies name both `{name}`; give one of them another name",
                    path.display(),
                    self.places
                        .get(&name)
                        .map_or_else(|| name.clone(), |place| place.display().to_string())
                )),
                Ok(text) => {
                    self.texts.insert(name.clone(), text);
                    self.places.insert(name, path);
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems
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
    fn files_that_policies_name_are_read_beside_them_and_no_others() {
        let root = tempfile::tempdir().unwrap();
        let authority =
            |file: &str| format!("kind: Authority\nkeys: [{{ file: {file} }}]\ntrustRoot: {{ file: root.json }}\n");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a/p.yaml", &authority("key.pub"));
        for (path, text) in [
            ("a/key.pub", "key"),
            ("a/root.json", "{}"),
            ("a/other.pem", "not named"),
            ("key.pem", "outside"),
        ] {
            write(path, text);
        }
        let names = |folders: &[&str]| {
            let paths: Vec<PathBuf> = folders.iter().map(|folder| root.path().join(folder)).collect();
            read_policy_files(&paths).map(|files| files.texts.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(names(&["a"]).unwrap(), ["key.pub", "p.yaml", "root.json"]);
        // A name that leads out of the folder is not followed, and what is not there is left to the loader.
        for outside in ["../key.pem", "/etc/key.pem", "none.pem", ".key.pem", "p.yaml"] {
            write("b/q.yaml", &authority(outside));
            assert_eq!(names(&["b"]).unwrap(), ["q.yaml"], "{outside}");
        }
        write("b/q.yaml", &authority("key.pub"));
        write("b/key.pub", "another key");
        let problems = names(&["a", "b"]).unwrap_err();
        assert!(
            problems.len() == 1 && problems[0].contains("give one of them another name"),
            "{problems:?}"
        );
        write("b/key.pub", "key");
        assert_eq!(
            names(&["a", "b"]).unwrap(),
            ["key.pub", "p.yaml", "q.yaml", "root.json"]
        );
        assert!(names(&["a/key.pub"]).unwrap_err()[0].contains("is no policy file by its name"));
    }

    #[test]
    fn everything_that_cannot_be_read_is_said() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("x.yaml"), [0xff]).unwrap();
        let problems = read_policy_files(&[root.path().join("none"), root.path().to_path_buf()]).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("none cannot be read") && problems[1].contains("x.yaml cannot be read"));
    }

    #[test]
    fn what_is_named_like_a_policy_file_and_is_none_is_said() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| root.path().join(name);
        fs::write(place("good.yaml"), "1").unwrap();
        fs::create_dir(place("folder.yaml")).unwrap();
        for name in ["a.YAML", "b.Yml"] {
            fs::write(place(name), "2").unwrap();
        }
        std::os::unix::fs::symlink("nowhere", place("dangling.yml")).unwrap();
        std::os::unix::fs::symlink("loop.yaml", place("loop.yaml")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(place("socket.yaml")).unwrap();
        let mut problems = read_policy_files(&[root.path().to_path_buf()]).unwrap_err();
        problems.sort();
        let expected = [
            "a.YAML would not be read",
            "b.Yml would not be read",
            "dangling.yml cannot be read",
            "folder.yaml is a folder",
            "loop.yaml cannot be read",
            "socket.yaml is neither",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.contains(expected), "{problem}: {expected}");
        }
    }

    #[test]
    fn a_mounted_config_map_is_read_once() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| root.path().join(name);
        fs::create_dir(place("..2026_01_01")).unwrap();
        fs::write(place("..2026_01_01/p.yaml"), "1").unwrap();
        std::os::unix::fs::symlink("..2026_01_01", place("..data")).unwrap();
        std::os::unix::fs::symlink("..data/p.yaml", place("p.yaml")).unwrap();
        let files = read_policy_files(&[root.path().to_path_buf()]).unwrap();
        assert_eq!(files.texts, BTreeMap::from([("p.yaml".to_owned(), "1".to_owned())]));
    }
}
