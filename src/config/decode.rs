//! The outer shape of the file: version, actions, events.

use super::API_VERSION;
use super::task::task;
use super::types::{Action, EventRule, JsonPathRule};
use crate::yaml::{Decoder, Field, Located, Mapping, Node, quoted};

/// Most actions, event patterns and tasks of a file. Each costs memory and time for every event of the project, tasks
/// also questions to registries and to the cluster.
const MOST_ACTIONS: usize = 250;
const MOST_PATTERNS: usize = 1000;
const MOST_TASKS: usize = 1000;

/// Keys of a task that older documents show on the action itself.
const TASK_KEYS: [&str; 5] = ["files", "image", "cmd", "args", "env"];

/// The actions of the whole document.
pub(super) fn file(decoder: &Decoder, document: &Node) -> Option<Vec<Action>> {
    decoder.root(document).mapping(|file| {
        let known = is_supported(file);
        let Some(field) = file.field("actions") else {
            return Vec::new();
        };
        // In another version everything below has another shape: its mistakes would be ours.
        if !known {
            return Vec::new();
        }
        let mut actions = field.list(action);
        for (index, action) in actions.iter_mut().enumerate() {
            action.index = index;
        }
        refuse_too_many(decoder, &actions);
        warn_about_equal_names(decoder, "actions", actions.iter().map(|action| &action.name));
        for action in &actions {
            let path = format!("actions[{}].tasks", action.index);
            warn_about_equal_names(decoder, &path, action.tasks.iter().map(|task| &task.name));
        }
        actions
    })
}

/// Whether the version is ours, or missing: then the rest is read as ours.
fn is_supported(file: &mut Mapping<'_>) -> bool {
    let Some(field) = file.field("apiVersion") else {
        file.problem(
            "apiVersion must be specified",
            format!("write `apiVersion: {API_VERSION}`"),
        );
        return true;
    };
    match field.text() {
        Some(version) if version.value == API_VERSION => true,
        Some(version) => {
            let message = format!(
                "apiVersion {} is not supported, use {API_VERSION}",
                shown(&version.value)
            );
            field.problem(message, "");
            false
        }
        None => true,
    }
}

/// The version as the original repeats it, unless it would not fit a line.
fn shown(version: &str) -> String {
    let short = version.len() <= 20 && version.chars().all(|character| character.is_ascii_graphic());
    if short { version.to_owned() } else { quoted(version) }
}

fn action(field: Field<'_>) -> Option<Action> {
    field.mapping(|action| {
        action.refuse("event", "since apiVersion v2 it is a list: `events: [{name: …}]`");
        action.refuse("jsonpath", "it belongs to an entry of `events`");
        for name in TASK_KEYS {
            action.refuse(name, "it belongs to a task: write it below `tasks`");
        }
        Action {
            index: 0,
            name: action.text("name").unwrap_or_default(),
            silent: action.boolean("silent").unwrap_or_default(),
            events: action.list("events", event_rule),
            tasks: tasks(action),
            span: action.span(),
        }
    })
}

fn tasks(action: &mut Mapping<'_>) -> Vec<super::Task> {
    let mut tasks = action.list("tasks", task);
    for (index, task) in tasks.iter_mut().enumerate() {
        task.index = index;
    }
    tasks
}

fn event_rule(field: Field<'_>) -> Option<EventRule> {
    field.mapping(|event| EventRule {
        name: event.text("name").unwrap_or_default(),
        jsonpath: event.mapping("jsonpath", |rule| JsonPathRule {
            property: rule.text("property").unwrap_or_default(),
            match_value: rule.text("match").unwrap_or_default(),
        }),
    })
}

/// Says once, at the first that is too many, how many there may be.
fn refuse_too_many(decoder: &Decoder, actions: &[Action]) {
    let patterns = actions
        .iter()
        .flat_map(|action| action.events.iter().map(|event| event.name.span));
    let tasks = actions
        .iter()
        .flat_map(|action| action.tasks.iter().map(|task| task.span));
    for (what, most, beyond) in [
        (
            "actions",
            MOST_ACTIONS,
            actions.get(MOST_ACTIONS).map(|action| action.span),
        ),
        ("event patterns", MOST_PATTERNS, patterns.clone().nth(MOST_PATTERNS)),
        ("tasks", MOST_TASKS, tasks.clone().nth(MOST_TASKS)),
    ] {
        if let Some(span) = beyond {
            let message = format!("the file has more than the {most} {what} allowed");
            let help = "split it: each service and stage may have a file of its own";
            decoder.problem(crate::yaml::Problem::new(span, "actions", message, help));
        }
    }
}

/// Names appear in labels, logs and messages: two equal ones cannot be told apart there.
fn warn_about_equal_names<'n>(decoder: &Decoder, path: &str, names: impl Iterator<Item = &'n Located<String>>) {
    let mut seen = std::collections::BTreeMap::new();
    for (index, name) in names.enumerate().filter(|(_, name)| !name.value.is_empty()) {
        if let Some(first) = seen.get(name.value.as_str()) {
            let message = format!("the name {} is already that of {path}[{first}]", quoted(&name.value));
            let help = "give it another one: labels and messages tell them apart by name";
            decoder.warning(crate::yaml::Problem::new(
                name.span,
                format!("{path}[{index}].name"),
                message,
                help,
            ));
        } else {
            seen.insert(name.value.as_str(), index);
        }
    }
}
