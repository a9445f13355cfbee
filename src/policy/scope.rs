//! Which tasks a policy judges, and which it may speak for.
//!
//! An event says itself which project it is of. So what it leaves out must never help it: a policy that may apply
//! refuses like one that does, but only one that surely applies may be the reason why something is admitted.

use super::names::Names;
use super::types::{Layer, Mode, Policy, PolicySet, Scope};
use crate::event::Event;
use crate::plan::TaskKey;

/// Whether a policy's scope holds a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applies {
    /// A key of the scope names something else.
    Not,
    /// No key names something else, but the event lacks an attribute that a key asks for.
    Possibly,
    /// Every key matches.
    Surely,
}

impl Scope {
    /// How this scope relates to a task of an event.
    ///
    /// An attribute that is absent, empty or unreadable counts as lacking. The placeholder of a desk without an event
    /// is of every project, stage, service and type: there nothing runs, and all policies are to be heard.
    #[must_use]
    pub fn applies(&self, event: &Event, key: &TaskKey) -> Applies {
        let Self {
            projects,
            stages,
            services,
            events,
            actions,
            tasks,
        } = self;
        let of_task = one_key(actions.as_ref(), &key.action).min(one_key(tasks.as_ref(), &key.task));
        if is_placeholder(event) {
            return of_task;
        }
        let common = event.common().unwrap_or_default();
        of_task
            .min(one_key(projects.as_ref(), &common.project))
            .min(one_key(stages.as_ref(), &common.stage))
            .min(one_key(services.as_ref(), &common.service))
            .min(one_key(events.as_ref(), event.event_type()))
    }

    /// Whether a task is judged by the policy of this scope: surely or possibly.
    #[must_use]
    pub fn matches(&self, event: &Event, key: &TaskKey) -> bool {
        self.applies(event, key) != Applies::Not
    }
}

/// Compared as a whole: nothing that only looks like the placeholder may pass for it.
fn is_placeholder(event: &Event) -> bool {
    event.is_placeholder() && *event == Event::placeholder()
}

fn one_key(names: Option<&Names>, value: &str) -> Applies {
    match names {
        None => Applies::Surely,
        Some(_) if value.is_empty() => Applies::Possibly,
        Some(names) if names.matches(value).is_some() => Applies::Surely,
        Some(_) => Applies::Not,
    }
}

impl Policy {
    /// Whether this policy may count as the one that rules a topic for a task, or as the enforcing policy that every
    /// task needs. One that only warns, only narrows, or whose scope the event leaves open may not: otherwise adding
    /// it, or leaving out an attribute, would admit more than before.
    #[must_use]
    pub fn may_grant(&self, event: &Event, key: &TaskKey) -> bool {
        self.layer == Layer::Files && self.mode == Mode::Enforce && self.scope.applies(event, key) == Applies::Surely
    }
}

impl PolicySet {
    /// Every policy that judges a task, by name.
    pub fn matching(&self, event: &Event, key: &TaskKey) -> impl Iterator<Item = &Policy> {
        self.policies.iter().filter(|policy| policy.scope.matches(event, key))
    }
}
