//! Which NetworkPolicy is ours, and whether a stored one says what it should. Pure.

use serde_json::{Map, Value, json};

use crate::admission::ForeignPolicy;
use crate::cluster::api::text;
use crate::manifest::names;
use crate::network::base_spec;

/// Whether a stored `spec` means what the expected one means. What the API server fills in or drops is no difference.
pub(super) fn same_spec(stored: &Value, expected: &Value) -> bool {
    normalised(stored) == normalised(expected)
}

/// Every policy that is neither our base policy nor one of our fences, in order of name.
pub(super) fn foreign<'a>(policies: impl Iterator<Item = &'a Value>) -> Vec<ForeignPolicy> {
    let mut foreign: Vec<ForeignPolicy> = policies
        .filter(|policy| !is_ours(policy))
        .map(|policy| ForeignPolicy {
            name: text(policy, "/metadata/name").to_owned(),
            spec: policy.get("spec").cloned().unwrap_or_default(),
        })
        .collect();
    foreign.sort_by(|a, b| a.name.cmp(&b.name));
    foreign
}

/// Ours is what has our name *and* selects only what that name may select: whatever else it says is put right before
/// the next task of that fence starts. A policy that borrows a name to select other pods is somebody else's.
pub(super) fn is_ours(policy: &Value) -> bool {
    let name = text(policy, "/metadata/name");
    let selector = policy
        .pointer("/spec/podSelector")
        .map(tidy_selector)
        .unwrap_or_default();
    if name == names::BASE_FENCE {
        return base_spec().get("podSelector").map(tidy_selector) == Some(selector);
    }
    match name.strip_prefix("fence-") {
        Some(hash) => selector == json!({ "matchLabels": { names::FENCE: hash } }),
        None => false,
    }
}

/// Only what the API server itself treats as equal is made equal here: an empty rule (`{}`) lets everything through,
/// so nothing inside a list may be dropped.
fn normalised(spec: &Value) -> Value {
    let Some(fields) = spec.as_object() else {
        return spec.clone();
    };
    let mut out = Map::new();
    for (key, value) in fields {
        let value = match (key.as_str(), value) {
            ("ingress" | "egress", Value::Null) => continue,
            ("ingress" | "egress", Value::Array(rules)) if rules.is_empty() => continue,
            ("ingress" | "egress", Value::Array(rules)) => Value::Array(rules.iter().map(tidy_rule).collect()),
            ("podSelector", selector) => tidy_selector(selector),
            ("policyTypes", Value::Array(types)) => {
                let mut types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
                types.sort_unstable();
                json!(types)
            }
            (_, other) => other.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

fn tidy_rule(rule: &Value) -> Value {
    let Some(fields) = rule.as_object() else {
        return rule.clone();
    };
    let mut out = Map::new();
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("to" | "from" | "ports", Value::Null) => {}
            ("to" | "from" | "ports", Value::Array(list)) if list.is_empty() => {}
            ("to" | "from", Value::Array(peers)) => {
                out.insert(key.clone(), Value::Array(peers.iter().map(tidy_peer).collect()));
            }
            ("ports", Value::Array(ports)) => {
                out.insert(key.clone(), Value::Array(ports.iter().map(tidy_port).collect()));
            }
            (_, other) => {
                out.insert(key.clone(), other.clone());
            }
        }
    }
    Value::Object(out)
}

fn tidy_peer(peer: &Value) -> Value {
    let Some(fields) = peer.as_object() else {
        return peer.clone();
    };
    let tidy = |(key, value): (&String, &Value)| match (key.as_str(), value) {
        (_, Value::Null) => None,
        ("podSelector" | "namespaceSelector", selector) => Some((key.clone(), tidy_selector(selector))),
        ("ipBlock", block) => Some((key.clone(), without_empty(block, &["except"]))),
        (_, other) => Some((key.clone(), other.clone())),
    };
    Value::Object(fields.iter().filter_map(tidy).collect())
}

fn tidy_port(port: &Value) -> Value {
    let mut port = port.clone();
    if let Some(fields) = port.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        fields.entry("protocol").or_insert_with(|| json!("TCP"));
    }
    port
}

fn tidy_selector(selector: &Value) -> Value {
    without_empty(selector, &["matchLabels", "matchExpressions"])
}

/// Drops the named fields where they are null or empty.
fn without_empty(value: &Value, names: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|key, value| {
            let empty = value.is_null()
                || value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(Map::is_empty);
            !(empty && names.contains(&key.as_str()))
        });
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_fills_in_is_no_difference() {
        let expected = json!({
            "podSelector": { "matchLabels": { "a": "b" } }, "policyTypes": ["Ingress", "Egress"],
            "egress": [{ "to": [{ "ipBlock": { "cidr": "1.0.0.0/8" } }, { "namespaceSelector": {}, "podSelector": {} }],
                         "ports": [{ "port": 53 }] }],
        });
        let stored = json!({
            "podSelector": { "matchLabels": { "a": "b" }, "matchExpressions": [] }, "policyTypes": ["Egress", "Ingress"],
            "ingress": [],
            "egress": [{ "to": [{ "ipBlock": { "cidr": "1.0.0.0/8", "except": [] } },
                                { "namespaceSelector": { "matchLabels": {} }, "podSelector": {} }],
                         "ports": [{ "port": 53, "protocol": "TCP" }] }],
        });
        assert!(same_spec(&stored, &expected));
        assert!(same_spec(&json!({ "egress": [] }), &json!({ "egress": null })));
    }

    #[test]
    fn every_difference_that_counts_is_seen() {
        let expected = json!({
            "podSelector": { "matchLabels": { "a": "b" } }, "policyTypes": ["Ingress", "Egress"],
            "egress": [{ "to": [{ "ipBlock": { "cidr": "1.0.0.0/8", "except": ["1.1.0.0/16"] } }], "ports": [{ "port": 53, "protocol": "UDP" }] }],
        });
        for (pointer, value) in [
            ("/podSelector", json!({})),
            ("/podSelector", json!({ "matchLabels": { "a": "c" } })),
            ("/policyTypes", json!(["Ingress"])),
            ("/egress", json!([{}])),
            ("/egress", json!([])),
            ("/egress/0/to", json!([])),
            ("/egress/0/to/0/ipBlock/cidr", json!("0.0.0.0/0")),
            ("/egress/0/to/0/ipBlock/except", json!([])),
            ("/egress/0/to/0", json!({ "podSelector": {} })),
            ("/egress/0/ports", json!([])),
            ("/egress/0/ports/0", json!({ "port": 53 })),
            (
                "/egress/0/ports/0",
                json!({ "port": 53, "protocol": "UDP", "endPort": 99 }),
            ),
        ] {
            let mut stored = expected.clone();
            *stored.pointer_mut(pointer).unwrap() = value.clone();
            assert!(!same_spec(&stored, &expected), "{pointer} {value}");
        }
        for addition in [json!({ "ingress": [{}] }), json!({ "unheard": 1 })] {
            let mut stored = expected.clone();
            stored
                .as_object_mut()
                .unwrap()
                .extend(addition.as_object().unwrap().clone());
            assert!(!same_spec(&stored, &expected), "{addition}");
        }
        assert!(!same_spec(&Value::Null, &expected));
    }

    #[test]
    fn a_policy_is_ours_by_name_and_selector_together() {
        let policy =
            |name: &str, selector: Value| json!({ "metadata": { "name": name }, "spec": { "podSelector": selector } });
        let behind = |hash: &str| json!({ "matchLabels": { names::FENCE: hash } });
        let base = base_spec().get("podSelector").unwrap().clone();
        let ours = [
            policy(names::BASE_FENCE, base.clone()),
            policy("fence-abc", behind("abc")),
        ];
        let others = [
            policy("allow-all", json!({})),
            policy("fence-abc", json!({})),
            policy("fence-abc", behind("abd")),
            policy("fence-abc", base.clone()),
            policy(names::BASE_FENCE, json!({})),
            policy("Fence-abc", behind("abc")),
            json!({ "metadata": { "name": "fence-abc" } }),
            json!({}),
        ];
        for policy in &ours {
            assert!(is_ours(policy), "{policy}");
        }
        for policy in &others {
            assert!(!is_ours(policy), "{policy}");
        }
        let listed = foreign(ours.iter().chain(&others));
        assert_eq!(listed.len(), others.len());
        assert!(listed.is_sorted_by_key(|policy| policy.name.clone()));
    }
}
