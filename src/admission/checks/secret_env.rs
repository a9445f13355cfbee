//! `secret-env`: see the page below. Names alone are judged: this service never reads a task's Secret.

use super::support::{any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};

check! {
    /// Tasks must not read Secrets that a policy does not allow.
    ///
    /// **Field** `env[]` with `valueFrom: secret` **Allowed** Secrets whose names match `secrets.allow`
    ///
    /// **Policy** `secrets.allow`
    ///
    /// ## Why
    ///
    /// Every key of the Secret becomes a variable of the author's container, and a container can print its variables.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   env: [ { name: database-root, valueFrom: secret } ]
    /// policy:
    ///   secrets: { allow: ["locust-*"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   env: [ { name: locust-carts, valueFrom: secret } ]
    /// policy:
    ///   secrets: { allow: ["locust-*"] }
    /// ```
    "secret-env" => Rule(run), help = "use a Secret that the policy allows, or ask the platform team to add this one"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(secrets) = &view.policy.secrets else {
        return Vec::new();
    };
    let asked = view
        .task
        .plan
        .secrets
        .iter()
        .filter(|secret| secrets.rule.matches(&secret.name).is_none());
    asked
        .map(|secret| {
            let message = format!(
                "Secret {} is not allowed; accepted: {}",
                quoted(&secret.name),
                any_of(secrets.rule.texts())
            );
            Raw::denied(format!("env[{}].name", secret.index), message).by(&secrets.origin)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn only_listed_secrets_pass() {
        tasks(
            &CHECK,
            &[
                ("no secrets", "policy: { secrets: { allow: [a] } }", &[]),
                (
                    "no rule",
                    "task: { env: [ { name: b, valueFrom: secret } ] }\npolicy: { secrets: null }",
                    &[],
                ),
                (
                    "allowed",
                    r#"task: { env: [ { name: locust-a, valueFrom: secret } ] }
policy: { secrets: { allow: ["locust-*"] } }"#,
                    &[],
                ),
                (
                    "the second one",
                    r#"task: { env: [ { name: locust-a, valueFrom: secret }, { name: my-locust-a, valueFrom: secret } ] }
policy: { secrets: { allow: ["locust-*"] } }"#,
                    &["env[1].name: Secret `my-locust-a` is not allowed; accepted: `locust-*`"],
                ),
            ],
        );
    }
}
