//! The stand-in itself: it decodes and answers as the protocol reference says the servers do, checked without our own
//! client, so that the two cannot agree on the same mistake.

use serde_json::{Value, json};

use crate::standin::Standin;
use crate::{CONFIG, SERVICE};

async fn get(client: &reqwest::Client, url: &str) -> (u16, Value) {
    let response = client.get(url).send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_uri_is_decoded_as_gin_and_nginx_decode_it() {
    let standin = Standin::start().await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    standin.put(SERVICE, &[(CONFIG, b"x"), ("a b", b"x"), ("a+b", b"x")]);
    let base = "/v1/project/sockshop/stage/dev/service/carts/resource";
    // What is measured in the protocol reference (2.2): the doubly encoded form works on both ways.
    let rows = [
        ("job%252Fconfig.yaml", 200, 200),
        ("job%2Fconfig.yaml", 200, 404),
        ("%252Fjob%252Fconfig.yaml", 200, 200),
        ("a%2520b", 200, 200),
        ("a%252Bb", 200, 200),
        // The original's form of a space: a plus that is a space after one decoding and a plus after two.
        ("a%2Bb", 200, 200),
        ("no", 404, 404),
        ("..%252Fx", 400, 400),
        ("~", 400, 400),
    ];
    for (uri, direct, gateway) in rows {
        assert_eq!(
            get(&client, &format!("{}{base}/{uri}", standin.url())).await.0,
            direct,
            "direct {uri}"
        );
        let url = format!("{}/resource-service{base}/{uri}", standin.gateway());
        assert_eq!(get(&client, &url).await.0, gateway, "gateway {uri}");
    }
}

#[tokio::test]
async fn answers_have_the_servers_shape_and_listings_ignore_the_commit() {
    let standin = Standin::start().await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let old = standin.put(SERVICE, &[("a", b"old")]);
    let new = standin.put(SERVICE, &[("a", b"new"), ("b/c", b"new"), (".gitignore", b"x")]);
    let base = format!("{}/v1/project/sockshop/stage/dev/service/carts/resource", standin.url());

    let (status, one) = get(&client, &format!("{base}/a?gitCommitID={old}")).await;
    assert_eq!(
        (status, &one["resourceContent"], &one["metadata"]["version"]),
        (200, &json!("b2xk"), &json!(old))
    );
    let (_, one) = get(&client, &format!("{base}/a?")).await;
    assert_eq!(
        (&one["resourceContent"], &one["metadata"]["version"]),
        (&json!("bmV3"), &json!(new))
    );

    let (_, list) = get(&client, &format!("{base}?gitCommitID={old}&pageSize=1")).await;
    assert_eq!(
        list,
        json!({"resources": [{"resourceURI": "/a", "metadata": {"version": new}}], "nextPageKey": "1", "totalCount": 2})
    );
    let (_, list) = get(&client, &format!("{base}?pageSize=1&nextPageKey=1")).await;
    assert_eq!(
        (&list["resources"][0]["resourceURI"], &list["nextPageKey"]),
        (&json!("/b/c"), &json!("0"))
    );

    // A folder is an error of the file system when the newest version is read, and no file in a commit.
    assert_eq!(get(&client, &format!("{base}/b")).await.0, 500);
    assert_eq!(get(&client, &format!("{base}/b?gitCommitID={new}")).await.0, 404);
    assert_eq!(get(&client, &format!("{base}/a?gitCommitID=0000000000")).await.0, 500);
    let (_, refused) = get(&client, &format!("{}/v1/project/unknown/resource/a", standin.url())).await;
    assert_eq!(refused, json!({"code": 404, "message": "Project not found"}));
}

#[tokio::test]
async fn a_script_can_make_requests_fail() {
    let standin = Standin::start().await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let fault = json!({"target": "/registration", "status": 503, "times": 1}).to_string();
    let asked = client
        .post(format!("{}/test/fault", standin.url()))
        .body(fault)
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status().as_u16(), 200);
    let url = format!("{}/v1/uniform/registration", standin.url());
    assert_eq!(get(&client, &url).await.0, 503);
    assert_eq!(get(&client, &url).await, (200, json!([])));
}
