//! What goes back for an event: started and finished events with ids that are the same on every attempt.

use jiff::Timestamp;
use uuid::Uuid;

use crate::event::{Event, Identity};
use crate::keptn::events::{CommonFields, Finish, SizeCap, Stamp, Trigger, finished, started};
use crate::outcome::{ActionOutcome, Conclusion};
use crate::sink::OutgoingEvent;

/// Namespace of our event ids (UUIDv5): made once, at random, for this product.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d1f_0c2e_9a54_4b8e_8f37_52c0_91d4_7ab3);

/// Which of the two events of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Started,
    Finished,
}

/// The id of an answer: the same for the same event and action, whoever asks and however often.
pub(super) fn answer_id(identity: &Identity, action: usize, answer: Answer) -> String {
    let kind = match answer {
        Answer::Started => "started",
        Answer::Finished => "finished",
    };
    Uuid::new_v5(&NAMESPACE, format!("{}/{action}/{kind}", identity.hex()).as_bytes()).to_string()
}

/// What answers take over from the event.
pub(super) fn trigger(event: &Event) -> Trigger {
    // An event that is refused for one wrong label is answered all the same, and has to be found by its project.
    let common = event.readable_common();
    Trigger {
        id: event.id().to_owned(),
        event_type: event.event_type().to_owned(),
        context: event.context().unwrap_or_default().to_owned(),
        git_commit_id: event
            .git_commit_id()
            .filter(|commit| !commit.is_empty())
            .map(str::to_owned),
        common: CommonFields {
            project: common.project,
            stage: common.stage,
            service: common.service,
            labels: common.labels,
            status: common.status,
            result: common.result,
            message: common.message,
        },
    }
}

/// The started event of an action; `None` where none can be built, which is logged.
pub(super) fn started_event(event: &Event, action: usize, time: Timestamp, cap: SizeCap) -> Option<OutgoingEvent> {
    let stamp = Stamp {
        id: answer_id(&event.identity(), action, Answer::Started),
        time,
    };
    started(&trigger(event), &stamp, cap)
        .map_err(|error| unbuildable(event, &error))
        .ok()
}

/// The finished event of an action.
pub(super) fn finished_event(
    event: &Event,
    action: usize,
    outcome: &ActionOutcome,
    began: Timestamp,
    ended: Timestamp,
    cap: SizeCap,
) -> Option<OutgoingEvent> {
    let stamp = Stamp {
        id: answer_id(&event.identity(), action, Answer::Finished),
        time: ended,
    };
    let message = crate::report::escape(&outcome.message());
    let finish = match outcome.conclusion() {
        Conclusion::Pass => Finish::Passed {
            message: &message,
            began,
            ended,
        },
        Conclusion::Fail => Finish::Errored { message: &message },
    };
    finished(&trigger(event), &stamp, &finish, cap)
        .map_err(|error| unbuildable(event, &error))
        .ok()
}

fn unbuildable(event: &Event, error: &crate::keptn::events::EventError) {
    tracing::error!(event = %crate::report::escape(event.id()), %error, "no answer can be built for this event");
}
