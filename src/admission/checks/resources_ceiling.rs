//! `resources-ceiling`: see the page below. Must never read an unset limit, or one of zero, as a small one: both are none.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::plan::Quantity;

check! {
    /// Tasks must not ask for more than a policy allows.
    ///
    /// **Field** `resources.limits`, `resources.requests` **Allowed** up to `resources.max`; a limit has to be stated
    ///
    /// **Policy** `resources.max.cpu`, `resources.max.memory`
    ///
    /// ## Why
    ///
    /// One load test can take a cluster. Without a limit a container may use the whole node, so under a ceiling unset is
    /// too much. So is zero: the kubelet sets no limit then.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   resources: { limits: { cpu: "1", memory: 8Gi } }
    /// policy:
    ///   resources: { max: { cpu: "2", memory: 2Gi } }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   resources: { limits: { cpu: "1", memory: 2Gi } }
    /// policy:
    ///   resources: { max: { cpu: "2", memory: 2Gi } }
    /// ```
    "resources-ceiling" => Rule(run), help = "state a limit that is not above the ceiling"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(rule) = &view.policy.resources else {
        return Vec::new();
    };
    let stated = &view.task.plan.resources;
    let mut raws = Vec::new();
    for (name, max, limit, request) in [
        ("cpu", &rule.rule.max_cpu, &stated.limits.cpu, &stated.requests.cpu),
        (
            "memory",
            &rule.rule.max_memory,
            &stated.limits.memory,
            &stated.requests.memory,
        ),
    ] {
        let Some(max) = max else { continue };
        let accepted = quoted(max.as_str());
        let no_limit = match limit {
            None => Some("unset"),
            Some(limit) => limit.is_zero().then_some("zero"),
        };
        if let Some(what) = no_limit {
            let message = format!("`limits.{name}` is {what}, which is no limit; accepted: up to {accepted}");
            raws.push(Raw::denied(format!("resources.limits.{name}"), message).by(&rule.origin));
        }
        for (kind, amount) in [("limits", limit), ("requests", request)] {
            if let Some(amount) = amount.as_ref().filter(|amount| *amount > max) {
                raws.push(
                    Raw::denied(format!("resources.{kind}.{name}"), over(kind, name, amount, &accepted))
                        .by(&rule.origin),
                );
            }
        }
    }
    raws
}

fn over(kind: &str, name: &str, amount: &Quantity, accepted: &str) -> String {
    format!(
        "`{kind}.{name}` is {}; accepted: up to {accepted}",
        quoted(amount.as_str())
    )
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn no_limit_is_above_every_ceiling() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { resources: null }", &[]),
                (
                    "no ceiling",
                    "task: { resources: {} }\npolicy: { resources: { require: [limits.cpu] } }",
                    &[],
                ),
                (
                    "unset",
                    r#"task: { resources: {} }
policy: { resources: { max: { cpu: "1", memory: 1Gi } } }"#,
                    &[
                        "resources.limits.cpu: `limits.cpu` is unset, which is no limit; accepted: up to `1`",
                        "resources.limits.memory: `limits.memory` is unset, which is no limit; accepted: up to `1Gi`",
                    ],
                ),
                (
                    "zero is no limit for the kubelet",
                    r#"task: { resources: { limits: { cpu: 0m, memory: "0" }, requests: { cpu: "0" } } }
policy: { resources: { max: { cpu: "1", memory: 1Gi } } }"#,
                    &[
                        "resources.limits.cpu: `limits.cpu` is zero, which is no limit; accepted: up to `1`",
                        "resources.limits.memory: `limits.memory` is zero, which is no limit; accepted: up to `1Gi`",
                    ],
                ),
                (
                    "equal in other words",
                    r#"task: { resources: { limits: { cpu: 1000m, memory: 1024Mi } } }
policy: { resources: { max: { cpu: "1", memory: 1Gi } } }"#,
                    &[],
                ),
                (
                    "above",
                    r#"task: { resources: { limits: { cpu: 1001m, memory: 1.5Gi } } }
policy: { resources: { max: { cpu: "1", memory: 1Gi } } }"#,
                    &[
                        "resources.limits.cpu: `limits.cpu` is `1001m`; accepted: up to `1`",
                        "resources.limits.memory: `limits.memory` is `1.5Gi`; accepted: up to `1Gi`",
                    ],
                ),
                (
                    "the request alone",
                    r#"task: { resources: { requests: { cpu: "2" } } }
policy: { resources: { max: { cpu: "1" } } }"#,
                    &[
                        "resources.limits.cpu: `limits.cpu` is unset, which is no limit; accepted: up to `1`",
                        "resources.requests.cpu: `requests.cpu` is `2`; accepted: up to `1`",
                    ],
                ),
                (
                    "the installation's defaults",
                    "policy: { resources: { max: { memory: 100Mi } } }",
                    &[
                        "resources.limits.memory: `limits.memory` is `512Mi`; accepted: up to `100Mi`",
                        "resources.requests.memory: `requests.memory` is `128Mi`; accepted: up to `100Mi`",
                    ],
                ),
            ],
        );
    }
}
