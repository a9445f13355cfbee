//! `own-annotation`: see the page below. Keys are compared without regard to case: readers differ there.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};
use crate::manifest::names;

check! {
    /// Tasks must not set annotations that others obey, or such that no object can have.
    ///
    /// **Field** `annotations` **Allowed** well-formed keys that do not begin with `job-executor.keptn.sh/`, whose prefix
    /// is not `kubernetes.io`, `k8s.io` or below them, and that no network plugin or container runtime obeys
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// Under our prefix stands what a Job is and who started it; a task that could write there could take another's
    /// place. Keys of Kubernetes switch off confinement (`container.apparmor.security.beta.kubernetes.io/…`,
    /// `seccomp.security.alpha.kubernetes.io/…`) or steer schedulers and proxies. Keys of network plugins give a pod a
    /// second network that no fence knows (`k8s.v1.cni.cncf.io/networks`), keys of runtimes devices of the node, hooks
    /// and other hypervisors (`io.kubernetes.cri-o.Devices`, `io.katacontainers.config.…`).
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   annotations: { job-executor.keptn.sh/nonce: "1" }
    /// policy:
    ///   annotations: { allow: ["**"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   annotations: { example.com/team: carts }
    /// policy:
    ///   annotations: { allow: ["**"] }
    /// ```
    "own-annotation" => Invariant(run), help = "remove the annotation, or use a key of your own domain"
}

/// Most bytes that all annotations of an object may have, by Kubernetes.
const MOST_BYTES: usize = 256 * 1024;
/// Longest name and longest prefix of a key, by Kubernetes.
const LONGEST_NAME: usize = 63;
const LONGEST_PREFIX: usize = 253;

/// Domains whose keys nobody may set, with all below them, and whose they are.
const DOMAINS: [(&str, &str); 9] = [
    ("kubernetes.io", "is kept for Kubernetes"),
    ("k8s.io", "is kept for Kubernetes"),
    ("cilium.io", NETWORK),
    ("cni.cncf.io", NETWORK),
    ("k8s.ovn.org", NETWORK),
    ("multus-cni.io", NETWORK),
    ("networking.gke.io", NETWORK),
    ("projectcalico.org", NETWORK),
    ("crio.io", RUNTIME),
];
/// Beginnings of keys that name a program backwards, with a slash behind them or not.
const BEGINNINGS: [(&str, &str); 7] = [
    ("dev.gvisor.", RUNTIME),
    ("io.cilium", NETWORK),
    ("io.containerd.", RUNTIME),
    ("io.katacontainers.", RUNTIME),
    ("io.kubernetes.", RUNTIME),
    ("module.wasm.", RUNTIME),
    ("run.oci.", RUNTIME),
];
const NETWORK: &str = "steers the network of the pod, around its fence";
const RUNTIME: &str = "steers the container runtime of the node";

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let annotations = &view.plan.annotations;
    let mut raws: Vec<Raw> = annotations
        .keys()
        .filter_map(|key| {
            let why = refused(key)?;
            Some(Raw::denied(
                format!("annotations.{key}"),
                format!("annotation {} {why}", quoted(key)),
            ))
        })
        .collect();
    let bytes = annotations.iter().fold(0usize, |sum, (key, value)| {
        sum.saturating_add(key.len()).saturating_add(value.len())
    });
    if bytes > MOST_BYTES {
        raws.push(Raw::denied(
            "annotations",
            format!("the annotations have {bytes} bytes; accepted: up to {MOST_BYTES}"),
        ));
    }
    raws
}

fn refused(key: &str) -> Option<&'static str> {
    let lower = key.to_ascii_lowercase();
    if lower.starts_with(names::PREFIX) {
        return Some("is kept for this service");
    }
    let (prefix, name) = match lower.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, lower.as_str()),
    };
    // CRI-O's own keys are names of its domain without a slash behind them.
    let reserved = reserved_domain(prefix.unwrap_or(name)).or_else(|| {
        let begins = |(beginning, _): &&(&str, &str)| lower.starts_with(beginning);
        BEGINNINGS.iter().find(begins).map(|(_, whose)| *whose)
    });
    if reserved.is_some() {
        return reserved;
    }
    let well_formed = is_name(name) && prefix.is_none_or(is_domain);
    (!well_formed).then_some(
        "is no key that an object can have; accepted: `name` or `domain/name` of letters, digits, `-`, `_` and `.`",
    )
}

/// Whose domain a prefix is, or lies below.
fn reserved_domain(prefix: &str) -> Option<&'static str> {
    let within = |(domain, _): &&(&str, &str)| {
        prefix
            .strip_suffix(domain)
            .is_some_and(|below| below.is_empty() || below.ends_with('.'))
    };
    DOMAINS.iter().find(within).map(|(_, whose)| *whose)
}

fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let outer = |c: char| c.is_ascii_alphanumeric();
    name.len() <= LONGEST_NAME && name.chars().all(inner) && name.starts_with(outer) && name.ends_with(outer)
}

fn is_domain(prefix: &str) -> bool {
    let label = |label: &str| {
        let plain = label
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        !label.is_empty() && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn keys_that_others_obey_and_malformed_ones_are_refused() {
        let (ours, theirs) = (Some("is kept for this service"), Some("is kept for Kubernetes"));
        for (key, expected) in [
            ("team", None),
            ("example.com/team", None),
            ("example.com/Team_a.b-c", None),
            ("sidecar.istio.io/inject", None),
            ("job-executor.keptn.sh", None),
            ("job-executor.keptn.sh.example.com/x", None),
            ("job-executor.keptn.sh/nonce", ours),
            ("Job-Executor.Keptn.SH/nonce", ours),
            ("job-executor.keptn.sh/", ours),
            ("kubernetes.io/psp", theirs),
            ("k8s.io/x", theirs),
            ("scheduler.alpha.kubernetes.io/critical-pod", theirs),
            ("container.apparmor.security.beta.kubernetes.io/main", theirs),
            ("seccomp.security.alpha.kubernetes.io/pod", theirs),
            ("policy.NODE.k8s.io/x", theirs),
            ("notkubernetes.io/x", None),
            ("k8s.v1.cni.cncf.io/networks", Some(NETWORK)),
            ("v1.multus-cni.io/default-network", Some(NETWORK)),
            ("k8s.ovn.org/pod-networks", Some(NETWORK)),
            ("cni.projectcalico.org/ipAddrs", Some(NETWORK)),
            ("policy.cilium.io/no-track-port", Some(NETWORK)),
            ("io.cilium.proxy-visibility", Some(NETWORK)),
            ("networking.gke.io/interfaces", Some(NETWORK)),
            ("notcilium.io/x", None),
            ("cilium.io.example.com/x", None),
            ("cpu-quota.crio.io", Some(RUNTIME)),
            ("cpu-quota.crio.io/x", Some(RUNTIME)),
            ("io.kubernetes.cri-o.Devices", Some(RUNTIME)),
            ("IO.Kubernetes.CRI-O.Devices", Some(RUNTIME)),
            ("io.kubernetes.cri-o.x/main", Some(RUNTIME)),
            ("io.katacontainers.config.hypervisor.path", Some(RUNTIME)),
            ("run.oci.handler", Some(RUNTIME)),
            ("dev.gvisor.flag.network", Some(RUNTIME)),
            ("io.kubernetesque", None),
        ] {
            assert_eq!(refused(key), expected, "{key}");
        }
        for key in [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            "a b",
            "-a",
            "a-",
            "exa_mple.com/a",
            ".com/a",
            "a..b/c",
            "ключ",
            &"x".repeat(64),
        ] {
            assert!(refused(key).is_some_and(|why| why.starts_with("is no key")), "{key}");
        }
    }

    #[test]
    fn every_key_is_a_finding_of_its_own() {
        tasks(
            &CHECK,
            &[
                ("none", "task: {}", &[]),
                ("good", "task: { annotations: { example.com/a: b } }", &[]),
                (
                    "bad",
                    "task: { annotations: { job-executor.keptn.sh/nonce: b, a b: c } }",
                    &[
                        "annotations.a b: annotation `a b` is no key that an object can have; accepted: `name` or `domain/name` of letters, digits, `-`, `_` and `.`",
                        "annotations.job-executor.keptn.sh/nonce: annotation `job-executor.keptn.sh/nonce` is kept for this service",
                    ],
                ),
                ("too much", r#"task: { annotations: { a: "xxxxxxxxxx" } }"#, &[]),
            ],
        );
    }

    #[test]
    fn together_they_have_a_limit() {
        for (length, expected) in [
            (MOST_BYTES - 1, None),
            (
                MOST_BYTES,
                Some("annotations: the annotations have 262145 bytes; accepted: up to 262144"),
            ),
        ] {
            let yaml = format!("task: {{ annotations: {{ a: \"{}\" }} }}", "x".repeat(length));
            tasks(&CHECK, &[("long", &yaml, expected.as_slice())]);
        }
    }
}
