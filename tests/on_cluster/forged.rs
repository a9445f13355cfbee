//! Records that somebody else has written to, copied or put out of reach: no Job comes of it, and no answer is lost.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::standin::Fault;
use crate::task::{TYPE, jobs_of, message, sh, sh_with};
use crate::thread::event;
use crate::world::{Policies, World, kubectl, kubectl_with};

/// Runs tasks until the first one's Job stands in the record and its pod runs; then the service is killed.
async fn killed_while_running(world: &mut World, id: &str, tasks: &[Value]) -> Value {
    world.configure(id, tasks);
    world.trigger(id).await;
    let begun = Instant::now();
    let run = loop {
        let runs = world.list(&world.service_namespace, "runs");
        let pods = world.list(&world.job_namespace, "pods");
        let created = |run: &&Value| !run["status"]["actions"][0]["tasks"][0]["state"]["created"].is_null();
        if let Some(run) = runs.iter().find(created)
            && pods.iter().any(|pod| pod["status"]["phase"] == "Running")
        {
            break run.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{runs:#?}\n{}", world.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    world.kill_service();
    run
}

fn name(run: &Value) -> &str {
    run["metadata"]["name"].as_str().unwrap()
}

fn forge(world: &World, run: &Value, status: &Value) {
    kubectl(&[
        "-n",
        &world.service_namespace,
        "patch",
        "run",
        name(run),
        "--subresource=status",
        "--type=merge",
        "-p",
        &json!({ "status": status }).to_string(),
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_claims_to_be_done_keeps_no_answer_back() {
    let mut world = World::start(Policies::Shipped("compatible.yaml")).await;
    let run = killed_while_running(&mut world, "done", &[sh("echo ran; sleep 6")]).await;
    forge(
        &world,
        &run,
        &json!({ "phase": "Done", "actions": [], "doneAt": "2026-01-01T00:00:00Z" }),
    );
    world.start_service().await;
    let finished = world.finished("done", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    assert!(message(&finished).contains("ran"), "{finished:#}");
    assert_eq!(jobs_of(&world, "done").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_claims_that_nothing_began_creates_no_job() {
    let mut world = World::start(Policies::Shipped("compatible.yaml")).await;
    let run = killed_while_running(&mut world, "again", &[sh("sleep 600")]).await;
    let mut status = run["status"].clone();
    status["actions"][0]["tasks"][0]["state"] = json!("pending");
    forge(&world, &run, &status);
    kubectl(&["-n", &world.job_namespace, "delete", "jobs", "--all", "--wait=true"]);
    world.start_service().await;
    let finished = world.finished("again", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "fail", "{finished:#}");
    assert!(
        message(&finished).contains("was deleted before its end was seen"),
        "{finished:#}"
    );
    assert_eq!(jobs_of(&world, "again").len(), 0);
    assert!(
        world.log().contains("written or taken away by somebody else"),
        "{}",
        world.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_under_another_name_is_not_taken_up() {
    let mut world = World::start(Policies::Shipped("compatible.yaml")).await;
    let run = killed_while_running(&mut world, "copied", &[sh("sleep 2")]).await;
    let copy = json!({
        "apiVersion": run["apiVersion"], "kind": "Run", "spec": run["spec"],
        "metadata": { "name": "run-copied", "namespace": world.service_namespace, "labels": run["metadata"]["labels"] },
    });
    kubectl_with(&["create", "-f", "-"], &copy.to_string()).unwrap();
    world.start_service().await;
    world.finished("copied", 1).await;
    let refused = "run `run-copied` does not carry our HMAC";
    assert!(world.log().contains(refused), "{}", world.log());
    assert_eq!(world.list(&world.job_namespace, "jobs").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_goes_on_while_the_store_of_its_files_is_away() {
    let mut world = World::start(Policies::Shipped("compatible.yaml")).await;
    world.standin.put("sockshop/dev/away", &[("hello.txt", b"Hello file")]);
    let task = sh_with("sleep 6; cat /keptn/hello.txt", &json!({ "files": ["hello.txt"] }));
    killed_while_running(&mut world, "away", &[task]).await;
    world.standin.fail(Fault::always("/v1/project", 503));
    world.start_service().await;
    let finished = world.finished("away", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    assert!(message(&finished).contains("Hello file"), "{finished:#}");
    assert!(world.log().contains("cannot be offered again"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_to_be_kept_is_answered() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world.configure("large", &[sh("echo ran")]);
    let mut large = event("large", TYPE);
    large["data"]["service"] = json!("large");
    large["data"]["filler"] = json!("x".repeat(850_000));
    world.publish(&large).await;
    let finished = world.finished("large", 1).await.remove(0);
    assert_eq!(finished["data"]["status"], "errored", "{finished:#}");
    assert!(
        message(&finished).contains("cannot be kept with its run"),
        "{finished:#}"
    );
    assert_eq!(world.answers("large", "started").len(), 1);
    assert_eq!(world.list(&world.job_namespace, "jobs").len(), 0);
    assert_eq!(world.received().await.get("TooLarge"), Some(&1));
}
