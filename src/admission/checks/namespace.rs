//! `namespace`: see the page below. Also tells the gate in which namespaces it may look around.

use super::support::{all_agree, any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, Request, RuleView};
use crate::plan::TaskPlan;
use crate::policy::Policy;

check! {
    /// Tasks must not run in namespaces that a policy does not allow.
    ///
    /// **Field** `namespace` **Allowed** names that match `namespaces.allow`; unset means the installation's own choice
    ///
    /// **Policy** `namespaces.allow`
    ///
    /// ## Why
    ///
    /// A namespace brings its Secrets, accounts, quotas and NetworkPolicies. A task in another team's namespace could
    /// use all of them.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   namespace: kube-system
    /// policy:
    ///   namespaces: { allow: [keptn-jobs] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   namespace: keptn-jobs
    /// policy:
    ///   namespaces: { allow: [keptn-jobs] }
    /// ```
    "namespace" => Rule(run), help = "remove `namespace`, or name one that the policy allows"
}

/// Whether anything may be asked about a task's namespace: every enforcing policy that rules namespaces allows it.
pub(in crate::admission) fn admitted(request: &Request, plan: &TaskPlan, matching: &[&Policy]) -> bool {
    all_agree(
        request,
        plan,
        matching,
        |policy| policy.namespaces.as_ref(),
        |names| names.matches(&plan.namespace).is_some(),
    )
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(allowed) = &view.policy.namespaces else {
        return Vec::new();
    };
    let namespace = &view.task.plan.namespace;
    if allowed.rule.matches(namespace).is_some() {
        return Vec::new();
    }
    let message = format!(
        "namespace {} is not allowed; accepted: {}",
        quoted(namespace),
        any_of(allowed.rule.texts())
    );
    vec![Raw::denied("namespace", message).by(&allowed.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn only_listed_namespaces_pass() {
        tasks(
            &CHECK,
            &[
                ("no rule", "task: { namespace: a }\npolicy: { namespaces: null }", &[]),
                (
                    "unset is the installation's",
                    r#"settings: { jobNamespace: jobs }
policy: { namespaces: { allow: [other, "x-*"] } }"#,
                    &["namespace: namespace `jobs` is not allowed; accepted: `other` or `x-*`"],
                ),
                (
                    "allowed",
                    r#"task: { namespace: x-1 }
policy: { namespaces: { allow: ["x-*"] } }"#,
                    &[],
                ),
                (
                    "a neighbour",
                    r#"task: { namespace: y-x-1 }
policy: { namespaces: { allow: ["x-*"] } }"#,
                    &["namespace: namespace `y-x-1` is not allowed; accepted: `x-*`"],
                ),
            ],
        );
    }
}
