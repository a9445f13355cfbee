//! For tests: an API server that says what the test makes it say, one request at a time.

use std::time::Duration;

use hyper::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower_test::mock::{Handle, SendResponse};

/// The server's side of the conversation.
pub(super) struct Server(Handle<Request<Body>, Response<Body>>);

/// One request, to be answered.
pub(super) struct Call {
    /// Method and path with query, such as `GET /api/v1/…`.
    pub(super) line: String,
    /// Its body, or null.
    pub(super) body: Value,
    answer: SendResponse<Response<Body>>,
}

/// A client and the server it talks to.
pub(super) fn server() -> (Client, Server) {
    let (service, handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    (Client::new(service, "default"), Server(handle))
}

impl Server {
    /// The next request; the test fails when none comes.
    pub(super) async fn next(&mut self) -> Call {
        let request = tokio::time::timeout(Duration::from_secs(600), self.0.next_request());
        let (request, answer) = request.await.expect("no request came").expect("the client is gone");
        let line = format!("{} {}", request.method(), request.uri())
            .trim_end_matches('?')
            .to_owned();
        let bytes = request.into_body().collect_bytes().await.unwrap();
        Call {
            line,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            answer,
        }
    }

    /// The next request, which has to begin like this.
    pub(super) async fn expect(&mut self, line: &str) -> Call {
        let call = self.next().await;
        assert!(call.line.starts_with(line), "expected {line}, got {}", call.line);
        call
    }

    /// The next request among those that are not watches of no interest here: a watch that is not wanted stays open.
    pub(super) async fn expect_among_watches(&mut self, line: &str, open: &mut Vec<Call>) -> Call {
        loop {
            let call = self.next().await;
            if call.line.starts_with(line) {
                return call;
            }
            assert!(call.line.contains("watch=true"), "expected {line}, got {}", call.line);
            open.push(call);
        }
    }

    /// Whether nothing is asked for this long.
    pub(super) async fn is_silent_for(&mut self, time: Duration) -> bool {
        !matches!(tokio::time::timeout(time, self.0.next_request()).await, Ok(Some(_)))
    }
}

impl Call {
    /// Answers with JSON.
    pub(super) fn json(self, body: &Value) {
        self.status(200, body);
    }

    /// Answers with a status of the API server.
    pub(super) fn error(self, code: u16, reason: &str, message: &str) {
        let body = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message });
        self.status(code, &body);
    }

    /// Breaks the connection.
    pub(super) fn break_off(self) {
        self.answer.send_error(std::io::Error::other("connection reset"));
    }

    /// Answers a list.
    pub(super) fn list(self, version: &str, items: &[Value]) {
        self.json(
            &json!({ "kind": "List", "apiVersion": "v1", "metadata": { "resourceVersion": version }, "items": items }),
        );
    }

    /// Answers a watch with these events, then ends it.
    pub(super) fn events(self, events: &[Value]) {
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        self.answer.send_response(Response::new(Body::from(lines.into_bytes())));
    }

    /// Answers with text.
    pub(super) fn text(self, text: &str) {
        self.answer
            .send_response(Response::new(Body::from(text.as_bytes().to_vec())));
    }

    fn status(self, code: u16, body: &Value) {
        let response = Response::builder()
            .status(code)
            .body(Body::from(serde_json::to_vec(body).unwrap()));
        self.answer.send_response(response.unwrap());
    }
}
