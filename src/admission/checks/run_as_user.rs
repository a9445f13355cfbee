//! `run-as-user`: see the page below. Must never take "as the image says" for a number in the range.

use super::support::{Found, Malformed, Node, Platform, each_container, over_pod, platform};
use crate::admission::check::check;
use crate::admission::{PodView, Raw};
use crate::policy::{MAX_USER, Permission, Ruled, Security, UserRange};

check! {
    /// Containers must run as a user number that the policy accepts.
    ///
    /// **Field** `securityContext.runAsUser` **Allowed** numbers from `min` to `max`; unset where the policy states no range
    ///
    /// **Policy** `security.runAsUser: { min, max }` (profile `restricted`: from 1, or unset)
    ///
    /// ## Why
    ///
    /// Numbers are the same on the node and in every volume: whoever runs as 0 or as the number of a daemon owns its
    /// files. Unset means what the image says, and nobody has looked into the image.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { runAsUser: 0 }
    /// policy:
    ///   security: { profile: restricted, runAsUser: { min: 1000 } }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   securityContext: { runAsUser: 1000 }
    /// policy:
    ///   security: { profile: restricted, runAsUser: { min: 1000 } }
    /// ```
    "run-as-user" => Pod(run), help = "set `runAsUser` to a number that the policy accepts"
}

fn run(pod: &PodView<'_>, security: &Ruled<Security>) -> Vec<Raw> {
    let range = security.rule.run_as_user;
    over_pod(pod, &security.origin, |spec, found| {
        let platform = platform(spec)?;
        let outcome = spec
            .at(&["securityContext", "runAsUser"])
            .and_then(|node| judge(&node, range, found));
        let of_pod = found.read(outcome).flatten();
        each_container(spec, found, |container, found| {
            let node = container.at(&["securityContext", "runAsUser"])?;
            let user = judge(&node, range, found)?.or(of_pod);
            if user.is_none() && range.unset == Permission::Deny && platform == Platform::Linux {
                let accepted = words(range);
                found.denied(
                    node.path(),
                    format!("`runAsUser` is unset, which leaves the user to the image; accepted: {accepted}"),
                );
            }
            Ok(())
        });
        Ok(())
    })
}

/// The number that is written at a place, judged.
fn judge(node: &Node<'_>, range: UserRange, found: &mut Found<'_>) -> Result<Option<i64>, Malformed> {
    let user = node.integer()?;
    if let Some(user) = user.filter(|user| !(range.min..=range.max).contains(user)) {
        found.denied(
            node.path(),
            format!("`runAsUser` is {user}; accepted: {}", words(range)),
        );
    }
    Ok(user)
}

fn words(range: UserRange) -> String {
    if range.max >= MAX_USER {
        format!("{} or more", range.min)
    } else {
        format!("{} to {}", range.min, range.max)
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{pods, security};
    use super::*;

    const AT: &str = "spec.containers[0].securityContext.runAsUser";

    fn rows(min: i64, max: i64, unset: Permission, rows: &[(&str, Option<&str>)]) {
        let rule = security(|rule| rule.run_as_user = UserRange { min, max, unset });
        for (user, expected) in rows {
            let pod = format!(r#"{{"containers":[{{"securityContext":{{"runAsUser":{user}}}}}]}}"#);
            let expected: Vec<String> = expected
                .iter()
                .map(|text| format!("{AT}: `runAsUser` is {text}"))
                .collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            pods(run, &rule, &[(user, &pod, &expected)]);
        }
    }

    #[test]
    fn numbers_have_to_lie_in_the_range() {
        rows(
            1000,
            2000,
            Permission::Deny,
            &[
                (
                    "null",
                    Some("unset, which leaves the user to the image; accepted: 1000 to 2000"),
                ),
                ("0", Some("0; accepted: 1000 to 2000")),
                ("999", Some("999; accepted: 1000 to 2000")),
                ("1000", None),
                ("2000", None),
                ("2001", Some("2001; accepted: 1000 to 2000")),
                ("-1", Some("-1; accepted: 1000 to 2000")),
                (
                    "1000.5",
                    Some("the number `1000.5`, which cannot be judged; accepted: a whole number"),
                ),
                (
                    r#""1000""#,
                    Some("the text `1000`, which cannot be judged; accepted: a whole number"),
                ),
            ],
        );
        rows(
            0,
            MAX_USER,
            Permission::Allow,
            &[("null", None), ("0", None), ("-1", Some("-1; accepted: 0 or more"))],
        );
        rows(
            1,
            MAX_USER,
            Permission::Allow,
            &[("null", None), ("0", Some("0; accepted: 1 or more")), ("1", None)],
        );
    }

    #[test]
    fn the_pod_speaks_for_containers_that_say_nothing() {
        let rule = security(|rule| {
            rule.run_as_user = UserRange {
                min: 1000,
                max: MAX_USER,
                unset: Permission::Deny,
            }
        });
        let of_pod = "spec.securityContext.runAsUser: `runAsUser` is 0; accepted: 1000 or more";
        let own = format!("{AT}: `runAsUser` is 1; accepted: 1000 or more");
        let unset = format!("{AT}: `runAsUser` is unset, which leaves the user to the image; accepted: 1000 or more");
        pods(
            run,
            &rule,
            &[
                ("nothing is set", r#"{"containers":[{}]}"#, &[&unset]),
                (
                    "by the pod",
                    r#"{"securityContext":{"runAsUser":1000},"containers":[{}]}"#,
                    &[],
                ),
                (
                    "root by the pod",
                    r#"{"securityContext":{"runAsUser":0},"containers":[{}]}"#,
                    &[of_pod],
                ),
                (
                    "the container goes its own way",
                    r#"{"securityContext":{"runAsUser":1000},"containers":[{"securityContext":{"runAsUser":1}}]}"#,
                    &[&own],
                ),
                (
                    "windows has no numbers",
                    r#"{"os":{"name":"windows"},"containers":[{}]}"#,
                    &[],
                ),
            ],
        );
    }
}
