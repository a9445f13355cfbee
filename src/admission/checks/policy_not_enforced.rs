//! `policy-not-enforced`: see the page below. Must never let warnings stand in for a policy that refuses.

use super::support::{any_of, enforcing};
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
    if view.policies.is_empty() || enforcing(view.policies).next().is_some() {
        return Vec::new();
    }
    let names = any_of(view.policies.iter().map(|policy| &policy.name));
    vec![Raw::denied("", format!("no matching policy enforces, only {names} would judge it; one with `mode: enforce` is needed"))]
}
