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
