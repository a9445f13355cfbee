//! Which actions of a config an event asks for.

use super::{EventPattern, MAX_STEPS_OF_AN_EVENT};
use crate::config::{Action, EventRule, JobConfig};
use crate::event::Event;

/// Indices of all matching actions, in file order.
///
/// Patterns are understood one by one and forgotten, and all conditions together may look at as many values as
/// [`MAX_STEPS_OF_AN_EVENT`] says: a file must not cost an event more, however it is written.
#[must_use]
pub fn matched(event: &Event, config: &JobConfig) -> Vec<usize> {
    let mut steps = MAX_STEPS_OF_AN_EVENT;
    let mut matches = |action: &&Action| {
        action
            .events
            .iter()
            .any(|rule| pattern(rule).matches_within(event, &mut steps))
    };
    let matching = config.actions.iter().filter(|action| matches(action));
    matching.map(|action| action.index).collect()
}

fn pattern(rule: &EventRule) -> EventPattern {
    let jsonpath = rule
        .jsonpath
        .as_ref()
        .map(|path| (path.property.value.as_str(), path.match_value.value.as_str()));
    EventPattern::compile(&rule.name.value, jsonpath)
}
