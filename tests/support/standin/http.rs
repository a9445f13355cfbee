//! The HTTP side: the control plane's own paths, and `/test/...` to look at what happened and to publish events.
//!
//! Paths are taken apart by hand, not by the router, because how they are decoded is the point.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::repository::{Place, Refusal};
use super::{Fault, Seen, Shared, locked, uri};

/// The largest body that is read.
const BODY: usize = 64 * 1024 * 1024;

type Query = BTreeMap<String, String>;

/// Every path ends in one handler.
pub(super) fn router(shared: Shared) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

async fn handle(State(shared): State<Shared>, request: Request) -> Response {
    let method = request.method().clone();
    let target = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let token = request
        .headers()
        .get("x-token")
        .and_then(|token| token.to_str().ok())
        .map(str::to_owned);
    let raw_path = request.uri().path().to_owned();
    let query = query(request.uri().query().unwrap_or_default());
    let Ok(body) = axum::body::to_bytes(request.into_body(), BODY).await else {
        return refusal((413, "too large"));
    };
    if let Some(path) = raw_path.strip_prefix("/test/") {
        return test(&shared, &method, path, &query, body).await;
    }
    locked(&shared.requests).push(Seen {
        method: method.to_string(),
        target: target.clone(),
        token: token.clone(),
    });
    if let Some(fault) = locked(&shared.faults).take(&target) {
        let body = fault.body.clone().unwrap_or_else(|| {
            json!({"code": fault.status, "message": format!("asked to fail with {}", fault.status)})
                .to_string()
                .into_bytes()
        });
        let mut response = answer(fault.status, body);
        if let Some((name, value)) = &fault.header
            && let Ok(value) = value.parse()
        {
            response.headers_mut().insert(*name, value);
        }
        return response;
    }
    let required = locked(&shared.token).clone();
    if required.is_some() && required != token {
        return refusal((401, "incorrect api key auth"));
    }
    // Behind the gateway nginx decodes the path and encodes it again before the service sees it.
    let path = match raw_path.strip_prefix("/api") {
        Some(path) => match uri::through_gateway(path) {
            Some(path) => path
                .replacen("/resource-service/", "/", 1)
                .replacen("/controlPlane/", "/", 1),
            None => return refusal((400, "invalid path")),
        },
        None => raw_path,
    };
    let Some(segments) = uri::segments(&path) else {
        return refusal((400, "invalid path"));
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["v1", "log"]) => add_logs(&shared, &body),
        ("GET", ["v1", "uniform", "registration"]) => respond(200, &Value::from(locked(&shared.integrations).clone())),
        (_, ["v1", "project", rest @ ..]) => resources(&shared, &method, rest, &query, &body),
        _ => answer(404, b"404 page not found".to_vec()),
    }
}

fn resources(shared: &Shared, method: &Method, segments: &[&str], query: &Query, body: &[u8]) -> Response {
    let (place, resource) = match segments {
        [project, "stage", stage, "service", service, "resource", rest @ ..] => (
            Place {
                project,
                stage: Some(stage),
                service: Some(service),
            },
            rest,
        ),
        [project, "stage", stage, "resource", rest @ ..] => (
            Place {
                project,
                stage: Some(stage),
                service: None,
            },
            rest,
        ),
        [project, "resource", rest @ ..] => (
            Place {
                project,
                stage: None,
                service: None,
            },
            rest,
        ),
        _ => return answer(404, b"404 page not found".to_vec()),
    };
    let result = match (method.as_str(), resource) {
        ("GET", [segment]) => get(shared, &place, segment, query),
        ("GET", []) => list(shared, &place, query),
        ("POST" | "PUT", []) => put(shared, &place, body),
        _ => return answer(404, b"404 page not found".to_vec()),
    };
    match result {
        Ok(response) => response,
        Err(refused) => refusal(refused),
    }
}

fn get(shared: &Shared, place: &Place<'_>, segment: &str, query: &Query) -> Result<Response, Refusal> {
    let path = uri::resource_path(segment).ok_or((400, "invalid resource uri"))?;
    let commit = query
        .get("gitCommitID")
        .map(String::as_str)
        .filter(|commit| !matches!(*commit, "" | "\"\""));
    let found = locked(&shared.repositories).get(place, &path, commit)?;
    let resource = json!({
        "resourceURI": segment,
        "resourceContent": STANDARD.encode(found.bytes),
        "metadata": {"upstreamURL": "https://git.example/repository", "version": found.version},
    });
    Ok(respond(200, &resource))
}

fn list(shared: &Shared, place: &Place<'_>, query: &Query) -> Result<Response, Refusal> {
    let number = |key: &str, default: usize| query.get(key).and_then(|text| text.parse().ok()).unwrap_or(default);
    let repositories = locked(&shared.repositories);
    let style = repositories.style;
    let (files, version) = repositories.list(place)?;
    let (from, size) = (number("nextPageKey", 0), number("pageSize", 20).max(1));
    let next = if from + size < files.len() { from + size } else { 0 };
    let slash = if style.leading_slash { "/" } else { "" };
    let page: Vec<Value> = files
        .iter()
        .skip(from)
        .take(size)
        .map(|path| {
            let metadata = if style.versions {
                json!({"version": version})
            } else {
                json!({})
            };
            json!({"resourceURI": format!("{slash}{path}"), "metadata": metadata})
        })
        .collect();
    let listing = json!({"resources": page, "nextPageKey": next.to_string(), "totalCount": files.len()});
    Ok(respond(200, &listing))
}

fn put(shared: &Shared, place: &Place<'_>, body: &[u8]) -> Result<Response, Refusal> {
    const BAD: Refusal = (400, "Invalid request format");
    let body: Value = serde_json::from_slice(body).map_err(|_| BAD)?;
    let mut files = Vec::new();
    for resource in body.get("resources").and_then(Value::as_array).ok_or(BAD)? {
        let field = |key: &str| resource.get(key).and_then(Value::as_str).ok_or(BAD);
        files.push((
            field("resourceURI")?,
            STANDARD.decode(field("resourceContent")?).map_err(|_| BAD)?,
        ));
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (*path, bytes.as_slice())).collect();
    let place = [Some(place.project), place.stage, place.service]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("/");
    let commit = locked(&shared.repositories).put(&place, &files);
    Ok(respond(
        201,
        &json!({"commitID": commit, "metadata": {"version": commit}}),
    ))
}

fn add_logs(shared: &Shared, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body.get("logs").and_then(Value::as_array) {
        Some(entries) => {
            locked(&shared.logs).extend(entries.iter().cloned());
            respond(200, &json!({}))
        }
        None => refusal((400, "Invalid request format")),
    }
}

/// What scripts look at and do; not part of any Keptn.
async fn test(shared: &Shared, method: &Method, path: &str, query: &Query, body: Bytes) -> Response {
    match (method.as_str(), path) {
        ("GET", "logs") => respond(200, &Value::from(locked(&shared.logs).clone())),
        ("GET", "pairs") => respond(200, &json!(locked(&shared.events).pairs())),
        ("GET", "events") => {
            let context = query.get("context").map(String::as_str);
            respond(200, &Value::from(locked(&shared.events).of(context)))
        }
        ("POST", "publish") => publish(shared, body).await,
        ("POST", "fault") => fail(shared, &body),
        _ => answer(404, b"404 page not found".to_vec()),
    }
}

/// Makes matching requests fail: `{"target": "/resource/", "status": 503, "times": 2}`; without `times` always.
fn fail(shared: &Shared, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let target = body.get("target").and_then(Value::as_str);
    let status = body
        .get("status")
        .and_then(Value::as_u64)
        .and_then(|status| u16::try_from(status).ok());
    let (Some(target), Some(status)) = (target, status) else {
        return refusal((400, "a fault has a target and a status"));
    };
    let times = body
        .get("times")
        .and_then(Value::as_u64)
        .and_then(|times| usize::try_from(times).ok());
    let fault = Fault {
        times: times.unwrap_or(usize::MAX),
        ..Fault::always(target, status)
    };
    locked(&shared.faults).add(fault);
    respond(200, &json!({}))
}

/// Publishes an event as the shipyard controller does: to the subject that is its type.
async fn publish(shared: &Shared, body: Bytes) -> Response {
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(subject) = event.get("type").and_then(Value::as_str) else {
        return refusal((400, "the event has no type"));
    };
    let Some(client) = locked(&shared.nats).clone() else {
        return refusal((409, "no NATS server is listened to"));
    };
    let sent = client.publish(subject.to_owned(), body.clone()).await.is_ok() && client.flush().await.is_ok();
    if sent {
        respond(200, &json!({}))
    } else {
        refusal((500, "the event could not be published"))
    }
}

fn refusal((code, message): Refusal) -> Response {
    respond(code, &json!({"code": code, "message": message}))
}

fn respond(status: u16, body: &Value) -> Response {
    let mut response = answer(status, body.to_string().into_bytes());
    response
        .headers_mut()
        .insert("content-type", axum::http::HeaderValue::from_static("application/json"));
    response
}

fn answer(status: u16, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// A query string, decoded; the last one of equal keys counts.
fn query(text: &str) -> Query {
    text.split('&')
        .filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((uri::resource_path(key)?, uri::resource_path(value)?))
        })
        .filter(|(key, _)| !key.is_empty())
        .collect()
}
