//! What is seen of a task, over time, and what follows from it.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "every other kind of JSON value is treated alike"
)]

use serde_json::json;

use super::*;
use crate::cluster::watch::About;

const UID: &str = "u-1";

fn admitted() -> Value {
    json!({ "metadata": { "name": "j" }, "spec": { "template": { "spec": { "containers": [{ "name": "j", "image": "i" }] } } } })
}

fn job(more: Value) -> Value {
    let mut job = admitted();
    job["metadata"]["uid"] = json!(UID);
    merge(&mut job, more);
    job
}

fn pod(name: &str, more: Value) -> Value {
    let mut pod = json!({
        "metadata": { "name": name, "uid": name, "creationTimestamp": name, "ownerReferences": [
            { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": UID, "controller": true } ] },
        "spec": { "containers": [{ "name": "j", "image": "i" }] },
    });
    merge(&mut pod, more);
    pod
}

fn merge(into: &mut Value, more: Value) {
    match more {
        Value::Object(fields) => {
            for (key, value) in fields {
                merge(&mut into[&key], value);
            }
        }
        other => *into = other,
    }
}

fn phase(phase: &str) -> Value {
    json!({ "status": { "phase": phase } })
}

fn waits(reason: &str) -> Value {
    json!({ "status": { "phase": "Pending", "containerStatuses": [
        { "name": "j", "state": { "waiting": { "reason": reason } } } ] } })
}

fn says(kind: &str, reason: &str) -> Value {
    json!({ "status": { "conditions": [{ "type": kind, "status": "True", "reason": reason, "message": "m" }] } })
}

fn leaving() -> Value {
    json!({ "metadata": { "deletionTimestamp": "t" } })
}

fn sight(job: Option<Value>, pods: Vec<Value>) -> Sight {
    let mut sight = Sight::default();
    if let Some(job) = job {
        sight.there(About::Jobs, job);
    }
    pods.into_iter().for_each(|pod| sight.there(About::Pods, pod));
    sight
}

fn without_job(last: Value, pods: Vec<Value>) -> Sight {
    let mut sight = sight(None, pods);
    sight.gone(About::Jobs, last);
    sight
}

fn without_pod(job: Value, last: Value) -> Sight {
    let mut sight = sight(Some(job), vec![]);
    sight.gone(About::Pods, last);
    sight
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Looks at each sight at its age, with a limit of 300 s, and says what came out last.
fn look(series: Vec<(u64, Sight)>) -> Look {
    let admitted = admitted();
    let task = Task {
        admitted: &admitted,
        uid: UID,
        limit: secs(300),
        which: Limit::MaxPollDuration,
    };
    let mut vigil = Vigil::default();
    let mut last = Look::AskEvents;
    for (age, sight) in series {
        last = vigil.look(&task, &sight, secs(age));
    }
    last
}

fn cannot_start(reason: &str) -> Look {
    Look::GiveUp(Cause::CannotStart {
        reason: reason.into(),
        message: format!("container `j` has {reason}"),
    })
}

fn failed(reason: &str, message: &str) -> Look {
    Look::Ended(End::Failed(Cause::Failed {
        reason: reason.into(),
        message: message.into(),
    }))
}

fn gone(message: &str) -> Look {
    Look::Ended(End::Failed(Cause::PodGone {
        message: message.into(),
    }))
}

#[test]
fn a_task_ends_with_its_pods_terminal_phase_not_with_the_jobs_condition() {
    let good = Look::Ended(End::Succeeded);
    assert_eq!(
        look(vec![(
            1,
            sight(Some(job(json!({}))), vec![pod("p", phase("Succeeded"))])
        )]),
        good
    );
    assert_eq!(look(vec![(1, sight(None, vec![pod("p", phase("Succeeded"))]))]), good);
    let bad = failed("Error", "the pod failed and no container says why");
    assert_eq!(
        look(vec![(1, sight(Some(job(json!({}))), vec![pod("p", phase("Failed"))]))]),
        bad
    );
    let complete = job(says("Complete", ""));
    assert_eq!(look(vec![(1, sight(Some(complete.clone()), vec![]))]), good);
    assert_eq!(look(vec![(1, without_job(complete, vec![]))]), good);
    let running = sight(Some(job(json!({}))), vec![pod("p", phase("Running"))]);
    assert_eq!(look(vec![(1, running)]), Look::Wait(secs(300)));
}

#[test]
fn a_pod_that_somebody_else_made_ends_nothing() {
    let mut theirs = pod("p", phase("Succeeded"));
    theirs["metadata"]["ownerReferences"][0]["uid"] = json!("another");
    assert_eq!(
        look(vec![(1, sight(Some(job(json!({}))), vec![theirs]))]),
        Look::Wait(secs(30))
    );
}

#[test]
fn the_youngest_pod_speaks_unless_one_succeeded() {
    let pods = |first: &str, second: &str| {
        sight(
            Some(job(json!({}))),
            vec![pod("1", phase(first)), pod("2", phase(second))],
        )
    };
    assert_eq!(look(vec![(1, pods("Failed", "Running"))]), Look::Wait(secs(300)));
    assert_eq!(
        look(vec![(1, pods("Succeeded", "Running"))]),
        Look::Ended(End::Succeeded)
    );
}

#[test]
fn trouble_is_waited_for_as_long_as_it_may_heal() {
    let at = |reason: &str| sight(Some(job(json!({}))), vec![pod("p", waits(reason))]);
    for (series, expected) in [
        (vec![(2, at("InvalidImageName"))], cannot_start("InvalidImageName")),
        (vec![(2, at("ErrImagePull"))], Look::Wait(secs(32))),
        (
            vec![(2, at("ErrImagePull")), (31, at("ImagePullBackOff"))],
            Look::Wait(secs(32)),
        ),
        (
            vec![(2, at("ErrImagePull")), (32, at("ImagePullBackOff"))],
            cannot_start("ImagePullBackOff"),
        ),
        (
            vec![
                (2, at("ErrImagePull")),
                (20, at("ContainerCreating")),
                (40, at("ErrImagePull")),
            ],
            Look::Wait(secs(70)),
        ),
        (
            vec![(2, at("ErrImagePull")), (40, at("CreateContainerConfigError"))],
            Look::Wait(secs(45)),
        ),
        (
            vec![
                (2, at("CreateContainerConfigError")),
                (7, at("CreateContainerConfigError")),
            ],
            cannot_start("CreateContainerConfigError"),
        ),
        (vec![(290, at("ErrImagePull"))], Look::Wait(secs(300))),
    ] {
        assert_eq!(look(series), expected);
    }
}

#[test]
fn an_unschedulable_pod_is_given_up_after_a_minute() {
    let at = || {
        let status = json!({ "status": { "phase": "Pending", "conditions": [
            { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no cpu" } ] } });
        sight(Some(job(json!({}))), vec![pod("p", status)])
    };
    assert_eq!(look(vec![(1, at())]), Look::Wait(secs(61)));
    let cause = Cause::CannotStart {
        reason: "Unschedulable".into(),
        message: "no cpu".into(),
    };
    assert_eq!(look(vec![(1, at()), (61, at())]), Look::GiveUp(cause));
}

#[test]
fn a_job_without_a_pod_is_asked_for_its_events() {
    let bare = || sight(Some(job(json!({}))), vec![]);
    assert_eq!(look(vec![(1, bare())]), Look::Wait(secs(30)));
    assert_eq!(look(vec![(30, bare())]), Look::AskEvents);
    assert_eq!(look(vec![(31, sight(None, vec![]))]), Look::AskEvents);
    let admitted = admitted();
    let task = Task {
        admitted: &admitted,
        uid: UID,
        limit: secs(300),
        which: Limit::TaskDeadline,
    };
    let mut vigil = Vigil::default();
    vigil.asked_in_vain(secs(30));
    assert_eq!(vigil.look(&task, &bare(), secs(31)), Look::Wait(secs(60)));
    assert_eq!(vigil.look(&task, &bare(), secs(60)), Look::AskEvents);
    assert_eq!(vigil.look(&task, &bare(), secs(300)), Look::GiveUp(Cause::Deadline));
}

#[test]
fn the_limit_counts_from_the_jobs_creation_and_an_end_at_the_limit_is_still_an_end() {
    let running = || sight(Some(job(json!({}))), vec![pod("p", phase("Running"))]);
    assert_eq!(look(vec![(299, running())]), Look::Wait(secs(300)));
    assert_eq!(
        look(vec![(300, running())]),
        Look::GiveUp(Cause::PollTimeout { after: 300 })
    );
    let done = sight(Some(job(json!({}))), vec![pod("p", phase("Succeeded"))]);
    assert_eq!(look(vec![(301, done)]), Look::Ended(End::Succeeded));
}

#[test]
fn what_the_job_says_counts_when_no_pod_is_left() {
    let only = |more: Value| sight(Some(job(more)), vec![]);
    for (seen, expected) in [
        (
            only(says("Failed", "BackoffLimitExceeded")),
            failed("BackoffLimitExceeded", "m"),
        ),
        (
            only(says("Failed", "DeadlineExceeded")),
            Look::Ended(End::Failed(Cause::Deadline)),
        ),
        (
            only(says("Suspended", "JobSuspended")),
            Look::GiveUp(Cause::Suspended {
                reason: "JobSuspended".into(),
                message: "m".into(),
            }),
        ),
        (
            without_job(job(json!({})), vec![]),
            Look::Ended(End::Failed(Cause::JobGone)),
        ),
        (without_job(job(says("Failed", "x")), vec![]), failed("x", "m")),
    ] {
        assert_eq!(look(vec![(1, seen)]), expected);
    }
}

#[test]
fn a_pod_that_was_taken_away_is_explained_by_its_job_or_after_a_moment_by_itself() {
    let mut killed = pod("p", phase("Failed"));
    merge(&mut killed, leaving());
    let with = |more: Value| sight(Some(job(more)), vec![killed.clone()]);
    let deadline = Look::Ended(End::Failed(Cause::Deadline));
    let job_gone = Look::Ended(End::Failed(Cause::JobGone));
    for (series, expected) in [
        (vec![(10, with(json!({})))], Look::Wait(secs(13))),
        (
            vec![(10, with(json!({}))), (13, with(json!({})))],
            gone("somebody deleted pod p"),
        ),
        (
            vec![(10, with(says("FailureTarget", "DeadlineExceeded")))],
            deadline.clone(),
        ),
        (
            vec![(10, with(says("Failed", "BackoffLimitExceeded")))],
            Look::Wait(secs(13)),
        ),
        (vec![(10, with(leaving()))], job_gone.clone()),
        (vec![(10, without_job(job(json!({})), vec![killed.clone()]))], job_gone),
        (
            vec![(10, without_pod(job(json!({})), pod("p", phase("Running"))))],
            Look::Wait(secs(13)),
        ),
        (
            vec![
                (10, without_pod(job(json!({})), pod("p", phase("Running")))),
                (14, without_pod(job(json!({})), pod("p", phase("Running")))),
            ],
            gone("somebody deleted pod p"),
        ),
        (
            vec![(
                10,
                without_pod(job(says("Failed", "DeadlineExceeded")), pod("p", phase("Pending"))),
            )],
            deadline,
        ),
        (
            vec![(10, without_pod(job(json!({})), pod("p", phase("Succeeded"))))],
            Look::Ended(End::Succeeded),
        ),
    ] {
        assert_eq!(look(series), expected);
    }
}

#[test]
fn a_pod_on_a_lost_node_is_given_up_once_its_grace_period_is_long_over() {
    let mut lost = pod("p", phase("Running"));
    merge(
        &mut lost,
        json!({ "metadata": { "deletionTimestamp": "t", "deletionGracePeriodSeconds": 5 } }),
    );
    let at = || sight(Some(job(json!({}))), vec![lost.clone()]);
    assert_eq!(look(vec![(10, at())]), Look::Wait(secs(60)));
    let message = "somebody deleted pod p; its node has not confirmed the end".to_owned();
    assert_eq!(
        look(vec![(10, at()), (60, at())]),
        Look::GiveUp(Cause::PodGone { message })
    );
}

#[test]
fn a_changed_job_or_pod_is_given_up_even_if_it_succeeded() {
    let changed = |changes: &[(&str, &str)]| {
        let changes = changes.iter().map(|(path, what)| crate::outcome::Change {
            path: (*path).into(),
            what: (*what).into(),
        });
        Look::GiveUp(Cause::Altered {
            changes: changes.collect(),
        })
    };
    let mut other_image = pod("p", phase("Succeeded"));
    other_image["spec"]["containers"][0]["image"] = json!("evil");
    let mut privileged = job(json!({}));
    privileged["spec"]["template"]["spec"]["hostPID"] = json!(true);
    for (seen, expected) in [
        (
            sight(Some(job(json!({}))), vec![other_image]),
            changed(&[("pod.spec.containers[j].image", "changed to `evil`")]),
        ),
        (
            sight(Some(privileged), vec![]),
            changed(&[("spec.template.spec.hostPID", "added as `true`")]),
        ),
    ] {
        assert_eq!(look(vec![(1, seen)]), expected);
    }
}

#[test]
fn a_job_that_we_ended_before_a_restart_keeps_its_cause() {
    let cause = Cause::PollTimeout { after: 7 };
    let written = serde_json::to_string(&cause).unwrap();
    let ended = job(json!({ "metadata": { "annotations": { "job-executor.keptn.sh/ended": written } } }));
    let seen = sight(Some(ended), vec![pod("p", phase("Running"))]);
    assert_eq!(look(vec![(1, seen)]), Look::GiveUp(cause));
}
