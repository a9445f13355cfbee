//! Exactly the Secrets that a pod would get are read, one by one; what may not be read is named.

use hyper::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};

use super::*;

const CANARY: &str = "canary-password";

/// Answers by path; every path that is asked for is handed back, in order.
async fn keyring(named: &[&str], answers: &[(&str, u16, Value)]) -> (Result<Keyring, String>, Vec<String>) {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let answers: Vec<(String, u16, Value)> = answers
        .iter()
        .map(|(p, s, v)| ((*p).to_owned(), *s, v.clone()))
        .collect();
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        while let Some((request, send)) = handle.next_request().await {
            let path = request.uri().path().to_owned();
            let (_, status, body) = answers
                .iter()
                .find(|(known, ..)| path.ends_with(known.as_str()))
                .cloned()
                .unwrap_or((String::new(), 404, failure(404, "NotFound")));
            asked.push(format!("{} {path}", request.method()));
            send.send_response(
                Response::builder()
                    .status(status)
                    .body(Body::from(body.to_string().into_bytes()))
                    .unwrap(),
            );
        }
        asked
    });
    let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
    let secrets = PullSecrets::new(Client::new(service, "default"), &named);
    let who = PullAs {
        namespace: "jobs".to_owned(),
        service_account: "runner".to_owned(),
    };
    let keyring = secrets.keyring(&who).await;
    drop(secrets);
    (keyring, server.await.unwrap())
}

fn failure(code: u16, reason: &str) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": reason })
}

fn account(names: &[&str]) -> Value {
    let names: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "runner" }, "imagePullSecrets": names })
}

fn secret(document: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s" }, "type": "kubernetes.io/dockerconfigjson",
        "data": { ".dockerconfigjson": data_encoding::BASE64.encode(document.as_bytes()) } })
}

fn good() -> Value {
    secret(&json!({ "auths": { "r.example": { "username": "u", "password": CANARY } } }).to_string())
}

#[tokio::test]
async fn secrets_of_the_settings_come_instead_of_those_of_the_account_as_they_do_in_a_pod() {
    let (_, asked) = keyring(
        &["named"],
        &[
            ("serviceaccounts/runner", 200, account(&["own"])),
            ("named", 200, good()),
        ],
    )
    .await;
    assert_eq!(asked, ["GET /api/v1/namespaces/jobs/secrets/named"]);
    let (ring, asked) = keyring(
        &[],
        &[("serviceaccounts/runner", 200, account(&["own"])), ("own", 200, good())],
    )
    .await;
    assert_eq!(
        asked,
        [
            "GET /api/v1/namespaces/jobs/serviceaccounts/runner",
            "GET /api/v1/namespaces/jobs/secrets/own"
        ]
    );
    assert_eq!(ring.unwrap().unread(), Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_that_is_not_used_is_named_with_what_helps_and_nothing_of_it_is_shown() {
    let token = secret(&format!(
        "{{\"auths\": {{\"r\": {{\"identitytoken\": \"{CANARY}\"}}}}}}"
    ));
    let opaque = json!({ "metadata": { "name": "s" }, "type": "Opaque", "data": { "password": CANARY } });
    for (status, body, expected) in [
        (
            403,
            failure(403, "Forbidden"),
            "list its name in the Helm value `registries.pullSecrets`",
        ),
        (404, failure(404, "NotFound"), "it does not exist"),
        (200, token, "identity token"),
        (200, secret(CANARY), "no `.dockerconfigjson`"),
        (200, opaque, "`kubernetes.io/dockerconfigjson`"),
    ] {
        let (ring, _) = keyring(&["s"], &[("secrets/s", status, body)]).await;
        let ring = ring.unwrap();
        assert!(
            matches!(ring.unread(), [why] if why.contains("pull secret `s` in namespace `jobs`") && why.contains(expected)),
            "{expected}: {:?}",
            ring.unread()
        );
        assert!(!format!("{ring:?}").contains("canary"));
    }
}

#[tokio::test]
async fn an_account_that_may_not_be_read_is_said_and_one_that_is_missing_names_nothing() {
    let (ring, _) = keyring(&[], &[("serviceaccounts/runner", 403, failure(403, "Forbidden"))]).await;
    assert!(matches!(ring.unwrap().unread(), [why] if why.contains("service account `runner`")));
    let (ring, asked) = keyring(&[], &[]).await;
    assert_eq!((ring.unwrap().unread().len(), asked.len()), (0, 1));
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_leaves_it_open() {
    let (ring, _) = keyring(&["s"], &[("secrets/s", 500, failure(500, "InternalError"))]).await;
    assert!(ring.unwrap_err().contains("could not be looked up"));
    let (ring, _) = keyring(&[], &[("serviceaccounts/runner", 500, failure(500, "InternalError"))]).await;
    assert!(ring.unwrap_err().contains("could not be looked up"));
}
