//! What happened to one matched action: the source of its finished event.

use serde::{Deserialize, Serialize};

use super::TaskOutcome;

/// One task of an action and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskReport {
    /// Name of the task, as written.
    pub task: String,
    /// Name of its Job.
    pub job: String,
    /// What happened.
    pub outcome: TaskOutcome,
}

/// What happened to one matched action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "result",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum ActionOutcome {
    /// All its tasks ended well; an action without tasks as well.
    Passed {
        /// In the order in which they ran.
        tasks: Vec<TaskReport>,
    },
    /// A task failed; the tasks after it did not run.
    Failed {
        /// Those that ended well before.
        before: Vec<TaskReport>,
        /// The one that failed.
        failed: TaskReport,
    },
    /// The gate denied it: nothing was started.
    Denied {
        /// All findings, rendered.
        findings: String,
    },
    /// The gate could not decide within its time: nothing was started.
    Undecided {
        /// All findings, rendered.
        findings: String,
    },
    /// Config or files could not be read: nothing was started.
    Unreadable {
        /// Why.
        message: String,
    },
}

/// The two ends that the control plane knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// `succeeded` and `pass`.
    Pass,
    /// `errored` and `fail`.
    Fail,
}

impl ActionOutcome {
    /// From the reports of the tasks that ran, in order: the first failure ends an action.
    #[must_use]
    pub fn of_tasks(reports: Vec<TaskReport>) -> Self {
        let mut before = Vec::new();
        for report in reports {
            match report.outcome {
                TaskOutcome::Succeeded { .. } => before.push(report),
                TaskOutcome::Failed { .. } => return Self::Failed { before, failed: report },
            }
        }
        Self::Passed { tasks: before }
    }

    /// How it ended.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        match self {
            Self::Passed { .. } => Conclusion::Pass,
            Self::Failed { .. } | Self::Denied { .. } | Self::Undecided { .. } | Self::Unreadable { .. } => {
                Conclusion::Fail
            }
        }
    }

    /// The message of the finished event; empty when there is nothing to say (an action without tasks).
    ///
    /// Success is worded as in the original; failures carry the logs again, which its last version dropped.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Passed { tasks } => tasks.iter().map(success).collect(),
            Self::Failed { before, failed } => {
                let mut text: String = before.iter().map(success).collect();
                text.push_str(&failure(failed));
                text
            }
            Self::Denied { findings } | Self::Undecided { findings } => findings.clone(),
            Self::Unreadable { message } => message.clone(),
        }
    }
}

fn success(report: &TaskReport) -> String {
    format!(
        "Task '{}' finished successfully!\n\nLogs:\n{}\n\n",
        report.task,
        report.outcome.logs()
    )
}

fn failure(report: &TaskReport) -> String {
    let why = report
        .outcome
        .cause()
        .map(|cause| cause.text(&report.job))
        .unwrap_or_default();
    let head = format!("Error while creating job: {why}\n\n");
    match report.outcome.logs() {
        "" => head,
        logs => format!("{head}Task '{}' failed.\n\nLogs:\n{logs}\n\n", report.task),
    }
}
