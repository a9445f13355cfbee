//! `token-mount`: see the page below. Also decides, for the gate, whether the pod gets the token at all.
//!
//! Must never grant by silence: no rule, or one that names no account, means no token.

use super::support::{all_enforcing, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::plan::TaskPlan;
use crate::policy::{Policy, ServiceAccounts};

check! {
    /// Pods must not get the token of an account for which no policy grants it.
    ///
    /// **Field** `serviceAccount` **Allowed** accounts that `mountToken` names, of all policies that rule accounts
    ///
    /// **Policy** `serviceAccounts.mountToken`
    ///
    /// ## Why
    ///
    /// A token in a pod speaks for its account at the API server. It is mounted only where every enforcing policy says
    /// so, and then left to the account; otherwise the Job carries `automountServiceAccountToken: false`. A policy in
    /// `warn` or `audit` mode that would not mount it is reported here before it starts to refuse.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec: { serviceAccountName: deployer, containers: [ { name: main } ] }
    /// policy:
    ///   serviceAccounts: { allow: [deployer] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// pod:
    ///   spec: { serviceAccountName: deployer, containers: [ { name: main } ] }
    /// policy:
    ///   serviceAccounts: { allow: [deployer], mountToken: [deployer] }
    /// ```
    "token-mount" => Rule(run), help = "use an account that `serviceAccounts.mountToken` names, or do without the token"
}

/// Whether the pod of a task gets its account's token: every enforcing policy that rules accounts mounts it.
pub(in crate::admission) fn granted(plan: &TaskPlan, matching: &[&Policy]) -> bool {
    all_enforcing(matching, |policy| policy.service_accounts.as_ref(), |rule| mounts(rule, &plan.service_account))
}

fn mounts(rule: &ServiceAccounts, account: &str) -> bool {
    rule.mount_token.as_ref().is_some_and(|names| names.matches(account))
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(accounts) = &view.policy.service_accounts else { return Vec::new() };
    let account = &view.task.plan.service_account;
    // Anything but an explicit `false` leaves the mount to the account, which Kubernetes lets default to true.
    let withheld = view.task.pod.spec.get("automountServiceAccountToken") == Some(&serde_json::Value::Bool(false));
    if withheld || mounts(&accounts.rule, account) {
        return Vec::new();
    }
    let message = format!("the pod would get the token of account {}, which `mountToken` does not name", quoted(account));
    vec![Raw::denied("serviceAccount", message).by(&accounts.origin)]
}
