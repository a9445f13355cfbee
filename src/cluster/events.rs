//! What Kubernetes' events say about a Job or pod that does not get on. Only asked when something is wrong.

use std::collections::BTreeSet;

use kube::Client;
use serde_json::Value;

use super::api::{Kind, text};
use crate::outcome::Cause;

/// Events read at most.
const MOST: u32 = 50;
/// Bytes of one message kept.
const LONGEST: usize = 1024;

/// Why the Job of this uid has no pod, if its events say so (quota, Pod Security, a missing account).
pub(super) async fn why_no_pod(client: &Client, namespace: &str, uid: &str) -> Option<Cause> {
    let fields = format!("involvedObject.uid={uid},reason=FailedCreate");
    let events = Kind::Event
        .within(client, namespace)
        .list("", &fields, MOST)
        .await
        .ok()?;
    let newest = events.iter().max_by_key(|event| when(event))?;
    Some(Cause::CannotStart {
        reason: "FailedCreate".to_owned(),
        message: message(newest),
    })
}

/// The warnings about an object, one line each, each once; empty when there are none or they cannot be read.
pub(super) async fn warnings(client: &Client, namespace: &str, uid: &str) -> String {
    let fields = format!("involvedObject.uid={uid},type=Warning");
    let Ok(mut events) = Kind::Event.within(client, namespace).list("", &fields, MOST).await else {
        return String::new();
    };
    events.sort_by_key(when);
    let mut known = BTreeSet::new();
    let lines = events
        .iter()
        .map(|event| format!("{}: {}\n", text(event, "/reason"), message(event)));
    lines.filter(|line| known.insert(line.clone())).collect()
}

fn when(event: &Value) -> String {
    let last = text(event, "/lastTimestamp");
    if last.is_empty() {
        text(event, "/eventTime").to_owned()
    } else {
        last.to_owned()
    }
}

fn message(event: &Value) -> String {
    crate::outcome::keep_end(text(event, "/message").trim(), LONGEST)
}
