//! `windows-host-process`: see the page below. Holds whatever operating system the pod names.

use super::support::{Found, Malformed, Node, each_container, over_pod};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Windows containers must not run as processes of the node.
    ///
    /// **Field** `securityContext.windowsOptions.hostProcess` **Allowed** `false`, unset; `job/config.yaml` has no such
    /// field
    ///
    /// **Policy** `security.windowsHostProcess: deny` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// A host process container is no container: it has the node's files, network and accounts.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     os: { name: windows }
    ///     securityContext: { windowsOptions: { hostProcess: true } }
    ///     containers: [ { name: main } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     os: { name: windows }
    ///     securityContext: { windowsOptions: { runAsUserName: ContainerUser } }
    ///     containers: [ { name: main } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "windows-host-process" => Pod(run), help = "remove `hostProcess`"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.host_process == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        let outcome = judge(spec, found);
        found.read(outcome);
        each_container(spec, found, judge);
        Ok(())
    })
}

fn judge(owner: &Node<'_>, found: &mut Found<'_>) -> Result<(), Malformed> {
    let node = owner.at(&["securityContext", "windowsOptions", "hostProcess"])?;
    if node.flag()? == Some(true) {
        found.denied(node.path(), "`hostProcess` is true; accepted: false or unset");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    #[test]
    fn pod_and_containers_are_judged() {
        let deny = security(|rule| rule.host_process = Permission::Deny);
        let set = r#"{"securityContext":{"windowsOptions":{"hostProcess":true}},
            "containers":[{"securityContext":{"windowsOptions":{"hostProcess":true}}}]}"#;
        pods(
            run,
            &deny,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[]),
                (
                    "false",
                    r#"{"containers":[{"securityContext":{"windowsOptions":{"hostProcess":false}}}]}"#,
                    &[],
                ),
                (
                    "set",
                    set,
                    &[
                        "spec.securityContext.windowsOptions.hostProcess: `hostProcess` is true; accepted: false or unset",
                        "spec.containers[0].securityContext.windowsOptions.hostProcess: `hostProcess` is true; accepted: false or unset",
                    ],
                ),
                (
                    "options that are none",
                    r#"{"securityContext":{"windowsOptions":true},"containers":[{}]}"#,
                    &[
                        "spec.securityContext.windowsOptions: `windowsOptions` is `true`, which cannot be judged; accepted: an object",
                    ],
                ),
            ],
        );
        pods(run, &security(|_| {}), &[("allowed", set, &[])]);
    }
}
