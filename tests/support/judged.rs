//! One event judged without a cluster: config, policies, settings and answers in, verdict and Jobs out.

#![allow(dead_code, reason = "each test that includes this module uses a part of it")]

use std::sync::Arc;

use job_executor_service::admission::{ActionVerdict, Facts, Request, Verdict};
use job_executor_service::config;
use job_executor_service::event::Event;
use job_executor_service::gather::{Answers, decide};
use job_executor_service::manifest::Bundle;
use job_executor_service::matching::matched;
use job_executor_service::plan::{TaskPlan, Values, plan};
use job_executor_service::policy::PolicySet;
use job_executor_service::report::VerdictReport;
use job_executor_service::settings::Settings;
use serde_json::Value;

/// A verdict and what may run by it.
pub(crate) struct Judged {
    pub(crate) report: VerdictReport,
    /// Plans of the admitted tasks with their Jobs, in file order.
    pub(crate) tasks: Vec<(TaskPlan, Value)>,
}

/// What the gate is asked about an event; `None` where the config cannot be read or nothing matches.
pub(crate) fn request(config: &str, event: &Value, policies: PolicySet, settings: Settings) -> Option<Request> {
    let event = Event::parse(event.to_string().as_bytes()).unwrap();
    let config = config::parse("job/config.yaml", config).ok()?;
    let matched = matched(&event, &config);
    if matched.is_empty() {
        return None;
    }
    Some(Request {
        actions: plan(&event, &config, &matched, &settings, Values::OfEvent),
        event: Arc::new(event),
        settings: Arc::new(settings),
        policies: Arc::new(policies),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
    })
}

/// The verdict on a request, with these answers.
pub(crate) async fn judge(request: &Request, answers: &dyn Answers) -> Judged {
    let (verdicts, _) = decide(request, Facts::default(), answers).await;
    judged(request, verdicts)
}

/// Verdicts as a report, and the Jobs of those that admit.
pub(crate) fn judged(request: &Request, verdicts: Vec<ActionVerdict>) -> Judged {
    let report = VerdictReport::of(request, &verdicts);
    let mut tasks = Vec::new();
    for verdict in verdicts {
        if let Verdict::Admitted(admitted) = verdict.verdict {
            let bundles = admitted.into_tasks().map(Bundle::render);
            tasks.extend(bundles.map(|bundle| (bundle.plan().clone(), bundle.job().clone())));
        }
    }
    Judged { report, tasks }
}
