//! The examples under `tests/cases`, read from their folders: the same for the snapshots and for the cluster.
//!
//! Knows the files of a case and nothing of the product. A file that means nothing here is a mistake, never ignored.

#![allow(dead_code, reason = "each test that includes this module uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// One example.
pub(crate) struct Case {
    /// Its number; never changes.
    pub(crate) number: usize,
    /// Name of its folder.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// `job/config.yaml`, where there is one.
    pub(crate) config: Option<String>,
    /// The text of the event.
    pub(crate) event: String,
    /// Environment variables of the service that differ from the usual ones.
    pub(crate) environment: BTreeMap<String, String>,
    /// Data of Secrets, by `name` or `carts/name` for one in the namespace `carts`.
    pub(crate) secrets: BTreeMap<String, BTreeMap<String, String>>,
    /// Files beside the config, at the level of the service.
    pub(crate) files: Tree,
    /// Files at the level of the stage.
    pub(crate) stage: Tree,
    /// Files at the level of the project.
    pub(crate) project: Tree,
    /// What the config's level held in the commit before.
    pub(crate) earlier: Tree,
    /// What the config's level holds since the event was sent.
    pub(crate) later: Tree,
    pub(crate) expect: Expect,
}

/// Files by path.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// `expect.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// Heading of the features document that it belongs to.
    pub(crate) section: String,
    /// What holds, in a phrase.
    pub(crate) says: String,
    /// What comes back.
    pub(crate) result: Outcome,
    /// Pieces of the messages that come back; of the tasks' logs where nothing comes back.
    #[serde(default)]
    pub(crate) contains: Vec<String>,
    /// Pieces that must not be there.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    /// How many finished events come back.
    #[serde(default = "one")]
    pub(crate) finished: usize,
    /// How many Jobs there are in the end; not looked at when absent.
    pub(crate) jobs: Option<usize>,
    /// Whether the finished event says when the test began and ended.
    #[serde(default)]
    pub(crate) test: bool,
    /// Values of the first Job as stored, by JSON pointer.
    #[serde(default)]
    pub(crate) job: BTreeMap<String, Value>,
    /// Values of its pod.
    #[serde(default)]
    pub(crate) pod: BTreeMap<String, Value>,
    /// Where `config.yaml` is kept.
    #[serde(default)]
    pub(crate) level: Level,
}

/// What comes back for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Pass,
    Fail,
    /// No event at all.
    None,
}

/// A level of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    #[default]
    Service,
    Stage,
    Project,
}

fn one() -> usize {
    1
}

/// The folder of all cases.
pub(crate) fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// All cases by number.
pub(crate) fn all() -> Vec<Case> {
    let mut folders: Vec<PathBuf> = fs::read_dir(cases_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let cases: Vec<Case> = folders.iter().map(|folder| Case::read(folder)).collect();
    for (position, case) in cases.iter().enumerate() {
        assert_eq!(
            case.number,
            position + 1,
            "{}: numbers begin at 1 and have no gap",
            case.name
        );
    }
    cases
}

impl Case {
    fn read(folder: &Path) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let number = name.split('-').next().unwrap().parse().unwrap_or_default();
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                KNOWN.contains(&entry.as_str()),
                "{name}/{entry} means nothing in a case"
            );
        }
        let text = |file: &str| fs::read_to_string(folder.join(file)).ok();
        let expect = text("expect.json").unwrap_or_else(|| panic!("{name} has no expect.json"));
        Self {
            number,
            config: text("config.yaml"),
            event: text("event.json").unwrap_or_else(|| fs::read_to_string(cases_folder().join("event.json")).unwrap()),
            environment: json(&name, text("environment.json")),
            secrets: json(&name, text("secrets.json")),
            files: tree(&folder.join("files")),
            stage: tree(&folder.join("stage")),
            project: tree(&folder.join("project")),
            earlier: tree(&folder.join("earlier")),
            later: tree(&folder.join("later")),
            expect: serde_json::from_str(&expect).unwrap_or_else(|error| panic!("{name}/expect.json: {error}")),
            folder: folder.to_owned(),
            name,
        }
    }
}

const KNOWN: [&str; 11] = [
    "config.yaml",
    "earlier",
    "environment.json",
    "event.json",
    "expect.json",
    "files",
    "later",
    "objects.yaml",
    "project",
    "secrets.json",
    "stage",
];

fn json<T: Default + serde::de::DeserializeOwned>(name: &str, text: Option<String>) -> T {
    text.map_or_else(T::default, |text| {
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    })
}

fn tree(root: &Path) -> Tree {
    let mut files = Tree::new();
    collect(root, root, &mut files);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Tree) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}
