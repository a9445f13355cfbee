//! Making the record of a run, and the status it begins with. Nothing is started before it stands.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::answering::started_event;
use super::answers::LiveAnswers;
use super::outbox::pending;
use super::run::Driving;
use super::{Fixed, Service};
use crate::admission::{ActionVerdict, Facts, Request, Verdict};
use crate::cluster::run_record::{
    ActionRecord, Content, Inputs, Phase, Run, RunSpec, RunStatus, TaskRecord, TaskState,
};
use crate::cluster::{Creation, RecordError, Step};
use crate::event::Event;
use crate::manifest::run_name;
use crate::outcome::ActionOutcome;
use crate::report::{VerdictKind, VerdictReport, escape, refusal_message};
use crate::store::CommitId;
use crate::telemetry::EventResult;

/// What became of an event, and the run it began.
pub(super) type Handled<'a> = (EventResult, Option<Box<Driving<'a>>>);

/// An event with its verdict, and what that rests on.
pub(super) struct Judged {
    pub(super) request: Request,
    pub(super) verdicts: Vec<ActionVerdict>,
    pub(super) facts: Facts,
    pub(super) config: Content,
    pub(super) pin: Option<CommitId>,
}

impl Service {
    /// Makes the record of what was judged. An event that has a record already is left to it.
    pub(super) async fn record_run<'a>(
        &'a self,
        judged: Judged,
        answers: LiveAnswers<'a>,
        received: Instant,
    ) -> Handled<'a> {
        let event = Arc::clone(&judged.request.event);
        let admitted = judged
            .verdicts
            .iter()
            .any(|verdict| matches!(verdict.verdict, Verdict::Admitted(_)));
        let status = status_of(&judged.request, &judged.verdicts, self.event_cap);
        let pin = judged
            .pin
            .as_ref()
            .map(|pin| pin.as_str().to_owned())
            .unwrap_or_default();
        let recorded = match serde_json::to_string(&judged.facts) {
            Ok(facts) => self.record(&event, judged.request.at, &judged.config, pin, facts).await,
            Err(error) => Err(RecordError::Unwritable(error.to_string())),
        };
        let run = match recorded {
            Ok(Some(run)) => Run { status, ..run },
            Ok(None) => return (EventResult::Duplicate, None),
            Err(error @ RecordError::TooLarge { .. }) => {
                let status = without_jobs(status, &error.to_string());
                return (self.too_large(&event, judged.request.at, status, &error).await, None);
            }
            Err(error) => return (self.unrecorded(&event, &error), None),
        };
        let result = if admitted {
            EventResult::Admitted
        } else {
            EventResult::Refused
        };
        let (verdicts, facts) = (judged.verdicts, judged.facts);
        (
            result,
            Some(Box::new(Driving {
                run,
                event,
                verdicts,
                facts,
                answers,
                received: Some(received),
            })),
        )
    }

    /// Creates the record of an event; `None` when there is one already.
    async fn record(
        &self,
        event: &Event,
        at: Timestamp,
        config: &Content,
        pin: String,
        facts: String,
    ) -> Result<Option<Run>, RecordError> {
        let Fixed { policies, settings } = &self.fixed;
        let inputs = Inputs {
            config,
            policies,
            settings,
        };
        self.records.store(inputs).await?;
        (self.hook)(Step::ContentsStored);
        let identity = event.identity();
        let spec = RunSpec {
            event: event.raw().to_owned(),
            event_digest: event.digest(),
            identity: identity.hex(),
            event_type: event.event_type().to_owned(),
            at,
            made: at,
            nonce: uuid::Uuid::new_v4().to_string(),
            config: config.name().to_owned(),
            policies: policies.name().to_owned(),
            settings: settings.name().to_owned(),
            pin,
            facts,
            hmac: String::new(),
        };
        match self.records.create(&run_name(&identity), spec).await? {
            Creation::Created(run) => {
                (self.hook)(Step::RecordCreated);
                Ok(Some(*run))
            }
            Creation::Exists(run) if run.spec.event_digest == event.digest() => {
                tracing::info!(run = run.name, event = %escape(event.id()), "this event was delivered before; its run goes on");
                Ok(None)
            }
            Creation::Exists(run) => {
                tracing::error!(
                    run = run.name, event = %escape(event.id()), source = %escape(event.source()),
                    "an event with this source and id, but other content, was delivered before; this one is not run"
                );
                Ok(None)
            }
        }
    }

    /// What a run would rest on cannot be kept: nothing may start, and its answers say so. They get a record of their
    /// own where there is room for one.
    async fn too_large(
        &self,
        event: &Arc<Event>,
        at: Timestamp,
        status: RunStatus,
        error: &RecordError,
    ) -> EventResult {
        tracing::error!(event = %escape(event.id()), %error, "nothing was started");
        match self
            .record(event, at, &Content::default(), String::new(), "{}".to_owned())
            .await
        {
            Ok(Some(run)) => {
                let run = Run { status, ..run };
                self.save(&run).await;
                self.conclude(run, event).await;
            }
            Ok(None) => return EventResult::Duplicate,
            Err(RecordError::TooLarge { .. }) => self.answer_unrecorded(status, event).await,
            Err(error) => return self.unrecorded(event, &error),
        }
        EventResult::TooLarge
    }

    fn unrecorded(&self, event: &Event, error: &RecordError) -> EventResult {
        // Without a record nothing may start, and a pair of answers could be given twice. Core NATS does not deliver
        // again: this line and the count are all that is left of the event.
        tracing::error!(event = %escape(event.id()), %error, "no run record can be made; nothing was started");
        EventResult::Unrecorded
    }

    /// A run for an event that could not be judged: its answer is an error, and it is given once.
    pub(super) async fn run_unreadable(&self, event: &Arc<Event>, message: String) {
        let at = Timestamp::now();
        let run = match self
            .record(event, at, &Content::default(), String::new(), "{}".to_owned())
            .await
        {
            Ok(Some(run)) => run,
            Ok(None) => return,
            Err(error @ RecordError::TooLarge { .. }) => {
                let status = self.unreadable_status(event, at, format!("{message} ({error})"));
                return self.answer_unrecorded(status, event).await;
            }
            Err(error) => {
                self.unrecorded(event, &error);
                return;
            }
        };
        let run = Run {
            status: self.unreadable_status(event, at, message),
            ..run
        };
        self.save(&run).await;
        self.conclude(run, event).await;
    }

    /// The status of a run whose event could not be judged.
    pub(super) fn unreadable_status(&self, event: &Event, at: Timestamp, message: String) -> RunStatus {
        let started = started_event(event, 0, at, self.event_cap).map(pending);
        let outcome = ActionOutcome::Unreadable { message };
        let action = ActionRecord {
            started,
            outcome: Some(outcome),
            ..ActionRecord::default()
        };
        RunStatus {
            phase: Phase::Running,
            actions: vec![action],
            ..RunStatus::default()
        }
    }
}

/// The same answers for a run that cannot be kept: every action has failed with this, and has no task.
fn without_jobs(mut status: RunStatus, why: &str) -> RunStatus {
    for action in &mut status.actions {
        action.tasks.clear();
        action.outcome.get_or_insert_with(|| ActionOutcome::Unreadable {
            message: format!("nothing was started: {why}"),
        });
    }
    status
}

/// The status that a run begins with: started events and tasks, nothing done yet.
pub(super) fn status_of(
    request: &Request,
    verdicts: &[ActionVerdict],
    cap: crate::keptn::events::SizeCap,
) -> RunStatus {
    let report = VerdictReport::of(request, verdicts);
    let event = &request.event;
    let actions = request
        .actions
        .iter()
        .zip(verdicts.iter().zip(&report.actions))
        .map(|(action, (verdict, report))| {
            let refusal = || ActionOutcome::Denied {
                findings: refusal_message(report),
            };
            let outcome = match report.verdict {
                VerdictKind::Admitted => None,
                VerdictKind::Denied => Some(refusal()),
                VerdictKind::Undecided => Some(ActionOutcome::Undecided {
                    findings: refusal_message(report),
                }),
            };
            ActionRecord {
                index: action.index,
                name: action.name.clone(),
                started: if Service::reports(event, action) {
                    started_event(event, action.index, request.at, cap).map(pending)
                } else {
                    None
                },
                tasks: match &verdict.verdict {
                    Verdict::Admitted(admitted) => admitted
                        .plans()
                        .zip(&report.images)
                        .map(|(plan, image)| TaskRecord {
                            index: plan.key.task_index,
                            name: plan.key.task.clone(),
                            job: plan.job_name.clone(),
                            namespace: plan.namespace.clone(),
                            image: image.clone(),
                            ttl_seconds: plan.ttl_seconds,
                            state: TaskState::Pending,
                            outcome: None,
                        })
                        .collect(),
                    Verdict::Denied(_) | Verdict::Undecided(_) => Vec::new(),
                },
                outcome,
                ..ActionRecord::default()
            }
        })
        .collect();
    RunStatus {
        phase: Phase::Running,
        decision: report.verdict.as_str().to_owned(),
        verdict: report.to_json(),
        done_at: None,
        actions,
        seal: String::new(),
    }
}
