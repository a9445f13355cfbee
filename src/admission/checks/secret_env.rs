//! `secret-env`: see the page below. Names alone are judged: this service never reads a task's Secret.

use super::support::{Found, any_of, quoted, secrets};
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
    let Some(allowed) = &view.policy.secrets else {
        return Vec::new();
    };
    let mut found = Found::by(&allowed.origin);
    for secret in found.read(secrets(&view.task)).unwrap_or_default() {
        if allowed.rule.matches(secret.name).is_none() {
            let accepted = any_of(allowed.rule.texts());
            found.denied(
                secret.field,
                format!("Secret {} is not allowed; accepted: {accepted}", quoted(secret.name)),
            );
        }
    }
    found.raws()
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
                (
                    "each place in the pod",
                    r#"policy: { secrets: { allow: [ok] } }
pod:
  initContainers: [ { envFrom: [ { secretRef: { name: a } }, { configMapRef: { name: z } } ] } ]
  containers: [ { env: [ { name: x, valueFrom: { secretKeyRef: { name: b, key: x } } }, { name: y, value: z } ] } ]
  ephemeralContainers: [ { envFrom: [ { secretRef: { name: ok } } ] } ]
  volumes: [ { name: v, secret: { secretName: c } }, { name: w, projected: { sources: [ { secret: { name: d } } ] } } ]"#,
                    &[
                        "spec.initContainers[0].envFrom[0].secretRef.name: Secret `a` is not allowed; accepted: `ok`",
                        "spec.containers[0].env[0].valueFrom.secretKeyRef.name: Secret `b` is not allowed; accepted: `ok`",
                        "spec.volumes[0].secret.secretName: Secret `c` is not allowed; accepted: `ok`",
                        "spec.volumes[1].projected.sources[0].secret.name: Secret `d` is not allowed; accepted: `ok`",
                    ],
                ),
                (
                    "a Secret without a name",
                    "pod: { containers: [ { envFrom: [ { secretRef: {} } ] } ] }",
                    &[
                        "spec.containers[0].envFrom[0].secretRef.name: `name` is absent, which cannot be judged; accepted: the name of a Secret",
                    ],
                ),
            ],
        );
    }
}
