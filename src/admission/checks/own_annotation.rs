//! `own-annotation`: see the page below. Keys are compared without regard to case: readers differ there.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};
use crate::manifest::names;

check! {
    /// Tasks must not set annotations of this service or of Kubernetes, or such that no object can have.
    ///
    /// **Field** `annotations` **Allowed** well-formed keys that do not begin with `job-executor.keptn.sh/`, and whose
    /// prefix is not `kubernetes.io`, `k8s.io` or below them
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// Under our prefix stands what a Job is and who started it; a task that could write there could take another's
    /// place. Keys of Kubernetes switch off confinement (`container.apparmor.security.beta.kubernetes.io/…`,
    /// `seccomp.security.alpha.kubernetes.io/…`) or steer schedulers and proxies.
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
    if prefix.is_some_and(is_of_kubernetes) {
        return Some("is kept for Kubernetes");
    }
    let well_formed = is_name(name) && prefix.is_none_or(is_domain);
    (!well_formed).then_some(
        "is no key that an object can have; accepted: `name` or `domain/name` of letters, digits, `-`, `_` and `.`",
    )
}

fn is_of_kubernetes(prefix: &str) -> bool {
    ["kubernetes.io", "k8s.io"].iter().any(|domain| {
        prefix
            .strip_suffix(domain)
            .is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
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
    fn keys_of_ours_and_of_kubernetes_and_malformed_ones_are_refused() {
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
            ("k8s.v1.cni.cncf.io/networks", None),
            ("policy.NODE.k8s.io/x", theirs),
            ("notkubernetes.io/x", None),
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
