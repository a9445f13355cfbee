//! `deadlines`: see the page below. Judged is the time that really ends the task, the installation's deadline included.

use crate::admission::check::check;
use crate::admission::{Raw, RuleView};

check! {
    /// Tasks must not run, or be kept, longer than a policy allows.
    ///
    /// **Field** `maxPollDuration`, `ttlSecondsAfterFinished` **Allowed** up to the policy's seconds; unset means 300 and
    /// 21600
    ///
    /// **Policy** `deadlines.maxPollDuration`, `deadlines.ttlSecondsAfterFinished`
    ///
    /// ## Why
    ///
    /// A task that hangs holds its resources until it is ended, a finished Job holds its logs and its place in the
    /// quota.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   maxPollDuration: 86400
    /// policy:
    ///   deadlines: { maxPollDuration: 3600 }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   maxPollDuration: 1800
    /// policy:
    ///   deadlines: { maxPollDuration: 3600 }
    /// ```
    "deadlines" => Rule(run), help = "set a smaller number of seconds"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(deadlines) = &view.policy.deadlines else {
        return Vec::new();
    };
    let plan = view.task.plan;
    [
        (
            "maxPollDuration",
            "the task may run for",
            plan.limit_seconds,
            deadlines.rule.max_poll_duration,
        ),
        (
            "ttlSecondsAfterFinished",
            "the finished Job is kept for",
            plan.ttl_seconds,
            deadlines.rule.max_ttl,
        ),
    ]
    .into_iter()
    .filter_map(|(field, what, seconds, max)| {
        let max = max.filter(|max| seconds > *max)?;
        Some(Raw::denied(field, format!("{what} {seconds} s; accepted: up to {max} s")).by(&deadlines.origin))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn defaults_are_judged_as_well() {
        tasks(
            &CHECK,
            &[
                (
                    "no rule",
                    "task: { maxPollDuration: 99999 }\npolicy: { deadlines: null }",
                    &[],
                ),
                (
                    "no bound",
                    "task: { maxPollDuration: 99999 }\npolicy: { deadlines: any }",
                    &[],
                ),
                (
                    "unset means 300",
                    "policy: { deadlines: { maxPollDuration: 200 } }",
                    &["maxPollDuration: the task may run for 300 s; accepted: up to 200 s"],
                ),
                (
                    "the bound itself",
                    "task: { maxPollDuration: 200 }\npolicy: { deadlines: { maxPollDuration: 200 } }",
                    &[],
                ),
                (
                    "the installation ends it sooner",
                    "task: { maxPollDuration: 900 }\nsettings: { taskDeadlineSeconds: 100 }\npolicy: { deadlines: { maxPollDuration: 200 } }",
                    &[],
                ),
                (
                    "unset means six hours",
                    "policy: { deadlines: { ttlSecondsAfterFinished: 3600 } }",
                    &["ttlSecondsAfterFinished: the finished Job is kept for 21600 s; accepted: up to 3600 s"],
                ),
                (
                    "both",
                    "task: { maxPollDuration: 61, ttlSecondsAfterFinished: 61 }\npolicy: { deadlines: { maxPollDuration: 60, ttlSecondsAfterFinished: 60 } }",
                    &[
                        "maxPollDuration: the task may run for 61 s; accepted: up to 60 s",
                        "ttlSecondsAfterFinished: the finished Job is kept for 61 s; accepted: up to 60 s",
                    ],
                ),
            ],
        );
    }
}
