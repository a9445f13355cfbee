//! `pull-policy`: see the page below. Judged is the resolved policy: the default follows the tag as written.

use super::support::{any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};

check! {
    /// Images must be pulled as the policy says.
    ///
    /// **Field** `imagePullPolicy` **Allowed** the values that the policy lists; unset means `Always` for `latest` or no
    /// tag, `IfNotPresent` otherwise
    ///
    /// **Policy** `images.pullPolicies`
    ///
    /// ## Why
    ///
    /// A node that does not pull does not ask the registry either: whoever once got an image onto a node may run it,
    /// with or without the right to read it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    ///   imagePullPolicy: Never
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ], pullPolicies: [Always, IfNotPresent] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    ///   imagePullPolicy: Always
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ], pullPolicies: [Always, IfNotPresent] }
    /// ```
    "pull-policy" => Rule(run), help = "set `imagePullPolicy` to a value that the policy lists"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(images) = &view.policy.images else {
        return Vec::new();
    };
    let accepted = &images.rule.pull_policies;
    let policy = view.task.plan.pull_policy;
    // The loader refuses an empty list; here it stands for a key that is absent.
    if accepted.is_empty() || accepted.contains(&policy) {
        return Vec::new();
    }
    let accepted = any_of(accepted.iter().map(|policy| policy.as_str()));
    let message = format!(
        "the pull policy of the image is {}; accepted: {accepted}",
        quoted(policy.as_str())
    );
    vec![Raw::denied("imagePullPolicy", message).by(&images.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn the_resolved_policy_is_judged() {
        tasks(
            &CHECK,
            &[
                (
                    "no rule",
                    "task: { imagePullPolicy: Never }\npolicy: { images: null }",
                    &[],
                ),
                ("no list", "task: { imagePullPolicy: Never }", &[]),
                (
                    "never",
                    r#"task: { imagePullPolicy: Never }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], pullPolicies: [Always, IfNotPresent] } }"#,
                    &["imagePullPolicy: the pull policy of the image is `Never`; accepted: `Always` or `IfNotPresent`"],
                ),
                (
                    "listed",
                    r#"task: { imagePullPolicy: Always }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], pullPolicies: [Always, IfNotPresent] } }"#,
                    &[],
                ),
                (
                    "unset with a tag",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], pullPolicies: [Always] } }"#,
                    &["imagePullPolicy: the pull policy of the image is `IfNotPresent`; accepted: `Always`"],
                ),
                (
                    "unset without a tag",
                    r#"task: { image: ghcr.io/acme/app }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], pullPolicies: [Always] } }"#,
                    &[],
                ),
            ],
        );
    }
}
