//! Tables: every change of a stored Job or pod is named, every default of the cluster is not.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "every other kind of JSON value is treated alike"
)]

use serde_json::{Value, json};

use super::*;

mod job;
mod pod;

/// A Job as we render it.
fn admitted() -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "j", "namespace": "jobs",
            "labels": { "app.kubernetes.io/managed-by": "jes", "job-executor.keptn.sh/run": "run-a" },
            "annotations": { "job-executor.keptn.sh/nonce": "n" },
        },
        "spec": {
            "backoffLimit": 0, "completions": 1, "parallelism": 1,
            "activeDeadlineSeconds": 420, "ttlSecondsAfterFinished": 21600,
            "template": {
                "metadata": { "labels": { "job-executor.keptn.sh/fence": "abc" }, "annotations": {} },
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": "runner",
                    "automountServiceAccountToken": false,
                    "securityContext": {},
                    "volumes": [
                        { "name": "job-volume", "emptyDir": { "sizeLimit": "20Mi" } },
                        { "name": "files-token", "projected": { "sources": [ { "serviceAccountToken": {
                            "audience": "files", "expirationSeconds": 600, "path": "token" } } ] } },
                    ],
                    "initContainers": [ { "name": "init-j", "image": "r/i@sha256:0", "env": [ { "name": "CA", "value": "" } ] } ],
                    "containers": [ {
                        "name": "j", "image": "r/a@sha256:1", "imagePullPolicy": "IfNotPresent", "command": ["sh"],
                        "env": [ { "name": "A", "value": "1" }, { "name": "B", "value": "2" } ],
                        "resources": { "limits": { "cpu": "1000m", "memory": "0.5Gi" } },
                        "securityContext": { "privileged": false, "runAsUser": 1000 },
                        "volumeMounts": [ { "name": "job-volume", "mountPath": "/keptn" } ],
                    } ],
                },
            },
        },
    })
}

fn set(json: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap_or_else(|| panic!("no {pointer}"));
    match parent {
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => other[key] = value,
    }
}

fn remove(json: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap() {
        Value::Array(list) => drop(list.remove(key.parse().unwrap())),
        other => drop(other.as_object_mut().unwrap().remove(key).unwrap()),
    }
}

/// The Job as an API server stores it.
fn stored() -> Value {
    let mut job = admitted();
    for (pointer, value) in [
        ("/metadata/uid", json!("u-1")),
        ("/metadata/creationTimestamp", json!("2026-11-21T10:00:00Z")),
        ("/metadata/generation", json!(1)),
        (
            "/spec/selector",
            json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": "u-1" } }),
        ),
        ("/spec/manualSelector", json!(false)),
        ("/spec/completionMode", json!("NonIndexed")),
        ("/spec/suspend", json!(false)),
        ("/spec/podReplacementPolicy", json!("TerminatingOrFailed")),
        ("/spec/template/metadata/creationTimestamp", Value::Null),
        (
            "/spec/template/metadata/labels/batch.kubernetes.io~1job-name",
            json!("j"),
        ),
        ("/spec/template/spec/terminationGracePeriodSeconds", json!(30)),
        ("/spec/template/spec/dnsPolicy", json!("ClusterFirst")),
        ("/spec/template/spec/schedulerName", json!("default-scheduler")),
        ("/spec/template/spec/serviceAccount", json!("runner")),
        (
            "/spec/template/spec/containers/0/terminationMessagePath",
            json!("/dev/termination-log"),
        ),
        (
            "/spec/template/spec/containers/0/terminationMessagePolicy",
            json!("File"),
        ),
        (
            "/spec/template/spec/containers/0/resources/limits",
            json!({ "cpu": "1", "memory": "512Mi" }),
        ),
        (
            "/spec/template/spec/initContainers/0/terminationMessagePath",
            json!("/dev/termination-log"),
        ),
        (
            "/spec/template/spec/initContainers/0/terminationMessagePolicy",
            json!("File"),
        ),
        ("/spec/template/spec/initContainers/0/env", json!([{ "name": "CA" }])),
        ("/spec/template/spec/initContainers/0/resources", json!({})),
        ("/spec/template/spec/volumes/1/projected/defaultMode", json!(420)),
    ] {
        let pointer = pointer.replace("batch.kubernetes.io~1job-name", "job-name");
        set(&mut job, &pointer, value);
    }
    remove(&mut job, "/spec/template/metadata/annotations");
    job
}

/// The pod that the Job controller makes of it, once scheduled.
fn pod() -> Value {
    let job = stored();
    let mut pod = json!({
        "metadata": {
            "name": "j-x1", "uid": "p-1", "generateName": "j-",
            "labels": job.pointer("/spec/template/metadata/labels").unwrap(),
            "annotations": { "cni.example/ip": "10.0.0.1" },
        },
        "spec": job.pointer("/spec/template/spec").unwrap(),
    });
    for (pointer, value) in [
        ("/spec/nodeName", json!("node-1")),
        ("/spec/priority", json!(0)),
        ("/spec/preemptionPolicy", json!("PreemptLowerPriority")),
        ("/spec/enableServiceLinks", json!(true)),
        ("/spec/imagePullSecrets", json!([{ "name": "of-the-account" }])),
        (
            "/spec/containers/0/resources/requests",
            json!({ "cpu": "1", "memory": "512Mi" }),
        ),
        (
            "/spec/tolerations",
            json!([{ "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }]),
        ),
    ] {
        set(&mut pod, pointer, value);
    }
    pod
}

fn lines(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|change| format!("{}: {}", change.path, change.what))
        .collect()
}

/// Sets a value below a pointer whose last part may hold `~1`.
fn place(json: &mut Value, pointer: &str, value: Value) -> String {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    match json.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")) {
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => other[&key] = value,
    }
    pointer.to_owned()
}
