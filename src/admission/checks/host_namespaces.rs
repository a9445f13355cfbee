//! `host-namespaces`: see the page below.

use super::support::over_pod;
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Pods must not share the node's network, processes or memory.
    ///
    /// **Field** `spec.hostNetwork`, `spec.hostPID`, `spec.hostIPC` **Allowed** `false`, unset; `job/config.yaml` has no
    /// such fields
    ///
    /// **Policy** `security.hostNamespaces: deny` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// In the node's network no NetworkPolicy holds a pod; among its processes every secret of every neighbour can be
    /// read.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec: { hostNetwork: true, containers: [ { name: main } ] }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// pod:
    ///   spec: { hostNetwork: false, containers: [ { name: main } ] }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "host-namespaces" => Pod(run), help = "leave `hostNetwork`, `hostPID` and `hostIPC` out"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.host_namespaces == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            let outcome = spec.get(key).and_then(|node| node.flag());
            if found.read(outcome).flatten() == Some(true) {
                found.denied(
                    format!("spec.{key}"),
                    format!("`{key}` is true; accepted: false or unset"),
                );
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    #[test]
    fn each_namespace_of_the_node_is_a_finding_of_its_own() {
        let deny = security(|rule| rule.host_namespaces = Permission::Deny);
        let all = r#"{"hostNetwork":true,"hostPID":true,"hostIPC":true}"#;
        pods(
            run,
            &deny,
            &[
                ("nothing is set", r"{}", &[]),
                (
                    "no spec",
                    r#"{"spec":null}"#,
                    &[
                        "spec: `spec` is absent, which cannot be judged; accepted: an object with the containers of the pod",
                    ],
                ),
                (
                    "all false",
                    r#"{"hostNetwork":false,"hostPID":false,"hostIPC":false}"#,
                    &[],
                ),
                (
                    "all true",
                    all,
                    &[
                        "spec.hostNetwork: `hostNetwork` is true; accepted: false or unset",
                        "spec.hostPID: `hostPID` is true; accepted: false or unset",
                        "spec.hostIPC: `hostIPC` is true; accepted: false or unset",
                    ],
                ),
                (
                    "a text",
                    r#"{"hostPID":"yes","hostIPC":true}"#,
                    &[
                        "spec.hostPID: `hostPID` is the text `yes`, which cannot be judged; accepted: `true` or `false`",
                        "spec.hostIPC: `hostIPC` is true; accepted: false or unset",
                    ],
                ),
                (
                    "windows is no excuse",
                    r#"{"os":{"name":"windows"},"hostNetwork":true}"#,
                    &["spec.hostNetwork: `hostNetwork` is true; accepted: false or unset"],
                ),
            ],
        );
        pods(run, &security(|_| {}), &[("allowed", all, &[])]);
    }
}
