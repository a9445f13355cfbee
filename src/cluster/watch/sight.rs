//! What is known of one task's Job and pods, gathered from lists, watches and single reads in whatever order they come.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::cluster::api::text;

/// An object as last seen.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Seen {
    /// Its last known state.
    pub(in crate::cluster) json: Arc<Value>,
    /// Whether it still exists.
    pub(in crate::cluster) presence: Presence,
}

/// Whether an object still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Presence {
    /// It was there when it was last looked for.
    There,
    /// It was there before the list that is being read now, and has not come up in it yet.
    Pending,
    /// It is deleted.
    Gone,
}

/// Jobs of one name, and the pods that say they belong to one of that name, each by uid.
#[derive(Debug, Clone, Default)]
pub(in crate::cluster) struct Sight {
    jobs: BTreeMap<String, Seen>,
    pods: BTreeMap<String, Seen>,
}

/// Which of the two a piece of news is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum About {
    Jobs,
    Pods,
}

impl Sight {
    /// The Job of this uid.
    pub(in crate::cluster) fn job(&self, uid: &str) -> Option<&Seen> {
        self.jobs.get(uid)
    }

    /// The pods that the Job of this uid owns, oldest first. A label alone makes nobody's pod ours.
    pub(in crate::cluster) fn pods(&self, uid: &str) -> Vec<&Seen> {
        let mut pods: Vec<&Seen> = self.pods.values().filter(|pod| owner(&pod.json).1 == uid).collect();
        pods.sort_by_key(|pod| text(&pod.json, "/metadata/creationTimestamp").to_owned());
        pods
    }

    /// Takes in a state. An older one than is known is ignored: single reads and watches overtake each other.
    pub(in crate::cluster) fn there(&mut self, about: About, json: Value) {
        let map = self.map(about);
        let uid = text(&json, "/metadata/uid").to_owned();
        if let Some(known) = map.get_mut(&uid)
            && (known.presence == Presence::Gone || is_newer(&known.json, &json))
        {
            if known.presence == Presence::Pending {
                known.presence = Presence::There;
            }
            return;
        }
        map.insert(
            uid,
            Seen {
                json: Arc::new(json),
                presence: Presence::There,
            },
        );
    }

    /// Takes in a deletion.
    pub(in crate::cluster) fn gone(&mut self, about: About, json: Value) {
        let uid = text(&json, "/metadata/uid").to_owned();
        self.map(about).insert(
            uid,
            Seen {
                json: Arc::new(json),
                presence: Presence::Gone,
            },
        );
    }

    /// An object that is known was looked for and is not there.
    pub(in crate::cluster) fn lost(&mut self, about: About, uid: &str) {
        if let Some(seen) = self.map(about).get_mut(uid) {
            seen.presence = Presence::Gone;
        }
    }

    /// A list begins.
    pub(in crate::cluster) fn listing(&mut self, about: About) {
        for seen in self
            .map(about)
            .values_mut()
            .filter(|seen| seen.presence == Presence::There)
        {
            seen.presence = Presence::Pending;
        }
    }

    /// A list is complete: what did not come up in it is gone. Says whether anything is.
    pub(in crate::cluster) fn listed(&mut self, about: About) -> Changed {
        let mut changed = Changed::No;
        for seen in self
            .map(about)
            .values_mut()
            .filter(|seen| seen.presence == Presence::Pending)
        {
            seen.presence = Presence::Gone;
            changed = Changed::Yes;
        }
        changed
    }

    fn map(&mut self, about: About) -> &mut BTreeMap<String, Seen> {
        match about {
            About::Jobs => &mut self.jobs,
            About::Pods => &mut self.pods,
        }
    }
}

/// Whether something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Changed {
    Yes,
    No,
}

/// Name and uid of the Job that controls an object; empty when none does.
pub(in crate::cluster) fn owner(json: &Value) -> (&str, &str) {
    let owners = json
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    owners
        .filter(|owner| owner.get("controller") == Some(&Value::Bool(true)))
        .find(|owner| text(owner, "/kind") == "Job" && text(owner, "/apiVersion") == "batch/v1")
        .map_or(("", ""), |owner| (text(owner, "/name"), text(owner, "/uid")))
}

/// Whether the first state is the newer one. Versions are numbers in every API server there is; where one is not,
/// the state that came last is taken.
fn is_newer(known: &Value, offered: &Value) -> bool {
    let version = |json: &Value| text(json, "/metadata/resourceVersion").parse::<u128>().ok();
    version(known)
        .zip(version(offered))
        .is_some_and(|(known, offered)| known > offered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(uid: &str, version: &str) -> Value {
        json!({ "metadata": { "name": "j", "uid": uid, "resourceVersion": version } })
    }

    fn pod(uid: &str, owner: &str, created: &str) -> Value {
        json!({ "metadata": { "uid": uid, "creationTimestamp": created, "ownerReferences": [
            { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": owner, "controller": true } ] } })
    }

    fn version(sight: &Sight) -> String {
        text(&sight.job("u").unwrap().json, "/metadata/resourceVersion").to_owned()
    }

    #[test]
    fn an_older_state_never_replaces_a_newer_one() {
        for (states, last) in [
            (["1", "2"], "2"),
            (["9", "10"], "10"),
            (["10", "9"], "10"),
            (["odd", "2"], "2"),
            (["2", "odd"], "odd"),
        ] {
            let mut sight = Sight::default();
            states
                .iter()
                .for_each(|state| sight.there(About::Jobs, job("u", state)));
            assert_eq!(version(&sight), last, "{states:?}");
        }
    }

    #[test]
    fn what_is_deleted_stays_deleted() {
        let mut sight = Sight::default();
        sight.gone(About::Jobs, job("u", "5"));
        sight.there(About::Jobs, job("u", "6"));
        assert_eq!(sight.job("u").unwrap().presence, Presence::Gone);
    }

    #[test]
    fn only_what_was_known_before_a_list_and_is_not_in_it_is_gone() {
        let mut sight = Sight::default();
        sight.there(About::Jobs, job("kept", "1"));
        sight.there(About::Jobs, job("lost", "1"));
        sight.there(About::Pods, pod("untouched", "kept", "1"));
        sight.listing(About::Jobs);
        sight.there(About::Jobs, job("kept", "1"));
        sight.there(About::Jobs, job("posted-meanwhile", "2"));
        assert_eq!(sight.listed(About::Jobs), Changed::Yes);
        let presence = |uid| sight.job(uid).unwrap().presence;
        assert_eq!(presence("kept"), Presence::There);
        assert_eq!(presence("lost"), Presence::Gone);
        assert_eq!(presence("posted-meanwhile"), Presence::There);
        assert_eq!(sight.pods("kept").len(), 1);
        sight.listing(About::Pods);
        assert_eq!(sight.listed(About::Pods), Changed::Yes);
        assert_eq!(sight.listed(About::Pods), Changed::No);
    }

    #[test]
    fn a_list_that_shows_an_older_state_keeps_the_object_there() {
        let mut sight = Sight::default();
        sight.there(About::Jobs, job("u", "7"));
        sight.listing(About::Jobs);
        sight.there(About::Jobs, job("u", "6"));
        assert_eq!(sight.listed(About::Jobs), Changed::No);
        assert_eq!(version(&sight), "7");
    }

    #[test]
    fn a_pod_belongs_to_the_job_whose_uid_controls_it() {
        let stranger = json!({ "metadata": { "uid": "s", "labels": { "job-executor.keptn.sh/run": "r" } } });
        let mut plain = pod("a", "u", "1");
        plain["metadata"]["ownerReferences"][0]["controller"] = json!(false);
        let mut other_kind = pod("b", "u", "1");
        other_kind["metadata"]["ownerReferences"][0]["kind"] = json!("ReplicaSet");
        let mut other_group = pod("c", "u", "1");
        other_group["metadata"]["ownerReferences"][0]["apiVersion"] = json!("batch.example/v1");
        let mut sight = Sight::default();
        for json in [
            stranger,
            plain,
            other_kind,
            other_group,
            pod("d", "v", "1"),
            pod("e", "u", "3"),
            pod("f", "u", "2"),
        ] {
            sight.there(About::Pods, json);
        }
        let uids: Vec<_> = sight
            .pods("u")
            .iter()
            .map(|pod| text(&pod.json, "/metadata/uid").to_owned())
            .collect();
        assert_eq!(uids, ["f", "e"]);
    }
}
