//! What an event's type says: the parts between its dots.
//!
//! Any type is an event; only those of exactly five parts belong to a Keptn task. Must never check
//! the prefix: other tools send `com.acme.event.build.triggered`, and it works.

use super::Event;

/// What the last part of a type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `….triggered`: asks for work and wants started and finished in return.
    Triggered,
    /// `….started`.
    Started,
    /// `….finished`.
    Finished,
    /// `….status.changed`.
    StatusChanged,
    /// Anything else.
    Other,
}

impl Kind {
    /// The kind of an event type.
    pub fn of(event_type: &str) -> Kind {
        let mut parts = event_type.rsplit('.');
        match (parts.next(), parts.next()) {
            (Some("triggered"), Some(_)) => Kind::Triggered,
            (Some("started"), Some(_)) => Kind::Started,
            (Some("finished"), Some(_)) => Kind::Finished,
            (Some("changed"), Some("status")) => Kind::StatusChanged,
            _ => Kind::Other,
        }
    }
}

impl Event {
    /// What kind of event this is, by its type.
    pub fn kind(&self) -> Kind {
        Kind::of(self.event_type())
    }

    /// Whether this event asks for work.
    pub fn is_triggered(&self) -> bool {
        self.kind() == Kind::Triggered
    }

    /// Whether the type has exactly five parts and none of them is empty: a task's event, such as
    /// `sh.keptn.event.test.triggered`.
    pub fn is_task_event(&self) -> bool {
        self.task_name().is_some()
    }

    /// The fourth of exactly five parts (`test` above); none for every other type.
    pub fn task_name(&self) -> Option<&str> {
        let parts: Vec<&str> = self.event_type().split('.').collect();
        match parts.as_slice() {
            [_, _, _, task, _] if !parts.iter().any(|part| part.is_empty()) => Some(task),
            _ => None,
        }
    }
}
