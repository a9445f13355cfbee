//! `volume-types`: see the page below. Every key of a volume but its name is a source; one nobody knows is none that
//! a policy allows.

use super::support::{any_of, over_pod, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Ruled, Security, VolumeTypes};

check! {
    /// Pods must not mount kinds of volumes that the policy does not list.
    ///
    /// **Field** `spec.volumes[]` **Allowed** the types that the policy lists; `job/config.yaml` has no such field
    ///
    /// **Policy** `security.volumes` (profile `restricted`: `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`,
    /// `persistentVolumeClaim`, `projected`, `secret`); `hostPath` has a check of its own
    ///
    /// ## Why
    ///
    /// Old drivers run on the node with its rights. A type that came with a newer Kubernetes is refused until somebody
    /// has looked at it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     volumes: [ { name: share, nfs: { server: files.example, path: / } } ]
    ///     containers: [ { name: main } ]
    /// policy:
    ///   security: { profile: restricted }
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
    ///   security: { profile: restricted }
    /// ```
    "volume-types" => Pod(run), help = "use a kind of volume that the policy lists"
}

/// What Kubernetes makes of a volume without any source.
const DEFAULT: &str = "emptyDir";

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    let VolumeTypes::Only(allowed) = &security.rule.volumes else {
        return Vec::new();
    };
    over_pod(pod, &security.origin, |spec, found| {
        for volume in spec.get("volumes")?.items()? {
            let outcome = if volume.is_set() {
                volume.entries()
            } else {
                Err(volume.malformed("an object"))
            };
            let Some(entries) = found.read(outcome) else { continue };
            let mut sources: Vec<&str> = entries
                .iter()
                .map(|(key, _)| *key)
                .filter(|key| *key != "name")
                .collect();
            if sources.is_empty() {
                sources.push(DEFAULT);
            }
            for source in sources {
                if source == "hostPath" || allowed.iter().any(|allowed| allowed == source) {
                    continue;
                }
                let message = format!(
                    "volume type {} is not allowed; accepted: {}",
                    quoted(source),
                    any_of(allowed)
                );
                found.denied(format!("{}.{source}", volume.path()), message);
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
    fn every_source_of_every_volume_is_judged() {
        let only = |names: &[&str]| {
            security(|rule| rule.volumes = VolumeTypes::Only(names.iter().map(|name| (*name).to_owned()).collect()))
        };
        let nfs = r#"{"volumes":[{"name":"a","emptyDir":{}},{"name":"b","nfs":{}}]}"#;
        pods(
            run,
            &only(&["emptyDir", "secret"]),
            &[
                ("nothing is set", "{}", &[]),
                ("no source means emptyDir", r#"{"volumes":[{"name":"a"}]}"#, &[]),
                ("null is no source", r#"{"volumes":[{"name":"a","nfs":null}]}"#, &[]),
                ("allowed", r#"{"volumes":[{"name":"a","secret":{}}]}"#, &[]),
                (
                    "not allowed",
                    nfs,
                    &["spec.volumes[1].nfs: volume type `nfs` is not allowed; accepted: `emptyDir` or `secret`"],
                ),
                (
                    "one that nobody knows",
                    r#"{"volumes":[{"name":"a","quantumDisk":{}}]}"#,
                    &[
                        "spec.volumes[0].quantumDisk: volume type `quantumDisk` is not allowed; accepted: `emptyDir` or `secret`",
                    ],
                ),
                (
                    "a second source",
                    r#"{"volumes":[{"name":"a","emptyDir":{},"projected":{}}]}"#,
                    &[
                        "spec.volumes[0].projected: volume type `projected` is not allowed; accepted: `emptyDir` or `secret`",
                    ],
                ),
                (
                    "not an object",
                    r#"{"volumes":[null]}"#,
                    &["spec.volumes[0]: `volumes[0]` is absent, which cannot be judged; accepted: an object"],
                ),
                (
                    "not a list",
                    r#"{"volumes":{"a":{}}}"#,
                    &["spec.volumes: `volumes` is an object, which cannot be judged; accepted: a list"],
                ),
            ],
        );
        pods(
            run,
            &only(&["secret"]),
            &[(
                "no source means emptyDir",
                r#"{"volumes":[{"name":"a"}]}"#,
                &["spec.volumes[0].emptyDir: volume type `emptyDir` is not allowed; accepted: `secret`"],
            )],
        );
        pods(run, &security(|_| {}), &[("any", nfs, &[])]);
    }
}
