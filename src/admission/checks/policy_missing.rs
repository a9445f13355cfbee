//! `policy-missing`: see the page below. Must never treat a task that nobody ruled about as accepted.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};

check! {
    /// Tasks that no policy's scope matches must not run.
    ///
    /// **Field** the task **Allowed** at least one policy whose `scope` matches it
    ///
    /// **Policy** `scope`
    ///
    /// ## Why
    ///
    /// Silence is not permission: a task outside of every scope has been judged by nobody.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task: {}
    /// policy:
    ///   scope: { actions: [another] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task: {}
    /// policy:
    ///   scope: { actions: [example] }
    /// ```
    "policy-missing" => Invariant(run), help = "ask the platform team for a policy whose scope matches this task"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    if !view.policies.is_empty() {
        return Vec::new();
    }
    let key = &view.plan.key;
    let loaded = view.request.policies.policies.len();
    let message = format!(
        "none of {loaded} policies has a scope that matches event type {}, action {}, task {}",
        quoted(view.request.event.event_type()),
        quoted(&key.action),
        quoted(&key.task),
    );
    vec![Raw::denied("", message)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn one_match_is_enough() {
        tasks(
            &CHECK,
            &[
                ("every task", "task: {}", &[]),
                ("one of two", "policies: [ { scope: { actions: [other] } }, {} ]", &[]),
                (
                    "none of two",
                    "policies: [ { scope: { actions: [other] } }, { scope: { stages: [prod] } } ]",
                    &[
                        ": none of 2 policies has a scope that matches event type `sh.keptn.event.example.triggered`, action `example`, task `example`",
                    ],
                ),
            ],
        );
    }
}
