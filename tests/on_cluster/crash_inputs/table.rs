//! The inputs that crashed the original and others of their kind, each with how it ends.

use serde_json::{Value, json};

use super::SUBJECT;
use crate::thread::event;

/// How an input ends.
pub(super) enum End {
    /// It is an event like any other.
    Works,
    /// One started and one errored finished event, whose message holds this text.
    Answered(String),
    /// One line of the log that holds this text, and this result in the metric; nothing is sent.
    Refused(&'static str, String),
}

fn answered(text: &str) -> End {
    End::Answered(text.to_owned())
}

fn malformed(text: &str) -> End {
    End::Refused("Malformed", text.to_owned())
}

/// A good event with one attribute changed; `null` takes it away.
fn with(id: &str, attribute: &str, value: Value) -> Vec<u8> {
    let mut event = event(id, SUBJECT);
    let object = event.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(attribute);
    } else {
        object.insert(attribute.to_owned(), value);
    }
    event.to_string().into_bytes()
}

/// A good event with one field of its data changed.
pub(super) fn with_data(id: &str, field: &str, value: Value) -> Vec<u8> {
    let mut event = event(id, SUBJECT);
    event["data"][field] = value;
    event.to_string().into_bytes()
}

/// The inputs, each with its name. Ids differ, so that none is taken for another delivered again.
pub(super) fn inputs() -> Vec<(&'static str, Vec<u8>, End)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let broken = include_bytes!("../../data/events/readme-broken.json").to_vec();
    let fragment = include_bytes!("../../data/events/features-test-finished.json").to_vec();
    vec![
        (
            "an id of no characters",
            with("x0", "id", json!("")),
            malformed("`id` is empty"),
        ),
        ("an id of one character", with("x1", "id", json!("7")), End::Works),
        (
            "an id of 23 characters",
            with("x2", "id", json!("12345678901234567890123")),
            End::Works,
        ),
        (
            "an id of many alphabets",
            with("x3", "id", json!("Ä漢🎉\u{202e}../x")),
            End::Works,
        ),
        ("an id of 1 KiB", with("x4", "id", json!("k".repeat(1024))), End::Works),
        (
            "an id of more than 1 KiB",
            with("x5", "id", json!("k".repeat(1025))),
            malformed("`id` has 1025 bytes"),
        ),
        ("an id with NUL", with("x6", "id", json!("a\0b")), malformed("U+0000")),
        (
            "an id that is a number",
            with("x7", "id", json!(7)),
            malformed("`id` is a number"),
        ),
        ("no id", with("x8", "id", json!(null)), malformed("`id` is missing")),
        (
            "no source",
            with("x9", "source", json!(null)),
            malformed("`source` is missing"),
        ),
        (
            "no type",
            with("x10", "type", json!(null)),
            malformed("`type` is missing"),
        ),
        (
            "no context",
            with("x11", "shkeptncontext", json!(null)),
            End::Refused("Admitted", "no answer can be built".into()),
        ),
        (
            "data that are text",
            with("x12", "data", json!("text")),
            answered("data is a string, expected an object"),
        ),
        (
            "data that are a list",
            with("x13", "data", json!([1])),
            answered("data is a list, expected an object"),
        ),
        ("no data", with("x14", "data", json!(null)), answered("project")),
        (
            "temporaryData that is text",
            with_data("x15", "temporaryData", json!("text")),
            End::Works,
        ),
        (
            "temporaryData that is a list",
            with_data("x16", "temporaryData", json!([{}])),
            End::Works,
        ),
        (
            "temporaryData without a distributor",
            with_data("x17", "temporaryData", json!({ "a": 1 })),
            End::Works,
        ),
        (
            "labels that are no texts",
            with_data("x18", "labels", json!({ "a": 1, "b": {} })),
            answered("data.labels[\"a\"] is a number"),
        ),
        (
            "labels that are a list",
            with_data("x19", "labels", json!(["a"])),
            answered("data.labels is a list"),
        ),
        (
            "a project that climbs",
            with_data("x20", "project", json!("../../etc")),
            answered("project"),
        ),
        (
            "a commit that is an option",
            with("x21", "gitcommitid", json!("--help")),
            answered("gitcommitid"),
        ),
        ("no bytes", Vec::new(), malformed("not JSON")),
        ("no JSON", text("hello"), malformed("not JSON")),
        ("the readme's broken example", broken, malformed("not JSON")),
        (
            "the part of an event that the features document prints",
            fragment,
            malformed("`id` is missing"),
        ),
        ("a list", text("[{}]"), malformed("expected an object")),
        (
            "a key twice",
            text(r#"{"id":"a","id":"b"}"#),
            malformed("repeats the key `id`"),
        ),
        ("no UTF-8", vec![b'{', 0xff, 0xfe, b'}'], malformed("not valid UTF-8")),
        ("a NUL byte", text("{\"id\":\"a\0b\"}"), malformed("not JSON")),
        (
            "10,000 levels",
            "[".repeat(10_000).into_bytes(),
            malformed("nests deeper"),
        ),
        (
            "2 MiB",
            with_data("x22", "message", json!("m".repeat(2 * 1024 * 1024))),
            malformed("at most 1048576 are accepted"),
        ),
        (
            "200,000 values",
            with_data("x23", "values", json!(vec![1; 200_000])),
            malformed("values"),
        ),
    ]
}

/// Configurations, each with its name, in a project of its own.
pub(super) fn configs() -> Vec<(&'static str, String, End)> {
    let task = |fields: &str| {
        format!(
            "apiVersion: v2\nactions:\n  - name: a\n    events: [ {{ name: hello }} ]\n    tasks:\n      - {{ name: t, image: \"alpine:3.20\", {fields} }}\n"
        )
    };
    let mut bomb = String::from(
        "apiVersion: v2\nactions:\n  - name: &a0 \"xxxxxxxxxxxxxxxxxxxx\"\n    tasks:\n      - args: &a1 [ *a0",
    );
    bomb.push_str(&", *a0".repeat(9));
    bomb.push_str(" ]\n");
    for level in 2..10 {
        let of = format!("*a{}", level - 1);
        let list = vec![of; 10].join(", ");
        bomb.push_str(&format!("      - args: &a{level} [ {list} ]\n"));
    }
    let deep = format!("apiVersion: v2\nactions: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    let at = |place: &str| End::Answered(format!("job/config.yaml:{place}"));
    vec![
        (
            "seccompProfile without type",
            task("securityContext: { seccompProfile: { localhostProfile: x } }"),
            at("6:77: type is missing (actions[0].tasks[0].securityContext.seccompProfile.type)"),
        ),
        (
            "seccompProfile that is empty",
            task("securityContext: { seccompProfile: {} }"),
            at("6:"),
        ),
        (
            "a huge configuration",
            format!("apiVersion: v2\n# {}\n", "x".repeat(2 * 1024 * 1024)),
            answered("could not retrieve config"),
        ),
        ("a bomb of aliases", bomb, at("")),
        ("a deep configuration", deep, at("2:")),
        ("a configuration that is no YAML", "\u{0}\u{1}{{{".to_owned(), at("")),
        (
            "an empty configuration",
            String::new(),
            answered("\"job/config.yaml\" is empty"),
        ),
        (
            "two documents",
            "apiVersion: v2\n---\napiVersion: v2\n".to_owned(),
            at(""),
        ),
        (
            "a task that is null",
            "apiVersion: v2\nactions: [ { events: [ { name: hello } ], tasks: [ null ] } ]\n".to_owned(),
            answered("names no image"),
        ),
        (
            "a pod without statuses",
            task("maxPollDuration: 3, resources: { requests: { cpu: 1000 } }"),
            answered("max poll count reached for job"),
        ),
    ]
}
