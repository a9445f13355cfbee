//! Which actions of a config an event asks for.

use super::{EventPattern, matching_indices};
use crate::config::JobConfig;
use crate::event::Event;

/// Indices of all matching actions, in file order.
#[must_use]
pub fn matched(event: &Event, config: &JobConfig) -> Vec<usize> {
    let patterns: Vec<Vec<EventPattern>> = config
        .actions
        .iter()
        .map(|action| {
            action
                .events
                .iter()
                .map(|rule| {
                    let jsonpath = rule
                        .jsonpath
                        .as_ref()
                        .map(|path| (path.property.value.as_str(), path.match_value.value.as_str()));
                    EventPattern::compile(&rule.name.value, jsonpath)
                })
                .collect()
        })
        .collect();
    let positions = matching_indices(event, patterns.iter().map(Vec::as_slice));
    positions
        .into_iter()
        .filter_map(|position| config.actions.get(position).map(|action| action.index))
        .collect()
}
