//! From bytes to a run record: read, look up the config, match, plan, judge. Until the record stands nothing is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Service;
use super::answers::LiveAnswers;
use super::configs::Prepared;
use super::record::{Handled, Judged};
use crate::admission::{ActionPlan, ActionVerdict, Facts, Reporting, Request, Verdict};
use crate::event::Event;
use crate::gather::decide;
use crate::keptn::events::SOURCE;
use crate::keptn::log::LogEntry;
use crate::plan::Values;
use crate::report::{VerdictReport, escape};
use crate::settings::MissingConfig;
use crate::source::Delivery;
use crate::store::{FoundConfig, Scope, StoreError};
use crate::telemetry::{Decision, EventResult};
use crate::yaml::Problem;

/// Time between two looks at an action that could not be decided.
const UNDECIDED_PAUSE: Duration = Duration::from_secs(2);

/// Counts an event that was taken and has no record yet, for as long as it lives.
struct InHand<'a>(&'a AtomicUsize);

impl<'a> InHand<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Service {
    /// Takes one delivery to its end. Whatever is wrong with it ends here, in a log line and a metric.
    pub(super) async fn take(&self, delivery: Delivery) {
        let received = Instant::now();
        let event = match Event::parse(&delivery.bytes) {
            Ok(event) => Arc::new(event),
            Err(error) => {
                let seen = error.seen();
                let (id, kind) = (
                    seen.and_then(|seen| seen.id.as_deref()),
                    seen.and_then(|seen| seen.event_type.as_deref()),
                );
                tracing::warn!(
                    subject = %escape(&delivery.subject), id = %escape(id.unwrap_or_default()), r#type = %escape(kind.unwrap_or_default()),
                    bytes = delivery.bytes.len(), %error, "this is no event"
                );
                return self.metrics.event(EventResult::Malformed);
            }
        };
        if let Err(claimed) = agrees(&delivery.subject, &event) {
            tracing::warn!(
                source = %delivery.source_name, subject = %escape(claimed), id = %escape(event.id()),
                r#type = %escape(event.event_type()), "an event of another type than its subject is refused"
            );
            return self.metrics.event(EventResult::Misplaced);
        }
        (self.hook)(crate::cluster::Step::EventReceived);
        let held = InHand::new(&self.in_hand);
        let (result, run) = self.handle(&event, received).await;
        self.metrics.event(result);
        drop(held);
        if let Some(run) = run {
            self.drive(*run).await;
        }
    }

    async fn handle(&self, event: &Arc<Event>, received: Instant) -> Handled<'_> {
        let scope = match Scope::of(event) {
            Ok(scope) => scope,
            Err(message) if event.is_triggered() => return (self.unreadable(event, message).await, None),
            Err(message) => {
                tracing::info!(event = %escape(event.id()), r#type = %escape(event.event_type()), why = message, "passed over");
                return (EventResult::Unmatched, None);
            }
        };
        let found = match self.store.config(&scope).await {
            Ok(found) => found,
            Err(error @ StoreError::NotFound { .. }) => return (self.no_config(event, &error).await, None),
            Err(error) => {
                let message = format!("could not retrieve config for job-executor-service: {error}");
                return (self.unreadable(event, message).await, None);
            }
        };
        let config = match self.configs.read(&found.text) {
            Ok(config) => config,
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(problem_line).collect();
                let message = format!(
                    "{} cannot be read ({} level):\n{}",
                    crate::store::CONFIG_PATH,
                    found.level,
                    lines.join("\n")
                );
                return (self.unreadable(event, message).await, None);
            }
        };
        let matched = crate::matching::matched(event, &config.config);
        if matched.is_empty() {
            tracing::debug!(event = %escape(event.id()), r#type = %escape(event.event_type()), "no action matches");
            return (EventResult::Unmatched, None);
        }
        let answers = LiveAnswers::new(self, scope, found.pin.clone());
        let judged = self.judge(event, &answers, &found, &config, &matched).await;
        self.record_run(judged, answers, received).await
    }

    /// Judges, and while something is undecided judges again until the deadline.
    async fn judge(
        &self,
        event: &Arc<Event>,
        answers: &LiveAnswers<'_>,
        found: &FoundConfig,
        config: &Prepared,
        matched: &[usize],
    ) -> Judged {
        let request = Request {
            event: Arc::clone(event),
            settings: Arc::clone(&self.settings),
            actions: crate::plan::plan(event, &config.config, matched, &self.settings, Values::OfEvent),
            policies: Arc::clone(&self.policies),
            at: Timestamp::now(),
        };
        let begun = Instant::now();
        let mut facts = Facts::default();
        loop {
            let (verdicts, known) = decide(&request, facts, answers).await;
            let undecided = verdicts
                .iter()
                .any(|verdict| matches!(verdict.verdict, Verdict::Undecided(_)));
            // What no policy lets us find out stays undecided: only facts that could not be had are asked for again.
            let retry = undecided && known.clone().without_unavailable() != known;
            if !retry || begun.elapsed().saturating_add(UNDECIDED_PAUSE) > self.admission_deadline {
                self.count(&verdicts);
                let report = VerdictReport::of(&request, &verdicts);
                tracing::info!(event = %escape(event.id()), verdict = ?report.verdict, findings = report.findings().count(), "judged");
                return Judged {
                    request,
                    verdicts,
                    facts: known,
                    config: config.content.clone(),
                    pin: found.pin.clone(),
                };
            }
            facts = known.without_unavailable();
            tokio::time::sleep(UNDECIDED_PAUSE).await;
        }
    }

    fn count(&self, verdicts: &[ActionVerdict]) {
        for verdict in verdicts {
            let (decision, findings) = match &verdict.verdict {
                Verdict::Admitted(_) => (Decision::Admitted, &[][..]),
                Verdict::Denied(findings) => (Decision::Denied, findings.as_slice()),
                Verdict::Undecided(findings) => (Decision::Undecided, findings.as_slice()),
            };
            let checks = findings.iter().map(|finding| finding.check.as_str());
            self.metrics.verdict(decision, checks);
        }
    }

    /// No config at any level: events of other services pass here too, so nothing is answered unless that was asked for.
    async fn no_config(&self, event: &Arc<Event>, error: &StoreError) -> EventResult {
        let what = "no job/config.yaml at service, stage or project level";
        complain(event, what, &error.to_string());
        if event.is_triggered() {
            let message = format!("could not retrieve config for job-executor-service: {error}");
            self.say(event, &message).await;
            if self.settings.missing_config == MissingConfig::Answered {
                self.unreadable(event, message).await;
            }
        }
        EventResult::NoConfig
    }

    /// Started and errored finished event for an event that could not even be judged.
    async fn unreadable(&self, event: &Arc<Event>, message: String) -> EventResult {
        complain(event, "the event cannot be handled", &message);
        if event.is_triggered() {
            self.run_unreadable(event, message).await;
        }
        EventResult::ConfigError
    }

    /// Adds an entry to the control plane's error log, as far as it takes it.
    async fn say(&self, event: &Event, message: &str) {
        let entry = LogEntry::about(&super::answering::trigger(event), message, Some(Timestamp::now()));
        if let Err(error) = self.error_log.report(entry).await {
            tracing::warn!(%error, "the control plane's error log did not take an entry");
        }
    }

    /// Whether an action sends events: silent ones do not, and only triggered events are answered.
    pub(super) fn reports(event: &Event, action: &ActionPlan) -> bool {
        event.is_triggered() && action.reporting == Reporting::Events
    }
}

/// Whether an event is of the type that it was published as. Keptn publishes each under its type (protocol reference
/// 1.7), and who may publish where is the only thing that a broker rules: what an event says of itself counts no more.
fn agrees<'a>(subject: &'a str, event: &Event) -> Result<(), &'a str> {
    if subject == event.event_type() {
        Ok(())
    } else {
        Err(subject)
    }
}

/// A problem of a config on one line, with its field: who reads an event does not have the file beside it.
fn problem_line(problem: &Problem) -> String {
    let line = problem.in_file(crate::store::CONFIG_PATH);
    if problem.field.is_empty() {
        line
    } else {
        format!("{line} ({})", problem.field)
    }
}

/// Says what is wrong with an event. Our own answers come back to us where all of Keptn's events are subscribed to, and
/// what is wrong with their config was said when they were sent.
fn complain(event: &Event, what: &str, why: &str) {
    let (id, kind) = (escape(event.id()), escape(event.event_type()));
    if event.source() == SOURCE && !event.is_triggered() {
        tracing::debug!(event = %id, r#type = %kind, why, "{what}");
    } else {
        tracing::error!(event = %id, r#type = %kind, why, "{what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_believed_only_on_the_subject_of_its_type() {
        let event = serde_json::json!({
            "specversion": "1.0", "id": "i", "source": "s", "type": "sh.keptn.event.deployment.triggered", "data": {},
        });
        let event = Event::parse(event.to_string().as_bytes()).unwrap();
        for (subject, agreed) in [
            ("sh.keptn.event.deployment.triggered", true),
            ("sh.keptn.event.test.triggered", false),
            ("sh.keptn.event.deployment.triggered.x", false),
            ("SH.keptn.event.deployment.triggered", false),
            ("", false),
        ] {
            assert_eq!(agrees(subject, &event).is_ok(), agreed, "{subject}");
        }
    }
}
