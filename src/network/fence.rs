//! The fence: the NetworkPolicy that stands before a task's pod. A leaf file: its fields are nobody else's.
//!
//! Its name and the label it selects by are the hash of its rules, so that tasks with the same rules share one
//! and a stored fence that was changed no longer has the name it should have.

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{EgressRule, Peer, Port};
use crate::manifest::names;

/// A task's NetworkPolicy, complete but for its namespace. Made of what policies grant, by `network::fence` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    rules: Vec<EgressRule>,
    hash: String,
}

impl Fence {
    /// The fence that lets through exactly these rules, whatever their order.
    #[must_use]
    pub(crate) fn of_rules(mut rules: Vec<EgressRule>) -> Self {
        for rule in &mut rules {
            rule.to.sort();
            rule.to.dedup();
            rule.ports.sort();
            rule.ports.dedup();
        }
        rules.sort();
        rules.dedup();
        let text = crate::canonical::text(&rules);
        let digest = Sha256::digest(format!("fence/v1\n{text}").as_bytes());
        let hash: String = BASE32_NOPAD
            .encode(&digest)
            .to_ascii_lowercase()
            .chars()
            .take(26)
            .collect();
        Self { rules, hash }
    }

    /// Value of the label that selects pods behind this fence.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Name of the NetworkPolicy.
    #[must_use]
    pub fn name(&self) -> String {
        format!("fence-{}", self.hash)
    }

    /// What it lets through.
    #[must_use]
    pub fn rules(&self) -> &[EgressRule] {
        &self.rules
    }

    /// The NetworkPolicy object for a namespace.
    #[must_use]
    pub fn manifest(&self, namespace: &str, deployment: &str) -> Value {
        json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": self.name(),
                "namespace": namespace,
                "labels": { names::MANAGED_BY: deployment },
            },
            "spec": self.spec(),
        })
    }

    /// The `spec` that the stored object has to have.
    #[must_use]
    pub fn spec(&self) -> Value {
        json!({
            "podSelector": { "matchLabels": { names::FENCE: self.hash } },
            "policyTypes": ["Ingress", "Egress"],
            "egress": self.rules.iter().map(rule_manifest).collect::<Vec<_>>(),
        })
    }
}

/// The permanent policy of a job namespace: all our task pods, nothing in, nothing out.
#[must_use]
pub fn base_manifest(namespace: &str, deployment: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": names::BASE_FENCE,
            "namespace": namespace,
            "labels": { names::MANAGED_BY: deployment },
        },
        "spec": base_spec(),
    })
}

/// The `spec` of the base policy.
#[must_use]
pub fn base_spec() -> Value {
    json!({
        "podSelector": { "matchExpressions": [{ "key": names::FENCE, "operator": "Exists" }] },
        "policyTypes": ["Ingress", "Egress"],
    })
}

fn rule_manifest(rule: &EgressRule) -> Value {
    let mut manifest = json!({ "to": rule.to.iter().map(peer_manifest).collect::<Vec<_>>() });
    if !rule.ports.is_empty() {
        let ports: Vec<Value> = rule.ports.iter().map(port_manifest).collect();
        if let Some(object) = manifest.as_object_mut() {
            object.insert("ports".to_owned(), Value::Array(ports));
        }
    }
    manifest
}

fn peer_manifest(peer: &Peer) -> Value {
    match peer {
        Peer::Cidr { cidr, except } if except.is_empty() => json!({ "ipBlock": { "cidr": cidr } }),
        Peer::Cidr { cidr, except } => json!({ "ipBlock": { "cidr": cidr, "except": except } }),
        Peer::Pods { namespace, pods } => json!({
            "namespaceSelector": selector(namespace),
            "podSelector": selector(pods),
        }),
    }
}

fn selector(labels: &std::collections::BTreeMap<String, String>) -> Value {
    if labels.is_empty() {
        json!({})
    } else {
        json!({ "matchLabels": labels })
    }
}

fn port_manifest(port: &Port) -> Value {
    match port.end_port {
        None => json!({ "protocol": port.protocol, "port": port.port }),
        Some(end) => json!({ "protocol": port.protocol, "port": port.port, "endPort": end }),
    }
}
