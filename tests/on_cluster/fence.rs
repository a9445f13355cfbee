//! Fences on the node: what a container reaches from its first instant, what it does not, and who may come in.

mod targets;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::task::{message, sh, sh_with};
use crate::world::{Policies, World, apply, kubectl};
use targets::{LISTENS, Targets, relay};

/// What a log says was reached, and in which round first.
fn reached(log: &str) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    log.lines()
        .filter_map(|line| line.strip_prefix("round ")?.split_once(" reached "))
        .filter(|(_, name)| seen.insert((*name).to_owned()))
        .map(|(round, name)| (name.to_owned(), round.to_owned()))
        .collect()
}

fn names(reached: &[(String, String)]) -> BTreeSet<&str> {
    reached.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fence_holds_from_the_first_instant() {
    let mut targets = Targets::start().await;
    let world = World::start(Policies::Text(&targets.policies())).await;
    let machine = std::env::var("RIG_ADDRESS").unwrap_or_else(|_| "10.250.0.1".to_owned());
    let (relayed, _relay) = relay(&machine, &world.standin.url()).await;
    targets.of(&world, relayed);
    let known: BTreeSet<&str> = targets
        .all
        .iter()
        .map(|(name, _)| *name)
        .chain(["dns", "server-by-name", "itself"])
        .collect();

    // The positive control: without a fence every one of them can be reached.
    let open = targets.in_client(&targets.probes());
    assert_eq!(names(&reached(&open)), known, "without a fence");

    for (task, allowed) in [
        ("closed", &[][..]),
        ("named", &["server", "server-by-name", "dns", "dns-by-tcp"]),
        ("addressed", &["server", "outside"]),
        ("narrowed", &["server"]),
    ] {
        let mut fenced = sh(&targets.probes());
        fenced["name"] = json!(task);
        world.configure(task, &[fenced]);
        world.trigger(task).await;
        // Whoever knows the pod's address must not get in while it listens.
        let pod = pod_address(&world).await;
        let knocks = format!(
            "for round in `seq 20`; do (nc -w 1 {pod} {LISTENS} -e /bin/true 2>/dev/null && echo in) & sleep 0.05; done; wait"
        );
        let entered = targets.in_client(&knocks);
        let finished = world.finished(task, 1).await.remove(0);
        let log = message(&finished);
        assert_eq!(finished["data"]["result"], "pass", "{task}: {log}");
        assert!(log.contains("all rounds done"), "{task}: {log}");
        let seen = reached(log);
        let expected: BTreeSet<&str> = allowed
            .iter()
            .copied()
            .chain(["itself"])
            .filter(|name| known.contains(name))
            .collect();
        assert_eq!(names(&seen), expected, "{task}: {log}");
        assert_eq!(entered, "", "{task}: somebody got in");
        println!("{task}: {seen:?}");
        let done = world.list(&world.job_namespace, "jobs").remove(0);
        kubectl(&[
            "-n",
            &world.job_namespace,
            "delete",
            "job",
            done["metadata"]["name"].as_str().unwrap(),
        ]);
    }
}

/// The address of the only pod that runs in the job namespace.
async fn pod_address(world: &World) -> String {
    let begun = Instant::now();
    loop {
        let running = world
            .list(&world.job_namespace, "pods")
            .into_iter()
            .find(|pod| pod["status"]["phase"] == "Running");
        if let Some(pod) = running {
            return pod["status"]["podIP"].as_str().unwrap().to_owned();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "no pod runs:\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The NetworkPolicies of the job namespace by name.
fn fences(world: &World) -> Vec<(String, Value)> {
    let policies = world.list(&world.job_namespace, "networkpolicies");
    let named = |policy: Value| {
        (
            policy["metadata"]["name"].as_str().unwrap().to_owned(),
            policy["spec"].clone(),
        )
    };
    policies.into_iter().map(named).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_policy_that_widens_the_fence_is_a_finding() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let policy = |spec: Value| {
        json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "of-others", "namespace": world.job_namespace }, "spec": spec }).to_string()
    };
    let first = world.try_task("before", sh("echo ran")).await;
    assert_eq!(first["data"]["result"], "pass", "{first:#}");
    // One that opens a way out, and one that opens a way in by a label that all our pods carry.
    for (id, spec) in [
        (
            "egress",
            json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{}] }),
        ),
        (
            "ingress",
            json!({ "podSelector": { "matchExpressions": [{ "key": "job-executor.keptn.sh/fence", "operator": "Exists" }] }, "ingress": [{}] }),
        ),
    ] {
        apply(&policy(spec));
        // The service sees it through its watch.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let finished = world.try_task(&format!("widened-{id}"), sh("echo ran")).await;
        let text = message(&finished);
        assert!(
            text.contains("[fence-widened]") && text.contains("of-others") && text.contains(id),
            "{text}"
        );
        assert_eq!(finished["data"]["result"], "fail");
    }
    // One that selects other pods is no matter.
    apply(&policy(
        json!({ "podSelector": { "matchLabels": { "app": "web" } }, "ingress": [{}], "egress": [{}] }),
    ));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let last = world.try_task("after", sh("echo ran")).await;
    assert_eq!(last["data"]["result"], "pass", "{last:#}");
    assert_eq!(world.list(&world.job_namespace, "jobs").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_with_equal_rules_share_a_fence_and_a_changed_one_is_put_right_before_the_next_launch() {
    let mut targets = Targets::start().await;
    targets.all.truncate(3);
    let mut world = World::start(Policies::Text(&targets.policies())).await;
    let named = |task: &str, script: &str| sh_with(script, &json!({ "name": task }));
    world.configure(
        "shared",
        &[named("closed", "true"), named("closed", "true"), named("named", "true")],
    );
    world.trigger("shared").await;
    let finished = world.finished("shared", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    let right = fences(&world);
    assert_eq!(
        right.len(),
        3,
        "the base, one for two tasks, one for the third: {right:#?}"
    );

    // Changed while nobody looks: everything is open, and the service is not there to see it.
    world.kill_service();
    for (name, _) in &right {
        let patch = json!({ "spec": { "ingress": [{}], "egress": [{}] } }).to_string();
        kubectl(&[
            "-n",
            &world.job_namespace,
            "patch",
            "networkpolicy",
            name,
            "--type=merge",
            "-p",
            &patch,
        ]);
    }
    world.start_service().await;
    world.configure("again", &[named("closed", &targets.probes())]);
    world.trigger("again").await;
    let finished = world.finished("again", 1).await.remove(0);
    let log = message(&finished);
    assert_eq!(finished["data"]["result"], "pass", "{log}");
    assert_eq!(names(&reached(log)), BTreeSet::from(["itself"]), "{log}");
    // What this task did not need is put right when a task needs it; the base and its own are right already.
    world.configure("last", &[named("named", "true")]);
    world.trigger("last").await;
    world.finished("last", 1).await;
    assert_eq!(fences(&world), right);
}
