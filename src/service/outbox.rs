//! The answers of a run: sent until the other side has them, and only then is the record closed.

use std::time::Duration;

use jiff::Timestamp;

use super::Service;
use super::answering::finished_event;
use super::run::uid_of;
use crate::cluster::Step;
use crate::cluster::run_record::{Delivered, Phase, Run, RunStatus, Sent};
use crate::event::Event;

/// Time within which an event is usually sent.
const SOON: Duration = Duration::from_millis(500);

impl Service {
    /// Sends all started events before the first task, so that no finished event can close the control plane's task
    /// early.
    ///
    /// The status of the run is saved with its first task. Before, its record alone says as much: whoever takes it up
    /// judges again and comes to the same status. Only where sending takes long, the status shows what is waited for.
    pub(super) async fn announce(&self, run: &mut Run) {
        let before = run.clone();
        let sending = self.send_started(run);
        tokio::pin!(sending);
        if tokio::time::timeout(SOON, &mut sending).await.is_err() {
            tokio::join!(self.save(&before), sending);
        }
    }

    pub(super) async fn send_started(&self, run: &mut Run) {
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
    pub(super) async fn answer(&self, run: &mut Run, position: usize, event: &Event) {
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

    /// Sends all answers of an event for which there is no record. Their ids are the same whenever they are sent.
    pub(super) async fn answer_unrecorded(&self, status: RunStatus, event: &Event) {
        let mut answers = Vec::new();
        for action in status.actions {
            let (Some(started), Some(outcome)) = (action.started, action.outcome) else {
                continue;
            };
            let now = Timestamp::now();
            answers.push(started);
            answers.extend(finished_event(event, action.index, &outcome, now, now, self.event_cap).map(pending));
        }
        // All started events first, as ever.
        answers.sort_by_key(|answer| answer.event.event_type.ends_with(".finished"));
        for answer in &mut answers {
            self.deliver(answer).await;
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
    pub(super) async fn release_jobs(&self, run: &Run) {
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
        use crate::retry::{Again, Retry, Transient as _, spread};
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
}

/// An event that has still to go out.
pub(super) fn pending(event: crate::sink::OutgoingEvent) -> Sent {
    Sent {
        event,
        delivery: Delivered::Pending,
    }
}
