//! One gate, many callers: what `job-lint` prints is what the running service keeps in its run record, byte for byte.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::thread::event;
use crate::world::{Policies, World, root};

/// Configs beside those of `tests/cases`: refused, undecided, and without a plan.
const BAD: [(&str, &str); 5] = [
    (
        "many-findings",
        "- { name: t, image: 'evil.example/x:latest', serviceAccount: job-executor-service, securityContext: { privileged: true, runAsUser: 0, capabilities: { add: [SYS_ADMIN] } }, cmd: [x] }",
    ),
    ("no-such-tag", "- { name: t, image: 'alpine:does-not-exist', cmd: [x] }"),
    (
        "no-plan",
        "- { name: t, image: 'Foo/Bar:baz', imagePullPolicy: Sometimes, env: [ { name: A, value: '$.data.absent', valueFrom: event } ], cmd: [x] }",
    ),
    (
        "no-such-file",
        "- { name: t, image: 'alpine:3.20', files: [absent/], cmd: [x] }",
    ),
    (
        "two-tasks",
        "- { name: good, image: 'alpine:3.20', cmd: [echo] }\n      - { name: bad, image: 'alpine', resources: { limits: { cpu: 100 } }, cmd: [x] }",
    ),
];
/// Cases that are judged under every policy set.
const CASES: [&str; 5] = [
    "01-hello-world",
    "09-environment-labels",
    "16-files",
    "27-security-context",
    "28-writable-root",
];

/// Policies of several scopes and modes, beside the shipped ones.
const MIXED: &str = r#"
apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: base }
mode: enforce
images: { allow: [ { image: "docker.io/library/*" } ] }
unsigned: { allow: ["docker.io/library/*"], reason: "a test" }
serviceAccounts: { allow: ["*"] }
namespaces: { allow: ["jobs-*"] }
commands: any
files: { allow: ["**"] }
security: { profile: baseline }
egress: [dns]
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: watched }
scope: { projects: [sockshop], stages: ["d*"] }
mode: warn
images: { allow: [ { image: "docker.io/library/alpine", tags: ["3.*"] } ] }
security: { profile: restricted }
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: elsewhere }
scope: { projects: [other] }
mode: enforce
images: { allow: [ { image: "registry.example.com/none" } ] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn lint_and_service_agree() {
    let mut faults = Vec::new();
    for policies in [
        Policies::Shipped("strict.yaml"),
        Policies::Shipped("compatible.yaml"),
        Policies::Text(MIXED),
    ] {
        faults.extend(disagreements(policies).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

async fn disagreements(policies: Policies<'_>) -> Vec<String> {
    let world = World::start(policies).await;
    let folder = world.folder.path();
    let settings = folder.join("settings.json");
    let printed = Command::new(env!("CARGO_BIN_EXE_job-executor-service"))
        .arg("--print-settings")
        .env_clear()
        .envs(&world.environment)
        .output()
        .unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    std::fs::write(&settings, printed.stdout).unwrap();
    let corpus = corpus();
    for (name, config, files) in &corpus {
        let mut all: Vec<(&str, &[u8])> = vec![("job/config.yaml", config.as_bytes())];
        all.extend(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
        world.standin.put(&format!("sockshop/dev/{name}"), &all);
        let checkout = folder.join("checkouts").join(name);
        for (path, bytes) in all {
            let file = checkout.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        let mut event = event(name, "sh.keptn.event.sample.triggered");
        event["data"]["service"] = Value::from(name.as_str());
        std::fs::write(folder.join(format!("{name}.json")), event.to_string()).unwrap();
        world.publish(&event).await;
    }
    let mut faults = Vec::new();
    for (name, ..) in &corpus {
        let run = judged(&world, name).await;
        let output = Command::new(env!("CARGO_BIN_EXE_job-lint"))
            .args([
                "plan",
                "--live",
                "--format",
                "json",
                "--at",
                run["spec"]["at"].as_str().unwrap(),
            ])
            .arg("--event")
            .arg(folder.join(format!("{name}.json")))
            .arg("--policy")
            .arg(folder.join("policies"))
            .arg("--settings")
            .arg(&settings)
            .arg("--files")
            .arg(folder.join("checkouts").join(name))
            .arg(folder.join("checkouts").join(name).join("job/config.yaml"))
            .output()
            .unwrap();
        let lint = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        let service = run["status"]["verdict"].as_str().unwrap();
        if lint != service {
            faults.push(format!(
                "{name}:\nlint:    {lint}\nservice: {service}\n{}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    faults
}

/// The run record of an event, once it has a verdict.
async fn judged(world: &World, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let runs = world.list(&world.service_namespace, "runs");
        let ours = |run: &&Value| {
            let event: Value =
                serde_json::from_str(run["spec"]["event"].as_str().unwrap_or("null")).unwrap_or_default();
            event["id"] == id
                && run["status"]["verdict"]
                    .as_str()
                    .is_some_and(|verdict| !verdict.is_empty())
        };
        if let Some(run) = runs.iter().find(ours) {
            return run.clone();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no verdict on {id}:\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

type Corpus = Vec<(String, String, Vec<(String, Vec<u8>)>)>;

fn corpus() -> Corpus {
    let wrap = |tasks: &str| {
        format!(
            "apiVersion: v2\nactions:\n  - name: a\n    events: [ {{ name: sh.keptn.event.sample.triggered }} ]\n    tasks:\n      {tasks}\n"
        )
    };
    let mut corpus: Corpus = BAD
        .iter()
        .map(|(name, tasks)| ((*name).to_owned(), wrap(tasks), Vec::new()))
        .collect();
    for name in CASES {
        let folder = root().join("tests/cases").join(name);
        let config = std::fs::read_to_string(folder.join("config.yaml")).unwrap();
        let mut files = Vec::new();
        collect(&folder.join("files"), &folder.join("files"), &mut files);
        corpus.push((name.to_owned(), config, files));
    }
    corpus
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
