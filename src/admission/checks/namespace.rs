//! `namespace`: see the page below. Also tells the gate in which namespaces it may look around.

use super::support::{all_enforcing, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::policy::Policy;
use crate::settings::Settings;

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

/// Whether anything may be asked about a namespace: every enforcing policy that rules namespaces allows it, and one does.
pub(in crate::admission) fn admitted(namespace: &str, matching: &[&Policy], _: &Settings) -> bool {
    all_enforcing(matching, |policy| policy.namespaces.as_ref(), |names| names.matches(namespace))
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(allowed) = &view.policy.namespaces else { return Vec::new() };
    let namespace = &view.task.plan.namespace;
    if allowed.rule.matches(namespace) {
        return Vec::new();
    }
    let message = format!("namespace {} is not allowed; accepted: {}", quoted(namespace), allowed.rule);
    vec![Raw::denied("namespace", message).by(&allowed.origin)]
}
