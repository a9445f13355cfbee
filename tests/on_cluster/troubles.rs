//! Tasks that cannot get on: each ends in seconds, with the cause in its finished event.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::task::{job_name, jobs_of, message, sh, sh_with};
use crate::world::{Policies, World, apply, kubectl, kubectl_with};

/// A task, what its finished event has to say, and the most seconds that may take.
struct Trouble {
    id: &'static str,
    task: Value,
    says: &'static [&'static str],
    within: u64,
}

/// What a busy machine may add to every end.
const LEEWAY: Duration = Duration::from_secs(20);

impl World {
    /// Runs tasks side by side; each has to fail, in time and in these words. Says what is wrong.
    async fn troubles(&self, troubles: Vec<Trouble>) -> Vec<String> {
        let one = async |trouble: Trouble| {
            let begun = Instant::now();
            let finished = self.try_task(trouble.id, trouble.task).await;
            let took = begun.elapsed();
            let text = message(&finished);
            let mut faults: Vec<String> = trouble
                .says
                .iter()
                .filter(|said| !text.contains(**said))
                .map(|said| format!("{}: does not say `{said}`:\n{text}", trouble.id))
                .collect();
            if finished["data"]["result"] != "fail" || finished["data"]["status"] != "errored" {
                faults.push(format!(
                    "{}: ended as {}, {}",
                    trouble.id, finished["data"]["status"], finished["data"]["result"]
                ));
            }
            if took > Duration::from_secs(trouble.within) + LEEWAY {
                faults.push(format!("{}: took {took:?}", trouble.id));
            }
            println!("{:12} {:6.1} s", trouble.id, took.as_secs_f64());
            faults
        };
        join_all(troubles.into_iter().map(one)).await.concat()
    }

    /// Waits until the only pod of an event's task runs, and gives its name.
    async fn running_pod(&self, id: &str) -> String {
        let label = format!("job-name={}", job_name(id));
        let begun = Instant::now();
        loop {
            let text = kubectl(&["-n", &self.job_namespace, "get", "pods", "-l", &label, "-o", "json"]);
            let pods: Value = serde_json::from_str(&text).unwrap();
            if let Some(pod) = pods["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|pod| pod["status"]["phase"] == "Running")
            {
                return pod["metadata"]["name"].as_str().unwrap().to_owned();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{id}: no pod runs:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A script that ends at once when it is told to.
const LONG: &str = "trap 'exit 1' TERM; echo begun; sleep 300 & wait";

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_cannot_run_ends_in_seconds_with_its_cause() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let resources = |cpu: &str, memory: &str| json!({ "resources": { "limits": { "cpu": cpu, "memory": memory }, "requests": { "cpu": cpu, "memory": memory } } });
    let missing = json!({ "image": format!("alpine@sha256:{}", "0".repeat(64)) });
    let no_secret = json!({ "env": [{ "name": "no-such-secret", "valueFrom": "secret" }] });
    let faults = world
        .troubles(vec![
            Trouble {
                id: "exitcode",
                task: sh("echo so far; exit 3"),
                says: &["Reason: Error", "ended with exit code 3", "so far"],
                within: 5,
            },
            Trouble {
                id: "nocommand",
                task: json!({ "name": "it", "image": "alpine:3.20", "cmd": ["/no/such/command"] }),
                says: &["/no/such/command"],
                within: 10,
            },
            Trouble {
                id: "memory",
                task: sh_with(
                    "exec dd if=/dev/zero of=/dev/null bs=200M count=1",
                    &resources("500m", "32Mi"),
                ),
                // The runtime may say `OOMKilled` only after the exit was seen, as `Error`; the code is certain.
                says: &["exit code 137"],
                within: 10,
            },
            Trouble {
                id: "nosecret",
                task: sh_with("true", &no_secret),
                says: &["CreateContainerConfigError", "no-such-secret"],
                within: 10,
            },
            Trouble {
                id: "noimage",
                task: sh_with("true", &missing),
                says: &["its pod cannot start", "Pull", "0000000000"],
                within: 35,
            },
            Trouble {
                id: "toolarge",
                task: sh_with("true", &resources("900", "16Mi")),
                says: &["Unschedulable", "Insufficient cpu"],
                within: 65,
            },
        ])
        .await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_too_slow_is_ended_and_its_job_stays_to_tell() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let begun = Instant::now();
    let finished = world
        .try_task(
            "slow",
            sh_with("echo before the end; sleep 300", &json!({ "maxPollDuration": 6 })),
        )
        .await;
    let took = begun.elapsed();
    let (text, name) = (message(&finished), job_name("slow"));
    assert!(
        text.contains(&format!(
            "polling for job {name} timing out after 6s: max poll count reached for job"
        )),
        "{text}"
    );
    assert!(text.contains("before the end"), "its log: {text}");
    assert_eq!(finished["data"]["result"], "fail");
    assert!(took < Duration::from_secs(6) + LEEWAY, "{took:?}");
    // The Job stays with the reason on it; its pod does not run on.
    let begun = Instant::now();
    loop {
        let job = jobs_of(&world, "slow").remove(0);
        let ended = &job["metadata"]["annotations"]["job-executor.keptn.sh/ended"];
        assert!(ended.as_str().is_some_and(|why| why.contains("pollTimeout")), "{job:#}");
        let conditions = job["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let failed = conditions
            .iter()
            .any(|condition| condition["type"] == "Failed" && condition["status"] == "True");
        let running = world
            .list(&world.job_namespace, "pods")
            .iter()
            .any(|pod| pod["status"]["phase"] == "Running");
        if failed && !running {
            assert_eq!(
                job["spec"]["ttlSecondsAfterFinished"], 21_600,
                "the planned time to live"
            );
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the job runs on: {job:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_and_odd_logs_are_cut_and_say_so() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let cases = [
        // A million bytes in lines, the same in one line, and the same in bytes that are no text.
        (
            "manylines",
            "yes 0123456789abcde | head -c 1000000; echo; echo the last line",
            "the last line",
        ),
        (
            "oneline",
            "head -c 1000000 /dev/zero | tr '\\0' x; echo the last word",
            "the last word",
        ),
        (
            "binary",
            "head -c 1000000 /dev/urandom; echo; echo the last line",
            "the last line",
        ),
    ];
    let run = async |(id, script, last): (&'static str, &'static str, &'static str)| {
        let finished = world.try_task(id, sh(script)).await;
        let text = message(&finished);
        let shown = |text: &str| text.chars().take(300).collect::<String>();
        assert_eq!(finished["data"]["result"], "pass", "{id}: {}", shown(text));
        assert!(text.contains(last), "{id}: the end is kept: {}", shown(text));
        let cut = text
            .split_once("… ")
            .and_then(|(_, rest)| rest.split_once(" bytes cut …\n"));
        let (count, kept) = cut.unwrap_or_else(|| panic!("{id}: it says nothing of a cut: {}", shown(text)));
        let count: usize = count.parse().unwrap();
        assert!(count > 900_000, "{id}: {count}");
        if id != "binary" {
            let kept = kept.trim_end().len();
            assert!(
                (1_000_000..1_000_100).contains(&(count + kept)),
                "{id}: {count} cut, {kept} kept"
            );
        }
        assert!(text.len() < 300_000, "{id}: {} bytes", text.len());
    };
    join_all(cases.map(run)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_to_a_running_task_ends_it_with_that_cause() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let namespace = world.job_namespace.as_str();
    let patch = |id: &str, patch: Value| {
        let (name, patch) = (job_name(id), patch.to_string());
        kubectl(&["-n", namespace, "patch", "job", &name, "--type=merge", "-p", &patch]);
    };
    let interfere = |id: &'static str, pod: &str| match id {
        "jobgone" => drop(kubectl(&[
            "-n",
            namespace,
            "delete",
            "job",
            "--wait=false",
            &job_name(id),
        ])),
        "podgone" => drop(kubectl(&["-n", namespace, "delete", "pod", "--wait=false", pod])),
        "evicted" => {
            let eviction = json!({ "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": pod, "namespace": namespace } });
            let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction");
            kubectl_with(&["create", "--raw", &path, "-f", "-"], &eviction.to_string()).unwrap();
        }
        "entered" => {
            let command = [
                "debug",
                pod,
                "--image=alpine:3.20",
                "--container=intruder",
                "--attach=false",
                "--",
                "sleep",
                "60",
            ];
            kubectl(&[&["-n", namespace], &command[..]].concat());
        }
        "doubled" => patch(id, json!({ "spec": { "parallelism": 2, "completions": 1 } })),
        "relabelled" => patch(
            id,
            json!({ "metadata": { "labels": { "job-executor.keptn.sh/run": "another" } } }),
        ),
        "suspended" => patch(id, json!({ "spec": { "suspend": true } })),
        other => panic!("what is {other}?"),
    };
    let one = async |(id, says): (&'static str, &'static str)| {
        world.configure(id, &[sh(LONG)]);
        world.trigger(id).await;
        let pod = world.running_pod(id).await;
        let begun = Instant::now();
        interfere(id, &pod);
        let finished = world.finished(id, 1).await.remove(0);
        let (text, took) = (message(&finished), begun.elapsed());
        println!("{id:12} {:6.1} s", took.as_secs_f64());
        let mut faults = Vec::new();
        if !text.contains(says) || finished["data"]["result"] != "fail" {
            faults.push(format!("{id}: does not say `{says}`:\n{text}"));
        }
        if took > Duration::from_secs(10) + LEEWAY {
            faults.push(format!("{id}: took {took:?}"));
        }
        faults
    };
    let cases = [
        ("jobgone", "was deleted before its end was seen"),
        ("podgone", "Reason: PodGone, Message: somebody deleted pod"),
        ("evicted", "Eviction"),
        (
            "entered",
            "is not what was admitted and has been ended: pod.spec.ephemeralContainers[intruder]: added",
        ),
        (
            "doubled",
            "is not what was admitted and has been ended: spec.parallelism: changed to `2`",
        ),
        (
            "relabelled",
            "is not what was admitted and has been ended: metadata.labels",
        ),
        ("suspended", "was suspended"),
    ];
    let faults = join_all(cases.map(one)).await.concat();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(!world.log().contains("panicked"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_job_of_the_same_name_is_neither_adopted_nor_touched() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let name = job_name("stranger");
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name, "namespace": world.job_namespace },
        "spec": { "template": { "spec": {
            "restartPolicy": "Never", "terminationGracePeriodSeconds": 0,
            "containers": [{ "name": "main", "image": "alpine:3.20", "command": ["sh", "-c", "echo of a stranger; sleep 300"] }],
        } } },
    });
    apply(&job.to_string());
    let before = jobs_of(&world, "stranger").remove(0);
    let finished = world.try_task("stranger", sh("echo ours")).await;
    let text = message(&finished);
    assert!(
        text.contains(&format!("a job {name} exists that this run did not make")),
        "{text}"
    );
    assert!(!text.contains("of a stranger") && !text.contains("ours"), "{text}");
    let after = jobs_of(&world, "stranger").remove(0);
    assert_eq!(
        (&after["spec"], &after["metadata"]["annotations"]),
        (&before["spec"], &before["metadata"]["annotations"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_without_rights_hurts_nobody_but_its_task() {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    world
        .environment
        .insert("ADMISSION_DEADLINE_SECONDS".into(), "5".into());
    world.start_service().await;
    let faults = world
        .troubles(vec![
            Trouble {
                id: "elsewhere",
                task: sh_with("true", &json!({ "namespace": "kube-public" })),
                says: &["[fence-widened]", "kube-public", "forbidden"],
                within: 20,
            },
            Trouble {
                id: "nowhere",
                task: sh_with("true", &json!({ "namespace": "no-such-namespace" })),
                says: &["no-such-namespace", "forbidden"],
                within: 20,
            },
        ])
        .await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    // Long enough for a silent watch to be taken for a stalled one.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let ready = format!("http://127.0.0.1:{}/readyz", world.environment["HEALTH_ENDPOINT_PORT"]);
    let response = reqwest::get(&ready).await.unwrap();
    assert!(response.status().is_success(), "{}", response.text().await.unwrap());
    let next = world.try_task("here", sh("echo ran")).await;
    assert_eq!(next["data"]["result"], "pass", "{next:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_the_cluster_refuses_is_told_with_its_refusal() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let namespace = world.job_namespace.as_str();
    kubectl(&[
        "label",
        "--overwrite",
        "namespace",
        namespace,
        "pod-security.kubernetes.io/enforce=restricted",
    ]);
    let root = json!({ "securityContext": { "runAsUser": 0, "runAsNonRoot": false } });
    let refused = Trouble {
        id: "podsecurity",
        task: sh_with("true", &root),
        says: &["FailedCreate", "violates PodSecurity"],
        within: 35,
    };
    let faults = world.troubles(vec![refused]).await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    let quota = json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "none", "namespace": namespace }, "spec": { "hard": { "pods": "0" } } });
    apply(&quota.to_string());
    let refused = Trouble {
        id: "quota",
        task: sh("true"),
        says: &["FailedCreate", "exceeded quota"],
        within: 35,
    };
    let faults = world.troubles(vec![refused]).await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
