//! What the gate refuses, and what a refusal leaves behind.

use std::path::Path;

use serde_json::Value;

use crate::thread::event;
use crate::world::{Policies, World};

const BAD: &str = r#"
apiVersion: v2
actions:
  - name: "Take over"
    events: [ { name: "sh.keptn.event.hello.triggered" } ]
    tasks:
      - name: "Mine"
        image: "evil.example/miner:latest"
        serviceAccount: "cluster-admin"
        namespace: "kube-system"
        securityContext: { privileged: true, runAsUser: 0 }
        cmd: [ mine ]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_event_touches_nothing() {
    let world = World::start(Policies::Shipped("strict.yaml")).await;
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", BAD.as_bytes())]);
    let user = format!("system:serviceaccount:{}:job-executor-service", world.service_namespace);
    // What the service writes at its start is not the event's.
    let before = audited_writes(&user).len();
    world.publish(&event("denied", "sh.keptn.event.hello.triggered")).await;
    let finished = world.finished("denied", 1).await.remove(0);
    world.run_in_phase("Done").await;
    assert_eq!(finished["data"]["status"], "errored");
    assert_eq!(finished["data"]["result"], "fail");
    let message = finished["data"]["message"].as_str().unwrap();
    for check in [
        "image-not-allowed",
        "service-account",
        "namespace",
        "privileged",
        "run-as-user",
    ] {
        assert!(
            message.contains(&format!("[{check}]")),
            "{check} is missing in {message}"
        );
    }
    assert_eq!(world.answers("denied", "started").len(), 1);
    let writes: Vec<String> = audited_writes(&user).split_off(before);
    let ours = |write: &String| write.contains(&format!("/namespaces/{}/", world.service_namespace));
    assert!(writes.iter().all(ours), "{writes:#?}");
    assert!(writes.iter().any(|write| write.contains("/runs")), "{writes:#?}");
    assert!(
        writes
            .iter()
            .all(|write| write.contains("/runs") || write.contains("/configmaps")),
        "{writes:#?}"
    );
    assert!(world.list(&world.job_namespace, "jobs").is_empty());
}

/// `verb uri` of every write of a user, from the API server's audit log.
fn audited_writes(user: &str) -> Vec<String> {
    let path = std::env::var("RIG_AUDIT_LOG").expect("RIG_AUDIT_LOG names the API server's audit log");
    let text = std::fs::read_to_string(Path::new(&path)).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|entry| entry["user"]["username"] == user)
        .filter(|entry| {
            matches!(
                entry["verb"].as_str(),
                Some("create" | "update" | "patch" | "delete" | "deletecollection")
            )
        })
        .map(|entry| {
            format!(
                "{} {}",
                entry["verb"].as_str().unwrap(),
                entry["requestURI"].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_config_is_answered_with_every_mistake() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let broken = "apiVersion: v2\nactions:\n  - name: a\n    event: x\n    tasks:\n      - image: [1]\n";
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", broken.as_bytes())]);
    world.publish(&event("broken", "sh.keptn.event.hello.triggered")).await;
    let finished = world.finished("broken", 1).await.remove(0);
    let message = finished["data"]["message"].as_str().unwrap();
    assert!(
        message.contains("job/config.yaml:4:5") && message.contains("job/config.yaml:6:16"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_config_means_silence_and_an_error_log() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world.standin.put("sockshop/dev/carts", &[("other.txt", b"x")]);
    world.publish(&event("silent", "sh.keptn.event.hello.triggered")).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert!(world.answers("silent", "started").is_empty() && world.answers("silent", "finished").is_empty());
    assert!(world.log().contains("no job/config.yaml"), "{}", world.log());
}
