//! Tokens that are not good, not ours or of no pod are refused; what could not be asked is not.

use super::*;
use crate::cluster::testing::server;

fn good() -> Value {
    json!({
        "authenticated": true, "audiences": ["files"],
        "user": {
            "username": "system:serviceaccount:jobs:runner",
            "extra": {
                "authentication.kubernetes.io/pod-name": ["p"],
                "authentication.kubernetes.io/pod-uid": ["p-1"],
            },
        },
    })
}

fn pod() -> Value {
    json!({ "metadata": { "name": "p", "uid": "p-1", "ownerReferences": [
        { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u-1", "controller": true } ] } })
}

async fn review_against(status: &Value, pod: Option<&Value>) -> Result<PodOfJob, TokenError> {
    let (client, mut server) = server();
    let script = async {
        let call = server.expect("POST /apis/authentication.k8s.io/v1/tokenreviews").await;
        assert_eq!(call.body["spec"], json!({ "token": "t", "audiences": ["files"] }));
        call.json(&json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status }));
        if let Some(pod) = pod {
            let call = server.expect("GET /api/v1/namespaces/jobs/pods/p").await;
            if pod.is_null() {
                call.error(404, "NotFound", "none")
            } else {
                call.json(pod)
            }
        }
    };
    tokio::join!(review_pod_token(&client, "t", "files"), script).0
}

#[tokio::test(start_paused = true)]
async fn a_good_token_names_the_job_of_its_pod() {
    let found = review_against(&good(), Some(&pod())).await.unwrap();
    let expected = PodOfJob {
        namespace: "jobs".into(),
        uid: "p-1".into(),
        job: "j".into(),
        job_uid: "u-1".into(),
    };
    assert_eq!(found, expected);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_good_is_refused_without_looking_for_a_pod() {
    let changed = |pointer: &str, value: Value| {
        let mut status = good();
        *status.pointer_mut(pointer).unwrap() = value;
        status
    };
    for (status, why) in [
        (Value::Null, "it is not good"),
        (json!({}), "it is not good"),
        (changed("/authenticated", json!(false)), "it is not good"),
        (changed("/authenticated", json!("true")), "it is not good"),
        (
            json!({ "authenticated": false, "error": "token has expired" }),
            "token has expired",
        ),
        (changed("/audiences", json!([])), "it was made for another audience"),
        (
            changed("/audiences", json!(["https://kubernetes.default.svc"])),
            "it was made for another audience",
        ),
        (changed("/audiences", Value::Null), "it was made for another audience"),
        (changed("/user/username", json!("admin")), "it belongs to no pod"),
        (
            changed("/user/username", json!("system:serviceaccount:jobs")),
            "it belongs to no pod",
        ),
        (changed("/user/extra", json!({})), "it belongs to no pod"),
        (
            changed("/user/extra/authentication.kubernetes.io~1pod-uid", json!([])),
            "it belongs to no pod",
        ),
        (
            changed("/user/extra/authentication.kubernetes.io~1pod-name", json!([""])),
            "it belongs to no pod",
        ),
    ] {
        assert_eq!(review_against(&status, None).await, Err(refused(why)), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_of_no_possible_length_is_refused_without_asking() {
    let (client, mut server) = server();
    for token in [String::new(), "x".repeat(LONGEST + 1)] {
        let result = review_pod_token(&client, &token, "files").await;
        assert_eq!(result, Err(refused("it has not the length of a token")));
    }
    assert!(server.is_silent_for(std::time::Duration::from_secs(5)).await);
}

#[tokio::test(start_paused = true)]
async fn a_token_outlives_its_pod_but_is_refused_then() {
    let mut replaced = pod();
    replaced["metadata"]["uid"] = json!("p-2");
    let mut bare = pod();
    bare["metadata"]["ownerReferences"] = json!([]);
    for (pod, why) in [
        (Value::Null, "its pod is gone"),
        (replaced, "its pod was replaced by another of that name"),
        (bare, "its pod is owned by no job"),
    ] {
        assert_eq!(review_against(&good(), Some(&pod)).await, Err(refused(why)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_cannot_be_asked_refuses_nobody() {
    for (code, reason) in [(403, "Forbidden"), (500, "InternalError")] {
        let (client, mut server) = server();
        let script = async { server.expect("POST").await.error(code, reason, "no") };
        let (result, ()) = tokio::join!(review_pod_token(&client, "t", "files"), script);
        assert!(matches!(result, Err(TokenError::Unavailable(_))), "{result:?}");
    }
}
