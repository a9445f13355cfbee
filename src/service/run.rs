//! A run from its record to its last acknowledged answer. Every step is safe to be taken again after a restart.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::Service;
use super::answers::LiveAnswers;
use crate::admission::{ActionVerdict, Fact, Facts, Verdict};
use crate::cluster::run_record::{Run, TaskRecord, TaskState};
use crate::cluster::{Attempt, Step};
use crate::event::Event;
use crate::manifest::Bundle;
use crate::outcome::{ActionOutcome, Cause, TaskOutcome, TaskReport};
use crate::telemetry::OutcomeLabels;

/// Bytes of logs that all tasks of a run may keep in its record together.
const RECORDED_LOG_BYTES: usize = 512 * 1024;

/// A run on its way, with all that its tasks need.
pub(super) struct Driving<'a> {
    pub(super) run: Run,
    pub(super) event: Arc<Event>,
    pub(super) verdicts: Vec<ActionVerdict>,
    pub(super) facts: Facts,
    pub(super) answers: LiveAnswers<'a>,
    /// When its event arrived; `None` after a restart.
    pub(super) received: Option<Instant>,
}

/// What the tasks of a run share.
struct Context<'a> {
    facts: &'a Facts,
    answers: &'a LiveAnswers<'a>,
    /// Taken by the first Job.
    received: Option<Instant>,
    /// Bytes of logs that each task may keep.
    log_bytes: usize,
}

impl Service {
    /// Runs the admitted actions of a run in file order, then answers for all.
    pub(super) async fn drive(&self, driving: Driving<'_>) {
        let Driving {
            mut run,
            event,
            verdicts,
            facts,
            answers,
            received,
        } = driving;
        self.metrics.runs_in_flight.inc();
        let tasks: usize = run.status.actions.iter().map(|action| action.tasks.len()).sum();
        let mut context = Context {
            facts: &facts,
            answers: &answers,
            received,
            log_bytes: RECORDED_LOG_BYTES / tasks.max(1),
        };
        self.announce(&mut run).await;
        for (position, verdict) in verdicts.into_iter().enumerate() {
            let Verdict::Admitted(admitted) = verdict.verdict else {
                continue;
            };
            let bundles: Vec<Bundle> = admitted.into_tasks().map(Bundle::render).collect();
            self.run_action(&mut run, position, &bundles, &mut context).await;
            self.answer(&mut run, position, &event).await;
        }
        self.metrics.runs_in_flight.dec();
        self.conclude(run, &event).await;
    }

    async fn run_action(&self, run: &mut Run, position: usize, bundles: &[Bundle], context: &mut Context<'_>) {
        let Some(action) = run
            .status
            .actions
            .get_mut(position)
            .filter(|action| action.outcome.is_none())
        else {
            return;
        };
        action.began.get_or_insert_with(Timestamp::now);
        let mut reports = Vec::new();
        for (index, bundle) in bundles.iter().enumerate() {
            let outcome = self
                .run_task(run, (position, index), bundle, context)
                .await
                .with_logs_within(context.log_bytes);
            self.metrics
                .outcomes
                .get_or_create(&OutcomeLabels {
                    outcome: outcome.label(),
                })
                .inc();
            let failed = matches!(outcome, TaskOutcome::Failed { .. });
            if let Some(task) = task_mut(run, (position, index)) {
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
    async fn run_task(
        &self,
        run: &mut Run,
        at: (usize, usize),
        bundle: &Bundle,
        context: &mut Context<'_>,
    ) -> TaskOutcome {
        let attempt = match task_mut(run, at).map(|task| (task.state.clone(), task.outcome.clone())) {
            Some((TaskState::Ended { .. }, Some(outcome))) => return outcome,
            Some((TaskState::Posting { since }, _)) => Attempt::Again { since },
            Some((TaskState::Created { .. }, _)) => Attempt::Created,
            Some((TaskState::Ended { .. } | TaskState::Pending, _)) | None => Attempt::First,
        };
        let mut without_files = None;
        let attempt = match self.offer_files(bundle, context).await {
            Ok(()) => attempt,
            // A Job that runs has its files, or its init container says that it has none. One that is not there is not
            // created without them.
            Err(message) if attempt != Attempt::First => {
                tracing::warn!(run = run.name, job = bundle.plan().job_name, %message, "the files of a job that may run cannot be offered again");
                without_files = Some(message);
                Attempt::Created
            }
            Err(message) => {
                return TaskOutcome::Failed {
                    cause: Cause::NoFiles { message },
                    logs: String::new(),
                };
            }
        };
        if attempt == Attempt::First {
            if let Some(task) = task_mut(run, at) {
                task.state = TaskState::Posting {
                    since: Timestamp::now(),
                };
            }
            self.save(run).await;
            (self.hook)(Step::JobAnnounced);
        }
        let job = &bundle.plan().job_name;
        let launched = match self.cluster.start(bundle, &run.spec.nonce, attempt).await {
            Ok(launched) => launched,
            Err(cause) => {
                self.offers.withdraw(job);
                let cause = match (cause, without_files) {
                    (Cause::JobGone, Some(message)) => Cause::NoFiles { message },
                    (cause, _) => cause,
                };
                return TaskOutcome::Failed {
                    cause,
                    logs: String::new(),
                };
            }
        };
        self.offers.bind(job, &launched.job.uid);
        if let Some(received) = context.received.take() {
            self.metrics.event_to_job.observe(received.elapsed().as_secs_f64());
        }
        if let Some(task) = task_mut(run, at) {
            task.state = TaskState::Created {
                uid: launched.job.uid.clone(),
            };
        }
        self.save(run).await;
        (self.hook)(Step::JobRecorded);
        let outcome = self.cluster.finish(bundle, launched).await;
        self.offers.withdraw(job);
        outcome
    }

    /// Keeps a task's files ready for its init container: exactly those that were admitted.
    async fn offer_files(&self, bundle: &Bundle, context: &Context<'_>) -> Result<(), String> {
        let plan = bundle.plan();
        if plan.files.is_empty() {
            return Ok(());
        }
        let Some(Fact::Known(admitted)) = context.facts.files_of(&plan.files) else {
            return Err("its files were not looked up when it was judged".to_owned());
        };
        let files = context.answers.files.contents(&plan.files, &admitted.files).await?;
        self.offers.put(&plan.job_name, &plan.namespace, files);
        Ok(())
    }

    /// Saves how far a run has come. When that cannot be done for long the run goes on: Jobs and answers have names
    /// and ids that do not depend on it.
    pub(super) async fn save(&self, run: &Run) {
        if let Err(error) = self.records.save(run).await {
            tracing::error!(run = run.name, %error, "how far the run has come could not be recorded");
        }
    }
}

fn task_mut(run: &mut Run, (position, index): (usize, usize)) -> Option<&mut TaskRecord> {
    run.status.actions.get_mut(position)?.tasks.get_mut(index)
}

pub(super) fn uid_of(state: &TaskState) -> String {
    match state {
        TaskState::Created { uid } | TaskState::Ended { uid } => uid.clone(),
        TaskState::Pending | TaskState::Posting { .. } => String::new(),
    }
}
