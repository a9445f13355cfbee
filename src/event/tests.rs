//! Events as they arrive: good, wrong, hostile, and mutated at random.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::jsonpath::JsonPath;
use super::render::{Format, render};
use super::*;

const MATCHING: &str = include_str!("../../tests/data/events/features-matching.json");
const HOST: &str = include_str!("../../tests/data/events/features-host.json");
const FINISHED: &str = include_str!("../../tests/data/events/features-test-finished.json");
const BROKEN: &str = include_str!("../../tests/data/events/readme-broken.json");

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
fn every_wrong_attribute_has_its_own_message() {
    for (changes, message) in [
        (json!({"id": null}), "event attribute `id` is missing"),
        (json!({"id": 5}), "event attribute `id` is a number, expected a string"),
        (
            json!({"id": "a\u{0}b"}),
            "event attribute `id` holds the control character U+0000 at byte 1",
        ),
        (
            json!({"source": "é\nb"}),
            "event attribute `source` holds the control character U+000A at byte 2",
        ),
        (json!({"source": ""}), "event attribute `source` is empty"),
        (
            json!({"source": ["x"]}),
            "event attribute `source` is a list, expected a string",
        ),
        (
            json!({"type": {}}),
            "event attribute `type` is an object, expected a string",
        ),
        (json!({"type": ""}), "event attribute `type` is empty"),
        (
            json!({"type": "a\u{1b}[31m"}),
            "event attribute `type` holds the control character U+001B at byte 1",
        ),
        (json!({"specversion": null}), "event attribute `specversion` is missing"),
        (
            json!({"specversion": 1.0}),
            "event attribute `specversion` is a number, expected a string",
        ),
        (
            json!({"specversion": "0.2"}),
            "event attribute `specversion` is `0.2`, only `1.0` is accepted",
        ),
        (
            json!({"specversion": "1.0.1"}),
            "event attribute `specversion` is `1.0.1`, only `1.0` is accepted",
        ),
        (
            json!({"specversion": "1"}),
            "event attribute `specversion` is `1`, only `1.0` is accepted",
        ),
        (
            json!({"time": "yesterday"}),
            "event attribute `time` is `yesterday`, expected RFC 3339 such as `2024-01-31T10:00:00Z`",
        ),
        (
            json!({"time": 5}),
            "event attribute `time` is a number, expected a string",
        ),
        (
            json!({"shkeptncontext": false}),
            "event attribute `shkeptncontext` is a boolean, expected a string",
        ),
        (
            json!({"shkeptncontext": "x".repeat(1025)}),
            "event attribute `shkeptncontext` has 1025 bytes, at most 1024 are accepted",
        ),
        (
            json!({"gitcommitid": 5}),
            "event attribute `gitcommitid` is a number, expected a string",
        ),
        (
            json!({"triggeredid": []}),
            "event attribute `triggeredid` is a list, expected a string",
        ),
        (
            json!({"subject": {}}),
            "event attribute `subject` is an object, expected a string",
        ),
        (
            json!({"contenttype": "text/plain", "datacontenttype": "application/json"}),
            "event attributes `datacontenttype` and `contenttype` differ, give one of them",
        ),
        (json!({"Type": "x"}), "event attribute `Type` must be written `type`"),
        (
            json!({"shKeptnContext": "x"}),
            "event attribute `shKeptnContext` must be written `shkeptncontext`",
        ),
        (json!({"Data": {}}), "event attribute `Data` must be written `data`"),
        (
            json!({"data_base64": "e30="}),
            "event carries `data_base64`, only JSON in `data` is accepted",
        ),
    ] {
        let error = parse(&with(changes.clone())).unwrap_err();
        assert_eq!(error.to_string(), message, "{changes}");
        assert!(error.seen().is_some(), "{changes}");
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
fn only_rfc_3339_is_a_time() {
    for good in [
        "2021-05-13T07:46:09.546Z",
        "2021-05-13t07:46:09z",
        "2021-08-24T16:10:25+00:00",
        "2021-08-24T16:10:25.123456789-11:30",
        "0001-01-01T00:00:00Z",
        "2024-02-29T23:59:59Z",
    ] {
        let event = parse(&with(json!({"time": good})));
        assert_eq!(event.as_ref().ok().and_then(Event::time), Some(good), "{event:?}");
        assert!(event.unwrap().timestamp().is_some(), "{good}");
    }
    for bad in [
        "",
        " ",
        "2021-05-13",
        "2021-05-13T07:46Z",
        "2021-05-13 07:46:09Z",
        "2021-05-13T07:46:09",
        "2021-05-13T07:46:09.Z",
        "2021-05-13T07:46:09.1234567890Z",
        "2021-05-13T07:46:09,5Z",
        "2021-13-13T07:46:09Z",
        "2021-02-30T07:46:09Z",
        "2021-05-13T25:46:09Z",
        "2021-05-13T07:46:09+0000",
        "2021-05-13T07:46:09+00:00[UTC]",
        "+002021-05-13T07:46:09Z",
        "1621000000",
    ] {
        let error = parse(&with(json!({"time": bad}))).unwrap_err();
        assert!(matches!(error, EventError::Time { .. }), "{bad}: {error}");
    }
}

#[test]
fn null_and_empty_attributes_are_absent_and_unknown_ones_are_kept() {
    let event = parse(&with(json!({
        "time": null, "subject": null, "shkeptncontext": "", "gitcommitid": "", "triggeredid": null,
        "contenttype": "application/json", "datacontenttype": "application/json",
        "extensions": {"a": 1}, "traceparent": "00-x", "plonk": [1, null],
    })))
    .unwrap();
    assert_eq!((event.time(), event.subject(), event.context()), (None, None, None));
    assert_eq!((event.git_commit_id(), event.triggered_id()), (None, None));
    assert_eq!(event.content_type(), Some("application/json"));
    let names: Vec<&String> = event.extensions().keys().collect();
    assert_eq!(names, ["extensions", "plonk", "traceparent"]);
    assert_eq!(event.extensions()["plonk"], json!([1, null]));
}

#[test]
fn a_path_sees_exactly_the_eight_keys_of_the_original() {
    let bare = parse(&minimal()).unwrap();
    assert_eq!(
        bare.mapped(),
        &json!({
            "id": "1", "shkeptncontext": "", "time": "0001-01-01T00:00:00Z", "source": "s", "data": null,
            "specversion": "1.0", "type": "sh.keptn.event.test.triggered", "gitcommitid": "",
        })
    );
    let full = parse(&with(json!({
        "shkeptncontext": "c", "time": "2021-05-13T07:46:09.546Z", "gitcommitid": "g", "data": [1],
        "triggeredid": "t", "subject": "s", "contenttype": "application/json", "shkeptnspecversion": "0.2.4", "x": 1,
    })))
    .unwrap();
    assert_eq!(
        full.mapped(),
        &json!({
            "id": "1", "shkeptncontext": "c", "time": "2021-05-13T07:46:09.546Z", "source": "s", "data": [1],
            "specversion": "1.0", "type": "sh.keptn.event.test.triggered", "gitcommitid": "g",
        })
    );
    assert_eq!(full.keptn_spec_version(), Some("0.2.4"));
}

#[test]
fn common_data_lists_everything_that_is_no_text() {
    let wrong = json!({"project": 5, "stage": null, "labels": {"a": "x", "b": 1, "c": null, "d\n": {}}, "result": []});
    let error = parse(&with(json!({"data": wrong}))).unwrap().common().unwrap_err();
    assert_eq!(
        error.to_string(),
        "data.project is a number, expected a string; data.labels[\"b\"] is a number, expected a string; \
         data.labels[\"c\"] is null, expected a string; data.labels[\"d\\n\"] is an object, expected a string; \
         data.result is a list, expected a string"
    );
    assert_eq!(error.problems.len(), 5);
    for (data, message) in [
        (json!("x"), "data is a string, expected an object"),
        (json!([]), "data is a list, expected an object"),
        (
            json!({"labels": []}),
            "data.labels is a list, expected an object of strings",
        ),
    ] {
        assert_eq!(
            parse(&with(json!({"data": data})))
                .unwrap()
                .common()
                .unwrap_err()
                .to_string(),
            message
        );
    }
    let many: serde_json::Map<String, Value> = (0..1000).map(|n| (format!("k{n:04}"), json!(n))).collect();
    let error = parse(&with(json!({"data": {"labels": many}})))
        .unwrap()
        .common()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("data.labels[\"k0007\"] is a number, expected a string; and 992 more")
    );
}

#[test]
fn absent_data_is_empty_common_data() {
    for event in [
        minimal(),
        with(json!({"data": null})),
        with(json!({"data": {}})),
        with(json!({"data": {"labels": null}})),
    ] {
        assert_eq!(parse(&event).unwrap().common(), Ok(Common::default()));
    }
}

#[test]
fn a_type_says_its_kind_and_its_task() {
    for (event_type, kind, task) in [
        ("sh.keptn.event.test.triggered", Kind::Triggered, Some("test")),
        ("sh.keptn.event.remote-task.started", Kind::Started, Some("remote-task")),
        ("sh.keptn.event.test.finished", Kind::Finished, Some("test")),
        ("com.acme.event.build.triggered", Kind::Triggered, Some("build")),
        ("sh.keptn.event.dev.delivery.triggered", Kind::Triggered, None),
        ("sh.keptn.event.test.status.changed", Kind::StatusChanged, None),
        ("sh.keptn.events.problem", Kind::Other, None),
        ("sh.keptn.event.test.invalidated", Kind::Other, Some("test")),
        ("sh.keptn.event..triggered", Kind::Triggered, None),
        (".keptn.event.test.triggered", Kind::Triggered, None),
        ("sh.keptn.event.test.", Kind::Other, None),
        ("triggered", Kind::Other, None),
        ("x.triggered", Kind::Triggered, None),
        ("changed", Kind::Other, None),
        ("x.changed", Kind::Other, None),
        ("sh.keptn.event.test.Triggered", Kind::Other, Some("test")),
        ("....", Kind::Other, None),
    ] {
        let event = parse(&with(json!({"type": event_type}))).unwrap();
        assert_eq!((event.kind(), event.task_name()), (kind, task), "{event_type}");
        assert_eq!(event.is_task_event(), task.is_some(), "{event_type}");
        assert_eq!(event.is_triggered(), kind == Kind::Triggered, "{event_type}");
    }
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

/// What the service does with every event it accepts.
fn use_everything(event: &Event) {
    let _ = (
        event.common(),
        event.kind(),
        event.task_name(),
        event.identity().hex(),
        event.digest(),
    );
    for path in [
        "$",
        "$.data.test.teststrategy",
        "$..*",
        "data.labels",
        "$.data.labels[\"a-b\"]",
    ] {
        if let Ok(value) = JsonPath::parse(path).unwrap().evaluate(event.mapped()) {
            for format in [Format::Plain, Format::Json, Format::Yaml] {
                let _ = render(&value, format);
            }
        }
    }
}

/// Cuts, repeats and overwrites pieces of a text that is an event.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (
        any::<prop::sample::Index>(),
        0_usize..12,
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..6),
            prop::sample::select(
                vec![
                    "\"",
                    "{",
                    "}",
                    "[",
                    "]",
                    ":",
                    ",",
                    "null",
                    "-",
                    "1e999",
                    "\\u0000",
                    "\\ud800",
                    "\u{2028}",
                    "9".repeat(40).as_str(),
                    "{\"a\":",
                    "\"data\":[],",
                    "\"id\":\"\",",
                    "true",
                ]
                .into_iter()
                .map(|text| text.as_bytes().to_vec())
                .collect::<Vec<_>>()
            ),
        ],
    );
    (
        prop::sample::select(vec![MATCHING, HOST]),
        prop::collection::vec(edit, 0..6),
    )
        .prop_map(|(base, edits)| {
            let mut bytes = base.as_bytes().to_vec();
            for (at, length, insert) in edits {
                let start = at.index(bytes.len() + 1);
                let end = (start + length).min(bytes.len());
                bytes.splice(start..end, insert);
            }
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_events_never_panic(bytes in mutated()) {
        match Event::parse(&bytes) {
            Ok(event) => use_everything(&event),
            Err(error) => prop_assert!(error.to_string().len() < 500),
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(&bytes);
    }
}
