//! `policy-not-enforced`: see the page below. Must never let warnings stand in for a policy that refuses.

use super::support::{all_of, granting};
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};

check! {
    /// Tasks that are only warned about or audited must not run.
    ///
    /// **Field** the task **Allowed** at least one matching policy with `mode: enforce`
    ///
    /// **Policy** `mode`
    ///
    /// ## Why
    ///
    /// `warn` and `audit` are for rolling out a policy beside one that already refuses. Alone they would open the gate.
    /// The same holds for a policy whose `scope` asks for an attribute that the event does not have, and for the one
    /// that the Helm values make: they may refuse, but nothing is admitted because of them.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task: {}
    /// policy:
    ///   mode: audit
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task: {}
    /// policy:
    ///   mode: enforce
    /// ```
    "policy-not-enforced" => Invariant(run), help = "ask the platform team for a matching policy with `mode: enforce`"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    if view.policies.is_empty() || !granting(view.request, view.plan, view.policies).is_empty() {
        return Vec::new();
    }
    let names = all_of(view.policies.iter().map(|policy| &policy.name));
    let message = format!("of the matching policies ({names}) none both enforces and is surely meant for this task");
    vec![Raw::denied("", message)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn warnings_alone_admit_nothing() {
        tasks(
            &CHECK,
            &[
                ("enforce", "task: {}", &[]),
                ("no policy at all", "policy: { scope: { actions: [other] } }", &[]),
                (
                    "warn and audit",
                    "policies: [ { mode: warn }, { mode: audit } ]",
                    &[
                        ": of the matching policies (`example-0` and `example-1`) none both enforces and is surely meant for this task",
                    ],
                ),
                ("one enforces", "policies: [ { mode: warn }, { mode: enforce } ]", &[]),
                (
                    "the event does not say for whom it is",
                    "policy: { scope: { stages: [dev] } }\nevent: { data: {} }",
                    &[": of the matching policies (`example-0`) none both enforces and is surely meant for this task"],
                ),
            ],
        );
    }
}
