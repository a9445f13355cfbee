//! `policy-silent`: see the page below. Must never read a topic that is left out as a yes.

use super::support::{any_of, granting};
use crate::admission::check::check;
use crate::admission::signed::covering;
use crate::admission::{Raw, TaskView};
use crate::policy::Policy;

check! {
    /// Tasks must not use what no enforcing policy rules.
    ///
    /// **Field** any **Allowed** every topic that the task uses is ruled by a matching policy with `mode: enforce`
    ///
    /// **Policy** `images`, `unsigned` (or `signatures` that cover the image), `serviceAccounts`, `namespaces`, `commands`,
    /// `security` and `egress` for every task; `files`, `secrets` and `annotations` where the task has some
    ///
    /// ## Why
    ///
    /// A topic that is left out must not become a permission by accident. Who wants to allow it says so.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task: {}
    /// policy:
    ///   egress: null
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task: {}
    /// policy:
    ///   egress: none
    /// ```
    "policy-silent" => Invariant(run), help = "ask the platform team to rule this topic in a policy that matches the task"
}

/// Topic, field of the task, whether the task uses it, whether a policy rules it.
type Topic = (
    &'static str,
    &'static str,
    fn(&TaskView<'_>) -> bool,
    fn(&Policy, &TaskView<'_>) -> bool,
);

const TOPICS: [Topic; 10] = [
    ("images", "image", always, |policy, _| policy.images.is_some()),
    ("unsigned", "image", always, |policy, view| {
        policy.unsigned.is_some() || covering(policy, &view.plan.image).next().is_some()
    }),
    ("serviceAccounts", "serviceAccount", always, |policy, _| {
        policy.service_accounts.is_some()
    }),
    ("namespaces", "namespace", always, |policy, _| {
        policy.namespaces.is_some()
    }),
    ("commands", "image", always, |policy, _| policy.commands.is_some()),
    ("security", "securityContext", always, |policy, _| {
        policy.security.is_some()
    }),
    ("egress", "", always, |policy, _| policy.egress.is_some()),
    (
        "files",
        "files",
        |view| !view.plan.files.is_empty(),
        |policy, _| policy.files.is_some(),
    ),
    (
        "secrets",
        "env",
        |view| !view.plan.secrets.is_empty(),
        |policy, _| policy.secrets.is_some(),
    ),
    (
        "annotations",
        "annotations",
        |view| !view.plan.annotations.is_empty(),
        |policy, _| policy.annotations.is_some(),
    ),
];

fn always(_: &TaskView<'_>) -> bool {
    true
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    // Without any enforcing policy the finding is `policy-missing` or `policy-not-enforced`, once, not one a topic.
    let ruling = granting(view.request, view.plan, view.policies);
    if ruling.is_empty() {
        return Vec::new();
    }
    let names = any_of(ruling.iter().map(|policy| &policy.name));
    TOPICS
        .iter()
        .filter(|(_, _, uses, rules)| uses(view) && !ruling.iter().any(|policy| rules(policy, view)))
        .map(|(topic, field, _, _)| {
            Raw::denied(
                *field,
                format!("no enforcing policy rules `{topic}`; matching: {names}"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn topics_that_are_left_out_are_findings() {
        tasks(
            &CHECK,
            &[
                ("all are ruled", "task: {}", &[]),
                (
                    "those of every task",
                    "policy: { images: null, unsigned: null, serviceAccounts: null, namespaces: null, commands: null, security: null, egress: null }",
                    &[
                        "image: no enforcing policy rules `images`; matching: `example-0`",
                        "image: no enforcing policy rules `unsigned`; matching: `example-0`",
                        "serviceAccount: no enforcing policy rules `serviceAccounts`; matching: `example-0`",
                        "namespace: no enforcing policy rules `namespaces`; matching: `example-0`",
                        "image: no enforcing policy rules `commands`; matching: `example-0`",
                        "securityContext: no enforcing policy rules `security`; matching: `example-0`",
                        ": no enforcing policy rules `egress`; matching: `example-0`",
                    ],
                ),
                (
                    "those that are not used",
                    "policy: { files: null, secrets: null, annotations: null, resources: null, deadlines: null }",
                    &[],
                ),
                (
                    "those that are used",
                    "task: { files: [a], annotations: { a: b }, env: [ { name: s, valueFrom: secret } ] }\npolicy: { files: null, secrets: null, annotations: null }",
                    &[
                        "files: no enforcing policy rules `files`; matching: `example-0`",
                        "env: no enforcing policy rules `secrets`; matching: `example-0`",
                        "annotations: no enforcing policy rules `annotations`; matching: `example-0`",
                    ],
                ),
                (
                    "another policy rules them",
                    "policies: [ { egress: null }, { images: null } ]",
                    &[],
                ),
                (
                    "one that only warns does not",
                    "policies: [ { egress: null }, { mode: warn } ]",
                    &[": no enforcing policy rules `egress`; matching: `example-0`"],
                ),
                (
                    "the Helm values do not",
                    r#"settings: { allowedImageList: "ghcr.io/acme/*" }
policy: { images: null }"#,
                    &["image: no enforcing policy rules `images`; matching: `example-0`"],
                ),
            ],
        );
    }
}
