//! `seccomp`: see the page below. Must never take a profile that names nothing for one.

use super::support::{Found, Malformed, Node, Platform, each_container, over_pod, platform, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Ruled, SeccompRule, Security};

check! {
    /// Containers must run with a filter of system calls.
    ///
    /// **Field** `securityContext.seccompProfile` **Allowed** type `RuntimeDefault`, or `Localhost` with a file; unset
    /// where the policy does not ask for one or the pod's own context has one
    ///
    /// **Policy** `security.seccomp` (profile `baseline`: not `Unconfined`, profile `restricted`: has to be set)
    ///
    /// ## Why
    ///
    /// Most kernel bugs that lead out of a container need a system call that no ordinary program makes. Unset means
    /// unconfined unless the node was configured otherwise. The old annotations are judged as well.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { seccompProfile: { type: Unconfined } }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { seccompProfile: { type: RuntimeDefault } }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    "seccomp" => Pod(run), help = "set `seccompProfile: { type: RuntimeDefault }`"
}

const OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    let rule = security.rule.seccomp;
    if rule == SeccompRule::Any {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        // The annotations stopped working in Kubernetes 1.27; a cluster that still reads them must not be fooled.
        let outcome = annotations(&Node::new("metadata", pod.metadata), found);
        found.read(outcome);
        if platform(spec)? == Platform::Windows {
            return Ok(());
        }
        let outcome = spec
            .at(&["securityContext", "seccompProfile"])
            .and_then(|profile| judge(&profile, found));
        // A bad profile of the pod is one finding, not one more for each container that says nothing.
        let of_pod = found.read(outcome).unwrap_or(Said::Something);
        each_container(spec, found, |container, found| {
            let profile = container.at(&["securityContext", "seccompProfile"])?;
            let said = judge(&profile, found)?;
            if (said, of_pod, rule) == (Said::Nothing, Said::Nothing, SeccompRule::Set) {
                let message =
                    "`seccompProfile` is unset, here and at the pod; accepted: type `RuntimeDefault` or `Localhost`";
                found.denied(profile.path(), message);
            }
            Ok(())
        });
        Ok(())
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Something,
}

fn judge(profile: &Node<'_>, found: &mut Found<'_>) -> Result<Said, Malformed> {
    if !profile.is_set() {
        return Ok(Said::Nothing);
    }
    let kind = profile.get("type")?;
    let file = profile.get("localhostProfile")?;
    match kind.text()? {
        Some("RuntimeDefault") => {}
        Some("Localhost") if file.text()?.is_some_and(|file| !file.is_empty()) => {}
        // Some kubelets ran a container unconfined when the name was empty (CVE-2023-2431).
        Some("Localhost") => found.denied(
            file.path(),
            "`localhostProfile` names no file; accepted: a file below the kubelet's seccomp folder",
        ),
        Some(other) => found.denied(
            kind.path(),
            format!(
                "seccomp profile {} is refused; accepted: `RuntimeDefault` or `Localhost`",
                quoted(other)
            ),
        ),
        None => found.denied(
            kind.path(),
            "the seccomp profile has no type; accepted: `RuntimeDefault` or `Localhost`",
        ),
    }
    Ok(Said::Something)
}

fn annotations(metadata: &Node<'_>, found: &mut Found<'_>) -> Result<(), Malformed> {
    for (key, value) in metadata.get("annotations")?.entries()? {
        if key != OF_POD && !key.starts_with(OF_CONTAINER) {
            continue;
        }
        let profile = value.text()?.unwrap_or_default();
        if !matches!(profile, "runtime/default" | "docker/default")
            && profile.strip_prefix("localhost/").is_none_or(str::is_empty)
        {
            let message = format!(
                "seccomp annotation is {}; accepted: no such annotation, or `runtime/default`",
                quoted(profile)
            );
            found.denied(value.path(), message);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    const AT: &str = "spec.containers[0].securityContext.seccompProfile";

    #[test]
    fn a_profile_that_is_set_has_to_filter() {
        for rule in [SeccompRule::NotUnconfined, SeccompRule::Set] {
            let rule = security(|security| security.seccomp = rule);
            for (profile, expected) in [
                (r#"{"type":"RuntimeDefault"}"#, None),
                (r#"{"type":"Localhost","localhostProfile":"jobs.json"}"#, None),
                (
                    r#"{"type":"Unconfined"}"#,
                    Some(".type: seccomp profile `Unconfined` is refused; accepted: `RuntimeDefault` or `Localhost`"),
                ),
                (
                    r#"{"type":"runtimeDefault"}"#,
                    Some(
                        ".type: seccomp profile `runtimeDefault` is refused; accepted: `RuntimeDefault` or `Localhost`",
                    ),
                ),
                (
                    "{}",
                    Some(".type: the seccomp profile has no type; accepted: `RuntimeDefault` or `Localhost`"),
                ),
                (
                    r#"{"type":"Localhost"}"#,
                    Some(
                        ".localhostProfile: `localhostProfile` names no file; accepted: a file below the kubelet's seccomp folder",
                    ),
                ),
                (
                    r#"{"type":"Localhost","localhostProfile":""}"#,
                    Some(
                        ".localhostProfile: `localhostProfile` names no file; accepted: a file below the kubelet's seccomp folder",
                    ),
                ),
                (
                    r#""RuntimeDefault""#,
                    Some(
                        ": `seccompProfile` is the text `RuntimeDefault`, which cannot be judged; accepted: an object",
                    ),
                ),
            ] {
                let pod = format!(r#"{{"containers":[{{"securityContext":{{"seccompProfile":{profile}}}}}]}}"#);
                let expected: Vec<String> = expected.iter().map(|text| format!("{AT}{text}")).collect();
                let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
                pods(run, &rule, &[(profile, &pod, &expected)]);
            }
        }
    }

    #[test]
    fn unset_is_accepted_only_where_the_rule_says_so() {
        const UNSET: &str = "spec.containers[0].securityContext.seccompProfile: \
            `seccompProfile` is unset, here and at the pod; accepted: type `RuntimeDefault` or `Localhost`";
        const POD: &str = "spec.securityContext.seccompProfile.type: \
            seccomp profile `Unconfined` is refused; accepted: `RuntimeDefault` or `Localhost`";
        const OLD: &str = "metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: \
            seccomp annotation is `unconfined`; accepted: no such annotation, or `runtime/default`";
        let loose = security(|security| security.seccomp = SeccompRule::NotUnconfined);
        let strict = security(|security| security.seccomp = SeccompRule::Set);
        let by_pod = r#"{"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{}]}"#;
        let bad_pod = r#"{"securityContext":{"seccompProfile":{"type":"Unconfined"}},"containers":[{}]}"#;
        let windows = r#"{"os":{"name":"windows"},"containers":[{}]}"#;
        let old = r#"{"metadata":{"annotations":{"seccomp.security.alpha.kubernetes.io/pod":"unconfined"}},
            "spec":{"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{}]}}"#;
        pods(
            run,
            &loose,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[]),
                ("bad pod", bad_pod, &[POD]),
            ],
        );
        pods(
            run,
            &strict,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[UNSET]),
                ("by the pod", by_pod, &[]),
                ("bad pod", bad_pod, &[POD]),
                ("windows", windows, &[]),
                ("old annotation", old, &[OLD]),
            ],
        );
        pods(run, &security(|_| {}), &[("anything goes", bad_pod, &[])]);
    }
}
