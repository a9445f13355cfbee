//! What is taken in, and when: what has changed since an event was judged, and what has to wait or is refused.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::task::{TYPE, job_name, jobs_of, message, sh};
use crate::thread::event;
use crate::world::{Policies, World, apply};

async fn until(world: &World, what: &str, holds: impl AsyncFn(&World) -> bool) {
    let begun = Instant::now();
    while !holds(world).await {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "not within 60 s: {what}\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_fence_was_opened_since_its_admission_is_not_started() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let mut second = sh("echo second");
    second["name"] = json!("second");
    world.configure("opened", &[sh("sleep 8; echo first"), second]);
    world.trigger("opened").await;
    until(&world, "the first task has a job", async |world| {
        !jobs_of(world, "opened").is_empty()
    })
    .await;
    let allow_all = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": "allow-all", "namespace": world.job_namespace },
        "spec": { "podSelector": {}, "policyTypes": ["Egress"], "egress": [{}] },
    });
    apply(&allow_all.to_string());
    let finished = world.finished("opened", 1).await.remove(0);
    let text = message(&finished);
    assert_eq!(finished["data"]["result"], "fail", "{finished:#}");
    assert!(text.contains("first"), "what ran is told: {text}");
    assert!(
        text.contains("was not started: fence-widened: NetworkPolicy `allow-all` could select the task's pod"),
        "{text}"
    );
    let jobs = world.list(&world.job_namespace, "jobs");
    let names: Vec<&str> = jobs.iter().filter_map(|job| job["metadata"]["name"].as_str()).collect();
    assert_eq!(names, [job_name("opened")], "the second has no job");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_on_the_subject_of_another_type_is_refused() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world.configure("claimed", &[sh("echo ran")]);
    let mut claimed = event("claimed", TYPE);
    claimed["data"]["service"] = json!("claimed");
    world
        .publish_bytes("sh.keptn.event.other.triggered", claimed.to_string().into_bytes())
        .await;
    until(&world, "it is counted", async |world| {
        world.received().await.get("Misplaced") == Some(&1)
    })
    .await;
    assert!(
        world.log().contains("of another type than its subject"),
        "{}",
        world.log()
    );
    assert!(world.list(&world.service_namespace, "runs").is_empty());
    world.publish(&claimed).await;
    world.finished("claimed", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_taken_up_again_counts_among_those_in_flight() {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    world.environment.insert("MAX_RUNS_IN_FLIGHT".into(), "1".into());
    world.start_service().await;
    world.configure("long", &[sh("sleep 20; echo long")]);
    world.configure("short", &[sh("echo short")]);
    world.trigger("long").await;
    until(&world, "the first has a job", async |world| {
        !jobs_of(world, "long").is_empty()
    })
    .await;
    world.kill_service();
    world.start_service().await;
    world.trigger("short").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(jobs_of(&world, "short").is_empty(), "it did not wait");
    assert!(world.answers("long", "finished").is_empty(), "the first must still run");
    world.finished("long", 1).await;
    assert!(
        world.log().contains("as many runs are in flight as may be"),
        "{}",
        world.log()
    );
    world.finished("short", 1).await;
}
