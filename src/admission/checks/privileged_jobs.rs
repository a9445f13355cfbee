//! `privileged-jobs`: see the page below. The original's switch, which no policy overrules.

use super::support::Node;
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};
use crate::settings::PrivilegedJobs;

check! {
    /// Privileged tasks must not run unless the installation allows them.
    ///
    /// **Field** `securityContext.privileged` **Allowed** `false`, unset; with `jobConfig.allowPrivilegedJobs: true` what
    /// the policies say
    ///
    /// **Policy** none: the Helm value `jobConfig.allowPrivilegedJobs` and the flag `-allow-privileged-jobs` of `job-lint`
    ///
    /// ## Why
    ///
    /// Who installs the service decides whether any task may have root on a node. A policy file can narrow that
    /// decision, not widen it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { privileged: true }
    /// settings: { privilegedJobs: refused }
    /// policy:
    ///   security: { profile: privileged }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { privileged: true }
    /// settings: { privilegedJobs: policy }
    /// policy:
    ///   security: { profile: privileged }
    /// ```
    "privileged-jobs" => Invariant(run), help = "remove `privileged: true`, or ask the operator of the service to allow privileged jobs"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    if view.request.settings.privileged_jobs == PrivilegedJobs::Policy {
        return Vec::new();
    }
    let rendered = view.pod.containers().any(|container| {
        let flag = Node::new(&container.path, container.json)
            .at(&["securityContext", "privileged"])
            .and_then(|node| node.flag());
        !matches!(flag, Ok(None | Some(false)))
    });
    if !rendered && view.plan.security.privileged != Some(true) {
        return Vec::new();
    }
    let message = "privileged jobs are not allowed here; the flag `-allow-privileged-jobs` of job-lint and the Helm value \
                   `jobConfig.allowPrivilegedJobs` allow them";
    vec![Raw::denied("securityContext.privileged", message)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn the_switch_of_the_installation_holds() {
        tasks(
            &CHECK,
            &[
                ("unset", "task: {}", &[]),
                ("false", "task: { securityContext: { privileged: false } }", &[]),
                (
                    "true",
                    "task: { securityContext: { privileged: true } }",
                    &[
                        "securityContext.privileged: privileged jobs are not allowed here; the flag `-allow-privileged-jobs` of job-lint and the Helm value `jobConfig.allowPrivilegedJobs` allow them",
                    ],
                ),
                (
                    "allowed",
                    "task: { securityContext: { privileged: true } }\nsettings: { privilegedJobs: policy }",
                    &[],
                ),
                (
                    "in whatever container",
                    "pod: { containers: [ {} ], initContainers: [ { securityContext: { privileged: true } } ] }",
                    &[
                        "securityContext.privileged: privileged jobs are not allowed here; the flag `-allow-privileged-jobs` of job-lint and the Helm value `jobConfig.allowPrivilegedJobs` allow them",
                    ],
                ),
                (
                    "unreadable",
                    r#"pod: { containers: [ { securityContext: { privileged: "false" } } ] }"#,
                    &[
                        "securityContext.privileged: privileged jobs are not allowed here; the flag `-allow-privileged-jobs` of job-lint and the Helm value `jobConfig.allowPrivilegedJobs` allow them",
                    ],
                ),
            ],
        );
    }
}
