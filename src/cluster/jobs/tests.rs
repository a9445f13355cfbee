//! Conversations with the API server about one Job: never a second POST that could make a second Job.

use serde_json::json;

use super::*;
use crate::cluster::testing::{Server, server};

fn stamped() -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": "j", "namespace": "jobs",
            "labels": { names::RUN: "run-a" },
            "annotations": { names::IDENTITY: "id", names::NONCE: "secret-nonce" },
        },
        "spec": { "backoffLimit": 0, "template": { "spec": { "containers": [{ "name": "j", "image": "i" }] } } },
    })
}

fn stored() -> Value {
    let mut job = stamped();
    job["metadata"]["uid"] = json!("u-1");
    job["metadata"]["creationTimestamp"] = json!("2026-11-21T10:00:00Z");
    job
}

const POST: &str = "POST /apis/batch/v1/namespaces/jobs/jobs";
const GET: &str = "GET /apis/batch/v1/namespaces/jobs/jobs/j";

/// Launches against a scripted server.
async fn launch_against<F, T>(script: F) -> Result<Created, LaunchError>
where
    F: FnOnce(Server) -> T,
    T: Future<Output = Server>,
{
    let (client, server) = server();
    let stamped = stamped();
    let (result, mut server) = tokio::join!(launch(&client, &stamped), script(server));
    drop(client);
    assert!(server.is_silent_for(Duration::from_secs(30)).await, "asked for more");
    result
}

#[tokio::test(start_paused = true)]
async fn a_job_is_posted_once() {
    let created = launch_against(|mut server| async {
        let call = server.expect(POST).await;
        assert_eq!(call.body["metadata"]["annotations"][names::NONCE], "secret-nonce");
        assert_eq!(call.body["spec"], stamped()["spec"]);
        call.json(&stored());
        server
    });
    let created = created.await.unwrap();
    assert_eq!((created.uid.as_str(), created.how), ("u-1", How::Posted));
    assert_eq!(created.created_at.to_string(), "2026-11-21T10:00:00Z");
    assert!(created.age() < Duration::from_secs(31));
}

#[tokio::test(start_paused = true)]
async fn our_own_job_is_adopted_with_its_age_by_the_servers_clock() {
    let created = launch_against(|mut server| async {
        server
            .expect(POST)
            .await
            .error(409, "AlreadyExists", "jobs \"j\" already exists");
        server.expect(GET).await.json(&stored());
        server.expect("GET /version").await.text("{}");
        server
    });
    let created = created.await.unwrap();
    assert_eq!((created.uid.as_str(), created.how), ("u-1", How::Adopted));
}

#[tokio::test(start_paused = true)]
async fn a_strangers_job_is_refused_without_telling_the_nonce() {
    for (pointer, value, why) in [
        ("labels", json!({ names::RUN: "run-b" }), "it belongs to run run-b"),
        ("labels", json!({}), "it belongs to no run"),
        ("annotations", json!({}), "it names another event"),
        (
            "annotations",
            json!({ names::IDENTITY: "id" }),
            "it does not carry the nonce of this run",
        ),
        (
            "annotations",
            json!({ names::IDENTITY: "id", names::NONCE: "guess" }),
            "it does not carry the nonce of this run",
        ),
    ] {
        let result = launch_against(|mut server| async {
            let mut theirs = stored();
            theirs["metadata"][pointer] = value;
            server.expect(POST).await.error(409, "AlreadyExists", "exists");
            server.expect(GET).await.json(&theirs);
            server
        });
        assert_eq!(result.await, Err(LaunchError::Stranger(why.into())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_without_an_answer_is_looked_for_and_never_repeated_here() {
    for lost in [true, false] {
        let adopted = launch_against(|mut server| async move {
            let call = server.expect(POST).await;
            if lost {
                call.break_off()
            } else {
                call.error(504, "Timeout", "gateway")
            }
            server.expect(GET).await.json(&stored());
            server.expect("GET /version").await.error(500, "", "");
            server
        });
        assert_eq!(adopted.await.unwrap().how, How::Adopted);
        let absent = launch_against(|mut server| async move {
            let call = server.expect(POST).await;
            if lost {
                call.break_off()
            } else {
                call.error(504, "Timeout", "gateway")
            }
            server.expect(GET).await.error(404, "NotFound", "jobs \"j\" not found");
            server
        });
        assert!(matches!(
            absent.await,
            Err(LaunchError::NotNow(ApiError::Unanswered(_)))
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_that_hangs_is_looked_for_after_ten_seconds() {
    let (client, mut server) = server();
    let stamped = stamped();
    let script = async {
        let _never_answered = server.expect(POST).await;
        server.expect(GET).await.error(404, "NotFound", "none");
    };
    let (result, ()) = tokio::join!(launch(&client, &stamped), script);
    assert_eq!(
        result,
        Err(LaunchError::NotNow(ApiError::Unanswered("nothing within 10 s".into())))
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_an_overload_is_not() {
    let refused = launch_against(|mut server| async {
        server
            .expect(POST)
            .await
            .error(403, "Forbidden", "exceeded quota: jobs");
        server
    });
    assert_eq!(
        refused.await,
        Err(LaunchError::Refused("exceeded quota: jobs (403)".into()))
    );
    let invalid = launch_against(|mut server| async {
        server.expect(POST).await.error(422, "Invalid", "spec is wrong");
        server
    });
    assert_eq!(invalid.await, Err(LaunchError::Refused("spec is wrong (422)".into())));
    let later = launch_against(|mut server| async {
        server.expect(POST).await.error(429, "TooManyRequests", "slow down");
        server
    });
    assert!(matches!(
        later.await,
        Err(LaunchError::NotNow(ApiError::Overloaded { .. }))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_changed_on_its_way_in_is_not_taken_for_the_admitted_one() {
    let result = launch_against(|mut server| async {
        let mut changed = stored();
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = json!("evil");
        server.expect(POST).await.json(&changed);
        server
    });
    let change = Change {
        path: "spec.template.spec.containers[j].image".into(),
        what: "changed to `evil`".into(),
    };
    assert_eq!(
        result.await,
        Err(LaunchError::Altered {
            uid: "u-1".into(),
            changes: vec![change]
        })
    );
}

#[tokio::test(start_paused = true)]
async fn ending_and_releasing_name_the_uid_so_that_no_other_job_is_meant() {
    let (client, mut server) = server();
    let cause = Cause::PollTimeout { after: 3 };
    let script = async {
        let call = server.expect("PATCH /apis/batch/v1/namespaces/jobs/jobs/j").await;
        assert_eq!(call.body["metadata"]["uid"], "u-1");
        assert_eq!(call.body["spec"], json!({ "activeDeadlineSeconds": 1 }));
        let written = call.body["metadata"]["annotations"][names::ENDED].as_str().unwrap();
        assert_eq!(
            serde_json::from_str::<Cause>(written).unwrap(),
            Cause::PollTimeout { after: 3 }
        );
        call.json(&stored());
        let call = server.expect("PATCH /apis/batch/v1/namespaces/jobs/jobs/j").await;
        assert_eq!(
            call.body,
            json!({ "metadata": { "uid": "u-1" }, "spec": { "ttlSecondsAfterFinished": 60 } })
        );
        call.error(404, "NotFound", "gone");
        server.expect("PATCH").await.error(409, "Conflict", "uid mismatch");
        server
            .expect("PATCH")
            .await
            .error(422, "Invalid", "metadata.uid is immutable");
        let mut another = stored();
        another["metadata"]["uid"] = json!("u-2");
        server.expect(GET).await.json(&another);
        server.expect("PATCH").await.error(422, "Invalid", "spec is wrong");
        server.expect(GET).await.json(&stored());
        server.expect("PATCH").await.error(403, "Forbidden", "no");
    };
    let talk = async {
        assert_eq!(end(&client, "jobs", "j", "u-1", &cause).await, Ok(()));
        for _ in 0..3 {
            assert_eq!(release(&client, "jobs", "j", "u-1", 60).await, Ok(()));
        }
        for code in [422, 403] {
            let error = release(&client, "jobs", "j", "u-1", 60).await.unwrap_err();
            assert!(
                matches!(error, ApiError::Refused { code: found, .. } if found == code),
                "{error:?}"
            );
        }
    };
    tokio::join!(talk, script);
}
