//! `host-path`: see the page below.

use super::support::{over_pod, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Pods must not mount folders of the node.
    ///
    /// **Field** `spec.volumes[].hostPath` **Allowed** unset; `job/config.yaml` has no such field
    ///
    /// **Policy** `security.hostPath: deny` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// The node's files hold the kubelet's credentials, the runtime's socket and every other pod's data. A read-only
    /// mount of them is a leak, a writable one is root on the node.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     volumes: [ { name: node, hostPath: { path: / } } ]
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
    ///     volumes: [ { name: scratch, emptyDir: {} } ]
    ///     containers: [ { name: main } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "host-path" => Pod(run), help = "use an `emptyDir`, or a claim on a volume"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.host_path == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        for volume in spec.get("volumes")?.items()? {
            let outcome = volume.get("hostPath");
            let Some(source) = found.read(outcome).filter(|source| source.is_set()) else {
                continue;
            };
            let path = source.get("path").and_then(|path| path.text()).ok().flatten();
            let what = path.map_or_else(|| "a folder".to_owned(), quoted);
            found.denied(
                source.path(),
                format!("the volume is {what} of the node; accepted: any other kind of volume"),
            );
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    #[test]
    fn folders_of_the_node_are_found_whatever_stands_beside_them() {
        let deny = security(|rule| rule.host_path = Permission::Deny);
        let set = r#"{"volumes":[{"name":"a","emptyDir":{}},{"name":"b","hostPath":{"path":"/etc"},"emptyDir":{}}]}"#;
        pods(
            run,
            &deny,
            &[
                ("nothing is set", "{}", &[]),
                ("null is unset", r#"{"volumes":[{"name":"a","hostPath":null}]}"#, &[]),
                ("no volumes", r#"{"volumes":[]}"#, &[]),
                (
                    "set",
                    set,
                    &["spec.volumes[1].hostPath: the volume is `/etc` of the node; accepted: any other kind of volume"],
                ),
                (
                    "without a path",
                    r#"{"volumes":[{"name":"a","hostPath":{}}]}"#,
                    &[
                        "spec.volumes[0].hostPath: the volume is a folder of the node; accepted: any other kind of volume",
                    ],
                ),
                (
                    "not even an object",
                    r#"{"volumes":[{"name":"a","hostPath":"/"}]}"#,
                    &[
                        "spec.volumes[0].hostPath: the volume is a folder of the node; accepted: any other kind of volume",
                    ],
                ),
                (
                    "a volume that is none",
                    r#"{"volumes":["hostPath"]}"#,
                    &[
                        "spec.volumes[0]: `volumes[0]` is the text `hostPath`, which cannot be judged; accepted: an object",
                    ],
                ),
            ],
        );
        pods(run, &security(|_| {}), &[("allowed", set, &[])]);
    }
}
