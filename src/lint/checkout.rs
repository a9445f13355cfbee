//! The files of a task as a checkout has them, read by the rules and within the limits of the store, so that the same
//! files give the same verdict here and in the service.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::admission::{Fact, FileFact, TaskFiles};
use crate::config::{FileEntry, FileKind, FilePath};
use crate::image::Digest;
use crate::store::{Limits, Scope, StoreError, Together};

/// What these entries stand for below `root`. An event that names no service has no files.
pub(super) fn files(
    root: &Path,
    scope: Option<&Scope>,
    entries: &[String],
    together: &mut Together,
) -> Fact<TaskFiles> {
    if let Some(error) = scope.and_then(Scope::without_files) {
        return Fact::Refuted(error.to_string());
    }
    let mut checkout = Checkout {
        root,
        limits: Limits::DEFAULT,
        total: 0,
        found: BTreeMap::new(),
    };
    let read = together
        .open()
        .and_then(|()| entries.iter().try_for_each(|entry| checkout.entry(entry)))
        .and_then(|()| together.count(entries, checkout.found.values().map(|fact| fact.size)));
    match read {
        Ok(()) => Fact::Known(checkout.found.into_values().collect::<Vec<_>>().into()),
        Err(error) => match error.refusal() {
            Some(refusal) => Fact::Refuted(refusal),
            None => Fact::Unavailable(error.to_string()),
        },
    }
}

struct Checkout<'a> {
    root: &'a Path,
    limits: Limits,
    total: usize,
    found: BTreeMap<String, FileFact>,
}

enum Read {
    Found,
    Absent,
}

impl Checkout<'_> {
    fn entry(&mut self, entry: &str) -> Result<(), StoreError> {
        let entry = FileEntry::parse(entry)?;
        let path = entry.path();
        if entry.kind() == FileKind::FileOrFolder
            && let Read::Found = self.file(path)?
        {
            return Ok(());
        }
        let mut read = Read::Absent;
        for file in self.below(path)? {
            if let Read::Found = self.file(&file)? {
                read = Read::Found;
            }
        }
        match read {
            Read::Found => Ok(()),
            Read::Absent => Err(StoreError::NoSuchEntry {
                entry: entry.to_string(),
                place: self.root.display().to_string(),
            }),
        }
    }

    fn file(&mut self, path: &FilePath) -> Result<Read, StoreError> {
        if self.found.contains_key(path.as_str()) {
            return Ok(Read::Found);
        }
        let Some((place, metadata)) = self.plain(path).filter(|(_, metadata)| metadata.is_file()) else {
            return Ok(Read::Absent);
        };
        let left = self.limits.total_bytes.saturating_sub(self.total);
        let limit = self.limits.file_bytes.min(left);
        let fits = |size: u64| usize::try_from(size).is_ok_and(|size| size <= limit);
        if !fits(metadata.len()) {
            let path = path.to_string();
            return Err(if limit < self.limits.file_bytes {
                StoreError::TooLargeTogether {
                    path,
                    limit: self.limits.total_bytes,
                }
            } else {
                StoreError::FileTooLarge { path, limit }
            });
        }
        if self.found.len() >= self.limits.files {
            return Err(StoreError::TooMany {
                what: "the task".to_owned(),
                limit: self.limits.files,
            });
        }
        let bytes = fs::read(&place).map_err(|error| unreadable(&place, &error))?;
        self.total = self.total.saturating_add(bytes.len());
        let fact = FileFact {
            path: path.to_string(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            digest: Digest::of_bytes(&bytes),
        };
        self.found.insert(path.to_string(), fact);
        Ok(Read::Found)
    }

    /// Where a path leads, unless a link is on the way: a repository's link must not name what lies outside.
    fn plain(&self, path: &FilePath) -> Option<(PathBuf, fs::Metadata)> {
        let mut place = self.root.to_path_buf();
        let mut metadata = None;
        for name in path.as_str().split('/') {
            place.push(name);
            metadata = Some(fs::symlink_metadata(&place).ok().filter(|found| !found.is_symlink())?);
        }
        metadata.map(|metadata| (place, metadata))
    }

    /// The files below a folder, sorted.
    fn below(&self, folder: &FilePath) -> Result<BTreeSet<FilePath>, StoreError> {
        let mut files = BTreeSet::new();
        let mut folders: Vec<PathBuf> = self
            .plain(folder)
            .filter(|(_, metadata)| metadata.is_dir())
            .map(|(place, _)| place)
            .into_iter()
            .collect();
        while let Some(place) = folders.pop() {
            for entry in fs::read_dir(&place).map_err(|error| unreadable(&place, &error))? {
                let entry = entry.map_err(|error| unreadable(&place, &error))?;
                let kind = entry.file_type().map_err(|error| unreadable(&place, &error))?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() {
                    files.insert(self.relative(&entry.path())?);
                }
                if files.len() > self.limits.listed {
                    return Err(StoreError::TooMany {
                        what: format!("folder `{folder}`"),
                        limit: self.limits.listed,
                    });
                }
            }
        }
        Ok(files)
    }

    fn relative(&self, place: &Path) -> Result<FilePath, StoreError> {
        let path = place
            .strip_prefix(self.root)
            .ok()
            .and_then(Path::to_str)
            .unwrap_or_default();
        FilePath::parse(path).map_err(|error| StoreError::Malformed {
            what: format!("`{}`", place.display()),
            reason: error.to_string(),
        })
    }
}

fn unreadable(place: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable {
        what: format!("`{}`", place.display()),
        reason: error.to_string(),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "small.file",
            "helm/values.yaml",
            "helm/templates/x.yaml",
            "helm-abc/c",
            "other/secret",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        fs::create_dir(root.path().join("empty")).unwrap();
        std::os::unix::fs::symlink("other", root.path().join("link")).unwrap();
        std::os::unix::fs::symlink("../other/secret", root.path().join("helm/linked")).unwrap();
        root
    }

    fn answer(root: &Path, entries: &[&str]) -> Result<Vec<String>, String> {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        match files(root, None, &entries, &mut Together::default()) {
            Fact::Known(found) => Ok(found.files.into_iter().map(|file| file.path).collect()),
            Fact::Refuted(why) => Err(why),
            Fact::Unavailable(why) => panic!("{why}"),
        }
    }

    #[test]
    fn what_is_not_there_is_refused_in_the_service_s_words() {
        let root = checkout();
        let none = |entry: &str| Err(format!("could not find file or directory `{entry}`"));
        for (entry, expected) in [
            ("hel", "hel"),
            ("small.file/", "small.file/"),
            ("small.file/x", "small.file/x"),
            ("empty", "empty"),
            // Links are not followed, wherever they stand in a path.
            ("link", "link"),
            ("link/secret", "link/secret"),
            ("helm/linked", "helm/linked"),
        ] {
            assert_eq!(answer(root.path(), &[entry]), none(expected), "{entry}");
        }
        assert!(
            answer(root.path(), &["../x"])
                .unwrap_err()
                .contains("has the part \"..\"")
        );
    }

    #[test]
    fn entries_are_files_or_folders_and_each_file_counts_once() {
        let root = checkout();
        let helm = ["helm/templates/x.yaml", "helm/values.yaml"];
        for (entries, expected) in [
            (&["small.file"][..], &["small.file"][..]),
            (&["helm"], &helm),
            (&["helm/"], &helm),
            (&["helm", "helm/", "helm/values.yaml"], &helm),
            (&["helm/values.yaml", "helm"], &helm),
        ] {
            assert_eq!(
                answer(root.path(), entries),
                Ok(expected.iter().map(|path| (*path).to_owned()).collect())
            );
        }
    }

    #[test]
    fn the_limits_are_those_of_the_store() {
        let root = checkout();
        let limit = Limits::DEFAULT.file_bytes;
        let sparse = |name: &str, size: usize| {
            let file = fs::File::create(root.path().join(name)).unwrap();
            file.set_len(u64::try_from(size).unwrap()).unwrap();
        };
        sparse("big", limit + 1);
        sparse("whole", limit);
        assert!(
            answer(root.path(), &["big"])
                .unwrap_err()
                .starts_with("file `big` is larger than")
        );
        assert!(
            answer(root.path(), &["small.file", "whole"])
                .unwrap_err()
                .contains("together")
        );
    }

    #[test]
    fn an_event_without_a_service_has_no_files() {
        let root = checkout();
        let scope = Scope::new("p", "s", "", "").unwrap();
        let fact = files(
            root.path(),
            Some(&scope),
            &["small.file".to_owned()],
            &mut Together::default(),
        );
        assert!(
            matches!(&fact, Fact::Refuted(why) if why.contains("kept with a service")),
            "{fact:?}"
        );
    }
}
