//! Fences on the cluster: there before the Job, right again when somebody changed them, reaped when unused.

use std::time::Duration;

use job_executor_service::admission::Fact;
use job_executor_service::cluster::Attempt;
use job_executor_service::manifest::Bundle;
use job_executor_service::outcome::TaskOutcome;
use serde_json::{Value, json};

use crate::world::{NONCE, World, apply, until};

const QUICK: &str = "image: alpine:3.20\ncmd: [\"true\"]\n";
const SLEEP: &str = "image: alpine:3.20\ncmd: [sh, -c]\nargs: [\"sleep 8\"]\n";
const BASE: &str = "job-executor-service-base";

fn open_all(world: &World, name: &str) {
    let patch = json!({ "spec": { "egress": [{}], "ingress": [{}] } }).to_string();
    world.kubectl(&["patch", "networkpolicy", name, "--type=merge", "-p", &patch]);
}

async fn is_right(world: &World, name: &str, expected: &Value) {
    until(&format!("right fence {name}"), || {
        let stored = world
            .list("networkpolicies")
            .into_iter()
            .find(|policy| policy["metadata"]["name"] == name)?;
        let same =
            |key: &str| stored["spec"].get(key).unwrap_or(&Value::Null) == expected.get(key).unwrap_or(&Value::Null);
        (same("egress") && same("ingress") && same("podSelector")).then_some(())
    })
    .await;
}

fn spec(bundle: &Bundle) -> Value {
    bundle.fence().spec()
}

#[tokio::test]
async fn base_and_fence_stand_before_the_job() {
    let world = World::start().await;
    let bundle = world.task("first", QUICK).await;
    assert!(matches!(world.run(&bundle).await, TaskOutcome::Succeeded { .. }));
    let created = |kind: &str, name: &str| {
        world.get(kind, name)["metadata"]["creationTimestamp"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let job = created("job", &bundle.plan().job_name);
    assert!(created("networkpolicy", BASE) <= job);
    assert!(created("networkpolicy", &bundle.fence().name()) <= job);
    let label = world.list("pods")[0]["metadata"]["labels"]["job-executor.keptn.sh/fence"].clone();
    assert_eq!(label, json!(bundle.fence().hash()));
}

#[tokio::test]
async fn a_fence_that_was_changed_is_right_again_before_the_next_job() {
    let world = World::start().await;
    let first = world.task("first", QUICK).await;
    assert!(matches!(world.run(&first).await, TaskOutcome::Succeeded { .. }));
    open_all(&world, &first.fence().name());
    let second = world.task("second", QUICK).await;
    assert_eq!(first.fence(), second.fence());
    let launched = world.cluster.start(&second, NONCE, Attempt::First).await.unwrap();
    let stored = world.get("networkpolicy", &second.fence().name());
    assert_eq!(
        (&stored["spec"]["egress"], &stored["spec"]["ingress"]),
        (&spec(&second)["egress"], &Value::Null)
    );
    assert!(matches!(
        world.cluster.finish(&second, launched).await,
        TaskOutcome::Succeeded { .. }
    ));
}

#[tokio::test]
async fn fences_are_kept_right_while_a_task_runs() {
    let world = World::start().await;
    let bundle = world.task("guarded", SLEEP).await;
    let launched = world.cluster.start(&bundle, NONCE, Attempt::First).await.unwrap();
    let name = bundle.fence().name();
    open_all(&world, &name);
    is_right(&world, &name, &spec(&bundle)).await;
    open_all(&world, BASE);
    is_right(&world, BASE, &job_executor_service::network::base_spec()).await;
    world.kubectl(&["delete", "networkpolicy", &name, BASE]);
    is_right(&world, &name, &spec(&bundle)).await;
    is_right(&world, BASE, &job_executor_service::network::base_spec()).await;
    assert!(matches!(
        world.cluster.finish(&bundle, launched).await,
        TaskOutcome::Succeeded { .. }
    ));
}

#[tokio::test]
async fn the_policies_of_others_are_seen_and_ours_are_not_among_them() {
    let world = World::start().await;
    let bundle = world.task("first", QUICK).await;
    assert!(matches!(world.run(&bundle).await, TaskOutcome::Succeeded { .. }));
    assert_eq!(
        world.cluster.fences().foreign(&world.job_namespace).await,
        Fact::Known(vec![])
    );
    apply(&json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": "allow-all", "namespace": world.job_namespace },
        "spec": { "podSelector": {}, "policyTypes": ["Egress"], "egress": [{}] },
    }));
    let begun = std::time::Instant::now();
    loop {
        if let Fact::Known(found) = world.cluster.fences().foreign(&world.job_namespace).await
            && found.iter().any(|policy| policy.name == "allow-all")
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "the watch does not show it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let elsewhere = world.cluster.fences().foreign("kube-system").await;
    assert!(
        matches!(&elsewhere, Fact::Unavailable(why) if why.contains("forbidden")),
        "{elsewhere:?}"
    );
}

#[tokio::test]
async fn a_fence_without_pods_is_reaped_and_one_with_pods_is_not() {
    let world = World::start().await;
    let bundle = world.task("reaped", QUICK).await;
    assert!(matches!(world.run(&bundle).await, TaskOutcome::Succeeded { .. }));
    let reap = async || {
        world
            .cluster
            .fences()
            .reap_unused(&world.job_namespace, Duration::ZERO)
            .await
            .unwrap()
    };
    assert_eq!(reap().await, 0, "its pod is still there");
    world.kubectl(&["delete", "job", &bundle.plan().job_name]);
    until("end of its pod", || world.list("pods").is_empty().then_some(())).await;
    assert_eq!(reap().await, 1);
    let left: Vec<String> = world
        .list("networkpolicies")
        .iter()
        .map(|policy| policy["metadata"]["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(left, [BASE]);
}
