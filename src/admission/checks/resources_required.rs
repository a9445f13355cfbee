//! `resources-required`: see the page below. A request that is left out is what Kubernetes makes of it: the limit.
//! Must never take zero for an amount.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::plan::{Quantity, Resources};
use crate::policy::ResourceField;

check! {
    /// Tasks must state the resources that a policy asks for.
    ///
    /// **Field** `resources` **Allowed** every amount that `resources.require` lists is stated; a `resources` block of
    /// its own replaces all defaults of the installation; a request that is unset is its limit
    ///
    /// **Policy** `resources.require`
    ///
    /// ## Why
    ///
    /// A container without limits may take the memory of its neighbours, one without requests is the first to be
    /// evicted.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   resources: { limits: { cpu: "1" } }
    /// policy:
    ///   resources: { require: [limits.memory] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   resources: { limits: { cpu: "1", memory: 512Mi } }
    /// policy:
    ///   resources: { require: [limits.memory] }
    /// ```
    "resources-required" => Rule(run), help = "state the amount under `resources`"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(resources) = &view.policy.resources else {
        return Vec::new();
    };
    let stated = &view.task.plan.resources;
    let missing = resources.rule.require.iter().filter(|field| !states(stated, **field));
    missing
        .map(|field| {
            let name = name(*field);
            let message = format!("{} is not stated, which the policy requires", quoted(name));
            Raw::denied(format!("resources.{name}"), message).by(&resources.origin)
        })
        .collect()
}

fn states(resources: &Resources, field: ResourceField) -> bool {
    let Resources { limits, requests } = resources;
    match field {
        ResourceField::LimitsCpu => some(limits.cpu.as_ref()),
        ResourceField::LimitsMemory => some(limits.memory.as_ref()),
        ResourceField::RequestsCpu => some(requests.cpu.as_ref().or(limits.cpu.as_ref())),
        ResourceField::RequestsMemory => some(requests.memory.as_ref().or(limits.memory.as_ref())),
    }
}

/// Zero states nothing: as a limit it is none, as a request it reserves nothing.
fn some(amount: Option<&Quantity>) -> bool {
    amount.is_some_and(|amount| !amount.is_zero())
}

fn name(field: ResourceField) -> &'static str {
    match field {
        ResourceField::LimitsCpu => "limits.cpu",
        ResourceField::LimitsMemory => "limits.memory",
        ResourceField::RequestsCpu => "requests.cpu",
        ResourceField::RequestsMemory => "requests.memory",
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn what_is_required_has_to_be_stated() {
        tasks(
            &CHECK,
            &[
                ("no rule", "task: { resources: {} }\npolicy: { resources: null }", &[]),
                (
                    "nothing required",
                    "task: { resources: {} }\npolicy: { resources: any }",
                    &[],
                ),
                (
                    "the installation's defaults count",
                    "policy: { resources: { require: [limits.cpu, limits.memory, requests.cpu, requests.memory] } }",
                    &[],
                ),
                (
                    "an empty block replaces them",
                    "task: { resources: {} }\npolicy: { resources: { require: [limits.cpu, limits.memory, requests.cpu, requests.memory] } }",
                    &[
                        "resources.limits.cpu: `limits.cpu` is not stated, which the policy requires",
                        "resources.limits.memory: `limits.memory` is not stated, which the policy requires",
                        "resources.requests.cpu: `requests.cpu` is not stated, which the policy requires",
                        "resources.requests.memory: `requests.memory` is not stated, which the policy requires",
                    ],
                ),
                (
                    "zero states nothing",
                    r#"task: { resources: { limits: { cpu: "0", memory: 0Gi }, requests: { cpu: 0m } } }
policy: { resources: { require: [limits.cpu, limits.memory, requests.cpu, requests.memory] } }"#,
                    &[
                        "resources.limits.cpu: `limits.cpu` is not stated, which the policy requires",
                        "resources.limits.memory: `limits.memory` is not stated, which the policy requires",
                        "resources.requests.cpu: `requests.cpu` is not stated, which the policy requires",
                        "resources.requests.memory: `requests.memory` is not stated, which the policy requires",
                    ],
                ),
                (
                    "a request is its limit",
                    r#"task: { resources: { limits: { cpu: "1", memory: 1Gi } } }
policy: { resources: { require: [limits.cpu, limits.memory, requests.cpu, requests.memory] } }"#,
                    &[],
                ),
                (
                    "a limit is not its request",
                    r#"task: { resources: { requests: { cpu: "1", memory: 1Gi } } }
policy: { resources: { require: [limits.cpu, limits.memory, requests.cpu, requests.memory] } }"#,
                    &[
                        "resources.limits.cpu: `limits.cpu` is not stated, which the policy requires",
                        "resources.limits.memory: `limits.memory` is not stated, which the policy requires",
                    ],
                ),
            ],
        );
    }
}
