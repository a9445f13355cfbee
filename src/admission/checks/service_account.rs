//! `service-account`: see the page below. An empty name is judged as what Kubernetes makes of it.

use super::support::{Found, account, any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};

check! {
    /// Tasks must not run under service accounts that a policy does not allow.
    ///
    /// **Field** `serviceAccount` **Allowed** names that match `serviceAccounts.allow`; unset means the installation's
    /// default account, empty means `default`
    ///
    /// **Policy** `serviceAccounts.allow`
    ///
    /// ## Why
    ///
    /// The account decides what a task may do in the cluster, and often outside of it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   serviceAccount: cluster-admin
    /// policy:
    ///   serviceAccounts: { allow: ["deployer-*"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   serviceAccount: deployer-carts
    /// policy:
    ///   serviceAccounts: { allow: ["deployer-*"] }
    /// ```
    "service-account" => Rule(run), help = "remove `serviceAccount`, or name one that the policy allows"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(accounts) = &view.policy.service_accounts else {
        return Vec::new();
    };
    let mut found = Found::by(&accounts.origin);
    let Some(account) = found.read(account(&view.task)) else {
        return found.raws();
    };
    if accounts.rule.allow.matches(account).is_none() {
        let accepted = any_of(accounts.rule.allow.texts());
        found.denied(
            "serviceAccount",
            format!(
                "service account {} is not allowed; accepted: {accepted}",
                quoted(account)
            ),
        );
    }
    found.raws()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn only_listed_accounts_pass() {
        tasks(
            &CHECK,
            &[
                (
                    "no rule",
                    "task: { serviceAccount: a }\npolicy: { serviceAccounts: null }",
                    &[],
                ),
                (
                    "unset is the installation's",
                    "settings: { defaultServiceAccount: runner }\npolicy: { serviceAccounts: { allow: [a, b] } }",
                    &["serviceAccount: service account `runner` is not allowed; accepted: `a` or `b`"],
                ),
                (
                    "empty means default",
                    r#"task: { serviceAccount: "" }
policy: { serviceAccounts: { allow: [a] } }"#,
                    &["serviceAccount: service account `default` is not allowed; accepted: `a`"],
                ),
                (
                    "allowed",
                    r#"task: { serviceAccount: deployer-a }
policy: { serviceAccounts: { allow: ["deployer-*"] } }"#,
                    &[],
                ),
                (
                    "a neighbour",
                    r#"task: { serviceAccount: a-deployer-a }
policy: { serviceAccounts: { allow: ["deployer-*"] } }"#,
                    &["serviceAccount: service account `a-deployer-a` is not allowed; accepted: `deployer-*`"],
                ),
            ],
        );
    }
}
