//! Every example of `tests/cases`, run on the node and observed from inside its container.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Policies, World, apply, root};

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_of_the_documents_works_on_the_node() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    apply(&json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "task-account", "namespace": world.job_namespace } }).to_string());
    let mut folders: Vec<_> = std::fs::read_dir(root().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() > 30);
    let mut faults = Vec::new();
    // A few at a time: two cores run them.
    for chunk in folders.chunks(6) {
        let runs = chunk.iter().map(|folder| case(&world, folder));
        faults.extend(futures::future::join_all(runs).await.into_iter().flatten());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

async fn case(world: &World, folder: &Path) -> Option<String> {
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
    let expected: Value = serde_json::from_str(&read("expect.json").unwrap()).unwrap();
    let config = read("config.yaml")
        .unwrap()
        .replace("${JOB_NAMESPACE}", &world.job_namespace);
    let event = read("event.json")
        .or_else(|| std::fs::read_to_string(root().join("tests/cases/event.json")).ok())
        .unwrap();
    let mut event: Value = serde_json::from_str(&event).unwrap();
    // Each case is a service of its own in the same project.
    event["id"] = json!(format!("case-{name}"));
    event["data"]["service"] = json!(name);
    let config = config.replace("sockshop/dev/carts", &format!("sockshop/dev/{name}"));
    let mut files = vec![("job/config.yaml".to_owned(), config.into_bytes())];
    collect(&folder.join("files"), &folder.join("files"), &mut files);
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    world.standin.put(&format!("sockshop/dev/{name}"), &files);
    if let Some(secrets) = read("secrets.json") {
        for (secret, data) in serde_json::from_str::<Value>(&secrets).unwrap().as_object().unwrap() {
            apply(&json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": secret, "namespace": world.job_namespace }, "stringData": data }).to_string());
        }
    }
    world.publish(&event).await;
    judge(world, &name, event["id"].as_str().unwrap(), &expected).await
}

async fn judge(world: &World, name: &str, id: &str, expected: &Value) -> Option<String> {
    if expected["result"] == "none" {
        tokio::time::sleep(Duration::from_secs(4)).await;
        let answers = world.answers(id, "started").len() + world.answers(id, "finished").len();
        return (answers > 0).then(|| format!("{name}: answered, though nothing was expected"));
    }
    let count = usize::try_from(expected["finished"].as_u64().unwrap_or(1)).unwrap();
    let finished = world.finished(id, count).await;
    let text = finished
        .iter()
        .filter_map(|event| event["data"]["message"].as_str())
        .collect::<String>()
        .replace(name, "carts");
    let result = &finished[0]["data"]["result"];
    let mut faults = Vec::new();
    if *result != expected["result"] {
        faults.push(format!("result is {result}"));
    }
    for (key, wanted) in [("contains", true), ("lacks", false)] {
        for piece in expected[key].as_array().unwrap() {
            if text.contains(piece.as_str().unwrap()) != wanted {
                faults.push(format!("message {} {piece}", if wanted { "lacks" } else { "contains" }));
            }
        }
    }
    if expected["test"] == true
        && !(finished[0]["data"]["test"]["start"].is_string() && finished[0]["data"]["test"]["end"].is_string())
    {
        faults.push("no test block".to_owned());
    }
    if world.answers(id, "started").len() != count {
        faults.push(format!("{} started events", world.answers(id, "started").len()));
    }
    (!faults.is_empty()).then(|| format!("{name}: {}\n{text}", faults.join("; ")))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.push((
                path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            ));
        }
    }
}
