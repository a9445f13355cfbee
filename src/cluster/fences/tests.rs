//! Conversations about fences: no call when they stand, put right when they do not, nothing started when unknown.

use serde_json::{Value, json};

use super::*;
use crate::cluster::testing::{Call, Server, server};
use crate::manifest::names;
use crate::network::{EgressRule, Peer, Port, Protocol, base_manifest};

const PATH: &str = "/apis/networking.k8s.io/v1/namespaces/jobs/networkpolicies";

fn fence() -> Fence {
    let to = vec![Peer::Cidr {
        cidr: "203.0.113.0/24".into(),
        except: vec![],
    }];
    Fence::of_rules(vec![EgressRule {
        to,
        ports: vec![Port {
            protocol: Protocol::Tcp,
            port: 443,
            end_port: None,
        }],
    }])
}

fn stored(mut manifest: Value, uid: &str, version: &str) -> Value {
    manifest["metadata"]["uid"] = json!(uid);
    manifest["metadata"]["resourceVersion"] = json!(version);
    manifest["metadata"]["creationTimestamp"] = json!("2026-11-21T10:00:00Z");
    manifest
}

fn base() -> Value {
    stored(base_manifest("jobs", "jes"), "b", "1")
}

fn ours() -> Value {
    stored(fence().manifest("jobs", "jes"), "f", "2")
}

/// Fences whose first list shows these policies; the watch stays open, its call is in the second place.
async fn fences(server: &mut Server, client: kube::Client, policies: &[Value]) -> (Fences, Vec<Call>) {
    let fences = Fences::new(client, "jes").settling_within(Duration::from_millis(1));
    let _ = fences.namespace("jobs");
    server.expect(&format!("GET {PATH}")).await.list("10", policies);
    (fences, Vec::new())
}

#[tokio::test(start_paused = true)]
async fn fences_that_stand_cost_no_call() {
    let (client, mut server) = server();
    let (fences, _open) = fences(&mut server, client, &[base(), ours()]).await;
    let guard = fences.ensure("jobs", &fence()).await.unwrap();
    let watch = server.next().await;
    assert!(watch.line.contains("watch=true"), "{}", watch.line);
    assert!(server.is_silent_for(Duration::from_secs(5)).await);
    drop(guard);
}

#[tokio::test(start_paused = true)]
async fn missing_fences_are_created_base_first() {
    let (client, mut server) = server();
    let (fences, mut open) = fences(&mut server, client, &[]).await;
    let script = async {
        for name in [names::BASE_FENCE.to_owned(), fence().name()] {
            let call = server.expect_among_watches(&format!("POST {PATH}"), &mut open).await;
            assert_eq!(call.body["metadata"]["name"], json!(name));
            let answer = stored(call.body.clone(), &name, "11");
            call.json(&answer);
        }
        server
    };
    let fence = fence();
    let (result, mut server) = tokio::join!(fences.ensure("jobs", &fence), script);
    result.unwrap();
    drop(fences.ensure("jobs", &fence).await.unwrap());
    assert!(open.len() == 1 || server.next().await.line.contains("watch=true"));
    assert!(
        server.is_silent_for(Duration::from_secs(5)).await,
        "what was just written is known"
    );
}

#[tokio::test(start_paused = true)]
async fn no_task_relies_on_a_base_policy_that_another_has_only_just_written() {
    let (client, mut server) = server();
    let fences = Fences::new(client, "jes").settling_within(Duration::from_secs(1));
    let _ = fences.namespace("jobs");
    server.expect(&format!("GET {PATH}")).await.list("10", &[ours()]);
    let mut open = Vec::new();
    let script = async {
        let call = server.expect_among_watches(&format!("POST {PATH}"), &mut open).await;
        call.json(&base());
        tokio::time::Instant::now()
    };
    let (prepared, written) = tokio::join!(fences.prepare("jobs"), script);
    prepared.unwrap();
    assert!(
        written.elapsed() < Duration::from_millis(500),
        "preparing waits for nobody"
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
    let fence = fence();
    let (one, two) = tokio::join!(fences.ensure("jobs", &fence), fences.ensure("jobs", &fence));
    drop((one.unwrap(), two.unwrap()));
    assert!(written.elapsed() >= Duration::from_secs(1), "{:?}", written.elapsed());
    let before = tokio::time::Instant::now();
    drop(fences.ensure("jobs", &fence).await.unwrap());
    assert_eq!(before.elapsed(), Duration::ZERO, "what has settled costs no time");
}

#[tokio::test(start_paused = true)]
async fn nothing_starts_behind_fences_that_somebody_changes_again_and_again() {
    let (client, mut server) = server();
    let fences = Fences::new(client, "jes").settling_within(Duration::from_secs(5));
    let _ = fences.namespace("jobs");
    server
        .expect(&format!("GET {PATH}"))
        .await
        .list("10", &[base(), ours()]);
    let quarrel = async {
        let widened = |version: u32| {
            let mut policy = stored(base_manifest("jobs", "jes"), "b", &version.to_string());
            policy["spec"]["egress"] = json!([{}]);
            policy
        };
        for version in (20..).step_by(2) {
            let watch = server.expect(&format!("GET {PATH}?")).await;
            watch.events(&[json!({ "type": "MODIFIED", "object": widened(version) })]);
            let mut open = Vec::new();
            let call = server.expect_among_watches(&format!("PUT {PATH}/"), &mut open).await;
            call.json(&stored(base_manifest("jobs", "jes"), "b", &(version + 1).to_string()));
            for watch in open {
                watch.events(&[]);
            }
        }
    };
    fences.prepare("jobs").await.unwrap();
    let fence = fence();
    let task = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fences.ensure("jobs", &fence).await.map(drop)
    };
    let result = tokio::select! { result = task => result, () = quarrel => Ok(()) };
    assert!(
        matches!(&result, Err(ApiError::Conflict(why)) if why.contains("again and again")),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_was_widened_is_replaced_in_the_version_that_was_seen() {
    let (client, mut server) = server();
    let mut widened = ours();
    widened["spec"]["egress"] = json!([{}]);
    let (fences, mut open) = fences(&mut server, client, &[base(), widened]).await;
    let script = async {
        let call = server
            .expect_among_watches(&format!("PUT {PATH}/{}", fence().name()), &mut open)
            .await;
        assert_eq!(call.body["metadata"]["resourceVersion"], "2");
        assert_eq!(call.body["metadata"]["uid"], "f");
        assert_eq!(call.body["spec"], fence().spec());
        call.json(&stored(fence().manifest("jobs", "jes"), "f", "12"));
    };
    let fence = fence();
    let (result, ()) = tokio::join!(fences.ensure("jobs", &fence), script);
    result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_somebody_else_writes_at_the_same_moment_is_read_and_judged_again() {
    let (client, mut server) = server();
    let (fences, mut open) = fences(&mut server, client, &[base()]).await;
    let script = async {
        server
            .expect_among_watches(&format!("POST {PATH}"), &mut open)
            .await
            .error(409, "AlreadyExists", "exists");
        server
            .expect_among_watches(&format!("GET {PATH}/fence-"), &mut open)
            .await
            .json(&ours());
    };
    let fence = fence();
    let (result, ()) = tokio::join!(fences.ensure("jobs", &fence), script);
    result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fence_in_use_is_put_right_without_being_asked_for() {
    let (client, mut server) = server();
    let (fences, _open) = fences(&mut server, client, &[base(), ours()]).await;
    let guard = fences.ensure("jobs", &fence()).await.unwrap();
    let watch = server.expect(&format!("GET {PATH}?")).await;
    watch.events(&[json!({ "type": "DELETED", "object": stored(fence().manifest("jobs", "jes"), "f", "13") })]);
    let mut open = Vec::new();
    let call = server.expect_among_watches(&format!("POST {PATH}"), &mut open).await;
    assert_eq!(call.body["metadata"]["name"], json!(fence().name()));
    call.json(&stored(fence().manifest("jobs", "jes"), "g", "14"));
    drop(guard);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_ensured_while_the_policies_are_unknown() {
    let (client, mut server) = server();
    let fences = Fences::new(client, "jes");
    let script = async {
        loop {
            server
                .next()
                .await
                .error(403, "Forbidden", "networkpolicies is forbidden");
        }
    };
    let fence = fence();
    let result = tokio::select! {
        result = fences.ensure("jobs", &fence) => result.map(drop),
        () = script => Ok(()),
    };
    assert_eq!(
        result,
        Err(ApiError::Unanswered("networkpolicies is forbidden (403)".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn the_policies_of_others_are_listed_and_unknown_ones_are_unavailable() {
    let (client, mut server) = server();
    let theirs = json!({ "metadata": { "name": "allow", "uid": "t" }, "spec": { "podSelector": {}, "egress": [{}] } });
    let (fences, _open) = fences(&mut server, client, &[base(), theirs.clone(), ours()]).await;
    let expected = ForeignPolicy {
        name: "allow".into(),
        spec: theirs["spec"].clone(),
    };
    assert!(matches!(fences.foreign("jobs").await, Fact::Known(found) if found == [expected]));
    let watch = server.next().await;
    let foreign = tokio::spawn({
        let fences = fences.clone();
        async move { fences.foreign("elsewhere").await }
    });
    loop {
        tokio::select! {
            call = server.next() => call.error(500, "", "etcd"),
            () = tokio::time::sleep(Duration::from_secs(15)) => break,
        }
        if foreign.is_finished() {
            break;
        }
    }
    assert!(
        // As a single request would say it: the finding names the namespace.
        matches!(foreign.await.unwrap(), Fact::Unavailable(why) if why.contains("etcd") && !why.contains("elsewhere"))
    );
    drop(watch);
}

#[tokio::test(start_paused = true)]
async fn only_old_fences_that_nobody_uses_are_reaped() {
    let (client, mut server) = server();
    let named = |hash: &str, created: &str| {
        json!({ "metadata": { "name": format!("fence-{hash}"), "uid": hash, "creationTimestamp": created },
                "spec": { "podSelector": { "matchLabels": { names::FENCE: hash } } } })
    };
    let old = "2020-01-01T00:00:00Z";
    let now = jiff::Timestamp::now().to_string();
    let theirs = json!({ "metadata": { "name": "fence-theirs", "uid": "t", "creationTimestamp": old }, "spec": { "podSelector": {} } });
    let policies = [
        base(),
        ours(),
        named("busy", old),
        named("idle", old),
        named("young", &now),
        theirs,
    ];
    let (fences, mut open) = fences(&mut server, client, &policies).await;
    let guard = fences.ensure("jobs", &fence()).await.unwrap();
    let script = async {
        let pods = "GET /api/v1/namespaces/jobs/pods?";
        let call = server.expect_among_watches(pods, &mut open).await;
        assert!(call.line.contains("busy"), "{}", call.line);
        call.list("20", &[json!({ "metadata": { "name": "p" } })]);
        let call = server.expect_among_watches(pods, &mut open).await;
        assert!(call.line.contains("idle"), "{}", call.line);
        call.list("20", &[]);
        let call = server
            .expect_among_watches(&format!("DELETE {PATH}/fence-idle"), &mut open)
            .await;
        assert_eq!(call.body["preconditions"], json!({ "uid": "idle" }));
        call.json(&json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }));
    };
    let (reaped, ()) = tokio::join!(fences.reap_unused("jobs", Duration::from_secs(600)), script);
    assert_eq!(reaped, Ok(1));
    drop(guard);
}

#[tokio::test(start_paused = true)]
async fn namespaces_that_nobody_needs_are_let_go_of() {
    let (client, mut server) = server();
    let (fences, mut open) = fences(&mut server, client, &[base(), ours()]).await;
    let guard = fences.ensure("jobs", &fence()).await.unwrap();
    fences.let_go("own");
    assert_eq!(fences.namespaces(), ["jobs"], "a task is behind a fence");
    drop(guard);
    fences.let_go("own");
    assert_eq!(fences.namespaces(), ["jobs"], "a fence is still to be reaped");
    let gone = json!({ "type": "DELETED", "object": ours() });
    let watch = match open.pop() {
        Some(watch) => watch,
        None => server.next().await,
    };
    watch.events(&[gone]);
    // The watch is taken up again once it was read to its end.
    let _next = server.next().await;
    fences.let_go("jobs");
    assert_eq!(fences.namespaces(), ["jobs"], "it is the one to keep");
    fences.let_go("own");
    assert!(fences.namespaces().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_namespace_without_rights_is_let_go_of() {
    let (client, mut server) = server();
    let fences = Fences::new(client, "jes");
    let script = async {
        loop {
            server.next().await.error(403, "Forbidden", "forbidden");
        }
    };
    tokio::select! {
        fact = fences.foreign("jobs") => assert!(matches!(fact, Fact::Unavailable(_)), "{fact:?}"),
        () = script => {}
    }
    fences.let_go("own");
    assert!(fences.namespaces().is_empty());
}
