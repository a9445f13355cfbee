//! Tables: texts, labels and the round trip through the run record.

use super::*;

fn every_cause() -> Vec<(Cause, &'static str)> {
    let text = |text: &str| text.to_owned();
    vec![
        (
            Cause::Failed {
                reason: text("Error"),
                message: text("container `main` ended with exit code 3"),
            },
            "job j failed. Reason: Error, Message: container `main` ended with exit code 3",
        ),
        (
            Cause::CannotStart {
                reason: text("ErrImagePull"),
                message: text("not found"),
            },
            "job j failed. Reason: ErrImagePull, Message: its pod cannot start: not found",
        ),
        (Cause::Deadline, "job j failed: job deadline exceeded"),
        (
            Cause::PollTimeout { after: 300 },
            "polling for job j timing out after 5m0s: max poll count reached for job",
        ),
        (
            Cause::Suspended {
                reason: text("JobSuspended"),
                message: text("Job suspended"),
            },
            "job j was suspended. Reason: JobSuspended, Message: Job suspended",
        ),
        (Cause::JobGone, "job j was deleted before its end was seen"),
        (
            Cause::PodGone { message: text("gone") },
            "job j failed. Reason: PodGone, Message: gone",
        ),
        (
            Cause::Altered {
                changes: vec![Change {
                    path: text("spec.a"),
                    what: text("added"),
                }],
            },
            "job j is not what was admitted and has been ended: spec.a: added",
        ),
        (
            Cause::Stranger {
                message: text("no nonce"),
            },
            "a job j exists that this run did not make: no nonce",
        ),
        (
            Cause::Refused { message: text("quota") },
            "the cluster refused job j: quota",
        ),
        (
            Cause::FenceWidened {
                message: text("fence-widened: it is open"),
            },
            "job j was not started: fence-widened: it is open",
        ),
        (
            Cause::NoFence {
                message: text("forbidden"),
            },
            "job j was not started, its network fence is not in place: forbidden",
        ),
        (
            Cause::NoFiles {
                message: text("changed"),
            },
            "job j was not started, its files could not be had: changed",
        ),
        (
            Cause::Unreachable {
                message: text("timeout"),
            },
            "job j: the cluster could not be asked: timeout",
        ),
        (
            Cause::Unknown {
                message: text("too late"),
            },
            "job j: it cannot be told whether it ran: too late",
        ),
        (Cause::Aborted, "job j was aborted"),
    ]
}

#[test]
fn every_cause_has_its_text() {
    for (cause, text) in every_cause() {
        assert_eq!(cause.text("j"), text);
    }
}

#[test]
fn every_cause_has_a_label_of_its_own() {
    let labels: std::collections::BTreeSet<_> = every_cause().iter().map(|(cause, _)| cause.label()).collect();
    assert_eq!(labels.len(), every_cause().len());
}

#[test]
fn outcomes_survive_the_run_record() {
    for (cause, _) in every_cause() {
        let outcome = TaskOutcome::Failed {
            cause,
            logs: "a\n".into(),
        };
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<TaskOutcome>(&text).unwrap(), outcome, "{text}");
    }
}

#[test]
fn an_outcome_that_was_tampered_with_is_not_read() {
    for text in [
        r#"{"result":"succeeded"}"#,
        r#"{"result":"succeeded","logs":"","extra":1}"#,
        r#"{"result":"failed","logs":""}"#,
        r#"{"result":"failed","logs":"","cause":{"cause":"melted"}}"#,
        r#"{"result":"unheard","logs":""}"#,
        "{}",
        "null",
    ] {
        assert!(serde_json::from_str::<TaskOutcome>(text).is_err(), "{text}");
    }
}

#[test]
fn durations_are_written_as_the_original_wrote_them() {
    for (after, text) in [
        (0, "0s"),
        (45, "45s"),
        (60, "1m0s"),
        (300, "5m0s"),
        (3600, "1h0m0s"),
        (3725, "1h2m5s"),
    ] {
        let message = Cause::PollTimeout { after }.text("j");
        assert!(message.contains(&format!("after {text}:")), "{message}");
    }
}

#[test]
fn logs_are_cut_at_the_front_and_say_so() {
    for (text, bytes, kept) in [
        ("", 0, ""),
        ("abc", 3, "abc"),
        ("abcdef", 3, "… 3 bytes cut …\ndef"),
        ("aé€", 4, "… 3 bytes cut …\n€"),
        ("abc", 0, "… 3 bytes cut …\n"),
    ] {
        assert_eq!(keep_end(text, bytes), kept, "{text} {bytes}");
    }
}

fn report(task: &str, outcome: TaskOutcome) -> TaskReport {
    TaskReport {
        task: task.into(),
        job: format!("job-{task}"),
        outcome,
    }
}

#[test]
fn the_message_of_an_action_follows_its_first_failure() {
    let good = |task| {
        report(
            task,
            TaskOutcome::Succeeded {
                logs: format!("log of {task}"),
            },
        )
    };
    let bad = |task, logs: &str| {
        report(
            task,
            TaskOutcome::Failed {
                cause: Cause::Deadline,
                logs: logs.into(),
            },
        )
    };
    let cases: [(Vec<TaskReport>, Conclusion, &str); 5] = [
        (vec![], Conclusion::Pass, ""),
        (
            vec![good("a")],
            Conclusion::Pass,
            "Task 'a' finished successfully!\n\nLogs:\nlog of a\n\n",
        ),
        (
            vec![good("a"), good("b")],
            Conclusion::Pass,
            "Task 'a' finished successfully!\n\nLogs:\nlog of a\n\nTask 'b' finished successfully!\n\nLogs:\nlog of b\n\n",
        ),
        (
            vec![bad("a", "")],
            Conclusion::Fail,
            "Error while creating job: job job-a failed: job deadline exceeded\n\n",
        ),
        (
            vec![good("a"), bad("b", "half"), good("c")],
            Conclusion::Fail,
            "Task 'a' finished successfully!\n\nLogs:\nlog of a\n\n\
             Error while creating job: job job-b failed: job deadline exceeded\n\nTask 'b' failed.\n\nLogs:\nhalf\n\n",
        ),
    ];
    for (reports, conclusion, message) in cases {
        let outcome = ActionOutcome::of_tasks(reports);
        assert_eq!(outcome.conclusion(), conclusion);
        assert_eq!(outcome.message(), message);
    }
}

#[test]
fn what_was_not_admitted_is_a_failure_with_its_own_text() {
    for (outcome, text) in [
        (
            ActionOutcome::Denied {
                findings: "denied".into(),
            },
            "denied",
        ),
        (
            ActionOutcome::Undecided {
                findings: "undecided".into(),
            },
            "undecided",
        ),
        (
            ActionOutcome::Unreadable {
                message: "broken".into(),
            },
            "broken",
        ),
    ] {
        assert_eq!(outcome.conclusion(), Conclusion::Fail);
        assert_eq!(outcome.message(), text);
    }
}
