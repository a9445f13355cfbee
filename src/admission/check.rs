//! What a check is. Three kinds: over any pod, over one policy's rule for a task, and built-in invariants.

use super::{Facts, PinnedImage, PodView, Raw, Request};
use crate::network::Fence;
use crate::plan::TaskPlan;
use crate::policy::{Policy, Ruled, Security};

/// One question of the gate, with the page that explains it.
#[derive(Debug)]
pub struct Check {
    /// Kebab-case, names what is refused, never changes.
    pub id: &'static str,
    /// The user's page: what, why, one denied and one admitted example.
    pub docs: &'static str,
    /// What to do next, in one phrase.
    pub help: &'static str,
    /// What it looks at.
    pub kind: Kind,
}

impl Check {
    /// The user's page, as Markdown without a heading of its own.
    #[must_use]
    pub fn page(&self) -> String {
        // Doc comments begin with a blank after `///`.
        self.docs
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// What a check looks at. All are pure and total.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any pod, ours or foreign, against a `security` rule. The fields of its findings are paths in the pod.
    Pod(fn(&PodView<'_>, &Ruled<Security>) -> Vec<Raw>),
    /// A task against one policy that matches it.
    Rule(fn(&RuleView<'_>) -> Vec<Raw>),
    /// A task against what is built in; no mode softens it.
    Invariant(fn(&TaskView<'_>) -> Vec<Raw>),
}

/// A task with everything known about it.
#[derive(Debug, Clone, Copy)]
pub struct TaskView<'a> {
    /// The whole request.
    pub request: &'a Request,
    /// The facts so far.
    pub facts: &'a Facts,
    /// The task.
    pub plan: &'a TaskPlan,
    /// The pod that would run, as JSON.
    pub pod: PodView<'a>,
    /// Its image, once pinned.
    pub image: Option<&'a PinnedImage>,
    /// The fence it would get.
    pub fence: &'a Fence,
    /// All policies whose scope matches, in order of name.
    pub policies: &'a [&'a Policy],
}

/// A task and one of the policies that match it.
#[derive(Debug, Clone, Copy)]
pub struct RuleView<'a> {
    /// The task.
    pub task: TaskView<'a>,
    /// The policy.
    pub policy: &'a Policy,
}

/// Declares the check of a file: its doc comment is the user's page.
macro_rules! check {
    ($(#[doc = $doc:literal])+ $id:literal => $kind:ident($run:expr), help = $help:literal) => {
        $(#[doc = $doc])+
        pub(in crate::admission) static CHECK: $crate::admission::Check = $crate::admission::Check {
            id: $id,
            docs: concat!($($doc, "\n"),+),
            help: $help,
            kind: $crate::admission::Kind::$kind($run),
        };
    };
}
pub(crate) use check;
