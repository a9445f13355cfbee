//! `annotations`: see the page below. Keys that are ours or Kubernetes' own have a check without a policy.

use super::support::{any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};

check! {
    /// Tasks must not set annotations that a policy does not allow.
    ///
    /// **Field** `annotations` **Allowed** keys that match `annotations.allow`
    ///
    /// **Policy** `annotations.allow`
    ///
    /// ## Why
    ///
    /// Annotations steer what other controllers do to a pod: an injector adds containers, volumes and credentials.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   annotations: { sidecar.istio.io/inject: "true" }
    /// policy:
    ///   annotations: { allow: ["example.com/*"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   annotations: { example.com/team: carts }
    /// policy:
    ///   annotations: { allow: ["example.com/*"] }
    /// ```
    "annotations" => Rule(run), help = "remove the annotation, or ask the platform team to allow its key"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(allowed) = &view.policy.annotations else {
        return Vec::new();
    };
    let keys = view
        .task
        .plan
        .annotations
        .keys()
        .filter(|key| allowed.rule.matches(key).is_none());
    keys.map(|key| {
        let message = format!(
            "annotation {} is not allowed; accepted: {}",
            quoted(key),
            any_of(allowed.rule.texts())
        );
        Raw::denied(format!("annotations.{key}"), message).by(&allowed.origin)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn only_listed_keys_pass() {
        tasks(
            &CHECK,
            &[
                ("no annotations", "policy: { annotations: { allow: [none] } }", &[]),
                (
                    "no rule",
                    "task: { annotations: { a.example/b: c } }\npolicy: { annotations: null }",
                    &[],
                ),
                (
                    "allowed",
                    r#"task: { annotations: { example.com/team: carts } }
policy: { annotations: { allow: ["example.com/*"] } }"#,
                    &[],
                ),
                (
                    "two that are not",
                    r#"task: { annotations: { b/c: d, example.com.evil/a: b } }
policy: { annotations: { allow: ["example.com/*"] } }"#,
                    &[
                        "annotations.b/c: annotation `b/c` is not allowed; accepted: `example.com/*`",
                        "annotations.example.com.evil/a: annotation `example.com.evil/a` is not allowed; accepted: `example.com/*`",
                    ],
                ),
            ],
        );
    }
}
