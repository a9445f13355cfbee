//! What a fence lets through, in our own words, before it becomes a NetworkPolicy.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One destination that a task may reach, with its ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EgressRule {
    /// Where to. Never empty.
    pub to: Vec<Peer>,
    /// Which ports; empty means all ports of those destinations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
}

/// A destination: outside the cluster by address range, inside by labels.
///
/// Cilium does not match pods by address range, so in-cluster destinations are always named by labels (DESIGN promise 6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Peer {
    /// An address range, IPv4 or IPv6, without the listed parts.
    Cidr {
        /// For example `0.0.0.0/0`.
        cidr: String,
        /// Parts of it that stay closed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<String>,
    },
    /// Pods by label in namespaces by label; empty maps match all.
    Pods {
        /// Labels of the namespace, usually `kubernetes.io/metadata.name`.
        #[serde(default)]
        namespace: BTreeMap<String, String>,
        /// Labels of the pod.
        #[serde(default)]
        pods: BTreeMap<String, String>,
    },
}

/// A port of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Port {
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// The port, or the first of a range.
    pub port: u16,
    /// The last port of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_port: Option<u16>,
}

/// Transport protocol, in Kubernetes' spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}
