//! How tasks end, each with the cause that its author reads.

use std::time::{Duration, Instant};

use job_executor_service::outcome::{Cause, TaskOutcome};
use serde_json::json;

use crate::world::World;

const ALPINE: &str = "image: alpine:3.20\n";

fn sh(script: &str) -> String {
    format!("{ALPINE}cmd: [sh, -c]\nargs: [{script:?}]\n")
}

fn reason(cause: &Cause) -> &str {
    match cause {
        Cause::Failed { reason, .. } | Cause::CannotStart { reason, .. } => reason,
        other => panic!("another cause: {other:?}"),
    }
}

#[tokio::test]
async fn an_echo_succeeds_and_its_log_comes_back() {
    let world = World::start().await;
    let bundle = world.task("ok", &sh("echo hello; id -u")).await;
    let begun = Instant::now();
    let TaskOutcome::Succeeded { logs } = world.run(&bundle).await else {
        panic!("it failed")
    };
    let job = &bundle.plan().job_name;
    assert!(logs.starts_with(&format!("Container {job} of pod {job}")), "{logs}");
    assert!(logs.ends_with(":\nhello\n1000\n\n\n"), "{logs}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(world.list("jobs").len(), 1);
}

#[tokio::test]
async fn the_end_is_reported_with_the_pods_end_and_not_with_the_jobs_condition() {
    let world = World::start().await;
    // The condition follows some two seconds later; a busy machine may take that long to look, but not every time.
    for name in ["one", "two", "three", "four", "five"] {
        let bundle = world.task(name, &sh("true")).await;
        assert!(matches!(world.run(&bundle).await, TaskOutcome::Succeeded { .. }));
        let job = world.get("job", &bundle.plan().job_name);
        let conditions = job["status"]["conditions"].as_array().cloned().unwrap_or_default();
        if !conditions.iter().any(|condition| condition["type"] == "Complete") {
            return;
        }
    }
    panic!("the condition was waited for");
}

#[tokio::test]
async fn a_failing_container_is_told_by_its_exit_code_with_its_log() {
    let world = World::start().await;
    let bundle = world.task("bad", &sh("echo so far; exit 3")).await;
    let (cause, logs) = world.fails(&bundle).await;
    let job = &bundle.plan().job_name;
    assert_eq!(
        cause.text(job),
        format!("job {job} failed. Reason: Error, Message: container `{job}` ended with exit code 3")
    );
    assert!(
        logs.contains("terminated with an error (Reason: Error, ExitCode: 3):\nso far\n"),
        "{logs}"
    );
}

#[tokio::test]
async fn too_much_memory_is_told_as_such() {
    let world = World::start().await;
    let script = "dd if=/dev/zero of=/dev/null bs=200M count=1";
    let fields = format!(
        "{}resources:\n  limits: {{ cpu: 500m, memory: 32Mi }}\n  requests: {{ cpu: 10m, memory: 16Mi }}\n",
        sh(script)
    );
    let (cause, _) = world.fails(&world.task("oom", &fields).await).await;
    assert_eq!(reason(&cause), "OOMKilled", "{cause:?}");
}

#[tokio::test]
async fn an_image_that_is_not_there_is_given_up_in_half_a_minute_and_its_job_is_ended() {
    let world = World::start().await;
    let digest = "0".repeat(64);
    let bundle = world.task("missing", &format!("image: alpine@sha256:{digest}\n")).await;
    let begun = Instant::now();
    let (cause, logs) = world.fails(&bundle).await;
    assert!(
        matches!(reason(&cause), "ErrImagePull" | "ImagePullBackOff"),
        "{cause:?}"
    );
    assert!((29..50).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert!(
        logs.contains("Failed: ") && logs.contains(&digest),
        "the events of the pod: {logs}"
    );
    ended(&world, &bundle.plan().job_name).await;
}

/// The Job stays, with a condition and our reason on it.
async fn ended(world: &World, job: &str) {
    crate::world::until("failed condition", || {
        let job = world.get("job", job);
        let conditions = job["status"]["conditions"].as_array()?;
        conditions
            .iter()
            .find(|condition| condition["type"] == "Failed" && condition["reason"] == "DeadlineExceeded")
            .cloned()
    })
    .await;
    let job = world.get("job", job);
    assert!(
        job["metadata"]["annotations"]["job-executor.keptn.sh/ended"].is_string(),
        "{job}"
    );
}

#[tokio::test]
async fn a_task_that_is_too_slow_is_ended_after_its_log_was_read() {
    let world = World::start().await;
    let bundle = world
        .task("slow", &format!("{}maxPollDuration: 6\n", sh("echo begun; sleep 300")))
        .await;
    let (cause, logs) = world.fails(&bundle).await;
    let job = &bundle.plan().job_name;
    assert_eq!(
        cause.text(job),
        format!("polling for job {job} timing out after 6s: max poll count reached for job")
    );
    assert!(logs.contains("begun\n"), "{logs}");
    ended(&world, job).await;
    crate::world::until("end of its pod", || world.list("pods").is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_task_deadline_has_its_own_words() {
    let world = World::start().await;
    let bundle = world
        .task_with("late", &sh("sleep 300"), |settings| settings.task_deadline_seconds = 4)
        .await;
    let (cause, _) = world.fails(&bundle).await;
    assert_eq!(cause, Cause::Deadline);
}

#[tokio::test]
async fn a_container_that_cannot_be_made_is_given_up_in_seconds() {
    let world = World::start().await;
    let bundle = world
        .task(
            "noconfig",
            &format!("{}env:\n- name: no-such-secret\n  valueFrom: secret\n", sh("true")),
        )
        .await;
    let begun = Instant::now();
    let (cause, _) = world.fails(&bundle).await;
    assert_eq!(reason(&cause), "CreateContainerConfigError");
    assert!(cause.text("j").contains("no-such-secret"), "{cause:?}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_told_with_the_runtimes_words() {
    let world = World::start().await;
    let (cause, _) = world
        .fails(&world.task("nocmd", &format!("{ALPINE}cmd: [/no/such/command]\n")).await)
        .await;
    assert!(cause.text("j").contains("/no/such/command"), "{cause:?}");
}

#[tokio::test]
async fn a_pod_that_no_node_can_take_is_given_up_after_a_minute() {
    let world = World::start().await;
    let fields = format!(
        "{}resources:\n  limits: {{ cpu: \"900\", memory: 16Mi }}\n  requests: {{ cpu: \"900\", memory: 16Mi }}\n",
        sh("true")
    );
    let begun = Instant::now();
    let (cause, _) = world.fails(&world.task("huge", &fields).await).await;
    assert_eq!(reason(&cause), "Unschedulable");
    assert!((59..75).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_job_whose_pod_is_refused_is_told_with_the_refusal() {
    let world = World::with_pod_security("restricted").await;
    let bundle = world
        .task_with("refused", &sh("true"), |settings| {
            settings.container_security.capabilities.drop.clear()
        })
        .await;
    let (cause, _) = world.fails(&bundle).await;
    assert_eq!(reason(&cause), "FailedCreate");
    assert!(cause.text("j").contains("violates PodSecurity"), "{cause:?}");
}

#[tokio::test]
async fn a_restricted_namespace_takes_a_task_with_the_default_settings() {
    let world = World::with_pod_security("restricted").await;
    let bundle = world.task("restricted", &sh("echo in")).await;
    assert!(matches!(world.run(&bundle).await, TaskOutcome::Succeeded { .. }));
}

#[tokio::test]
async fn a_long_log_is_cut_at_its_front_and_says_so() {
    let world = World::start().await;
    let script = "i=0; while [ $i -lt 40000 ]; do echo line $i; i=$((i+1)); done; echo the end";
    let TaskOutcome::Succeeded { logs } = world.run(&world.task("long", &sh(script)).await).await else {
        panic!()
    };
    assert!(
        logs.ends_with("the end\n\n\n"),
        "…{}",
        logs.chars().rev().take(50).collect::<String>()
    );
    assert!(
        logs.contains(" bytes cut …\n") && logs.len() < 70_000,
        "{} bytes",
        logs.len()
    );
}

#[tokio::test]
async fn what_others_do_to_job_and_pod_is_told() {
    let world = World::start().await;
    let deletes_pod = async {
        let bundle = world.task("podgone", &sh("trap 'exit 1' TERM; sleep 300 & wait")).await;
        let (end, ()) = tokio::join!(world.fails(&bundle), async {
            let pod = world.pod(&bundle, "Running").await;
            world.kubectl(&[
                "delete",
                "pod",
                "--wait=false",
                pod["metadata"]["name"].as_str().unwrap(),
            ]);
        });
        assert!(matches!(&end.0, Cause::PodGone { .. }), "{end:?}");
    };
    let deletes_job = async {
        let bundle = world.task("jobgone", &sh("trap 'exit 1' TERM; sleep 300 & wait")).await;
        let (end, ()) = tokio::join!(world.fails(&bundle), async {
            world.pod(&bundle, "Running").await;
            world.kubectl(&["delete", "job", "--wait=false", &bundle.plan().job_name]);
        });
        assert_eq!(end.0, Cause::JobGone, "{end:?}");
    };
    let suspends = async {
        let bundle = world
            .task("suspended", &sh("trap 'exit 1' TERM; sleep 300 & wait"))
            .await;
        let (end, ()) = tokio::join!(world.fails(&bundle), async {
            world.pod(&bundle, "Running").await;
            let patch = json!({ "spec": { "suspend": true } }).to_string();
            world.kubectl(&["patch", "job", &bundle.plan().job_name, "--type=merge", "-p", &patch]);
        });
        assert!(matches!(&end.0, Cause::Suspended { .. }), "{end:?}");
    };
    let enters = async {
        let bundle = world.task("entered", &sh("trap 'exit 1' TERM; sleep 300 & wait")).await;
        let (end, ()) = tokio::join!(world.fails(&bundle), async {
            let pod = world.pod(&bundle, "Running").await;
            let name = pod["metadata"]["name"].as_str().unwrap();
            world.kubectl(&[
                "debug",
                name,
                "--image=alpine:3.20",
                "--container=intruder",
                "--attach=false",
                "--",
                "sleep",
                "60",
            ]);
        });
        let Cause::Altered { changes } = &end.0 else {
            panic!("{end:?}")
        };
        assert!(
            changes
                .iter()
                .any(|change| change.path == "pod.spec.ephemeralContainers[intruder]"),
            "{changes:?}"
        );
    };
    tokio::join!(deletes_pod, deletes_job, suspends, enters);
}
