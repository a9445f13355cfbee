//! `proc-mount`: see the page below. Anything but the one known good value is refused.

use super::support::{each_container, over_pod, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Containers must not see all of /proc.
    ///
    /// **Field** `securityContext.procMount` **Allowed** `Default`, unset
    ///
    /// **Policy** `security.procMount: default` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// `Unmasked` shows the parts of /proc that runtimes hide: kernel memory, switches of the node, keys.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { procMount: Unmasked }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { procMount: Default }
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "proc-mount" => Pod(run), help = "remove `procMount`"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.unmasked_proc == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        each_container(spec, found, |container, found| {
            let mount = container.at(&["securityContext", "procMount"])?;
            if let Some(written) = mount.text()?.filter(|written| *written != "Default") {
                found.denied(
                    mount.path(),
                    format!("`procMount` is {}; accepted: `Default` or unset", quoted(written)),
                );
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
    fn only_the_default_mount_passes() {
        let deny = security(|rule| rule.unmasked_proc = Permission::Deny);
        let at = "spec.containers[0].securityContext.procMount";
        for (mount, expected) in [
            ("null", None),
            (r#""Default""#, None),
            (
                r#""Unmasked""#,
                Some("`procMount` is `Unmasked`; accepted: `Default` or unset"),
            ),
            (
                r#""default""#,
                Some("`procMount` is `default`; accepted: `Default` or unset"),
            ),
            (r#""""#, Some("`procMount` is ``; accepted: `Default` or unset")),
            (
                "true",
                Some("`procMount` is `true`, which cannot be judged; accepted: a text"),
            ),
        ] {
            let pod = format!(r#"{{"containers":[{{"securityContext":{{"procMount":{mount}}}}}]}}"#);
            let expected: Vec<String> = expected.iter().map(|text| format!("{at}: {text}")).collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            pods(run, &deny, &[(mount, &pod, &expected)]);
            pods(run, &security(|_| {}), &[(mount, &pod, &[])]);
        }
        pods(run, &deny, &[("nothing is set", r#"{"containers":[{}]}"#, &[])]);
    }
}
