//! What is published on NATS below `sh.keptn.`, recorded, and how started and finished events pair up.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use futures::StreamExt;
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{Shared, locked};

/// How many events are kept; more than any test sends.
const KEPT: usize = 100_000;

/// The events so far.
#[derive(Default)]
pub(super) struct Events(Vec<Value>);

/// How the answers to one triggered event pair up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pair {
    /// Id of the triggered event.
    pub(crate) triggeredid: String,
    /// Started events that arrived, repeated ones included.
    pub(crate) started: usize,
    /// Finished events that arrived, repeated ones included.
    pub(crate) finished: usize,
    /// Different ids among the started events.
    pub(crate) started_ids: usize,
    /// Different ids among the finished events.
    pub(crate) finished_ids: usize,
    /// What the control plane asks for before it goes on: as many finished as started events, and at least one.
    pub(crate) complete: bool,
}

impl Events {
    pub(super) fn add(&mut self, event: Value) {
        if self.0.len() < KEPT {
            self.0.push(event);
        }
    }

    /// The events of one context, or all.
    pub(super) fn of(&self, context: Option<&str>) -> Vec<Value> {
        let wanted = |event: &&Value| context.is_none_or(|context| text(event, "shkeptncontext") == context);
        self.0.iter().filter(wanted).cloned().collect()
    }

    /// The pairs, by triggered id. Events with the same id are one event that was sent again.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        let mut ids: BTreeMap<&str, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
        for event in &self.0 {
            let (started, finished) = ids.entry(text(event, "triggeredid")).or_default();
            match text(event, "type").rsplit('.').next() {
                Some("started") => started.push(text(event, "id")),
                Some("finished") => finished.push(text(event, "id")),
                _ => {}
            }
        }
        ids.retain(|_, (started, finished)| !started.is_empty() || !finished.is_empty());
        let different = |ids: &[&str]| ids.iter().collect::<BTreeSet<_>>().len();
        ids.into_iter()
            .map(|(triggeredid, (started, finished))| Pair {
                triggeredid: triggeredid.to_owned(),
                started: started.len(),
                finished: finished.len(),
                started_ids: different(&started),
                finished_ids: different(&finished),
                complete: !started.is_empty() && started.len() == finished.len(),
            })
            .collect()
    }
}

/// Records until the task is aborted.
pub(super) async fn listen(
    url: &str,
    shared: Shared,
) -> Result<(async_nats::Client, JoinHandle<()>), Box<dyn Error + Send + Sync>> {
    let client = async_nats::ConnectOptions::new()
        .name("keptn-standin")
        .subscription_capacity(KEPT)
        .connect(url)
        .await?;
    let mut messages = client.subscribe("sh.keptn.>").await?;
    client.flush().await?;
    let task = tokio::spawn(async move {
        while let Some(message) = messages.next().await {
            let mut event = serde_json::from_slice(&message.payload)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&message.payload).into_owned()));
            // Beside the event's own fields, so that a test can see them; the event has no keys of this form.
            if let Value::Object(fields) = &mut event {
                fields.insert("_subject".to_owned(), Value::from(message.subject.to_string()));
                fields.insert("_received".to_owned(), Value::from(jiff::Timestamp::now().to_string()));
                let id = message.headers.as_ref().and_then(|headers| headers.get("Nats-Msg-Id"));
                fields.insert(
                    "_msgId".to_owned(),
                    id.map_or(Value::Null, |id| Value::from(id.as_str())),
                );
            }
            locked(&Arc::clone(&shared).events).add(event);
        }
    });
    Ok((client, task))
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event.get(key).and_then(Value::as_str).unwrap_or_default()
}
