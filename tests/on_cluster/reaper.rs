//! Nothing adds up: fences that nobody uses and records past their horizon go, by the service itself.

use std::time::{Duration, Instant};

use crate::task::{jobs_of, sh};
use crate::world::{Policies, World, kubectl};

const BASE: &str = "job-executor-service-base";

fn fences(world: &World) -> Vec<String> {
    let policies = world.list(&world.job_namespace, "networkpolicies");
    let name = |policy: &serde_json::Value| policy["metadata"]["name"].as_str().unwrap().to_owned();
    policies.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn unused_fences_and_old_records_are_removed_and_no_others() {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    world.environment.insert("REAP_INTERVAL_SECONDS".into(), "1".into());
    world.start_service().await;
    let finished = world.try_task("first", sh("true")).await;
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    world.run_in_phase("Done").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(fences(&world).len(), 2, "its pod is still there");
    assert_eq!(
        world.list(&world.service_namespace, "runs").len(),
        1,
        "its record is young"
    );

    let job = jobs_of(&world, "first").remove(0)["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    kubectl(&[
        "-n",
        &world.job_namespace,
        "delete",
        "job",
        &job,
        "--cascade=foreground",
    ]);
    until(&world, "only the base is left", |world| fences(world) == [BASE]).await;

    // An earlier process's: the new one learns of the namespace from the record.
    world.configure("second", &[sh("true")]);
    world.trigger("second").await;
    world.finished("second", 1).await;
    until(&world, "both are done", |world| {
        let runs = world.list(&world.service_namespace, "runs");
        runs.len() == 2 && runs.iter().all(|run| run["status"]["phase"] == "Done")
    })
    .await;
    world.kill_service();
    world
        .environment
        .insert("RUN_RECORD_HORIZON_SECONDS".into(), "1".into());
    world.start_service().await;
    until(&world, "no record is left", |world| {
        world.list(&world.service_namespace, "runs").is_empty()
    })
    .await;
    assert!(
        world.log().contains("records past their horizon removed"),
        "{}",
        world.log()
    );
    // What is gone from the ledger did not take anything along.
    assert_eq!(jobs_of(&world, "second").len(), 1);
    assert_eq!(fences(&world).len(), 2);
}

async fn until(world: &World, what: &str, holds: impl Fn(&World) -> bool) {
    let begun = Instant::now();
    while !holds(world) {
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "not within 40 s: {what}\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
