//! `resources` and `deadlines`: what a task has to state, and how much it may ask for.

use super::shared::{is_scalar, is_word, parsed, refuse_nothing, refuse_word};
use crate::plan::Quantity;
use crate::policy::types::{Deadlines, ResourceField, Resources};
use crate::yaml::{Field, quoted};

/// Shortest time that a finished Job is kept, in seconds: a smaller wish is raised to it, so no ceiling may be below.
const SHORTEST_TTL: i64 = 60;
/// A year: far beyond any task.
const LONGEST: i64 = 31_536_000;

/// `resources`.
pub(super) fn resources(field: &Field<'_>) -> Option<Resources> {
    if is_word(field, "any") {
        return Some(Resources::default());
    }
    if is_scalar(field) {
        return refuse_word(field, "any", "a mapping");
    }
    refuse_nothing(field, &["require", "max", "filesVolume"]);
    field.mapping(|topic| {
        let require = topic.field("require").and_then(|field| parsed(&field, resource_field));
        let (max_cpu, max_memory) = topic
            .field("max")
            .and_then(|field| ceilings(&field))
            .unwrap_or_default();
        let max_files_volume = topic.field("filesVolume").and_then(|field| quantity(&field));
        Resources {
            require: require.unwrap_or_default(),
            max_cpu,
            max_memory,
            max_files_volume,
        }
    })
}

fn ceilings(field: &Field<'_>) -> Option<(Option<Quantity>, Option<Quantity>)> {
    refuse_nothing(field, &["cpu", "memory"]);
    field.mapping(|max| {
        let mut ceiling = |key| quantity(&max.field(key)?);
        (ceiling("cpu"), ceiling("memory"))
    })
}

fn quantity(field: &Field<'_>) -> Option<Quantity> {
    let text = field.filled_text()?.value;
    match Quantity::parse(&text) {
        Ok(quantity) if quantity.ceil_units() == 0 => {
            field.problem(
                format!("the ceiling {} admits nothing", quoted(&text)),
                "write more than 0",
            );
            None
        }
        Ok(quantity) => Some(quantity),
        Err(error) => {
            field.problem(error.to_string(), "");
            None
        }
    }
}

fn resource_field(item: &Field<'_>, _: &str) -> Option<ResourceField> {
    let words = [
        ("limits.cpu", ResourceField::LimitsCpu),
        ("limits.memory", ResourceField::LimitsMemory),
        ("requests.cpu", ResourceField::RequestsCpu),
        ("requests.memory", ResourceField::RequestsMemory),
    ];
    Some(item.choice(&words)?.value)
}

/// `deadlines`.
pub(super) fn deadlines(field: &Field<'_>) -> Option<Deadlines> {
    if is_word(field, "any") {
        return Some(Deadlines::default());
    }
    if is_scalar(field) {
        return refuse_word(field, "any", "a mapping");
    }
    refuse_nothing(field, &["maxPollDuration", "ttlSecondsAfterFinished"]);
    field.mapping(|topic| Deadlines {
        max_poll_duration: topic.field("maxPollDuration").and_then(|field| seconds(&field, 1)),
        max_ttl: topic
            .field("ttlSecondsAfterFinished")
            .and_then(|field| seconds(&field, SHORTEST_TTL)),
    })
}

fn seconds(field: &Field<'_>, least: i64) -> Option<u32> {
    u32::try_from(field.integer(least..=LONGEST)?.value).ok()
}
