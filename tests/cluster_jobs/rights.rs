//! What the shipped Roles allow, and what they do not; and what the definition of run records holds.

use serde_json::{Value, json};

use crate::world::{World, apply, kubectl};

/// Whether the service's account may do something.
fn may(world: &World, namespace: &str, verb: &str, what: &str) -> bool {
    let account = format!("system:serviceaccount:{}:job-executor-service", world.service_namespace);
    let output = std::process::Command::new(std::env::var("RIG_KUBECTL").unwrap())
        .args(["auth", "can-i", verb, what, "-n", namespace, "--as", &account])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim() == "yes"
}

#[tokio::test]
async fn the_service_may_do_what_it_needs_and_nothing_that_would_open_a_cluster() {
    let world = World::start().await;
    let (service, jobs) = (world.service_namespace.as_str(), world.job_namespace.as_str());
    for (namespace, verb, what) in [
        (jobs, "create", "jobs.batch"),
        (jobs, "patch", "jobs.batch"),
        (jobs, "watch", "pods"),
        (jobs, "get", "pods/log"),
        (jobs, "get", "serviceaccounts"),
        (jobs, "update", "networkpolicies.networking.k8s.io"),
        (service, "create", "runs.job-executor.keptn.sh"),
        (service, "patch", "runs.job-executor.keptn.sh/status"),
        (service, "create", "configmaps"),
        (service, "create", "tokenreviews.authentication.k8s.io"),
    ] {
        assert!(may(&world, namespace, verb, what), "{verb} {what} in {namespace}");
    }
    for (namespace, verb, what) in [
        (jobs, "get", "secrets"),
        (jobs, "list", "secrets"),
        (jobs, "list", "serviceaccounts"),
        (service, "get", "secrets"),
        (service, "list", "secrets"),
        (jobs, "create", "pods"),
        (jobs, "delete", "pods"),
        (jobs, "create", "pods/exec"),
        (jobs, "create", "pods/attach"),
        (jobs, "update", "pods/ephemeralcontainers"),
        (jobs, "delete", "jobs.batch"),
        (jobs, "create", "cronjobs.batch"),
        (jobs, "create", "deployments.apps"),
        (jobs, "create", "serviceaccounts/token"),
        (jobs, "create", "rolebindings.rbac.authorization.k8s.io"),
        (service, "create", "jobs.batch"),
        (service, "create", "pods"),
        (service, "update", "configmaps"),
        (service, "delete", "configmaps"),
        (service, "update", "runs.job-executor.keptn.sh"),
        ("default", "create", "jobs.batch"),
        ("default", "list", "pods"),
        ("kube-system", "get", "secrets"),
    ] {
        assert!(!may(&world, namespace, verb, what), "{verb} {what} in {namespace}");
    }
}

fn run(namespace: &str) -> Value {
    json!({
        "apiVersion": "job-executor.keptn.sh/v1alpha1", "kind": "Run",
        "metadata": { "name": "run-x", "namespace": namespace },
        "spec": { "event": "{}", "eventDigest": "d", "identity": "i", "eventType": "sh.keptn.event.x.triggered",
                  "at": "2026-11-21T10:00:00Z", "nonce": "n", "config": "", "policies": "p", "settings": "s", "pin": "",
                  "facts": "{}", "hmac": "h" },
    })
}

#[tokio::test]
async fn a_run_record_is_never_changed_and_tells_what_happened() {
    let world = World::start().await;
    let namespace = world.service_namespace.as_str();
    apply(&run(namespace));
    let change = |patch: &Value| {
        std::process::Command::new(std::env::var("RIG_KUBECTL").unwrap())
            .args([
                "-n",
                namespace,
                "patch",
                "run",
                "run-x",
                "--type=merge",
                "-p",
                &patch.to_string(),
            ])
            .output()
            .unwrap()
    };
    for field in ["event", "facts", "nonce", "hmac", "policies"] {
        let output = change(&json!({ "spec": { field: "other" } }));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && error.contains("a run record is never changed"),
            "{field}: {error}"
        );
    }
    assert!(
        change(&json!({ "metadata": { "labels": { "a": "b" } } }))
            .status
            .success()
    );
    let task = |job: &str, state: Value| json!({ "index": 0, "name": "t", "job": job, "namespace": "jobs", "image": "i", "ttlSeconds": 60, "state": state });
    let status = json!({ "status": {
        "phase": "Running", "decision": "admitted", "verdict": "{}",
        "actions": [
            { "index": 0, "name": "first", "tasks": [task("job-1", json!({ "created": { "uid": "u" } }))],
              "started": { "event": { "id": "e" }, "delivery": "Pending" } },
            { "index": 1, "name": "second", "tasks": [task("job-2", json!("pending"))] },
        ],
    } });
    kubectl(&[
        "-n",
        namespace,
        "patch",
        "run",
        "run-x",
        "--subresource=status",
        "--type=merge",
        "-p",
        &status.to_string(),
    ]);
    let stored: Value =
        serde_json::from_str(&kubectl(&["-n", namespace, "get", "run", "run-x", "-o", "json"])).unwrap();
    assert_eq!(stored["status"], status["status"], "nothing of it is pruned");
    let table = kubectl(&["-n", namespace, "get", "runs", "-o", "wide"]);
    for word in [
        "EVENT",
        "DECISION",
        "PHASE",
        "ACTIONS",
        "JOBS",
        "AGE",
        "sh.keptn.event.x.triggered",
        "admitted",
        "Running",
        "first",
        "job-1",
    ] {
        assert!(table.contains(word), "{word} in\n{table}");
    }
    let wrong = json!({ "status": { "phase": "Unheard" } }).to_string();
    let output = std::process::Command::new(std::env::var("RIG_KUBECTL").unwrap())
        .args([
            "-n",
            namespace,
            "patch",
            "run",
            "run-x",
            "--subresource=status",
            "--type=merge",
            "-p",
            &wrong,
        ])
        .output()
        .unwrap();
    assert!(!output.status.success());
}
