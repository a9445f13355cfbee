//! What each attribute and each common field may hold.

use serde_json::{Value, json};

use super::*;

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
fn what_can_be_read_of_broken_data_is_kept_for_the_answer() {
    let event = parse(&with(json!({"data": {
        "project": "sockshop", "stage": 5, "service": "carts", "labels": {"owner": "John", "build": 17},
    }})))
    .unwrap();
    assert!(event.common().is_err());
    let common = event.readable_common();
    assert_eq!(
        (common.project.as_str(), common.stage.as_str(), common.service.as_str()),
        ("sockshop", "", "carts")
    );
    assert_eq!(
        common.labels.into_iter().collect::<Vec<_>>(),
        [("owner".to_owned(), "John".to_owned())]
    );
    for data in [json!("text"), json!(null), json!([1])] {
        assert_eq!(
            parse(&with(json!({"data": data}))).unwrap().readable_common(),
            Common::default()
        );
    }
}
