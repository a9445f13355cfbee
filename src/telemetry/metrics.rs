//! What is counted.

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// What became of a received event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum EventResult {
    /// At least one action was admitted.
    Admitted,
    /// Every matched action was refused.
    Refused,
    /// No action matched.
    Unmatched,
    /// No config at any level.
    NoConfig,
    /// The config or the store failed.
    ConfigError,
    /// Not an event.
    Malformed,
    /// It does not agree with where it came from.
    Misplaced,
    /// Seen before.
    Duplicate,
    /// The cluster did not take the run record.
    Unrecorded,
    /// What the run would rest on is too large to be kept; it was answered.
    TooLarge,
}

/// Labels of received events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct EventLabels {
    /// What became of it.
    pub result: EventResult,
}

/// A verdict on an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum Decision {
    /// It may run.
    Admitted,
    /// A policy refuses it.
    Denied,
    /// Something could not be found out.
    Undecided,
}

/// Labels of verdicts on actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct VerdictLabels {
    /// What was decided.
    pub verdict: Decision,
}

/// Labels of findings that refuse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FindingLabels {
    /// Id of the check: a closed set.
    pub check: String,
    /// What was decided of its action.
    pub verdict: Decision,
}

/// Labels of ended tasks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// Label of the outcome: a closed set.
    pub outcome: &'static str,
}

/// All metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Received events.
    pub events: Family<EventLabels, Counter>,
    /// Verdicts on actions, one for each.
    pub verdicts: Family<VerdictLabels, Counter>,
    /// Findings that refuse, by check.
    pub findings: Family<FindingLabels, Counter>,
    /// Ended tasks.
    pub outcomes: Family<OutcomeLabels, Counter>,
    /// Runs that are not done.
    pub runs_in_flight: Gauge,
    /// Finished events that nobody has acknowledged yet.
    pub outbox_pending: Gauge,
    /// Seconds from receiving an event to posting its first Job.
    pub event_to_job: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("job_executor");
        let metrics = Self {
            events: Family::default(),
            verdicts: Family::default(),
            findings: Family::default(),
            outcomes: Family::default(),
            runs_in_flight: Gauge::default(),
            outbox_pending: Gauge::default(),
            event_to_job: Histogram::new(exponential_buckets(0.001, 2.0, 16)),
            registry: Registry::default(),
        };
        registry.register(
            "events_received",
            "Events received, by what became of them",
            metrics.events.clone(),
        );
        registry.register("admission_decisions", "Verdicts on actions", metrics.verdicts.clone());
        registry.register(
            "admission_findings",
            "Findings that refused an action, by check",
            metrics.findings.clone(),
        );
        registry.register("tasks_ended", "Tasks that ended, by outcome", metrics.outcomes.clone());
        registry.register(
            "runs_in_flight",
            "Runs that are not done",
            metrics.runs_in_flight.clone(),
        );
        registry.register(
            "outbox_pending",
            "Finished events without an acknowledgement",
            metrics.outbox_pending.clone(),
        );
        registry.register(
            "event_to_job_seconds",
            "From receiving an event to posting its first Job",
            metrics.event_to_job.clone(),
        );
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// The text that Prometheus scrapes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Counts a verdict on an action with the checks of the findings that refuse it.
    pub fn verdict<'a>(&self, verdict: Decision, checks: impl Iterator<Item = &'a str>) {
        self.verdicts.get_or_create(&VerdictLabels { verdict }).inc();
        for check in checks {
            let check = check.to_owned();
            self.findings.get_or_create(&FindingLabels { check, verdict }).inc();
        }
    }

    /// Counts an event.
    pub fn event(&self, result: EventResult) {
        self.events.get_or_create(&EventLabels { result }).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_counts_once_however_many_findings_it_has() {
        let metrics = Metrics::default();
        metrics.verdict(Decision::Admitted, [].into_iter());
        metrics.verdict(Decision::Denied, ["privileged", "privileged", "image-tag"].into_iter());
        let text = metrics.text();
        for line in [
            "job_executor_admission_decisions_total{verdict=\"Admitted\"} 1",
            "job_executor_admission_decisions_total{verdict=\"Denied\"} 1",
            "job_executor_admission_findings_total{check=\"privileged\",verdict=\"Denied\"} 2",
            "job_executor_admission_findings_total{check=\"image-tag\",verdict=\"Denied\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
