//! The service dies after each step of a run, as `kill -9` would have it, and a new one finishes what was begun.

use std::time::{Duration, Instant};

use job_executor_service::cluster::Step;
use serde_json::{Value, json};

use crate::task::{job_name, jobs_of, message, sh, sh_with};
use crate::world::{Policies, World};

/// The planned time to live of a Job, in seconds.
const TTL: u32 = 21_600;
/// How many worlds the steps are spread over: a few services at a time.
const GROUPS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_step_it_dies_after_a_run_is_finished_once_1() {
    dies_after_each(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_step_it_dies_after_a_run_is_finished_once_2() {
    dies_after_each(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_step_it_dies_after_a_run_is_finished_once_3() {
    dies_after_each(2).await;
}

async fn dies_after_each(group: usize) {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    let mut faults = Vec::new();
    for step in Step::ALL.into_iter().skip(group).step_by(GROUPS) {
        faults.extend(dies_after(&mut world, step).await);
        world.kill_service();
    }
    assert!(!world.log().contains("panicked"), "{}", world.log());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

async fn dies_after(world: &mut World, step: Step) -> Vec<String> {
    let id = step.name();
    let script = "echo ran on $HOSTNAME";
    // Only a task that is too slow is ended by us.
    let (task, result) = if step == Step::JobEnded {
        let slow = format!("{script}; trap 'exit 1' TERM; sleep 300 & wait");
        (sh_with(&slow, &json!({ "maxPollDuration": 4 })), "fail")
    } else {
        (sh(script), "pass")
    };
    world.configure(id, &[task]);
    world.environment.insert("CRASH_AFTER_STEP".into(), id.into());
    world.start_service().await;
    world.trigger(id).await;
    let status = world.await_exit().await;
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: &dyn Fn() -> String| {
        if !holds {
            faults.push(format!("{id}: {}", what()));
        }
    };
    check(!status.success(), &|| format!("it ended with {status}"));
    world.environment.remove("CRASH_AFTER_STEP");
    world.start_service().await;
    // Before its record stands an event is lost with plain NATS, and has to be sent again; after that it changes nothing.
    world.trigger(id).await;
    let finished = world.finished(id, 1).await.remove(0);
    let run = closed_run(world, id).await;
    // Whatever were sent a second time would be there by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let text = message(&finished);
    check(finished["data"]["result"] == result, &|| {
        format!("it has not come to `{result}`: {text}")
    });
    // Ending a Job takes its pod away, and what was read of its log was in the process that died.
    let logs = text.matches("ran on").count();
    check(logs == 1 || (step == Step::JobEnded && logs == 0), &|| {
        format!("{logs} logs: {text}")
    });
    let pair = world
        .standin
        .pairs()
        .into_iter()
        .find(|pair| pair.triggeredid == id)
        .unwrap();
    check(pair.started_ids == 1 && pair.finished_ids == 1, &|| format!("{pair:?}"));
    let jobs = jobs_of(world, id);
    check(jobs.len() == 1, &|| format!("{} jobs", jobs.len()));
    check(
        jobs.iter().all(|job| job["spec"]["ttlSecondsAfterFinished"] == TTL),
        &|| "a job keeps its long time to live".to_owned(),
    );
    let pods = world
        .list(&world.job_namespace, "pods")
        .into_iter()
        .filter(|pod| pod["metadata"]["labels"]["job-name"] == job_name(id).as_str());
    check(pods.count() <= 1, &|| "more than one pod".to_owned());
    check(run["metadata"]["finalizers"].is_null(), &|| {
        format!("a finalizer is left: {}", run["metadata"])
    });
    println!(
        "{id}: {} started and {} finished events, one id each",
        pair.started, pair.finished
    );
    faults
}

/// The record of an event, once it is done and released.
async fn closed_run(world: &World, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let runs = world.list(&world.service_namespace, "runs");
        let of_event = |run: &&Value| {
            let event: Value = serde_json::from_str(run["spec"]["event"].as_str().unwrap()).unwrap();
            event["id"] == id
        };
        let run = runs
            .iter()
            .find(of_event)
            .unwrap_or_else(|| panic!("no record of {id}"));
        if run["status"]["phase"] == "Done" && run["metadata"]["labels"]["job-executor.keptn.sh/phase"] == "done" {
            return run.clone();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{id}: {run:#}\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
