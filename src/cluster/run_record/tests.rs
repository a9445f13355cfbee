//! Conversations about records: which are believed, which are answered without being kept, and which go.

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

const KEY: [u8; 32] = [7; 32];

fn spec(at: Timestamp) -> RunSpec {
    RunSpec {
        event: "{}".into(),
        event_digest: "d".into(),
        identity: "i".into(),
        event_type: "t".into(),
        at,
        made: at,
        nonce: "n".into(),
        config: String::new(),
        policies: String::new(),
        settings: String::new(),
        pin: String::new(),
        facts: "{}".into(),
        hmac: String::new(),
    }
}

/// A record as the API server has it: made by us, its status saved by us.
async fn stored(created: Timestamp) -> Value {
    let (client, mut server) = server();
    let records = RunRecords::new(&client, "keptn", &KEY);
    let script = async {
        let call = server.expect(&format!("POST {PATH}")).await;
        let mut object = call.body.clone();
        let made: Timestamp = object["spec"]["made"].as_str().unwrap().parse().unwrap();
        assert!(since(made, Timestamp::now()) < Duration::from_secs(5), "{made}");
        object["metadata"]["uid"] = json!("u");
        object["metadata"]["creationTimestamp"] = json!(created);
        call.json(&object);
        let call = server.expect(&format!("PATCH {PATH}/run-a/status")).await;
        assert_eq!(call.body["metadata"]["uid"], "u", "of this very record");
        object["status"] = call.body["status"].clone();
        call.json(&object);
        object
    };
    let save = async {
        let Creation::Created(run) = records.create("run-a", spec(created)).await.unwrap() else {
            panic!("it is there already")
        };
        let mut run = *run;
        run.status.phase = Phase::Running;
        run.status.decision = "admitted".into();
        records.save(&run).await.unwrap();
    };
    tokio::join!(script, save).0
}

/// What a new process makes of records.
async fn opened(objects: &[Value]) -> Vec<Run> {
    let (client, mut server) = server();
    let records = RunRecords::new(&client, "keptn", &KEY);
    let script = async {
        let call = server.expect(&format!("GET {PATH}?")).await;
        assert!(call.line.contains("phase%21%3Ddone"), "{}", call.line);
        call.list("1", objects);
    };
    let (runs, ()) = tokio::join!(records.open(), script);
    runs.unwrap()
}

fn ago(time: Duration) -> Timestamp {
    Timestamp::now() - jiff::SignedDuration::try_from(time).unwrap()
}

#[tokio::test]
async fn a_record_is_taken_up_under_its_own_name_and_in_its_own_time_only() {
    let created = Timestamp::now();
    let ours = stored(created).await;
    let taken = opened(std::slice::from_ref(&ours)).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].standing, Standing::Told);
    assert_eq!(taken[0].status.decision, "admitted");
    let changed = |pointer: &str, value: Value| {
        let mut copy = ours.clone();
        *copy.pointer_mut(pointer).unwrap() = value;
        copy
    };
    let later = created + jiff::SignedDuration::from_secs(CREATED_WITHIN.as_secs() as i64 + 1);
    for (what, copy) in [
        ("under another name", changed("/metadata/name", json!("run-b"))),
        ("with other facts", changed("/spec/facts", json!("{ }"))),
        ("made again later", changed("/metadata/creationTimestamp", json!(later))),
        ("made at no time", changed("/metadata/creationTimestamp", Value::Null)),
    ] {
        assert_eq!(opened(&[copy]).await, [], "{what}");
    }
}

#[tokio::test]
async fn a_status_that_is_not_ours_is_not_believed() {
    let ours = stored(ago(Duration::from_secs(60))).await;
    // Its record says that it was made just now, but the API server's clock counts.
    let old = stored(ago(FRESH_FOR + Duration::from_secs(60))).await;
    let with = |object: &Value, status: Value| {
        let mut copy = object.clone();
        copy["status"] = status;
        copy
    };
    let forged = {
        let mut status = ours["status"].clone();
        status["phase"] = json!("Done");
        status
    };
    let of_another = {
        let mut copy = ours.clone();
        copy["metadata"]["uid"] = json!("v");
        copy
    };
    for (what, object, standing) in [
        ("none yet", with(&ours, Value::Null), Standing::Fresh),
        ("none for long", with(&old, Value::Null), Standing::Unknown),
        ("ours for long", old.clone(), Standing::Told),
        ("done, by somebody else", with(&ours, forged), Standing::Unknown),
        ("empty", with(&ours, json!({})), Standing::Unknown),
        ("of another form", with(&ours, json!({ "phase": 1 })), Standing::Unknown),
        ("of the record before", of_another, Standing::Unknown),
    ] {
        let runs = opened(&[object]).await;
        assert_eq!(runs[0].standing, standing, "{what}");
        let believed = runs[0].status != RunStatus::default();
        assert_eq!(believed, standing == Standing::Told, "{what}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_never_sent() {
    let (client, mut server) = server();
    let records = RunRecords::new(&client, "keptn", &KEY);
    let mut large = spec(Timestamp::now());
    large.facts = "x".repeat(MAX_SPEC_BYTES);
    let refused = records.create("run-a", large).await;
    assert!(matches!(refused, Err(RecordError::TooLarge { .. })), "{refused:?}");
    assert!(server.is_silent_for(Duration::from_millis(50)).await);
}
