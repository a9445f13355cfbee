//! A service that cannot work says so, with file and line, and admits nothing.

use std::time::Duration;

use crate::world::{Policies, World};

/// What `/readyz` answers, once it answers at all.
async fn readiness(world: &World) -> (u16, String) {
    let url = format!("http://127.0.0.1:{}/readyz", world.environment["HEALTH_ENDPOINT_PORT"]);
    for _ in 0..200 {
        if let Ok(response) = reqwest::get(&url).await {
            let status = response.status().as_u16();
            return (status, response.text().await.unwrap());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no answer from {url}:\n{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_that_cannot_be_used_keep_the_service_from_being_ready_until_they_can() {
    let shipped = std::fs::read_to_string(crate::world::root().join("policies/compatible.yaml")).unwrap();
    let broken = shipped.replacen("images:", "imagess:", 1);
    let line = broken.lines().position(|line| line.starts_with("imagess:")).unwrap() + 1;
    let mut world = World::prepare(Policies::Text(&broken)).await;
    world.spawn_service();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (status, text) = readiness(&world).await;
    assert_eq!(status, 503);
    assert!(
        text.contains(&format!("policy.yaml:{line}:1")) && text.contains("images"),
        "{text}"
    );
    assert!(
        world.log().contains(&format!("policy.yaml:{line}:1")),
        "{}",
        world.log()
    );
    std::fs::write(world.folder.path().join("policies/policy.yaml"), shipped).unwrap();
    for _ in 0..100 {
        if readiness(&world).await.0 == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("mended policies were not taken up:\n{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_cannot_be_used_is_refused_with_everything_that_is_wrong() {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    world.environment.insert("TASK_DEADLINE_SECONDS".into(), String::new());
    world
        .environment
        .insert("ALLOW_PRIVILEGED_JOBS".into(), "perhaps".into());
    world
        .environment
        .insert("DEFAULT_RESOURCE_LIMITS_CPU".into(), "much".into());
    world
        .environment
        .insert("INIT_CONTAINER_IMAGE".into(), "init:latest".into());
    world.environment.remove("JOB_NAMESPACE");
    world.spawn_service();
    assert!(!world.await_exit().await.success());
    let log = world.log();
    for name in [
        "TASK_DEADLINE_SECONDS",
        "ALLOW_PRIVILEGED_JOBS",
        "DEFAULT_RESOURCE_LIMITS_CPU",
        "INIT_CONTAINER_IMAGE",
        "JOB_NAMESPACE",
    ] {
        assert!(log.contains(name), "{name} is missing in {log}");
    }
}
