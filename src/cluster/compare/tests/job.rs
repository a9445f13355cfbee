//! Changes of a stored Job.

use super::*;

#[test]
fn a_job_with_the_servers_defaults_is_the_admitted_one() {
    assert_eq!(lines(&compare_job(&stored(), &admitted())), Vec::<String>::new());
    assert_eq!(lines(&compare_job(&admitted(), &admitted())), Vec::<String>::new());
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
