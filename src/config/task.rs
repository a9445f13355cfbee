//! The shape of one task.

use std::collections::BTreeMap;

use super::types::{
    Capabilities, EnvEntry, EnvFormat, EnvSource, Quantities, Resources, SeccompProfile, SecurityContext, Task,
};
use crate::yaml::{Field, Located, Mapping, Span, Value, quoted};

/// Any number that fits the field's Go type.
const ANY: std::ops::RangeInclusive<i64> = i64::MIN..=i64::MAX;
/// A command that is longer is not repeated as a list in a message.
const SHORT_COMMAND: usize = 120;

/// One item of `tasks`. Its index is set by the caller.
pub(super) fn task(field: Field<'_>) -> Option<Task> {
    field.mapping(|task| Task {
        index: 0,
        name: task.text("name").unwrap_or_default(),
        span: task.span(),
        files: task.texts("files"),
        image: task.text("image"),
        image_pull_policy: task.text("imagePullPolicy"),
        cmd: words(task.field("cmd")),
        args: words(task.field("args")),
        env: task.list("env", env_entry),
        resources: task.mapping("resources", resources),
        working_dir: task.text("workingDir"),
        max_poll_duration: task.integer("maxPollDuration", ANY),
        namespace: task.text("namespace"),
        ttl_seconds_after_finished: ttl(task),
        service_account: task.text("serviceAccount"),
        annotations: task
            .field("annotations")
            .map(|field| annotations(&field))
            .unwrap_or_default(),
        security_context: task.mapping("securityContext", security_context),
    })
}

/// A list of words. A command line in one text is a common mistake: show how to split it.
fn words(field: Option<Field<'_>>) -> Vec<Located<String>> {
    let Some(field) = field else { return Vec::new() };
    let Value::Scalar(scalar) = &field.node().value else {
        return field.texts();
    };
    let needs_a_shell = |character: char| "\"'`\\|&;<>".contains(character);
    let help = if scalar.text.len() > SHORT_COMMAND || scalar.text.contains(needs_a_shell) {
        "write a list with an item for each word".to_owned()
    } else {
        let words: Vec<String> = scalar.text.split_whitespace().map(|word| format!("{word:?}")).collect();
        format!("write a list with an item for each word: [{}]", words.join(", "))
    };
    let name = field.path().rsplit('.').next().unwrap_or_default();
    field.problem(format!("{name} must be a list, found {}", field.node().value), help);
    Vec::new()
}

fn ttl(task: &mut Mapping<'_>) -> Option<Located<i32>> {
    let seconds = task.integer("ttlSecondsAfterFinished", i64::from(i32::MIN)..=i64::from(i32::MAX))?;
    i32::try_from(seconds.value)
        .ok()
        .map(|value| Located::new(value, seconds.span))
}

fn env_entry(field: Field<'_>) -> Option<EnvEntry> {
    field.mapping(|entry| {
        let name = entry.text("name").unwrap_or_default();
        let value = entry.text("value");
        let value_from = match entry.field("valueFrom") {
            Some(field) => field
                .text()
                .map(|source| source.map(env_source))
                .unwrap_or(unknown_source(field.span())),
            None => unknown_source(entry.span()),
        };
        if let EnvSource::Unknown(source) = &value_from.value {
            let message = format!(
                "could not add env with name {}, unknown valueFrom {source:?}",
                quoted(&name.value)
            );
            field.warning(
                message,
                "write `valueFrom: event`, `secret` or `string`; the task cannot run as it is",
            );
        }
        let as_format = entry.text("as").map(|format| format.map(env_format));
        if let Some(EnvFormat::Other(format)) = as_format.as_ref().map(|format| &format.value) {
            field.warning(
                format!("as {} is ignored", quoted(format)),
                "write `json` or `yaml`, or remove it",
            );
        }
        EnvEntry {
            name,
            value,
            value_from,
            as_format,
            span: entry.span(),
        }
    })
}

fn unknown_source(span: Span) -> Located<EnvSource> {
    Located::new(EnvSource::Unknown(String::new()), span)
}

fn env_source(text: String) -> EnvSource {
    match text.as_str() {
        "event" => EnvSource::Event,
        "secret" => EnvSource::Secret,
        "string" => EnvSource::Literal,
        _ => EnvSource::Unknown(text),
    }
}

fn env_format(text: String) -> EnvFormat {
    match text.to_lowercase().as_str() {
        "json" => EnvFormat::Json,
        "yaml" => EnvFormat::Yaml,
        _ => EnvFormat::Other(text),
    }
}

fn resources(resources: &mut Mapping<'_>) -> Resources {
    Resources {
        limits: resources.mapping("limits", quantities).unwrap_or_default(),
        requests: resources.mapping("requests", quantities).unwrap_or_default(),
        span: resources.span(),
    }
}

fn quantities(quantities: &mut Mapping<'_>) -> Quantities {
    Quantities {
        cpu: quantities.text("cpu"),
        memory: quantities.text("memory"),
    }
}

/// A map, or as the documents write it a list of maps with one entry each.
fn annotations(field: &Field<'_>) -> Vec<(Located<String>, Located<String>)> {
    let entry = |key: &Located<String>, value: Field<'_>| Some((key.clone(), value.text()?));
    if !matches!(field.node().value, Value::Sequence(_)) {
        return field.entries(entry);
    }
    let items = field.list(|item| {
        let mut entries = item.entries(entry);
        match &item.node().value {
            Value::Mapping(written) if written.len() != 1 => {
                item.problem(
                    format!("an item of annotations must have one key, found {}", written.len()),
                    "write a map instead of a list: `annotations: {key1: value1}`",
                );
                None
            }
            Value::Mapping(_) | Value::Null | Value::Scalar(_) | Value::Sequence(_) => entries.pop(),
        }
    });
    let mut seen = BTreeMap::new();
    for (key, _) in &items {
        if let Some(first) = seen.insert(key.value.as_str(), key.span) {
            let message = format!(
                "the key {} is given twice, first on line {}",
                quoted(&key.value),
                first.line
            );
            field.problem_at(key.span, message, "keep one of them");
        }
    }
    items
}

fn security_context(context: &mut Mapping<'_>) -> SecurityContext {
    SecurityContext {
        capabilities: context.mapping("capabilities", |capabilities| Capabilities {
            add: capabilities.texts("add"),
            drop: capabilities.texts("drop"),
            span: capabilities.span(),
        }),
        privileged: context.boolean("privileged"),
        run_as_user: context.integer("runAsUser", ANY),
        run_as_group: context.integer("runAsGroup", ANY),
        run_as_non_root: context.boolean("runAsNonRoot"),
        read_only_root_filesystem: context.boolean("readOnlyRootFilesystem"),
        allow_privilege_escalation: context.boolean("allowPrivilegeEscalation"),
        proc_mount: context.text("procMount"),
        seccomp_profile: context.mapping("seccompProfile", |profile| SeccompProfile {
            profile_type: profile.required_text("type"),
            localhost_profile: profile.text("localhostProfile"),
            span: profile.span(),
        }),
        span: context.span(),
    }
}
