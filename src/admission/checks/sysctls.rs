//! `sysctls`: see the page below. The safe set is that of Pod Security; names are compared as written.

use super::support::{any_of, over_pod, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Pods must not set kernel parameters that are not known to be safe.
    ///
    /// **Field** `spec.securityContext.sysctls` **Allowed** parameters that are kept apart for each pod:
    /// `kernel.shm_rmid_forced`, some of `net.ipv4.*`, and those that the policy lists
    ///
    /// **Policy** `security.sysctls` (profiles `baseline` and `restricted`: the safe set)
    ///
    /// ## Why
    ///
    /// Most kernel parameters hold for the whole node: setting one sets it for everybody.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     securityContext: { sysctls: [ { name: kernel.msgmax, value: "65536" } ] }
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
    ///     securityContext: { sysctls: [ { name: net.ipv4.tcp_syncookies, value: "1" } ] }
    ///     containers: [ { name: main } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "sysctls" => Pod(run), help = "leave `sysctls` out, or ask for this one to be listed in the policy"
}

/// Namespaced and isolated, by the Pod Security Standards up to Kubernetes 1.32.
const SAFE: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.unsafe_sysctls == Permission::Allow {
        return Vec::new();
    }
    let listed = &security.rule.sysctls;
    over_pod(pod, &security.origin, |spec, found| {
        for sysctl in spec.at(&["securityContext", "sysctls"])?.items()? {
            let outcome = sysctl
                .get("name")
                .and_then(|node| node.text()?.ok_or_else(|| node.malformed("the name of a sysctl")));
            let Some(name) = found.read(outcome) else { continue };
            if SAFE.contains(&name) || listed.iter().any(|listed| listed == name) {
                continue;
            }
            let more = if listed.is_empty() {
                String::new()
            } else {
                format!(", {}", any_of(listed))
            };
            found.denied(
                format!("{}.name", sysctl.path()),
                format!(
                    "sysctl {} is not known to be safe; accepted: the safe set{more}",
                    quoted(name)
                ),
            );
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    const AT: &str = "spec.securityContext.sysctls";

    #[test]
    fn only_the_safe_set_and_what_is_listed_pass() {
        let safe = security(|rule| rule.unsafe_sysctls = Permission::Deny);
        let listed = security(|rule| {
            rule.unsafe_sysctls = Permission::Deny;
            rule.sysctls = vec!["net.core.somaxconn".to_owned()];
        });
        let refused = |name: &str, more: &str| {
            vec![format!(
                "[0].name: sysctl `{name}` is not known to be safe; accepted: the safe set{more}"
            )]
        };
        for (rule, sysctls, expected) in [
            (&safe, "null", vec![]),
            (&safe, "[]", vec![]),
            (&safe, r#"[{"name":"net.ipv4.tcp_wmem","value":"1"}]"#, vec![]),
            (&safe, r#"[{"name":"kernel.msgmax"}]"#, refused("kernel.msgmax", "")),
            (
                &safe,
                r#"[{"name":"net/ipv4/tcp_syncookies"}]"#,
                refused("net/ipv4/tcp_syncookies", ""),
            ),
            (
                &safe,
                r#"[{"name":"net.core.somaxconn"}]"#,
                refused("net.core.somaxconn", ""),
            ),
            (&listed, r#"[{"name":"net.core.somaxconn"}]"#, vec![]),
            (
                &listed,
                r#"[{"name":"vm.swappiness"}]"#,
                refused("vm.swappiness", ", `net.core.somaxconn`"),
            ),
            (
                &safe,
                "[{}]",
                vec!["[0].name: `name` is absent, which cannot be judged; accepted: the name of a sysctl".to_owned()],
            ),
            (
                &safe,
                r#"{"kernel.msgmax":"1"}"#,
                vec![": `sysctls` is an object, which cannot be judged; accepted: a list".to_owned()],
            ),
        ] {
            let pod = format!(r#"{{"securityContext":{{"sysctls":{sysctls}}}}}"#);
            let expected: Vec<String> = expected.iter().map(|text| format!("{AT}{text}")).collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            pods(run, rule, &[(sysctls, &pod, &expected)]);
            pods(run, &security(|_| {}), &[(sysctls, &pod, &[])]);
        }
        pods(run, &safe, &[("nothing is set", "{}", &[])]);
    }
}
