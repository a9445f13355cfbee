//! Which registries may be reached how. What stands here opens something; without it every registry must have a public
//! address, answer over TLS that a known authority vouches for, and hand out its own tokens.
//!
//! ```yaml
//! registries:
//!   hosts:
//!     registry.internal:5000: { addresses: private, ca: "-----BEGIN CERTIFICATE-----…" }
//!     registry.example.com: { tokenHosts: [login.example.com], redirectHosts: [cache.example.com] }
//!   allowedRanges: [10.20.0.0/16]     # registries below these addresses need no entry of their own
//!   refusedRanges: [203.0.114.0/24]   # pods, services and nodes of a cluster with public addresses
//!   ca: "-----BEGIN CERTIFICATE-----…" # trusted beside the system's authorities
//!   proxy: http://proxy.example.com:3128
//! ```

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::Mirror;
use crate::image::Reference;
use crate::network::Cidr;
use crate::yaml::quoted;

/// Rules for the requests that the service itself sends to registries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Registries {
    /// By host and port as images name it; the port of https is left out.
    pub hosts: BTreeMap<String, RegistryHost>,
    /// Private, cluster or otherwise refused ranges whose addresses may be connected to.
    pub allowed_ranges: Vec<Cidr>,
    /// Further ranges that may not; they win over `allowedRanges`.
    pub refused_ranges: Vec<Cidr>,
    /// PEM of authorities that are trusted beside the system's.
    pub ca: String,
    /// Proxy for all hosts but the listed private ones and mirrors. It looks names up: only rules on names hold then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
}

/// What holds for one registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RegistryHost {
    /// Which addresses its name may have.
    pub addresses: Addresses,
    /// Other hosts that issue its tokens, and so see credentials for it.
    pub token_hosts: Vec<String>,
    /// Other hosts that it may redirect requests for manifests to; blobs may come from any public host.
    pub redirect_hosts: Vec<String>,
    /// PEM of the authorities that are trusted for it, instead of all others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ca: String,
}

/// Addresses that a registry may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addresses {
    /// Public ones, and those of `allowedRanges`.
    #[default]
    Public,
    /// Loopback, private and cluster addresses as well; link-local ones only through `allowedRanges`.
    Private,
}

impl Registries {
    /// Everything that is wrong with these rules and these mirrors, in a fixed order.
    #[must_use]
    pub fn problems(&self, mirrors: &BTreeMap<String, Mirror>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |field: String, host: &str| problems.extend(host_problem(&field, host));
        for (registry, mirror) in mirrors {
            check("mirrors".to_owned(), registry);
            check(format!("mirrors.{}.host", quoted(registry)), &mirror.host);
        }
        for (host, rules) in &self.hosts {
            check("registries.hosts".to_owned(), host);
            for (field, others) in [
                ("tokenHosts", &rules.token_hosts),
                ("redirectHosts", &rules.redirect_hosts),
            ] {
                for other in others {
                    check(format!("registries.hosts.{}.{field}", quoted(host)), other);
                }
            }
        }
        for (registry, mirror) in mirrors {
            problems.extend(path_problem(registry, &mirror.path));
        }
        problems.extend(self.proxy.as_deref().and_then(proxy_problem));
        problems
    }

    /// Whether nothing was set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A host has the one spelling that references have: an entry that is written otherwise would never be met.
fn host_problem(field: &str, host: &str) -> Option<String> {
    match Reference::parse(&format!("{host}/x/y")) {
        Ok(reference) if reference.registry() == host => None,
        Ok(reference) if reference.repository() == "x/y" => {
            Some(format!("{field}: write {} as `{}`", quoted(host), reference.registry()))
        }
        _ => Some(format!(
            "{field}: {} is no registry; write `host.domain` or `host:port` without a scheme",
            quoted(host)
        )),
    }
}

fn path_problem(registry: &str, path: &str) -> Option<String> {
    let repository = format!("{path}/x");
    let good = path.is_empty()
        || Reference::parse(&format!("registry.example/{repository}"))
            .is_ok_and(|reference| reference.repository() == repository);
    (!good).then(|| {
        format!(
            "mirrors.{}.path: {} is no path; write names joined by `/`, as in `proxy/hub`",
            quoted(registry),
            quoted(path)
        )
    })
}

/// Credentials of a proxy would be in every run record, as all settings are.
fn proxy_problem(proxy: &str) -> Option<String> {
    let host = proxy
        .strip_prefix("http://")
        .or_else(|| proxy.strip_prefix("https://"))
        .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
        .filter(|host| !host.is_empty() && !host.contains(['@', '/', '?', '#', ' ']));
    host.is_none()
        .then(|| "registries.proxy: write `http://host:port` or `https://host:port`, without credentials".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(yaml: &str) -> Vec<String> {
        #[derive(Deserialize)]
        struct Both {
            #[serde(default)]
            registries: Registries,
            #[serde(default)]
            mirrors: BTreeMap<String, Mirror>,
        }
        match serde_yaml::from_str::<Both>(yaml) {
            Ok(both) => both.registries.problems(&both.mirrors),
            Err(error) => vec![error.to_string()],
        }
    }

    #[test]
    fn what_could_never_be_met_is_refused() {
        for (yaml, expected) in [
            (
                "mirrors: { docker.io: { host: '127.0.0.1:15000', transport: http, path: a/b } }",
                None,
            ),
            (
                "registries: { hosts: { 'r.example:5000': { addresses: private, tokenHosts: [t.example] } } }",
                None,
            ),
            ("registries: { proxy: 'http://proxy:3128' }", None),
            ("registries: { allowedRanges: [10.0.0.0/8] }", None),
            ("registries: { hosts: { 'r.example:443': {} } }", Some("as `r.example`")),
            ("registries: { hosts: { 'R.example': {} } }", Some("as `r.example`")),
            (
                "registries: { hosts: { 'https://r.example': {} } }",
                Some("is no registry"),
            ),
            ("registries: { hosts: { '*.example': {} } }", Some("is no registry")),
            ("registries: { hosts: { r.example/path: {} } }", Some("is no registry")),
            ("registries: { hosts: { registry: {} } }", Some("is no registry")),
            (
                "registries: { hosts: { r.example: { tokenHosts: ['t.example/'] } } }",
                Some("tokenHosts"),
            ),
            (
                "registries: { hosts: { r.example: { redirectHosts: [''] } } }",
                Some("redirectHosts"),
            ),
            (
                "mirrors: { docker.io: { host: '' } }",
                Some("mirrors.\"docker.io\".host"),
            ),
            (
                "mirrors: { docker.io: { host: m.example, path: /a } }",
                Some("is no path"),
            ),
            (
                "mirrors: { docker.io: { host: m.example, path: ../a } }",
                Some("is no path"),
            ),
            (
                "mirrors: { docker.io: { host: m.example, path: a/ } }",
                Some("is no path"),
            ),
            (
                "registries: { proxy: 'http://user:canary@proxy:3128' }",
                Some("without credentials"),
            ),
            ("registries: { proxy: 'proxy:3128' }", Some("registries.proxy")),
            ("registries: { proxy: '' }", Some("registries.proxy")),
            (
                "registries: { allowedRanges: [10.0.0.1/8] }",
                Some("write `10.0.0.0/8`"),
            ),
            ("registries: { allow: [] }", Some("allow")),
            ("registries: { hosts: { r.example: { addresses: any } } }", Some("any")),
        ] {
            let problems = problems(yaml);
            match expected {
                None => assert!(problems.is_empty(), "{yaml}: {problems:?}"),
                Some(part) => assert!(
                    problems.len() == 1 && problems[0].contains(part) && !problems[0].contains("canary"),
                    "{yaml}: {problems:?}"
                ),
            }
        }
    }
}
