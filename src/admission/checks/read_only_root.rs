//! `read-only-root`: see the page below.

use super::support::{Platform, each_container, over_pod, platform};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Requirement, Ruled, Security};

check! {
    /// Containers must not be able to write to their root file system.
    ///
    /// **Field** `securityContext.readOnlyRootFilesystem` **Allowed** `true`; Windows has no such file system
    ///
    /// **Policy** `security.readOnlyRootFilesystem: require`
    ///
    /// ## Why
    ///
    /// Whoever gets into a container cannot replace its programs or leave tools behind. Tasks write to `/keptn` or to
    /// another volume.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { readOnlyRootFilesystem: false }
    /// policy:
    ///   security: { profile: restricted, readOnlyRootFilesystem: require }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { readOnlyRootFilesystem: true }
    /// policy:
    ///   security: { profile: restricted, readOnlyRootFilesystem: require }
    /// ```
    "read-only-root" => Pod(run), help = "set `readOnlyRootFilesystem: true`; write to `/keptn` instead"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.read_only_root == Requirement::Optional {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        if platform(spec)? == Platform::Windows {
            return Ok(());
        }
        each_container(spec, found, |container, found| {
            let node = container.at(&["securityContext", "readOnlyRootFilesystem"])?;
            match node.flag()? {
                Some(true) => {}
                Some(false) => found.denied(node.path(), "`readOnlyRootFilesystem` is false; accepted: true"),
                None => found.denied(
                    node.path(),
                    "`readOnlyRootFilesystem` is unset, which means false; accepted: true",
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
    fn unset_is_writable() {
        let require = security(|rule| rule.read_only_root = Requirement::Require);
        let at = "spec.containers[0].securityContext.readOnlyRootFilesystem: `readOnlyRootFilesystem`";
        let unset = format!("{at} is unset, which means false; accepted: true");
        let no = format!("{at} is false; accepted: true");
        let text = format!("{at} is the text `true`, which cannot be judged; accepted: `true` or `false`");
        pods(
            run,
            &require,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[&unset]),
                (
                    "the pod has no such field",
                    r#"{"securityContext":{"readOnlyRootFilesystem":true},"containers":[{}]}"#,
                    &[&unset],
                ),
                (
                    "false",
                    r#"{"containers":[{"securityContext":{"readOnlyRootFilesystem":false}}]}"#,
                    &[&no],
                ),
                (
                    "true",
                    r#"{"containers":[{"securityContext":{"readOnlyRootFilesystem":true}}]}"#,
                    &[],
                ),
                (
                    "a text",
                    r#"{"containers":[{"securityContext":{"readOnlyRootFilesystem":"true"}}]}"#,
                    &[&text],
                ),
                ("windows", r#"{"os":{"name":"windows"},"containers":[{}]}"#, &[]),
            ],
        );
        pods(run, &security(|_| {}), &[("optional", r#"{"containers":[{}]}"#, &[])]);
    }
}
