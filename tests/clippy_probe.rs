//! Creating a Job anywhere but in `cluster` fails the lints: a small crate that tries, under the rules of this one.
//!
//! The crate has the dependencies and the lock file of this package, so that nothing is built anew for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What the probes begin with.
const HEAD: &str = "//! A probe.\n#![allow(missing_docs, unreachable_pub, reason = \"this is a probe\")]\n";

/// Bodies of functions that go around `cluster`, and what each must be refused for.
const WAYS: [(&str, &str); 19] = [
    (
        "pub fn typed() -> k8s_openapi::api::batch::v1::Job { Default::default() }",
        "k8s_openapi::api::batch::v1::Job",
    ),
    (
        "pub fn cron() -> k8s_openapi::api::batch::v1::CronJob { Default::default() }",
        "k8s_openapi::api::batch::v1::CronJob",
    ),
    (
        "pub fn pod() -> k8s_openapi::api::core::v1::Pod { Default::default() }",
        "k8s_openapi::api::core::v1::Pod",
    ),
    (
        "pub fn replicated() -> k8s_openapi::api::core::v1::ReplicationController { Default::default() }",
        "k8s_openapi::api::core::v1::ReplicationController",
    ),
    (
        "pub fn deployed() -> k8s_openapi::api::apps::v1::Deployment { Default::default() }",
        "k8s_openapi::api::apps::v1::Deployment",
    ),
    (
        "pub fn untyped(json: serde_json::Value) -> Option<kube::core::DynamicObject> { serde_json::from_value(json).ok() }",
        "kube::core::DynamicObject",
    ),
    (
        "pub async fn created(api: &Maps, map: &Map) { let _ = api.create(&Default::default(), map).await; }",
        "kube::Api::create",
    ),
    (
        "pub async fn replaced(api: &Maps, map: &Map) { let _ = api.replace(\"x\", &Default::default(), map).await; }",
        "kube::Api::replace",
    ),
    (
        "pub async fn patched(api: &Maps, json: serde_json::Value) { let _ = api.patch(\"x\", &Default::default(), &kube::api::Patch::Apply(json)).await; }",
        "kube::Api::patch",
    ),
    (
        "pub async fn marked(api: &Maps, json: serde_json::Value) { let _ = api.patch_metadata(\"x\", &Default::default(), &kube::api::Patch::Merge(json)).await; }",
        "kube::Api::patch_metadata",
    ),
    (
        "pub async fn entered(api: &Maps) { let _ = api.entry(\"x\").await; }",
        "kube::Api::entry",
    ),
    (
        "pub async fn evaded(api: &Maps, map: &Map) { let _ = api.create_subresource::<Map, Map>(\"x\", \"y\", &Default::default(), map).await; }",
        "kube::Api::create_subresource",
    ),
    (
        "pub async fn deleted(api: &Maps) { let _ = api.delete(\"x\", &Default::default()).await; }",
        "kube::Api::delete",
    ),
    (
        "pub async fn asked(client: &kube::Client, request: Raw) { let _ = client.request::<serde_json::Value>(request).await; }",
        "kube::Client::request",
    ),
    (
        "pub async fn told(client: &kube::Client, request: Raw) { let _ = client.request_text(request).await; }",
        "kube::Client::request_text",
    ),
    (
        "pub async fn answered(client: &kube::Client, request: Raw) { let _ = client.request_status::<serde_json::Value>(request).await; }",
        "kube::Client::request_status",
    ),
    (
        "pub async fn streamed(client: &kube::Client, request: Raw) { let _ = client.request_stream(request).await; }",
        "kube::Client::request_stream",
    ),
    (
        "pub async fn watched(client: &kube::Client, request: Raw) { let _ = client.request_events::<serde_json::Value>(request).await; }",
        "kube::Client::request_events",
    ),
    (
        "pub async fn sent(client: &kube::Client, request: hyper::Request<kube::client::Body>) { let _ = client.send(request).await; }",
        "kube::Client::send",
    ),
];

/// What the ways need, and what is allowed everywhere: reading.
const REST: &str = "
use k8s_openapi::api::core::v1::ConfigMap as Map;
pub type Maps = kube::Api<Map>;
pub type Raw = hyper::Request<Vec<u8>>;
pub async fn read(api: &Maps) -> bool { api.get(\"x\").await.is_ok() }
";

/// A refusal: the lint, what it names, and the line it stands in.
type Refusal = (String, String, String);

#[test]
fn a_job_that_is_created_outside_of_cluster_fails_clippy() {
    let ways: Vec<&str> = WAYS.iter().map(|(code, _)| *code).collect();
    let refused = clippy(&format!("{HEAD}{REST}{}\n", ways.join("\n")));
    for (code, path) in WAYS {
        let found = refused.iter().any(|(lint, message, line)| {
            ["clippy::disallowed_types", "clippy::disallowed_methods"].contains(&lint.as_str())
                && message.contains(&format!("`{path}`"))
                && code.contains(line.trim())
        });
        assert!(found, "nothing is said of `{path}` in\n{code}\nbut of {refused:#?}");
    }
    // The lints can be lifted, and then the source test finds the place; nothing else is refused.
    let others: BTreeSet<&String> = refused
        .iter()
        .map(|(lint, ..)| lint)
        .filter(|lint| !lint.starts_with("clippy::disallowed_"))
        .collect();
    assert!(others.is_empty(), "{refused:#?}");
    assert_eq!(clippy(&format!("{HEAD}{REST}")), Vec::new(), "reading is allowed");
}

/// The refusals of a library of this text under our rules, with warnings refused as in `tests/run`.
fn clippy(text: &str) -> Vec<Refusal> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let probe = folder.path();
    fs::create_dir(probe.join("src")).unwrap();
    fs::write(probe.join("Cargo.toml"), renamed(&manifest(&root))).unwrap();
    fs::write(
        probe.join("Cargo.lock"),
        renamed(&fs::read_to_string(root.join("Cargo.lock")).unwrap()),
    )
    .unwrap();
    for file in [".clippy.toml", "rust-toolchain.toml"] {
        fs::copy(root.join(file), probe.join(file)).unwrap();
    }
    fs::write(probe.join("src/lib.rs"), text).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "clippy",
            "--offline",
            "--locked",
            "--all-targets",
            "--quiet",
            "--message-format=json",
            "--",
            "-D",
            "warnings",
        ])
        .current_dir(probe)
        .env("CARGO_TARGET_DIR", target(&root))
        .output()
        .unwrap();
    let refused: Vec<Refusal> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|entry| entry["reason"] == "compiler-message" && entry["message"]["level"] == "error")
        .filter_map(|entry| {
            let message = &entry["message"];
            let line = message["spans"][0]["text"][0]["text"].as_str()?;
            let lint = message["code"]["code"].as_str().unwrap_or_default();
            Some((
                lint.to_owned(),
                message["message"].as_str()?.to_owned(),
                line.to_owned(),
            ))
        })
        .collect();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.success(),
        refused.is_empty(),
        "clippy itself failed: {said}"
    );
    refused
}

/// Our own manifest without what needs further files: programs, examples, benches, tests.
fn manifest(root: &Path) -> String {
    let mut kept = true;
    fs::read_to_string(root.join("Cargo.toml"))
        .unwrap()
        .lines()
        .filter(|line| {
            if line.starts_with('[') {
                kept = !["[[bin]]", "[[example]]", "[[bench]]", "[[test]]"].contains(line);
            }
            kept && !line.starts_with("default-run")
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Under a name of its own, which sorts as ours does, the crate leaves alone what is known of ours.
fn renamed(text: &str) -> String {
    text.replace(
        "name = \"job-executor-service\"\n",
        "name = \"job-executor-service-probe\"\n",
    )
}

/// Where the dependencies are checked already.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
