//! `privileged`: see the page below. Must never ask which privileges a container would use: root on the node is all.

use super::support::{each_container, over_pod};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Containers must not run privileged.
    ///
    /// **Field** `securityContext.privileged` **Allowed** `false`, unset
    ///
    /// **Policy** `security.privileged: deny` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// A privileged container has every capability, every device and no filter of system calls: it is root on the
    /// node, and no NetworkPolicy holds it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { privileged: true }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { privileged: false }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "privileged" => Pod(run), help = "remove `privileged: true`; ask for a named capability if one is needed"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.privileged == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        each_container(spec, found, |container, found| {
            let privileged = container.at(&["securityContext", "privileged"])?;
            if privileged.flag()? == Some(true) {
                found.denied(privileged.path(), "`privileged` is true; accepted: false or unset");
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

    #[test]
    fn privileged_containers_of_every_kind_are_found() {
        let deny = security(|rule| rule.privileged = Permission::Deny);
        pods(
            run,
            &deny,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[]),
                (
                    "null is unset",
                    r#"{"containers":[{"securityContext":{"privileged":null}}]}"#,
                    &[],
                ),
                (
                    "false",
                    r#"{"containers":[{"securityContext":{"privileged":false}}]}"#,
                    &[],
                ),
                (
                    "no container at all",
                    r#"{"containers":[]}"#,
                    &[
                        "spec.containers: `containers` is empty or absent, which cannot be judged; accepted: a list with at least one container",
                    ],
                ),
                (
                    "a container that is none",
                    r#"{"containers":[null]}"#,
                    &["spec.containers[0]: `containers[0]` is absent, which cannot be judged; accepted: an object"],
                ),
                (
                    "a list that is none",
                    r#"{"containers":[{}],"initContainers":{}}"#,
                    &["spec.initContainers: `initContainers` is an object, which cannot be judged; accepted: a list"],
                ),
                (
                    "a context that is none",
                    r#"{"containers":[{"securityContext":"privileged"}]}"#,
                    &[
                        "spec.containers[0].securityContext: `securityContext` is the text `privileged`, which cannot be judged; accepted: an object",
                    ],
                ),
                (
                    "a text",
                    r#"{"containers":[{"securityContext":{"privileged":"true"}}]}"#,
                    &[
                        "spec.containers[0].securityContext.privileged: `privileged` is the text `true`, which cannot be judged; accepted: `true` or `false`",
                    ],
                ),
                (
                    "each kind of container",
                    r#"{"containers":[{},{"securityContext":{"privileged":true}}],
                    "initContainers":[{"restartPolicy":"Always","securityContext":{"privileged":true}}],
                    "ephemeralContainers":[{"securityContext":{"privileged":true}}]}"#,
                    &[
                        "spec.initContainers[0].securityContext.privileged: `privileged` is true; accepted: false or unset",
                        "spec.containers[1].securityContext.privileged: `privileged` is true; accepted: false or unset",
                        "spec.ephemeralContainers[0].securityContext.privileged: `privileged` is true; accepted: false or unset",
                    ],
                ),
            ],
        );
        let allow = security(|rule| rule.privileged = Permission::Allow);
        pods(
            run,
            &allow,
            &[(
                "allowed",
                r#"{"containers":[{"securityContext":{"privileged":true}}]}"#,
                &[],
            )],
        );
    }
}
