//! Where the token goes, and what a hostile answer cannot do.

use std::time::{Duration, Instant};

use job_executor_service::keptn::http::{Api, ApiToken, CallError, Endpoint, HttpOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::standin::{Fault, Standin};
use crate::{gateway_api, options};

/// A server that reads one request and then writes what it is told, piece by piece, until nobody reads any more.
async fn raw_server(head: &'static str, piece: &'static [u8], pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(piece).await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn the_token_stays_on_its_host() {
    let other = Standin::start().await.unwrap();
    for status in [301, 302, 307, 308] {
        let standin = Standin::start().await.unwrap();
        // Another port of the host, another name of the host, another host by a name that begins alike.
        let port = standin.url().rsplit(':').next().unwrap().to_owned();
        for elsewhere in [
            other.url(),
            format!("http://localhost:{port}"),
            format!("http://127.0.0.1.example:{port}"),
        ] {
            let elsewhere = format!("{elsewhere}/v1/project/p/elsewhere");
            standin.fail(Fault::once("/resource/", status).with_header("location", &elsewhere));
            let api = gateway_api(&standin, "secret");
            let url = api.endpoint().resource_service("/v1/project/p/resource/x").unwrap();
            let error = api.get(&url, 1000).await.unwrap_err();
            assert!(
                matches!(error, CallError::Status { status: got, .. } if got == status),
                "{elsewhere}: {error}"
            );
            assert!(error.to_string().contains("a redirect to another host"), "{error}");
        }
        let seen = standin.requests();
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert!(seen.iter().all(|seen| seen.token.as_deref() == Some("secret")));
    }
    assert_eq!(other.requests(), []);
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_but_not_for_ever() {
    let standin = Standin::start().await.unwrap();
    standin.put("p", &[("x", b"content")]);
    standin.fail(Fault::once("/old", 301).with_header("location", "/api/resource-service/v1/project/p/resource/x"));
    standin.fail(Fault::always("/loop", 302).with_header("location", "/api/resource-service/loop"));
    let api = gateway_api(&standin, "secret");
    let url = api.endpoint().resource_service("/old").unwrap();
    assert!(api.get(&url, 1000).await.is_ok());
    let url = api.endpoint().resource_service("/loop").unwrap();
    assert!(matches!(
        api.get(&url, 1000).await,
        Err(CallError::Status { status: 302, .. })
    ));
    assert!(standin.requests().len() < 12, "{}", standin.requests().len());
}

#[tokio::test]
async fn an_answer_without_end_is_left_at_the_limit() {
    let rows: [(&'static str, &'static [u8]); 3] = [
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &[b'x'; 4096]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100000000000\r\n\r\n", &[b'x'; 4096]),
        ("HTTP/1.1 500 Oops\r\nconnection: close\r\n\r\n", &[b'x'; 4096]),
    ];
    for (head, piece) in rows {
        let url = raw_server(head, piece, Duration::ZERO).await;
        let api = Api::new(Endpoint::parts(&url, &url).unwrap(), None, &options()).unwrap();
        let url = api.endpoint().resource_service("/x").unwrap();
        let error = api.get(&url, 100_000).await.unwrap_err();
        let expected = matches!(
            error,
            CallError::TooLarge { limit: 100_000, .. } | CallError::Status { status: 500, .. }
        );
        assert!(expected, "{head}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_drips_is_given_up_in_time() {
    let url = raw_server(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
        b"x",
        Duration::from_millis(50),
    )
    .await;
    let options = HttpOptions {
        timeout: Duration::from_millis(300),
        ..options()
    };
    let api = Api::new(Endpoint::parts(&url, &url).unwrap(), None, &options).unwrap();
    let url = api.endpoint().resource_service("/x").unwrap();
    let began = Instant::now();
    let error = api.get(&url, 1_000_000).await.unwrap_err();
    assert!(matches!(error, CallError::NoAnswer { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_error_names_what_was_called_without_its_query() {
    let token = ApiToken::new("secret").unwrap();
    // Port 9 of loopback: nobody listens there.
    let api = Api::new(Endpoint::gateway("http://127.0.0.1:9/api").unwrap(), token, &options()).unwrap();
    let url = api.endpoint().resource_service("/v1/x?gitCommitID=abc").unwrap();
    let error = api.get(&url, 1000).await.unwrap_err().to_string();
    assert!(
        error.starts_with("no answer from http://127.0.0.1:9/api/resource-service/v1/x: "),
        "{error}"
    );
    assert!(!error.contains("secret") && !error.contains("abc"), "{error}");
}
