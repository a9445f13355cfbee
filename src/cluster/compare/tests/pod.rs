//! Changes of a pod.

use super::*;

#[test]
fn a_scheduled_pod_is_the_admitted_one() {
    assert_eq!(lines(&compare_pod(&pod(), &admitted())), Vec::<String>::new());
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
            "/spec/containers/0/resources/limits/nvidia.com~1gpu",
            json!("1"),
            "spec.containers[j].resources.limits.nvidia.com/gpu: added as `1`",
        ),
        (
            "/spec/containers/0/imagePullPolicy",
            json!("Never"),
            "spec.containers[j].imagePullPolicy: changed to `Never`",
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

#[test]
fn a_limit_range_may_fill_in_what_limits_and_nothing_that_gives() {
    for (resource, harmless) in [
        ("cpu", true),
        ("memory", true),
        ("ephemeral-storage", true),
        ("nvidia.com~1gpu", false),
        ("hugepages-2Mi", false),
        ("", false),
    ] {
        for list in ["limits", "requests"] {
            let mut admitted = admitted();
            remove(&mut admitted, "/spec/template/spec/containers/0/resources");
            let mut pod = pod();
            place(
                &mut pod,
                "/spec/containers/0/resources",
                json!({ "limits": {}, "requests": {} }),
            );
            place(
                &mut pod,
                &format!("/spec/containers/0/resources/{list}/{resource}"),
                json!("1"),
            );
            assert_eq!(compare_pod(&pod, &admitted).is_empty(), harmless, "{list} {resource}");
        }
    }
}

#[test]
fn images_that_are_always_pulled_are_remarked_on_in_a_pod_only() {
    let mut pulled = pod();
    place(&mut pulled, "/spec/containers/0/imagePullPolicy", json!("Always"));
    assert_eq!(lines(&compare_pod(&pulled, &admitted())), Vec::<String>::new());
    let remarks = remarks_on_pod(&pulled, &admitted());
    assert_eq!(
        lines(&remarks),
        ["spec.containers[j].imagePullPolicy: changed to `Always`"]
    );
    assert!(remarks_on_pod(&pod(), &admitted()).is_empty());
    let mut job = admitted();
    place(
        &mut job,
        "/spec/template/spec/containers/0/imagePullPolicy",
        json!("Always"),
    );
    assert_eq!(compare_job(&job, &admitted()).len(), 1, "the plugin changes no Job");
}
