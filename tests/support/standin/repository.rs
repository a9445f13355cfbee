//! The projects' repositories: a branch per stage and one for the project, each a list of commits with whole trees.
//!
//! As on the server, the files of a service are a folder in its stage's branch, and a commit is looked up in the whole
//! project, whatever branch it is on.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

type Tree = BTreeMap<String, Vec<u8>>;

/// All projects.
#[derive(Default)]
pub(super) struct Repositories {
    projects: BTreeMap<String, Project>,
    pub(super) style: ListingStyle,
}

/// How listings look: real servers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListingStyle {
    /// Whether paths start with `/`.
    pub(crate) leading_slash: bool,
    /// Whether entries name the version they are of.
    pub(crate) versions: bool,
}

impl Default for ListingStyle {
    fn default() -> Self {
        Self {
            leading_slash: true,
            versions: true,
        }
    }
}

#[derive(Default)]
struct Project {
    /// By stage; the project's own branch has an empty name.
    branches: BTreeMap<String, Vec<Commit>>,
}

#[derive(Clone)]
struct Commit {
    id: String,
    tree: Tree,
}

/// A place in a project, as the URL names it.
pub(super) struct Place<'a> {
    pub(super) project: &'a str,
    pub(super) stage: Option<&'a str>,
    pub(super) service: Option<&'a str>,
}

/// A file and the version it is of.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) version: String,
}

/// Status and message of an answer that is no success.
pub(super) type Refusal = (u16, &'static str);

impl<'a> Place<'a> {
    /// `project`, `project/stage` or `project/stage/service`.
    pub(super) fn parse(place: &'a str) -> Self {
        let mut parts = place.split('/').filter(|part| !part.is_empty());
        Self {
            project: parts.next().unwrap_or_default(),
            stage: parts.next(),
            service: parts.next(),
        }
    }

    fn branch(&self) -> &str {
        self.stage.unwrap_or_default()
    }

    fn in_tree(&self, path: &str) -> String {
        let path = path.trim_start_matches('/');
        self.service
            .map_or_else(|| path.to_owned(), |service| format!("{service}/{path}"))
    }
}

impl Repositories {
    /// Commits files at a place, creating project, stage and service.
    pub(super) fn put(&mut self, place: &str, files: &[(&str, &[u8])]) -> String {
        let place = Place::parse(place);
        self.commit(&place, |tree| {
            for (path, bytes) in files {
                tree.insert(place.in_tree(path), bytes.to_vec());
            }
        })
    }

    /// Commits the deletion of a file.
    pub(super) fn delete(&mut self, place: &str, path: &str) -> String {
        let place = Place::parse(place);
        self.commit(&place, |tree| {
            tree.remove(&place.in_tree(path));
        })
    }

    fn commit(&mut self, place: &Place<'_>, change: impl FnOnce(&mut Tree)) -> String {
        let project = self.projects.entry(place.project.to_owned()).or_default();
        let branch = project.branches.entry(place.branch().to_owned()).or_default();
        let mut tree = branch.last().map(|commit| commit.tree.clone()).unwrap_or_default();
        change(&mut tree);
        let mut hash = Sha256::new();
        hash.update(format!("{}\0{}\0{}", place.project, place.branch(), branch.len()));
        for (path, bytes) in &tree {
            hash.update(format!("\0{path}\0{}\0", bytes.len()));
            hash.update(bytes);
        }
        let id: String = HEXLOWER.encode(&hash.finalize()).chars().take(40).collect();
        branch.push(Commit { id: id.clone(), tree });
        id
    }

    /// One file, at a commit or the newest.
    pub(super) fn get(&self, place: &Place<'_>, path: &str, commit: Option<&str>) -> Result<Found, Refusal> {
        if path.contains('~') || path.contains("..") {
            return Err((400, "invalid resource uri"));
        }
        let newest = self.newest(place)?;
        let path = place.in_tree(path);
        let at = match commit {
            None => newest,
            Some(id) => self.resolve(place, id).ok_or((500, "Internal server error"))?,
        };
        match at.tree.get(&path) {
            Some(bytes) => Ok(Found {
                bytes: bytes.clone(),
                version: commit.map_or_else(|| at.id.clone(), str::to_owned),
            }),
            // Read from the work tree a folder is an error of the file system; read from a commit it is no file.
            None if commit.is_none() && is_folder(&at.tree, &path) => Err((500, "Internal server error")),
            None => Err((404, "Resource not found")),
        }
    }

    /// Every file at a place in its newest version, and that version. There is no commit to ask for.
    pub(super) fn list(&self, place: &Place<'_>) -> Result<(Vec<String>, String), Refusal> {
        let newest = self.newest(place)?;
        let prefix = place.in_tree("");
        let files = newest
            .tree
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter(|path| !path.contains(".git") && !path.contains(".keptn-stages"))
            .map(str::to_owned)
            .collect();
        Ok((files, newest.id.clone()))
    }

    fn newest(&self, place: &Place<'_>) -> Result<&Commit, Refusal> {
        let names = [Some(place.project), place.stage, place.service];
        if names.into_iter().flatten().any(|name| name.contains([' ', '/', '%'])) {
            return Err((400, "invalid name"));
        }
        let project = self.projects.get(place.project).ok_or((404, "Project not found"))?;
        let stage_is_missing = (
            404,
            if place.stage.is_some() {
                "Stage not found"
            } else {
                "Resource not found"
            },
        );
        let newest = project
            .branches
            .get(place.branch())
            .and_then(|branch| branch.last())
            .ok_or(stage_is_missing)?;
        match place.service {
            Some(service) if !is_folder(&newest.tree, service) => Err((404, "Service not found")),
            _ => Ok(newest),
        }
    }

    fn resolve(&self, place: &Place<'_>, id: &str) -> Option<&Commit> {
        let branches = self.projects.get(place.project)?.branches.values();
        branches
            .flatten()
            .find(|commit| id.len() >= 4 && commit.id.starts_with(id))
    }
}

fn is_folder(tree: &Tree, path: &str) -> bool {
    let prefix = format!("{}/", path.trim_end_matches('/'));
    tree.keys().any(|file| file.starts_with(&prefix))
}
