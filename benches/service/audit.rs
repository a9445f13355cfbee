//! What the service wrote, by the API server's own audit log: times on the server, in microseconds.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;

/// One write.
pub(crate) struct Write {
    verb: String,
    resource: String,
    /// When the request had arrived.
    pub(crate) received: Timestamp,
    /// When it was answered.
    pub(crate) answered: Timestamp,
}

impl Write {
    pub(crate) fn creates(&self, resource: &str) -> bool {
        self.verb == "create" && self.resource == resource
    }
}

fn path() -> PathBuf {
    std::env::var_os("RIG_AUDIT_LOG")
        .expect("RIG_AUDIT_LOG names the API server's audit log; `tests/cluster/rig env` sets it")
        .into()
}

/// The log's length: what comes later is measured.
pub(crate) fn now() -> u64 {
    std::fs::metadata(path()).unwrap().len()
}

/// Writes of the service of this namespace since then, in order of arrival.
pub(crate) fn writes(namespace: &str, since: u64) -> Vec<Write> {
    let mut text = String::new();
    let mut file = std::fs::File::open(path()).unwrap();
    file.seek(SeekFrom::Start(since)).unwrap();
    file.read_to_string(&mut text).unwrap();
    let user = format!("system:serviceaccount:{namespace}:job-executor-service");
    let mut writes: Vec<Write> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|entry| entry["user"]["username"] == user.as_str())
        .map(|entry| Write {
            verb: text_of(&entry["verb"]),
            resource: text_of(&entry["objectRef"]["resource"]),
            received: time_of(&entry["requestReceivedTimestamp"]),
            answered: time_of(&entry["stageTimestamp"]),
        })
        .collect();
    writes.sort_by_key(|write| write.received);
    writes
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn time_of(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
