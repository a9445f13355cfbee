//! `app-armor`: see the page below. Judges the field at pod and container, and the annotation that came before it.

use super::support::{Found, Malformed, Node, each_container, over_pod, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{Permission, Ruled, Security};

check! {
    /// Containers must not switch AppArmor off.
    ///
    /// **Field** `securityContext.appArmorProfile`, annotation `container.apparmor.security.beta.kubernetes.io/…`
    /// **Allowed** type `RuntimeDefault`, or `Localhost` with a profile; unset
    ///
    /// **Policy** `security.appArmor: not-unconfined` (profiles `baseline` and `restricted`)
    ///
    /// ## Why
    ///
    /// On nodes with AppArmor the runtime's profile keeps a container out of the node's files and kernel switches.
    /// Unset leaves that profile on.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     containers: [ { name: main, securityContext: { appArmorProfile: { type: Unconfined } } } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     containers: [ { name: main, securityContext: { appArmorProfile: { type: RuntimeDefault } } } ]
    /// policy:
    ///   security: { profile: baseline }
    /// ```
    "app-armor" => Pod(run), help = "leave the AppArmor profile out, or set `RuntimeDefault`"
}

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    if security.rule.unconfined_app_armor == Permission::Allow {
        return Vec::new();
    }
    over_pod(pod, &security.origin, |spec, found| {
        let outcome = annotations(&Node::new("metadata", pod.metadata), found);
        found.read(outcome);
        let outcome = spec.get("securityContext").and_then(|context| judge(&context, found));
        found.read(outcome);
        each_container(spec, found, |container, found| {
            judge(&container.get("securityContext")?, found)
        });
        Ok(())
    })
}

fn judge(context: &Node<'_>, found: &mut Found<'_>) -> Result<(), Malformed> {
    let profile = context.get("appArmorProfile")?;
    if !profile.is_set() {
        return Ok(());
    }
    let kind = profile.get("type")?;
    let file = profile.get("localhostProfile")?;
    match kind.text()? {
        Some("RuntimeDefault") => {}
        Some("Localhost") if file.text()?.is_some_and(|file| !file.is_empty()) => {}
        Some("Localhost") => found.denied(
            file.path(),
            "`localhostProfile` names no profile; accepted: one that is loaded on the node",
        ),
        Some(other) => found.denied(
            kind.path(),
            format!(
                "AppArmor profile {} is refused; accepted: `RuntimeDefault` or `Localhost`",
                quoted(other)
            ),
        ),
        None => found.denied(
            kind.path(),
            "the AppArmor profile has no type; accepted: `RuntimeDefault` or `Localhost`",
        ),
    }
    Ok(())
}

fn annotations(metadata: &Node<'_>, found: &mut Found<'_>) -> Result<(), Malformed> {
    for (key, value) in metadata.get("annotations")?.entries()? {
        if !key.starts_with(ANNOTATION) {
            continue;
        }
        let profile = value.text()?.unwrap_or_default();
        if !matches!(profile, "" | "runtime/default") && !profile.starts_with("localhost/") {
            let message = format!(
                "AppArmor annotation is {}; accepted: no such annotation, or `runtime/default`",
                quoted(profile)
            );
            found.denied(value.path(), message);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    #[test]
    fn only_profiles_that_confine_pass() {
        let deny = security(|rule| rule.unconfined_app_armor = Permission::Deny);
        let wanted = "accepted: `RuntimeDefault` or `Localhost`";
        for (profile, expected) in [
            ("null", None),
            (r#"{"type":"RuntimeDefault"}"#, None),
            (r#"{"type":"Localhost","localhostProfile":"jobs"}"#, None),
            ("{}", Some(format!(".type: the AppArmor profile has no type; {wanted}"))),
            (
                r#"{"type":"Unconfined"}"#,
                Some(format!(".type: AppArmor profile `Unconfined` is refused; {wanted}")),
            ),
            (
                r#"{"type":"Localhost"}"#,
                Some(
                    ".localhostProfile: `localhostProfile` names no profile; accepted: one that is loaded on the node"
                        .into(),
                ),
            ),
            (
                r#"{"type":1}"#,
                Some(".type: `type` is the number `1`, which cannot be judged; accepted: a text".into()),
            ),
            (
                "[]",
                Some(": `appArmorProfile` is a list, which cannot be judged; accepted: an object".into()),
            ),
        ] {
            for (at, pod) in [
                (
                    "spec",
                    format!(r#"{{"securityContext":{{"appArmorProfile":{profile}}},"containers":[{{}}]}}"#),
                ),
                (
                    "spec.containers[0]",
                    format!(r#"{{"containers":[{{"securityContext":{{"appArmorProfile":{profile}}}}}]}}"#),
                ),
            ] {
                let expected: Vec<String> = expected
                    .iter()
                    .map(|text| format!("{at}.securityContext.appArmorProfile{text}"))
                    .collect();
                let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
                pods(run, &deny, &[(profile, &pod, &expected)]);
                pods(run, &security(|_| {}), &[(profile, &pod, &[])]);
            }
        }
    }

    #[test]
    fn the_old_annotation_counts() {
        let deny = security(|rule| rule.unconfined_app_armor = Permission::Deny);
        for (value, shown) in [
            (r#""""#, None),
            (r#""runtime/default""#, None),
            (r#""localhost/jobs""#, None),
            (
                r#""unconfined""#,
                Some("AppArmor annotation is `unconfined`; accepted: no such annotation, or `runtime/default`"),
            ),
            (
                "7",
                Some("`io/main` is the number `7`, which cannot be judged; accepted: a text"),
            ),
        ] {
            let key = "container.apparmor.security.beta.kubernetes.io/main";
            let pod = format!(r#"{{"metadata":{{"annotations":{{"{key}":{value}}}}},"spec":{{"containers":[{{}}]}}}}"#);
            let expected: Vec<String> = shown
                .iter()
                .map(|text| format!("metadata.annotations.{key}: {text}"))
                .collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            pods(run, &deny, &[(value, &pod, &expected)]);
        }
    }
}
