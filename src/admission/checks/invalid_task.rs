//! `invalid-task`: the page of what the gate says of a task that could not be planned. Its run finds nothing: such a
//! task has no plan to look at, and the gate reports the planner's reasons under this id.

use crate::admission::check::check;
use crate::admission::{Raw, TaskView};

check! {
    /// Tasks that cannot be read must not run.
    ///
    /// **Field** any **Allowed** values that the field's documentation names
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// A value that cannot be understood cannot be judged: an image that is no reference, an amount that is no
    /// quantity, a jsonpath that names nothing in this event.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: "Alpine:3.20:latest"
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: "alpine:3.20"
    /// ```
    "invalid-task" => Invariant(run), help = "correct the value; `job-lint check` shows the line"
}

fn run(_: &TaskView<'_>) -> Vec<Raw> {
    Vec::new()
}
