//! From a matched action to its planned tasks: every default filled in, every text parsed, all reasons at once.

use std::collections::BTreeMap;

use super::env::{Room, environment};
use super::names::{job_name, label_value};
use super::origin::origin;
use super::security::merge;
use super::storable;
use super::{Amounts, Limit, PullPolicy, Quantity, Resources, TaskKey, TaskPlan};
use crate::admission::{ActionPlan, PlannedTask, Raw, Reporting, Unplannable};
use crate::config::{Action, FileEntry, JobConfig, Task};
use crate::event::{Common, Event, Identity};
use crate::image::Reference;
use crate::manifest::names::MANAGED_BY;
use crate::settings::Settings;
use crate::yaml::Located;

/// Seconds that a task may run when it says nothing (`maxPollDuration`).
const DEFAULT_POLL_SECONDS: u32 = 300;
/// Seconds that a finished Job is kept when its task says nothing.
const DEFAULT_TTL_SECONDS: u32 = 21_600;
/// Smallest time to live: logs have to be read before the Job is gone.
const MINIMUM_TTL_SECONDS: u32 = 60;

/// Whether values of the event are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// There is an event.
    OfEvent,
    /// There is none (`job-lint check`): what would come from it is a placeholder.
    Placeholders,
}

/// What all tasks of an event share.
struct Shared<'a> {
    event: &'a Event,
    identity: Identity,
    common: Common,
    config: &'a JobConfig,
    settings: &'a Settings,
    values: Values,
}

/// Plans the matched actions of an event, in file order.
#[must_use]
pub fn plan(
    event: &Event,
    config: &JobConfig,
    matched: &[usize],
    settings: &Settings,
    values: Values,
) -> Vec<ActionPlan> {
    let shared = Shared {
        event,
        identity: event.identity(),
        common: event.common().unwrap_or_default(),
        config,
        settings,
        values,
    };
    let mut room = Room::OF_AN_EVENT;
    config
        .actions
        .iter()
        .filter(|action| matched.contains(&action.index))
        .map(|action| plan_action(action, &shared, &mut room))
        .collect()
}

fn plan_action(action: &Action, shared: &Shared<'_>, room: &mut Room) -> ActionPlan {
    ActionPlan {
        index: action.index,
        name: action.name.value.clone(),
        reporting: if action.silent.value {
            Reporting::Silent
        } else {
            Reporting::Events
        },
        tasks: action
            .tasks
            .iter()
            .map(|task| plan_task(action, task, shared, room))
            .collect(),
    }
}

fn plan_task(action: &Action, task: &Task, shared: &Shared<'_>, room: &mut Room) -> PlannedTask {
    let settings = shared.settings;
    let key = TaskKey {
        action_index: action.index,
        task_index: task.index,
        action: action.name.value.clone(),
        task: task.name.value.clone(),
    };
    let origin = origin(task);
    let mut reasons = Vec::new();
    if let Err(error) = shared.event.common() {
        reasons.push(Raw::denied("", format!("the event's data: {error}")));
    }
    let image = image(task, &mut reasons);
    let resources = resources(task, settings, &mut reasons);
    let environment = environment(
        task,
        shared.event.mapped(),
        &shared.common,
        shared.values,
        room,
        &mut reasons,
    );
    let files = files(task, &mut reasons);
    let pull_policy = pull_policy(task, image.as_ref(), &mut reasons);
    let (limit_seconds, limit) = limit(task, settings, &mut reasons);
    let namespace = text_or(task.namespace.as_ref(), &settings.job_namespace);
    let service_account = service_account(task, settings);
    let security = merge(&settings.container_security, task.security_context.as_ref());
    storable::names(&namespace, &service_account, &environment.secrets, &mut reasons);
    storable::numbers(&resources, &security, &mut reasons);
    let (Some(image), Some(pull_policy), true) = (image, pull_policy, reasons.is_empty()) else {
        return PlannedTask::Unplannable(Unplannable { key, origin, reasons });
    };
    let job_name = job_name(shared.event.id(), &shared.identity, action.index, task.index);
    PlannedTask::Planned(Box::new(TaskPlan {
        labels: labels(&key, shared),
        key,
        origin,
        job_name,
        namespace,
        service_account,
        image_text: task.image.as_ref().map(|image| image.value.clone()).unwrap_or_default(),
        image,
        pull_policy,
        command: texts(&task.cmd),
        args: texts(&task.args),
        working_dir: text_or(task.working_dir.as_ref(), ""),
        env: environment.vars,
        secrets: environment.secrets,
        resources,
        security,
        pod_security: settings.pod_security.clone(),
        files,
        files_volume: settings.files_volume.clone(),
        ttl_seconds: ttl(task),
        limit_seconds,
        limit,
        annotations: task
            .annotations
            .iter()
            .map(|(key, value)| (key.value.clone(), value.value.clone()))
            .collect(),
    }))
}

/// An empty name is the account `default`, which is what Kubernetes would write into the pod.
fn service_account(task: &Task, settings: &Settings) -> String {
    let name = task
        .service_account
        .as_ref()
        .map_or(settings.default_service_account.as_str(), |name| name.value.as_str());
    if name.is_empty() { "default" } else { name }.to_owned()
}

fn image(task: &Task, reasons: &mut Vec<Raw>) -> Option<Reference> {
    let Some(text) = task.image.as_ref().filter(|text| !text.value.is_empty()) else {
        reasons.push(Raw::denied("image", "the task names no image").help("add `image: registry/name:tag`"));
        return None;
    };
    Reference::parse(&text.value)
        .map_err(|error| reasons.push(Raw::denied("image", format!("image `{}`: {error}", text.value))))
        .ok()
}

fn resources(task: &Task, settings: &Settings, reasons: &mut Vec<Raw>) -> Resources {
    // A `resources` block, even an empty one, replaces all defaults.
    let Some(block) = &task.resources else {
        return settings.default_resources.clone();
    };
    let mut amount = |field: &str, text: Option<&Located<String>>| {
        text.and_then(|text| {
            Quantity::parse(&text.value)
                .map_err(|error| reasons.push(Raw::denied(format!("resources.{field}"), error.to_string())))
                .ok()
        })
    };
    Resources {
        limits: Amounts {
            cpu: amount("limits.cpu", block.limits.cpu.as_ref()),
            memory: amount("limits.memory", block.limits.memory.as_ref()),
        },
        requests: Amounts {
            cpu: amount("requests.cpu", block.requests.cpu.as_ref()),
            memory: amount("requests.memory", block.requests.memory.as_ref()),
        },
    }
}

fn files(task: &Task, reasons: &mut Vec<Raw>) -> Vec<String> {
    let mut files = Vec::new();
    for (index, entry) in task.files.iter().enumerate() {
        match FileEntry::parse(&entry.value) {
            Ok(file) => files.push(file.to_string()),
            Err(error) => reasons.push(Raw::denied(format!("files[{index}]"), error.to_string())),
        }
    }
    files
}

/// The default follows the tag as written, though the Job carries a digest.
fn pull_policy(task: &Task, image: Option<&Reference>, reasons: &mut Vec<Raw>) -> Option<PullPolicy> {
    match task.image_pull_policy.as_ref().map(|policy| policy.value.as_str()) {
        None | Some("") => {
            let latest = image?.tag().is_some_and(|tag| tag.as_str() == "latest");
            Some(if latest {
                PullPolicy::Always
            } else {
                PullPolicy::IfNotPresent
            })
        }
        Some("Always") => Some(PullPolicy::Always),
        Some("IfNotPresent") => Some(PullPolicy::IfNotPresent),
        Some("Never") => Some(PullPolicy::Never),
        Some(other) => {
            let message = format!("imagePullPolicy `{other}` is unknown; use `Always`, `IfNotPresent` or `Never`");
            reasons.push(Raw::denied("imagePullPolicy", message));
            None
        }
    }
}

fn limit(task: &Task, settings: &Settings, reasons: &mut Vec<Raw>) -> (u32, Limit) {
    let poll = match &task.max_poll_duration {
        None => DEFAULT_POLL_SECONDS,
        Some(seconds) => match u32::try_from(seconds.value) {
            Ok(seconds @ 1..) => seconds,
            _ => {
                let message = format!(
                    "maxPollDuration {} leaves no time to run; use a number of seconds from 1",
                    seconds.value
                );
                reasons.push(Raw::denied("maxPollDuration", message));
                DEFAULT_POLL_SECONDS
            }
        },
    };
    match settings.task_deadline_seconds {
        deadline @ 1.. if deadline < poll => (deadline, Limit::TaskDeadline),
        _ => (poll, Limit::MaxPollDuration),
    }
}

fn ttl(task: &Task) -> u32 {
    task.ttl_seconds_after_finished
        .as_ref()
        .map_or(DEFAULT_TTL_SECONDS, |ttl| {
            u32::try_from(ttl.value).unwrap_or(0).max(MINIMUM_TTL_SECONDS)
        })
}

/// The installation's labels, overlaid by ours. Values that no label can hold are made to fit.
fn labels(key: &TaskKey, shared: &Shared<'_>) -> BTreeMap<String, String> {
    let mut labels = shared.settings.job_labels.clone();
    let event = shared.event;
    let generated = [
        (MANAGED_BY, shared.settings.deployment.clone()),
        ("keptn.sh/context", label_value(event.context().unwrap_or_default())),
        ("keptn.sh/event-id", label_value(event.id())),
        (
            "keptn.sh/commitid",
            label_value(event.git_commit_id().unwrap_or_default()),
        ),
        ("keptn.sh/jes-action", label_value(&key.action)),
        ("keptn.sh/jes-task", label_value(&key.task)),
        ("keptn.sh/jes-job-confighash", shared.config.digest.to_string()),
        ("keptn.sh/jes-action-index", key.action_index.to_string()),
        ("keptn.sh/jes-task-index", key.task_index.to_string()),
    ];
    labels.extend(generated.into_iter().map(|(key, value)| (key.to_owned(), value)));
    labels
}

fn texts(list: &[Located<String>]) -> Vec<String> {
    list.iter().map(|text| text.value.clone()).collect()
}

fn text_or(text: Option<&Located<String>>, default: &str) -> String {
    text.map(|text| text.value.as_str())
        .filter(|text| !text.is_empty())
        .unwrap_or(default)
        .to_owned()
}
