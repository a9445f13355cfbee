//! `run-as-non-root`: see the page below. Must never look at user numbers: only this flag makes the kubelet check.

use super::support::{each_container, over_pod};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Requirement, Ruled, Security};

check! {
    /// Containers must be required to run as another user than root.
    ///
    /// **Field** `securityContext.runAsNonRoot` **Allowed** `true`; unset where the pod's own context says `true`
    ///
    /// **Policy** `security.runAsNonRoot: require` (profile `restricted`)
    ///
    /// ## Why
    ///
    /// Root in a container is root to every kernel bug and every mount. With `true` the kubelet refuses to start a
    /// container whose user is 0, also where the image decides who runs. `false` at the pod is refused even where every
    /// container says otherwise, as Pod Security does.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { runAsNonRoot: false }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { runAsNonRoot: true }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    "run-as-non-root" => Pod(run), help = "set `runAsNonRoot: true`, with an image or a `runAsUser` that is not 0"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.run_as_non_root == Requirement::Optional {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        let outcome = spec
            .at(&["securityContext", "runAsNonRoot"])
            .and_then(|node| Ok((node.flag()?, node)));
        let of_pod = found.read(outcome).and_then(|(flag, node)| {
            if flag == Some(false) {
                found.denied(
                    node.path(),
                    "`runAsNonRoot` of the pod is false; accepted: true or unset",
                );
            }
            flag
        });
        each_container(spec, found, |container, found| {
            let node = container.at(&["securityContext", "runAsNonRoot"])?;
            match node.flag()? {
                Some(true) => {}
                Some(false) => found.denied(node.path(), "`runAsNonRoot` is false; accepted: true"),
                None if of_pod == Some(true) => {}
                None => found.denied(
                    node.path(),
                    "`runAsNonRoot` is unset, here and at the pod; accepted: true",
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

    #[test]
    fn the_pod_speaks_for_containers_that_say_nothing() {
        let require = security(|rule| rule.run_as_non_root = Requirement::Require);
        const UNSET: &str = "spec.containers[0].securityContext.runAsNonRoot: \
                             `runAsNonRoot` is unset, here and at the pod; accepted: true";
        const FALSE: &str = "spec.containers[0].securityContext.runAsNonRoot: `runAsNonRoot` is false; accepted: true";
        const POD: &str =
            "spec.securityContext.runAsNonRoot: `runAsNonRoot` of the pod is false; accepted: true or unset";
        const TEXT: &str = "spec.securityContext.runAsNonRoot: \
                            `runAsNonRoot` is the text `true`, which cannot be judged; accepted: `true` or `false`";
        pods(
            run,
            &require,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[UNSET]),
                (
                    "both contexts are empty",
                    r#"{"securityContext":{},"containers":[{"securityContext":{}}]}"#,
                    &[UNSET],
                ),
                (
                    "the pod says true",
                    r#"{"securityContext":{"runAsNonRoot":true},"containers":[{}]}"#,
                    &[],
                ),
                (
                    "the container says true",
                    r#"{"containers":[{"securityContext":{"runAsNonRoot":true}}]}"#,
                    &[],
                ),
                (
                    "the container takes it back",
                    r#"{"securityContext":{"runAsNonRoot":true},"containers":[{"securityContext":{"runAsNonRoot":false}}]}"#,
                    &[FALSE],
                ),
                (
                    "the pod says false, the container true",
                    r#"{"securityContext":{"runAsNonRoot":false},"containers":[{"securityContext":{"runAsNonRoot":true}}]}"#,
                    &[POD],
                ),
                (
                    "the pod says false",
                    r#"{"securityContext":{"runAsNonRoot":false},"containers":[{}]}"#,
                    &[POD, UNSET],
                ),
                (
                    "a text at the pod",
                    r#"{"securityContext":{"runAsNonRoot":"true"},"containers":[{}]}"#,
                    &[TEXT, UNSET],
                ),
                ("windows", r#"{"os":{"name":"windows"},"containers":[{}]}"#, &[UNSET]),
            ],
        );
        pods(run, &security(|_| {}), &[("optional", r#"{"containers":[{}]}"#, &[])]);
    }
}
