//! The logs of a task's pod, bounded, as text for the finished event.
//!
//! Must never fail: what cannot be read becomes a line that says so, and the outcome stands without it.

use std::collections::VecDeque;
use std::time::Duration;

use futures::{AsyncBufRead, AsyncBufReadExt as _, pin_mut};
use kube::Client;
use kube::api::LogParams;
use serde_json::Value;

use super::api::{ApiError, ask, text};
use super::pod_state;
use crate::outcome::cut_line;

/// Bounds of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBounds {
    /// Bytes kept of each container, from its end.
    pub container: usize,
    /// Bytes kept of all containers of a pod.
    pub total: usize,
    /// Time that reading one container may take.
    pub patience: Duration,
}

impl Default for LogBounds {
    fn default() -> Self {
        Self {
            container: 64 * 1024,
            total: 128 * 1024,
            patience: Duration::from_secs(20),
        }
    }
}

/// The end of a stream, and how much came before it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tail {
    kept: VecDeque<u8>,
    cut: usize,
}

/// A container whose logs are worth reading.
#[derive(Debug, PartialEq, Eq)]
struct Ended<'a> {
    name: &'a str,
    /// Empty when it ended well.
    trouble: String,
}

/// The logs of a pod's containers in order, as the original laid them out: init containers only when something failed.
pub(super) async fn read(client: &Client, pod: &Value, bounds: LogBounds) -> String {
    let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
    let mut left = bounds.total;
    let mut blocks = String::new();
    for container in worth_reading(pod) {
        let limit = bounds.container.min(left);
        let (tail, error) = fetch(client, namespace, name, container.name, limit, bounds.patience).await;
        left = left.saturating_sub(tail.kept.len());
        blocks.push_str(&block(&container, name, tail, error));
    }
    blocks
}

/// Which containers are read: those that ran. Init containers tell nothing when all went well.
fn worth_reading(pod: &Value) -> Vec<Ended<'_>> {
    let of = |list: &str| {
        pod.pointer(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(ended)
    };
    let failed = pod_state::containers(pod)
        .filter_map(ended)
        .any(|container| !container.trouble.is_empty())
        || text(pod, "/status/phase") != "Succeeded";
    let init = of("/status/initContainerStatuses").filter(|_| failed);
    init.chain(of("/status/containerStatuses")).collect()
}

/// A container that has ended, or is running still (its task ran out of time).
fn ended(status: &Value) -> Option<Ended<'_>> {
    let name = text(status, "/name");
    if status
        .pointer("/state/running")
        .is_some_and(|running| !running.is_null())
    {
        return Some(Ended {
            name,
            trouble: String::new(),
        });
    }
    let state = status.pointer("/state/terminated").filter(|state| !state.is_null())?;
    let (reason, message) = (text(state, "/reason"), text(state, "/message").trim());
    let trouble = match (reason, message) {
        ("Completed", _) => String::new(),
        (_, "") => {
            format!(
                "(Reason: {reason}, ExitCode: {})",
                state.pointer("/exitCode").and_then(Value::as_i64).unwrap_or(-1)
            )
        }
        (_, _) => format!("(Reason: {reason}, Message: {message})"),
    };
    Some(Ended { name, trouble })
}

/// Protocol reference 5.5: a heading, the logs, an empty line. A container that wrote nothing and ended well is left out.
fn block(container: &Ended<'_>, pod: &str, tail: Tail, error: Option<String>) -> String {
    let Ended { name, trouble } = container;
    let mut logs = tail.text();
    if let Some(error) = error {
        if !logs.is_empty() && !logs.ends_with('\n') {
            logs.push('\n');
        }
        logs.push_str(&format!("(the logs could not be read: {error})"));
    }
    if trouble.is_empty() {
        if logs.is_empty() {
            return String::new();
        }
        return format!("Container {name} of pod {pod}:\n{logs}\n\n");
    }
    format!("Container {name} of pod {pod} terminated with an error {trouble}:\n{logs}\n\n")
}

#[allow(
    clippy::disallowed_methods,
    reason = "a log has no end in sight: it is read as a stream"
)]
async fn fetch(
    client: &Client,
    namespace: &str,
    pod: &str,
    container: &str,
    limit: usize,
    patience: Duration,
) -> (Tail, Option<String>) {
    let mut tail = Tail::default();
    let read = async {
        let params = LogParams {
            container: Some(container.to_owned()),
            ..LogParams::default()
        };
        let path = format!("/api/v1/namespaces/{namespace}/pods");
        let request = kube::core::Request::new(path)
            .logs(pod, &params)
            .map_err(kube::Error::BuildRequest)?;
        let stream = ask(client.request_stream(request)).await?;
        tail.drain(stream, limit)
            .await
            .map_err(|error| ApiError::Unanswered(error.to_string()))
    };
    let error = match tokio::time::timeout(patience, read).await {
        Ok(result) => result.err().map(|error| error.to_string()),
        Err(_) => Some(format!("not at their end within {} s", patience.as_secs())),
    };
    (tail, error)
}

impl Tail {
    /// Reads to the end and keeps the last `limit` bytes. Lines do not matter here: one may be longer than memory.
    async fn drain(&mut self, stream: impl AsyncBufRead, limit: usize) -> std::io::Result<()> {
        pin_mut!(stream);
        loop {
            let chunk = stream.fill_buf().await?;
            let length = chunk.len();
            if length == 0 {
                return Ok(());
            }
            self.keep(chunk, limit);
            stream.consume_unpin(length);
        }
    }

    fn keep(&mut self, chunk: &[u8], limit: usize) {
        let useless = chunk.len().saturating_sub(limit);
        let useful = chunk.get(useless..).unwrap_or_default();
        let crowded = self
            .kept
            .len()
            .saturating_add(useful.len())
            .saturating_sub(limit)
            .min(self.kept.len());
        self.kept.drain(..crowded);
        self.kept.extend(useful);
        self.cut = self.cut.saturating_add(useless).saturating_add(crowded);
    }

    /// As text: bytes that are no UTF-8 are replaced, and what was cut is said first.
    fn text(mut self) -> String {
        let mut cut = self.cut;
        if cut > 0 {
            // A character that was cut in two is left out whole.
            while self.kept.front().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
                self.kept.pop_front();
                cut = cut.saturating_add(1);
            }
        }
        let logs = String::from_utf8_lossy(self.kept.make_contiguous()).into_owned();
        if cut == 0 {
            logs
        } else {
            format!("{}{logs}", cut_line(cut))
        }
    }
}

#[cfg(test)]
mod tests;
