//! `host-ports`: see the page below.

use super::support::{each_container, over_pod};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Containers must not take ports of the node.
    ///
    /// **Field** `spec.containers[].ports[].hostPort` **Allowed** `0`, unset; `job/config.yaml` has no such field
    ///
    /// **Policy** `security.hostPorts: deny` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// A port of the node is open to whoever reaches the node, past every NetworkPolicy, and may stand where a service
    /// of the node is expected. In the node's own network every port of a container is one.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     containers: [ { name: main, ports: [ { containerPort: 8080, hostPort: 8080 } ] } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     containers: [ { name: main, ports: [ { containerPort: 8080 } ] } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "host-ports" => Pod(run), help = "remove `hostPort`"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.host_ports == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        let outcome = spec.get("hostNetwork").and_then(|node| node.flag());
        let in_host_network = found.read(outcome).flatten() == Some(true);
        each_container(spec, found, |container, found| {
            for port in container.get("ports")?.items()? {
                let host = port.get("hostPort")?;
                let of_container = port.get("containerPort")?.integer()?;
                match host.integer()? {
                    Some(0) | None if !in_host_network => {}
                    Some(number) if number != 0 => {
                        found.denied(host.path(), format!("`hostPort` is {number}; accepted: 0 or unset"))
                    }
                    // Kubernetes fills it in with the container's port there.
                    _ => {
                        let number = of_container.unwrap_or_default();
                        found.denied(
                            host.path(),
                            format!(
                                "`hostPort` is unset, which means {number} in the node's network; accepted: no ports"
                            ),
                        );
                    }
                }
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
    fn ports_of_the_node_are_found_in_every_container() {
        let deny = security(|rule| rule.host_ports = Permission::Deny);
        let set = r#"{"containers":[{"ports":[{"containerPort":80},{"containerPort":81,"hostPort":81}]}],
            "initContainers":[{"restartPolicy":"Always","ports":[{"hostPort":82}]}]}"#;
        pods(
            run,
            &deny,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[]),
                ("no ports", r#"{"containers":[{"ports":[]}]}"#, &[]),
                (
                    "zero is unset",
                    r#"{"containers":[{"ports":[{"containerPort":80,"hostPort":0}]}]}"#,
                    &[],
                ),
                (
                    "set",
                    set,
                    &[
                        "spec.initContainers[0].ports[0].hostPort: `hostPort` is 82; accepted: 0 or unset",
                        "spec.containers[0].ports[1].hostPort: `hostPort` is 81; accepted: 0 or unset",
                    ],
                ),
                (
                    "in the node's network",
                    r#"{"hostNetwork":true,"containers":[{"ports":[{"containerPort":80}]}]}"#,
                    &[
                        "spec.containers[0].ports[0].hostPort: `hostPort` is unset, which means 80 in the node's network; accepted: no ports",
                    ],
                ),
                (
                    "a text",
                    r#"{"containers":[{"ports":[{"hostPort":"80"}]}]}"#,
                    &[
                        "spec.containers[0].ports[0].hostPort: `hostPort` is the text `80`, which cannot be judged; accepted: a whole number",
                    ],
                ),
                (
                    "ports that are none",
                    r#"{"containers":[{"ports":{"hostPort":80}}]}"#,
                    &["spec.containers[0].ports: `ports` is an object, which cannot be judged; accepted: a list"],
                ),
            ],
        );
        pods(run, &security(|_| {}), &[("allowed", set, &[])]);
    }
}
