//! The service on a real Kubernetes, seen from outside: how long, how many calls, how much memory. See `benches/README.md`.
//!
//! Needs the rig of `tests/cluster`; without it this fails and says so. It is the build of the bench profile that is
//! measured, under the account and the Roles that the chart ships.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark fails by panicking"
)]

mod audit;
mod figures;
mod pods;
mod process;
#[path = "../../tests/support/standin/mod.rs"]
mod standin;
#[path = "../../tests/on_cluster/world/mod.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod world;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use figures::{Series, Table, since};
use pods::Ends;
use process::Service;
use world::{Policies, World};

/// Events of which nothing is measured: connections, watches, image and fence are in place after them.
const WARM_UP: usize = 5;
/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The last thing that the container does is to say when.
const CONFIG: &str = r#"
apiVersion: v2
actions:
  - name: "Greet"
    events: [ { name: "sh.keptn.event.greet.triggered" } ]
    tasks:
      - name: "Say hello"
        image: "alpine:3.20"
        cmd: [ sh ]
        args: [ -c, 'echo "Hello from $KEPTN_SERVICE"; read up rest < /proc/uptime; echo "up $up"' ]
  - name: "Take over"
    events: [ { name: "sh.keptn.event.grab.triggered" } ]
    tasks:
      - name: "Mine"
        image: "alpine:3.20"
        securityContext: { privileged: true }
        cmd: [ mine ]
"#;

fn main() {
    // `cargo test --benches` runs this file too; it measures only where it was asked to.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let count = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (events, starts) = (count("EVENTS", 50), count("STARTS", 10));
    let world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    world
        .standin
        .put("sockshop/dev/carts", &[("job/config.yaml", CONFIG.as_bytes())]);
    let nats = async_nats::connect(&world.environment["EVENTBROKER"]).await.unwrap();
    let mut table = Table::default();

    let (service, cold) = Service::start(&world).await;
    let first = answer(&world, &nats, "first", "greet").await;
    table.one(
        "first event of a new installation → finished event",
        since(first.sent, first.received),
    );
    drop(service);
    let mut ready = vec![];
    for _ in 0..starts {
        let (service, took) = Service::start(&world).await;
        ready.push(took);
        drop(service);
    }
    table.one("start → ready, the first time", cold);
    table.series("start → ready", Series::of(ready));

    let (service, _) = Service::start(&world).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = service.memory("VmRSS");
    let ends = Ends::follow(&world.job_namespace).await;
    for number in 0..WARM_UP {
        answer(&world, &nats, &format!("warm-up-{number}"), "greet").await;
    }
    let (before, busy) = (audit::now(), service.cpu());
    let mut greeted = vec![];
    for number in 0..events {
        greeted.push(answer(&world, &nats, &format!("greet-{number}"), "greet").await);
    }
    // Records are closed after the answer; that work belongs to the event as well.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cpu = service.cpu().saturating_sub(busy);
    let writes = audit::writes(&world.service_namespace, before);
    jobs(&mut table, &greeted, &writes);
    endings(&mut table, &greeted, &ends);

    let mut denied = vec![];
    for number in 0..events {
        let answer = answer(&world, &nats, &format!("grab-{number}"), "grab").await;
        denied.push(since(answer.sent, answer.received));
    }
    table.series("denied event → finished event", Series::of(denied));

    let each = |total: usize| format!("{:.1}", total as f64 / events as f64);
    table.text("writes to the API server for an event of one task", each(writes.len()));
    table.text(
        "CPU time of the service for an event of one task",
        format!("{:.1} ms", cpu.as_secs_f64() * 1e3 / events as f64),
    );
    table.text("resident memory, idle", format!("{:.1} MiB", idle));
    table.text(
        "resident memory, most of all",
        format!("{:.1} MiB", service.memory("VmHWM")),
    );
    table.text("size of the binary", format!("{:.1} MiB", Service::binary_size()));
    println!("\n{events} events, {starts} starts\n\n{table}");
}

/// An event and its finished event.
struct Answered {
    id: String,
    sent: Timestamp,
    received: Timestamp,
    message: String,
}

/// Sends an event and waits for its finished event.
async fn answer(world: &World, nats: &async_nats::Client, id: &str, kind: &str) -> Answered {
    let name = format!("sh.keptn.event.{kind}.triggered");
    let event = json!({
        "specversion": "1.0", "id": id, "type": name, "source": "shipyard-controller", "datacontenttype": "application/json",
        "shkeptncontext": format!("context-of-{id}"), "shkeptnspecversion": "0.2.4",
        "data": { "project": "sockshop", "stage": "dev", "service": "carts", "labels": { "build-id": "build-17" } }
    });
    let sent = Timestamp::now();
    nats.publish(name, event.to_string().into()).await.unwrap();
    nats.flush().await.unwrap();
    let begun = std::time::Instant::now();
    let finished = loop {
        if let Some(finished) = finished_of(world, id) {
            break finished;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "no finished event for {id}:\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    Answered {
        id: id.to_owned(),
        sent,
        received: finished["_received"].as_str().unwrap().parse().unwrap(),
        message: finished["data"]["message"].as_str().unwrap_or_default().to_owned(),
    }
}

fn finished_of(world: &World, id: &str) -> Option<Value> {
    let ours = |event: &Value| event["type"].as_str().is_some_and(|name| name.ends_with(".finished"));
    world
        .standin
        .events(Some(&format!("context-of-{id}")))
        .into_iter()
        .find(ours)
}

/// From the event to its Job, by the API server's audit log.
fn jobs(table: &mut Table, greeted: &[Answered], writes: &[audit::Write]) {
    // Events follow each other, so the n-th record and the n-th Job are those of the n-th event.
    let mut row = |name: &str, resource: &str, of: fn(&audit::Write) -> Timestamp| {
        let creations: Vec<&audit::Write> = writes.iter().filter(|write| write.creates(resource)).collect();
        assert_eq!(creations.len(), greeted.len(), "one of {resource} for each event");
        let pairs = greeted.iter().zip(creations);
        table.series(
            name,
            Series::of(pairs.map(|(event, write)| since(event.sent, of(write)))),
        );
    };
    row("event → run record stands", "runs", |write| write.answered);
    row("event → Job POST arrives at the API server", "jobs", |write| {
        write.received
    });
    row("event → Job stands", "jobs", |write| write.answered);
}

/// From the container's last act to the finished event.
fn endings(table: &mut Table, greeted: &[Answered], ends: &Ends) {
    let boot = process::boot_time();
    let mut seen: Vec<Seen<'_>> = vec![];
    for event in greeted {
        let up: f64 = event
            .message
            .split_once("up ")
            .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or_else(|| panic!("no time in the message of {}: {}", event.id, event.message));
        let last = boot + jiff::SignedDuration::from_secs_f64(up);
        let end = ends
            .of(&event.id)
            .unwrap_or_else(|| panic!("the end of {} was not seen", event.id));
        seen.push((event, last, end.containers.unwrap(), end.pod.unwrap()));
    }
    let mut row = |name: &str, of: fn(&Seen<'_>) -> Duration| table.series(name, Series::of(seen.iter().map(of)));
    row("event → finished event, one `echo` task", |seen| {
        since(seen.0.sent, seen.0.received)
    });
    row("container's last act → finished event", |seen| {
        since(seen.1, seen.0.received)
    });
    row("  → Kubernetes says that the container has ended", |seen| {
        since(seen.1, seen.2)
    });
    row("  → Kubernetes says that the pod has ended", |seen| {
        since(seen.2, seen.3)
    });
    row("  → finished event: our part", |seen| since(seen.3, seen.0.received));
}

/// An answered event, the last act of its container, and when the API server said that container and pod had ended.
type Seen<'a> = (&'a Answered, Timestamp, Timestamp, Timestamp);
