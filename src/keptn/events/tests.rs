//! The bytes of outgoing events, and how they are made to fit.

use super::message::{json_len, shorten};
use super::*;

const AT: &str = "2024-05-06T07:08:09.123456789Z";

fn trigger(event_type: &str) -> Trigger {
    Trigger {
        id: "11111111-0000-4000-8000-000000000001".to_owned(),
        event_type: event_type.to_owned(),
        context: "22222222-0000-4000-8000-000000000002".to_owned(),
        git_commit_id: Some("9f0c5d8f5c5f1c6a1f1d0a2b3c4d5e6f70819203".to_owned()),
        common: CommonFields {
            project: "sockshop".to_owned(),
            stage: "dev".to_owned(),
            service: "carts".to_owned(),
            labels: BTreeMap::from([
                ("owner".to_owned(), "team \"a\"".to_owned()),
                ("build".to_owned(), "7".to_owned()),
            ]),
            status: "succeeded".to_owned(),
            result: "warning".to_owned(),
            message: "inherited".to_owned(),
        },
    }
}

fn stamp() -> Stamp {
    Stamp {
        id: "33333333-0000-4000-8000-000000000003".to_owned(),
        time: AT.parse().unwrap(),
    }
}

fn passed(message: &str) -> Finish<'_> {
    Finish::Passed {
        message,
        began: "2024-05-06T07:08:00.999Z".parse().unwrap(),
        ended: "2024-05-06T07:09:00Z".parse().unwrap(),
    }
}

const BEFORE_DATA: &str = r#"{"contenttype":"application/json","data":"#;
const PLACE: &str =
    r#""project":"sockshop","stage":"dev","service":"carts","labels":{"build":"7","owner":"team \"a\""}"#;

fn after_data(event_type: &str) -> String {
    format!(
        r#","id":"33333333-0000-4000-8000-000000000003","shkeptncontext":"22222222-0000-4000-8000-000000000002","shkeptnspecversion":"0.2.4","source":"job-executor-service","specversion":"1.0","time":"{AT}","triggeredid":"11111111-0000-4000-8000-000000000001","gitcommitid":"9f0c5d8f5c5f1c6a1f1d0a2b3c4d5e6f70819203","type":"{event_type}"}}"#
    )
}

#[test]
fn started_carries_the_common_fields_as_they_came() {
    let event = started(
        &trigger("sh.keptn.event.deployment.triggered"),
        &stamp(),
        SizeCap::DEFAULT,
    )
    .unwrap();
    let data = format!(r#"{{{PLACE},"status":"succeeded","result":"warning","message":"inherited"}}"#);
    let expected = format!("{BEFORE_DATA}{data}{}", after_data("sh.keptn.event.deployment.started"));
    assert_eq!(event.body, expected);
    assert_eq!(event.event_type, "sh.keptn.event.deployment.started");
    assert_eq!(event.id, "33333333-0000-4000-8000-000000000003");
    assert_eq!(event.context, "22222222-0000-4000-8000-000000000002");
    assert_eq!(event.triggered_id, "11111111-0000-4000-8000-000000000001");
}

#[test]
fn finished_says_succeeded_and_pass_with_labels_and_the_logs_of_each_task() {
    let message =
        "Task 'one' finished successfully!\n\nLogs:\na\nb\n\nTask 'two' finished successfully!\n\nLogs:\nc\n\n";
    let event = finished(
        &trigger("sh.keptn.event.deployment.triggered"),
        &stamp(),
        &passed(message),
        SizeCap::DEFAULT,
    );
    let text =
        r#"Task 'one' finished successfully!\n\nLogs:\na\nb\n\nTask 'two' finished successfully!\n\nLogs:\nc\n\n"#;
    let data = format!(r#"{{{PLACE},"status":"succeeded","result":"pass","message":"{text}"}}"#);
    let expected = format!(
        "{BEFORE_DATA}{data}{}",
        after_data("sh.keptn.event.deployment.finished")
    );
    assert_eq!(event.unwrap().body, expected);
}

#[test]
fn only_the_test_task_is_told_when_it_ran_in_whole_seconds() {
    let span = r#","test":{"start":"2024-05-06T07:08:00Z","end":"2024-05-06T07:09:00Z"}}"#;
    let rows = [
        ("sh.keptn.event.test.triggered", "sh.keptn.event.test.finished", span),
        ("sh.keptn.event.tests.triggered", "sh.keptn.event.tests.finished", "}"),
        (
            "sh.keptn.event.dev.test.triggered",
            "sh.keptn.event.dev.test.finished",
            "}",
        ),
    ];
    for (triggered, answered, end_of_data) in rows {
        let event = finished(&trigger(triggered), &stamp(), &passed(""), SizeCap::DEFAULT).unwrap();
        // An action without tasks passes, and says nothing.
        let data = format!(r#"{{{PLACE},"status":"succeeded","result":"pass"{end_of_data}"#);
        assert_eq!(
            event.body,
            format!("{BEFORE_DATA}{data}{}", after_data(answered)),
            "{triggered}"
        );
    }
}

#[test]
fn a_failure_is_errored_and_fail_and_never_a_test_span() {
    let message = "Task 'one' failed: job failed\n\nLogs: \nlog line";
    let finish = Finish::Errored { message };
    let event = finished(
        &trigger("sh.keptn.event.test.triggered"),
        &stamp(),
        &finish,
        SizeCap::DEFAULT,
    )
    .unwrap();
    let text = r#"Task 'one' failed: job failed\n\nLogs: \nlog line"#;
    let data = format!(r#"{{{PLACE},"status":"errored","result":"fail","message":"{text}"}}"#);
    assert_eq!(
        event.body,
        format!("{BEFORE_DATA}{data}{}", after_data("sh.keptn.event.test.finished"))
    );
}

#[test]
fn absent_fields_are_left_out() {
    let bare = Trigger {
        git_commit_id: None,
        common: CommonFields::default(),
        ..trigger("a.triggered")
    };
    let event = started(&bare, &stamp(), SizeCap::DEFAULT).unwrap();
    assert!(
        event
            .body
            .starts_with(r#"{"contenttype":"application/json","data":{},"id":"#),
        "{}",
        event.body
    );
    assert!(!event.body.contains("gitcommitid"), "{}", event.body);
}

#[test]
fn what_has_no_context_or_is_not_triggered_is_not_answered() {
    let lost = Trigger {
        context: String::new(),
        ..trigger("sh.keptn.event.test.triggered")
    };
    assert!(matches!(
        started(&lost, &stamp(), SizeCap::DEFAULT),
        Err(EventError::NoContext { .. })
    ));
    for event_type in [
        "sh.keptn.event.test.finished",
        "triggered",
        ".triggered",
        "",
        "sh.keptn.event.test.triggered.",
    ] {
        let refused = started(&trigger(event_type), &stamp(), SizeCap::DEFAULT);
        assert!(
            matches!(refused, Err(EventError::NotTriggered { .. })),
            "{event_type:?}: {refused:?}"
        );
        let refused = finished(&trigger(event_type), &stamp(), &passed("x"), SizeCap::DEFAULT);
        assert!(
            matches!(refused, Err(EventError::NotTriggered { .. })),
            "{event_type:?}: {refused:?}"
        );
    }
}

#[test]
fn the_task_name_is_the_fourth_of_five_parts() {
    let rows = [
        ("sh.keptn.event.test.triggered", Some("test")),
        ("a.b.c.d.e", Some("d")),
        ("sh.keptn.event.dev.delivery.triggered", None),
        ("sh.keptn.events.problem", None),
        ("sh.keptn..test.triggered", None),
        ("....", None),
        ("", None),
    ];
    for (event_type, expected) in rows {
        assert_eq!(task_name(event_type), expected, "{event_type}");
    }
}

#[test]
fn an_event_never_exceeds_its_cap_and_says_how_much_is_missing() {
    let logs = [
        "x".repeat(10_000),
        "\"".repeat(10_000),
        "\u{1}".repeat(10_000),
        "日".repeat(10_000),
        "a\"\n\u{1b}日😀".repeat(1_000),
    ];
    for logs in &logs {
        for cap in [700, 1_000, 5_000, 20_000, 100_000] {
            let message = format!("Task 'one' failed.\n\nLogs:\n{logs}");
            let finish = Finish::Errored { message: &message };
            let event = finished(
                &trigger("sh.keptn.event.test.triggered"),
                &stamp(),
                &finish,
                SizeCap::new(cap),
            )
            .unwrap();
            assert!(event.body.len() <= cap, "{} > {cap}", event.body.len());
            let parsed: serde_json::Value = serde_json::from_str(&event.body).unwrap();
            let kept = parsed["data"]["message"].as_str().unwrap();
            let Some((head, rest)) = kept.split_once("\n[... ") else {
                assert_eq!(kept, message);
                continue;
            };
            let (cut, tail) = rest.split_once(" bytes cut ...]\n").unwrap();
            assert_eq!(head.len() + cut.parse::<usize>().unwrap() + tail.len(), message.len());
            assert!(message.starts_with(head) && message.ends_with(tail));
            assert!(!head.is_empty() && !tail.is_empty(), "{kept:?}");
            // Little of the cap is left unused: the cut is not larger than it must be.
            assert!(event.body.len() + 40 > cap, "{} of {cap}", event.body.len());
        }
    }
}

#[test]
fn labels_give_way_only_after_the_message_and_that_is_said() {
    let mut large = trigger("sh.keptn.event.test.triggered");
    large.common.labels.insert("large".to_owned(), "x".repeat(5_000));
    let finish = Finish::Errored { message: "it broke" };
    let event = finished(&large, &stamp(), &finish, SizeCap::new(2_000)).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&event.body).unwrap();
    assert_eq!(parsed["data"].get("labels"), None);
    assert_eq!(parsed["data"]["message"], "[labels of 5026 bytes left out]\nit broke");

    let kept = finished(&large, &stamp(), &finish, SizeCap::new(10_000)).unwrap();
    assert!(kept.body.contains(r#""large":"xxx"#));

    let refused = finished(&large, &stamp(), &finish, SizeCap::new(300));
    assert!(
        matches!(refused, Err(EventError::TooLarge { cap: 300, .. })),
        "{refused:?}"
    );
}

#[test]
fn a_text_counts_as_many_bytes_as_the_encoder_writes() {
    let every: String = (0..0x300)
        .filter_map(char::from_u32)
        .chain(['\u{2028}', '日', '😀', '\u{10ffff}'])
        .collect();
    for text in ["", "plain", "\"\\/\u{8}\u{c}\n\r\t", every.as_str()] {
        assert_eq!(
            json_len(text),
            serde_json::to_string(text).unwrap().len() - 2,
            "{text:?}"
        );
    }
}

#[test]
fn a_text_that_fits_is_left_alone_and_one_without_room_for_the_note_is_given_up() {
    assert_eq!(shorten("abc", 3).as_deref(), Some("abc"));
    assert_eq!(shorten("", 0).as_deref(), Some(""));
    assert_eq!(shorten("abc", 2), None);
}
