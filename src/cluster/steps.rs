//! The steps of a run by name, and the hook that is called after each: where a fault harness stops the process.

/// A step that has just been completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An event was read and is not yet recorded.
    EventReceived,
    /// The contents (config, policies, settings) stand in the cluster.
    ContentsStored,
    /// The run record stands.
    RecordCreated,
    /// The started events are sent.
    StartedSent,
    /// A task's fence stands.
    FenceEnsured,
    /// The record says that a Job is about to be posted.
    JobAnnounced,
    /// The Job stands, or was adopted.
    JobPosted,
    /// The record knows the Job's uid.
    JobRecorded,
    /// The task's end was seen.
    TaskEnded,
    /// Its logs are read.
    LogsRead,
    /// A Job that would have run on was ended.
    JobEnded,
    /// The record holds the tasks' outcomes and the finished event.
    FinishedRecorded,
    /// The finished event was sent.
    FinishedSent,
    /// The record says that it was acknowledged.
    FinishedAcknowledged,
    /// The Job's time to live was lowered to the planned one.
    JobReleased,
    /// The record's finalizer is gone.
    RecordReleased,
}

impl Step {
    /// All steps in the order of a run.
    pub const ALL: [Self; 16] = [
        Self::EventReceived,
        Self::ContentsStored,
        Self::RecordCreated,
        Self::StartedSent,
        Self::FenceEnsured,
        Self::JobAnnounced,
        Self::JobPosted,
        Self::JobRecorded,
        Self::TaskEnded,
        Self::LogsRead,
        Self::JobEnded,
        Self::FinishedRecorded,
        Self::FinishedSent,
        Self::FinishedAcknowledged,
        Self::JobReleased,
        Self::RecordReleased,
    ];

    /// Its name, in kebab-case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EventReceived => "event-received",
            Self::ContentsStored => "contents-stored",
            Self::RecordCreated => "record-created",
            Self::StartedSent => "started-sent",
            Self::FenceEnsured => "fence-ensured",
            Self::JobAnnounced => "job-announced",
            Self::JobPosted => "job-posted",
            Self::JobRecorded => "job-recorded",
            Self::TaskEnded => "task-ended",
            Self::LogsRead => "logs-read",
            Self::JobEnded => "job-ended",
            Self::FinishedRecorded => "finished-recorded",
            Self::FinishedSent => "finished-sent",
            Self::FinishedAcknowledged => "finished-acknowledged",
            Self::JobReleased => "job-released",
            Self::RecordReleased => "record-released",
        }
    }

    /// The step of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

/// Called after each step.
pub type Hook = fn(Step);

/// The hook of a normal run.
pub fn no_hook(_: Step) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_found_by_its_name_and_no_two_share_one() {
        for step in Step::ALL {
            assert_eq!(Step::named(step.name()), Some(step));
        }
        assert_eq!(Step::named("unheard-of"), None);
    }
}
