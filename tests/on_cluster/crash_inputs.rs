//! Inputs that crashed the original, and more of their kind: each ends in one clean answer or one line of the log, the
//! process lives on, and a good event right after works.

mod table;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::thread::event;
use crate::world::{Policies, World};
use table::{End, configs, inputs, with_data};

/// Subject of events whose type cannot be read.
const SUBJECT: &str = "sh.keptn.event.hello.triggered";
/// How long something is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(90);
/// What a container does to show that the whole way works.
const CONFIG: &str = r#"
apiVersion: v2
actions:
  - name: "Nothing"
    events: [ { name: "sh.keptn.event.hello.triggered" } ]
    tasks: []
  - name: "Run"
    events: [ { name: "sh.keptn.event.job.triggered" } ]
    tasks: [ { name: "Say", image: "alpine:3.20", cmd: [ echo, "still here" ] } ]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_crashed_the_original_ends_in_one_clean_error_each() {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    // Not its own answers as well, which would be counted too.
    world
        .environment
        .insert("PUBSUB_TOPIC".into(), "sh.keptn.event.*.triggered".into());
    world.start_service().await;
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", CONFIG.as_bytes())]);
    let pid = world.pid().unwrap();
    let mut faults = Vec::new();
    for (number, (name, bytes, end)) in inputs().into_iter().enumerate() {
        let mut seen = Seen::now(&world).await;
        world.publish_bytes(SUBJECT, bytes).await;
        faults.extend(seen.check(&world, name, &end).await);
        faults.extend(
            good(&world, &format!("good-{number}"), SUBJECT)
                .await
                .map(|fault| format!("after {name}: {fault}")),
        );
    }
    for (number, (name, config, end)) in configs().into_iter().enumerate() {
        let project = format!("hostile-{number}");
        world.standin.put(
            &format!("{project}/dev/carts"),
            &[("job/config.yaml", config.as_bytes())],
        );
        let mut seen = Seen::now(&world).await;
        world
            .publish_bytes(SUBJECT, with_data(&project, "project", json!(project)))
            .await;
        faults.extend(seen.check(&world, name, &end).await);
        faults.extend(
            good(&world, &format!("well-{number}"), SUBJECT)
                .await
                .map(|fault| format!("after {name}: {fault}")),
        );
    }
    faults.extend(good(&world, "last", "sh.keptn.event.job.triggered").await);
    assert_eq!(world.pid(), Some(pid), "the process ended:\n{}", world.log());
    assert!(!world.log().contains("panicked"), "{}", world.log());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_that_the_documents_print_work_as_they_are_printed() {
    const DOCUMENTED: &str = r#"
apiVersion: v2
actions:
  - name: "Match"
    events:
      - name: "sh.keptn.event.*.triggered"
        jsonpath: { property: "$.data.test.teststrategy", match: "locust" }
    tasks: [ { name: "Match", image: "alpine:3.20", cmd: [ sh, -c, 'echo "$LABELS_TESTID $LABELS_BUILDID $LABELS_OWNER"' ] } ]
  - name: "Host"
    events:
      - name: "sh.keptn.event.test.triggered"
        jsonpath: { property: "$.data.test.teststrategy", match: "health" }
    tasks:
      - name: "Host"
        image: "alpine:3.20"
        env: [ { name: HOST, value: "$.data.deployment.deploymentURIsLocal[0]", valueFrom: event } ]
        cmd: [ echo, "--host", "$(HOST)" ]
"#;
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", DOCUMENTED.as_bytes())]);
    for (text, said) in [
        (
            include_str!("../data/events/features-matching.json"),
            "4711 build-17 JohnDoe\n",
        ),
        (
            include_str!("../data/events/features-host.json"),
            "--host https://keptn.sh\n",
        ),
    ] {
        let event: Value = serde_json::from_str(text).unwrap();
        world
            .publish_bytes(event["type"].as_str().unwrap(), text.as_bytes().to_vec())
            .await;
        let finished = world.finished(event["id"].as_str().unwrap(), 1).await.remove(0);
        assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
        assert_eq!(finished["shkeptncontext"], event["shkeptncontext"]);
        assert!(
            finished["data"]["message"].as_str().unwrap().contains(said),
            "{finished:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_is_complained_of_once_though_our_own_answers_come_back_to_us() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", b"apiVersion: v1\n")]);
    world.publish(&event("broken-once", SUBJECT)).await;
    world.finished("broken-once", 1).await;
    let begun = Instant::now();
    while world.received().await.values().sum::<u64>() < 3 {
        assert!(begun.elapsed() < PATIENCE, "{:?}", world.received().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let complaints = world.log().matches("\"ERROR\"").count();
    assert_eq!(complaints, 1, "{}", world.log());
}

/// How the world was before an input.
struct Seen {
    received: BTreeMap<String, u64>,
    events: usize,
    log: usize,
}

impl Seen {
    async fn now(world: &World) -> Self {
        Self {
            received: world.received().await,
            events: answers(world).len(),
            log: world.log().len(),
        }
    }

    /// Waits until the input is counted, then looks at everything that it left behind.
    async fn check(&mut self, world: &World, name: &str, end: &End) -> Option<String> {
        let before: u64 = self.received.values().sum();
        let begun = Instant::now();
        let received = loop {
            let received = world.received().await;
            if received.values().sum::<u64>() > before {
                break received;
            }
            if begun.elapsed() > PATIENCE {
                return Some(format!("{name}: never counted\n{}", self.tail(world)));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let grown: Vec<String> = received
            .iter()
            .filter(|(result, count)| self.received.get(*result).copied().unwrap_or_default() < **count)
            .map(|(result, count)| {
                format!(
                    "{result} by {}",
                    count - self.received.get(result).copied().unwrap_or_default()
                )
            })
            .collect();
        // The stand-in hears of an answer a moment after the service has sent it.
        let wanted = if matches!(end, End::Refused(..)) { 0 } else { 2 };
        while answers(world).len() < self.events + wanted && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let events = answers(world).split_off(self.events);
        let said: Vec<String> = self
            .tail(world)
            .lines()
            .filter(|line| line.contains("\"WARN\"") || line.contains("\"ERROR\""))
            .map(str::to_owned)
            .collect();
        let message = events
            .iter()
            .filter_map(|event| event["data"]["message"].as_str())
            .collect::<String>();
        let results: Vec<&Value> = events.iter().map(|event| &event["data"]["result"]).collect();
        let clean = match end {
            End::Works => grown == ["Admitted by 1"] && results == [&Value::Null, &json!("pass")] && said.is_empty(),
            End::Answered(text) => {
                grown.len() == 1
                    && results == [&Value::Null, &json!("fail")]
                    && message.contains(text)
                    && said.len() <= 1
            }
            End::Refused(result, text) => {
                grown == [format!("{result} by 1")]
                    && events.is_empty()
                    && !said.is_empty()
                    && said.iter().all(|line| unescaped(line).contains(text))
            }
        };
        (!clean).then(|| {
            format!(
                "{name}: counted as {grown:?}; answered {events:#?}; log:\n{}",
                said.join("\n")
            )
        })
    }

    fn tail(&self, world: &World) -> String {
        world.log().get(self.log..).unwrap_or_default().to_owned()
    }
}

/// Started and finished events so far, in the order in which they came.
fn answers(world: &World) -> Vec<Value> {
    let ours = |event: &Value| event["source"] == "job-executor-service";
    world.standin.events(None).into_iter().filter(ours).collect()
}

fn unescaped(line: &str) -> String {
    line.replace("\\\"", "\"")
}

/// Sends a good event; what is wrong with what comes back.
async fn good(world: &World, id: &str, kind: &str) -> Option<String> {
    let before: u64 = world.received().await.values().sum();
    world.publish(&event(id, kind)).await;
    let finished = world.finished(id, 1).await.remove(0);
    // It is counted a moment after its answer.
    while world.received().await.values().sum::<u64>() == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (finished["data"]["result"] != "pass").then(|| format!("a good event failed: {finished:#}"))
}
