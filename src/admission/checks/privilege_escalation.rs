//! `privilege-escalation`: see the page below. Must never read unset as false: Kubernetes reads it as true.

use super::support::{Platform, each_container, over_pod, platform};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Containers must not let a process gain more rights than its parent.
    ///
    /// **Field** `securityContext.allowPrivilegeEscalation` **Allowed** `false`; Windows pods cannot set it
    ///
    /// **Policy** `security.allowPrivilegeEscalation: deny` (profile `restricted`)
    ///
    /// ## Why
    ///
    /// A file with the setuid bit or with capabilities gives root to whoever runs it. `false` switches that off for the
    /// container (`no_new_privs`). Unset means true.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { allowPrivilegeEscalation: true }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { allowPrivilegeEscalation: false }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    "privilege-escalation" => Pod(run), help = "set `allowPrivilegeEscalation: false`"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.privilege_escalation == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        if platform(spec)? == Platform::Windows {
            return Ok(());
        }
        each_container(spec, found, |container, found| {
            let node = container.at(&["securityContext", "allowPrivilegeEscalation"])?;
            match node.flag()? {
                Some(false) => {}
                Some(true) => found.denied(node.path(), "`allowPrivilegeEscalation` is true; accepted: false"),
                None => found.denied(
                    node.path(),
                    "`allowPrivilegeEscalation` is unset, which means true; accepted: false",
                ),
            }
            Ok(())
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    const FIELD: &str = "spec.containers[0].securityContext.allowPrivilegeEscalation";

    #[test]
    fn unset_is_as_bad_as_true() {
        let deny = security(|rule| rule.privilege_escalation = Permission::Deny);
        let unset = format!("{FIELD}: `allowPrivilegeEscalation` is unset, which means true; accepted: false");
        let set = format!("{FIELD}: `allowPrivilegeEscalation` is true; accepted: false");
        let number = format!(
            "{FIELD}: `allowPrivilegeEscalation` is the number `0`, which cannot be judged; accepted: `true` or `false`"
        );
        pods(
            run,
            &deny,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[&unset]),
                (
                    "an empty context",
                    r#"{"containers":[{"securityContext":{}}]}"#,
                    &[&unset],
                ),
                (
                    "true",
                    r#"{"containers":[{"securityContext":{"allowPrivilegeEscalation":true}}]}"#,
                    &[&set],
                ),
                (
                    "false",
                    r#"{"containers":[{"securityContext":{"allowPrivilegeEscalation":false}}]}"#,
                    &[],
                ),
                (
                    "a number",
                    r#"{"containers":[{"securityContext":{"allowPrivilegeEscalation":0}}]}"#,
                    &[&number],
                ),
                ("windows", r#"{"os":{"name":"windows"},"containers":[{}]}"#, &[]),
                (
                    "linux by name",
                    r#"{"os":{"name":"linux"},"containers":[{}]}"#,
                    &[&unset],
                ),
                (
                    "windows in the wrong case",
                    r#"{"os":{"name":"Windows"},"containers":[{}]}"#,
                    &[&unset],
                ),
                (
                    "a sidecar",
                    r#"{"initContainers":[{"restartPolicy":"Always"}],
                "containers":[{"securityContext":{"allowPrivilegeEscalation":false}}]}"#,
                    &["spec.initContainers[0].securityContext.allowPrivilegeEscalation: \
                 `allowPrivilegeEscalation` is unset, which means true; accepted: false"],
                ),
            ],
        );
        pods(run, &security(|_| {}), &[("allowed", r#"{"containers":[{}]}"#, &[])]);
    }
}
