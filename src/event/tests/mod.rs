//! Events as they arrive: good, wrong and hostile; the crash inputs of the original by name.

mod attributes;
mod mutated;

use serde_json::{Value, json};

use super::jsonpath::JsonPath;
use super::render::{Format, render};
use super::*;

const MATCHING: &str = include_str!("../../../tests/data/events/features-matching.json");
const HOST: &str = include_str!("../../../tests/data/events/features-host.json");
const FINISHED: &str = include_str!("../../../tests/data/events/features-test-finished.json");
const BROKEN: &str = include_str!("../../../tests/data/events/readme-broken.json");

fn minimal() -> Value {
    json!({"id": "1", "source": "s", "type": "sh.keptn.event.test.triggered", "specversion": "1.0"})
}

/// The smallest event, with some keys changed.
fn with(changes: Value) -> Value {
    let mut event = minimal();
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn parse(event: &Value) -> Result<Event, EventError> {
    Event::parse(event.to_string().as_bytes())
}

#[test]
fn the_documents_own_examples_work_verbatim() {
    let event = Event::parse(MATCHING.as_bytes()).unwrap();
    assert_eq!(event.id(), "f2b878d3-03c0-4e8f-bc3f-454bc1b3d79b");
    assert_eq!(event.source(), "test-events");
    assert_eq!(event.event_type(), "sh.keptn.event.test.triggered");
    assert_eq!(event.spec_version(), "1.0");
    assert_eq!(event.time(), Some("2019-06-07T07:02:15.64489Z"));
    assert_eq!(event.timestamp().unwrap().as_millisecond(), 1_559_890_935_644);
    assert_eq!(event.content_type(), Some("application/json"));
    assert_eq!(event.context(), Some("08735340-6f9e-4b32-97ff-3b6c292bc50i"));
    assert_eq!(event.data()["test"]["teststrategy"], "locust");
    assert_eq!(event.raw(), MATCHING);
    let common = event.common().unwrap();
    assert_eq!(
        (common.project.as_str(), common.stage.as_str(), common.service.as_str()),
        ("sockshop", "dev", "carts")
    );
    assert_eq!(
        (common.status.as_str(), common.result.as_str(), common.message.as_str()),
        ("succeeded", "pass", "")
    );
    assert_eq!(common.labels.len(), 3);
    assert_eq!(common.labels["buildId"], "build-17");

    let event = Event::parse(HOST.as_bytes()).unwrap();
    let host = JsonPath::parse("$.data.deployment.deploymentURIsLocal[0]").unwrap();
    assert_eq!(
        render(&host.evaluate(event.mapped()).unwrap(), Format::Plain),
        "https://keptn.sh"
    );
    assert_eq!(event.content_type(), None);
}

#[test]
fn the_example_that_is_broken_json_is_refused_with_its_place() {
    let error = Event::parse(BROKEN.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "event is not JSON: key must be a string at line 21 column 9"
    );
}

#[test]
fn the_example_that_is_only_part_of_an_event_is_refused_by_name() {
    let error = Event::parse(FINISHED.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "event attribute `id` is missing");
    assert_eq!(
        error.seen().unwrap().event_type.as_deref(),
        Some("sh.keptn.event.test.finished")
    );
}

#[test]
fn an_event_id_of_no_characters_is_refused() {
    let error = parse(&with(json!({"id": ""}))).unwrap_err();
    assert_eq!(error.to_string(), "event attribute `id` is empty");
}

#[test]
fn event_ids_of_1_and_23_characters_are_accepted() {
    for id in [
        "1",
        "12345678901234567890123",
        "é",
        "\u{1F600}",
        "../../etc",
        "a b",
        "%2e%2e",
        "${x}",
    ] {
        let event = parse(&with(json!({"id": id}))).unwrap();
        assert_eq!(event.id(), id);
        assert_eq!(event.identity().base32(16).len(), 16);
    }
}

#[test]
fn an_event_id_of_64_kib_is_refused_with_both_numbers() {
    let error = parse(&with(json!({"id": "x".repeat(65_536)}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "event attribute `id` has 65536 bytes, at most 1024 are accepted"
    );
    assert_eq!(error.seen().unwrap().id, None);
    assert!(parse(&with(json!({"id": "x".repeat(1024)}))).is_ok());
}

#[test]
fn a_missing_source_is_an_error_that_names_the_event() {
    let mut event = minimal();
    event.as_object_mut().unwrap().remove("source");
    let error = parse(&event).unwrap_err();
    assert_eq!(error.to_string(), "event attribute `source` is missing");
    let seen = error.seen().unwrap();
    assert_eq!(seen.id.as_deref(), Some("1"));
    assert_eq!(seen.event_type.as_deref(), Some("sh.keptn.event.test.triggered"));
}

#[test]
fn temporary_data_may_be_anything() {
    for temporary in [
        json!(null),
        json!("x"),
        json!(5),
        json!([]),
        json!({"distributor": 5}),
        json!({"x": {}}),
    ] {
        let data = json!({"project": "p", "temporaryData": temporary});
        let event = parse(&with(json!({"data": data}))).unwrap();
        assert_eq!(event.common().unwrap().project, "p");
    }
}

#[test]
fn whatever_is_no_event_is_refused_without_a_panic() {
    let deep = format!(r#"{{"data":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let wide = format!("[{}0]", "0,".repeat(MAX_VALUES));
    let cases: [(&[u8], &str); 14] = [
        (b"", "event is not JSON: EOF while parsing a value at line 1 column 0"),
        (b"null", "event is null, expected an object with one CloudEvent"),
        (b"true", "event is a boolean, expected an object with one CloudEvent"),
        (b"5", "event is a number, expected an object with one CloudEvent"),
        (b"\"x\"", "event is a string, expected an object with one CloudEvent"),
        (b"[{}]", "event is a list, expected an object with one CloudEvent"),
        (b"{}", "event attribute `id` is missing"),
        (b"{\"id\":\"\xff\"}", "event is not valid UTF-8 at byte 7"),
        (
            b"{\"data\":NaN}",
            "event is not JSON: expected value at line 1 column 9",
        ),
        (
            b"{\"data\":1e999}",
            "event is not JSON: number out of range at line 1 column 13",
        ),
        (
            b"{\"data\":-1e999}",
            "event is not JSON: number out of range at line 1 column 14",
        ),
        (
            b"{\"id\":\"1\",\"id\":\"2\"}",
            "event repeats the key `id` at line 1 column 14, each key may stand once",
        ),
        (
            deep.as_bytes(),
            "event nests deeper than 100 levels at line 1 column 108",
        ),
        (wide.as_bytes(), "event holds more than 100000 values"),
    ];
    for (bytes, message) in cases {
        let error = Event::parse(bytes).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_huge_event_is_refused_with_both_numbers_before_it_is_read() {
    let fits = format!("{{{}", " ".repeat(MAX_EVENT_BYTES - 1));
    assert!(matches!(Event::parse(fits.as_bytes()), Err(EventError::NotJson { .. })));
    let error = Event::parse(format!("{fits} ").as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "event has 1048577 bytes, at most 1048576 are accepted"
    );
    assert_eq!(error.seen(), None);
}

#[test]
fn huge_numbers_in_data_do_no_harm() {
    let raw = r#"{"id":"1","source":"s","type":"t","specversion":"1.0",
        "data":{"a":123456789012345678901234567890,"b":-1e308,"c":1e-400,"d":-0,"labels":{"x":9e99}}}"#;
    let event = Event::parse(raw.as_bytes()).unwrap();
    assert_eq!(event.data()["c"], json!(0.0));
    assert_eq!(
        event.common().unwrap_err().to_string(),
        "data.labels[\"x\"] is a number, expected a string"
    );
    assert_eq!(
        render(event.data(), Format::Json),
        r#"{"a":1.2345678901234568e+29,"b":-1e+308,"c":0,"d":-0,"labels":{"x":9e+99}}"#
    );
}

#[test]
fn the_same_id_with_other_content_has_another_digest() {
    let one = parse(&with(json!({"data": {"a": 1}}))).unwrap();
    let other = parse(&with(json!({"data": {"a": 2}}))).unwrap();
    assert_eq!(one.identity(), other.identity());
    assert_ne!(one.digest(), other.digest());
    assert_eq!(one.digest().len(), 64);
    let spaced = Event::parse(format!("{} ", one.raw()).as_bytes()).unwrap();
    assert_ne!(one.digest(), spaced.digest(), "the digest is of the bytes");
}

#[test]
fn an_event_is_stored_as_its_text_and_read_back_by_parsing() {
    let event = Event::parse(MATCHING.as_bytes()).unwrap();
    let stored = serde_json::to_string(&event).unwrap();
    let back: Event = serde_json::from_str(&stored).unwrap();
    assert_eq!(back, event);
    assert_eq!(back.digest(), event.digest());
    assert!(
        serde_json::from_str::<Event>("\"{}\"")
            .unwrap_err()
            .to_string()
            .contains("`id` is missing")
    );
}

#[test]
fn a_debug_line_holds_nothing_of_the_payload() {
    let event = parse(&with(json!({"data": {"password": "hunter2"}}))).unwrap();
    let shown = format!("{event:?}");
    assert!(
        shown.contains("sh.keptn.event.test.triggered") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn an_error_echoes_a_bounded_and_escaped_excerpt_only() {
    let long = format!("\n{}", "x".repeat(1000));
    for error in [
        parse(&with(json!({"specversion": "9".repeat(1000)})))
            .unwrap_err()
            .to_string(),
        Event::parse(
            json!({ &long: 1 })
                .to_string()
                .replace('}', &format!(",{}:1}}", json!(long)))
                .as_bytes(),
        )
        .unwrap_err()
        .to_string(),
    ] {
        assert!(
            error.len() < 300 && !error.contains('\n') && error.contains('…'),
            "{error}"
        );
    }
}
