//! Conversations about one watch: lists, events, lost history, silence.

use serde_json::json;

use super::*;
use crate::cluster::testing::{Call, Server, server};

fn pod(name: &str, version: &str, phase: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "status": { "phase": phase }, "metadata": {
        "name": name, "uid": name, "resourceVersion": version, "managedFields": [{ "manager": "kubelet" }],
        "ownerReferences": [{ "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u-1", "controller": true }] } })
}

fn event(kind: &str, object: &Value) -> Value {
    json!({ "type": kind, "object": object })
}

/// Follows pods against a script and returns what was told.
async fn told(script: impl AsyncFnOnce(&mut Server)) -> (Vec<String>, Pulse) {
    let (client, mut server) = server();
    let pulse = Pulse::default();
    let mut told = Vec::new();
    let tell = |news: News| {
        told.push(match news {
            News::Listing => "listing".to_owned(),
            News::Listed => "listed".to_owned(),
            News::There(json) => {
                assert!(json.pointer("/metadata/managedFields").is_none());
                format!("{} is {}", text(&json, "/metadata/name"), text(&json, "/status/phase"))
            }
            News::Gone(json) => format!("{} is gone", text(&json, "/metadata/name")),
        });
    };
    tokio::select! {
        () = feed::follow(Kind::Pod.within(&client, "jobs"), OURS, &pulse, tell) => {}
        () = script(&mut server) => {}
    }
    (told, pulse)
}

fn is_watch_from(call: &Call, version: &str) -> bool {
    call.line.contains("watch=true") && call.line.contains(&format!("resourceVersion={version}"))
}

fn is_list(call: &Call) -> bool {
    !call.line.contains("watch=true") && call.line.contains("labelSelector=job-executor.keptn.sh%2Frun")
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_where_it_stopped() {
    let (told, pulse) = told(async |server| {
        let call = server.next().await;
        assert!(is_list(&call), "{}", call.line);
        call.list("5", &[pod("a", "4", "Pending")]);
        let call = server.next().await;
        assert!(is_watch_from(&call, "5"), "{}", call.line);
        assert!(call.line.contains("timeoutSeconds=50") && call.line.contains("allowWatchBookmarks=true"));
        let bookmark = json!({ "type": "BOOKMARK", "object": { "apiVersion": "v1", "kind": "Pod", "metadata": { "resourceVersion": "9" } } });
        call.events(&[event("MODIFIED", &pod("a", "6", "Running")), event("DELETED", &pod("a", "7", "Failed")), bookmark]);
        let call = server.next().await;
        assert!(is_watch_from(&call, "9"), "{}", call.line);
    })
    .await;
    assert_eq!(told, ["listing", "a is Pending", "listed", "a is Running", "a is gone"]);
    assert_eq!(pulse.read().1, None);
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_read_page_by_page() {
    let (told, _) = told(async |server| {
        server.next().await.json(
            &json!({ "metadata": { "resourceVersion": "5", "continue": "next" }, "items": [pod("a", "1", "Running")] }),
        );
        let call = server.next().await;
        assert!(call.line.contains("continue=next"), "{}", call.line);
        call.list("5", &[pod("b", "2", "Running")]);
        assert!(is_watch_from(&server.next().await, "5"));
    })
    .await;
    assert_eq!(told, ["listing", "a is Running", "b is Running", "listed"]);
}

#[tokio::test(start_paused = true)]
async fn lost_history_means_a_new_list_after_a_pause() {
    for in_stream in [true, false] {
        let (told, _) = told(async |server| {
            server.next().await.list("5", &[pod("a", "4", "Running")]);
            let watch = server.next().await;
            let before = tokio::time::Instant::now();
            let gone = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old" });
            if in_stream { watch.events(&[event("ERROR", &gone)]) } else { watch.error(410, "Expired", "too old") }
            let call = server.next().await;
            assert!(before.elapsed() >= Duration::from_millis(100), "no pause");
            assert!(is_list(&call), "{}", call.line);
            call.list("20", &[]);
            assert!(is_watch_from(&server.next().await, "20"));
        })
        .await;
        assert_eq!(
            told,
            ["listing", "a is Running", "listed", "listing", "listed"],
            "{in_stream}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn other_failures_go_on_from_the_last_version_with_growing_pauses() {
    let (_, pulse) = told(async |server| {
        server.next().await.list("5", &[]);
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let before = tokio::time::Instant::now();
            let call = server.next().await;
            pauses.push(before.elapsed());
            assert!(is_watch_from(&call, "5"), "{}", call.line);
            call.error(500, "InternalError", "etcd");
        }
        assert!(pauses.last().unwrap() > &Duration::from_secs(1), "{pauses:?}");
        let _ = server.next().await;
    })
    .await;
    assert_eq!(pulse.read().1.unwrap(), "no answer from the API server: etcd (500)");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_refused_says_so() {
    let (told, pulse) = told(async |server| {
        server.next().await.error(403, "Forbidden", "pods is forbidden");
        let _ = server.next().await;
    })
    .await;
    assert_eq!(told, ["listing", "listing"]);
    assert_eq!(pulse.read(), (None, Some("pods is forbidden (403)".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_watch_without_a_sign_of_life_is_opened_anew_within_a_minute() {
    told(async |server| {
        server.next().await.list("5", &[]);
        let (watch, before) = (server.next().await, tokio::time::Instant::now());
        let again = server.next().await;
        assert!(is_watch_from(&again, "5"), "{}", again.line);
        assert!(before.elapsed() <= Duration::from_secs(60), "{:?}", before.elapsed());
        drop(watch);
    })
    .await;
}

#[tokio::test]
async fn only_what_somebody_waits_for_is_remembered() {
    let (client, _server) = server();
    let watches = Watches::new(client);
    watches.start("jobs");
    let slots = watches.namespaces.lock().unwrap()["jobs"].slots.clone();
    let tell = |phase: &str, version: &str| slots.tell(About::Pods, News::There(pod("p", version, phase)));
    tell("Pending", "1");
    let mut ticket = watches.ticket("jobs", "j");
    assert!(ticket.sight().pods("u-1").is_empty());
    tell("Running", "2");
    ticket.changed().await;
    assert_eq!(ticket.sight().pods("u-1").len(), 1);
    let mut second = watches.ticket("jobs", "j");
    assert_eq!(second.sight().pods("u-1").len(), 1);
    drop(ticket);
    assert_eq!(slots.lock().len(), 1);
    drop(second);
    assert!(slots.lock().is_empty());
}

#[tokio::test]
async fn namespaces_in_which_nobody_waits_are_let_go_of() {
    let (client, _server) = server();
    let watches = Watches::new(client);
    watches.start("own");
    let ticket = watches.ticket("busy", "j");
    drop(watches.ticket("idle", "j"));
    let names = || -> Vec<String> { watches.health().into_iter().map(|watch| watch.namespace).collect() };
    assert_eq!(names(), ["busy", "busy", "idle", "idle", "own", "own"]);
    watches.let_go("own");
    assert_eq!(names(), ["busy", "busy", "own", "own"]);
    drop(ticket);
    watches.let_go("own");
    assert_eq!(names(), ["own", "own"]);
}
