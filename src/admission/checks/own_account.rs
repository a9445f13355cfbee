//! `own-account`: see the page below. By name, in whatever namespace.

use super::support::{account, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};

check! {
    /// Tasks must not run under the account of this service.
    ///
    /// **Field** `serviceAccount` **Allowed** any other account
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// The service's account creates Jobs and NetworkPolicies: a task that runs under it is its own gate. The name is
    /// refused in every namespace, so that a copy with the same rights is no way around.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   serviceAccount: job-executor-service
    /// settings: { serviceAccount: job-executor-service }
    /// policy:
    ///   serviceAccounts: { allow: ["*"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   serviceAccount: deployer
    /// settings: { serviceAccount: job-executor-service }
    /// policy:
    ///   serviceAccounts: { allow: ["*"] }
    /// ```
    "own-account" => Invariant(run), help = "remove `serviceAccount`, or name an account made for this task"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let own = view.request.settings.service_account.as_str();
    let own = if own.is_empty() { "default" } else { own };
    match account(view) {
        Ok(account) if account == own => {
            let message = format!(
                "service account {} is the one of this service; accepted: any other",
                quoted(account)
            );
            vec![Raw::denied("serviceAccount", message)]
        }
        Ok(_) => Vec::new(),
        Err(malformed) => vec![malformed.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn by_name_in_every_namespace() {
        tasks(
            &CHECK,
            &[
                ("unset", "task: {}", &[]),
                ("another", "task: { serviceAccount: job-executor-service-2 }", &[]),
                (
                    "ours",
                    "task: { serviceAccount: job-executor-service }",
                    &[
                        "serviceAccount: service account `job-executor-service` is the one of this service; accepted: any other",
                    ],
                ),
                (
                    "ours elsewhere",
                    "task: { serviceAccount: jes, namespace: other }\nsettings: { serviceAccount: jes }",
                    &["serviceAccount: service account `jes` is the one of this service; accepted: any other"],
                ),
                (
                    "empty means default",
                    r#"task: { serviceAccount: "" }
settings: { serviceAccount: default }"#,
                    &["serviceAccount: service account `default` is the one of this service; accepted: any other"],
                ),
                (
                    "as the default of tasks",
                    "settings: { defaultServiceAccount: job-executor-service }",
                    &[
                        "serviceAccount: service account `job-executor-service` is the one of this service; accepted: any other",
                    ],
                ),
            ],
        );
    }
}
