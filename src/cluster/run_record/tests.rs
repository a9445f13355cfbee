//! Conversations about records that go: only those that are done for long, whatever a list says.

use serde_json::json;

use super::*;
use crate::cluster::testing::server;

const PATH: &str = "/apis/job-executor.keptn.sh/v1alpha1/namespaces/keptn/runs";

fn run(name: &str, done_at: Option<&str>) -> Value {
    json!({
        "apiVersion": "job-executor.keptn.sh/v1alpha1", "kind": "Run",
        "metadata": { "name": name, "uid": format!("u-{name}") },
        "status": { "phase": "Done", "doneAt": done_at, "actions": [
            { "tasks": [{ "namespace": "jobs-a" }, { "namespace": "jobs-b" }] }, { "tasks": [{ "namespace": "jobs-a" }] }, {},
        ] },
    })
}

fn metadata(name: &str, created: &str) -> Value {
    json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
            "metadata": { "name": name, "creationTimestamp": created } })
}

#[tokio::test(start_paused = true)]
async fn only_records_that_are_done_for_long_are_removed() {
    let (client, mut server) = server();
    let records = RunRecords::new(&client, "keptn", &[7; 32]);
    let horizon: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let script = async {
        let call = server.expect(&format!("GET {PATH}?")).await;
        assert!(
            call.line.contains("phase%3Ddone") && call.line.contains("limit="),
            "{}",
            call.line
        );
        let first = [
            metadata("young", "2026-11-20T10:00:00Z"),
            metadata("old", "2026-11-01T00:00:00Z"),
        ];
        call.json(&json!({ "apiVersion": "v1", "kind": "PartialObjectMetadataList", "metadata": { "continue": "more" }, "items": first }));
        let call = server.expect(&format!("GET {PATH}?")).await;
        assert!(call.line.contains("continue=more"), "{}", call.line);
        let second = ["undated", "late", "gone", "kept"].map(|name| metadata(name, "2026-11-01T00:00:00Z"));
        call.json(&json!({ "apiVersion": "v1", "kind": "PartialObjectMetadataList", "metadata": {}, "items": second }));

        server
            .expect(&format!("GET {PATH}/old"))
            .await
            .json(&run("old", Some("2026-11-01T00:10:00Z")));
        let call = server.expect(&format!("DELETE {PATH}/old")).await;
        assert_eq!(call.body["preconditions"], json!({ "uid": "u-old" }));
        call.json(&json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }));
        server
            .expect(&format!("GET {PATH}/undated"))
            .await
            .json(&run("undated", None));
        server
            .expect(&format!("GET {PATH}/late"))
            .await
            .json(&run("late", Some("2026-11-20T00:00:00Z")));
        server
            .expect(&format!("GET {PATH}/gone"))
            .await
            .error(404, "NotFound", "gone");
        server
            .expect(&format!("GET {PATH}/kept"))
            .await
            .json(&run("kept", Some("2026-11-02T00:00:00Z")));
        server
            .expect(&format!("DELETE {PATH}/kept"))
            .await
            .error(409, "Conflict", "another uid");
    };
    let (reaped, ()) = tokio::join!(records.reap(horizon), script);
    let namespaces = ["jobs-a", "jobs-b"].map(str::to_owned).into();
    assert_eq!(reaped, Ok(Reaped { records: 1, namespaces }));
    assert!(server.is_silent_for(Duration::from_secs(5)).await);
}
