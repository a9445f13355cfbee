//! Tables: every change of a stored Job or pod is named, every default of the cluster is not.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "every other kind of JSON value is treated alike"
)]

use serde_json::{Value, json};

use super::*;

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
                        "name": "j", "image": "r/a@sha256:1", "command": ["sh"],
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

#[test]
fn a_job_with_the_servers_defaults_is_the_admitted_one() {
    assert_eq!(lines(&compare_job(&stored(), &admitted())), Vec::<String>::new());
    assert_eq!(lines(&compare_job(&admitted(), &admitted())), Vec::<String>::new());
}

#[test]
fn a_scheduled_pod_is_the_admitted_one() {
    assert_eq!(lines(&compare_pod(&pod(), &admitted())), Vec::<String>::new());
}

#[test]
fn what_may_happen_to_a_job_afterwards_is_no_change() {
    for (pointer, value) in [
        ("/spec/ttlSecondsAfterFinished", json!(60)),
        ("/spec/activeDeadlineSeconds", json!(1)),
        ("/spec/suspend", json!(true)),
        ("/metadata/labels/team", json!("x")),
        ("/metadata/annotations/anything", json!("x")),
        ("/metadata/finalizers", json!(["orphan"])),
        ("/status", json!({ "active": 1 })),
    ] {
        let mut job = stored();
        set(&mut job, pointer, value);
        assert_eq!(
            lines(&compare_job(&job, &admitted())),
            Vec::<String>::new(),
            "{pointer}"
        );
    }
}

#[test]
fn every_change_of_a_job_is_named() {
    let spec = "/spec/template/spec";
    let cases: Vec<(String, Value, &str)> = vec![
        ("/metadata/name".into(), json!("k"), "metadata.name: changed to `k`"),
        (
            "/metadata/labels/job-executor.keptn.sh~1run".into(),
            json!("b"),
            "metadata.labels.job-executor.keptn.sh/run: changed to `b`",
        ),
        (
            "/metadata/annotations/job-executor.keptn.sh~1nonce".into(),
            json!("m"),
            "metadata.annotations.job-executor.keptn.sh/nonce: changed",
        ),
        (
            "/spec/backoffLimit".into(),
            json!(6),
            "spec.backoffLimit: changed to `6`",
        ),
        ("/spec/parallelism".into(), json!(2), "spec.parallelism: changed to `2`"),
        (
            "/spec/activeDeadlineSeconds".into(),
            json!(421),
            "spec.activeDeadlineSeconds: changed to `421`",
        ),
        (
            "/spec/ttlSecondsAfterFinished".into(),
            json!(99999),
            "spec.ttlSecondsAfterFinished: changed to `99999`",
        ),
        (
            "/spec/completionMode".into(),
            json!("Indexed"),
            "spec.completionMode: added as `Indexed`",
        ),
        (
            "/spec/podFailurePolicy".into(),
            json!({ "rules": [{ "action": "Ignore" }] }),
            "spec.podFailurePolicy.rules[0]: added",
        ),
        (
            "/spec/template/metadata/labels/job-executor.keptn.sh~1fence".into(),
            json!("x"),
            "spec.template.metadata.labels.job-executor.keptn.sh/fence: changed to `x`",
        ),
        (
            "/spec/template/metadata/labels/app".into(),
            json!("db"),
            "spec.template.metadata.labels.app: added as `db`",
        ),
        (
            format!("{spec}/serviceAccountName"),
            json!("admin"),
            "spec.template.spec.serviceAccountName: changed to `admin`",
        ),
        (
            format!("{spec}/serviceAccount"),
            json!("admin"),
            "spec.template.spec.serviceAccount: added as `admin`",
        ),
        (
            format!("{spec}/automountServiceAccountToken"),
            json!(true),
            "spec.template.spec.automountServiceAccountToken: changed to `true`",
        ),
        (
            format!("{spec}/hostNetwork"),
            json!(true),
            "spec.template.spec.hostNetwork: added as `true`",
        ),
        (
            format!("{spec}/hostPID"),
            json!(true),
            "spec.template.spec.hostPID: added as `true`",
        ),
        (
            format!("{spec}/nodeName"),
            json!("n"),
            "spec.template.spec.nodeName: added as `n`",
        ),
        (
            format!("{spec}/dnsPolicy"),
            json!("None"),
            "spec.template.spec.dnsPolicy: added as `None`",
        ),
        (
            format!("{spec}/fieldOfTheFuture"),
            json!({ "a": { "b": 1 } }),
            "spec.template.spec.fieldOfTheFuture.a.b: added as `1`",
        ),
        (
            format!("{spec}/securityContext/runAsUser"),
            json!(0),
            "spec.template.spec.securityContext.runAsUser: added as `0`",
        ),
        (
            format!("{spec}/imagePullSecrets"),
            json!([{ "name": "s" }]),
            "spec.template.spec.imagePullSecrets[0]: added",
        ),
        (
            format!("{spec}/tolerations"),
            json!([{ "operator": "Exists" }]),
            "spec.template.spec.tolerations[0]: added",
        ),
        (
            format!("{spec}/containers/-"),
            json!({ "name": "proxy", "image": "p" }),
            "spec.template.spec.containers[proxy]: added",
        ),
        (
            format!("{spec}/initContainers/-"),
            json!({ "name": "proxy", "image": "p" }),
            "spec.template.spec.initContainers[proxy]: added",
        ),
        (
            format!("{spec}/ephemeralContainers"),
            json!([{ "name": "debug" }]),
            "spec.template.spec.ephemeralContainers[debug]: added",
        ),
        (
            format!("{spec}/volumes/-"),
            json!({ "name": "host", "hostPath": { "path": "/" } }),
            "spec.template.spec.volumes[host]: added",
        ),
        (
            format!("{spec}/volumes/0/hostPath"),
            json!({ "path": "/" }),
            "spec.template.spec.volumes[job-volume].hostPath.path: added as `/`",
        ),
        (
            format!("{spec}/volumes/0/emptyDir/sizeLimit"),
            json!("21Mi"),
            "spec.template.spec.volumes[job-volume].emptyDir.sizeLimit: changed to `21Mi`",
        ),
        (
            format!("{spec}/containers/0/image"),
            json!("r/a@sha256:2"),
            "spec.template.spec.containers[j].image: changed to `r/a@sha256:2`",
        ),
        (
            format!("{spec}/containers/0/command"),
            json!(["sh", "-c"]),
            "spec.template.spec.containers[j].command[1]: added as `-c`",
        ),
        (
            format!("{spec}/containers/0/command/0"),
            json!("bash"),
            "spec.template.spec.containers[j].command[0]: changed to `bash`",
        ),
        (
            format!("{spec}/containers/0/env/0/value"),
            json!("secret"),
            "spec.template.spec.containers[j].env[0].value: changed",
        ),
        (
            format!("{spec}/containers/0/env/-"),
            json!({ "name": "C", "value": "secret" }),
            "spec.template.spec.containers[j].env[2]: added",
        ),
        (
            format!("{spec}/containers/0/envFrom"),
            json!([{ "secretRef": { "name": "s" } }]),
            "spec.template.spec.containers[j].envFrom[0]: added",
        ),
        (
            format!("{spec}/containers/0/securityContext/privileged"),
            json!(true),
            "spec.template.spec.containers[j].securityContext.privileged: changed to `true`",
        ),
        (
            format!("{spec}/containers/0/securityContext/capabilities"),
            json!({ "add": ["SYS_ADMIN"] }),
            "spec.template.spec.containers[j].securityContext.capabilities.add[0]: added as `SYS_ADMIN`",
        ),
        (
            format!("{spec}/containers/0/securityContext/procMount"),
            json!("Unmasked"),
            "spec.template.spec.containers[j].securityContext.procMount: added as `Unmasked`",
        ),
        (
            format!("{spec}/containers/0/resources/limits/memory"),
            json!("1Gi"),
            "spec.template.spec.containers[j].resources.limits.memory: changed to `1Gi`",
        ),
        (
            format!("{spec}/containers/0/volumeMounts/-"),
            json!({ "name": "x", "mountPath": "/x" }),
            "spec.template.spec.containers[j].volumeMounts[1]: added",
        ),
    ];
    for (pointer, value, line) in cases {
        let mut job = stored();
        let pointer = place(&mut job, &pointer, value);
        assert_eq!(lines(&compare_job(&job, &admitted())), [line], "{pointer}");
    }
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

#[test]
fn every_removal_from_a_job_is_named() {
    let spec = "/spec/template/spec";
    for (pointer, line) in [
        (
            "/spec/activeDeadlineSeconds".to_owned(),
            "spec.activeDeadlineSeconds: removed",
        ),
        (
            "/spec/template/metadata/labels".to_owned(),
            "spec.template.metadata.labels: removed",
        ),
        (
            format!("{spec}/automountServiceAccountToken"),
            "spec.template.spec.automountServiceAccountToken: removed",
        ),
        (
            format!("{spec}/containers/0/securityContext"),
            "spec.template.spec.containers[j].securityContext: removed",
        ),
        (
            format!("{spec}/containers/0/env/1"),
            "spec.template.spec.containers[j].env[1]: removed",
        ),
        (
            format!("{spec}/initContainers/0"),
            "spec.template.spec.initContainers[init-j]: removed",
        ),
        (
            format!("{spec}/volumes/1"),
            "spec.template.spec.volumes[files-token]: removed",
        ),
    ] {
        let mut job = stored();
        remove(&mut job, &pointer);
        assert_eq!(lines(&compare_job(&job, &admitted())), [line], "{pointer}");
    }
}

#[test]
fn an_object_that_is_no_job_differs() {
    for json in [Value::Null, json!([]), json!("x"), json!({}), json!({ "spec": [] })] {
        assert!(!compare_job(&json, &admitted()).is_empty(), "{json}");
        assert!(!compare_pod(&json, &admitted()).is_empty(), "{json}");
    }
}

#[test]
fn containers_in_another_order_are_a_change() {
    let second = json!({ "name": "second", "image": "x" });
    let (mut admitted, mut job) = (admitted(), stored());
    set(&mut admitted, "/spec/template/spec/initContainers/-", second.clone());
    job.pointer_mut("/spec/template/spec/initContainers")
        .unwrap()
        .as_array_mut()
        .unwrap()
        .insert(0, second);
    assert_eq!(
        lines(&compare_job(&job, &admitted)),
        ["spec.template.spec.initContainers: in another order"]
    );
}

#[test]
fn every_change_of_a_pod_is_named() {
    for (pointer, value, line) in [
        (
            "/metadata/labels/job-executor.keptn.sh~1fence",
            json!("x"),
            "metadata.labels.job-executor.keptn.sh/fence: changed to `x`",
        ),
        (
            "/metadata/labels/app",
            json!("db"),
            "metadata.labels.app: added as `db`",
        ),
        (
            "/metadata/annotations/job-executor.keptn.sh~1x",
            json!("y"),
            "metadata.annotations.job-executor.keptn.sh/x: added",
        ),
        (
            "/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1j",
            json!("unconfined"),
            "metadata.annotations.container.apparmor.security.beta.kubernetes.io/j: added",
        ),
        (
            "/spec/ephemeralContainers",
            json!([{ "name": "debug" }]),
            "spec.ephemeralContainers[debug]: added",
        ),
        (
            "/spec/containers/-",
            json!({ "name": "proxy" }),
            "spec.containers[proxy]: added",
        ),
        (
            "/spec/containers/0/image",
            json!("evil"),
            "spec.containers[j].image: changed to `evil`",
        ),
        (
            "/spec/volumes/-",
            json!({ "name": "kube-api-access-abcde", "projected": { "sources": [] } }),
            "spec.volumes[kube-api-access-abcde]: added",
        ),
        (
            "/spec/tolerations/-",
            json!({ "key": "gpu" }),
            "spec.tolerations[0]: added",
        ),
        (
            "/spec/nodeSelector",
            json!({ "a": "b" }),
            "spec.nodeSelector.a: added as `b`",
        ),
    ] {
        let mut pod = pod();
        place(&mut pod, pointer, value);
        assert_eq!(lines(&compare_pod(&pod, &admitted())), [line], "{pointer}");
    }
}

#[test]
fn the_accounts_token_is_mounted_only_where_it_was_left_to_the_account() {
    let volume = json!({ "name": "kube-api-access-abcde", "projected": { "defaultMode": 420, "sources": [
        { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
        { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        { "downwardAPI": { "items": [] } },
    ] } });
    let mount = json!({ "name": "kube-api-access-abcde", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount" });
    let mut mounted = pod();
    place(&mut mounted, "/spec/volumes/-", volume);
    place(&mut mounted, "/spec/containers/0/volumeMounts/-", mount);
    assert_eq!(compare_pod(&mounted, &admitted()).len(), 2);

    let mut left_to_account = admitted();
    remove(&mut left_to_account, "/spec/template/spec/automountServiceAccountToken");
    remove(&mut mounted, "/spec/automountServiceAccountToken");
    assert_eq!(lines(&compare_pod(&mounted, &left_to_account)), Vec::<String>::new());

    place(
        &mut mounted,
        "/spec/volumes/2/projected/sources/-",
        json!({ "secret": { "name": "s" } }),
    );
    assert_eq!(
        lines(&compare_pod(&mounted, &left_to_account)),
        ["spec.volumes[kube-api-access-abcde]: added"]
    );
}
