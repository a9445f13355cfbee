//! The events, configs and files that desk and service both judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use job_executor_service::event::Event;
use job_executor_service::{config, matching, plan};
use serde_json::{Value, json};

use crate::examples::{self, Tree};
use crate::standin::Standin;
use crate::world::{World, apply, root};

/// What ids of the corpus begin with.
pub(super) const ID: &str = "agree-";

/// One event with its config and files.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) config: String,
    pub(super) event: Value,
    pub(super) files: Tree,
}

/// The examples of the documents under a `c`, the odd ones under an `a`.
pub(super) fn corpus(job_namespace: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = examples::all().into_iter().filter_map(example).collect();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("tests/data/agree"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("config.yaml").is_file())
        .collect();
    folders.sort();
    cases.extend(folders.iter().map(|folder| odd(folder, job_namespace)));
    assert!(cases.len() > 110, "{} cases", cases.len());
    cases
}

/// The first of a case's configs and events; levels and commits are shown where the cases run.
fn example(case: examples::Case) -> Option<Case> {
    let name = format!("c{}", case.name);
    let mut event: Value = serde_json::from_str(&case.event).unwrap();
    event["data"]["service"] = json!(name);
    event["id"] = json!(format!("{ID}{name}"));
    event.as_object_mut().unwrap().remove("gitcommitid");
    Some(Case {
        name,
        config: case.config?,
        event,
        files: case.files,
    })
}

fn odd(folder: &Path, job_namespace: &str) -> Case {
    let name = format!("a{}", folder.file_name().unwrap().to_str().unwrap());
    let read = |path: PathBuf| std::fs::read_to_string(path);
    let mut event: Value = serde_json::from_str(&read(root().join("tests/cases/event.json")).unwrap()).unwrap();
    event["data"]["service"] = json!(name);
    if let Ok(patch) = read(folder.join("event.json")) {
        merge(&mut event, &serde_json::from_str(&patch).unwrap());
    }
    event["id"] = json!(format!("{ID}{name}"));
    let mut case = Case {
        config: read(folder.join("config.yaml"))
            .unwrap()
            .replace("${JOB_NAMESPACE}", job_namespace),
        files: BTreeMap::new(),
        event,
        name,
    };
    collect(&folder.join("files"), Path::new(""), &mut case.files);
    match case.name.as_str() {
        "a14-crlf" => case.config = format!("\u{feff}{}", case.config.replace('\n', "\r\n")),
        "a21-large-file" => {
            case.files.insert("large.bin".to_owned(), vec![7; 20 * 1024 * 1024 + 1]);
        }
        _ => {}
    }
    case
}

impl Case {
    /// Id of its event.
    pub(super) fn id(&self) -> &str {
        self.event["id"].as_str().unwrap()
    }

    /// Whether the service writes a run record: the config asks for the event, or cannot be read and has to be answered.
    pub(super) fn makes_a_run(&self) -> bool {
        let event = Event::parse(self.event.to_string().as_bytes()).unwrap();
        match config::parse("job/config.yaml", &self.config) {
            Ok(config) => !matching::matched(&event, &config).is_empty(),
            Err(_) => event.is_triggered(),
        }
    }

    /// Whether its folder is listed at another version than its files are read at, which no checkout can show.
    pub(super) fn is_listed_later(&self) -> bool {
        self.name == "a25-folder-version"
    }

    /// Commits its config and files where the service looks for them. The event of the pinned one names that commit,
    /// and another one follows.
    pub(super) fn commit(&mut self, standin: &Standin) {
        let data = &self.event["data"];
        let names = ["project", "stage", "service"].map(|key| data[key].as_str());
        let place = names.into_iter().flatten().collect::<Vec<_>>().join("/");
        let mut files: Vec<(&str, &[u8])> = vec![("job/config.yaml", self.config.as_bytes())];
        files.extend(self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
        let commit = standin.put(&place, &files);
        if self.name == "a18-pinned" || self.is_listed_later() {
            let later = self.config.replace("alpine:3.20", "evil.example/later");
            standin.put(
                &place,
                &[("job/config.yaml", later.as_bytes()), ("kept/a.txt", b"later")],
            );
            standin.delete(&place, "gone.txt");
            self.event["gitcommitid"] = json!(commit);
        }
    }
}

/// A NetworkPolicy of others that selects the pod of one task, and one that cannot.
pub(super) fn widen_a_fence(world: &World, cases: &[Case]) {
    let case = cases.iter().find(|case| case.name == "a15-widened").unwrap();
    let event = Event::parse(case.event.to_string().as_bytes()).unwrap();
    let job = plan::job_name(event.id(), &event.identity(), 0, 0);
    for (name, labels) in [("widens", json!({ "job-name": job })), ("web", json!({ "app": "web" }))] {
        let metadata = json!({ "name": name, "namespace": world.job_namespace });
        let spec = json!({ "podSelector": { "matchLabels": labels }, "policyTypes": ["Egress"], "egress": [{}] });
        let kind = "NetworkPolicy";
        apply(
            &json!({ "apiVersion": "networking.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec })
                .to_string(),
        );
    }
}

/// The keys of `patch` over those of `base`; null takes away.
fn merge(base: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *base = patch.clone();
        return;
    };
    if !base.is_object() {
        *base = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut base[key.as_str()], value);
        }
    }
}

fn collect(root: &Path, below: &Path, files: &mut Tree) {
    let Ok(entries) = std::fs::read_dir(root.join(below)) else {
        return;
    };
    for entry in entries {
        let name = below.join(entry.unwrap().file_name());
        let path = root.join(&name);
        if path.is_dir() {
            collect(root, &name, files);
        } else {
            files.insert(name.to_str().unwrap().to_owned(), std::fs::read(path).unwrap());
        }
    }
}
