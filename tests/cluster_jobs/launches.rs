//! Launching: never twice, never a stranger's, and the stored Job is the admitted one.

use job_executor_service::cluster::{Attempt, How, TokenError, compare_job, compare_pod, review_pod_token};
use job_executor_service::outcome::{Cause, TaskOutcome};
use serde_json::json;

use crate::world::{NONCE, World, apply};

const SLEEP: &str = "image: alpine:3.20\ncmd: [sh, -c]\nargs: [\"trap 'exit 0' TERM; sleep 4\"]\n";

#[tokio::test]
async fn a_restarted_service_adopts_its_own_job() {
    let world = World::start().await;
    let bundle = world.task("adopted", SLEEP).await;
    let first = world.cluster.start(&bundle, NONCE, Attempt::First).await.unwrap();
    assert_eq!(first.job.how, How::Posted);
    let uid = first.job.uid.clone();
    drop(first);
    for attempt in [
        Attempt::First,
        Attempt::Again {
            since: jiff::Timestamp::now(),
        },
        Attempt::Created,
    ] {
        // A cluster of its own, as after a restart: its watches know nothing yet.
        let restarted = job_executor_service::cluster::Cluster::new(world.client.clone(), "job-executor-service");
        let again = restarted.start(&bundle, NONCE, attempt).await.unwrap();
        assert_eq!((again.job.how, &again.job.uid), (How::Adopted, &uid));
        assert!(matches!(
            restarted.finish(&bundle, again).await,
            TaskOutcome::Succeeded { .. }
        ));
    }
    assert_eq!(world.list("jobs").len(), 1);
}

#[tokio::test]
async fn a_strangers_job_of_that_name_is_refused_and_left_alone() {
    let world = World::start().await;
    let bundle = world.task("stranger", SLEEP).await;
    apply(&bundle.stamped_job("guessed-nonce"));
    let (cause, _) = world.fails(&bundle).await;
    assert_eq!(
        cause,
        Cause::Stranger {
            message: "it does not carry the nonce of this run".into()
        }
    );
    assert!(world.list("jobs")[0]["metadata"]["annotations"]["job-executor.keptn.sh/ended"].is_null());
}

#[tokio::test]
async fn a_job_that_the_record_knows_and_nobody_finds_is_gone() {
    let world = World::start().await;
    let bundle = world.task("gone", SLEEP).await;
    assert_eq!(
        world.cluster.start(&bundle, NONCE, Attempt::Created).await.unwrap_err(),
        Cause::JobGone
    );
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(72);
    let cause = world
        .cluster
        .start(&bundle, NONCE, Attempt::Again { since: long_ago })
        .await
        .unwrap_err();
    assert!(matches!(cause, Cause::Unknown { .. }), "{cause:?}");
    assert!(world.list("jobs").is_empty());
}

#[tokio::test]
async fn the_stored_job_and_its_pod_are_the_admitted_ones() {
    let world = World::start().await;
    // With a token, resources, environment and every default that a task can leave to the server.
    let fields = format!(
        "{SLEEP}env:\n- {{ name: A, value: b, valueFrom: string }}\nresources:\n  limits: {{ cpu: 1000m, memory: 0.125Gi }}\n"
    );
    let bundle = world.task("same", &fields).await;
    let launched = world.cluster.start(&bundle, NONCE, Attempt::First).await.unwrap();
    let pod = world.pod(&bundle, "Running").await;
    let stamped = bundle.stamped_job(NONCE);
    assert_eq!(compare_job(&world.get("job", &bundle.plan().job_name), &stamped), []);
    assert_eq!(compare_pod(&pod, &stamped), []);
    assert!(matches!(
        world.cluster.finish(&bundle, launched).await,
        TaskOutcome::Succeeded { .. }
    ));
}

#[tokio::test]
async fn a_released_job_is_kept_as_long_as_planned_and_no_longer() {
    let world = World::start().await;
    let bundle = world
        .task("released", &format!("{SLEEP}ttlSecondsAfterFinished: 60\n"))
        .await;
    let launched = world.cluster.start(&bundle, NONCE, Attempt::First).await.unwrap();
    let (name, uid) = (bundle.plan().job_name.clone(), launched.job.uid.clone());
    assert_eq!(
        world.get("job", &name)["spec"]["ttlSecondsAfterFinished"],
        json!(86_400)
    );
    assert!(matches!(
        world.cluster.finish(&bundle, launched).await,
        TaskOutcome::Succeeded { .. }
    ));
    world
        .cluster
        .release(&world.job_namespace, &name, "another-uid", 60)
        .await
        .unwrap();
    assert_eq!(
        world.get("job", &name)["spec"]["ttlSecondsAfterFinished"],
        json!(86_400)
    );
    world
        .cluster
        .release(&world.job_namespace, &name, &uid, 60)
        .await
        .unwrap();
    assert_eq!(world.get("job", &name)["spec"]["ttlSecondsAfterFinished"], json!(60));
}

#[tokio::test]
async fn a_pods_token_names_its_job_and_no_other_token_does() {
    let world = World::start().await;
    let bundle = world.task("token", SLEEP).await;
    let launched = world.cluster.start(&bundle, NONCE, Attempt::First).await.unwrap();
    let pod = world.pod(&bundle, "Running").await;
    let (name, uid) = (
        pod["metadata"]["name"].as_str().unwrap(),
        pod["metadata"]["uid"].as_str().unwrap(),
    );
    let account = bundle.plan().service_account.as_str();
    let bound = [
        "--bound-object-kind",
        "Pod",
        "--bound-object-name",
        name,
        "--bound-object-uid",
        uid,
    ];
    let token = |audience: &str, bound: &[&str]| {
        let mut arguments = vec!["create", "token", account, "--audience", audience];
        arguments.extend(bound);
        world.kubectl(&arguments).trim().to_owned()
    };
    let review = async |token: String| review_pod_token(&world.client, &token, "files").await;
    let found = review(token("files", &bound)).await.unwrap();
    assert_eq!(
        (found.job.as_str(), found.uid.as_str()),
        (bundle.plan().job_name.as_str(), uid)
    );
    assert_eq!(
        (&found.job_uid, &found.namespace),
        (&launched.job.uid, &world.job_namespace)
    );
    for bad in [
        token("elsewhere", &bound),
        token("files", &[]),
        "x.y.z".to_owned(),
        String::new(),
    ] {
        assert!(matches!(review(bad).await, Err(TokenError::Refused(_))));
    }
    assert!(matches!(
        world.cluster.finish(&bundle, launched).await,
        TaskOutcome::Succeeded { .. }
    ));
}
