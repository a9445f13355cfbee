//! `se-linux`: see the page below. The types are those of Pod Security; everything else is somebody's own.

use super::support::{Found, Malformed, Node, any_of, each_container, over_pod, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Containers must not choose SELinux users, roles or types of their own.
    ///
    /// **Field** `securityContext.seLinuxOptions` **Allowed** `level`; `type` one of `container_t`, `container_init_t`,
    /// `container_kvm_t`, `container_engine_t`; `user` and `role` unset
    ///
    /// **Policy** `security.seLinux: standard` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// The type decides what the kernel lets a process touch on the node: `spc_t` may touch everything.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     securityContext: { seLinuxOptions: { type: spc_t } }
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
    ///     securityContext: { seLinuxOptions: { type: container_t, level: "s0:c1,c2" } }
    ///     containers: [ { name: main } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "se-linux" => Pod(run), help = "leave `seLinuxOptions` out"
}

const TYPES: [&str; 4] = [
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
];

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.custom_se_linux == Permission::Allow {
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
    let options = owner.at(&["securityContext", "seLinuxOptions"])?;
    let kind = options.get("type")?;
    // An empty text is the same as unset to Kubernetes.
    if let Some(written) = kind
        .text()?
        .filter(|written| !written.is_empty() && !TYPES.contains(written))
    {
        found.denied(
            kind.path(),
            format!(
                "SELinux type {} is refused; accepted: {}",
                quoted(written),
                any_of(TYPES)
            ),
        );
    }
    for key in ["user", "role"] {
        let node = options.get(key)?;
        if let Some(written) = node.text()?.filter(|written| !written.is_empty()) {
            found.denied(
                node.path(),
                format!("SELinux {key} {} is set; accepted: unset", quoted(written)),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    #[test]
    fn only_ordinary_types_pass() {
        let deny = security(|rule| rule.custom_se_linux = Permission::Deny);
        let kinds = "accepted: `container_t`, `container_init_t`, `container_kvm_t` or `container_engine_t`";
        for (options, expected) in [
            ("null", vec![]),
            ("{}", vec![]),
            (r#"{"level":"s0","type":"","user":"","role":""}"#, vec![]),
            (r#"{"type":"container_engine_t"}"#, vec![]),
            (
                r#"{"type":"spc_t"}"#,
                vec![format!(".type: SELinux type `spc_t` is refused; {kinds}")],
            ),
            (
                r#"{"type":"Container_t"}"#,
                vec![format!(".type: SELinux type `Container_t` is refused; {kinds}")],
            ),
            (
                r#"{"user":"u","role":"r"}"#,
                vec![
                    ".user: SELinux user `u` is set; accepted: unset".into(),
                    ".role: SELinux role `r` is set; accepted: unset".into(),
                ],
            ),
            (
                r#"{"type":[]}"#,
                vec![".type: `type` is a list, which cannot be judged; accepted: a text".into()],
            ),
        ] {
            for (at, pod) in [
                (
                    "spec",
                    format!(r#"{{"securityContext":{{"seLinuxOptions":{options}}},"containers":[{{}}]}}"#),
                ),
                (
                    "spec.containers[0]",
                    format!(r#"{{"containers":[{{"securityContext":{{"seLinuxOptions":{options}}}}}]}}"#),
                ),
            ] {
                let expected: Vec<String> = expected
                    .iter()
                    .map(|text| format!("{at}.securityContext.seLinuxOptions{text}"))
                    .collect();
                let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
                pods(run, &deny, &[(options, &pod, &expected)]);
                pods(run, &security(|_| {}), &[(options, &pod, &[])]);
            }
        }
    }
}
