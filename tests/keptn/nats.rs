//! Source and sink over NATS: what counts as sent, and what happens to events that nobody takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use job_executor_service::sink::nats::NatsSink;
use job_executor_service::sink::{OutgoingEvent, Sink, SinkError};
use job_executor_service::source::nats::{Link, LinkOptions, NatsSource, Subjects, Waiting};
use job_executor_service::source::{CancellationToken, Delivery, Source, SourceError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::broker::{Broker, MAX_PAYLOAD, Published, Rule};

const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until it is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn link(broker: &Broker) -> Link {
    let link = Link::open(&broker.url(), &LinkOptions::default()).await.unwrap();
    until("connected", || link.health().connected).await;
    link
}

async fn sink(broker: &Broker) -> (NatsSink, Link) {
    let link = link(broker).await;
    (NatsSink::new(link.clone(), Duration::from_secs(2)), link)
}

fn event() -> OutgoingEvent {
    OutgoingEvent {
        id: "id-1".to_owned(),
        event_type: "sh.keptn.event.test.finished".to_owned(),
        context: "context-1".to_owned(),
        triggered_id: "triggered-1".to_owned(),
        body: r#"{"id":"id-1"}"#.to_owned(),
    }
}

fn kept() -> Published {
    Published {
        subject: "sh.keptn.event.test.finished".to_owned(),
        headers: "NATS/1.0\r\nNats-Msg-Id: id-1\r\n\r\n".to_owned(),
        body: r#"{"id":"id-1"}"#.to_owned(),
    }
}

fn is_unavailable(result: &Result<(), SinkError>, because: &str) -> bool {
    matches!(result, Err(SinkError::Unavailable { reason, .. }) if reason.contains(because))
}

#[tokio::test]
async fn an_event_is_sent_when_the_server_has_read_it() {
    let broker = Broker::start().await;
    let (sink, _) = sink(&broker).await;
    assert_eq!(sink.send(&event()).await, Ok(()));
    assert_eq!(broker.published(), [kept()]);
}

#[tokio::test]
async fn an_event_that_is_lost_with_its_connection_is_not_sent() {
    let broker = Broker::start().await;
    let (sink, link) = sink(&broker).await;
    broker.rule("sh.keptn.", Rule::Hangup, 1);
    let result = sink.send(&event()).await;
    assert!(is_unavailable(&result, "the connection was lost"), "{result:?}");
    assert_eq!(broker.published(), []);
    until("connected again", || link.health().connected).await;
    assert_eq!(sink.send(&event()).await, Ok(()));
    assert_eq!(broker.published(), [kept()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_over_a_new_connection_does_not_count_for_an_event_lost_with_the_old_one() {
    let broker = Broker::start().await;
    let (sink, link) = sink(&broker).await;
    broker.rule("sh.keptn.", Rule::HangupUnread, 1);
    // Larger than all buffers: what follows it is written only after reconnecting.
    let large = OutgoingEvent {
        body: "x".repeat(MAX_PAYLOAD - 1000),
        ..event()
    };
    let result = sink.send(&large).await;
    assert!(is_unavailable(&result, "the connection was"), "{result:?}");
    assert_eq!(broker.published(), []);
    until("connected again", || link.health().connected).await;
    assert_eq!(sink.send(&event()).await, Ok(()));
}

#[tokio::test]
async fn an_event_whose_confirmation_is_lost_with_the_connection_is_not_sent_as_far_as_we_know() {
    let broker = Broker::start().await;
    let (sink, link) = sink(&broker).await;
    broker.rule("_INBOX.", Rule::Hangup, 1);
    let result = sink.send(&event()).await;
    assert!(is_unavailable(&result, "the connection was lost"), "{result:?}");
    until("connected again", || link.health().connected).await;
    assert_eq!(sink.send(&event()).await, Ok(()));
    assert_eq!(broker.published(), [kept(), kept()], "twice, with one id");
}

#[tokio::test]
async fn an_event_that_is_denied_or_never_confirmed_is_not_sent() {
    let broker = Broker::start().await;
    let (sink, _) = sink(&broker).await;
    for _ in 0..20 {
        broker.rule("sh.keptn.", Rule::Deny, 1);
        let result = sink.send(&event()).await;
        assert!(
            is_unavailable(&result, "may not publish to `sh.keptn.event.test.finished`"),
            "{result:?}"
        );
    }
    broker.rule("_INBOX.", Rule::Swallow, 1);
    let result = sink.send(&event()).await;
    assert!(is_unavailable(&result, "no confirmation in time"), "{result:?}");
    assert_eq!(sink.send(&event()).await, Ok(()));
}

#[tokio::test]
async fn without_a_connection_nothing_is_queued() {
    let broker = Broker::start().await;
    let address = broker.address();
    let (sink, link) = sink(&broker).await;
    drop(broker);
    until("disconnected", || !link.health().connected).await;
    let began = Instant::now();
    let result = sink.send(&event()).await;
    assert!(is_unavailable(&result, "not connected"), "{result:?}");
    assert!(began.elapsed() < Duration::from_millis(400));
    let broker = Broker::start_at(address).await;
    until("connected again", || link.health().connected).await;
    assert_eq!(
        sink.send(&OutgoingEvent {
            id: "id-2".to_owned(),
            ..event()
        })
        .await,
        Ok(())
    );
    assert_eq!(broker.published().len(), 1, "{:?}", broker.published());
}

#[tokio::test]
async fn what_no_attempt_can_send_is_refused_and_never_published() {
    let broker = Broker::start().await;
    let (sink, _) = sink(&broker).await;
    let around = "NATS/1.0\r\nNats-Msg-Id: id-1\r\n\r\n".len();
    let fits = OutgoingEvent {
        body: "x".repeat(MAX_PAYLOAD - around),
        ..event()
    };
    assert_eq!(sink.send(&fits).await, Ok(()));
    let large = OutgoingEvent {
        body: "x".repeat(MAX_PAYLOAD + 1 - around),
        ..event()
    };
    let too_large = SinkError::TooLarge {
        id: "id-1".to_owned(),
        size: MAX_PAYLOAD + 1,
        limit: MAX_PAYLOAD,
    };
    assert_eq!(sink.send(&large).await, Err(too_large));
    for event_type in ["", "a b", "a..b", "a.*.b", "a.>", "a\r\nPUB x 0\r\n\r\n", "a\u{0}b"] {
        let result = sink
            .send(&OutgoingEvent {
                event_type: event_type.to_owned(),
                ..event()
            })
            .await;
        assert!(
            matches!(result, Err(SinkError::Refused { .. })),
            "{event_type:?}: {result:?}"
        );
    }
    let result = sink
        .send(&OutgoingEvent {
            id: "id\r\nX: 1".to_owned(),
            ..event()
        })
        .await;
    assert!(matches!(result, Err(SinkError::Refused { .. })), "{result:?}");
    assert_eq!(broker.published().len(), 1);
}

/// A source that runs, and what it delivers.
struct Running {
    source: NatsSource,
    stop: CancellationToken,
    task: JoinHandle<Result<(), SourceError>>,
    deliveries: mpsc::Receiver<Delivery>,
}

async fn run(broker: &Broker, waiting: Waiting, places: usize) -> Running {
    let subjects = Subjects::parse(["sh.keptn.>"]).unwrap();
    let source = NatsSource::new(link(broker).await, subjects).with_waiting(waiting);
    let stop = CancellationToken::new();
    let (sender, deliveries) = mpsc::channel(places);
    let task = tokio::spawn({
        let (source, stop) = (source.clone(), stop.clone());
        async move { source.run(sender, stop).await }
    });
    until("subscribed", || broker.subscribed().len() == 1).await;
    Running {
        source,
        stop,
        task,
        deliveries,
    }
}

#[tokio::test]
async fn events_arrive_as_they_were_sent_through_the_queue_group() {
    let broker = Broker::start().await;
    let mut running = run(&broker, Waiting::DEFAULT, 1).await;
    assert_eq!(broker.subscribed(), ["sh.keptn.> job-executor-service"]);
    broker.publish("sh.keptn.event.test.triggered", "\u{0}not json");
    let delivery = running.deliveries.recv().await.unwrap();
    let expected = Delivery {
        bytes: "\u{0}not json".into(),
        subject: "sh.keptn.event.test.triggered".to_owned(),
        source_name: Arc::from("nats"),
    };
    assert_eq!(delivery, expected);
}

#[tokio::test]
async fn events_wait_in_order_while_nobody_takes_them_and_what_does_not_fit_is_counted() {
    let broker = Broker::start().await;
    let mut running = run(
        &broker,
        Waiting {
            events: 99,
            ..Waiting::DEFAULT
        },
        1,
    )
    .await;
    for number in 0..150 {
        broker.publish("sh.keptn.x", &number.to_string());
    }
    // One is on its way to us in the channel, 99 wait, 50 are lost.
    until("lost", || running.source.health().losses == 50).await;
    for number in 0..100 {
        assert_eq!(
            running.deliveries.recv().await.unwrap().bytes,
            number.to_string().as_bytes()
        );
    }
    broker.publish("sh.keptn.x", "next");
    assert_eq!(running.deliveries.recv().await.unwrap().bytes, b"next".as_slice());
    assert_eq!(running.source.health().losses, 50);
}

#[tokio::test]
async fn a_lost_connection_is_replaced_and_the_subscription_with_it() {
    let broker = Broker::start().await;
    let address = broker.address();
    let mut running = run(&broker, Waiting::DEFAULT, 1).await;
    broker.hang_up();
    until("subscribed again", || broker.subscribed().len() == 2).await;
    broker.publish("sh.keptn.x", "one");
    assert_eq!(running.deliveries.recv().await.unwrap().bytes, b"one".as_slice());

    drop(broker);
    until("disconnected", || !running.source.health().connected).await;
    let broker = Broker::start_at(address).await;
    until("subscribed again", || broker.subscribed().len() == 1).await;
    assert!(running.source.health().connected);
    broker.publish("sh.keptn.x", "two");
    assert_eq!(running.deliveries.recv().await.unwrap().bytes, b"two".as_slice());
}

#[tokio::test]
async fn a_source_that_is_stopped_hands_on_what_it_has_and_ends() {
    let broker = Broker::start().await;
    let mut running = run(&broker, Waiting::DEFAULT, 1).await;
    for number in 0..20 {
        broker.publish("sh.keptn.x", &number.to_string());
    }
    // The last one has been received when the first one has been delivered and the rest waits.
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.cancel();
    let mut received = 0;
    while running.deliveries.recv().await.is_some() {
        received += 1;
    }
    assert_eq!(received, 20);
    assert_eq!(running.task.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_source_whose_deliveries_nobody_takes_any_more_ends() {
    let broker = Broker::start().await;
    let running = run(&broker, Waiting::DEFAULT, 1).await;
    drop(running.deliveries);
    let ended = tokio::time::timeout(PATIENCE, running.task).await;
    assert_eq!(ended.unwrap().unwrap(), Ok(()));
}
