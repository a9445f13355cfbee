//! How a scope relates to a task: what an event leaves out refuses and never grants.

use super::{HEAD, files, policy};
use crate::event::Event;
use crate::plan::TaskKey;
use crate::policy::{Applies, PolicySet};

fn event(event_type: &str, data: &str) -> Event {
    let text = format!(r#"{{"specversion":"1.0","id":"1","source":"test","type":"{event_type}","data":{data}}}"#);
    Event::parse(text.as_bytes()).expect(&text)
}

fn key(action: &str, task: &str) -> TaskKey {
    TaskKey {
        action_index: 0,
        task_index: 0,
        action: action.to_owned(),
        task: task.to_owned(),
    }
}

const TEST: &str = "sh.keptn.event.test.triggered";
const FULL: &str = r#"{"project":"sockshop","stage":"prod-1","service":"carts"}"#;

#[test]
fn every_key_that_is_there_has_to_match() {
    for (scope, expected) in [
        ("", Applies::Surely),
        ("scope: { projects: [sockshop] }", Applies::Surely),
        ("scope: { projects: [other] }", Applies::Not),
        ("scope: { projects: [other, sockshop] }", Applies::Surely),
        ("scope: { projects: [Sockshop] }", Applies::Not),
        ("scope: { projects: [sock] }", Applies::Not),
        ("scope: { projects: [\"sock*\"] }", Applies::Surely),
        ("scope: { stages: [production, \"prod-*\"] }", Applies::Surely),
        ("scope: { stages: [dev] }", Applies::Not),
        ("scope: { services: [\"*\"] }", Applies::Surely),
        ("scope: { services: [\"car?s\"] }", Applies::Surely),
        ("scope: { services: [payment] }", Applies::Not),
        ("scope: { events: [sh.keptn.event.test.triggered] }", Applies::Surely),
        ("scope: { events: [\"sh.keptn.event.*.triggered\"] }", Applies::Surely),
        ("scope: { events: [\"*.started\"] }", Applies::Not),
        ("scope: { actions: [\"Run *\"] }", Applies::Surely),
        ("scope: { actions: [Deploy] }", Applies::Not),
        ("scope: { tasks: [\"Run locust\"] }", Applies::Surely),
        ("scope: { tasks: [\"a/*\"] }", Applies::Not),
        ("scope: { projects: [sockshop], stages: [dev] }", Applies::Not),
        (
            "scope: { projects: [sockshop], stages: [\"prod-*\"], tasks: [\"*\"] }",
            Applies::Surely,
        ),
    ] {
        let policy = policy(&format!("{scope}\ncommands: any\n"));
        let (event, key) = (event(TEST, FULL), key("Run tests", "Run locust"));
        assert_eq!(policy.scope.applies(&event, &key), expected, "{scope}");
        assert_eq!(policy.scope.matches(&event, &key), expected != Applies::Not, "{scope}");
        assert_eq!(policy.may_grant(&event, &key), expected == Applies::Surely, "{scope}");
    }
}

#[test]
fn what_an_event_leaves_out_matches_every_key_and_grants_nothing() {
    for (data, scope, expected) in [
        (r#"{"stage":"dev"}"#, "projects: [sockshop]", Applies::Possibly),
        (
            r#"{"project":"","stage":"dev"}"#,
            "projects: [sockshop]",
            Applies::Possibly,
        ),
        (r#"{"project":null}"#, "projects: [sockshop]", Applies::Possibly),
        (r#"{"project":["sockshop"]}"#, "projects: [sockshop]", Applies::Possibly),
        (
            r#"{"project":"sockshop","message":1}"#,
            "projects: [sockshop]",
            Applies::Possibly,
        ),
        (
            "null",
            "projects: [\"*\"], stages: [dev], services: [carts]",
            Applies::Possibly,
        ),
        (
            r#"{"stage":"dev"}"#,
            "projects: [sockshop], stages: [prod]",
            Applies::Not,
        ),
        (
            r#"{"stage":"dev"}"#,
            "projects: [sockshop], stages: [dev]",
            Applies::Possibly,
        ),
        ("null", "events: [\"*.triggered\"]", Applies::Surely),
    ] {
        let policy = policy(&format!("scope: {{ {scope} }}\ncommands: any\n"));
        let (event, key) = (event(TEST, data), key("a", "t"));
        assert_eq!(policy.scope.applies(&event, &key), expected, "{data} {scope}");
        assert_eq!(
            policy.may_grant(&event, &key),
            expected == Applies::Surely,
            "{data} {scope}"
        );
    }
    let named = policy("scope: { actions: [a], tasks: [t] }\ncommands: any\n");
    for (key, expected) in [
        (key("", "t"), Applies::Possibly),
        (key("a", ""), Applies::Possibly),
        (key("", "other"), Applies::Not),
        (key("a", "t"), Applies::Surely),
    ] {
        assert_eq!(named.scope.applies(&event(TEST, FULL), &key), expected, "{key:?}");
    }
}

#[test]
fn the_placeholder_of_a_desk_is_of_every_project_and_nothing_else_passes_for_it() {
    let scoped =
        policy("scope: { projects: [p], stages: [s], services: [c], events: [e], tasks: [t] }\ncommands: any\n");
    let placeholder = Event::placeholder();
    assert_eq!(scoped.scope.applies(&placeholder, &key("a", "t")), Applies::Surely);
    assert_eq!(scoped.scope.applies(&placeholder, &key("a", "other")), Applies::Not);
    // Its own text is no event, whoever sends it.
    let raw = placeholder.raw().to_owned();
    for text in [raw.as_str(), &raw.replace("job-lint\"", "shipyard\"")] {
        let error = Event::parse(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("`job-lint.placeholder`"), "{text}: {error}");
        assert_eq!(
            error.seen().unwrap().event_type.as_deref(),
            Some("job-lint.placeholder")
        );
    }
}

#[test]
fn only_an_enforcing_policy_of_the_files_may_grant() {
    for (mode, expected) in [
        ("", true),
        ("mode: enforce", true),
        ("mode: warn", false),
        ("mode: audit", false),
    ] {
        let policy = policy(&format!("{mode}\ncommands: any\n"));
        assert_eq!(policy.may_grant(&event(TEST, FULL), &key("a", "t")), expected, "{mode}");
    }
}

#[test]
fn all_matching_policies_come_by_name() {
    let other = |name: &str, rest: &str| format!("{}{rest}", HEAD.replace("name: p", &format!("name: {name}")));
    let set = PolicySet::load(&files(&[
        ("1.yaml", &other("zebra", "commands: any\n")),
        (
            "2.yaml",
            &other("other", "scope: { projects: [other] }\ncommands: any\n"),
        ),
        (
            "3.yaml",
            &other("ant", "scope: { stages: [\"prod-*\"] }\ncommands: any\n"),
        ),
    ]))
    .expect("three policies");
    let names = |data: &str| -> Vec<String> {
        set.matching(&event(TEST, data), &key("a", "t"))
            .map(|policy| policy.name.clone())
            .collect()
    };
    assert_eq!(names(FULL), ["ant", "zebra"]);
    assert_eq!(names(r#"{"stage":"dev"}"#), ["other", "zebra"]);
    assert_eq!(names("null"), ["ant", "other", "zebra"]);
}
