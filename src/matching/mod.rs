//! Event against the patterns of a config: which actions does this event ask for?
//!
//! As the original evaluates them (protocol reference 6.2), but all actions that match, not the
//! first only. A pattern that cannot be understood matches nothing: an event is the wrong moment
//! to learn about it, so [`EventPattern::problem`] tells the lint. Must never fail, and never
//! match because something could not be evaluated.

mod actions;
mod name;
mod re2;
#[cfg(test)]
mod tests;

use crate::event::Event;
use crate::event::jsonpath::JsonPath;

use name::Name;

pub use actions::matched;
pub use re2::{MAX_COMPILED_BYTES, MAX_PATTERN_BYTES, Re2Error};

/// Most values that all conditions of a file together may look at for one event. One that would go on is not matched,
/// as any other that cannot be evaluated.
pub const MAX_STEPS_OF_AN_EVENT: u64 = 4 * crate::event::jsonpath::MAX_STEPS;

/// One entry of an action's `events`: a name, and perhaps a value that must stand in the event.
#[derive(Debug, Clone)]
pub struct EventPattern {
    name: Result<Name, String>,
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    /// No jsonpath, or one without a property: the name alone decides.
    None,
    /// The value at this path is a text, and this one.
    Equals { path: JsonPath, text: String },
    /// The path cannot be understood, or can never give a text.
    Never(String),
}

impl EventPattern {
    /// Understands an entry: the name as a regular expression of Go (RE2), matched anywhere in the
    /// type; `jsonpath` as its property and match. Both must hold.
    pub fn compile(name: &str, jsonpath: Option<(&str, &str)>) -> EventPattern {
        let name = Name::compile(name).map_err(|error| error.to_string());
        let condition = match jsonpath {
            None | Some(("", _)) => Condition::None,
            Some((property, text)) => match JsonPath::parse(property) {
                Ok(path) => match path.never_a_text() {
                    Some(reason) => Condition::Never(format!("{reason}, which never equals a text")),
                    None => Condition::Equals {
                        path,
                        text: text.to_owned(),
                    },
                },
                Err(error) => Condition::Never(error.to_string()),
            },
        };
        EventPattern { name, condition }
    }

    /// Whether the event is one of these.
    pub fn matches(&self, event: &Event) -> bool {
        let mut steps = MAX_STEPS_OF_AN_EVENT;
        self.matches_within(event, &mut steps)
    }

    /// The same, taking the values that are looked at from what is left of `steps`.
    fn matches_within(&self, event: &Event, steps: &mut u64) -> bool {
        let named = self.name.as_ref().is_ok_and(|name| name.is_in(event.event_type()));
        named
            && match &self.condition {
                Condition::None => true,
                Condition::Equals { path, text } => path
                    .evaluate_within(event.mapped(), steps)
                    .is_ok_and(|found| found.as_str() == Some(text)),
                Condition::Never(_) => false,
            }
    }

    /// Why this entry can never match, if so: a lower-case phrase for the author.
    pub fn problem(&self) -> Option<String> {
        let name = self
            .name
            .as_ref()
            .err()
            .map(|error| format!("name never matches: {error}"));
        let condition = match &self.condition {
            Condition::None | Condition::Equals { .. } => None,
            Condition::Never(reason) => Some(format!("jsonpath.property never matches: {reason}")),
        };
        match (name, condition) {
            (Some(name), Some(condition)) => Some(format!("{name}; {condition}")),
            (name, condition) => name.or(condition),
        }
    }
}
