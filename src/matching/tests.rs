//! Events against patterns, as the original's users write them.

use serde_json::{Value, json};

use super::*;

const MATCHING: &str = include_str!("../../tests/data/events/features-matching.json");
const HOST: &str = include_str!("../../tests/data/events/features-host.json");

fn event(event_type: &str, data: Value) -> Event {
    let event = json!({"id": "1", "source": "s", "type": event_type, "specversion": "1.0", "data": data});
    Event::parse(event.to_string().as_bytes()).unwrap()
}

#[test]
fn names_are_regular_expressions_that_match_anywhere() {
    for (name, event_type, matches) in [
        ("sh.keptn.event.test.triggered", "sh.keptn.event.test.triggered", true),
        ("sh.keptn.event.*.triggered", "sh.keptn.event.test.triggered", true),
        (
            "sh.keptn.event.*.triggered",
            "sh.keptn.event.deployment.triggered",
            true,
        ),
        ("sh.keptn.event.*.triggered", "sh.keptn.event.test.finished", false),
        ("test", "sh.keptn.event.test.finished", true),
        ("sh.keptn.event.test", "sh.keptn.event.test.finished", true),
        ("sh.keptn.event.test", "sh-keptn-event-tests", true),
        ("", "anything.at.all", true),
        ("*", "anything.at.all", false),
        ("*.triggered", "a.triggered", false),
        ("^test$", "sh.keptn.event.test.triggered", false),
        ("TEST", "sh.keptn.event.test.triggered", false),
        ("(?i)TEST", "sh.keptn.event.test.triggered", true),
        ("\\Qsh.keptn\\E", "sh-keptn", false),
        ("sh.keptn.>", "sh.keptn.event.test.triggered", false),
    ] {
        let pattern = EventPattern::compile(name, None);
        assert_eq!(
            pattern.matches(&event(event_type, json!({}))),
            matches,
            "{name} {event_type}"
        );
    }
}

#[test]
fn the_documents_own_examples_match() {
    let event = Event::parse(MATCHING.as_bytes()).unwrap();
    let other = Event::parse(HOST.as_bytes()).unwrap();
    let pattern = EventPattern::compile(
        "sh.keptn.event.test.triggered",
        Some(("$.data.test.teststrategy", "locust")),
    );
    assert!(pattern.matches(&event) && !pattern.matches(&other));
    // The property of the old readme never led anywhere: the mapped event has no `test` at its root.
    let old = EventPattern::compile("sh.keptn.event.test.triggered", Some(("$.test.teststrategy", "locust")));
    assert!(!old.matches(&event));
    assert_eq!(old.problem(), None);
}

#[test]
fn only_a_text_that_is_equal_satisfies_a_jsonpath() {
    let data = json!({
        "text": "locust", "empty": "", "five": 5, "fivetext": "5", "yes": true, "yestext": "true", "null": null,
        "list": ["locust"], "object": {"k": "locust"}, "labels": {"a-b": "x"},
    });
    let event = event("sh.keptn.event.test.triggered", data);
    for (property, text, matches) in [
        ("$.data.text", "locust", true),
        ("$.data.text", "Locust", false),
        ("$.data.text", "loc", false),
        ("$.data.text", "", false),
        ("$.data.empty", "", true),
        ("data.text", "locust", true),
        ("$.data.fivetext", "5", true),
        ("$.data.five", "5", false),
        ("$.data.yestext", "true", true),
        ("$.data.yes", "true", false),
        ("$.data.null", "", false),
        ("$.data.null", "<nil>", false),
        ("$.data.list[0]", "locust", true),
        ("$.data.list", "[locust]", false),
        ("$.data.list[*]", "locust", false),
        ("$.data.list[9]", "locust", false),
        ("$..k", "locust", false),
        ("$.data.object", "map[k:locust]", false),
        ("$.data.missing", "", false),
        ("data.missing", "", false),
        ("$.data.labels[\"a-b\"]", "x", true),
        ("$.data.labels['a-b']", "x", false),
        ("$.data.text == \"locust\"", "true", false),
        ("\"locust\"", "locust", true),
        ("$.[", "locust", false),
        ("$.type", "sh.keptn.event.test.triggered", true),
        ("$.source", "s", true),
        ("$.triggeredid", "", false),
        ("$.gitcommitid", "", true),
    ] {
        let pattern = EventPattern::compile("test", Some((property, text)));
        assert_eq!(pattern.matches(&event), matches, "{property} = {text}");
        let misnamed = EventPattern::compile("deployment", Some((property, text)));
        assert!(!misnamed.matches(&event), "both must hold: {property}");
    }
}

#[test]
fn without_a_property_the_name_alone_decides() {
    let event = event("sh.keptn.event.test.triggered", json!({}));
    for jsonpath in [None, Some(("", "locust")), Some(("", ""))] {
        let pattern = EventPattern::compile("test", jsonpath);
        assert!(pattern.matches(&event));
        assert_eq!(pattern.problem(), None);
    }
}

#[test]
fn a_pattern_that_can_never_match_says_why() {
    for (name, jsonpath, problem) in [
        (
            "*",
            None,
            "name never matches: `*` has nothing to repeat; this is a regular expression, `.*` matches anything",
        ),
        (
            "test",
            Some(("$.data['test']", "x")),
            "jsonpath.property never matches: 'test' at character 8: single quotes hold one character only, \
             write \"test\"",
        ),
        (
            "test",
            Some(("$.data.list[*]", "x")),
            "jsonpath.property never matches: `*`, `..`, a slice, a union or a filter gives a list, \
             which never equals a text",
        ),
        (
            "(",
            Some(("$.", "x")),
            "name never matches: `(` has no `)`, write `\\(` for the character; jsonpath.property never matches: \
             unexpected end at character 3, expected a name, `*` or `.`",
        ),
    ] {
        let pattern = EventPattern::compile(name, jsonpath);
        assert_eq!(pattern.problem().as_deref(), Some(problem));
        assert!(!pattern.matches(&event(
            "sh.keptn.event.test.triggered",
            json!({"list": ["x"], "test": "x"})
        )));
    }
}

#[test]
fn all_matching_actions_are_found_in_file_order_and_entries_are_alternatives() {
    let of = |actions: &[&[&str]]| {
        let actions: Vec<String> = actions
            .iter()
            .map(|names| {
                let events: Vec<String> = names.iter().map(|name| format!("{{ name: '{name}' }}")).collect();
                format!("  - {{ name: a, events: [{}] }}\n", events.join(", "))
            })
            .collect();
        let text = format!("apiVersion: v2\nactions:\n{}", actions.concat());
        crate::config::parse("job/config.yaml", &text).unwrap()
    };
    let event = event("sh.keptn.event.test.triggered", json!({}));
    let config = of(&[
        &["deployment"],
        &["deployment", "test"],
        &[],
        &["*"],
        &["test", "test"],
        &[""],
    ]);
    assert_eq!(matched(&event, &config), [1, 4, 5]);
    assert_eq!(matched(&event, &of(&[])), [0_usize; 0]);
}

#[test]
fn conditions_share_what_they_may_look_at() {
    let event = event("hi", json!({ "list": vec![0; 60_000], "last": "y" }));
    let dear = "{ name: hi, jsonpath: { property: 'data[$..x]', match: y } }";
    let cheap = "{ name: hi, jsonpath: { property: '$.data.last', match: y } }";
    for (before, expected) in [(0, &[0][..]), (3, &[0]), (900, &[])] {
        let events = [vec![dear; before], vec![cheap]].concat().join(", ");
        let text = format!("apiVersion: v2\nactions:\n  - {{ name: a, events: [{events}] }}\n");
        let config = crate::config::parse("job/config.yaml", &text).unwrap();
        assert_eq!(matched(&event, &config), expected, "after {before} dear conditions");
    }
}
