//! A run from its record to its last acknowledged answer. Every step is safe to be taken again after a restart.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::Service;
use super::answering::{finished_event, started_event};
use super::answers::LiveAnswers;
use crate::admission::{ActionVerdict, Facts, Request, Verdict};
use crate::cluster::run_record::{
    ActionRecord, Delivered, Inputs, Phase, Run, RunSpec, RunStatus, Sent, TaskRecord, TaskState,
};
use crate::cluster::{Attempt, Creation, RecordError, Step};
use crate::event::Event;
use crate::manifest::{Bundle, run_name};
use crate::outcome::{ActionOutcome, Cause, TaskOutcome, TaskReport};
use crate::report::{VerdictKind, VerdictReport, escape, refusal_message};
use crate::store::{CommitId, Scope};
use crate::telemetry::{EventResult, OutcomeLabels};

/// Bytes of logs that all tasks of a run may keep in its record together.
const RECORDED_LOG_BYTES: usize = 512 * 1024;

/// An event with its verdict, and what that rests on.
pub(super) struct Judged {
    pub(super) request: Request,
    pub(super) verdicts: Vec<ActionVerdict>,
    pub(super) facts: Facts,
    pub(super) config_text: String,
    pub(super) pin: Option<CommitId>,
}

impl Service {
    /// Makes the record and runs what was admitted. An event that has a record already is left to it.
    pub(super) async fn record_and_run(&self, judged: Judged, scope: &Scope, received: Instant) -> EventResult {
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
        let facts = serde_json::to_string(&judged.facts).unwrap_or_default();
        let run = match self
            .record(&event, judged.request.at, &judged.config_text, pin, facts)
            .await
        {
            Ok(Some(run)) => run,
            Ok(None) => return EventResult::Duplicate,
            Err(error) => return self.unrecorded(&event, &error).await,
        };
        let run = Run { status, ..run };
        let answers = LiveAnswers::new(
            &self.registry,
            self.cluster.fences(),
            self.store.as_ref(),
            scope,
            judged.pin.as_ref(),
        );
        self.drive(run, &event, judged.verdicts, &judged.facts, &answers, Some(received))
            .await;
        if admitted {
            EventResult::Admitted
        } else {
            EventResult::Refused
        }
    }

    /// Creates the record of an event; `None` when there is one already.
    async fn record(
        &self,
        event: &Event,
        at: Timestamp,
        config: &str,
        pin: String,
        facts: String,
    ) -> Result<Option<Run>, RecordError> {
        let settings = serde_json::to_string(&*self.settings).unwrap_or_default();
        let policies = serde_json::to_string(&self.policies.sources).unwrap_or_default();
        let [config, policies, settings] = self
            .records
            .store(Inputs {
                config,
                policies: &policies,
                settings: &settings,
            })
            .await?;
        (self.hook)(Step::ContentsStored);
        let identity = event.identity();
        let spec = RunSpec {
            event: event.raw().to_owned(),
            event_digest: event.digest(),
            identity: identity.hex(),
            event_type: event.event_type().to_owned(),
            at,
            nonce: uuid::Uuid::new_v4().to_string(),
            config,
            policies,
            settings,
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

    async fn unrecorded(&self, event: &Event, error: &RecordError) -> EventResult {
        // Without a record nothing may start, and a pair of answers could be given twice: the source delivers again.
        tracing::error!(event = %escape(event.id()), %error, "no run record can be made; nothing was started");
        EventResult::Unrecorded
    }

    /// A run for an event that could not be judged: its answer is an error, and it is given once.
    pub(super) async fn run_unreadable(&self, event: &Arc<Event>, message: String) {
        let at = Timestamp::now();
        let run = match self.record(event, at, "", String::new(), "{}".to_owned()).await {
            Ok(Some(run)) => run,
            Ok(None) => return,
            Err(error) => {
                self.unrecorded(event, &error).await;
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

    /// Runs the admitted actions of a run in file order, then answers for all.
    pub(super) async fn drive(
        &self,
        mut run: Run,
        event: &Arc<Event>,
        verdicts: Vec<ActionVerdict>,
        facts: &Facts,
        answers: &LiveAnswers<'_>,
        received: Option<Instant>,
    ) {
        self.metrics.runs_in_flight.inc();
        let budget = RECORDED_LOG_BYTES
            / run
                .status
                .actions
                .iter()
                .map(|action| action.tasks.len())
                .sum::<usize>()
                .max(1);
        self.save(&run).await;
        // All started events go out before the first task, so that no finished event can close the control plane's
        // task early.
        self.send_started(&mut run).await;
        for (position, verdict) in verdicts.into_iter().enumerate() {
            let Verdict::Admitted(admitted) = verdict.verdict else {
                continue;
            };
            let bundles: Vec<Bundle> = admitted.into_tasks().map(Bundle::render).collect();
            self.run_action(&mut run, position, bundles, facts, answers, received, budget)
                .await;
            self.answer(&mut run, position, event).await;
        }
        self.metrics.runs_in_flight.dec();
        self.conclude(run, event).await;
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one private step of `drive`, which owns all of these"
    )]
    async fn run_action(
        &self,
        run: &mut Run,
        position: usize,
        bundles: Vec<Bundle>,
        facts: &Facts,
        answers: &LiveAnswers<'_>,
        received: Option<Instant>,
        budget: usize,
    ) {
        if run
            .status
            .actions
            .get(position)
            .is_none_or(|action| action.outcome.is_some())
        {
            return;
        }
        if let Some(action) = run.status.actions.get_mut(position) {
            action.began.get_or_insert_with(Timestamp::now);
        }
        let mut reports = Vec::new();
        for (index, bundle) in bundles.iter().enumerate() {
            let outcome = self
                .run_task(run, position, index, bundle, facts, answers, received)
                .await
                .with_logs_within(budget);
            self.metrics
                .outcomes
                .get_or_create(&OutcomeLabels {
                    outcome: outcome.label(),
                })
                .inc();
            let failed = matches!(outcome, TaskOutcome::Failed { .. });
            let task = task_mut(run, position, index);
            if let Some(task) = task {
                task.state = TaskState::Ended {
                    uid: uid_of(&task.state),
                };
                task.outcome = Some(outcome.clone());
            }
            let plan = bundle.plan();
            reports.push(TaskReport {
                task: plan.key.task.clone(),
                job: plan.job_name.clone(),
                outcome,
            });
            if failed {
                break;
            }
        }
        if let Some(action) = run.status.actions.get_mut(position) {
            action.outcome = Some(ActionOutcome::of_tasks(reports));
        }
    }

    /// One task to its end, from wherever its record says it is.
    #[allow(
        clippy::too_many_arguments,
        reason = "one private step of `drive`, which owns all of these"
    )]
    async fn run_task(
        &self,
        run: &mut Run,
        position: usize,
        index: usize,
        bundle: &Bundle,
        facts: &Facts,
        answers: &LiveAnswers<'_>,
        received: Option<Instant>,
    ) -> TaskOutcome {
        let attempt = match task_mut(run, position, index).map(|task| (task.state.clone(), task.outcome.clone())) {
            Some((TaskState::Ended { .. }, Some(outcome))) => return outcome,
            Some((TaskState::Posting { since }, _)) => Attempt::Again { since },
            Some((TaskState::Created { .. }, _)) => Attempt::Created,
            Some((TaskState::Ended { .. } | TaskState::Pending, _)) | None => Attempt::First,
        };
        let plan = bundle.plan();
        if !plan.files.is_empty() {
            let admitted = match facts.files_of(&plan.files) {
                Some(crate::admission::Fact::Known(admitted)) => admitted.as_slice(),
                _ => &[],
            };
            match answers.contents(&plan.files, admitted).await {
                Ok(files) => self.offers.put(&plan.job_name, &plan.namespace, files),
                Err(message) => {
                    return TaskOutcome::Failed {
                        cause: Cause::Refused { message },
                        logs: String::new(),
                    };
                }
            }
        }
        if attempt == Attempt::First {
            if let Some(task) = task_mut(run, position, index) {
                task.state = TaskState::Posting {
                    since: Timestamp::now(),
                };
            }
            self.save(run).await;
            (self.hook)(Step::JobAnnounced);
        }
        let nonce = run.spec.nonce.clone();
        let launched = match self.cluster.start(bundle, &nonce, attempt).await {
            Ok(launched) => launched,
            Err(cause) => {
                self.offers.withdraw(&plan.job_name);
                return TaskOutcome::Failed {
                    cause,
                    logs: String::new(),
                };
            }
        };
        if let Some(received) = received.filter(|_| position == 0 && index == 0) {
            self.metrics.event_to_job.observe(received.elapsed().as_secs_f64());
        }
        if let Some(task) = task_mut(run, position, index) {
            task.state = TaskState::Created {
                uid: launched.job.uid.clone(),
            };
        }
        self.save(run).await;
        (self.hook)(Step::JobRecorded);
        let outcome = self.cluster.finish(bundle, launched).await;
        self.offers.withdraw(&plan.job_name);
        outcome
    }

    async fn send_started(&self, run: &mut Run) {
        for action in &mut run.status.actions {
            if let Some(started) = action
                .started
                .as_mut()
                .filter(|started| started.delivery == Delivered::Pending)
            {
                self.deliver(started).await;
            }
        }
        (self.hook)(Step::StartedSent);
    }

    /// Builds and records the finished event of an action, then sends it.
    async fn answer(&self, run: &mut Run, position: usize, event: &Event) {
        let at = run.spec.at;
        let Some(action) = run.status.actions.get_mut(position) else {
            return;
        };
        let Some(outcome) = &action.outcome else { return };
        if action.started.is_some() && action.finished.is_none() {
            let began = action.began.unwrap_or(at);
            action.finished =
                finished_event(event, action.index, outcome, began, Timestamp::now(), self.event_cap).map(pending);
        }
        self.save(run).await;
        (self.hook)(Step::FinishedRecorded);
        let Some(finished) = run
            .status
            .actions
            .get_mut(position)
            .and_then(|action| action.finished.as_mut())
        else {
            return;
        };
        if finished.delivery == Delivered::Pending {
            self.metrics.outbox_pending.inc();
            self.deliver(finished).await;
            self.metrics.outbox_pending.dec();
            (self.hook)(Step::FinishedSent);
        }
    }

    /// Answers for every action that has no acknowledged answer yet, and closes the record.
    pub(super) async fn conclude(&self, mut run: Run, event: &Event) {
        self.send_started(&mut run).await;
        for position in 0..run.status.actions.len() {
            let open = run
                .status
                .actions
                .get(position)
                .is_some_and(|action| match &action.finished {
                    Some(finished) => finished.delivery == Delivered::Pending,
                    None => action.started.is_some(),
                });
            if open {
                self.answer(&mut run, position, event).await;
            }
        }
        run.status.phase = Phase::Done;
        run.status.done_at = Some(Timestamp::now());
        self.save(&run).await;
        (self.hook)(Step::FinishedAcknowledged);
        self.release_jobs(&run).await;
        if let Err(error) = self.records.release(&run).await {
            tracing::error!(run = run.name, %error, "the record is done and could not be released; the next start does it");
        }
        (self.hook)(Step::RecordReleased);
        tracing::info!(run = run.name, "done");
    }

    /// Lowers the time to live of every Job of a run to the planned one.
    async fn release_jobs(&self, run: &Run) {
        for task in run.status.actions.iter().flat_map(|action| &action.tasks) {
            let uid = uid_of(&task.state);
            if !uid.is_empty()
                && let Err(error) = self
                    .cluster
                    .release(&task.namespace, &task.job, &uid, task.ttl_seconds)
                    .await
            {
                tracing::warn!(run = run.name, job = task.job, %error, "the job keeps its long time to live");
            }
        }
    }

    /// Sends an event until the other side has it or refuses it for good.
    async fn deliver(&self, sent: &mut Sent) {
        use crate::keptn::retry::{Again, Retry, Transient as _, spread};
        const PAUSES: Retry = Retry {
            attempts: u32::MAX,
            first: std::time::Duration::from_millis(250),
            longest: std::time::Duration::from_secs(30),
        };
        let mut failures: u32 = 0;
        loop {
            let Err(error) = self.sink.send(&sent.event).await else {
                sent.delivery = Delivered::Acknowledged;
                return;
            };
            match error.again() {
                Again::Never => {
                    tracing::error!(event = sent.event.id, r#type = sent.event.event_type, %error, "an answer is refused for good");
                    sent.delivery = Delivered::Refused(error.to_string());
                    return;
                }
                Again::Soon | Again::After(_) => {
                    failures = failures.saturating_add(1);
                    if failures.is_power_of_two() {
                        tracing::warn!(event = sent.event.id, failures, %error, "an answer is not acknowledged yet");
                    }
                    tokio::time::sleep(spread(PAUSES.backoff(failures))).await;
                }
            }
        }
    }

    /// Saves how far a run has come. When that cannot be done for long the run goes on: Jobs and answers have names
    /// and ids that do not depend on it.
    async fn save(&self, run: &Run) {
        if let Err(error) = self.records.save(run).await {
            tracing::error!(run = run.name, %error, "how far the run has come could not be recorded");
        }
    }
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
    let decision = match report.verdict {
        VerdictKind::Admitted => "admitted",
        VerdictKind::Denied => "denied",
        VerdictKind::Undecided => "undecided",
    };
    RunStatus {
        phase: Phase::Running,
        decision: decision.to_owned(),
        verdict: report.to_json(),
        done_at: None,
        actions,
    }
}

fn pending(event: crate::sink::OutgoingEvent) -> Sent {
    Sent {
        event,
        delivery: Delivered::Pending,
    }
}

fn task_mut(run: &mut Run, position: usize, index: usize) -> Option<&mut TaskRecord> {
    run.status.actions.get_mut(position)?.tasks.get_mut(index)
}

fn uid_of(state: &TaskState) -> String {
    match state {
        TaskState::Created { uid } | TaskState::Ended { uid } => uid.clone(),
        TaskState::Pending | TaskState::Posting { .. } => String::new(),
    }
}
