//! `policy-silent`: see the page below. Must never read a topic that is left out as a yes.

use super::support::{any_of, enforcing};
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};
use crate::policy::Policy;

check! {
    /// Tasks must not use what no enforcing policy rules.
    ///
    /// **Field** any **Allowed** every topic that the task uses is ruled by a matching policy with `mode: enforce`
    ///
    /// **Policy** `images`, `unsigned`, `serviceAccounts`, `namespaces`, `commands`, `security` and `egress` for every
    /// task; `files`, `secrets` and `annotations` where the task has some
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
type Topic = (&'static str, &'static str, fn(&TaskView<'_>) -> bool, fn(&Policy) -> bool);

const TOPICS: [Topic; 10] = [
    ("images", "image", always, |policy| policy.images.is_some()),
    ("unsigned", "image", always, |policy| policy.unsigned.is_some()),
    ("serviceAccounts", "serviceAccount", always, |policy| policy.service_accounts.is_some()),
    ("namespaces", "namespace", always, |policy| policy.namespaces.is_some()),
    ("commands", "cmd", always, |policy| policy.commands.is_some()),
    ("security", "securityContext", always, |policy| policy.security.is_some()),
    ("egress", "", always, |policy| policy.egress.is_some()),
    ("files", "files", |view| !view.plan.files.is_empty(), |policy| policy.files.is_some()),
    ("secrets", "env", |view| !view.plan.secrets.is_empty(), |policy| policy.secrets.is_some()),
    ("annotations", "annotations", |view| !view.plan.annotations.is_empty(), |policy| policy.annotations.is_some()),
];

fn always(_: &TaskView<'_>) -> bool {
    true
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    // Without any enforcing policy the finding is `policy-missing` or `policy-not-enforced`, once, not one a topic.
    let ruling: Vec<&Policy> = enforcing(view.policies).collect();
    if ruling.is_empty() {
        return Vec::new();
    }
    let names = any_of(ruling.iter().map(|policy| &policy.name));
    TOPICS
        .iter()
        .filter(|(_, _, uses, rules)| uses(view) && !ruling.iter().any(|policy| rules(policy)))
        .map(|(topic, field, _, _)| Raw::denied(*field, format!("no enforcing policy rules `{topic}`; matching: {names}")))
        .collect()
}
