//! What a case becomes under the policy `compatible`, the chart's defaults and fixed facts: the verdict as comments,
//! then fence and Job of each task, as `job-lint plan` prints them.

use std::sync::Arc;

use job_executor_service::admission::{Facts, Request, Verdict};
use job_executor_service::config;
use job_executor_service::event::Event;
use job_executor_service::event::render::{Format, render};
use job_executor_service::gather::decide;
use job_executor_service::manifest::Bundle;
use job_executor_service::matching::matched;
use job_executor_service::plan::{Quantity, Values, plan};
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::report::{Level, VerdictKind, VerdictReport, problem_text, verdict_text};
use job_executor_service::settings::{MissingConfig, PrivilegedJobs, Settings};
use job_executor_service::yaml::SourceText;

use crate::cases::Case;
use crate::evidence::Fixed;

const CONFIG: &str = "job/config.yaml";

/// What a case became.
pub(crate) struct Snapshot {
    pub(crate) text: String,
    /// Some action matched, or nothing could be matched at all.
    pub(crate) matched: bool,
    /// All that matched is admitted.
    pub(crate) admitted: bool,
}

impl Snapshot {
    fn refused(text: &str) -> Self {
        Self {
            text: comment(text),
            matched: true,
            admitted: false,
        }
    }
}

/// Plans and judges a case.
pub(crate) async fn of(case: &Case) -> Snapshot {
    let event = Event::parse(case.event.as_bytes()).unwrap();
    let Some(source) = &case.config else {
        return Snapshot::refused("no job/config.yaml at any level\n");
    };
    let shown = SourceText::new(CONFIG, source);
    let config = match config::parse(CONFIG, source) {
        Ok(config) => config,
        Err(problems) => {
            let text: String = problems
                .iter()
                .map(|problem| problem_text(Level::Error, problem, &shown))
                .collect();
            return Snapshot::refused(&text);
        }
    };
    let indices = matched(&event, &config);
    if indices.is_empty() {
        let text = format!("no action matches {}: the service stays silent\n", event.event_type());
        return Snapshot {
            matched: false,
            ..Snapshot::refused(&text)
        };
    }
    let settings = settings(case);
    let policies = PolicySet::load(&builtin::compatible())
        .and_then(|set| set.with_settings(&settings))
        .unwrap();
    let request = Request {
        actions: plan(&event, &config, &indices, &settings, Values::OfEvent),
        event: Arc::new(event),
        settings: Arc::new(settings),
        policies: Arc::new(policies),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    let (verdicts, _) = decide(&request, Facts::default(), &Fixed(&case.files)).await;
    let report = VerdictReport::of(&request, &verdicts);
    // Objects say by themselves that they are admitted.
    let silent =
        report.verdict == VerdictKind::Admitted && report.actions.iter().any(|action| !action.images.is_empty());
    let mut text = if silent {
        String::new()
    } else {
        comment(&verdict_text(&report, &shown))
    };
    for verdict in verdicts {
        let Verdict::Admitted(admitted) = verdict.verdict else {
            continue;
        };
        for bundle in admitted.into_tasks().map(Bundle::render) {
            let fence = bundle
                .fence()
                .manifest(&bundle.plan().namespace, &request.settings.deployment);
            for object in [&fence, bundle.job()] {
                text.push_str("---\n");
                text.push_str(&render(object, Format::Yaml));
            }
        }
    }
    Snapshot {
        text,
        matched: true,
        admitted: report.verdict == VerdictKind::Admitted,
    }
}

fn comment(text: &str) -> String {
    let line = |line: &str| format!("# {line}").trim_end().to_owned() + "\n";
    text.lines().map(line).collect()
}

/// The chart's defaults, as the environment of the case changes them.
fn settings(case: &Case) -> Settings {
    let mut settings = Settings::chart_defaults();
    for (name, value) in &case.environment {
        match name.as_str() {
            "ALLOWED_IMAGE_LIST" => settings.allowed_image_list.clone_from(value),
            "ALLOW_PRIVILEGED_JOBS" if value == "true" => settings.privileged_jobs = PrivilegedJobs::Policy,
            "ALWAYS_SEND_FINISHED_EVENT" if value == "true" => settings.missing_config = MissingConfig::Answered,
            "DEFAULT_RESOURCE_LIMITS_CPU" => settings.default_resources.limits.cpu = Quantity::parse(value).ok(),
            "DEFAULT_RESOURCE_LIMITS_MEMORY" => settings.default_resources.limits.memory = Quantity::parse(value).ok(),
            "DEFAULT_RESOURCE_REQUESTS_CPU" => settings.default_resources.requests.cpu = Quantity::parse(value).ok(),
            "DEFAULT_RESOURCE_REQUESTS_MEMORY" => {
                settings.default_resources.requests.memory = Quantity::parse(value).ok();
            }
            "TASK_DEADLINE_SECONDS" => settings.task_deadline_seconds = value.parse().unwrap(),
            // Which events arrive, not what becomes of them.
            "PUBSUB_TOPIC" => {}
            other => panic!(
                "{}: the variable {other}={value} is not known to the snapshots",
                case.name
            ),
        }
    }
    settings
}
