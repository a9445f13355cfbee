//! `token-mount`: see the page below. Also decides, for the gate, whether the pod gets the token at all.
//!
//! Must never grant by silence: no rule, or one that names no account, means no token.

use super::support::{Found, account, all_agree, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, Request, RuleView};
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
    /// task:
    ///   serviceAccount: deployer
    /// policies:
    ///   - serviceAccounts: { allow: [deployer], mountToken: [deployer] }
    ///   - mode: audit
    ///     serviceAccounts: { allow: [deployer] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   serviceAccount: deployer
    /// policies:
    ///   - serviceAccounts: { allow: [deployer], mountToken: [deployer] }
    ///   - mode: audit
    ///     serviceAccounts: { allow: [deployer], mountToken: ["deploy*"] }
    /// ```
    "token-mount" => Rule(run), help = "use an account that `serviceAccounts.mountToken` names, or do without the token"
}

/// Whether the pod of a task gets its account's token: every enforcing policy that rules accounts mounts it.
pub(in crate::admission) fn granted(request: &Request, plan: &TaskPlan, matching: &[&Policy]) -> bool {
    let account = &plan.service_account;
    all_agree(
        request,
        plan,
        matching,
        |policy| policy.service_accounts.as_ref(),
        |rule| mounts(rule, account),
    )
}

fn mounts(rule: &ServiceAccounts, account: &str) -> bool {
    rule.mount_token
        .as_ref()
        .is_some_and(|names| names.matches(account).is_some())
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(accounts) = &view.policy.service_accounts else {
        return Vec::new();
    };
    // Anything but an explicit `false` leaves the mount to the account, which Kubernetes lets default to true.
    if view.task.pod.spec.get("automountServiceAccountToken") == Some(&serde_json::Value::Bool(false)) {
        return Vec::new();
    }
    let mut found = Found::by(&accounts.origin);
    let Some(account) = found.read(account(&view.task)) else {
        return found.raws();
    };
    if !mounts(&accounts.rule, account) {
        let message = format!(
            "the pod would get the token of account {}, which `mountToken` does not name",
            quoted(account)
        );
        found.denied("serviceAccount", message);
    }
    found.raws()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{Example, tasks};
    use super::*;
    use crate::admission::PlannedTask;

    #[test]
    fn a_token_needs_a_rule_that_names_the_account() {
        tasks(
            &CHECK,
            &[
                (
                    "withheld",
                    "task: { serviceAccount: a }\npolicy: { serviceAccounts: { allow: [a] } }",
                    &[],
                ),
                (
                    "no rule",
                    "task: { serviceAccount: a }\npod: { serviceAccountName: a }\npolicy: { serviceAccounts: null }",
                    &[],
                ),
                (
                    "left to the account",
                    "task: { serviceAccount: a }\npod: { serviceAccountName: a }\npolicy: { serviceAccounts: { allow: [a] } }",
                    &["serviceAccount: the pod would get the token of account `a`, which `mountToken` does not name"],
                ),
                (
                    "asked for",
                    "task: { serviceAccount: a }\npod: { serviceAccountName: a, automountServiceAccountToken: true }\npolicy: { serviceAccounts: { allow: [a], mountToken: [b] } }",
                    &["serviceAccount: the pod would get the token of account `a`, which `mountToken` does not name"],
                ),
                (
                    "unreadable",
                    r#"task: { serviceAccount: a }
pod: { serviceAccountName: a, automountServiceAccountToken: "false" }
policy: { serviceAccounts: { allow: [a] } }"#,
                    &["serviceAccount: the pod would get the token of account `a`, which `mountToken` does not name"],
                ),
                (
                    "named",
                    "task: { serviceAccount: a }\npod: { serviceAccountName: a }\npolicy: { serviceAccounts: { allow: [a], mountToken: [a] } }",
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn only_policies_that_enforce_mount_a_token() {
        for (yaml, expected) in [
            ("policy: { serviceAccounts: null }", false),
            ("policy: { serviceAccounts: { allow: [\"*\"] } }", false),
            ("policy: {}", true),
            ("policy: { mode: audit }", false),
            ("policies: [ {}, { serviceAccounts: { allow: [\"*\"] } } ]", false),
            (
                "policies: [ {}, { mode: audit, serviceAccounts: { allow: [\"*\"] } } ]",
                true,
            ),
            ("policies: [ {}, { serviceAccounts: null } ]", true),
        ] {
            let request = Example::read(yaml).request();
            for task in request.actions.iter().flat_map(|action| &action.tasks) {
                let PlannedTask::Planned(plan) = task else {
                    panic!("{task:?}")
                };
                let matching: Vec<&Policy> = request.policies.matching(&request.event, &plan.key).collect();
                assert_eq!(granted(&request, plan, &matching), expected, "{yaml}");
            }
        }
    }
}
