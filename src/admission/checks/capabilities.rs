//! `capabilities`: see the page below. Names are compared as Pod Security does: upper case, without `CAP_`.

use super::support::{Found, Malformed, Node, Platform, all_of, any_of, each_container, over_pod, platform, quoted};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{CapabilitySet, Requirement, Ruled, Security};

check! {
    /// Containers must not add capabilities that the policy does not list, and drop all others where it asks for that.
    ///
    /// **Field** `securityContext.capabilities` **Allowed** in `add` the names that the policy lists; in `drop` `ALL`
    ///
    /// **Policy** `security.capabilities.add`, `security.capabilities.dropAll: require` (profile `restricted`)
    ///
    /// ## Why
    ///
    /// Capabilities are root in pieces: `SYS_ADMIN` or `SYS_PTRACE` is enough to leave the container. Names are upper
    /// case and without `CAP_`, as Pod Security wants them: `drop: [all]` drops nothing on some runtimes.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { capabilities: { drop: [ALL], add: [SYS_ADMIN] } }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }
    /// policy:
    ///   security: { profile: restricted }
    /// ```
    "capabilities" => Pod(run), help = "write `capabilities: { drop: [ALL] }` and add only what the policy lists"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    let Security {
        add_capabilities,
        drop_all,
        ..
    } = &security.rule;
    over_pod(pod, &security.origin, |spec, found| {
        let platform = platform(spec)?;
        if *add_capabilities == CapabilitySet::Any && *drop_all == Requirement::Optional {
            return Ok(());
        }
        each_container(spec, found, |container, found| {
            let capabilities = container.at(&["securityContext", "capabilities"])?;
            if let CapabilitySet::Only(allowed) = add_capabilities {
                added(&capabilities, allowed, found)?;
            }
            if *drop_all == Requirement::Require && platform == Platform::Linux {
                dropped(&capabilities, found)?;
            }
            Ok(())
        });
        Ok(())
    })
}

fn added(capabilities: &Node<'_>, allowed: &[String], found: &mut Found<'_>) -> Result<(), Malformed> {
    for node in capabilities.get("add")?.items()? {
        let name = node.text()?.ok_or_else(|| node.malformed("the name of a capability"))?;
        if allowed.iter().any(|allowed| allowed == name) {
            continue;
        }
        let plain = plain(name);
        let message = if allowed.contains(&plain) {
            format!("capability {} is added; write it as {}", quoted(name), quoted(&plain))
        } else {
            format!("capability {} is added; accepted: {}", quoted(name), any_of(allowed))
        };
        found.denied(node.path(), message);
    }
    Ok(())
}

fn dropped(capabilities: &Node<'_>, found: &mut Found<'_>) -> Result<(), Malformed> {
    let drop = capabilities.get("drop")?;
    let mut names = Vec::new();
    for node in drop.items()? {
        names.push(node.text()?.ok_or_else(|| node.malformed("the name of a capability"))?);
    }
    if names.contains(&"ALL") {
        return Ok(());
    }
    let message = match names.iter().find(|name| plain(name) == "ALL") {
        Some(near) => format!("capabilities are dropped as {}; write `ALL`", quoted(near)),
        None if names.is_empty() => "no capabilities are dropped; accepted: `drop` with `ALL`".to_owned(),
        None => format!("dropped are only {}; accepted: `drop` with `ALL`", all_of(names)),
    };
    found.denied(drop.path(), message);
    Ok(())
}

/// A name as Kubernetes wants it.
fn plain(name: &str) -> String {
    let upper = name.trim().to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    const AT: &str = "spec.containers[0].securityContext.capabilities";

    #[test]
    fn only_listed_capabilities_may_be_added() {
        let only = security(|rule| rule.add_capabilities = CapabilitySet::Only(vec!["CHOWN".into(), "KILL".into()]));
        let add =
            |list: &str| format!(r#"{{"containers":[{{"securityContext":{{"capabilities":{{"add":{list}}}}}}}]}}"#);
        for (list, expected) in [
            ("null", None),
            ("[]", None),
            (r#"["CHOWN"]"#, None),
            (
                r#"["NET_RAW"]"#,
                Some("[0]: capability `NET_RAW` is added; accepted: `CHOWN` or `KILL`"),
            ),
            (
                r#"["KILL","ALL"]"#,
                Some("[1]: capability `ALL` is added; accepted: `CHOWN` or `KILL`"),
            ),
            (
                r#"["chown"]"#,
                Some("[0]: capability `chown` is added; write it as `CHOWN`"),
            ),
            (
                r#"["CAP_CHOWN"]"#,
                Some("[0]: capability `CAP_CHOWN` is added; write it as `CHOWN`"),
            ),
            (
                r#"[""]"#,
                Some("[0]: capability `` is added; accepted: `CHOWN` or `KILL`"),
            ),
            (
                "[null]",
                Some("[0]: `add[0]` is absent, which cannot be judged; accepted: the name of a capability"),
            ),
            (
                "[1]",
                Some("[0]: `add[0]` is the number `1`, which cannot be judged; accepted: a text"),
            ),
            (
                r#""CHOWN""#,
                Some(": `add` is the text `CHOWN`, which cannot be judged; accepted: a list"),
            ),
        ] {
            let expected: Vec<String> = expected.iter().map(|text| format!("{AT}.add{text}")).collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            pods(run, &only, &[(list, &add(list), &expected)]);
            pods(run, &security(|_| {}), &[(list, &add(list), &[])]);
        }
        let none = security(|rule| rule.add_capabilities = CapabilitySet::Only(Vec::new()));
        let message = format!("{AT}.add[0]: capability `CHOWN` is added; accepted: none");
        pods(
            run,
            &none,
            &[
                ("unset", r#"{"containers":[{}]}"#, &[]),
                ("none", &add(r#"["CHOWN"]"#), &[&message]),
            ],
        );
    }

    #[test]
    fn all_has_to_be_dropped_where_it_is_required() {
        let require = security(|rule| rule.drop_all = Requirement::Require);
        let drop =
            |list: &str| format!(r#"{{"containers":[{{"securityContext":{{"capabilities":{{"drop":{list}}}}}}}]}}"#);
        for (list, expected) in [
            ("null", Some("no capabilities are dropped; accepted: `drop` with `ALL`")),
            ("[]", Some("no capabilities are dropped; accepted: `drop` with `ALL`")),
            (r#"["all"]"#, Some("capabilities are dropped as `all`; write `ALL`")),
            (
                r#"["CAP_ALL"]"#,
                Some("capabilities are dropped as `CAP_ALL`; write `ALL`"),
            ),
            (
                r#"["NET_RAW","KILL"]"#,
                Some("dropped are only `NET_RAW` and `KILL`; accepted: `drop` with `ALL`"),
            ),
            (r#"["KILL","ALL"]"#, None),
        ] {
            let expected: Vec<String> = expected.iter().map(|text| format!("{AT}.drop: {text}")).collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            pods(run, &require, &[(list, &drop(list), &expected)]);
        }
        let windows = r#"{"os":{"name":"windows"},"containers":[{}]}"#;
        pods(run, &require, &[("windows", windows, &[])]);
        let unset = format!("{AT}.drop: no capabilities are dropped; accepted: `drop` with `ALL`");
        pods(
            run,
            &require,
            &[("nothing is set", r#"{"containers":[{}]}"#, &[&unset])],
        );
    }
}
