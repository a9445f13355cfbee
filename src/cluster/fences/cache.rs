//! What is known of the NetworkPolicies of a namespace, and what has to stand in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;

use super::rules;
use crate::cluster::api::text;
use crate::cluster::watch::feed::{News, Pulse};

/// Shared by the watch, the repairs and all who need a fence.
#[derive(Debug, Default)]
pub(super) struct Shared {
    stored: Mutex<BTreeMap<String, Stored>>,
    /// What has to stand, by name: how many tasks need it, and what it says.
    pub(super) wanted: Mutex<BTreeMap<String, (usize, Value)>>,
    pub(super) changed: Notify,
    pub(super) pulse: Pulse,
}

#[derive(Debug)]
struct Stored {
    json: Value,
    round: Round,
}

/// Whether a policy has come up in the list that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Seen,
    Pending,
}

/// A lock that outlives a panic of somebody else: what it guards is only ever replaced as a whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Takes in news of the watch, or the answer to a write.
    pub(super) fn take(&self, news: News) {
        let mut stored = lock(&self.stored);
        match news {
            News::Listing => stored.values_mut().for_each(|policy| policy.round = Round::Pending),
            News::Listed => stored.retain(|_, policy| policy.round == Round::Seen),
            News::There(json) => {
                let name = text(&json, "/metadata/name").to_owned();
                let json = match stored.remove(&name) {
                    Some(known) if is_newer(&known.json, &json) => known.json,
                    _ => json,
                };
                stored.insert(
                    name,
                    Stored {
                        json,
                        round: Round::Seen,
                    },
                );
            }
            News::Gone(json) => {
                // An old deletion, told after the policy was made again, deletes nothing.
                let name = text(&json, "/metadata/name");
                if stored.get(name).is_some_and(|known| !is_newer(&known.json, &json)) {
                    stored.remove(name);
                }
            }
        }
        drop(stored);
        self.changed.notify_one();
    }

    /// The policy was looked for and is not there.
    pub(super) fn forget(&self, name: &str) {
        lock(&self.stored).remove(name);
    }

    /// A policy as stored.
    pub(super) fn stored_as(&self, name: &str) -> Option<Value> {
        lock(&self.stored).get(name).map(|stored| stored.json.clone())
    }

    /// All policies as stored.
    pub(super) fn all(&self) -> Vec<Value> {
        lock(&self.stored).values().map(|stored| stored.json.clone()).collect()
    }

    /// Whether a policy is stored and says what its manifest says.
    pub(super) fn stands(&self, name: &str, manifest: &Value) -> bool {
        let expected = manifest.get("spec").unwrap_or(&Value::Null);
        let stored = lock(&self.stored);
        let spec = stored.get(name).and_then(|stored| stored.json.get("spec"));
        spec.is_some_and(|spec| rules::same_spec(spec, expected))
    }
}

fn is_newer(known: &Value, offered: &Value) -> bool {
    let version = |json: &Value| text(json, "/metadata/resourceVersion").parse::<u128>().ok();
    version(known)
        .zip(version(offered))
        .is_some_and(|(known, offered)| known > offered)
}
