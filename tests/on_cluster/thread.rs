//! One event from end to end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Policies, World};

/// An event of its own id.
pub(crate) fn event(id: &str, name: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "type": name, "source": "shipyard-controller", "time": "2026-01-01T00:00:00Z",
        "datacontenttype": "application/json", "shkeptncontext": format!("context-of-{id}"), "shkeptnspecversion": "0.2.4",
        "data": { "project": "sockshop", "stage": "dev", "service": "carts", "labels": { "build-id": "build-17" } }
    })
}

const HELLO: &str = r#"
apiVersion: v2
actions:
  - name: "Greet"
    events: [ { name: "sh.keptn.event.hello.triggered" } ]
    tasks:
      - name: "Say hello"
        image: "alpine:3.20"
        files: [ greeting.txt ]
        cmd: [ sh ]
        args: [ -c, 'cat /keptn/greeting.txt; echo from $KEPTN_SERVICE' ]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_becomes_a_job_by_digest_and_its_output_comes_back() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world.standin.put(
        "sockshop/dev/carts",
        &[("job/config.yaml", HELLO.as_bytes()), ("greeting.txt", b"Hello ")],
    );
    world.publish(&event("e1", "sh.keptn.event.hello.triggered")).await;
    let finished = world.finished("e1", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    assert_eq!(finished["data"]["status"], "succeeded");
    assert_eq!(finished["source"], "job-executor-service");
    assert_eq!(finished["data"]["labels"]["build-id"], "build-17");
    let message = finished["data"]["message"].as_str().unwrap();
    assert!(
        message.contains("Task 'Say hello' finished successfully!") && message.contains("Hello from carts"),
        "{message}"
    );
    assert_eq!(world.answers("e1", "started").len(), 1);
    let jobs = world.list(&world.job_namespace, "jobs");
    assert_eq!(jobs.len(), 1);
    let image = jobs[0]["spec"]["template"]["spec"]["containers"][0]["image"]
        .as_str()
        .unwrap();
    assert!(image.starts_with("docker.io/library/alpine@sha256:"), "{image}");
    let run = world.run_in_phase("Done").await;
    assert_eq!(
        serde_json::from_str::<Value>(run["status"]["verdict"].as_str().unwrap()).unwrap()["verdict"],
        "admitted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_twice_runs_once() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world.standin.put(
        "sockshop/dev/carts",
        &[("job/config.yaml", HELLO.as_bytes()), ("greeting.txt", b"Hello ")],
    );
    let event = event("twice", "sh.keptn.event.hello.triggered");
    for _ in 0..5 {
        world.publish(&event).await;
    }
    world.finished("twice", 1).await;
    world.publish(&event).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.answers("twice", "finished").len(), 1);
    assert_eq!(world.answers("twice", "started").len(), 1);
    assert_eq!(world.list(&world.job_namespace, "jobs").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_finishes_what_it_began() {
    let mut world = World::start(Policies::Shipped("compatible.yaml")).await;
    let config = HELLO
        .replace("cat /keptn/greeting.txt;", "echo begun; sleep 6;")
        .replace("files: [ greeting.txt ]", "files: []");
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", config.as_bytes())]);
    world.publish(&event("killed", "sh.keptn.event.hello.triggered")).await;
    let begun = std::time::Instant::now();
    while world.list(&world.job_namespace, "jobs").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "no job:\n{}", world.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.kill_service();
    world.start_service().await;
    let finished = world.finished("killed", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.answers("killed", "finished").len(), 1);
    assert_eq!(world.answers("killed", "started").len(), 1);
    assert_eq!(world.list(&world.job_namespace, "jobs").len(), 1);
}
