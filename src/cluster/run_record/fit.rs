//! A status that fits into its record, whatever a run was like: what stands in it twice goes first, long texts next.
//!
//! Must never drop an action, a task, a state or an event that is still to be sent.

use serde_json::json;

use super::types::{ActionRecord, Delivered, RunStatus};
use crate::outcome::{ActionOutcome, TaskOutcome, TaskReport, keep_end};

/// Bytes of a text that is kept when a status is too large.
const SHORT: usize = 2 * 1024;

/// What is given up, step by step.
const STEPS: [fn(&mut RunStatus); 4] = [told_already, short_verdict, short_texts, sent_already];

/// The same status in at most `limit` bytes of JSON, as far as that is possible without losing what a run needs.
pub(super) fn within(status: &RunStatus, limit: usize) -> RunStatus {
    let mut status = status.clone();
    for step in STEPS {
        if size(&status) <= limit {
            break;
        }
        step(&mut status);
    }
    status
}

/// Bytes of a status as JSON.
pub(super) fn size(status: &RunStatus) -> usize {
    serde_json::to_vec(status).map_or(usize::MAX, |json| json.len())
}

/// Logs of actions whose finished event stands: it holds them.
fn told_already(status: &mut RunStatus) {
    for action in &mut status.actions {
        if action.finished.is_some() {
            texts(action, 0);
        }
        // The outcome of an action holds those of its tasks.
        if action.outcome.is_some() {
            action
                .tasks
                .iter_mut()
                .for_each(|task| task.outcome = task.outcome.take().map(without_logs));
        }
    }
}

/// The verdict: what was decided and how much was found is kept, and every finding stands in its finished event.
fn short_verdict(status: &mut RunStatus) {
    if status.verdict.len() > SHORT {
        status.verdict = json!({ "verdict": status.decision, "cutBytes": status.verdict.len() }).to_string();
    }
}

fn short_texts(status: &mut RunStatus) {
    for action in &mut status.actions {
        texts(action, SHORT);
        for task in &mut action.tasks {
            task.outcome = task.outcome.take().map(|outcome| outcome.with_logs_within(SHORT));
        }
    }
}

/// The content of events that the other side has: only their ids are needed.
fn sent_already(status: &mut RunStatus) {
    for sent in status
        .actions
        .iter_mut()
        .flat_map(|action| action.started.iter_mut().chain(&mut action.finished))
        .filter(|sent| sent.delivery == Delivered::Acknowledged)
    {
        sent.event.body = String::new();
    }
}

/// Cuts the texts of an action's outcome.
fn texts(action: &mut ActionRecord, bytes: usize) {
    let cut = |report: &mut TaskReport| report.outcome = report.outcome.clone().with_logs_within(bytes);
    match &mut action.outcome {
        None => {}
        Some(ActionOutcome::Passed { tasks }) => tasks.iter_mut().for_each(cut),
        Some(ActionOutcome::Failed { before, failed }) => {
            before.iter_mut().for_each(cut);
            cut(failed);
        }
        Some(
            ActionOutcome::Denied { findings: text }
            | ActionOutcome::Undecided { findings: text }
            | ActionOutcome::Unreadable { message: text },
        ) => *text = keep_end(text, bytes),
    }
}

fn without_logs(outcome: TaskOutcome) -> TaskOutcome {
    outcome.with_logs_within(0)
}

#[cfg(test)]
mod tests {
    use super::super::types::{Sent, TaskRecord, TaskState};
    use super::*;
    use crate::outcome::Cause;
    use crate::sink::OutgoingEvent;

    fn sent(id: &str, body: usize, delivery: Delivered) -> Sent {
        Sent {
            event: OutgoingEvent {
                id: id.into(),
                event_type: "t".into(),
                context: "c".into(),
                triggered_id: "i".into(),
                body: "x".repeat(body),
            },
            delivery,
        }
    }

    fn task(bytes: usize) -> TaskRecord {
        TaskRecord {
            index: 0,
            name: "t".into(),
            job: "j".into(),
            namespace: "n".into(),
            image: "i".into(),
            ttl_seconds: 60,
            state: TaskState::Ended { uid: "u".into() },
            outcome: Some(TaskOutcome::Failed {
                cause: Cause::Deadline,
                logs: "l".repeat(bytes),
            }),
        }
    }

    fn action(logs: usize, finished: Option<Sent>) -> ActionRecord {
        let outcome = task(logs).outcome.unwrap();
        let report = TaskReport {
            task: "t".into(),
            job: "j".into(),
            outcome,
        };
        ActionRecord {
            tasks: vec![task(logs)],
            outcome: Some(ActionOutcome::of_tasks(vec![report])),
            started: Some(sent("s", 500, Delivered::Acknowledged)),
            finished,
            ..ActionRecord::default()
        }
    }

    fn status(actions: Vec<ActionRecord>, verdict: usize) -> RunStatus {
        RunStatus {
            decision: "denied".into(),
            verdict: "v".repeat(verdict),
            actions,
            ..RunStatus::default()
        }
    }

    #[test]
    fn what_fits_is_kept_as_it_is() {
        let status = status(vec![action(1000, None)], 1000);
        assert_eq!(within(&status, 10_000), status);
    }

    #[test]
    fn a_status_of_any_size_fits_and_keeps_what_a_run_needs() {
        let pending = || Some(sent("f", 200_000, Delivered::Pending));
        let acknowledged = || Some(sent("f", 500_000, Delivered::Acknowledged));
        for (name, full) in [
            ("a verdict", status(vec![action(10, None)], 5_000_000)),
            ("logs that were told", status(vec![action(200_000, pending())], 10)),
            (
                "logs of every task",
                status(vec![action(300_000, None), action(300_000, None)], 10),
            ),
            (
                "events that were sent",
                status((0..250).map(|_| action(100, acknowledged())).collect(), 10),
            ),
            (
                "all of it",
                status(
                    (0..250)
                        .map(|index| action(50_000, if index == 249 { pending() } else { acknowledged() }))
                        .collect(),
                    5_000_000,
                ),
            ),
        ] {
            let cut = within(&full, 650_000);
            assert!(size(&cut) <= 650_000, "{name}: {} bytes", size(&cut));
            for (before, after) in full.actions.iter().zip(&cut.actions) {
                let state = |action: &ActionRecord| action.tasks[0].state.clone();
                assert_eq!(state(before), state(after), "{name}");
                let cause = |action: &ActionRecord| action.tasks[0].outcome.as_ref().and_then(|o| o.cause().cloned());
                assert_eq!(cause(before), cause(after), "{name}");
                let open = |action: &ActionRecord| {
                    action
                        .finished
                        .clone()
                        .filter(|sent| sent.delivery == Delivered::Pending)
                };
                assert_eq!(open(before), open(after), "{name}");
            }
        }
    }
}
